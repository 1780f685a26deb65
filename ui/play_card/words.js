// What is said to who teaches.

const FEW = 10; // signals, all of them alike, after which that is remarked

// What to press, and when; a newcomer has read nothing else.
function guide({ kind }) {
  if (kind !== "cart-pole") return "Press ↑ right after what it did well, ↓ right after what it did badly: it learns at once.\nSlower ([), it knows better what you mean.";
  return "It should keep the pole between the dotted lines, and the cart between the two marks.\nPress ↑ right after a good push (the arrow), ↓ right after a bad one: it learns at once.\nSlow at first, so that it knows which push you mean; go faster (]) once it stands.";
}

function ending({ kind, x, angle }) {
  if (kind !== "cart-pole") return "over";
  if (Math.abs(angle) >= TILT) return "it fell";
  return Math.abs(x) >= TRACK ? "it left the track" : "it stood to the end";
}

function advice(good, bad) {
  if (!good && !bad) return "Nothing was said yet, so it acts at random.";
  if (good + bad < FEW) return "";
  if (!good) return "All you said so far is bad: it knows what to leave, not what to do. Say good where it does well.";
  if (!bad) return "All you said so far is good: it takes all that it does for right. Say bad where it does badly.";
  return "";
}
