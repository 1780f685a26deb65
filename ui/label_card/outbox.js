// Answers wait here, in the browser's own store, until the server says that they are on disk.

// Works on plain http too, where crypto.randomUUID is missing.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// One entry an answer, so that two tabs of one person never overwrite each other.
function openOutbox(scope) {
  const prefix = `askwell:${scope}:`;
  const waiting = new Map();
  for (let i = 0; i < localStorage.length; i += 1) {
    const key = localStorage.key(i);
    if (key.startsWith(prefix)) {
      const answer = JSON.parse(localStorage.getItem(key));
      waiting.set(answer.answer_id, answer);
    }
  }
  const inOrder = () => [...waiting.values()].sort((a, b) => a.answered_at - b.answered_at);
  return {
    add(answer) {
      waiting.set(answer.answer_id, answer);
      localStorage.setItem(prefix + answer.answer_id, JSON.stringify(answer));
    },
    // An answer that the server cannot even read is kept, but no longer stands in the others' way.
    putAside(id) {
      localStorage.setItem(`aside:${prefix}${id}`, JSON.stringify(waiting.get(id)));
      this.settle(id);
    },
    settle(id) {
      waiting.delete(id);
      localStorage.removeItem(prefix + id);
    },
    first: (n) => inOrder().slice(0, n),
    concerns: (itemId) => [...waiting.values()].some((answer) => answer.item_id === itemId),
    get size() {
      return waiting.size;
    },
  };
}

class HttpError extends Error {
  constructor(status, detail) {
    super(detail || `the server answered ${status}`);
    this.status = status;
  }
}

const PATIENCE = 15_000; // ms before an unanswered request counts as failed

async function call(state, path, body) {
  const response = await fetch(state.api + path, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${state.token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) {
    const detail = (await response.json().catch(() => ({}))).detail;
    throw new HttpError(response.status, typeof detail === "string" ? detail : "");
  }
  return response;
}
