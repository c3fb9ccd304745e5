// Counties in order, by value or by effect.

function drawRanking() {
  const indicator = indicatorNow();
  at("ranking-card").hidden = !indicator.by_county;
  if (!indicator.by_county) return;
  at("ranking-title").textContent = `${say("ranking")}${separator()}${at("map-title").textContent}`;
  const {unit} = study.series[indicator.name], year = years[state.year];
  const order = compared.map(county => ({county, found: shownOf(county)}))
    .sort((a, b) => (Number.isFinite(b.found.centre) - Number.isFinite(a.found.centre)) || b.found.centre - a.found.centre || a.county - b.county);
  const seenOf = county => state.differences ? undefined : observations(indicator.name, county).find(([when]) => when === year);
  const range = rangeOf(order.flatMap(({county, found}) => [found.centre, found.low, found.high, seenOf(county)?.[1]]), state.differences);
  const colour = scenarios[state.main].colour, inUnits = !unitOf(unit).startsWith("%");
  const anySeen = !state.differences && order.some(({county}) => seenOf(county));
  const body = order.map(({county, found}, place) => {
    const seen = seenOf(county);
    return row({class: county === state.county ? "chosen-row" : null, "data-county": counties[county].code, "data-value": found.centre},
      countyButton(county, `rank-${county}`, Number.isFinite(found.centre) ? `${place + 1}. ` : ""), strip(range, found, colour, seen && {seen: seen[1], trust: TRUST[seen[2]]}),
      number(found.centre * factorOf(unit), state.differences), ...(state.differences ? inUnits ? [percentOf(found, unit)] : []
        : anySeen ? [seen ? number(seen[1] * factorOf(unit)) : ""] : []));
  });
  const head = [say("county"), el("span", {class: "hidden"}, say("value")), unitOf(unit) || say("value"),
                ...(state.differences ? inUnits ? ["%"] : [] : anySeen ? [say("observed")] : [])];
  const n = Math.max(0, ...order.map(({found}) => found.n));
  at("ranking").replaceChildren(el("div", {class: "wide"}, table(at("ranking-title").textContent, head, body)),
    el("p", {class: "note"}, sentences([bandWords(n, state.differences ? ["interval_none", "interval_range", "interval_share"] : undefined),
      state.differences ? "" : anySeen ? say("observed_marks") : say("no_observation_in", {year})])));
}

/** A county's name as a button that chooses it. */
function countyButton(county, key, before = "") {
  return el("button", {type: "button", "data-key": key, "aria-pressed": county === state.county,
                       onclick: () => choose({county: state.county === county ? -1 : county})}, before + nameOf(county));
}
