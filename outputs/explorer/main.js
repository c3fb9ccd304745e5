// Controls, and the order in which the page is drawn.

/** Take a choice, draw what it changes, keep it in the address. */
function choose(changes) {
  Object.assign(state, changes);
  if ("indicator" in changes) state.measure = 0;
  draw();
  history.replaceState(null, "", address());
}

function draw() {
  const key = document.activeElement?.getAttribute("data-key");
  hush();
  fillMeasures();
  followChoices();
  drawMap();
  drawLines();
  drawEffects();
  drawRanking();
  drawProvisions();
  drawCounty();
  drawFlows();
  if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({preventScroll: true});
  at("status").textContent = statusWords();
}

/** What a choice shows, for a screen reader. */
function statusWords() {
  const series = seriesNow();
  if (!series) return at("lines-title").textContent;
  const found = level(series.name, series.county, state.year, state.main);
  return `${seriesName(series)}, ${years[state.year]}, ${lineWords(state.main, found, study.series[series.name].unit)}`;
}

// --- words and choices of the controls

const FIXED = {"say-indicator": "indicator", "say-main": "main", "say-reference": "reference", "say-place": "place",
  "say-measure": "measure", "say-shown": "shown", "say-year": "year", "say-mode": "map_shows", "say-values": "values",
  "say-differences": "differences", "say-same-scale": "same_scale", intro: "intro", skip: "skip", report: "report",
  language: "other_language"};

/** All words of the page that no choice but the language changes. */
function speak() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const [id, key] of Object.entries(FIXED)) at(id).textContent = say(key);
  at("language").setAttribute("lang", language === "zh" ? "en" : "zh-CN");
  const heading = study.title[language] || say("heading");
  at("heading").textContent = heading;
  document.title = `${heading} – ${say("heading")}`;
  at("controls").setAttribute("aria-label", say("controls"));
  fillIndicators();
  for (const id of ["main", "reference"]) {
    at(id).replaceChildren(...scenarios.map((_, k) => el("option", {value: k}, titleOf(k))));
  }
  at("place").replaceChildren(el("option", {value: -1}, say("whole_province")),
    ...compared.map(county => el("option", {value: county}, nameOf(county))));
  at("shown").replaceChildren(...scenarios.map((scenario, k) => el("label", {},
    el("input", {type: "checkbox", value: k, "data-key": `shown-${k}`, onchange: event => show(k, event.target.checked)}),
    swatch(k), titleOf(k))));
  at("missing").hidden = !study.runs.missing;
  at("missing").textContent = say("missing", {missing: study.runs.missing});
  at("about").replaceChildren(...aboutWords());
}

function fillIndicators() {
  const groups = Object.entries(study.groups).map(([group, words]) => {
    const inside = study.indicators.map((one, k) => [one, k]).filter(([one]) => one.group === group);
    return inside.length ? el("optgroup", {label: words[language === "zh" ? 1 : 0]},
      inside.map(([one, k]) => el("option", {value: k}, study.series[one.name][language]))) : null;
  });
  at("indicator").replaceChildren(...groups.filter(Boolean));
}

function fillMeasures() {
  const {measures} = indicatorNow();
  at("for-measure").hidden = measures.length < 2;
  at("measure").replaceChildren(...measures.map((one, k) => el("option", {value: k}, say(one.key))));
  at("measure").value = state.measure;
  at("measure").disabled = isCounty();
}

function followChoices() {
  at("indicator").value = state.indicator;
  at("main").value = state.main;
  at("reference").value = state.reference;
  at("place").value = state.county;
  at("year").value = state.year;
  at("year-now").textContent = years[state.year];
  at("year").setAttribute("aria-valuetext", years[state.year]);
  at("for-reference").hidden = at("for-shown").hidden = scenarios.length < 2;
  at("mode-differences").disabled = scenarios.length < 2;
  at("mode-values").checked = !state.differences;
  at("mode-differences").checked = state.differences;
  at("same-scale").checked = state.sameScale;
  at("play").textContent = say(playing ? "pause" : "play");
  at("play").setAttribute("aria-pressed", Boolean(playing));
  for (const box of at("shown").querySelectorAll("input")) box.checked = state.shown.has(+box.value);
}

function show(scenario, wanted) {
  const shown = new Set(state.shown);
  if (wanted) shown.add(scenario);
  else if (shown.size > 1) shown.delete(scenario);
  choose({shown});
}

const MADE = {study: "made_study", weight: "made_weight", code_hash: "made_code_hash", data_hash: "made_data_hash"};
function aboutWords() {
  const {kept, all} = study.runs, same = scenarios.every(one => one.runs === scenarios[0].runs);
  const runs = same ? say("runs_of_each", {n: scenarios[0].runs})
    : say("runs_of", {runs: listed(scenarios.map((one, k) => `${titleOf(k)} ${one.runs}`))});
  const names = study.left_out.map(one => one[language]);
  const made = Object.entries(study.provenance).map(([name, text]) => say(MADE[name], {value: text.slice(0, 16)}));
  return [sentences([runs, say("prices"), say("precision"), say("address")]),
    kept < all ? say("first_runs", {kept, all}) : "", names.length ? say("left_out", {names: listed(names)}) : "",
    `${say("provenance")}${separator()}${listed(made)}`].filter(Boolean).map(words => el("p", {}, words));
}

// --- play

let playing = null;
const BEAT = 650; // milliseconds a year

function play() {
  if (playing) return stop();
  if (state.year === last) state.year = 0;
  playing = setInterval(() => {
    if (state.year === last) return stop();
    choose({year: state.year + 1});
  }, BEAT);
  choose({});
}
function stop() {
  clearInterval(playing);
  playing = null;
  choose({});
}

// --- start

function listen() {
  const chosen = (id, key) => at(id).addEventListener("change", event => choose({[key]: +event.target.value}));
  chosen("indicator", "indicator");
  chosen("measure", "measure");
  chosen("reference", "reference");
  chosen("place", "county");
  at("main").addEventListener("change", event => choose({main: +event.target.value, shown: new Set([...state.shown, +event.target.value])}));
  at("year").addEventListener("input", event => choose({year: +event.target.value}));
  at("play").addEventListener("click", play);
  at("mode-values").addEventListener("change", () => choose({differences: false}));
  at("mode-differences").addEventListener("change", () => choose({differences: true}));
  at("same-scale").addEventListener("change", event => choose({sameScale: event.target.checked}));
  at("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; speak(); choose({}); });
  at("skip").addEventListener("click", event => { event.preventDefault(); at("results").focus(); });
  addEventListener("hashchange", () => { Object.assign(state, fromAddress()); speak(); draw(); });
  addEventListener("keydown", event => { if (event.key === "Escape") hush(); });
  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => { widthOfLines = 0; drawLines(); }, 120); });
}

async function start() {
  await unpackAll();
  Object.assign(state, fromAddress());
  Object.assign(at("year"), {min: 0, max: last, step: 1});
  at("page").hidden = false;
  layMap();
  speak();
  listen();
  choose({});
  document.documentElement.dataset.ready = "yes";
}
if (typeof DecompressionStream === "undefined") at("too-old").hidden = false;
else start();
