// Answers wait here, in the browser's own store, until the server says that they are on disk.

// Works on plain http too, where crypto.randomUUID is missing.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The browser's store may be full or forbidden: then answers wait in memory, and `kept` says so.
function openOutbox(scope) {
  const prefix = `askwell:${scope}:`;
  const waiting = new Map();
  let kept = true;
  const store = (key, answer) => {
    try {
      localStorage.setItem(key, JSON.stringify(answer));
    } catch {
      kept = false;
    }
  };
  const load = () => {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      try {
        const answer = JSON.parse(localStorage.getItem(key));
        waiting.set(answer.answer_id, answer);
      } catch {
        localStorage.removeItem(key); // no answer of ours can be read from it
      }
    }
  };
  try {
    load();
  } catch {
    kept = false;
  }
  const draftKey = (itemId, what) => `${what}:${prefix}${itemId}`; // a comment or a text not yet sent
  const inOrder = () => [...waiting.values()].sort((a, b) => a.answered_at - b.answered_at);
  return {
    add(answer) {
      waiting.set(answer.answer_id, answer);
      store(prefix + answer.answer_id, answer);
    },
    // An answer that the server refused is kept, but no longer stands in the others' way.
    putAside(id) {
      store(`aside:${prefix}${id}`, waiting.get(id));
      this.settle(id);
    },
    settle(id) {
      waiting.delete(id);
      if (kept) localStorage.removeItem(prefix + id);
    },
    draft(itemId, words, what = "draft") {
      if (words) store(draftKey(itemId, what), words);
      else if (kept) localStorage.removeItem(draftKey(itemId, what));
    },
    draftOf: (itemId, what = "draft") => (kept && JSON.parse(localStorage.getItem(draftKey(itemId, what)))) || "",
    seeGuideline(version) {
      store(`guideline:${prefix}`, version);
    },
    guidelineSeen: () => (kept && JSON.parse(localStorage.getItem(`guideline:${prefix}`))) || 0,
    first: (n) => inOrder().slice(0, n),
    items: () => [...waiting.values()].map((answer) => answer.item_id),
    concerns: (itemId) => [...waiting.values()].some((answer) => answer.item_id === itemId),
    get kept() {
      return kept;
    },
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

// The answer has to begin in time; a large file may take as long as its line needs.
async function call(state, path, body, more = {}) {
  const patience = new AbortController();
  const late = setTimeout(() => patience.abort(new DOMException("no answer in time", "TimeoutError")), PATIENCE);
  const response = await fetch(state.api + path, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${state.token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: patience.signal,
    ...more,
  }).finally(() => clearTimeout(late));
  if (!response.ok) {
    const detail = (await response.json().catch(() => ({}))).detail;
    throw new HttpError(response.status, typeof detail === "string" ? detail : "");
  }
  return response;
}
