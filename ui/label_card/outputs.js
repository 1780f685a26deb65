// Several outputs beside each other, in the order that this person's item has: which is better, or
// which is first, second, third? Nothing here says what made them.

const PROMPT = "prompt";
const ACROSS = { 4: 2 }; // outputs in a row; else up to three

const ordinal = (n) => `${n}${{ 1: "st", 2: "nd", 3: "rd" }[n] || "th"}`;

function outputsOf(state, item) {
  const asked = Object.keys(item.fields).filter((name) => !placesOf(item).includes(name));
  const outputs = element("div", "outputs", ...placesOf(item).map((name, place) => outputOf(state, item, name, place)));
  outputs.style.setProperty("--across", ACROSS[placesOf(item).length] || Math.min(3, placesOf(item).length));
  const film = outputs.querySelector("canvas.clip") ? [clipKeysOf(state)] : [];
  return [...asked.map((name) => fieldOf(state, item, name, name)), outputs, ...film];
}

function outputOf(state, item, name, place) {
  const made = fieldOf(state, item, name, `Output ${place + 1}`);
  made.classList.add("output");
  made.dataset.place = place;
  const marks = [element("kbd", "", String(place + 1))];
  if (state.way.look === "places") marks.push(element("span", "place"));
  made.prepend(element("p", "mark", ...marks));
  if (state.way.look === "places") {
    made.addEventListener("click", () => {
      if (document.getSelection().isCollapsed) press(state, String(place + 1)); // else words are being marked
    });
  }
  return made;
}

// Which side it was, on an answer given before.
function paintWasSide(state) {
  const was = state.editing && state.editing.value;
  if (!was && !state.wasShown) return;
  state.wasShown = Boolean(was);
  const item = state.queue[0];
  state.classes.forEach(({ key, value, place }) => {
    const mine = place === null || !item ? value : placesOf(item)[place];
    state.buttons.get(key).classList.toggle("was", mine === was);
  });
}

// The names placed so far, the best first. What is left alone at the end needs no key.
function placed(state) {
  const item = state.queue[0];
  const picked = (item && state.chosen.get(item.id)) || [];
  const left = item ? placesOf(item).filter((name) => !picked.includes(name)) : [];
  return left.length === 1 ? [...picked, ...left] : picked;
}

// The next place; one that has a place already loses it, and those behind move up.
function placeNext(state, place) {
  const item = state.queue[0];
  const name = placesOf(item)[place];
  const picked = state.chosen.get(item.id) || [];
  if (picked.includes(name)) state.chosen.set(item.id, picked.filter((one) => one !== name));
  else if (!placed(state).includes(name)) state.chosen.set(item.id, [...picked, name]);
  paintPlaces(state);
}

function takePlaceBack(state) {
  const picked = state.queue.length && state.chosen.get(state.queue[0].id);
  if (!picked) return;
  state.chosen.set(state.queue[0].id, picked.slice(0, -1));
  paintPlaces(state);
}

function sendOrder(state) {
  const order = placed(state);
  const all = placesOf(state.queue[0]).length;
  if (order.length === all) answer(state, state.answerKind, order);
  else remark(state, `${order.length} of ${all} have a place: press the keys of the others, the best first`);
}

function paintPlaces(state) {
  const item = state.queue[0];
  const order = placed(state);
  const names = item ? placesOf(item) : [];
  state.classes.forEach(({ key, place, sends }) => {
    const button = state.buttons.get(key);
    const rank = order.indexOf(names[place]) + 1;
    const words = rank ? ordinal(rank) : "–";
    if (sends) {
      button.lastElementChild.textContent = order.length && order.length === names.length ? "send" : `${order.length} of ${state.classes.length - 1}`;
      return;
    }
    button.lastElementChild.textContent = words;
    button.ariaPressed = String(rank > 0);
    button.ariaLabel = `Output ${place + 1}: ${rank ? `${words} place` : "no place yet"}`;
    const output = state.root.querySelector(`.output[data-place="${place}"]`);
    if (!output) return;
    output.querySelector(".place").textContent = rank ? words : "";
    output.classList.toggle("placed", rank > 0);
  });
}
