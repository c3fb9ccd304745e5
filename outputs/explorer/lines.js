// Lines over the years: medians with bands, and what was observed.

const HEIGHT = 330, EDGE = {left: 62, right: 14, top: 24, bottom: 26};

// scenarios that share a colour, for there are more of them than colours, differ by dashes
const DASHES = [[null, "solid"], ["7 3", "dashed"], ["2 3", "dotted"], ["9 3 2 3", "double"]];
const swatch = scenario => el("span", {class: "swatch",
  style: {borderTopColor: scenarios[scenario].colour, borderTopStyle: DASHES[scenarios[scenario].dash][1]}});

/** Median and band of a series in every year, kept for this choice. */
function path(series, scenario) {
  return years.map((_, year) => level(series.name, series.county, year, scenario));
}

/** Whether lines hold nothing but zeros in the first year and something in the second. */
const startsAtZero = all => years.length > 2 && all.every(({found}) => found[0].middle === 0 && !found[0].low && !found[0].high)
  && all.some(({found}) => found[1].middle !== 0);

/** The width of the drawing, asked of the page once until the window changes: asking lays the page out anew. */
let widthOfLines = 0;

function drawLines() {
  const series = seriesNow();
  at("lines-title").textContent = series ? seriesName(series)
    : `${indicatorName()}${separator()}${say("each_county", {scenario: titleOf(state.main)})}`;
  const all = series ? shownScenarios().map(scenario => ({scenario, found: path(series, scenario)}))
    : compared.map(county => ({county, scenario: state.main,
                               found: path({name: indicatorNow().name, county}, state.main)}));
  if (startsAtZero(all)) for (const {found} of all) found[0] = banded([]); // flows: the first year is where a run starts
  const seen = series ? observations(series.name, series.county) : [];
  const {unit} = study.series[series ? series.name : indicatorNow().name], factor = factorOf(unit);
  widthOfLines ||= Math.max(280, at("lines").clientWidth || 600);
  const width = widthOfLines;
  const numbers = [...all.flatMap(one => one.found.flatMap(year => series ? [year.middle, year.low, year.high] : [year.middle])),
                   ...seen.map(([, value]) => value)].map(value => value * factor);
  const range = rangeOf(numbers, false);
  const x = year => EDGE.left + (years[year] - first) / (years[last] - first || 1) * (width - EDGE.left - EDGE.right);
  const y = value => EDGE.top + (range.high - value * factor) / (range.high - range.low) * (HEIGHT - EDGE.top - EDGE.bottom);
  const picture = drawn("svg", {viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", tabindex: 0, "data-key": "lines",
    "aria-label": linesWords(all, series, unit), id: "lines-drawing", onkeydown: keyOnLines,
    onpointermove: event => overLines(event, x, all, series, unit), onpointerleave: () => { hush(); shade(x, state.year); },
    onclick: event => choose({year: yearUnder(event, x)})});
  picture.append(...axes(width, range, x, y, unit, factor));
  for (const {scenario, found, county} of all) picture.append(...oneLine(found, scenario, county, x, y, series));
  picture.append(...seen.map(([when, value, trust]) => mark(x(years.indexOf(when)), y(value), TRUST[trust], when, value)),
                 drawn("line", {class: "cursor", id: "lines-cursor", y1: EDGE.top, y2: HEIGHT - EDGE.bottom}));
  at("lines").replaceChildren(picture);
  shade(x, state.year);
  const trusts = [...new Set(seen.map(([, , trust]) => trust))].sort(ascending);
  at("lines-legend").replaceChildren(
    ...(series ? shownScenarios().map(scenario => el("span", {}, swatch(scenario), titleOf(scenario))) : []),
    ...trusts.map(trust => el("span", {}, drawn("svg", {width: 12, height: 12, style: {width: "12px"}}, mark(6, 6, TRUST[trust])), say(TRUST[trust]))));
  at("lines-note").textContent = linesNote(all, series, seen);
  drawTable(all, series, seen, unit);
}

function axes(width, range, x, y, unit, factor) {
  const out = [];
  for (const tick of ticks(range.low, range.high, 6)) {
    out.push(drawn("line", {class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(tick / factor), y2: y(tick / factor)}),
             drawn("text", {class: "tick", x: EDGE.left - 6, y: y(tick / factor) + 4, "text-anchor": "end"}, short(tick)));
  }
  for (const year of ticks(first, years[last], width / 90).filter(Number.isInteger)) {
    const place = x(years.indexOf(year));
    out.push(drawn("line", {class: "axis", x1: place, x2: place, y1: HEIGHT - EDGE.bottom, y2: HEIGHT - EDGE.bottom + 4}),
             drawn("text", {class: "tick", x: place, y: HEIGHT - 6, "text-anchor": "middle"}, String(year)));
  }
  out.push(drawn("line", {class: "axis", x1: EDGE.left, x2: width - EDGE.right, y1: HEIGHT - EDGE.bottom, y2: HEIGHT - EDGE.bottom}),
           drawn("text", {class: "unit-of", x: 4, y: 13}, unitOf(unit)));
  return out;
}

const trace = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function oneLine(found, scenario, county, x, y, series) {
  const known = found.map((year, k) => ({...year, k})).filter(year => Number.isFinite(year.middle));
  const colour = scenarios[scenario].colour, out = [];
  if (series && known.some(year => Number.isFinite(year.low))) {
    const up = known.map(year => [x(year.k), y(year.high)]), down = known.map(year => [x(year.k), y(year.low)]).reverse();
    out.push(drawn("path", {class: "band", fill: colour, d: `${trace([...up, ...down])}Z`}));
  }
  const about = series ? {class: "middle", stroke: colour, "stroke-dasharray": DASHES[scenarios[scenario].dash][0], "data-scenario": scenarios[scenario].name}
    : {class: "thin", "data-county": counties[county].code, onclick: event => { event.stopPropagation(); choose({county}); },
       onpointermove: event => { event.stopPropagation(); tell(event, countyLines(county)); }};
  out.push(drawn("path", {...about, d: trace(known.map(year => [x(year.k), y(year.middle)]))}));
  return out;
}

/** Observed: a full dot; derived or recalled: a hollow one; imputed: a cross. */
function mark(x, y, trust, year = null, value = null) {
  const about = {class: `seen seen-${trust}`, "data-year": year, "data-value": value};
  if (trust === "imputed") return drawn("path", {...about, d: `M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7`});
  return drawn("circle", {...about, cx: x, cy: y, r: 3.3});
}

function shade(x, year) {
  const cursor = at("lines-cursor");
  cursor?.setAttribute("x1", x(year));
  cursor?.setAttribute("x2", x(year));
}

function yearUnder(event, x) {
  const box = at("lines-drawing").getBoundingClientRect();
  const place = (event.clientX - box.left) * at("lines-drawing").viewBox.baseVal.width / box.width;
  return years.reduce((best, _, year) => Math.abs(x(year) - place) < Math.abs(x(best) - place) ? year : best, 0);
}

function overLines(event, x, all, series, unit) {
  const year = yearUnder(event, x);
  shade(x, year);
  if (!series) return;
  tell(event, [`${seriesName(series)}, ${years[year]}`, ...all.map(({scenario, found}) => lineWords(scenario, found[year], unit)),
               seenWords(series.name, series.county, years[year])]);
}

const lineWords = (scenario, found, unit) => `${titleOf(scenario)}${separator()}${measured(found.middle, unit)}` +
  (Number.isFinite(found.low) ? language === "zh" ? `（${fromTo(found.low, found.high, unit)}）` : ` (${fromTo(found.low, found.high, unit)})` : "");

function keyOnLines(event) {
  const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  choose({year: Math.min(last, Math.max(0, state.year + step))});
}

/** The lines in a sentence, for those who do not see them. */
function linesWords(all, series, unit) {
  if (!series) return at("lines-title").textContent;
  const now = all.map(({scenario, found}) => lineWords(scenario, found[state.year], unit));
  return `${seriesName(series)}, ${years[state.year]}. ${now.join("; ")}. ${seenWords(series.name, series.county, years[state.year])}. ${say("lines_help")}`;
}

function linesNote(all, series, seen) {
  if (!series) return say("lines_help");
  const counts = all.map(({scenario}) => scenarios[scenario].runs), n = Math.max(0, ...counts), {draws, seeds} = study.runs;
  const chance = n < 2 ? "" : draws > 1 ? say(seeds > 1 ? "draws_and_seeds" : "draws_alone", {draws, seeds}) : say("chance_alone");
  return sentences([`${say("median")}${language === "zh" ? "；" : "; "}${bandWords(n)}`, chance, seen.length ? "" : say("no_observation_at_all")]);
}

// --- the same as a table

function drawTable(all, series, seen, unit) {
  const details = at("lines-table");
  details.firstElementChild.textContent = say("table");
  details.ontoggle = () => fillTable(all, series, seen, unit);
  fillTable(all, series, seen, unit);
}

function tableOf(all, series, seen, unit) {
  const factor = factorOf(unit), names = all.map(one => series ? titleOf(one.scenario) : nameOf(one.county));
  const parts = series ? ["", "low", "high"] : [""];
  const head = [say("year"), ...names.flatMap(name => parts.map(part => part ? `${name} ${say(part)}` : name)),
                ...(series ? [say("observed"), ""] : [])];
  const rows = years.map((year, k) => {
    const past = seen.find(([when]) => when === year);
    const cells = all.flatMap(({found}) => series ? [found[k].middle, found[k].low, found[k].high] : [found[k].middle]);
    return {year, numbers: cells.map(value => value * factor), past: past && [past[1] * factor, say(TRUST[past[2]])]};
  });
  return {head, rows};
}

function fillTable(all, series, seen, unit) {
  const box = at("lines-table").lastElementChild;
  if (!at("lines-table").open) return box.replaceChildren();
  const {head, rows} = tableOf(all, series, seen, unit);
  const shown = rows.map(({year, numbers, past}) => [String(year), ...numbers.map(value => number(value)),
    ...(series ? past ? [number(past[0]), past[1]] : ["", say("no_observation")] : [])]);
  const caption = `${at("lines-title").textContent} ${unitOf(unit)}`;
  box.replaceChildren(el("p", {class: "note"}, unitOf(unit)), table(caption, head, shown),
    el("button", {type: "button", onclick: () => download(head, rows, series, unit)}, say("download")));
}

function download(head, rows, series, unit) {
  const quoted = text => `"${String(text).replaceAll('"', '""')}"`;
  const lines = [[...head, say("prices")].map(quoted).join(","), ...rows.map(({year, numbers, past}) =>
    [year, ...numbers.map(value => Number.isFinite(value) ? +value.toPrecision(8) : ""), ...(past ? [past[0], quoted(past[1])] : [])].join(","))];
  const link = el("a", {href: URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n")], {type: "text/csv"})),
                        download: `${series ? series.name : indicatorNow().name}.csv`});
  link.click();
  URL.revokeObjectURL(link.href);
}
