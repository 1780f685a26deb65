// Draws the pictures of a report, again where the colours or the axis change. Nothing is fetched.
const { specs, themes } = JSON.parse(document.getElementById("specs").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const log = document.getElementById("log");

async function draw(box) {
  const name = box.dataset.spec;
  const spec = (log.checked && specs[`${name}-log`]) || specs[name];
  const theme = dark.matches ? "dark" : "light";
  const seen = `${theme} ${log.checked}`;
  if (box.dataset.drawn === seen) return;
  box.dataset.drawn = seen;
  await vegaEmbed(box, spec, {
    ast: true, // no code is made of strings
    renderer: "svg",
    config: themes[theme],
    tooltip: { theme },
    downloadFileName: name,
    actions: { export: true, source: false, compiled: false, editor: false },
  });
  box.querySelector("summary")?.setAttribute("aria-label", "Save this picture");
  box.dataset.ready = seen;
}

function drawAll() {
  for (const box of document.querySelectorAll(".chart")) {
    if (box.closest("details:not([open])")) continue; // it has no width yet
    draw(box).catch((why) => { box.textContent = `This picture could not be drawn: ${why.message}`; });
  }
}

dark.addEventListener("change", drawAll);
log.addEventListener("change", drawAll);
for (const one of document.querySelectorAll("details")) one.addEventListener("toggle", drawAll);
drawAll();
