// Somebody looks on and says good or bad, one key each; what they saw then goes with it.

const LONGEST_PAUSE = 10_000; // ms between tries while the server does not answer
const SENT_AT_ONCE = 50;
const TAKEN_IN = 1_000; // ms after which what somebody asked for is in the frames
const SPEEDS = [1, 2, 4, 8, 15, 20, 30, 45, 60]; // steps a second
const KEYS = [
  { key: "↑", name: "good", value: 1, others: ["j"], help: "good: more of what it just did (also J)" },
  { key: "↓", name: "bad", value: -1, others: ["k"], help: "bad: less of what it just did (also K)" },
];
const ACTS_HERE = [
  { key: "space", kind: "pause", name: "stop", help: "stop, or play on" },
  { key: "z", kind: "undo", name: "take back", help: "take your last good or bad back" },
  { key: "[", kind: "slower", name: "slower", help: "slower" },
  { key: "]", kind: "faster", name: "faster", help: "faster" },
];
const NAMED = { ArrowUp: "↑", ArrowDown: "↓", " ": "space", j: "↑", k: "↓" };

export default function ({ parentElement, data: [data], setStateValue }) {
  const state = (parentElement.askwell ||= begin(parentElement, data));
  state.token = data.token;
  state.renew = () => setStateValue("renew", newId());
}

function begin(root, data) {
  const state = { ...data, root, outbox: openOutbox(data.scope), episodes: [], failures: 0, frame: null, paintedAt: 0, asked: { until: 0 }, controls: Promise.resolve(), buttons: new Map(), renew: () => {} };
  state.take = (told) => take(state, told);
  paintKeys(state);
  paintSaved(state);
  paintStill(state, "The player is starting …", "");
  listen(state);
  follow(state);
  flush(state);
  look(state);
  return state;
}

function paintKeys(state) {
  const { root } = state;
  root.querySelector(".project").textContent = ` · ${state.project}`;
  root.querySelector(".who").textContent = state.annotator;
  root.querySelector(".team").hidden = !state.may_invite;
  const add = (box, { key, name, help }, className) => {
    const button = keyButton(key, name, () => press(state, key));
    button.classList.add(className);
    button.title = help;
    state.buttons.set(key, button);
    root.querySelector(box).append(button);
  };
  KEYS.forEach((one) => add(".classes", one, one.name));
  ACTS_HERE.forEach((one) => add(".acts", one, one.kind));
  root.querySelector(".start").addEventListener("click", (event) => {
    event.currentTarget.blur();
    press(state, "space");
  });
  root.querySelector(".help dl").replaceChildren(
    ...[...KEYS, ...ACTS_HERE, { key: "?", help: "show or hide this list" }].flatMap(({ key, help }) => [
      element("dt", "", element("kbd", "", spoken(key))),
      element("dd", "", help),
    ]),
  );
  const rows = state.actions.flatMap((name) => {
    const bar = element("span", "bar", element("i", ""));
    return [element("dt", "", name), element("dd", "", bar, element("span", "number"))];
  });
  root.querySelector(".expected").replaceChildren(...rows);
}

function press(state, key) {
  const said = KEYS.find((one) => one.key === key);
  notify(state, "");
  if (said) say(state, said.value);
  else if (key === "z") say(state, "undo");
  else if (key === "space") control(state, { do: isStill(state) ? "go" : "pause" });
  else changeSpeed(state, key === "]" ? 1 : -1);
  flash(state.buttons.get(key));
}

const isStill = ({ frame }) => !frame || Boolean(frame.died || frame.still);

// When it was, on the player's clock: the frame on screen, and how long it had been there.
function say(state, value) {
  const { frame } = state;
  if (!frame || frame.died || (value !== "undo" && !frame.did_something)) {
    notify(state, "There is nothing to judge yet: Space lets it play.");
    return;
  }
  const at = frame.at + (performance.now() - state.paintedAt) / 1000;
  const signal = { signal_id: newId(), value, life: frame.life, at };
  state.outbox.add({ answer_id: signal.signal_id, answered_at: Date.now() / 1000, signal });
  if (!state.outbox.kept) notify(state, "This browser keeps nothing over a reload: leave the page only when it says saved.");
  paintSaved(state);
  flush(state);
}

async function flush(state) {
  if (state.sending || !state.outbox.size || !state.root.host.isConnected) return;
  state.sending = true;
  clearTimeout(state.retry);
  try {
    const signals = state.outbox.first(SENT_AT_ONCE).map(({ signal }) => signal);
    const reply = await (await call(state, "/play/signals", { signals }, { keepalive: true })).json();
    reply.saved.forEach(state.outbox.settle);
    reply.rejected.forEach(({ signal_id: id, reason }) => {
      state.outbox.settle(id);
      notify(state, `Not taken: ${reason}. (Click to hide.)`);
    });
    state.failures = 0;
  } catch (why) {
    troubled(state, why);
    return;
  } finally {
    state.sending = false;
    paintSaved(state);
  }
  flush(state);
}

function troubled(state, why) {
  state.failures += 1;
  if (why.status === 401) state.renew();
  else if (why.status >= 400 && why.status < 500) notify(state, `The server refused: ${why.message}.`);
  state.retry = setTimeout(() => flush(state), Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(state.failures, 6)));
}

// One after the other: two calls under way at once may arrive in either order.
function control(state, command) {
  const sent = () => call(state, "/play/control", command).catch((why) => notify(state, why.message));
  state.controls = state.controls.then(sent);
}

// The next key goes on from what this one asked for: frames of before still come in.
function changeSpeed(state, by) {
  if (!state.frame || state.frame.died) return;
  const now = performance.now() < state.asked.until ? state.asked.speed : state.frame.speed;
  const others = SPEEDS.filter((speed) => (speed - now) * by > 0.01);
  if (!others.length) return;
  const speed = by > 0 ? others[0] : others[others.length - 1];
  state.asked = { speed, until: performance.now() + TAKEN_IN };
  control(state, { do: "speed", speed });
}

// What the player tells: a frame, or that there is no player any more.
function take(state, told) {
  const before = state.frame;
  state.frame = told;
  if (told.died) {
    paintStill(state, told.died, "Every signal that was saved is kept. The episode under way is lost.");
    return;
  }
  const isNew = !before || before.frame !== told.frame || before.life !== told.life;
  told.did_something = told.step > 0 || Boolean(before && before.did_something && before.life === told.life);
  if (!isNew) return;
  state.root.querySelector(".help .guide").textContent ||= guide(told.scene);
  state.paintedAt = performance.now();
  moveOn(state, before, told);
  paintNow(state);
  paintExpected(state);
  if (told.still) paintStill(state, told.still, told.good + told.bad ? "" : guide(told.scene));
  else state.root.querySelector(".still").hidden = true;
  if (!before || before.died || told.is_over !== before.is_over || told.episode !== before.episode) look(state);
}

function paintStill(state, heading, what) {
  const box = state.root.querySelector(".still");
  const title = box.querySelector("h2");
  if (title.textContent !== heading) title.textContent = heading;
  box.querySelector(".what").textContent = what;
  box.querySelector(".what").hidden = !what;
  box.querySelector(".start").hidden = !state.frame; // it cannot be let run before it is there
  box.hidden = false;
  nameStop(state, "play");
}

function nameStop(state, name) {
  const label = state.buttons.get("space").querySelector(".name");
  if (label.textContent !== name) label.textContent = name;
}

function paintNow(state) {
  const { episode, step, score, speed, is_over: isOver, did, good, bad, scene } = state.frame;
  const done = did === null ? "" : ` · ${state.actions[did]}`;
  const plain = scene.why ? ` · numbers, as ${scene.why}` : "";
  state.root.querySelector(".now").textContent = `episode ${episode} · step ${step} · return ${Math.round(score * 10) / 10}${isOver ? ` · ${ending(scene)}` : done} · ${speed} steps a second${plain}`;
  state.root.querySelector(".count").textContent = `${good} good · ${bad} bad`;
  if (!state.frame.still) nameStop(state, "stop");
}

function paintExpected(state) {
  const { expected, good, bad } = state.frame;
  const most = Math.max(...expected);
  const rows = state.root.querySelector(".expected").children;
  expected.forEach((value, i) => {
    const [name, row] = [rows[2 * i], rows[2 * i + 1]];
    const part = Math.tanh(value / 2); // of a logit: the chance of good less that of bad
    name.classList.toggle("next", value === most && most > Math.min(...expected));
    row.firstElementChild.classList.toggle("bad", value < 0);
    row.querySelector("i").style.transform = `scaleX(${part})`;
    row.lastElementChild.textContent = `${Math.round(50 + 50 * part)} % good`;
  });
  const line = state.root.querySelector(".advice");
  const words = advice(good, bad);
  if (line.textContent !== words) line.textContent = words;
}

async function look(state) {
  if (state.looking) return;
  state.looking = true;
  try {
    state.episodes = (await (await call(state, "/play")).json()).episodes;
    paintCurve(state);
  } catch (why) {
    if (why.status === 401) state.renew();
  } finally {
    state.looking = false;
  }
}

function paintCurve(state) {
  const { episodes, root } = state;
  const canvas = root.querySelector(".curve");
  drawCurve(canvas, episodes);
  const last = episodes[episodes.length - 1];
  const mean = episodes.slice(-LAST).reduce((sum, { score }) => sum + score, 0) / Math.min(LAST, episodes.length);
  const average = episodes.length > 1 ? `Mean of the last ${Math.min(LAST, episodes.length)}: ${mean.toFixed(1)} (the line).` : "";
  const words = last ? `Episode ${last.number}: ${Math.round(last.score * 10) / 10}, after ${last.signals} signal${last.signals === 1 ? "" : "s"}. ${average}` : "";
  root.querySelector(".summary").textContent = words;
  canvas.setAttribute("aria-label", words || "No episode has ended yet");
}

function listen(state) {
  const onKey = (event) => {
    if (!state.root.host.isConnected) {
      document.removeEventListener("keydown", onKey);
      return;
    }
    const dialog = state.root.querySelector(".help");
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isPressed(event)) return;
    const key = NAMED[event.key] || NAMED[event.key.toLowerCase()] || event.key.toLowerCase();
    if (key === "?") {
      toggleHelp(state.root);
    } else if (dialog.open || !state.buttons.has(key)) {
      return;
    } else {
      press(state, key);
    }
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  closeDialogs(state);
  const { root } = state;
  root.querySelector(".help-button").addEventListener("click", () => toggleHelp(root));
  root.querySelector(".notice").addEventListener("click", () => notify(state, ""));
  document.addEventListener("visibilitychange", () => (document.hidden ? lookAway(state) : follow(state)));
  new ResizeObserver(() => repaint(state)).observe(root.querySelector(".page"));
}

// A button that Enter or the space bar presses by itself.
const isPressed = (event) => ["BUTTON", "A"].includes(event.composedPath()[0].tagName) && ["Enter", " "].includes(event.key);

function repaint(state) {
  if (state.frame && !state.frame.died) drawScene(state.root.querySelector(".scene"), state.frame.scene);
  drawCurve(state.root.querySelector(".curve"), state.episodes);
}
