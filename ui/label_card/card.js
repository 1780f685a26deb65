// One item, one decision, one key: the answer and the next item are one frame.

const HOLD = 20; // items held here, refreshed with every answer and whenever a new model is out
const MOST_HERE = 30; // items held here and answers not sent yet: what a closed lid takes from others
const SOON = 400; // ms until a look for a proposal that is just being made
const TICK = 3_000; // ms between looks at where the loop stands; also renews the leases
const LONGEST_PAUSE = 10_000; // ms between tries while the server does not answer
const SENT_AT_ONCE = 100;
const MOST_HELD = 100; // the API takes no more

export default function ({ parentElement, data: [data], setStateValue }) {
  const state = (parentElement.askwell ||= begin(parentElement, data));
  state.token = data.token;
  state.renew = () => setStateValue("renew", newId());
}

function begin(root, data) {
  const state = {
    ...data,
    root,
    outbox: openOutbox(data.scope),
    queue: [], // the first one is on screen
    history: [], // this person's last answers, newest last
    pictures: new Map(),
    pace: [],
    failures: 0,
    refused: 0,
    labels: 0, // as shown
    sinceStatus: 0, // labels given that the last status cannot know of
    sending: false,
    answerKind: data.answer_kind,
    way: wayOf(data),
    many: BY_NAME.includes(wayOf(data)) && data.classes.length > ONE_KEY, // then each has two keys
    first: "", // the first of two keys, while the second is awaited
    chosen: new Map(), // item id → its answer so far, where it takes several keys
    slots: [], // the classes used last
    editing: null, // the answer whose item is on screen again, before what was there
  };
  state.served = data.classes.map(({ name }) => name).sort().join();
  state.classes = state.way.buttons(data).map((one) => ({ ...one, plain: folded(one.name) }));
  state.acts = actsOf(state);
  state.firsts = new Set(state.classes.filter(({ key }) => key.length > 1).map(({ key }) => key[0]));
  state.press = (key) => press(state, key);
  paintFrame(state);
  show(state);
  paintSaved(state);
  only(state, () => {
    state.outbox = openOutbox(state.scope); // as the other tab left it
    listen(state);
    start(state);
  });
  return state;
}

// One tab at a time: two would answer the same items, and end each other's leases.
function only(state, begin) {
  const name = `askwell:${state.scope}`;
  const keep = () => {
    window.askwellHolds = name; // by the page: the card may be mounted anew in it
    return new Promise(() => begin()); // held until this tab goes
  };
  if (!navigator.locks || window.askwellHolds === name) {
    begin(); // plain http on another machine has no locks
    return;
  }
  navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (lock) return keep();
    state.elsewhereOpen = true;
    paintItem(state);
    navigator.locks.request(name, () => {
      state.elsewhereOpen = false;
      paintItem(state);
      return keep();
    });
    return undefined;
  });
}

// What was left from last time goes out first: then the server knows where this person is.
async function start(state) {
  if (!state.root.host.isConnected) return; // the card was mounted anew, and starts by itself
  try {
    while (state.outbox.size) {
      const sent = state.outbox.first(state.oneByOne ? 1 : SENT_AT_ONCE);
      settle(state, await (await call(state, "/annotations", { annotations: sent })).json());
    }
    await remember(state);
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

function takeCounts(state, { left, leased_elsewhere: elsewhere, held_back: heldBack }) {
  state.left = left;
  state.elsewhere = elsewhere;
  state.heldBack = heldBack;
}

const ACTIONS = { undo, edit: pickPast, comment: openComment, search: openSearch, send, guidelines: (state) => toggleDrawer(state, "guidelines"), why: (state) => toggleDrawer(state, "why") };
const ALWAYS = ["undo", "edit", "guidelines"]; // also with nothing on screen
const NEEDS_SIGHT = ["send"]; // as a class does

function press(state, key) {
  const act = state.acts.find((one) => one.key === key);
  const item = state.queue[0];
  narrow(state, "");
  remark(state, "");
  if (!item && !(act && ALWAYS.includes(act.kind))) return;
  if ((!act || NEEDS_SIGHT.includes(act.kind)) && !isReady(state, item)) return;
  if (!act) state.way.choose(state, state.classes.find((one) => one.key === key));
  else if (ACTIONS[act.kind]) ACTIONS[act.kind](state);
  else answer(state, act.kind, null);
  flash(state.buttons.get(key));
}

// What only this kind of task has a key for.
function strikeMore(state, key) {
  const act = state.queue.length && state.way.keys[key];
  if (act) act(state);
  return Boolean(act);
}

function answer(state, kind, value) {
  const item = state.queue.shift();
  const old = state.editing;
  const now = Date.now() / 1000;
  const made = { answer_id: newId(), item_id: item.id, kind, value, shown_at: state.shownAt, answered_at: now, order: value === null || !severalAtOnce(state.way) ? null : placesOf(item), comment: state.comment || null, guideline_version: state.guideline ? state.guideline.version : null };
  if (old) state.history = state.history.filter(({ answerId }) => answerId !== old.answerId);
  record(state, { ...past(state, item, made), text: state.chosen.get(item.id), earlier: old ? [old, ...old.earlier] : [] });
  if (value !== null) use(state, [value].flat());
  if (state.comment) state.outbox.draft(item.id, "");
  if (state.shownAt && !old) state.pace.push(now - state.shownAt);
  state.pace.splice(0, state.pace.length - REMEMBERED);
  state.sinceStatus += (value !== null) - Boolean(old && old.isLabel);
  state.editing = null;
  drop(state, item);
  show(state);
  keep(state, made);
}

// What was begun of an answer.
function drop(state, item) {
  state.chosen.delete(item.id);
  if (state.editor) state.outbox.draft(item.id, "", "text");
}

function show(state) {
  paintItem(state);
  state.way.paint(state);
  paintSuggestion(state);
  paintHint(state);
  if (state.drawer === "why") setTimeout(() => openDrawer(state, "why")); // the item first
}

// What is written goes with the answer to come: Enter leads back to the keys, Escape forgets.
function openComment(state) {
  const line = state.root.querySelector(".comment");
  const before = state.comment;
  paintComment(state, true);
  line.focus();
  const write = (words) => {
    state.comment = words.trim();
    state.outbox.draft(state.queue[0].id, state.comment);
  };
  line.oninput = () => write(line.value);
  line.onkeydown = (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") write(before);
    paintComment(state);
  };
}

function keep(state, made) {
  state.outbox.add(made);
  if (!state.outbox.kept) notify(state, "This browser keeps nothing over a reload: leave the page only when it says saved.");
  paintStrip(state);
  paintSaved(state);
  paintStatus(state);
  flush(state);
}

async function flush(state) {
  if (!state.root.host.isConnected) return; // the card was mounted anew, and sends for both
  if (state.sending) return; // what came meanwhile goes with the next one
  state.sending = true;
  clearTimeout(state.retry);
  try {
    const body = {
      annotations: state.outbox.first(state.oneByOne ? 1 : SENT_AT_ONCE),
      holding: [...waiting(state).map((item) => item.id), ...state.outbox.items()].slice(0, MOST_HELD),
      next: HOLD,
    };
    const reply = await (await call(state, "/annotations", body)).json();
    state.failures = 0;
    state.oneByOne = false;
    settle(state, reply);
    takeCounts(state, reply);
    adopt(state, reply.items);
  } catch (why) {
    state.sending = false;
    troubled(state, why, () => flush(state));
    return;
  }
  state.sending = false;
  paintSaved(state);
  if (!state.queue.length) paintItem(state);
  if (state.outbox.size) flush(state);
  else if (state.tunes && !state.queue.length && !document.hidden) state.retry = setTimeout(() => flush(state), SOON);
}

function settle(state, reply) {
  reply.saved.forEach(state.outbox.settle);
  Object.entries(reply.second_thoughts).forEach(([id, name]) => doubt(state, id, name));
  Object.entries(reply.lessons).forEach(([id, lesson]) => learn(state, id, lesson));
  reply.rejected.forEach(({ answer_id: id, reason }) => setAside(state, id, reason));
}

function setAside(state, id, reason) {
  state.outbox.putAside(id);
  state.history = state.history.filter(({ answerId }) => answerId !== id); // it does not stand
  paintStrip(state);
  state.refused += 1;
  const many = state.refused === 1 ? "One answer was" : `${state.refused} answers were`;
  notify(state, `${many} not taken, and kept in this browser: ${reason}. (Click to hide.)`);
}

// What the server lent us: an item that is only opened again it need not.
const waiting = (state) => (state.editing ? state.queue.slice(1) : state.queue);

// The server's queue replaces ours, but what is on screen stays there, and what waits behind it.
function adopt(state, items) {
  const current = state.queue[0];
  const kept = state.queue.slice(0, state.editing ? 2 : 1);
  const fresh = items.filter(({ id }) => !state.outbox.concerns(id) && !kept.some((one) => one.id === id));
  state.queue = [...kept, ...fresh.slice(0, Math.max(0, MOST_HERE - kept.length - state.outbox.size))];
  prepareAll(state);
  forget(state);
  if (!current) show(state);
}

function troubled(state, why, again) {
  state.failures += 1;
  if (why.status === 401) {
    state.renew(); // a new token comes with the next call of this component
  } else if (why.status === 422 && state.oneByOne && state.outbox.size) {
    setAside(state, state.outbox.first(1)[0].answer_id, "the server cannot read it");
  } else if (why.status === 422) {
    state.oneByOne = true; // find the one that is malformed
  } else if (why.status >= 400 && why.status < 500) {
    notify(state, `The server refused: ${why.message}.`);
  }
  state.retry = setTimeout(again, Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(state.failures, 6)));
  paintSaved(state);
  if (!state.queue.length) paintItem(state);
}

async function look(state) {
  if (document.hidden || state.looking) return;
  state.looking = true;
  try {
    const before = state.status && state.status.model && state.status.model.version;
    const settled = state.outbox.size === 0;
    state.status = await (await call(state, "/status")).json();
    await fetchGuideline(state, state.status.guideline_version);
    tellOfClasses(state);
    // What is under way may be in that count or not: what stood on screen stands until it is known.
    const counted = state.status.answers[state.answerKind] || 0;
    state.sinceStatus = settled && !state.outbox.size ? 0 : Math.max(0, state.labels - counted);
    state.failures = 0;
    paintStatus(state);
    paintSaved(state);
    prepareAll(state);
    const newer = state.status.model && state.status.model.version !== before;
    const renewal = Date.now() - (state.renewedAt || 0) > 60_000;
    if (newer || renewal || !state.queue.length || state.outbox.size) {
      state.renewedAt = Date.now();
      flush(state);
    }
  } catch (why) {
    if (why.status !== 401) state.failures += 1;
    else state.renew();
    paintSaved(state);
  } finally {
    state.looking = false;
  }
}

// The buttons stay as they are under a person's fingers, until they say when.
function tellOfClasses(state) {
  const now = Object.keys(state.status.classes).sort().join();
  if (state.toldOf === now || now === state.served) return;
  state.toldOf = now;
  notify(state, "The classes were changed. Reload the page to see them; what you give until then counts. (Click to hide.)");
}

function listen(state) {
  const onKey = (event) => {
    if (!state.root.host.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    const dialog = state.root.querySelector(".help");
    if (isSendChord(state, event) && !event.repeat && !dialog.open) {
      event.preventDefault();
      press(state, "enter");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isElsewhere(event)) return;
    const key = keyOf(state, event);
    if (key === "?") {
      toggleHelp(state.root);
    } else if (key === "escape" && state.drawer && !state.first && !state.editing && !dialog.open) {
      closeDrawer(state);
    } else if (dialog.open || !(strike(state, key) || strikeMore(state, key))) {
      return;
    }
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  closeDialogs(state);
  listenToItem(state);
  listenToStrip(state);
  if (state.tunes) Object.assign(state.root.querySelector("a.progress"), { href: "tune", textContent: "Tune" });
  state.root.querySelector(".notice").addEventListener("click", () => {
    state.refused = 0;
    notify(state, "");
  });
  state.root.querySelector(".drawer .close").addEventListener("click", () => closeDrawer(state));
  state.root.querySelector(".help-button").addEventListener("click", () => toggleHelp(state.root));
  const ticking = setInterval(() => {
    if (state.root.host.isConnected) look(state);
    else clearInterval(ticking);
  }, TICK);
  document.addEventListener("visibilitychange", () => state.root.host.isConnected && look(state));
}

// In a line of text, among the earlier answers, or on a button that Enter or the space bar presses.
function isElsewhere(event) {
  const target = event.composedPath()[0];
  if (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return true;
  const isPressed = ["BUTTON", "A", "SUMMARY", "AUDIO", "VIDEO"].includes(target.tagName) && ["Enter", " "].includes(event.key);
  return isPressed || Boolean(target.closest && target.closest(".history"));
}
