// What is on screen around the item. Every text is written as a text node.

const ACTS = [
  { key: "s", kind: "skip", name: "skip" },
  { key: "u", kind: "unsure", name: "unsure" },
  { key: "f", kind: "flag", name: "flag" },
  { key: "z", kind: "undo", name: "undo" },
  { key: "/", kind: "comment", name: "comment" },
  { key: "g", kind: "guidelines", name: "guidelines" },
];
const REMEMBERED = 6; // answers in the history strip

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function keyButton(key, name, press) {
  const own = name.toLowerCase() === key; // the class is called as its key: say it once
  const face = own ? [element("span", "own", name)] : [element("kbd", "", key.toUpperCase()), element("span", "", name)];
  const button = element("button", "", ...face);
  button.type = "button";
  button.setAttribute("aria-keyshortcuts", key);
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
  const add = (box, key, name, press) => {
    const button = keyButton(key, name, press);
    state.buttons.set(key, button);
    box.append(button);
  };
  const classes = root.querySelector(".classes");
  classes.replaceChildren();
  state.classes.forEach(({ key, name }) => add(classes, key, name, () => state.press(key)));
  const acts = root.querySelector(".acts");
  acts.replaceChildren();
  ACTS.forEach(({ key, name }) => add(acts, key, name, () => state.press(key)));
  const list = root.querySelector(".help dl");
  const all = [...state.classes.map(({ key, name }) => [key, name]), ...ACTS.map((a) => [a.key, a.name])];
  list.replaceChildren(
    ...[...all, ...itemKeys(state), ["?", "show or hide this list"]].flatMap(([key, name]) => [
      element("dt", "", element("kbd", "", key.toUpperCase())),
      element("dd", "", name),
    ]),
  );
}

function flash(button) {
  button.classList.remove("pressed");
  void button.offsetWidth; // restart the animation when the same key comes twice
  button.classList.add("pressed");
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
  if (state.left > 0) return ["The next item is on its way…"];
  if (state.elsewhere > 0) return [`The last ${state.elsewhere} are with somebody else.`, "What is not answered in time comes back here by itself."];
  const reached = state.status && state.status.accuracy;
  return [
    "Nothing left to ask.",
    reached ? `The model reached ${score(reached)} on the audit items.` : "Every item has its answer.",
    "See Progress for the curve; askwell export writes the answers out.",
  ];
}

const score = ({ value, low, high }) => `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

function paintStrip(state) {
  const past = state.history.slice(-REMEMBERED).reverse();
  state.root.querySelector(".history").replaceChildren(
    ...past.map(({ words }, i) => element("span", i ? "" : "newest", words)),
  );
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
  const labels = (now.answers.label || 0) + state.sinceStatus;
  state.labels = labels;
  count.textContent = `${labels} label${labels === 1 ? "" : "s"}${median === null ? "" : ` · ${median.toFixed(1)} s each`}`;
  const line = state.root.querySelector(".model");
  const down = now.trainer.state === "down";
  line.classList.toggle("down", down);
  const model = now.model ? `model ${now.model.version} · ${now.model.strategy}` : `${now.no_rounds || `no model yet: items come at random; waits for ${now.waiting_for}`}`;
  const reached = now.accuracy ? `accuracy ${score(now.accuracy)}` : `accuracy not known yet (${now.accuracy_waits_for})`;
  line.textContent = down ? `trainer ${now.trainer.note}. Your labels are safe; the order is from model ${now.model ? now.model.version : 0}.` : now.model ? `${model} · ${reached}` : model;
}

// What needs a person's eye stays until it is clicked away, or said better.
function notify(state, words) {
  const line = state.root.querySelector(".notice");
  line.textContent = words;
  line.hidden = !words;
}
