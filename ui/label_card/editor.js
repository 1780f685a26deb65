// A text put right, or written: what stands in the editor is the answer. Sent as it stood, it is right.

const LONGEST_WORDS = 60; // characters of a text in the strip
const LONGEST_TEXT = 200_000; // characters; the API takes no more
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
const LINE_WIDTH = 70; // characters

const asLines = (text) => text.replace(/\r\n?/g, "\n"); // as an editor has it
const givenText = ({ corrects }, item) => (corrects ? String(item.fields[corrects] ?? "") : "");
const isAsGiven = (state, item) => state.editor.value === asLines(givenText(state, item));

function editorOf(state, item) {
  const others = Object.keys(item.fields).filter((name) => name !== state.corrects);
  const shown = { ...item, fields: Object.fromEntries(others.map((name) => [name, item.fields[name]])) };
  const box = element("section", "field of-editor", state.editor || makeEditor(state), state.changes);
  if (state.corrects && others.length) box.prepend(element("h2", "name", state.corrects));
  return [...(others.length ? fieldsOf(state, shown, true) : []), box];
}

function makeEditor(state) {
  const editor = (state.editor = element("textarea", "text editor"));
  editor.maxLength = LONGEST_TEXT;
  editor.dir = "auto";
  editor.setAttribute("aria-label", state.corrects ? `${state.corrects}, to be put right` : "Your text");
  editor.placeholder = state.corrects ? "" : "Your text";
  state.changes = element("div", "changes");
  editor.addEventListener("input", () => {
    const item = state.queue[0];
    state.chosen.set(item.id, editor.value);
    state.outbox.draft(item.id, editor.value, "text");
    remark(state, "");
    cancelAnimationFrame(state.comparing);
    state.comparing = requestAnimationFrame(() => paintEdited(state));
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    editor.blur();
  });
  ["focus", "blur"].forEach((kind) => editor.addEventListener(kind, () => paintSendKey(state)));
  state.root.querySelector(".classes").addEventListener("mousedown", (event) => event.preventDefault()); // leaves it the focus
  return editor;
}

// As it was left: by an undo, or before a reload.
function beginText(state, item) {
  state.editor.value = state.chosen.get(item.id) ?? (state.outbox.draftOf(item.id, "text") || givenText(state, item));
  state.editor.rows = Math.min(12, state.editor.value.split("\n").reduce((n, line) => n + 1 + Math.floor(line.length / LINE_WIDTH), 1));
  state.editor.scrollTop = 0;
}

// Who writes begins to type at once; who puts texts right mostly finds that they are.
function paintEditor(state) {
  if (!state.queue.length || !state.editor) return;
  if (state.corrects) state.editor.blur();
  else state.editor.focus({ preventScroll: true });
  paintEdited(state);
  paintSendKey(state);
}

const isTyping = (state) => state.root.activeElement === state.editor;

function goInOrOut(state) {
  if (isTyping(state)) state.editor.blur();
  else state.editor.focus();
}

function paintEdited(state) {
  const item = state.queue[0];
  if (!item) return;
  const given = state.corrects && isAsGiven(state, item);
  state.buttons.get("enter").lastElementChild.textContent = given ? "right as it stands" : state.corrects ? "send as corrected" : "send";
  if (!state.corrects || given) {
    state.changes.replaceChildren();
    return;
  }
  const parts = differences(asLines(givenText(state, item)), state.editor.value);
  const words = parts.map(([tag, text]) => (tag ? element(tag, "", text) : text));
  state.changes.replaceChildren(element("h2", "name", "what you changed"), element("p", "", ...words));
}

function paintSendKey(state) {
  const typing = isTyping(state);
  state.buttons.get("enter").firstElementChild.textContent = typing ? `${MAC ? "⌘" : "Ctrl"} Enter` : "Enter";
  state.buttons.get("t").firstElementChild.textContent = typing ? "Esc" : "T";
  state.buttons.get("t").lastElementChild.textContent = typing ? "other keys" : state.corrects ? "correct" : "type";
}

function sendText(state) {
  const item = state.queue[0];
  const text = isAsGiven(state, item) ? givenText(state, item) : state.editor.value;
  if (text.trim()) answer(state, state.answerKind, text);
  else remark(state, "An empty text cannot be sent: write it, or skip");
}

// Also while typing, where Enter alone begins a line.
function isSendChord(state, event) {
  const on = event.composedPath()[0];
  const isChord = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  return isChord && state.way === WAYS.editor && (on === state.editor || !isElsewhere(event));
}
