// An image in a frame that never changes: it fits at first; keys, wheel and fingers zoom, a drag pans.

const ZOOM_STEP = 1.25;
const MOST_ZOOM = 16; // times the size that fits
const FIT = { scale: 1, x: 0, y: 0 }; // x, y: pixels that the image's centre lies off the frame's

// The view after zooming by a factor, with what lies at the point (from the frame's centre) kept there.
function zoomed(view, factor, { x, y }) {
  const scale = Math.min(MOST_ZOOM, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown };
}

// The view moved so that no edge of the image comes further in than where it lies when it fits.
function kept({ scale, x, y }, { offsetWidth, offsetHeight }) {
  const within = (at, size) => {
    const most = (size * (scale - 1)) / 2;
    return Math.min(most, Math.max(-most, at));
  };
  return { scale, x: within(x, offsetWidth), y: within(y, offsetHeight) };
}

function zoomable(picture) {
  const frame = element("div", "frame", picture);
  let view = FIT;
  const show = (next) => {
    view = kept(next, picture);
    picture.style.transform = view.scale === 1 ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    frame.classList.toggle("zoomed", view.scale > 1);
  };
  const fromCentre = ({ clientX, clientY }) => {
    const box = frame.getBoundingClientRect();
    return { x: clientX - box.x - box.width / 2, y: clientY - box.y - box.height / 2 };
  };
  frame.reset = () => show(FIT);
  frame.zoomBy = (factor, at = { x: 0, y: 0 }) => show(zoomed(view, factor, at));
  frame.addEventListener("dblclick", frame.reset);
  frame.addEventListener("wheel", (event) => {
    const scrolls = frame.closest(".item").scrollHeight > frame.closest(".item").clientHeight;
    if (scrolls && !event.ctrlKey) return; // a long text beside the image: the wheel is for that
    event.preventDefault();
    frame.zoomBy(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) / 300), fromCentre(event));
  }, { passive: false });
  followFingers(frame, fromCentre, (move) => show(move(view)));
  return frame;
}

// One pointer pans; two pinch: zoom by how far they part, about the point between them.
function followFingers(frame, fromCentre, change) {
  const down = new Map();
  const middle = () => {
    const all = [...down.values()];
    const mean = (name) => all.reduce((sum, point) => sum + point[name], 0) / all.length;
    return { x: mean("x"), y: mean("y") };
  };
  const spread = () => {
    const [a, b] = [...down.values()];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 1;
  };
  frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    down.set(event.pointerId, fromCentre(event));
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    const [was, apart] = [middle(), spread()];
    down.set(event.pointerId, fromCentre(event));
    const now = middle();
    change((view) => {
      const larger = zoomed(view, spread() / apart, was);
      return { ...larger, x: larger.x + now.x - was.x, y: larger.y + now.y - was.y };
    });
  });
  ["pointerup", "pointercancel"].forEach((end) => frame.addEventListener(end, (event) => down.delete(event.pointerId)));
}
