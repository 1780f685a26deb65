// One item, one decision, one key: the answer and the next item are one frame.

const HOLD = 20; // items held here, refreshed with every answer and whenever a new model is out
const TICK = 3_000; // ms between looks at where the loop stands; also renews the leases
const LONGEST_PAUSE = 10_000; // ms between tries while the server does not answer
const SENT_AT_ONCE = 100;

export default function ({ parentElement, data, setStateValue }) {
  const state = (parentElement.askwell ||= begin(parentElement, data));
  state.token = data.token;
  state.renew = () => setStateValue("renew", newId());
}

function begin(root, data) {
  const state = {
    ...data,
    root,
    outbox: openOutbox(data.outbox),
    queue: [], // the first one is on screen
    history: [], // what was answered in this tab, newest last
    pictures: new Map(),
    pace: [],
    failures: 0,
    sending: false,
  };
  state.press = (key) => press(state, key);
  paintFrame(state);
  paintItem(state);
  paintSaved(state);
  listen(state);
  start(state);
  return state;
}

// What was left from last time goes out first: then the server knows where this person is.
async function start(state) {
  try {
    while (state.outbox.size) {
      const sent = state.outbox.first(state.oneByOne ? 1 : SENT_AT_ONCE);
      settle(state, await (await call(state, "/annotations", { annotations: sent })).json());
    }
    const reply = await (await call(state, `/next?n=${HOLD}`)).json();
    state.failures = 0;
    takeCounts(state, reply);
    adopt(state, reply.items);
    paintSaved(state);
    look(state);
  } catch (why) {
    troubled(state, why, () => start(state));
  }
}

function takeCounts(state, { left, leased_elsewhere: elsewhere }) {
  state.left = left;
  state.elsewhere = elsewhere;
}

function press(state, key) {
  const button = state.buttons.get(key);
  const act = ACTS.find((one) => one.key === key);
  if (act && act.kind === "undo") {
    undo(state);
  } else if (state.queue.length) {
    const chosen = state.classes.find((one) => one.key === key);
    answer(state, act ? act.kind : "label", chosen ? chosen.name : null);
  } else {
    return;
  }
  flash(button);
}

function answer(state, kind, value) {
  const item = state.queue.shift();
  const now = Date.now() / 1000;
  const made = { answer_id: newId(), item_id: item.id, kind, value, shown_at: state.shownAt, answered_at: now };
  state.history.push({ item, answerId: made.answer_id, words: value === null ? kind : value });
  state.pace.push(now - state.shownAt);
  paintItem(state);
  keep(state, made);
}

function undo(state) {
  const last = state.history.pop();
  if (!last) {
    notify(state, "Nothing to undo in this tab.");
    return;
  }
  state.queue.unshift(last.item);
  state.pace.pop();
  paintItem(state);
  keep(state, { answer_id: newId(), item_id: last.item.id, kind: "undo", target: last.answerId, answered_at: Date.now() / 1000 });
}

function keep(state, made) {
  notify(state, "");
  state.outbox.add(made);
  paintStrip(state);
  paintSaved(state);
  flush(state);
}

async function flush(state) {
  if (state.sending) return; // what came meanwhile goes with the next one
  state.sending = true;
  clearTimeout(state.retry);
  try {
    const body = {
      annotations: state.outbox.first(state.oneByOne ? 1 : SENT_AT_ONCE),
      holding: state.queue.map((item) => item.id),
      next: HOLD,
    };
    const reply = await (await call(state, "/annotations", body)).json();
    state.failures = 0;
    state.oneByOne = false;
    settle(state, reply);
    adopt(state, reply.items);
    if (!state.queue.length) takeCounts(state, await (await call(state, "/next?n=1")).json());
  } catch (why) {
    state.sending = false;
    troubled(state, why, () => flush(state));
    return;
  }
  state.sending = false;
  paintSaved(state);
  if (!state.queue.length) paintItem(state);
  if (state.outbox.size) flush(state);
}

function settle(state, reply) {
  reply.saved.forEach(state.outbox.settle);
  reply.rejected.forEach(({ answer_id: id, reason }) => {
    state.outbox.settle(id);
    notify(state, `One answer was not taken: ${reason}.`);
  });
}

// The server's queue replaces ours, but what is on screen stays there.
function adopt(state, items) {
  const current = state.queue[0];
  const fresh = items.filter(({ id }) => !state.outbox.concerns(id) && !(current && current.id === id));
  state.queue = current ? [current, ...fresh] : fresh;
  state.queue.forEach((item) => prepare(state, item));
  forget(state);
  if (!current) paintItem(state);
}

function troubled(state, why, again) {
  state.failures += 1;
  if (why.status === 401) {
    state.renew(); // a new token comes with the next call of this component
  } else if (why.status === 422 && state.oneByOne && state.outbox.size) {
    state.outbox.putAside(state.outbox.first(1)[0].answer_id);
    notify(state, "One answer could not be read by the server; it is kept in this browser.");
  } else if (why.status === 422) {
    state.oneByOne = true; // find the one that is malformed
  } else if (why.status >= 400 && why.status < 500) {
    notify(state, `The server refused: ${why.message}.`);
  }
  state.retry = setTimeout(again, Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(state.failures, 6)));
  paintSaved(state);
  paintItem(state);
}

async function look(state) {
  if (document.hidden) return;
  try {
    const before = state.status && state.status.model && state.status.model.version;
    state.status = await (await call(state, "/status")).json();
    paintStatus(state);
    const newer = state.status.model && state.status.model.version !== before;
    const renewal = Date.now() - (state.renewedAt || 0) > 60_000;
    if (newer || renewal || !state.queue.length) {
      state.renewedAt = Date.now();
      flush(state);
    }
  } catch (why) {
    if (why.status !== 401) state.failures += 1;
    else state.renew();
    paintSaved(state);
  }
}

function listen(state) {
  const onKey = (event) => {
    if (!state.root.host.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    const key = event.key.toLowerCase();
    const dialog = state.root.querySelector(".help");
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event)) return;
    if (key === "?") {
      if (dialog.open) dialog.close();
      else dialog.showModal();
    } else if (!dialog.open && state.buttons.has(key)) {
      state.press(key);
    } else {
      return;
    }
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  state.root.querySelector(".help-button").addEventListener("click", () => state.root.querySelector(".help").showModal());
  const ticking = setInterval(() => {
    if (state.root.host.isConnected) look(state);
    else clearInterval(ticking);
  }, TICK);
  document.addEventListener("visibilitychange", () => state.root.host.isConnected && look(state));
}

function isTyping(event) {
  const target = event.composedPath()[0];
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
