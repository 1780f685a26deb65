// What was changed in a text, word by word.

const MOST_CELLS = 1_000_000; // of the table of common words; a text changed more is another text
const AROUND = 20; // words left of what stayed, on either side of a change
const wordsIn = (text) => text.match(/\s+|[\p{L}\p{N}_]+|./gu) || [];

// [["", stayed], ["del", taken out], ["ins", put in], …], what stayed for long cut to what is around.
function differences(before, after) {
  const old = wordsIn(before);
  const now = wordsIn(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const parts = [["", old.slice(0, head)], ...changed(old.slice(head, old.length - tail), now.slice(head, now.length - tail)), ["", old.slice(old.length - tail)]];
  return parts
    .filter(([, part]) => part.length)
    .map(([tag, part], i, all) => [tag, tag ? part.join("") : around(part, i > 0, i < all.length - 1)]);
}

// By the longest common run of words, backwards through its table.
function changed(old, now) {
  const n = old.length;
  const m = now.length;
  if (n * m > MOST_CELLS) return [["del", old], ["ins", now]];
  const table = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = m - 1; j >= 0; j -= 1) table[i][j] = old[i] === now[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  }
  const parts = [];
  const put = (tag, word) => {
    if (parts.length && parts[parts.length - 1][0] === tag) parts[parts.length - 1][1].push(word);
    else parts.push([tag, [word]]);
  };
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && old[i] === now[j]) {
      put("", old[i]);
      i += 1;
      j += 1;
    } else if (j >= m || (i < n && table[i + 1][j] >= table[i][j + 1])) put("del", old[i++]);
    else put("ins", now[j++]);
  }
  return parts;
}

function around(part, isAfter, isBefore) {
  const begin = isAfter ? part.slice(0, 2 * AROUND) : [];
  const end = isBefore ? part.slice(-2 * AROUND) : [];
  return begin.length + end.length >= part.length ? part.join("") : `${begin.join("")} … ${end.join("")}`;
}
