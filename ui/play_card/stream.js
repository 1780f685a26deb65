// What the player shows, as it comes; of what comes at once, the newest only.

const READ_EVERY = 4; // lines after which the server is told how far this reader is
const AGAIN = 1_000; // ms before a stream that ended is opened anew

// For as long as the page can be seen: play stands still while nobody looks.
async function follow(state) {
  if (state.following || document.hidden || !state.root.host.isConnected) return;
  state.following = new AbortController();
  const stream = newId();
  try {
    const options = { signal: state.following.signal };
    const response = await call(state, `/play/stream?stream=${stream}`, undefined, options);
    await readLines(state, response.body.getReader(), stream);
  } catch (why) {
    if (why.status === 401) state.renew(); // a new token comes with the next call of this component
    if (why.name !== "AbortError") state.failures += 1;
  }
  state.following = null;
  paintSaved(state);
  setTimeout(() => follow(state), AGAIN);
}

async function readLines(state, reader, stream) {
  const words = new TextDecoder();
  let rest = "";
  let told = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + words.decode(value, { stream: true })).split("\n");
    rest = lines.pop();
    if (!lines.length) continue;
    const { line, told: newest } = JSON.parse(lines[lines.length - 1]);
    state.failures = 0;
    state.take(newest);
    if (line - told >= READ_EVERY || newest.still) {
      told = line;
      call(state, "/play/read", { stream, line }).catch(() => {}); // the stream tells of what fails
    }
  }
}

function lookAway(state) {
  if (state.following) state.following.abort();
}
