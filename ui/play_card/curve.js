// The return of each episode: dots, and the mean of the last ten as a line.

const LAST = 10; // episodes that the line is the mean of

function drawCurve(canvas, episodes) {
  const { pen, width, height, look } = fitted(canvas);
  const [left, right, top, bottom] = [40, width - 8, 10, height - 22];
  pen.font = `12px ${look.font}`;
  pen.fillStyle = look.quiet;
  stroke(pen, look.line, 1, [[left, top], [left, bottom], [right, bottom]]);
  if (!episodes.length) {
    pen.textAlign = "center";
    pen.fillText("none has ended yet", (left + right) / 2, (top + bottom) / 2);
    return;
  }
  const scores = episodes.map(({ score }) => score);
  const [low, high] = [Math.min(0, ...scores), Math.max(0, ...scores)];
  const x = (i) => left + ((i + 0.5) / Math.max(10, episodes.length)) * (right - left);
  const y = (score) => bottom - ((score - low) / (high - low || 1)) * (bottom - top);
  pen.textAlign = "end";
  pen.textBaseline = "middle";
  [low, high].forEach((end) => pen.fillText(String(Math.round(end)), left - 6, y(end)));
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
  pen.fillText("episode 1", left, height - 6);
  pen.textAlign = "end";
  if (episodes.length >= 5) pen.fillText(String(episodes.length), x(episodes.length - 1) + 4, height - 6);
  scores.forEach((score, i) => dot(pen, look.quiet, x(i), y(score), episodes.length > 60 ? 1.5 : 2.5));
  const mean = (i) => {
    const some = scores.slice(Math.max(0, i + 1 - LAST), i + 1);
    return some.reduce((sum, one) => sum + one, 0) / some.length;
  };
  stroke(pen, look.accent, 2, scores.map((_, i) => [x(i), y(mean(i))]));
}
