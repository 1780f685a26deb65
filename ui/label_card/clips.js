// Clips of play, as many as are on screen in step with each other: in a loop, or a step for a key.

const REST = 1; // seconds that the last scenes stay, before it begins again
const CLIP_ACTS = [
  { key: "space", name: "stop", help: "stop the clips, or play on" },
  { key: "r", name: "again", help: "play the clips from their beginning" },
  { key: ",", name: "back", help: "one step back" },
  { key: ".", name: "on", help: "one step on" },
];

function clipOf(text, called) {
  const scenes = scenesIn(text);
  if (!scenes) return [element("p", "broken", "This is no clip that can be drawn. Flag it with F, or skip it with S.")];
  const canvas = element("canvas", "clip");
  canvas.scenes = scenes;
  canvas.role = "img";
  canvas.ariaLabel = `${called}: a clip of ${stepsIn(canvas)} steps`;
  const passed = element("p", "passed");
  passed.ariaHidden = "true"; // it changes with every step, and would be read out each time
  return [canvas, passed];
}

function scenesIn(text) {
  try {
    const { scenes } = JSON.parse(text);
    return Array.isArray(scenes) && scenes.length > 1 ? scenes : null;
  } catch (why) {
    if (why instanceof SyntaxError || why instanceof TypeError) return null; // no JSON, or null
    throw why;
  }
}

const stepsIn = ({ scenes }) => scenes.length - 1; // one scene before each, and one after the last
const clipsOn = (state) => [...state.root.querySelectorAll("canvas.clip")];
const longestOf = (state) => Math.max(...clipsOn(state).map(stepsIn));

// The keys as buttons, for fingers too.
function clipKeysOf(state) {
  return element("div", "acts film", ...CLIP_ACTS.map((act) => {
    const button = keyButton(act.key, act.name, () => pressClip(state, act.key));
    button.title = act.help;
    button.dataset.film = act.key;
    return button;
  }));
}

// Another item, or the same one painted anew: from the beginning, or from where it was.
function film(state, isAnother) {
  clearInterval(state.filming);
  if (state.resized) state.resized.disconnect();
  if (!clipsOn(state).length) return;
  if (isAnother || !state.film) state.film = { at: 0, moves: !CALM };
  state.resized = new ResizeObserver(() => paintClips(state));
  clipsOn(state).forEach((canvas) => state.resized.observe(canvas));
  paintClips(state);
  state.filming = setInterval(() => {
    if (!state.root.host.isConnected) clearInterval(state.filming);
    else if (state.film.moves) filmTo(state, (state.film.at + 1) % (longestOf(state) + Math.round(REST * state.speed)));
  }, 1000 / state.speed);
}

function filmTo(state, at) {
  state.film.at = at;
  paintClips(state);
}

function paintClips(state) {
  clipsOn(state).forEach((canvas) => {
    const [at, last] = [Math.min(state.film.at, stepsIn(canvas)), stepsIn(canvas)];
    drawScene(canvas, canvas.scenes[at]);
    canvas.nextElementSibling.textContent = at < last ? `${at} of ${last} steps` : `ends after ${last} ${last === 1 ? "step" : "steps"}`;
  });
  const button = state.root.querySelector("[data-film=space] .name");
  if (button) button.textContent = state.film.moves ? "stop" : "play";
}

function pressClip(state, key) {
  const { film: now } = state;
  const step = { ",": -1, ".": 1 }[key];
  const ended = now.at >= longestOf(state);
  now.moves = key === "r" || (key === "space" && !now.moves);
  if (step) filmTo(state, Math.min(longestOf(state), Math.max(0, Math.min(now.at, longestOf(state)) + step)));
  else filmTo(state, key === "r" || (now.moves && ended) ? 0 : now.at);
}

function clipKey(event) {
  if (event.key === " ") return onControl(event) ? null : "space";
  if (isLetter(event, "r")) return "r";
  return event.key === "," || event.key === "." ? event.key : null;
}
