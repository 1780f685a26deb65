// The drawer on the right, beside the item: how to judge (G), and why this item (W).
// Whoever opens it closes it; meanwhile it follows the items.

const INSIDE = {
  guidelines: { name: "Guidelines", fill: fillGuidelines },
  why: { name: "Why this item?", fill: fillWhy },
};

function toggleDrawer(state, kind) {
  if (state.drawer === kind) closeDrawer(state);
  else openDrawer(state, kind);
}

function openDrawer(state, kind) {
  state.drawer = kind;
  const drawer = state.root.querySelector(".drawer");
  drawer.hidden = false;
  drawer.setAttribute("aria-label", INSIDE[kind].name);
  drawer.scrollTop = 0;
  INSIDE[kind].fill(state, drawer.querySelector(".inside"));
}

function closeDrawer(state) {
  state.drawer = null;
  state.root.querySelector(".drawer").hidden = true;
}

// Opens by itself for whoever has not seen this version.
async function fetchGuideline(state, version) {
  if (!version || (state.guideline && state.guideline.version === version)) return;
  state.guideline = await (await call(state, "/guideline")).json();
  const seen = Number(state.outbox.guidelineSeen());
  const isNew = seen !== state.guideline.version;
  if (isNew) {
    state.changedSince = seen;
    state.outbox.seeGuideline(state.guideline.version);
  }
  if (isNew || state.drawer === "guidelines") openDrawer(state, "guidelines");
}

function fillGuidelines(state, box) {
  const { version, html } = state.guideline || {};
  if (!version) {
    const none = state.status && !state.status.guideline_version;
    box.replaceChildren(element("p", "quiet", none ? "This project has no guidelines yet; its owner writes them under Settings." : "Fetching the guidelines…"));
    return;
  }
  const told = state.changedSince ? `The guidelines changed since you last read them: version ${version}, was ${state.changedSince}.` : `Guidelines, version ${version}`;
  const text = element("div", "guideline");
  text.innerHTML = html; // the server's own rendering, in which an author's tags are text
  box.replaceChildren(element("p", state.changedSince ? "changed" : "quiet", told), text);
}

// Asked anew for every item, and shown only if that one is still on screen.
async function fillWhy(state, box) {
  const item = state.queue[0];
  box.replaceChildren(element("p", "heading", INSIDE.why.name));
  if (!item) return;
  let why;
  try {
    why = await (await call(state, `/why/${encodeURIComponent(item.id)}`)).json();
  } catch (trouble) {
    if (state.drawer !== "why" || state.queue[0] !== item) return;
    box.append(element("p", "quiet", trouble.status === 404 ? "The server does not know yet; try again." : "The server does not answer."));
    return;
  }
  if (state.drawer !== "why" || state.queue[0] !== item) return;
  box.replaceChildren(element("p", "heading", INSIDE.why.name), ...wordsOfWhy(state, why));
}

function wordsOfWhy(state, why) {
  if (why.after_answer) {
    return [element("p", "", "On this one the model keeps its opinion to itself, so that yours is your own. You can read it here once you have answered.")];
  }
  const parts = [element("p", "", reasonOf(why, state.status && state.status.no_rounds))];
  if (why.probabilities.length) {
    parts.push(element("p", "quiet", `What model ${why.guessed_by} makes of it`), bars(why.probabilities));
  }
  if (why.words.length) {
    parts.push(element("p", "quiet", `Words that pulled towards ${why.probabilities[0].name}, and away from it`), pulls(why.words));
  }
  return parts;
}

const reasonOf = ({ strategy, rank, score, model_version: model }, noRounds) => {
  if (strategy === "audit") return "Drawn at random, to measure how good the model is. It is never trained on.";
  if (strategy === "again") return "Another opinion is wanted on this one. What others said is not shown, so that yours is your own.";
  const isRandom = strategy === "random" || strategy.startsWith("tail: ");
  if (!model && isRandom && noRounds) return `Drawn at random: ${noRounds}.`;
  if (!model) return isRandom ? "No model yet: this one was drawn at random." : `No model yet: chosen by ${strategy} before the first one.`;
  const place = `Number ${rank.toLocaleString("en")} in the order of model ${model}`;
  if (strategy.startsWith("tail: ")) return `${place}: behind what the strategy chose, by ${strategy.slice(6)}.`;
  return `${place}: chosen by ${strategy}${score === null ? "" : `, score ${score.toFixed(3)}`} (higher is asked sooner).`;
};

const bars = (probabilities) =>
  element("dl", "bars", ...probabilities.flatMap(({ name, probability }) => {
    const bar = element("i", "");
    bar.style.width = `${100 * probability}%`;
    return [element("dt", "", name), element("dd", "", bar, element("span", "", probability.toFixed(2)))];
  }));

function pulls(words) {
  const most = Math.max(...words.map(({ pull }) => Math.abs(pull)));
  return element("ul", "pulls", ...words.map(({ word, pull }) => {
    const one = element("li", pull < 0 ? "away" : "towards", element("span", "", `${pull < 0 ? "−" : "+"} ${word}`));
    one.style.setProperty("--strength", `${Math.round((100 * Math.abs(pull)) / most)}%`);
    return one;
  }));
}
