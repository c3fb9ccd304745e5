// What each provision contributes to the effect of the plan: [statistic, county, year, part], or without counties.

/** Mean, low and high of a part in a year; the last part is all of them together. */
function contributed(name, county, year, part) {
  const {data, parts, start} = study.provisions, values = data[name];
  const span = years.length - start, number = parts.length + 1, size = values.length / 3;
  const cell = ((county === null ? 0 : county * span) + year - start) * number + part;
  const [centre, low, high] = [0, 1, 2].map(statistic => values[statistic * size + cell]);
  return {centre, low, high};
}

function drawProvisions() {
  const held = study.provisions, series = seriesNow();
  at("provisions-card").hidden = !held;
  if (!held) return;
  const box = at("provisions"), year = years[state.year];
  at("provisions-title").textContent = say("provisions");
  if (!series || !held.data[series.name]) {
    const names = study.indicators.filter(one => one.name in held.data || one.measures.some(({series}) => series in held.data));
    return box.replaceChildren(el("p", {class: "note"}, say("provisions_not_held", {names: listed(names.map(one => study.series[one.name][language]))})));
  }
  at("provisions-title").textContent += `${separator()}${say("provisions_of", {what: seriesName(series), year, high: titleOf(held.high), low: titleOf(held.low)})}`;
  if (state.year < held.start) return box.replaceChildren(el("p", {class: "note"}, say("provisions_before", {year: years[held.start]})));
  const rows = [...held.parts.keys()].map(part => ({part, found: contributed(series.name, series.county, state.year, part)}))
    .sort((a, b) => a.found.centre - b.found.centre || a.part - b.part);
  rows.push({part: held.parts.length, found: contributed(series.name, series.county, state.year, held.parts.length)});
  const range = rangeOf(rows.flatMap(({found}) => [found.centre, found.low, found.high]), true);
  const body = rows.map(({part, found}) => {
    const one = held.parts[part];
    return row({class: one ? null : "total", "data-part": part, "data-value": found.centre},
      one ? stacked(one[language], one.kinds[language]) : say("all_provisions"), strip(range, found, one ? "#4a6c86" : "#222222"),
      stacked(number(found.centre, true, 3), between(found.low, found.high, true, 3)));
  });
  const share = held.pairs > 1 ? shareOf(held.pairs) : 0;
  const interval = say(held.pairs < 2 ? "provisions_none" : share ? "provisions_middle" : "provisions_range", {share});
  const head = [say("provision"), el("span", {class: "hidden"}, say("effect")), say("contribution")];
  box.replaceChildren(el("div", {class: "wide"}, table(at("provisions-title").textContent, head, body)),
    el("p", {class: "note"}, say("provisions_note", {interval, n: held.pairs, draws: held.draws, orders: held.orders})));
}
