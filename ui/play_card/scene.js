// Draws a scene of `loop/play/environment.py` on a canvas, in the colours of the card around it.

const TRACK = 2.4; // metres to each side, where an episode of CartPole ends
const POLE = 1.0; // metres
const CART = { width: 0.5, height: 0.3 }; // metres
const TILT = 0.2094; // radians, 12°, where it ends, too

function drawScene(canvas, scene) {
  const brush = fitted(canvas);
  if (scene.kind === "cart-pole") drawCartPole(brush, scene);
  else if (scene.kind === "numbers") drawNumbers(brush, scene);
  else drawPicture(canvas, scene);
}

// As many pixels as the screen has; `look` are the colours, from CSS.
function fitted(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const look = { ink: colour("ink"), quiet: colour("quiet"), line: colour("line"), accent: colour("accent"), amber: colour("amber"), font: style.fontFamily };
  return { pen, width, height, look };
}

function drawCartPole({ pen, width, height, look }, { x, angle, pushed }) {
  const scale = Math.min(width / (2 * TRACK + CART.width + 0.3), height / 2);
  const ground = Math.min(height - 0.35 * scale, height / 2 + 1.1 * scale);
  const at = width / 2 + x * scale;
  stroke(pen, look.line, 2, [[0, ground], [width, ground]]);
  [-TRACK, TRACK].forEach((end) => stroke(pen, look.amber, 2, [[width / 2 + end * scale, ground - 8], [width / 2 + end * scale, ground + 8]]));
  const top = ground - (CART.height + 0.08) * scale;
  // How far it may lean, before it counts as fallen.
  pen.setLineDash([4, 6]);
  [-TILT, TILT].forEach((tilt) => stroke(pen, look.line, 1.5, [[at, top], [at + Math.sin(tilt) * POLE * scale, top - Math.cos(tilt) * POLE * scale]]));
  pen.setLineDash([]);
  pen.fillStyle = look.ink;
  pen.beginPath();
  pen.roundRect(at - (CART.width / 2) * scale, top, CART.width * scale, CART.height * scale, 0.05 * scale);
  pen.fill();
  [-0.14, 0.14].forEach((wheel) => dot(pen, look.quiet, at + wheel * scale, ground - 0.06 * scale, 0.07 * scale));
  pen.lineCap = "round";
  stroke(pen, look.accent, Math.max(4, 0.09 * scale), [[at, top], [at + Math.sin(angle) * POLE * scale, top - Math.cos(angle) * POLE * scale]]);
  pen.lineCap = "butt";
  dot(pen, look.quiet, at, top, Math.max(2.5, 0.045 * scale));
  if (pushed) drawPush(pen, look.amber, at - pushed * (CART.width / 2) * scale, top + (CART.height / 2) * scale, pushed * 0.34 * scale);
}

// An arrow that pushes the cart, its tip where it is pushed.
function drawPush(pen, colour, x, y, length) {
  const head = length * 0.4;
  stroke(pen, colour, Math.abs(length) * 0.22, [[x - length, y], [x - head * 0.9, y]]);
  pen.fillStyle = colour;
  pen.beginPath();
  [[x, y], [x - head, y - head * 0.7], [x - head, y + head * 0.7]].forEach(([a, b], i) => (i ? pen.lineTo(a, b) : pen.moveTo(a, b)));
  pen.fill();
}

// A bar for each number, to the left of its middle or to the right; without bounds by the largest.
function drawNumbers({ pen, width, height, look }, { values, bounds }) {
  const line = Math.min(34, height / values.length);
  const top = (height - line * values.length) / 2;
  const largest = Math.max(1, ...values.map(Math.abs));
  pen.font = `${Math.min(14, line * 0.6)}px ${look.font}`;
  pen.textBaseline = "middle";
  const [from, to] = [44, width - 84];
  values.forEach((value, i) => {
    const [low, high] = bounds[i] || [-largest, largest];
    const place = (number) => from + ((Math.min(Math.max(number, low), high) - low) / (high - low || 1)) * (to - from);
    const zero = place(0);
    const y = top + line * (i + 0.5);
    pen.fillStyle = look.line;
    pen.fillRect(from, y - 0.5, to - from, 1);
    pen.fillStyle = look.accent;
    pen.fillRect(Math.min(zero, place(value)), y - line * 0.25, Math.max(2, Math.abs(place(value) - zero)), line * 0.5);
    pen.fillStyle = look.quiet;
    pen.textAlign = "end";
    pen.fillText(String(i + 1), from - 10, y);
    pen.textAlign = "start";
    pen.fillText(value.toFixed(2), to + 10, y);
  });
}

// A picture that is decoded after a newer one has come is not drawn.
function drawPicture(canvas, { jpeg }) {
  const picture = (canvas.askwellNewest = new Image());
  picture.onload = () => {
    if (canvas.askwellNewest !== picture) return;
    const { pen, width, height } = fitted(canvas);
    const scale = Math.min(width / picture.width, height / picture.height);
    const [wide, high] = [picture.width * scale, picture.height * scale];
    pen.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
  };
  picture.src = `data:image/jpeg;base64,${jpeg}`;
}

function stroke(pen, colour, width, points) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

function dot(pen, colour, x, y, radius) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}
