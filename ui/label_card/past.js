// Answers given before: taken back, or opened again and answered anew. Every change is a new row.

const REMEMBERED = 50; // answers in the strip, that undo reaches, also after a reload

const past = (state, item, made) => ({
  item,
  answerId: made.answer_id,
  value: made.value,
  at: made.answered_at || 0,
  comment: made.comment || "",
  words: made.value === null ? made.kind : state.way.words(item, made, state),
  isLabel: made.value !== null, // rather than skipped, unsure or flagged
  earlier: [], // what it corrected, newest first
});

async function remember(state) {
  const { answers } = await (await call(state, `/annotations?n=${REMEMBERED}`)).json();
  state.history = answers.reverse().map((made) => {
    const item = { ...made.item, order: made.order || made.item.order }; // as it stood then
    return { ...past(state, item, made), earlier: made.earlier.map((old) => past(state, item, old)) };
  });
  state.history.filter(({ isLabel }) => isLabel).forEach(({ value }) => use(state, [value].flat()));
  paintStrip(state);
}

// What the model had said instead; known only after the answer.
function doubt(state, answerId, name) {
  const entry = state.history.find((one) => one.answerId === answerId);
  if (entry && entry.button) entry.button.append(element("span", "doubt", ` model: ${name}?`));
}

// In practice: what is right, and why. What was wrong stays on screen until it is clicked away.
function learn(state, answerId, { right, label, why }) {
  const entry = state.history.find((one) => one.answerId === answerId);
  if (!entry) return;
  const rightly = state.way.words(entry.item, { value: label }, state);
  if (entry.button) entry.button.append(element("span", "lesson", right ? " ✓" : ` ✗ ${rightly}`));
  const because = why ? ` ${why}` : "";
  if (right) notify(state, because && `Right.${because}`);
  else notify(state, `You said ${entry.words}; ${rightly} is right.${because} (Press E to see it again.)`);
}

function record(state, entry) {
  state.history.push(entry);
  state.history.splice(0, state.history.length - REMEMBERED);
}

// Where it stood before it was corrected.
function putBack(state, entry) {
  const later = state.history.findIndex(({ at }) => at > entry.at);
  state.history.splice(later < 0 ? state.history.length : later, 0, entry);
}

// A correction that is undone leaves what it corrected; any other answer, its item on screen.
function undo(state) {
  if (state.editing) {
    leavePast(state);
    return;
  }
  const last = state.history.pop();
  if (!last) {
    notify(state, "Nothing to undo.");
    return;
  }
  const [before, ...older] = last.earlier;
  if (before) {
    putBack(state, { ...before, earlier: older });
  } else {
    lay(state, last);
    state.pace.pop();
  }
  state.sinceStatus += Boolean(before && before.isLabel) - last.isLabel;
  show(state);
  keep(state, { answer_id: newId(), item_id: last.item.id, kind: "undo", target: last.answerId, answered_at: Date.now() / 1000 });
}

// On screen as it was answered: its comment, and what is not one key's answer.
function lay(state, entry) {
  state.queue.unshift(entry.item);
  state.outbox.draft(entry.item.id, entry.comment);
  state.way.lay(state, entry);
}

// What is on screen waits behind it and comes back right after.
function openPast(state, entry) {
  leavePast(state);
  state.editing = entry;
  lay(state, entry);
  prepareAll(state);
  show(state);
  paintStrip(state);
}

function leavePast(state) {
  if (!state.editing) return;
  const item = state.queue.shift();
  state.outbox.draft(item.id, "");
  drop(state, item);
  state.editing = null;
  show(state);
  paintStrip(state);
}

function pickPast(state) {
  const newest = state.root.querySelector(".history button");
  if (newest) newest.focus();
  else notify(state, "There is no answer to edit yet.");
}

function listenToStrip(state) {
  const strip = state.root.querySelector(".history");
  strip.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const entry = state.history[state.history.length - 1 - [...strip.children].indexOf(button)];
    button.blur();
    openPast(state, entry);
  });
  strip.addEventListener("keydown", (event) => {
    const aim = { ArrowRight: event.target.nextElementSibling, ArrowLeft: event.target.previousElementSibling }[event.key];
    if (aim) aim.focus();
    else if (event.key === "Escape") event.target.blur();
    if (event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") event.preventDefault();
  });
  state.root.querySelector(".hint").addEventListener("click", () => strike(state, "escape")); // a phone has no Esc
  strip.addEventListener("focusin", () => paintHint(state, true));
  strip.addEventListener("focusout", () => paintHint(state));
}
