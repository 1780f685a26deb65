// How a class is chosen: by one key or two, by its name, or several at once.

const ONE_KEY = 10; // classes that one key each reaches
const RECENT = 9; // classes kept at hand where there are more
const SHOWN = 8; // classes found that are listed
const HESITATION = 200; // ms after the first of two keys
const PLAYS = ["audio", "video"]; // there the space bar starts and stops the item

// What the keys do beside the classes, in the order of their buttons.
function actsOf({ task, many, kinds }) {
  const send = { key: "enter", kind: "send", name: "send", help: "send the classes chosen, or none" };
  const search = { key: Object.values(kinds).some((kind) => PLAYS.includes(kind)) ? "." : "space", kind: "search", name: "search" };
  return [...(task === "multilabel" ? [send] : []), ...(many ? [search] : []), ...ACTS];
}

// What the model would say: a thin line, which Enter agrees with; never a filled button.
function paintSuggestion(state) {
  const item = state.queue[0];
  const named = state.classes.find(({ name }) => item && !state.editing && name === item.suggestion);
  const button = named && state.buttons.get(named.key);
  if (state.suggested === button) return;
  if (state.suggested) mark(state.suggested, false);
  if (button) mark(button, true);
  state.suggested = button;
}

function mark(button, suggested) {
  button.classList.toggle("suggested", suggested);
  if (suggested) button.setAttribute("aria-description", "suggested by the model; Enter agrees");
  else button.removeAttribute("aria-description");
}

// Returns whether the key meant anything here.
function strike(state, key) {
  if (state.first && (key === "escape" || key === "backspace")) {
    narrow(state, "");
  } else if (state.buttons.has(state.first + key)) {
    press(state, state.first + key);
  } else if (state.first) {
    // A slip: no class has these two, and the key alone would do something else.
    return key.length === 1 || key === "enter" || key === "space";
  } else if (state.firsts.has(key)) {
    narrow(state, key);
  } else if (key === "enter" && state.suggested) {
    press(state, state.classes.find(({ name }) => name === state.queue[0].suggestion).key);
  } else if (key === "enter" && state.many) {
    press(state, state.acts.find(({ kind }) => kind === "search").key);
  } else if (key === "escape" && state.editing) {
    leavePast(state);
  } else {
    return false;
  }
  return true;
}

// By what the key means, else by where it lies: digits need Shift on an AZERTY keyboard, and a
// Cyrillic one has no S. A Latin letter always means itself.
function keyOf(state, event) {
  const meant = event.key === " " ? "space" : event.key.toLowerCase();
  const lies = event.code.replace(/^(Digit|Numpad|Key)/, "").toLowerCase();
  const known = state.buttons.has(state.first + meant) || state.firsts.has(meant);
  return known || meant === "?" || /^[a-z0-9]$/.test(meant) ? meant : lies;
}

// After the first key of two the others step back in place. Only for who looks for the second key:
// for who knows it nothing is painted, let alone moved.
function narrow(state, first) {
  if (state.first === first) return;
  state.first = first;
  clearTimeout(state.narrowing);
  if (first) state.narrowing = setTimeout(() => paintNarrowed(state), HESITATION);
  else paintNarrowed(state);
}

function paintNarrowed(state) {
  const box = state.root.querySelector(".classes");
  const { first } = state;
  if (!first && !box.classList.contains("narrowed")) return;
  const hits = state.classes.filter(({ key }) => first && key[0] === first).map(({ key }) => state.buttons.get(key));
  box.querySelectorAll(".hit").forEach((button) => button.classList.remove("hit"));
  hits.forEach((button) => button.classList.add("hit"));
  box.classList.toggle("narrowed", Boolean(first));
  if (first) state.scrolledFrom = box.scrollTop;
  else box.scrollTop = state.scrolledFrom;
  if (first) [hits[hits.length - 1], hits[0]].forEach((button) => button.scrollIntoView({ block: "nearest" }));
  paintHint(state);
}

function choose(state, name) {
  if (state.task !== "multilabel") {
    answer(state, state.answerKind, name);
    return;
  }
  const { id } = state.queue[0];
  const chosen = state.chosen.get(id) || new Set();
  if (!chosen.delete(name)) chosen.add(name);
  state.chosen.set(id, chosen);
  paintChosen(state);
}

const chosenNow = (state) => (state.queue.length && state.chosen.get(state.queue[0].id)) || new Set();

function send(state) {
  const chosen = chosenNow(state);
  answer(state, state.answerKind, state.classes.map(({ name }) => name).filter((name) => chosen.has(name)));
}

// Which classes are pressed, and on an answer given before, which one it was.
function paintChosen(state) {
  const chosen = chosenNow(state);
  const was = state.editing && state.editing.isLabel ? [state.editing.value].flat() : [];
  const several = state.task === "multilabel";
  const paint = (button, name) => {
    const pressed = several ? String(chosen.has(name)) : null;
    if (button.ariaPressed !== pressed) button.ariaPressed = pressed; // the same again would be styled again
    button.classList.toggle("was", was.includes(name));
  };
  if (!several && !was.length && !state.wasShown) return; // the usual item costs nothing here
  state.wasShown = was.length > 0;
  state.classes.forEach(({ key, name }) => paint(state.buttons.get(key), name));
  state.slots.forEach(({ button, name }) => paint(button, name));
  if (several) state.buttons.get("enter").lastElementChild.textContent = `send ${chosen.size || "none"}`;
}

// A class keeps its slot while it has one; the one longest unused makes room. Their keys are those
// that they always have.
function use(state, names) {
  if (!state.many) return;
  names.forEach((name) => {
    const slot = state.slots.find((one) => one.name === name) || freeSlot(state, name);
    if (!slot) return; // a class of another day
    state.turn = slot.turn = (state.turn || 0) + 1;
  });
}

function freeSlot(state, name) {
  const one = state.classes.find((found) => found.name === name);
  if (!one) return null;
  const slot = state.slots.length < RECENT ? {} : state.slots.reduce((a, b) => (b.turn < a.turn ? b : a));
  const button = keyButton(one.key, name, () => state.press(one.key));
  if (slot.button) slot.button.replaceWith(button);
  else state.root.querySelector(".recents").append(button);
  if (!slot.button) state.slots.push(slot);
  return Object.assign(slot, { name, button });
}

const folded = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).join(" ").trim();

// Names that begin with what is typed, then those with words that do, then those that hold it.
function matching(state, typed) {
  const wanted = folded(typed);
  if (!wanted) return [...state.slots].sort((a, b) => b.turn - a.turn).map(({ name }) => name);
  const begins = ({ plain }) => wanted.split(" ").every((word) => ` ${plain}`.includes(` ${word}`));
  const rank = (one) => (begins(one) ? Number(!one.plain.startsWith(wanted.split(" ")[0])) : one.plain.includes(wanted) ? 2 : 3);
  const groups = Map.groupBy(state.classes, rank);
  return [0, 1, 2].flatMap((at) => groups.get(at) || []).map(({ name }) => name);
}

// The line lies over the acts as the comment's does, what it finds over the classes: nothing moves.
function openSearch(state) {
  const line = state.root.querySelector(".search");
  const list = state.root.querySelector(".found");
  let found = [];
  let at = -1;
  const paint = () => paintFound(state, found, at);
  const look = () => {
    found = matching(state, line.value).slice(0, SHOWN);
    at = line.value.trim() && found.length ? 0 : -1;
    paint();
  };
  const close = () => {
    line.onblur = null;
    line.hidden = list.hidden = true;
    state.root.querySelector(".acts").inert = false;
    line.setAttribute("aria-expanded", "false");
  };
  const take = (name) => {
    close();
    press(state, state.classes.find((one) => one.name === name).key);
  };
  line.oninput = look;
  line.onblur = close;
  line.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || !(step || ["Enter", "Escape"].includes(event.key))) return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else if (step && found.length) at = (at + step + found.length + (at < 0 && step < 0)) % found.length;
    else if (event.key === "Enter" && at >= 0 && !event.repeat) return take(found[at]);
    if (step) paint();
  };
  list.onpointerdown = (event) => {
    event.preventDefault(); // the line keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) take(found[[...list.children].indexOf(option)]);
  };
  line.value = "";
  line.hidden = list.hidden = false;
  state.root.querySelector(".acts").inert = true;
  line.setAttribute("aria-expanded", "true");
  look();
  line.focus();
}

function paintFound(state, found, at) {
  const list = state.root.querySelector(".found");
  const line = state.root.querySelector(".search");
  const chosen = chosenNow(state);
  list.replaceChildren(
    ...found.map((name, i) => {
      const { key } = state.classes.find((one) => one.name === name);
      const option = element("li", "", element("span", "name", chosen.has(name) ? `✓ ${name}` : name), element("kbd", "", spoken(key)));
      option.id = `found-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(i === at));
      return option;
    }),
  );
  if (!found.length) list.append(element("li", "none", line.value.trim() ? "No class is called so." : "Type a part of its name."));
  if (at < 0) line.removeAttribute("aria-activedescendant");
  else line.setAttribute("aria-activedescendant", `found-${at}`);
}
