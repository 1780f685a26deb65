// What differs from one kind of task to another; all else is the same for each.
//
// buttons: the large ones, each with its key. choose: what one of them does.
// fields: the item. begin: another one came on screen. paint: how far its answer is.
// lay: an earlier answer, to be changed. words: an answer in the strip. keys: what more there are.

const NAMED = { tie: "tie", "both-bad": "both bad" };
const placesOf = ({ order, fields }) => order || Object.keys(fields).filter((name) => name !== PROMPT);
const placeIn = (item, made, name) => (made.order || placesOf(item)).indexOf(name) + 1;

// Drawn, since not every machine has a font with it; the style turns the second one down.
function thumb() {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(drawn.namespaceURI, "path");
  path.setAttribute("d", "M2 10h4v11H2zM8 10.5 12.5 2c1.7 0 3 1.3 2.8 3l-.6 4H20c1.3 0 2.2 1.2 1.9 2.4l-1.8 7.8c-.2 1-1.1 1.8-2.2 1.8H8z");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("class", "sign");
  drawn.ariaHidden = "true";
  drawn.append(path);
  return drawn;
}

const AS_CLASS = {
  look: "",
  buttons: ({ classes }) => classes,
  choose: (state, { name }) => choose(state, name),
  fields: fieldsOf,
  begin: () => {},
  paint: paintChosen,
  lay: () => {},
  words: (item, { value }) => value,
  keys: {},
  help: [],
};

const WAYS = {
  classes: AS_CLASS,
  sets: {
    ...AS_CLASS,
    lay: (state, { item, value }) => value && state.chosen.set(item.id, new Set(value)),
    words: (item, { value }) => value.join(", ") || "none",
  },
  thumbs: {
    ...AS_CLASS,
    look: "thumbs",
    buttons: ({ classes }) => classes.map((one) => ({ ...one, sign: thumb() })),
  },
  rate: { ...AS_CLASS, look: "scale" },
  sides: {
    ...AS_CLASS,
    look: "sides",
    // By where they stand, never by their names: those would tell which is which.
    buttons: ({ classes }) => classes.map((one, i) => ({ ...one, value: one.name, place: i < 2 ? i : null, name: NAMED[one.name] || "is better" })),
    choose: (state, { value, place }) => answer(state, state.answerKind, place === null ? value : placesOf(state.queue[0])[place]),
    fields: outputsOf,
    paint: paintWasSide,
    words: (item, made) => NAMED[made.value] || `${placeIn(item, made, made.value)} better`,
    keys: { arrowleft: (state) => press(state, state.classes[0].key), arrowright: (state) => press(state, state.classes[1].key) },
    help: [["← →", "the left one or the right one is better"]],
  },
  order: {
    ...AS_CLASS,
    look: "places",
    buttons: ({ classes }) => [...classes.map((_, place) => ({ key: String(place + 1), name: "–", place })), { key: "enter", name: "send", sends: true }],
    choose: (state, { place, sends }) => (sends ? sendOrder(state) : placeNext(state, place)),
    fields: outputsOf,
    paint: paintPlaces,
    lay: (state, { item, value }) => value && state.chosen.set(item.id, value.slice(0, -1)),
    words: (item, made) => made.value.map((name) => placeIn(item, made, name)).join(" › "),
    keys: { backspace: takePlaceBack },
    help: [["backspace", "take the last place back"]],
  },
  editor: {
    ...AS_CLASS,
    look: "writing",
    buttons: () => [{ key: "enter", name: "send", sends: true }, { key: "t", name: "type" }],
    choose: (state, { sends }) => (sends ? sendText(state) : goInOrOut(state)),
    fields: editorOf,
    begin: beginText,
    paint: paintEditor,
    lay: (state, { item, value, text }) => state.chosen.set(item.id, value === null ? text : value),
    words: (item, { value }, state) => (value === givenText(state, item) ? "right" : value.slice(0, LONGEST_WORDS)),
    help: [["Ctrl Enter", "send, also while typing"], ["Esc", "out of the text, to the other keys"]],
  },
};

const BY_NAME = [WAYS.classes, WAYS.sets]; // a project may have hundreds of classes
const wayOf = ({ task, shown_as: shownAs }) => WAYS[task] || WAYS[shownAs];
const severalAtOnce = ({ look }) => look === "sides" || look === "places";
