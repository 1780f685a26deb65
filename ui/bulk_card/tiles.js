// The items as tiles of a grid, or as lines of a list. Every text is written as a text node.

const AGAIN = 3_000; // ms until a file that did not come is asked for once more
const AT_ONCE = 4; // files fetched at the same time
const NEAR = "300px"; // of what is in sight: fetched before it comes into it
const FILES = { image: "image", audio: "sound", video: "video" };
const LEAST_OF_TEXT = ["text", "table"]; // kinds of which a line is read; all others stand in a grid

const tilesOf = (state) => [...state.root.querySelector(".tiles").children];

function paintTiles(state) {
  const list = state.root.querySelector(".tiles");
  const grid = !Object.values(state.kinds).some((kind) => LEAST_OF_TEXT.includes(kind));
  list.classList.toggle("grid", grid);
  const there = new Map(tilesOf(state).map((tile) => [tile.dataset.item, tile]));
  list.replaceChildren(...state.items.map((item) => paintSure(there.get(item.id) || tileOf(state, item), item)));
  list.querySelectorAll(".file:not([data-seen])").forEach((box) => state.sight.observe(box));
  forgetFiles(state);
  paintSelection(state);
  paintCursor(state);
}

function tileOf(state, item) {
  const entries = Object.entries(item.fields);
  const isTable = entries.some(([name]) => state.kinds[name] === "table");
  const content = isTable ? [cellsOf(entries)] : entries.map(([name, cell]) => contentOf(state, item, name, cell));
  const name = content.some((one) => one.matches(".words")) ? [] : [element("span", "id", item.id)];
  const tile = element("li", "tile", ...content, ...name, element("span", "sure"));
  tile.dataset.item = item.id;
  tile.id = `tile-${state.made++}`;
  tile.setAttribute("role", "option");
  return tile;
}

// How sure the model is of the class that was asked for, and of no other.
function paintSure(tile, { probability }) {
  const words = probability === null ? "" : `${Math.round(probability * 100)} %`;
  const line = tile.querySelector(".sure");
  if (line.textContent !== words) line.textContent = words;
  return tile;
}

function contentOf(state, item, name, cell) {
  const kind = state.kinds[name];
  if (kind === "audio") return element("span", "sound", "♪");
  if (kind in FILES) {
    const box = element("span", "file");
    Object.assign(box.dataset, { kind, file: cell });
    return box;
  }
  const words = element("span", "words", cell || "–");
  words.dir = "auto";
  return words;
}

function cellsOf(entries) {
  const pairs = entries.map(([name, cell]) => element("span", "cell", element("span", "column", name), ` ${cell === null ? "–" : cell}`));
  return element("span", "words", ...pairs);
}

function paintSelection(state) {
  tilesOf(state).forEach((tile) => {
    const selected = String(state.selected.has(tile.dataset.item));
    if (tile.getAttribute("aria-selected") !== selected) tile.setAttribute("aria-selected", selected);
  });
  paintCounts(state);
}

// One stop for the Tab key; the arrows move inside.
function paintCursor(state, scroll = false) {
  const list = state.root.querySelector(".tiles");
  const tiles = tilesOf(state);
  state.at = Math.max(0, Math.min(state.at, tiles.length - 1));
  tiles.forEach((tile, i) => tile.classList.toggle("at", i === state.at));
  if (!tiles.length) {
    list.removeAttribute("aria-activedescendant");
    return;
  }
  list.setAttribute("aria-activedescendant", tiles[state.at].id);
  if (scroll) tiles[state.at].scrollIntoView({ block: "nearest" });
}

function columnsOf(state) {
  const tiles = tilesOf(state);
  const below = tiles.findIndex((tile) => tile.offsetTop > tiles[0].offsetTop);
  return below < 0 ? tiles.length : below;
}

// A file is fetched with the person's token once its tile is near: it has no address that tells it.
function watchFiles(state) {
  state.files = new Map(); // name → the address that this page has for it
  state.wanted = [];
  state.fetching = 0;
  state.sight = new IntersectionObserver(
    (seen) => {
      seen.filter((one) => one.isIntersecting).forEach(({ target }) => {
        state.sight.unobserve(target);
        target.dataset.seen = "";
        state.wanted.push(target);
      });
      fetchFiles(state);
    },
    { rootMargin: NEAR, scrollMargin: NEAR },
  );
}

async function fetchFiles(state) {
  while (state.fetching < AT_ONCE && state.wanted.length) {
    const box = state.wanted.shift();
    if (!box.isConnected) continue; // it went before its turn came
    state.fetching += 1;
    fetchFile(state, box).finally(() => {
      state.fetching -= 1;
      fetchFiles(state);
    });
  }
}

async function fetchFile(state, box) {
  const { kind, file } = box.dataset;
  try {
    if (!state.files.has(file)) {
      state.files.set(file, URL.createObjectURL(await (await call(state, `/media/${file}`)).blob()));
    }
    const shown = document.createElement(kind === "image" ? "img" : "video");
    if (kind === "image") shown.alt = ""; // the tile is called by its id
    else Object.assign(shown, { muted: true, preload: "metadata", tabIndex: -1 });
    shown.src = state.files.get(file) + (kind === "video" ? "#t=0.1" : ""); // its first picture
    box.replaceChildren(shown);
  } catch (why) {
    if (why.status === 401) state.renew();
    if (why.status !== 404) {
      setTimeout(() => box.isConnected && state.sight.observe(box), AGAIN); // it may be there then
      return;
    }
    box.replaceChildren(element("span", "broken", `This ${FILES[kind]} cannot be shown: ${why.message}.`));
  }
}

function forgetFiles(state) {
  const needed = new Set([...state.root.querySelectorAll(".file")].map((box) => box.dataset.file));
  for (const [file, address] of state.files) {
    if (needed.has(file)) continue;
    URL.revokeObjectURL(address);
    state.files.delete(file);
  }
}
