// What is on screen around the item. Every text is written as a text node.

const ACTS = [
  { key: "s", kind: "skip", name: "skip" },
  { key: "u", kind: "unsure", name: "unsure" },
  { key: "f", kind: "flag", name: "flag" },
  { key: "z", kind: "undo", name: "undo" },
  { key: "e", kind: "edit", name: "edit" },
  { key: "/", kind: "comment", name: "comment" },
  { key: "g", kind: "guidelines", name: "guidelines" },
  { key: "w", kind: "why", name: "why this item?" },
];
const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches; // asked once: it takes a while
const FLASH = 250; // ms
const LONG_NAME = 7; // characters; two such names stand side by side on a phone, not three
const SPOKEN = { enter: "Enter", space: "Space", backspace: "Backspace" };
const spoken = (key) => SPOKEN[key] || (key.length > 2 ? key : key.toUpperCase());

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function keyButton(key, name, press, sign = null) {
  const own = name.toLowerCase() === key; // the class is called as its key: say it once
  const face = own ? [element("span", "own", name)] : [element("kbd", "", spoken(key)), element("span", "name", name)];
  const button = element("button", "", ...face);
  button.type = "button";
  if (sign) button.firstElementChild.after(sign);
  if (key.length !== 2) button.setAttribute("aria-keyshortcuts", spoken(key)); // it knows no sequences
  else button.title = name; // it may be cut
  button.addEventListener("click", (event) => {
    if (event.detail) button.blur(); // by mouse: so that the space bar does not press it again
    press();
  });
  return button;
}

function paintFrame(state) {
  const { root } = state;
  root.querySelector(".project").textContent = ` · ${state.project}`;
  root.querySelector(".who").textContent = state.annotator;
  state.buttons = new Map();
  const add = (box, { key, name, sign }) => {
    const button = keyButton(key, name, () => state.press(key), sign);
    state.buttons.set(key, button);
    box.append(button);
    return button;
  };
  const box = root.querySelector(".classes");
  box.replaceChildren();
  box.classList.toggle("many", state.many);
  if (state.way.look) box.classList.add(state.way.look);
  box.classList.toggle("long", state.classes.some(({ name }) => name.length > LONG_NAME));
  state.classes.forEach((one, i) => {
    const button = add(box, one);
    const row = state.many && i && one.key[0] !== state.classes[i - 1].key[0];
    button.classList.toggle("row", Boolean(row)); // another first key begins on another line
  });
  paintScaleWords(state, box);
  const acts = root.querySelector(".acts");
  acts.replaceChildren();
  state.acts.forEach((act) => (add(acts, act).dataset.act = act.kind));
  root.querySelector(".recents").hidden = !state.many;
  paintHelp(state);
}

// What the lowest and the highest point mean, beside them.
function paintScaleWords(state, box) {
  if (state.way !== WAYS.rate) return;
  box.style.setProperty("--points", state.classes.length);
  box.style.setProperty("--half", state.classes.length >> 1);
  if (!state.scale_words.length) return;
  const [low, high] = state.scale_words;
  const ends = [state.classes[0], state.classes[state.classes.length - 1]];
  ends.forEach(({ key }, i) => state.buttons.get(key).setAttribute("aria-description", [low, high][i]));
  box.prepend(element("span", "end", low));
  box.append(element("span", "end", high));
}

function paintHelp(state) {
  const first = state.classes[0].key;
  const last = state.classes[state.classes.length - 1].key;
  const classes = state.many
    ? [[`${first} – ${last}`, "a class, by the keys on it"]]
    : state.classes.map(({ key, name, place }) => [key, name === "–" ? `the next place to output ${place + 1}, or its own back` : name]);
  const acts = state.acts.map(({ key, name, help }) => [key, help || name]);
  state.root.querySelector(".help dl").replaceChildren(
    ...[...classes, ...state.way.help, ...acts, ...itemKeys(state), ["?", "show or hide this list"]].flatMap(([key, name]) => [
      element("dt", "", element("kbd", "", spoken(key))),
      element("dd", "", name),
    ]),
  );
}

function flash(button) {
  if (button.classList.contains("pressed")) {
    button.classList.remove("pressed");
    void button.offsetWidth; // restart the animation when the same key comes twice
  }
  button.classList.add("pressed");
  const end = () => button.classList.remove("pressed"); // that line lays out the whole page
  button.onanimationend = end;
  if (CALM) setTimeout(end, FLASH); // where nothing moves, nothing ends either
}

// The line lies over the other answers, so that nothing moves when it opens.
function paintComment(state, open = false) {
  const line = state.root.querySelector(".comment");
  line.hidden = !open;
  state.root.querySelector(".acts").inert = open;
  if (line.value !== state.comment) line.value = state.comment;
  const button = state.buttons.get("/");
  button.classList.toggle("written", Boolean(state.comment));
  button.title = state.comment;
}

function emptyWords(state) {
  if (state.elsewhereOpen) return ["Labeling is open in another tab.", "Close that one, and this one goes on."];
  if (state.left === undefined) {
    return state.failures ? ["The server does not answer.", "Still trying; your answers are kept in this browser."] : ["Fetching the first item…"];
  }
  if (state.heldBack) return ["Nothing more is asked of you for now.", state.heldBack];
  if (state.left > 0) return ["The next item is on its way…"];
  if (state.tunes) return ["The next proposal is being made…", "If none comes, the page Tune says why."];
  if (state.elsewhere > 0) return [`The last ${state.elsewhere} are with somebody else.`, "What is not answered in time comes back here by itself."];
  const reached = state.status && state.status.accuracy;
  return [
    "Nothing left to ask.",
    reached ? `The model reached ${score(reached)} on the audit items.` : "Every item has its answer.",
    "See Progress for the curve; askwell export writes the answers out.",
  ];
}

const score = ({ value, low, high }) => `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

// Newest first; one stop for the Tab key, and arrows from there.
function paintStrip(state) {
  const box = state.root.querySelector(".history");
  [...state.history].reverse().forEach((entry, i) => {
    const button = (entry.button ||= pastButton(entry.words));
    if (box.children[i] !== button) box.insertBefore(button, box.children[i] || null);
    button.tabIndex = i ? -1 : 0;
    button.classList.toggle("newest", !i);
    button.ariaCurrent = entry === state.editing ? "true" : null;
  });
  while (box.children.length > state.history.length) box.lastElementChild.remove();
}

function pastButton(words) {
  const button = element("button", "", words);
  button.type = "button";
  button.title = `${words}: answer anew`;
  return button;
}

// One line on what the keys do just now, where that is not what they always do.
function paintHint(state, picking = false) {
  const line = state.root.querySelector(".hint");
  const usual = state.first
    ? `${spoken(state.first)} … and a second key · Esc takes it back`
    : picking
      ? "← → an earlier answer · Enter opens it · Esc goes back"
      : state.editing
        ? `Answer anew · Esc keeps ${state.editing.words}`
        : "";
  const words = state.remark || usual;
  if (line.textContent !== words) line.textContent = words;
}

// Why a key did nothing; until the next one.
function remark(state, words) {
  if ((state.remark || "") === words) return;
  state.remark = words;
  paintHint(state);
}

function paintSaved(state) {
  const mark = state.root.querySelector(".saved");
  const n = state.outbox.size;
  const kind = state.failures > 1 ? "offline" : n ? "saving" : "done";
  mark.dataset.kind = kind;
  mark.setAttribute("aria-live", kind === "offline" ? "polite" : "off"); // not at every key
  mark.lastElementChild.textContent = {
    offline: `offline, ${n} kept here`,
    saving: `saving ${n}`,
    done: "saved",
  }[kind];
  mark.title = kind === "offline" ? "The server does not answer. Go on, or start it again: what is kept here is sent then, even after a reload." : "";
}

function paintStatus(state) {
  const now = state.status;
  if (!now) return;
  const count = state.root.querySelector(".count");
  const median = state.pace.length ? [...state.pace].sort((a, b) => a - b)[state.pace.length >> 1] : null;
  const labels = (now.answers[state.answerKind] || 0) + state.sinceStatus;
  const noun = state.answerKind === "label" ? "label" : "answer";
  state.labels = labels;
  count.textContent = `${labels} ${noun}${labels === 1 ? "" : "s"}${median === null ? "" : ` · ${median.toFixed(1)} s each`}`;
  const line = state.root.querySelector(".model");
  const down = now.trainer.state === "down";
  line.classList.toggle("down", down);
  const first = now.start === "random" ? "items come at random" : `first items by ${now.start}`;
  const model = now.model ? `model ${now.model.version} · ${now.model.strategy}` : now.no_rounds || `no model yet: ${first}; waits for ${now.waiting_for}`;
  const reached = now.accuracy ? `accuracy ${score(now.accuracy)}` : `accuracy not known yet (${now.accuracy_waits_for})`;
  line.textContent = down ? `trainer ${now.trainer.note}. Your labels are safe; the order is from model ${now.model ? now.model.version : 0}.` : now.model ? `${model} · ${reached}` : model;
}

// While the server is away Streamlit opens a dialog, hidden by our theme, which still takes the mouse
// and the Tab key from all around it: people go on here, and our own mark says how it stands.
function closeDialogs(state) {
  const seen = new MutationObserver(() => {
    const close = document.querySelector(".stDialog button[aria-label='Close']");
    if (!state.root.host.isConnected) seen.disconnect();
    else if (close) close.click();
  });
  seen.observe(document.body, { childList: true });
}

// Until the next frame the browser leaves the focus on the button of a dialog that was closed: it is
// let go, or a key pressed at once would press what nobody sees any more.
function toggleHelp(root) {
  const dialog = root.querySelector(".help");
  if (!dialog.open) {
    dialog.showModal();
    return;
  }
  dialog.close();
  dialog.querySelector(":focus")?.blur();
}

// What needs a person's eye stays until it is clicked away, or said better.
function notify(state, words) {
  const line = state.root.querySelector(".notice");
  line.textContent = words;
  line.hidden = !words;
}
