// The item: what is judged. Every text is written as a text node; nothing from an item is HTML.

const LONGEST_PAINTED = 200_000; // characters of one text, until a person asks for all of it
const AHEAD = 3; // sounds and videos held for the items to come, and for those just answered
const SEEK = 5; // seconds
const LONG = 20_000; // characters, from where a text is laid out in blocks
const BLOCK = 2_000; // characters, at least
const LINE = 60; // pixels that an arrow key scrolls
const FILES = { image: "image", audio: "sound", video: "video" };

const filesOf = (state, item) => Object.entries(item.fields).filter(([name]) => state.kinds[name] in FILES);
const isHeavy = (state) => Object.values(state.kinds).some((kind) => kind === "audio" || kind === "video");
const isReady = (state, item) => !filesOf(state, item).length || Boolean(state.pictures.get(item.id));

// Files are fetched and decoded while they wait in the queue, so that showing one costs a frame.
// One after the other, the one on screen first: a slow line brings the next, not twenty halves.
async function prepareAll(state) {
  if (state.preparing) return;
  state.preparing = true;
  const missing = (item) => !isReady(state, item);
  const soon = () => (isHeavy(state) ? state.queue.slice(0, AHEAD) : state.queue);
  for (let next; (next = soon().find(missing)); ) {
    if (!(await prepare(state, next))) break; // `look` tries again
  }
  state.preparing = false;
}

async function prepare(state, item) {
  const load = async ([name, file]) => {
    const kind = state.kinds[name];
    let url;
    try {
      url = URL.createObjectURL(await (await call(state, `/media/${file}`)).blob());
      return [name, await MAKERS[kind](url, name)];
    } catch (why) {
      URL.revokeObjectURL(url);
      const gone = why.status === 404 || why.name === "EncodingError";
      if (!gone) throw why;
      const broken = `This ${FILES[kind]} cannot be shown: ${why.message}. Flag it with F, or skip it with S.`;
      return [name, element("p", "broken", broken)];
    }
  };
  try {
    const loaded = await Promise.all(filesOf(state, item).map(load));
    state.pictures.set(item.id, Object.fromEntries(loaded));
  } catch {
    return false;
  }
  if (state.queue[0] && state.queue[0].id === item.id) paintItem(state);
  return true;
}

const MAKERS = {
  async image(url, name) {
    const picture = new Image();
    picture.src = url;
    picture.alt = `the image to judge (${name})`;
    picture.draggable = false;
    await picture.decode();
    picture.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight || 1);
    return zoomable(picture);
  },
  audio: (url, name) => player("audio", url, name),
  video: (url, name) => player("video", url, name),
};

function player(kind, url, name) {
  const made = element(kind, "player");
  made.controls = true;
  made.preload = "auto";
  made.setAttribute("aria-label", `the ${FILES[kind]} to judge (${name})`);
  return new Promise((resolve, reject) => {
    made.addEventListener("loadeddata", () => resolve(kind === "video" ? element("div", "screen", made) : made), { once: true });
    made.addEventListener("error", () => reject(new DOMException("this browser cannot play it", "EncodingError")), { once: true });
    made.src = url;
  });
}

function forget(state) {
  const answered = state.history.map((past) => past.item);
  const kept = isHeavy(state) ? [...state.queue.slice(0, AHEAD), ...answered.slice(-AHEAD)] : [...state.queue, ...answered];
  const needed = new Set(kept.map((item) => item.id));
  for (const [id, loaded] of state.pictures) {
    if (needed.has(id)) continue;
    Object.values(loaded).forEach((one) => {
      const source = one.matches("[src]") ? one : one.querySelector("[src]");
      if (source) URL.revokeObjectURL(source.src);
    });
    state.pictures.delete(id);
  }
}

function fieldsOf(state, item, named = false) {
  const names = Object.keys(item.fields);
  if (names.some((name) => state.kinds[name] === "table")) return [tableOf(state, Object.entries(item.fields))];
  const isSound = (name) => state.kinds[name] === "audio";
  if (state.layout === "stacked") names.sort((a, b) => isSound(b) - isSound(a)); // never below a long text
  const several = named || names.length > 1;
  return names.map((name) => fieldOf(state, item, name, several ? name : ""));
}

// One column; under its name where it stands beside others.
function fieldOf(state, item, name, called) {
  const kind = state.kinds[name] === "table" ? "text" : state.kinds[name];
  const loaded = state.pictures.get(item.id);
  const words = () => String(item.fields[name] ?? "");
  const file = () => [loaded ? loaded[name] : element("p", "wait", `Fetching the ${FILES[kind]}…`)];
  const content = kind === "text" ? textOf(state, item, name, words()) : kind === "clip" ? clipOf(words(), called || name) : file();
  const field = element("section", `field of-${kind}`, ...content);
  field.setAttribute("aria-label", called || name);
  if (called === name) field.prepend(element("h2", "name", name));
  if (kind === "text" && called) field.tabIndex = 0; // beside an image it scrolls by itself
  if (kind === "audio") field.append(element("p", "keys", element("kbd", "", "Space"), " play or pause ", element("kbd", "", "←"), element("kbd", "", "→"), ` ${SEEK} s`));
  return field;
}

function tableOf(state, entries) {
  const rows = entries.map(([name, value]) => {
    const cell = element("td", "", ...(value === null ? ["–"] : marked(state, String(value))));
    cell.dir = "auto";
    const head = element("th", "", name);
    head.scope = "row";
    return element("tr", "", head, cell);
  });
  return element("table", "cells", ...rows);
}

function textOf(state, item, name, text) {
  const key = `${item.id}\n${name}`;
  const whole = text.length <= LONGEST_PAINTED || state.unfolded === key;
  const painted = whole ? text || "–" : beginningOf(text);
  const paragraph = element("div", "text", ...(painted.length > LONG ? blocksOf(state, painted) : marked(state, painted)));
  paragraph.dir = "auto";
  if (whole) return [paragraph];
  const n = (count) => count.toLocaleString("en");
  const more = element("button", "more", `Show all ${n(text.length)} characters`);
  more.type = "button";
  more.addEventListener("click", () => {
    state.unfolded = key;
    paintItem(state);
  });
  return [paragraph, element("p", "cut", `These are the first ${n(LONGEST_PAINTED)} characters. `, more)];
}

// Lines by the thousand are laid out where they come into sight only. (A highlighted phrase broken
// over two blocks is missed.)
function blocksOf(state, text) {
  const blocks = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start + BLOCK) + 1 || text.length;
    blocks.push(element("div", "block", ...marked(state, text.slice(start, end))));
    start = end;
  }
  return blocks;
}

// Never half of a character that takes two places.
function beginningOf(text) {
  const end = /[\uD800-\uDBFF]/.test(text[LONGEST_PAINTED - 1]) ? LONGEST_PAINTED - 1 : LONGEST_PAINTED;
  return text.slice(0, end);
}

// The pieces of a text, what the project highlights as <mark>.
function marked(state, text) {
  if (state.terms === undefined) state.terms = patternOf(state.highlight);
  if (!state.terms) return [text];
  const pieces = text.split(state.terms); // a pattern with one group: every second piece is a find
  return pieces.map((piece, i) => (i % 2 ? element("mark", "", piece) : piece)).filter((piece) => piece !== "");
}

// Whole words only, the longest first; a term that begins or ends with a sign has no border there.
function patternOf(terms) {
  if (!terms.length) return null;
  const sources = [...terms].sort((a, b) => b.length - a.length).map((term) => {
    const words = term.trim();
    const source = words.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\s+/g, "\\s+");
    const begin = /^[\p{L}\p{M}\p{N}_]/u.test(words) ? "(?<![\\p{L}\\p{M}\\p{N}_])" : "";
    const end = /[\p{L}\p{M}\p{N}_]$/u.test(words) ? "(?![\\p{L}\\p{M}\\p{N}_])" : "";
    return `${begin}${source}${end}`;
  });
  return new RegExp(`(${sources.join("|")})`, "giu");
}

// One quiet line with the values, a number with its name; all by name once a person opens it.
function metaOf(state, item) {
  const known = Object.entries(item.meta || {}).filter(([, value]) => value !== null);
  if (!known.length) return [];
  const inLine = ([name, value]) => (value === true || value === false || !Number.isNaN(Number(value)) ? `${name} ${value}` : String(value));
  const summary = element("summary", "", element("span", "values", known.map(inLine).join(" · ")), element("span", "word", "Metadata"));
  summary.setAttribute("aria-keyshortcuts", "m");
  summary.addEventListener("click", (event) => event.detail && summary.blur());
  const list = known.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]);
  list.forEach((part) => (part.dir = "auto"));
  const made = element("details", "meta", summary, element("dl", "", ...list));
  made.open = Boolean(state.metaOpen);
  made.addEventListener("toggle", () => (state.metaOpen = made.open)); // stays as it is left
  return [made];
}

function paintItem(state) {
  const box = state.root.querySelector(".item");
  const item = state.queue[0];
  const kinds = Object.values(state.kinds);
  const several = Boolean(item) && severalAtOnce(state.way);
  const one = Boolean(item) && !several;
  box.classList.toggle("several", several);
  box.classList.toggle("filled", one && kinds.some((kind) => kind === "image" || kind === "video"));
  box.classList.toggle("centred", one && kinds.every((kind) => kind in FILES));
  box.classList.toggle("beside", one && state.layout === "side-by-side");
  if (item) {
    const isNew = state.shown !== item;
    const isAnother = box.dataset.item !== item.id; // not only loaded meanwhile
    if (isNew) rewind(state, item);
    const typing = state.root.activeElement;
    box.replaceChildren(element("div", "fields", ...state.way.fields(state, item)), ...metaOf(state, item));
    if (typing && !isAnother) typing.focus({ preventScroll: true }); // an editor that was put back
    box.dataset.item = item.id;
    film(state, isAnother);
    if (isNew) {
      state.shown = isReady(state, item) ? item : null;
      state.shownAt = state.shown && Date.now() / 1000;
      requestAnimationFrame(() => (box.scrollTop = 0)); // here it would lay out the page, once more than needed
      if (!state.shown) prepareAll(state); // an undo may reach back to what was let go
    }
    if (isAnother) {
      state.comment = state.outbox.draftOf(item.id); // after an undo or a reload
      paintComment(state);
      state.way.begin(state, item);
    }
  } else {
    delete box.dataset.item;
    state.shown = null;
    state.comment = "";
    paintComment(state);
    const words = emptyWords(state);
    const empty = element("div", "empty", ...words.map((line, i) => element(i ? "p" : "h2", "", line)));
    if (box.textContent !== empty.textContent) box.replaceChildren(empty); // a reader says it once
  }
  state.root.querySelectorAll(".classes button").forEach((button) => {
    button.disabled = !item || !isReady(state, item);
  });
}

// What an undo brings back is as it was when first shown: whole, and at its beginning.
function rewind(state, item) {
  Object.values(state.pictures.get(item.id) || {}).forEach((one) => {
    if (one.reset) one.reset();
    const playing = one.matches(".player") ? one : one.querySelector(".player");
    if (playing) playing.currentTime = 0;
  });
}

// The keys of the item, apart from those that answer.

function itemKeys(state) {
  const kinds = Object.values(state.kinds);
  return [
    ...(kinds.includes("image") ? [["+", "zoom in (or wheel; drag pans)"], ["-", "zoom out"]] : []),
    ...(kinds.includes("clip") ? CLIP_ACTS.map(({ key, help }) => [key, help]) : []),
    ...(isHeavy(state) ? [["Space", "play or pause"], ["← →", `${SEEK} s back or on`]] : []),
    ["↑ ↓", "scroll"],
    ["m", "metadata"],
  ];
}

function listenToItem(state) {
  const onKey = (event) => {
    if (!state.root.host.isConnected) {
      document.removeEventListener("keydown", onKey, { capture: true });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event)) return;
    if (state.first || inDrawer(event)) return; // the second of two keys; what the drawer scrolls by
    if (state.root.querySelector("dialog[open]") || !state.queue.length || !pressItem(state, event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("keydown", onKey, { capture: true }); // before a player's own, which would play it back
}

function pressItem(state, event) {
  const box = state.root.querySelector(".item");
  const texts = [...box.querySelectorAll(".field.of-text")].filter((one) => one.scrollHeight > one.clientHeight + 1);
  const scrolled = box.matches(".filled, .several") && texts.length ? texts : [box];
  const by = { ArrowUp: -LINE, ArrowDown: LINE, PageUp: -0.9 * box.clientHeight, PageDown: 0.9 * box.clientHeight };
  const isDigit = event.code.startsWith("Digit") && !event.shiftKey; // on AZERTY a class, whatever it says
  const zoom = !isDigit && { "+": ZOOM_STEP, "=": ZOOM_STEP, "-": 1 / ZOOM_STEP }[event.key];
  const seek = { ArrowLeft: -SEEK, ArrowRight: SEEK }[event.key];
  const frames = [...box.querySelectorAll(".frame")];
  const playing = box.querySelector(".player");
  const details = box.querySelector("details");
  const film = clipsOn(state).length && clipKey(event);
  if (film) pressClip(state, film);
  else if (event.key in by) scrolled.forEach((one) => (one.scrollTop += by[event.key]));
  else if (event.key === "Home") scrolled.forEach((one) => (one.scrollTop = 0));
  else if (event.key === "End") scrolled.forEach((one) => (one.scrollTop = one.scrollHeight));
  else if (zoom && frames.length) frames.forEach((frame) => frame.zoomBy(zoom));
  else if (seek && playing) playing.currentTime = Math.max(0, playing.currentTime + seek);
  else if (event.key === " " && playing && !onControl(event)) return playOrPause(playing, event);
  else if (isLetter(event, "m") && details && !event.repeat) state.metaOpen = details.open = !details.open;
  else return false;
  return true;
}

function playOrPause(player, event) {
  if (event.shiftKey) return false;
  if (event.repeat) return true;
  if (player.paused) player.play();
  else player.pause();
  return true;
}

// By what the key means, else by where it lies, on keyboards that have no such letter.
const isLetter = ({ key, code, shiftKey }, letter) => !shiftKey && (key.toLowerCase() === letter || (code === `Key${letter.toUpperCase()}` && key > "\u024f"));
const inDrawer = (event) => event.composedPath().some((one) => one.classList && one.classList.contains("drawer"));
const onControl = (event) => ["BUTTON", "A", "SUMMARY"].includes(event.composedPath()[0].tagName);
