// One county: its numbers in the year, and why they change.

function drawCounty() {
  const box = at("county");
  at("county-card").classList.toggle("empty", state.county < 0);
  if (state.county < 0) {
    at("county-title").textContent = say("causes");
    return box.replaceChildren(el("p", {class: "note"}, say("county_none")));
  }
  at("county-title").textContent = say("county_numbers", {county: nameOf(state.county), year: years[state.year]});
  box.replaceChildren(el("div", {class: "wide"}, numbersTable()), ...explained(), ...causes());
}

function numbersTable() {
  const compare = scenarios.length > 1 && state.main !== state.reference;
  const rows = study.indicators.filter(one => one.by_county).map(one => {
    const {unit} = study.series[one.name], found = level(one.name, state.county, state.year, state.main);
    const words = `${study.series[one.name][language]}${unitOf(unit) ? language === "zh" ? `（${unitOf(unit)}）` : `, ${unitOf(unit)}` : ""}`;
    const cells = [stacked(number(found.middle * factorOf(unit)), fromTo(found.low, found.high, unit))];
    if (compare) {
      const apart = effect(one.name, state.county, state.year, state.main, state.reference);
      cells.push(number(calm(apart.middle, apart.base) * factorOf(unit), true, 3));
    }
    const seen = observations(one.name, state.county).filter(([when]) => when <= years[state.year]).at(-1);
    cells.push(worded(seen ? stacked(number(seen[1] * factorOf(unit)), listed([seen[0], ...(seen[2] ? [say(TRUST[seen[2]])] : [])]))
      : stacked("", say("no_observation"))));
    return row({"data-indicator": one.name, "data-value": found.middle},
      el("button", {type: "button", "data-key": `number-${one.name}`, onclick: () => choose({indicator: study.indicators.indexOf(one)})}, words), ...cells);
  });
  const head = [say("indicator"), titleOf(state.main),
                ...(compare ? [say("less", {reference: titleOf(state.reference)})] : []), say("last_observation")];
  return table(at("county-title").textContent, head, rows);
}

/** Why the county changes in the main scenario, and what makes it differ from the reference: contributions of causes. */
function explained() {
  const {measures, tables} = study.causes;
  return tables.filter(one => one.scenario === state.main && (one.against < 0 || one.against === state.reference)).flatMap(one => {
    const cells = one.terms.length * 3, start = state.county * measures.length * cells;
    const at = (measure, term, which) => one.values[start + measure * cells + term * 3 + which];
    if (!Number.isFinite(at(0, 0, 0))) return [];
    const span = {first: one.first, year: one.last, scenario: titleOf(one.scenario), reference: one.against < 0 ? "" : titleOf(one.against)};
    const heading = say(one.against < 0 ? "explained" : "explained_less", span);
    const body = one.terms.map((term, k) => row({class: k === one.terms.length - 1 ? "total" : null, "data-cause": k, "data-value": at(0, k, 0)},
      term[language], ...measures.map((_, m) => stacked(number(at(m, k, 0), true, 3), between(at(m, k, 1), at(m, k, 2), true, 3)))));
    return [el("h3", {}, heading),
            el("p", {class: "note"}, sentences([say("explained_note"), one.draws > 1 ? say("explained_ranges", {n: one.draws}) : ""])),
            el("div", {class: "wide"}, table(heading, ["", ...measures.map(measure => measure[language])], body))];
  });
}

/** The accounts of the county: change since the first year by parts, in both scenarios, and their difference. */
function causes() {
  if (!study.accounts.length) return [];
  const compare = scenarios.length > 1 && state.main !== state.reference;
  const out = [el("h3", {}, say("causes")), el("p", {class: "note"}, say("causes_note", {first, year: years[state.year]}))];
  for (const account of study.accounts) {
    const factor = factorOf(account.unit);
    const rows = [{words: say("all_parts"), part: 0}, ...account.parts.map((part, k) => ({words: part[language], part: k + 1}))].map(one => {
      const mine = accounted(account, one.part, state.county, state.year, state.main) * factor;
      const other = accounted(account, one.part, state.county, state.year, state.reference) * factor;
      return {...one, mine, other, apart: calm(mine - other, mine)};
    });
    const most = Math.max(...rows.flatMap(one => [Math.abs(one.mine), Math.abs(one.other)]));
    const told = rows.filter(one => one.part === 0 || Math.max(Math.abs(one.mine), Math.abs(one.other)) > 1e-5 * most);
    const range = rangeOf(told.filter(one => one.part).map(one => one.mine), true);
    const body = [...told.slice(1), told[0]].map(one => row({class: one.part ? null : "total", "data-account": account.key, "data-part": one.part, "data-value": one.mine / factor},
      one.words, one.part ? bar(range, one.mine) : "", number(one.mine, true),
      ...(compare ? [number(one.other, true), number(one.apart, true)] : [])));
    const heading = `${say(account.key)}${language === "zh" ? "（" : ", "}${unitOf(account.unit)}${language === "zh" ? "）" : ""}`;
    const head = ["", "", titleOf(state.main), ...(compare ? [titleOf(state.reference), say("difference")] : [])];
    out.push(el("div", {class: "wide"}, table(heading, head, body, {named: true})));
  }
  return out;
}

function bar(range, value) {
  const place = number => 100 * (number - range.low) / (range.high - range.low || 1);
  const from = Math.min(place(0), place(value)), to = Math.max(place(0), place(value));
  return el("div", {class: "bar", "aria-hidden": "true"}, el("u", {style: {left: `${place(0)}%`}}),
    el("i", {style: {left: `${from}%`, width: `${to - from}%`, background: value < 0 ? "#d55e00" : "#0072b2"}}));
}
