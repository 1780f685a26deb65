// From one state of the cart to the next as a movement, where steps are few enough to see a jump.

const SMOOTH_BELOW = 30; // steps a second

// The movement takes as long as the step: what a key is about is what moved when it was pressed. A
// step that is told again, as after every key, goes on as it does.
function moveOn(state, before, told) {
  const isAgain = before && before.life === told.life && before.episode === told.episode && before.step === told.step;
  if (isAgain) return;
  const canvas = state.root.querySelector(".scene");
  cancelAnimationFrame(state.motion);
  const isNext = before?.scene?.kind === "cart-pole" && before.episode === told.episode && told.step === before.step + 1;
  if (CALM || !isNext || told.speed >= SMOOTH_BELOW) {
    drawScene(canvas, told.scene);
    return;
  }
  const begun = performance.now();
  const move = (now) => {
    const part = Math.max(0, Math.min(1, ((now - begun) * told.speed) / 1000));
    const between = (name) => before.scene[name] + (told.scene[name] - before.scene[name]) * part;
    drawScene(canvas, { ...told.scene, x: between("x"), angle: between("angle") });
    if (part < 1) state.motion = requestAnimationFrame(move);
  };
  move(begun);
}
