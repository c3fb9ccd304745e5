// Paired effects: scenario less reference under the same draw and seed.

/** In how many pairs a difference has which sign. */
function signWords(found, side = 0) {
  const {n} = found;
  if (!n) return say("no_pairs");
  if (found.equal === n) return say("same_in_all", {n});
  const falls = found.lower >= found.higher, k = falls ? found.lower : found.higher;
  const key = !side ? falls ? "lower_in" : "higher_in" : falls === (side > 0) ? "narrower_in" : "wider_in";
  return say(key, {k, n});
}

function drawEffects() {
  const series = seriesNow(), box = at("effects");
  const reference = titleOf(state.reference), year = years[state.year];
  if (scenarios.length < 2) {
    at("effects-title").textContent = say("effects");
    return box.replaceChildren(el("p", {class: "note"}, say("nothing_to_compare")));
  }
  if (!series) {
    at("effects-title").textContent = say("effects");
    return box.replaceChildren(el("p", {class: "note"}, say("effects_need_county")));
  }
  at("effects-title").textContent = `${say("effects")}${separator()}${say("effects_of", {what: seriesName(series), year, reference})}`;
  const others = [...new Set([...shownScenarios(), state.main])].sort(ascending).filter(one => one !== state.reference);
  const side = isCounty() ? 0 : measureNow()?.side ?? 0;
  const rows = others.map(scenario => ({words: titleOf(scenario), colour: scenarios[scenario].colour, side,
    key: scenarios[scenario].name, found: effect(series.name, series.county, state.year, scenario, state.reference)}));
  box.replaceChildren(...(rows.length ? effectRows(rows, study.series[series.name].unit, say("main")) : []), ...measuresBox());
}

/** Rows with median, interval and sign, on one scale; in percent of the reference where `percent` is true. */
function effectRows(rows, unit, heading, percent = false) {
  const scaled = rows.map(one => {
    const {middle, low, high} = percent ? banded(one.found.relative) : one.found, factor = percent ? 1 : factorOf(unit);
    return {...one, centre: middle * factor, low: low * factor, high: high * factor};
  });
  const range = rangeOf(scaled.flatMap(one => [one.centre, one.low, one.high]), true);
  const pairs = Math.max(...rows.map(one => one.found.n));
  const interval = bandWords(pairs, ["interval_none", "interval_range", "interval_share"]);
  const body = scaled.map(one => row({"data-effect": one.key, "data-median": one.found.middle, "data-low": one.found.low, "data-high": one.found.high},
    one.words, strip(range, one, one.colour), percent ? stacked(inPercent(one.centre), between(one.low, one.high, true, 3))
      : stacked(number(one.centre, true, 3), between(one.low, one.high, true, 3), percentOf(one.found, unit)),
    worded(signWords(one.found, one.side))));
  const ends = el("div", {class: "ends", "aria-hidden": "true"}, el("span", {}, short(+range.low.toPrecision(2))), el("span", {}, short(+range.high.toPrecision(2))));
  body.push(row({class: "scale-row"}, "", ends, "", ""));
  const head = [heading, el("span", {class: "hidden"}, say("effect")), percent ? say("effect") : [say("effect"), unitOf(unit)].filter(Boolean).join(", "), say("pairs")];
  return [el("div", {class: "wide"}, table(heading, head, body)), el("p", {class: "note"}, say("effects_note", {n: pairs, interval}))];
}

/** Whether a measure says wider (1) or narrower (-1): where its interval lies on one side of zero; else 0. */
function sideOf({found, side}) {
  const [low, high] = Number.isFinite(found.low) ? [found.low, found.high] : [found.middle, found.middle];
  return low > 0 ? side : high < 0 ? -side : 0;
}

/** All measures of the gap in an indicator, for the scenario chosen: do they agree? */
function measuresBox() {
  const gaps = indicatorNow().measures.filter(one => one.side);
  if (isCounty() || gaps.length < 2 || state.main === state.reference) return [];
  const rows = gaps.map(one => ({words: say(one.key), colour: scenarios[state.main].colour, side: one.side, key: one.series,
    found: effect(one.series, null, state.year, state.main, state.reference)})).filter(one => one.found.n);
  if (!rows.length) return [];
  const sides = rows.map(sideOf), narrower = sides.filter(one => one < 0).length, wider = sides.filter(one => one > 0).length;
  const open = rows.length - narrower - wider;
  const key = !narrower && !wider ? "undecided" : !wider ? "agree_narrower" : !narrower ? "agree_wider" : "disagree";
  const verdict = sentences([say(key, {narrower, wider, n: rows.length}), open && key !== "undecided" ? say("open", {open}) : ""]);
  const words = {scenario: titleOf(state.main), reference: titleOf(state.reference), year: years[state.year]};
  return [el("h3", {}, say("effects_by_measure", words)), el("p", {class: "verdict", id: "verdict"}, verdict),
          ...effectRows(rows, "ratio", say("measure"), true)];
}
