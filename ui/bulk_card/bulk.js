// Many items, one decision, one key: what is selected gets the class whose key is pressed.

const PAGE = 60; // items shown at once
const PAUSE = 250; // ms without a key, after which the words are looked for
const LONGEST_PAUSE = 10_000; // ms between tries while the server does not answer
const LEAST = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];
const SELECTION = { id: "selection" }; // what the keys of `choose.js` are about here

export default function ({ parentElement, data: [data], setStateValue }) {
  const state = (parentElement.askwell ||= begin(parentElement, data));
  state.token = data.token;
  state.renew = () => setStateValue("renew", newId());
}

function begin(root, data) {
  const many = data.classes.length > ONE_KEY;
  const state = {
    ...data,
    root,
    outbox: openOutbox(data.scope),
    items: [], // as shown
    selected: new Set(), // their ids
    at: 0, // the place of the cursor
    skip: 0, // items before the first one shown
    fit: 0,
    last: null, // the batch that Z takes back
    made: 0, // tiles, so far
    failures: 0,
    many,
    first: "", // the first of two keys, while the second is awaited
    queue: [SELECTION],
    chosen: new Map(),
    slots: [],
    acts: actsHere(data, many),
  };
  state.classes = data.classes.map((one) => ({ ...one, plain: folded(one.name) }));
  state.firsts = new Set(state.classes.filter(({ key }) => key.length > 1).map(({ key }) => key[0]));
  state.press = (key) => press(state, key);
  paintKeys(state);
  paintChosen(state);
  paintChoice(state);
  chooseFirst(state);
  paintSaved(state);
  watchFiles(state);
  listen(state);
  flush(state);
  return state;
}

const actsHere = ({ task }, many) => [
  ...(task === "multilabel" ? [{ key: "enter", kind: "send", name: "send" }] : []),
  ...(many ? [{ key: ".", kind: "search", name: "search" }] : []),
  { key: "space", kind: "toggle", name: "select" },
  { key: "ctrl+a", kind: "all", name: "all shown" },
  { key: "esc", kind: "none", name: "none" },
  { key: "z", kind: "undo", name: "take the last batch back" },
  { key: "pageup", kind: "back", name: "earlier" },
  { key: "pagedown", kind: "on", name: "more" },
];

const ACTIONS = {
  send,
  search: openSearch,
  toggle: (state) => toggle(state, state.at),
  all: (state) => select(state, state.items.map(({ id }) => id)),
  none: (state) => select(state, []),
  undo: takeBack,
  back: (state) => turnPage(state, -PAGE),
  on: (state) => turnPage(state, PAGE),
};

function press(state, key) {
  const act = state.acts.find((one) => one.key === key);
  narrow(state, "");
  if (act) ACTIONS[act.kind](state);
  else choose(state, state.classes.find((one) => one.key === key).name);
  flash(state.buttons.get(key));
}

// Called by `choose.js`, once it is known which class, or which classes, it is.
function answer(state, _kind, value) {
  const chosen = state.items.filter(({ id }) => state.selected.has(id));
  if (!chosen.length) {
    notify(state, "Nothing is selected yet: Space takes one, Ctrl+A all that are shown.");
    return;
  }
  notify(state, "");
  const now = Date.now() / 1000;
  const batch = `bulk-${newId()}`;
  const body = { batch_id: batch, item_ids: chosen.map(({ id }) => id), value, says: state.shownBy, guessed_by: state.guessedBy, shown_at: state.shownAt, answered_at: now };
  state.at = state.items.indexOf(chosen[0]); // what comes next moves up to there
  state.items = state.items.filter(({ id }) => !state.selected.has(id));
  state.fit -= chosen.length;
  state.last = { batch_id: batch, value, items: chosen.length };
  state.selected.clear();
  state.chosen.clear();
  use(state, [value].flat());
  paintChosen(state);
  paintTiles(state);
  tell(state, `${inWords(state.last)}. Z takes ${chosen.length === 1 ? "it" : "them"} back.`);
  keep(state, "/bulk", body, batch);
}

function takeBack(state) {
  if (!state.last) {
    notify(state, state.outbox.size ? "One moment: what came before is still being saved." : "There is no batch to take back.");
    return;
  }
  notify(state, "");
  tell(state, `Taken back: ${inWords(state.last)}.`);
  const batch = state.last.batch_id;
  state.last = null;
  keep(state, "/bulk/undo", { batch_id: batch }, newId());
}

const inWords = ({ items, value }) => `${items.toLocaleString("en")} labeled ${[value].flat().join(", ") || "with no class"}`;

function keep(state, path, body, id) {
  state.outbox.add({ answer_id: id, answered_at: Date.now() / 1000, path, body });
  if (!state.outbox.kept) notify(state, "This browser keeps nothing over a reload: leave the page only when it says saved.");
  paintSaved(state);
  flush(state);
}

// What waits goes out in its order, each batch by itself; then the server says what is open now.
async function flush(state) {
  if (state.sending || !state.root.host.isConnected) return;
  state.sending = true;
  clearTimeout(state.retry);
  try {
    await sendAll(state);
  } catch (why) {
    const mine = state.outbox.first(1)[0];
    // Sent again it would be refused again; anything else may be otherwise next time.
    if ([400, 404, 422].includes(why.status)) state.outbox.putAside(mine.answer_id);
    troubled(state, why, " What you gave is kept in this browser.");
    return;
  } finally {
    state.sending = false;
  }
  try {
    await look(state);
  } catch (why) {
    troubled(state, why);
  }
}

async function sendAll(state) {
  for (let [made] = state.outbox.first(1); made; [made] = state.outbox.first(1)) {
    const reply = await (await call(state, made.path, made.body, { keepalive: true })).json(); // though the page is left
    state.outbox.settle(made.answer_id);
    state.failures = 0;
    tellOfLeftOut(state, reply.left_out || []);
    paintSaved(state);
  }
}

async function look(state) {
  const mine = (state.looks = (state.looks || 0) + 1);
  const wanted = wantedNow(state);
  const reply = await (await call(state, `/bulk?${new URLSearchParams(wanted)}`)).json();
  state.failures = 0;
  paintSaved(state);
  if (mine !== state.looks || state.outbox.size) return; // another look is under way, or a batch
  if (!reply.items.length && state.skip) {
    state.skip = Math.max(0, state.skip - PAGE);
    await look(state);
    return;
  }
  const under = state.stale ? undefined : state.items[state.at];
  state.stale = false;
  Object.assign(state, { items: reply.items, fit: reply.fit, last: reply.last, shownBy: wanted.says || null, guessedBy: reply.guessed_by, shownAt: Date.now() / 1000 });
  const place = state.items.findIndex(({ id }) => under && id === under.id);
  if (place >= 0) state.at = place; // the order may be another, the item under the cursor is not
  const shown = new Set(state.items.map(({ id }) => id));
  state.selected = new Set([...state.selected].filter((id) => shown.has(id)));
  paintWhatThereIs(state, reply);
  paintEmpty(state, wanted);
  paintTiles(state);
  const list = state.root.querySelector(".tiles");
  if (mine === 1 && document.activeElement === document.body) list.focus({ preventScroll: true });
}

function wantedNow(state) {
  const wanted = { n: PAGE, skip: state.skip, ...state.part };
  for (const name of ["words", "says", "cluster"]) {
    const { value } = state.root.querySelector(`.choice .${name}`);
    if (value.trim()) wanted[name] = value;
  }
  if (!wanted.says) return wanted;
  wanted.least = state.root.querySelector(".choice .least").value;
  const { value: second } = state.root.querySelector(".choice .second");
  return second ? { ...wanted, second } : wanted;
}

function troubled(state, why, kept = "") {
  state.failures += 1;
  if (why.status === 401) state.renew(); // a new token comes with the next call of this component
  else if (why.status >= 400 && why.status < 500) notify(state, `The server refused: ${why.message}.${kept}`);
  state.retry = setTimeout(() => flush(state), Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(state.failures, 6)));
  paintSaved(state);
}

// Another choice begins at its first item, with nothing selected.
function chooseAnew(state) {
  state.skip = 0;
  paintChoice(state);
  leave(state);
}

function turnPage(state, by) {
  if (state.skip + by < 0 || state.skip + by >= state.fit) return;
  state.skip += by;
  leave(state);
}

// What is shown is not what was asked for any more: until that comes, nothing can be selected.
function leave(state) {
  state.stale = true;
  state.at = 0;
  state.selected.clear();
  state.chosen.clear();
  paintChosen(state);
  paintTiles(state);
  const shown = state.root.querySelector(".shown");
  shown.scrollTop = 0;
  if (shown.getBoundingClientRect().top < 0) shown.scrollIntoView(); // on a phone the page scrolls
  flush(state);
}

function select(state, ids) {
  if (state.stale) return;
  state.selected = new Set(ids);
  paintSelection(state);
}

function toggle(state, place) {
  const item = state.items[place];
  if (!item || state.stale) return;
  if (!state.selected.delete(item.id)) state.selected.add(item.id);
  state.anchor = item.id;
  paintSelection(state);
}

// From the item that was taken last to this one.
function selectTo(state, place) {
  const from = state.items.findIndex(({ id }) => id === state.anchor);
  if (state.stale || from < 0) return toggle(state, place);
  const [first, last] = [Math.min(from, place), Math.max(from, place)];
  state.items.slice(first, last + 1).forEach(({ id }) => state.selected.add(id));
  return paintSelection(state);
}

function listen(state) {
  const onKey = (event) => {
    if (!state.root.host.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    const dialog = state.root.querySelector(".help");
    const isHelp = event.key === "?" && !isWritten(event);
    if (isHelp) toggleHelp(state.root);
    else if (dialog.open || isWritten(event) || !(move(state, event) || strikeHere(state, event))) return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  closeDialogs(state);
  const { root } = state;
  root.querySelector(".help-button").addEventListener("click", () => toggleHelp(root));
  root.querySelector(".notice").addEventListener("click", () => notify(state, ""));
  root.querySelector(".hint").addEventListener("click", () => narrow(state, ""));
  root.querySelector(".tiles").addEventListener("click", (event) => {
    const place = tilesOf(state).indexOf(event.target.closest(".tile"));
    if (place < 0) return;
    state.at = place;
    paintCursor(state);
    if (event.shiftKey) selectTo(state, place);
    else toggle(state, place);
  });
  const form = root.querySelector(".choice");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(state.typing);
    chooseAnew(state);
    root.querySelector(".tiles").focus(); // on to the items
  });
  form.addEventListener("keydown", (event) => event.key === "Escape" && root.querySelector(".tiles").focus());
  form.querySelector(".part").addEventListener("click", () => {
    state.part = {};
    chooseAnew(state);
    root.querySelector(".tiles").focus();
  });
  let byPointer = null; // a list that was opened with the mouse gives the keys back to the items
  form.addEventListener("pointerdown", (event) => (byPointer = event.target));
  form.addEventListener("keydown", () => (byPointer = null), true);
  form.addEventListener("change", (event) => {
    if (!event.target.matches("select")) return;
    chooseAnew(state);
    if (byPointer === event.target) root.querySelector(".tiles").focus();
  });
  form.querySelector(".words").addEventListener("input", () => {
    clearTimeout(state.typing);
    state.typing = setTimeout(() => chooseAnew(state), PAUSE);
  });
}

// In a line of text or a list to choose from, or on a button that Enter or the space bar presses.
function isWritten(event) {
  const target = event.composedPath()[0];
  if (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  return ["BUTTON", "A", "SUMMARY"].includes(target.tagName) && ["Enter", " "].includes(event.key);
}

function move(state, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const row = columnsOf(state);
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -state.at, End: state.items.length - 1 - state.at }[event.key];
  if (by === undefined) return false;
  const place = state.at + by;
  if (place < 0 || place >= state.items.length) return true;
  const from = state.items[state.at].id;
  state.at = place;
  paintCursor(state, true);
  if (!event.shiftKey) return true;
  if (!state.selected.has(from)) state.anchor = from;
  selectTo(state, place);
  return true;
}

// A held key labels once.
function strikeHere(state, event) {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "a" && !event.altKey && !event.shiftKey) {
    if (!event.repeat) state.press("ctrl+a");
    return true;
  }
  if (control || event.altKey || event.repeat) return false;
  const key = keyOf(state, event);
  if (key === "escape" && !state.first) {
    state.press("esc");
    return true;
  }
  return strike(state, key);
}
