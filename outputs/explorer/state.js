// What is chosen, kept in the address: #i=svc&c=460100&m=full&r=no_policy&s=full,baseline&y=2035&v=differences&l=zh

const state = {};

const indicatorNow = () => study.indicators[state.indicator];
const measureNow = () => indicatorNow().measures[state.measure] ?? null;
/** Whether the lines are those of a county. */
const isCounty = () => state.county >= 0 && indicatorNow().by_county;

/** The series of lines and effects: of the county chosen, or of the province in the measure chosen. */
function seriesNow() {
  if (isCounty()) return {name: indicatorNow().name, county: state.county};
  return measureNow() && {name: measureNow().series, county: null};
}

const USUALLY_SHOWN = 5;

/** The choices that a page starts with. */
function usual() {
  const order = [study.focus, study.reference, ...scenarios.keys()];
  return {indicator: Math.max(0, study.indicators.findIndex(one => one.by_county)), measure: 0, county: -1,
          main: study.focus, reference: study.reference,
          shown: new Set([...new Set(order)].slice(0, USUALLY_SHOWN)), year: last, differences: false, sameScale: true};
}

/** The choices that an address names; what it does not name, or names wrongly, is as usual. */
function fromAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)), found = usual();
  const place = (list, wanted, otherwise) => { const k = list.indexOf(wanted); return k < 0 ? otherwise : k; };
  const names = scenarios.map(scenario => scenario.name);
  found.indicator = place(study.indicators.map(one => one.name), asked.get("i"), found.indicator);
  found.measure = place(study.indicators[found.indicator].measures.map(one => one.key), asked.get("g"), 0);
  const county = place(counties.map(one => String(one.code)), asked.get("c"), -1);
  found.county = compared.includes(county) ? county : -1;
  found.main = place(names, asked.get("m"), found.main);
  found.reference = place(names, asked.get("r"), found.reference);
  if (asked.has("s")) {
    const shown = asked.getAll("s").map(name => names.indexOf(name)).filter(k => k >= 0);
    if (shown.length) found.shown = new Set(shown);
  }
  found.year = place(years.map(String), asked.get("y"), found.year);
  found.differences = asked.get("v") === "differences" && scenarios.length > 1;
  found.sameScale = asked.get("k") !== "own";
  if (["en", "zh"].includes(asked.get("l"))) language = asked.get("l");
  return found;
}

/** The address of what is chosen. */
function address() {
  const parts = new URLSearchParams();
  parts.set("i", indicatorNow().name);
  if (measureNow() && state.measure) parts.set("g", measureNow().key);
  if (state.county >= 0) parts.set("c", counties[state.county].code);
  parts.set("m", scenarios[state.main].name);
  if (scenarios.length > 1) parts.set("r", scenarios[state.reference].name);
  for (const one of [...state.shown].sort(ascending)) parts.append("s", scenarios[one].name);
  parts.set("y", years[state.year]);
  if (state.differences) parts.set("v", "differences");
  if (!state.sameScale) parts.set("k", "own");
  parts.set("l", language);
  return `#${parts}`;
}

/** The scenarios of the charts, in the order of the study. */
const shownScenarios = () => [...state.shown].sort(ascending);

/** How an indicator is called, and a series of the province. */
const indicatorName = () => study.series[indicatorNow().name][language];
function seriesName(series) {
  if (series.county !== null) return `${nameOf(series.county)}${separator()}${indicatorName()}`;
  return study.series[series.name][language];
}
