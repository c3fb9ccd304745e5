// Moves between counties: who comes and goes, and where.

const PARTNERS = 8;
const OUTSIDE = counties.length;

/** Persons who moved from one county to another (or outside) in the year: mean of the runs. */
function moved(origin, destination, year, scenario) {
  return study.flows.between[((origin * (counties.length + 1) + destination) * years.length + year) * scenarios.length + scenario];
}
/** Arrivals and departures of a county: 0 from inside, 1 to inside, 2 from outside, 3 to outside. */
function moves(kind, county) {
  return study.flows.by_county[((kind * counties.length + county) * years.length + state.year) * scenarios.length + state.main];
}

function drawFlows() {
  const {between, by_county: byCounty} = study.flows, box = at("flows");
  const values = {county: state.county < 0 ? "" : nameOf(state.county), year: years[state.year], scenario: titleOf(state.main)};
  at("flows-title").textContent = say("flows");
  if (!byCounty && !between) return box.replaceChildren(el("p", {class: "note"}, say("flows_none")));
  if (!state.year) return box.replaceChildren(el("p", {class: "note"}, say("flow_first_year")));
  at("flows-title").textContent = `${say("flows")}${separator()}${say(state.county < 0 ? "flows_all" : "flows_of", values)}`;
  if (!between) {
    at("flows-title").textContent = say("flows");
    return box.replaceChildren(el("p", {class: "note"}, say("flows_by_county_alone")), movesByCounty());
  }
  box.replaceChildren(...(state.county < 0 ? largest() : partners(state.county)));
}

/** The partners of a county, largest first, with the outside. */
function partners(county) {
  const all = compared.filter(other => other !== county).map(other => ({place: other, name: nameOf(other),
    came: moved(other, county, state.year, state.main), left: moved(county, other, state.year, state.main)}));
  const outside = {place: OUTSIDE, name: say("outside"), came: study.flows.by_county ? moves(2, county) : NaN, left: moved(county, OUTSIDE, state.year, state.main)};
  all.sort((a, b) => b.came + b.left - a.came - a.left || a.place - b.place);
  const arrows = [...all.slice(0, PARTNERS), outside].flatMap(one => [
    {from: one.place, to: county, size: one.came, kind: "came"}, {from: county, to: one.place, size: one.left, kind: "left"}]);
  const rows = [outside, ...all.filter(one => one.came || one.left)].map(one => row({"data-partner": one.place === OUTSIDE ? 0 : counties[one.place].code, "data-came": one.came, "data-left": one.left},
    one.place === OUTSIDE ? one.name : countyButton(one.place, `flow-${one.place}`), whole(one.came), whole(one.left), whole(one.came - one.left, true)));
  const head = [say("partner"), el("span", {class: "word-came"}, say("came")), el("span", {class: "word-left"}, say("left")), say("net")];
  return sideBySide(arrows, table(at("flows-title").textContent, head, rows));
}

/** The largest net moves between any two counties. */
function largest() {
  const all = [];
  for (const one of compared) for (const other of compared) {
    const net = moved(one, other, state.year, state.main) - moved(other, one, state.year, state.main);
    if (one !== other && net > 0) all.push({from: one, to: other, size: net, kind: "came"});
  }
  all.sort((a, b) => b.size - a.size || a.from - b.from);
  const shown = all.slice(0, 12);
  const rows = shown.map(one => [countyButton(one.from, `flow-${one.from}-${one.to}`), countyButton(one.to, `flow-to-${one.from}-${one.to}`), whole(one.size)]);
  return sideBySide(shown, table(at("flows-title").textContent, [say("from"), say("to"), say("net")], rows, {text: 2}));
}

function movesByCounty() {
  const rows = compared.map(county => {
    const [came, left, cameIn, leftOut] = [0, 1, 2, 3].map(kind => moves(kind, county));
    return row({class: county === state.county ? "chosen-row" : null, "data-county": counties[county].code}, countyButton(county, `flow-${county}`),
      whole(came - left, true), whole(cameIn - leftOut, true), whole(came - left + cameIn - leftOut, true));
  });
  return el("div", {class: "wide"}, table(at("flows-title").textContent,
    [say("county"), say("from_counties"), say("outside"), say("net")], rows));
}

function sideBySide(arrows, numbers) {
  if (!onMap.size) return [el("div", {class: "wide"}, numbers)];
  return [el("div", {class: "side-by-side"}, arrowMap(arrows), el("div", {class: "wide"}, numbers))];
}

/** Arrows on a pale map; as wide as their persons, bent so that both ways are seen. */
function arrowMap(arrows) {
  const {width, height, paths} = study.map;
  const north = [width * 0.62, 24], placeOf = key => key === OUTSIDE ? north : paths[key]?.at;
  const picture = drawn("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": at("flows-title").textContent},
    drawn("defs", {}, ["came", "left"].map(kind => drawn("marker", {id: `head-${kind}`, viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 11,
      markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto"}, drawn("path", {d: "M0 0L8 4L0 8Z", fill: kind === "came" ? "#0072b2" : "#d55e00"})))));
  for (const [key, {d}] of Object.entries(paths)) picture.append(drawn("path", {d, class: "land", ...(+key === state.county ? {style: {fill: "#cfdbe3"}} : {})}));
  const most = Math.max(1, ...arrows.map(one => one.size || 0)), named = new Set();
  for (const {from, to, size, kind} of arrows) {
    const a = placeOf(from), b = placeOf(to);
    if (!a || !b || !(size > 0)) continue;
    named.add(from).add(to);
    const bend = 0.16, middle = [(a[0] + b[0]) / 2 - (b[1] - a[1]) * bend, (a[1] + b[1]) / 2 + (b[0] - a[0]) * bend];
    const near = (point, other) => point.map((value, k) => value + (other[k] - value) * Math.min(0.3, 16 / (Math.hypot(other[0] - point[0], other[1] - point[1]) || 1)));
    const start = near(a, middle), end = near(b, middle);
    const name = key => key === OUTSIDE ? say("outside") : nameOf(key);
    picture.append(drawn("path", {class: kind, d: `M${start.map(Math.round)}Q${middle.map(Math.round)} ${end.map(Math.round)}`, "marker-end": `url(#head-${kind})`,
      "stroke-width": Math.max(0.8, 9 * size / most).toFixed(1), onpointerleave: hush,
      onpointermove: event => tell(event, [`${name(from)} → ${name(to)}`, whole(size)])}));
  }
  for (const key of named) {
    const [x, y] = placeOf(key);
    picture.append(drawn("text", {x, y: key === OUTSIDE ? 20 : y + 4, class: "on-map"}, key === OUTSIDE ? say("outside_here") : nameOf(key)));
  }
  return picture;
}
