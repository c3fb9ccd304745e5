// Making elements. Text of the study is put on the page as text nodes, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const at = id => document.getElementById(id);

function dressed(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== ""));
  return node;
}
const el = (tag, attributes = {}, ...children) => dressed(document.createElement(tag), attributes, children);
const drawn = (tag, attributes = {}, ...children) => dressed(document.createElementNS(SVG, tag), attributes, children);

/** A table; rows are arrays of cells, a cell is text or an element. The first cell of a row is its heading. */
function table(caption, head, rows, {text = 1, named = false} = {}) {
  const cell = (tag, place, content, scope) =>
    el(tag, {class: place < text ? "text" : tag === "td" ? kindOf(content) : null, scope}, content);
  return el("table", {},
    el("caption", {class: named ? null : "hidden"}, caption),
    el("thead", {}, el("tr", {}, head.map((words, place) => cell("th", place, words, "col")))),
    el("tbody", {}, rows.map(row => el("tr", row.about ?? {}, row.map((content, place) =>
      place === 0 ? cell("th", 0, content, "row") : cell("td", place, content))))));
}

/** The class of a cell: a drawing, or words that may be broken. */
const kindOf = content => content?.classList?.contains("strip") ? "graph" : content?.classList?.contains("words") ? "words" : null;
const worded = (...content) => el("span", {class: "words"}, ...content);

/** A row of a table with attributes of its own. */
const row = (about, ...cells) => Object.assign(cells, {about});

/** Round numbers that part a range. */
function ticks(low, high, wanted) {
  const step = niceStep((high - low) / wanted), out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(+(k * step).toPrecision(12));
  return out;
}
function niceStep(rough) {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map(times => times * power).find(step => step >= rough * (1 - 1e-9));
}

/** A line of a row: interval, dot, observation and the line of zero, placed between low and high. */
function strip(range, found, colour, extra = {}) {
  const place = value => `${Math.min(100, Math.max(0, 100 * (value - range.low) / (range.high - range.low || 1)))}%`;
  const wide = Number.isFinite(found.low) && {left: place(found.low),
    width: `calc(${place(found.high)} - ${place(found.low)})`, background: colour};
  return el("div", {class: "strip", "aria-hidden": "true"},
    range.low < 0 && range.high > 0 ? el("u", {style: {left: place(0)}}) : null,
    wide ? el("i", {style: wide}) : null,
    Number.isFinite(found.centre) ? el("b", {style: {left: place(found.centre), background: colour}}) : null,
    Number.isFinite(extra.seen) ? el("s", {class: `seen-${extra.trust}`, style: {left: place(extra.seen)}}) : null);
}

/** The range that holds numbers, with some room; with zero inside where they are differences. */
function rangeOf(numbers, withZero) {
  const all = numbers.filter(Number.isFinite);
  if (withZero) all.push(0);
  let low = Math.min(...all), high = Math.max(...all);
  if (!all.length) [low, high] = [0, 1];
  const room = 0.04 * (high - low) || Math.abs(high) * 0.05 || 1;
  return {low: low - room, high: high + room};
}

/** A value with smaller words beneath it. */
const stacked = (value, ...beneath) => {
  const cell = document.createDocumentFragment();
  cell.append(value, ...beneath.filter(Boolean).map(words => el("small", {}, words)));
  return cell;
};

// --- the words beside the pointer

function tell(event, lines) {
  const tip = at("tip");
  tip.replaceChildren(...lines.filter(Boolean).map(line => el("div", {}, line)));
  tip.hidden = false;
  const box = event.clientX === undefined || event.type.startsWith("focus")
    ? event.target.getBoundingClientRect() : {right: event.clientX, bottom: event.clientY, left: event.clientX};
  const width = tip.offsetWidth, height = tip.offsetHeight;
  const left = box.right + 14 + width > innerWidth ? Math.max(4, box.left - width - 14) : box.right + 14;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, box.bottom + 12))}px`;
}
const hush = () => { at("tip").hidden = true; };
