// The map: counties by colour, chosen by click or by keys.

// ColorBrewer (Brewer 2003): YlGnBu in nine classes, PuOr in ten
const LEVELS = ["#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58"];
const DIFFERENCES = ["#2d004b", "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#fee0b6", "#fdb863", "#e08214", "#b35806",
                     "#7f3b08"];
const SPREAD = 4; // highest over lowest from which classes grow by factors
const OF_A_YEAR = 6; // classes with similar numbers of counties, where each year has colours of its own
const onMap = new Map();

/** What map and ranking show of a county: the level or the difference, with its band. */
function shownOf(county, year = state.year) {
  const name = indicatorNow().name;
  if (state.differences) {
    const found = effect(name, county, year, state.main, state.reference);
    return {...found, centre: found.middle};
  }
  const found = level(name, county, year, state.main);
  return {...found, centre: found.middle};
}

/** What the map shows in all years: taken once for each choice but that of the year. */
const taken = {key: "", values: []};
function inAllYears() {
  const key = [state.indicator, state.main, state.differences && state.reference].join();
  if (taken.key !== key) {
    taken.key = key;
    taken.values = years.flatMap((_, year) => compared.map(county => shownOf(county, year).centre));
  }
  return taken.values;
}

/** Limits of the classes and their colours; differences lie evenly around zero. */
function classes(numbers) {
  const all = numbers.filter(Number.isFinite);
  if (!all.length) return {limits: [], colours: []};
  if (state.differences) {
    const most = Math.max(...all.map(Math.abs));
    if (!most) return {limits: [], colours: []};
    const step = niceStep(most / 5), side = Math.ceil(most / step - 1e-9);
    const limits = Array.from({length: 2 * side + 1}, (_, k) => +((k - side) * step).toPrecision(12));
    return {limits, colours: DIFFERENCES.slice(5 - side, 5 + side)};
  }
  const low = Math.min(...all), high = Math.max(...all);
  const limits = !state.sameScale ? byCounts(all) : low > 0 && high / low > SPREAD ? byFactors(low, high) : evenly(low, high);
  const parts = limits.length - 1;
  const colours = Array.from({length: parts}, (_, k) => LEVELS[parts > 1 ? Math.round(k * (LEVELS.length - 1) / (parts - 1)) : 4]);
  return {limits, colours};
}
function evenly(low, high) {
  if (low === high) return [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  let step = niceStep((high - low) / 7);
  while (Math.ceil(high / step - 1e-9) - Math.floor(low / step + 1e-9) > 7) step = niceStep(step * 1.01);
  const limits = [];
  for (let k = Math.floor(low / step + 1e-9); k <= Math.ceil(high / step - 1e-9); k++) limits.push(+(k * step).toPrecision(12));
  return limits;
}
/** Limits between values so that each class holds about as many, rounded as far as they still part the same values. */
function byCounts(all) {
  const sorted = [...all].sort(ascending), lowest = sorted[0], highest = sorted.at(-1);
  if (lowest === highest) return evenly(lowest, highest);
  const limits = [lowest];
  for (let k = 1; k < OF_A_YEAR; k++) {
    const place = Math.round(k * sorted.length / OF_A_YEAR), [below, above] = [sorted[place - 1], sorted[place]];
    if (below > limits.at(-1) && below < above) limits.push(roundestBetween(below, above));
  }
  return [...limits, highest];
}
/** The roundest number that lies above one and not above the other. */
function roundestBetween(below, above) {
  for (let digits = 1; digits < 15; digits++) {
    const round = +((below + above) / 2).toPrecision(digits);
    if (round > below && round <= above) return round;
  }
  return above;
}
function byFactors(low, high) {
  for (const steps of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const limits = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const step of steps) limits.push(+(step * 10 ** power).toPrecision(12));
    }
    const from = limits.findLastIndex(limit => limit <= low), to = limits.findIndex(limit => limit >= high);
    if (to - from <= LEVELS.length) return limits.slice(from, to + 1);
  }
  return evenly(low, high);
}
function colourOf(value, {limits, colours}) {
  if (!Number.isFinite(value)) return "url(#unknown)";
  if (!colours.length) return "#f2f2f2";
  let k = 0;
  while (k < colours.length - 1 && value >= limits[k + 1]) k++;
  return colours[k];
}
function isDark(colour) {
  const part = k => parseInt(colour.slice(k, k + 2), 16);
  return colour[0] === "#" && 0.299 * part(1) + 0.587 * part(3) + 0.114 * part(5) < 128;
}

const hatching = id => drawn("pattern", {id, width: 6, height: 6, patternUnits: "userSpaceOnUse",
                                         patternTransform: "rotate(45)"},
  drawn("rect", {width: 6, height: 6, fill: "#ffffff"}), drawn("line", {y2: 6, stroke: "#9a9a9a", "stroke-width": 1.5}));

/** The outlines, once; colours and names come with each choice. */
function layMap() {
  const {width, height, paths} = study.map, crop = 40;
  if (!width) return;
  const picture = drawn("svg", {viewBox: `0 ${crop} ${width} ${height - crop}`, role: "group", id: "map-drawing"},
                        drawn("defs", {}, hatching("unknown")));
  const names = drawn("g", {"aria-hidden": "true"});
  for (const [key, {d, at: [x, y]}] of Object.entries(paths)) {
    const county = +key, choosable = counties[county].compared;
    const shape = drawn("path", {d, class: "county", "data-county": counties[county].code, "data-key": `map-${county}`,
      ...(choosable ? {role: "button", tabindex: -1} : {role: "img"}),
      onpointermove: event => tell(event, countyLines(county)), onpointerleave: hush,
      onfocus: event => { if (event.target.matches(":focus-visible")) tell(event, countyLines(county)); }, onblur: hush,
      ...(choosable ? {onclick: () => choose({county: state.county === county ? -1 : county}),
                       onkeydown: event => keyOnMap(event, county)} : {})});
    const name = drawn("text", {x, y: y + 4, class: "on-map"});
    onMap.set(county, {shape, name});
    picture.append(shape);
    names.append(name);
  }
  picture.append(drawn("path", {class: "chosen", id: "map-chosen"}), names);
  const marks = counties.map((county, row) => row).filter(row => counties[row].schematic);
  if (marks.length) {
    const [x, y] = [width - 40, height - 30];
    picture.append(drawn("rect", {x, y, width: 30, height: 18, fill: "url(#unknown)", stroke: "#9a9a9a"}),
      drawn("text", {x: width - 10, y: y - 6, "text-anchor": "end", class: "unit-of", id: "map-marks"}));
  }
  at("map").replaceChildren(picture);
}

function keyOnMap(event, county) {
  const places = compared.filter(row => onMap.has(row));
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (step) {
    const next = places[(places.indexOf(county) + step + places.length) % places.length];
    onMap.get(next).shape.focus();
  } else if (event.key === "Enter" || event.key === " ") {
    choose({county: state.county === county ? -1 : county});
  } else if (event.key === "Escape") hush();
  else return;
  event.preventDefault();
}

/** What is said of a county beside the pointer. */
function countyLines(county) {
  if (!counties[county].compared) return [say("not_compared", {county: nameOf(county)})];
  const {name} = indicatorNow(), {unit} = study.series[name];
  if (!indicatorNow().by_county) return [nameOf(county)];
  const found = shownOf(county), year = years[state.year];
  const range = Number.isFinite(found.low)
    ? `${bandWords(found.n, state.differences ? ["interval_none", "interval_range", "interval_share"] : undefined)}${separator()}${fromTo(found.low, found.high, unit)}` : "";
  const head = `${nameOf(county)}, ${year}`;
  if (state.differences) {
    return [head, `${titleOf(state.main)} − ${titleOf(state.reference)}${separator()}${measured(found.centre, unit, true)} ${percentOf(found, unit)}`,
            range, signWords(found)];
  }
  return [head, `${titleOf(state.main)}${separator()}${measured(found.centre, unit)}`, range, seenWords(name, county, year)];
}

/** The observation of a year in words, or that there is none. */
function seenWords(name, county, year) {
  const seen = observations(name, county).find(([when]) => when === year);
  return seen ? `${say(TRUST[seen[2]])}${separator()}${measured(seen[1], study.series[name].unit)}` : say("no_observation");
}

function drawMap() {
  const indicator = indicatorNow(), hasMap = indicator.by_county && onMap.size > 0;
  at("map").hidden = at("map-legend").hidden = !hasMap;
  at("map-card").hidden = !indicator.by_county;
  const values = {indicator: indicatorName(), year: years[state.year], scenario: titleOf(state.main),
                  reference: titleOf(state.reference)};
  at("map-title").textContent = say(state.differences ? "map_of_difference" : "map_of", values);
  const note = at("map-none") ?? at("map-card").appendChild(el("p", {id: "map-none", class: "note"}));
  note.textContent = hasMap ? "" : say("no_outlines");
  if (!hasMap) return;
  const now = new Map(compared.map(county => [county, shownOf(county).centre]));
  const told = state.sameScale ? inAllYears() : [...now.values()];
  const {unit} = study.series[indicator.name], factor = factorOf(unit);
  const scale = classes(told.map(value => value * factor));
  const reachable = state.county >= 0 ? state.county : compared.find(county => onMap.has(county));
  for (const [county, {shape, name}] of onMap) {
    const value = now.get(county) ?? NaN, colour = colourOf(value * factor, scale);
    shape.setAttribute("fill", colour);
    shape.setAttribute("data-value", value);
    shape.setAttribute("aria-label", counties[county].compared
      ? `${nameOf(county)}${separator()}${Number.isFinite(value) ? measured(value, unit, state.differences) : say("not_known")}`
      : say("not_compared", {county: nameOf(county)}));
    if (counties[county].compared) {
      shape.setAttribute("tabindex", county === reachable ? 0 : -1);
      shape.setAttribute("aria-pressed", county === state.county);
    }
    name.textContent = nameOf(county);
    name.style.fill = isDark(colour) ? "#ffffff" : "#222222";
  }
  const chosen = study.map.paths[state.county];
  at("map-chosen").setAttribute("d", chosen ? chosen.d : "");
  at("map-drawing").setAttribute("aria-label", `${at("map-title").textContent}. ${say("map_help")}`);
  const marks = counties.filter(county => county.schematic).map(county => county[language]);
  if (at("map-marks")) at("map-marks").textContent = say("not_compared", {county: listed(marks)});
  at("map-legend").replaceChildren(...mapLegend(scale, unit));
}

function mapLegend({limits, colours}, unit) {
  if (!colours.length) return [el("p", {class: "note"}, say("no_difference"))];
  const labels = limits.map((limit, k) => el("li", {style: {left: `${100 * k / colours.length}%`}}, short(limit)));
  const words = sentences([unitOf(unit), /CNY/.test(unit) ? say("prices") : ""]);
  return [el("div", {class: "scale"}, el("div", {}, colours.map(colour => el("i", {style: {background: colour}}))), el("ul", {}, labels)),
          el("p", {class: "note"}, words)];
}
