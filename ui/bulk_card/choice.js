// What is chosen from, and what is said around the items. Every text is written as a text node.

const SPOKEN_HERE = { esc: "Esc", "ctrl+a": "Ctrl A", pageup: "Page ↑", pagedown: "Page ↓" };
const MOVES = [["← ↑ ↓ →", "go from item to item"], ["Shift ↓", "select on the way"], ["Home End", "first and last item"]];

function paintKeys(state) {
  state.buttons = new Map();
  const add = (box, { key, name }) => {
    const button = keyButton(key, name, () => state.press(key));
    if (key in SPOKEN_HERE) nameKey(button, key);
    state.buttons.set(key, button);
    box.append(button);
    return button;
  };
  const box = state.root.querySelector(".classes");
  box.classList.toggle("many", state.many);
  box.classList.toggle("long", state.classes.some(({ name }) => name.length > LONG_NAME));
  state.classes.forEach((one, i) => {
    const row = state.many && i && one.key[0] !== state.classes[i - 1].key[0];
    add(box, one).classList.toggle("row", Boolean(row)); // another first key begins on another line
  });
  state.acts.forEach((act) => (add(state.root.querySelector(".acts"), act).dataset.act = act.kind));
  state.root.querySelector(".recents").hidden = !state.many;
  paintKeyList(state);
}

function nameKey(button, key) {
  button.setAttribute("aria-keyshortcuts", { esc: "Escape", "ctrl+a": "Control+A", pageup: "PageUp", pagedown: "PageDown" }[key]);
  button.firstElementChild.textContent = SPOKEN_HERE[key];
}

function paintKeyList(state) {
  const { classes, acts, many } = state;
  const chosen = many ? [[`${spoken(classes[0].key)} – ${spoken(classes[classes.length - 1].key)}`, "label what is selected, by the keys of a class"]] : classes.map(({ key, name }) => [spoken(key), `label what is selected: ${name}`]);
  const done = acts.map(({ key, name }) => [SPOKEN_HERE[key] || spoken(key), name]);
  const pairs = [...MOVES, ...done, ...chosen, ["?", "show or hide this list"]];
  state.root.querySelector(".help dl").replaceChildren(
    ...pairs.flatMap(([key, name]) => [element("dt", "", element("kbd", "", key)), element("dd", "", name)]),
  );
}

function option(value, words) {
  const made = element("option", "", words);
  made.value = value;
  return made;
}

function paintChoice(state) {
  const at = (name) => state.root.querySelector(`.choice .${name}`);
  const [says, least, second, part] = ["says", "least", "second", "part"].map(at);
  if (!least.length) {
    const classes = () => state.classes.map(({ name }) => option(name, name));
    says.append(option("", "anything"), ...classes());
    second.append(option("", "anything"), ...classes());
    least.append(...LEAST.map((p) => option(p, p ? `${Math.round(p * 100)} %` : "any probability")));
    at("cluster").append(option("", "all"));
  }
  least.disabled = second.disabled = !says.value;
  const isPart = Object.keys(state.part).length > 0;
  part.hidden = !isPart;
  part.textContent = isPart ? `Only ${state.part_words} ✕` : "";
  part.setAttribute("aria-label", `Only ${state.part_words}: show others, too`);
}

// What the address of the page asks for is chosen before anybody chooses.
function chooseFirst(state) {
  for (const [name, value] of Object.entries(state.wanted)) {
    const place = state.root.querySelector(`.choice .${name}`);
    const isListed = place.matches("select") && [...place.options].some((one) => one.value === String(value));
    if (place.matches("select") && !isListed) place.append(option(value, name === "least" ? `${Math.round(value * 100)} %` : value));
    place.value = value;
  }
  paintChoice(state);
}

// What there is to choose from is told with every look: a model, clusters, and how much is left.
function paintWhatThereIs(state, { guessed_by: version, clusters }) {
  const says = state.root.querySelector(".says");
  says.disabled = version === null && !says.value;
  says.options[0].textContent = says.disabled ? noModel(state) : "anything";
  const select = state.root.querySelector(".cluster");
  const { value } = select;
  const there = clusters.map(({ number, open, words }) => option(number, [`${number + 1}`, `${open.toLocaleString("en")} alike`, words.join(", ")].filter(Boolean).join(" · ")));
  if (value && !clusters.some(({ number }) => String(number) === value)) there.push(option(value, "none left of these"));
  const none = state.no_rounds ? "none for such items" : "none yet";
  const all = option("", there.length ? "all" : none);
  const words = (options) => [...options].map((one) => one.textContent).join("\n");
  if (words(select.options) !== words([all, ...there])) select.replaceChildren(all, ...there);
  select.value = value;
  select.disabled = !there.length;
}

const noModel = ({ task, no_rounds: none }) => (none ? "no model for such items" : task === "multilabel" ? "no one class here" : "no model yet");

function paintCounts(state) {
  const n = (count) => count.toLocaleString("en");
  const from = state.items.length ? `${n(state.skip + 1)}–${n(state.skip + state.items.length)} of ` : "";
  const words = `${from}${n(state.fit)} open · ${n(state.selected.size)} selected`;
  const line = state.root.querySelector(".counts");
  if (line.textContent !== words) line.textContent = words;
}

function paintEmpty(state, wanted) {
  const isEmpty = !state.items.length;
  const isNarrow = ["words", "says", "cluster", "by"].some((name) => name in wanted);
  const words = isNarrow
    ? "Nothing open fits. Fewer words, another class, or another cluster?"
    : "Nothing is left to label at once: every item has its answer, is on somebody's screen, or is judged by itself.";
  const line = state.root.querySelector(".none");
  line.hidden = !isEmpty;
  line.textContent = isEmpty ? words : "";
  state.root.querySelector(".tiles").hidden = isEmpty;
}

const tell = (state, words) => (state.root.querySelector(".told").textContent = words);

// One line for each reason, as many items have the same.
function tellOfLeftOut(state, leftOut) {
  if (!leftOut.length) return;
  const reasons = Map.groupBy(leftOut, ({ reason }) => reason);
  const lines = [...reasons].map(([reason, those]) => `${those.length} left out: ${reason}`);
  notify(state, `${lines.join("; ")}. (Click to hide.)`);
}
