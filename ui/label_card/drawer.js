// The drawer on the right, beside the item: how to judge (G). Whoever opens it closes it.

const INSIDE = { guidelines: { name: "Guidelines", fill: fillGuidelines } };

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
