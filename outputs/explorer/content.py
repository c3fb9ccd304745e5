"""What the page holds: indicators by run, what was observed, accounts and flows of the counties, names, outlines.

Every number is one of the Dataset or a mean of its runs; medians, bands and paired differences are taken in the page
from the runs, so that any scenario can be held against any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outputs import answers, attribution, spread, style
from outputs import causes as told
from outputs.explorer import outlines, words
from outputs.explorer.packing import packed
from outputs.view import IMPUTED, OBSERVED, SOFT, Past, View
from outputs.words import LANGUAGES, say
from sim.core.declare import Fault, UserError
from sim.indicators import runs
from sim.indicators.counties import TRANSFERS

MOST_BYTES = 5_500_000  # of packed series; less important indicators are left out beyond
MOST_VALUES = 40_000_000  # numbers in the essential indicators; of more runs than that the first are shown
MOST_OF_PROVISIONS = 900_000  # of packed contributions
ESSENTIAL = 8
DASHES = 4  # kinds of lines that tell apart scenarios of one colour

# by importance: the last ones are left out where runs are many
BY_COUNTY = (
    ("gdp_volume_pc", "living"), ("real_inc_pc", "living"), ("population", "people"), ("svc", "services"),
    ("gdp_pc", "living"), ("inc_pc", "living"), ("netmig", "people"), ("transfer_share", "budgets"),
    ("gdp", "living"), ("urb", "people"), ("old", "people"), ("ur_ratio", "living"), ("fis_pc", "budgets"),
    ("lev", "budgets"), ("acc", "services"), ("price_to_income", "land"), ("land_cultivated", "land"),
    ("water_worst", "nature"), ("converted", "land"), ("emissions", "nature"), ("own_revenue", "budgets"),
    ("house_price", "land"), ("young", "people"), ("net", "services"), ("worst_light", "nature"),
)
OF_PROVINCE = (
    ("rci", "watched"), ("coordination", "watched"), ("u_gaps", "watched"), ("u_integration", "watched"),
    ("u_environment", "watched"), ("lights_red", "watched"), ("lights_orange", "watched"),
    ("poverty_rural", "living"), ("province_revenue", "budgets"), ("province_redline", "land"),
    ("quota_price", "land"), ("carbon_left", "nature"), ("longest_journey", "services"),
)
GAPS = ("theil", "cv", "cvu", "gini", "maxmin", "top3bottom3", "p90p10", "landcoast", "poorest", "below75",
        "theil_less_one", "cvu_less_one", "theil_between", "theil_within")
NARROWER_WHEN_HIGHER = ("landcoast", "poorest")
NO_SIDE = ("theil_between", "theil_within")  # parts of a whole: they say where a gap lies
TRUST = (OBSERVED, SOFT, IMPUTED)
BRANCHES = ("primary", "secondary", "tertiary")
WATER = ("water_received", "water_award", "water_paid")
MOVES = ("arrivals_internal", "departures_internal", "arrivals_outside", "departures_outside")


def content(view: View, most_bytes: int = MOST_BYTES, causes: pd.DataFrame | None = None) -> dict[str, Any]:
    """All that the page shows of a study, ready for JSON; `causes`: tables of `outputs.causes`."""
    kept = _kept_runs(view)
    series, indicators, left_out = _indicators(view, kept, most_bytes)
    if not indicators:
        raise UserError(Fault("results", "hold no indicator that the page could show",
                              "run the study with a higher level of detail"))
    results = view.results
    return {
        "title": {lang: str(results.attrs.get("title_zh" if lang == "zh" else "title")
                            or results.attrs.get("title") or "") for lang in LANGUAGES},
        "years": [int(year) for year in view.years],
        "scenarios": _scenarios(view, kept),
        "reference": view.scenarios.index(view.reference), "focus": view.scenarios.index(view.focus),
        "counties": _counties(view),
        "map": outlines.drawn(view),
        "runs": {"kept": len(kept), "all": results.sizes["draw"] * results.sizes["seed"],
                 "draws": results.sizes["draw"], "seeds": results.sizes["seed"],
                 "missing": str(results.attrs.get("missing", ""))},
        "series": series, "indicators": indicators, "left_out": left_out,
        "accounts": _accounts(view), "flows": _flows(view), "causes": _causes(view, causes),
        "provisions": _provisions(view, indicators),
        "groups": words.GROUPS, "units": _units(view, series), "words": words.TEXT,
        "provenance": {key: str(results.attrs[key]) for key in ("study", "weight", "code_hash", "data_hash")
                       if results.attrs.get(key) not in (None, "")},
    }


def _kept_runs(view: View) -> NDArray[np.intp]:
    """Places of the runs that are shown, on the axis of draws and seeds: all, or the first of very many."""
    sizes = view.results.sizes
    number = sizes["draw"] * sizes["seed"]
    each = ESSENTIAL * len(view.scenarios) * len(view.years) * sizes["county"]
    return np.arange(min(number, max(1, MOST_VALUES // each)))


def _scenarios(view: View, kept: NDArray) -> list[dict[str, object]]:
    """Names, titles, colours and which runs there are."""
    colours = style.colours(view.scenarios)
    there = _there(view)[:, kept]
    used = list(colours.values())
    return [{"name": name, **{lang: view.scenario_title(name, lang) for lang in LANGUAGES}, "colour": colours[name],
             "dash": used[:place].count(colours[name]) % DASHES, "runs": int(there[place].sum())}
            for place, name in enumerate(view.scenarios)]


def _there(view: View) -> NDArray[np.bool_]:
    """Which runs there are [scenario, run]."""
    present = runs.present(view.results).sel(scenario=view.scenarios).values
    return present.reshape(len(view.scenarios), -1)


def _counties(view: View) -> list[dict[str, object]]:
    coast = view.results.coords["coast"].values if "coast" in view.results.coords else None
    return [{"code": int(code), "compared": bool(view.members[row]), "en": view.names("en")[row],
             "zh": view.names("zh")[row], "schematic": bool(view.polygons and view.polygons[row].schematic),
             **({} if coast is None else {"coast": bool(coast[row])})}
            for row, code in enumerate(view.results["county"].values)]


# --- indicators


def by_run(view: View, name: str, kept: NDArray | None = None) -> NDArray:
    """A variable [county, year, scenario, run], or [year, scenario, run] of the province; nan where no run is.

    The scenarios of a year stand side by side: what is the same in all of them takes no room.
    """
    values = view.results[name].sel(scenario=view.scenarios)
    behind = [dim for dim in values.dims if dim not in runs.RUN_DIMS]
    flat = values.transpose("scenario", "draw", "seed", *behind).values.astype(np.float32)
    flat = flat.reshape(flat.shape[0], -1, *flat.shape[3:])
    flat = flat if kept is None else flat[:, kept]
    if "county" in behind:
        flat = np.where(view.members, flat, np.nan)
    return np.ascontiguousarray(flat.transpose(*reversed(range(2, flat.ndim)), 0, 1))


def _indicators(view: View, kept: NDArray, most_bytes: int) -> tuple[dict, list, list]:
    """Series by name, the indicators with the series of county and province, and those that had no room."""
    series: dict[str, dict[str, object]] = {}
    indicators: list[dict[str, object]] = []
    left_out: list[dict[str, str]] = []
    size = 0
    plan = [(name, group, True) for name, group in BY_COUNTY if view.has(name)]
    plan = [*plan[:ESSENTIAL], *((name, group, False) for name, group in OF_PROVINCE if view.has(name)),
            *plan[ESSENTIAL:]]
    for place, (name, group, by_county) in enumerate(plan):
        measures = _measures(view, name) if by_county else [("province", name)]
        needed = [one for one in dict.fromkeys([name, *(m for _, m in measures)]) if one not in series]
        made = {one: _series(view, one, kept) for one in needed}
        cost = sum(len(str(one["data"])) for one in made.values())
        if place >= ESSENTIAL and size + cost > most_bytes:
            left_out.append({lang: view.label(name, lang) for lang in LANGUAGES})
            continue
        size += cost
        series |= made
        indicators.append({"name": name, "group": group, "by_county": by_county, "measures": [
            {"key": key, "series": one, "side": _side(key)} for key, one in measures]})
    order = list(words.GROUPS)
    return series, sorted(indicators, key=lambda one: order.index(str(one["group"]))), left_out


def _measures(view: View, name: str) -> list[tuple[str, str]]:
    """How the province is told in an indicator: its own value, then the gaps between its counties."""
    found = [("province", f"province_{name}")] if view.has(f"province_{name}") else []
    return found + [(gap, f"{gap}_{name}") for gap in GAPS if view.has(f"{gap}_{name}")]


def _side(key: str) -> int:
    """1 where a rise means wider gaps, -1 where it means narrower ones, 0 where it says nothing of gaps."""
    return 0 if key == "province" or key in NO_SIDE else -1 if key in NARROWER_WHEN_HIGHER else 1


def _series(view: View, name: str, kept: NDArray) -> dict[str, object]:
    by_county = "county" in view.results[name].dims
    rows = np.flatnonzero(view.members).tolist() if by_county else []
    pasts = {str(row): view.past(name, row) for row in rows} if by_county else {"": view.past(name)}
    return {"unit": view.unit(name), **{lang: view.label(name, lang) for lang in LANGUAGES}, "by_county": by_county,
            "past": {place: _past(past) for place, past in pasts.items() if past is not None},
            "data": packed(by_run(view, name, kept))}


def _past(past: Past) -> list[list[float]]:
    """Observed values: year, value, place of their trust in TRUST."""
    return [[int(year), float(f"{value:.7g}"), TRUST.index(trust)]
            for year, value, trust in zip(past.years, past.values, past.trust, strict=True)]


def _units(view: View, series: Iterable[str]) -> dict[str, dict[str, list]]:
    """How the units in use are written: by language factor and words."""
    used = {view.unit(name) for name in series} | {"persons", "million CNY"}
    return {unit: {lang: list(words.unit(unit, lang)) for lang in LANGUAGES} for unit in sorted(used)}


# --- accounts of a county: parts that add up


def _mean(view: View, name: str) -> NDArray:
    """Mean over runs [scenario, year, ...], of the runs that all scenarios have, or of each scenario's own."""
    there = _there(view)
    common = there.all(axis=0)
    values = view.results[name].sel(scenario=view.scenarios)
    behind = [dim for dim in values.dims if dim not in runs.RUN_DIMS]
    flat = values.transpose("scenario", "draw", "seed", *behind).values.astype(float)
    flat = flat.reshape(flat.shape[0], -1, *flat.shape[3:])
    return np.stack([flat[place, common if common.any() else there[place]].mean(axis=0)
                     for place in range(len(flat))])


def _accounts(view: View) -> list[dict[str, object]]:
    """Why a county changes: residents by source, output by branch, budget by source; parts add up to their whole."""
    found = [_account(view, key, unit, whole, parts) for key, unit, whole, parts in (
        _residents(view), _output(view), _budget(view)) if whole is not None]
    return found


def _account(view: View, key: str, unit: str, whole: NDArray, parts: Sequence[tuple[dict[str, str], NDArray]]
             ) -> dict[str, object]:
    """Whole and parts as changes since the first year [part, county, year, scenario]; the rest is the last part."""
    changes = [values for _, values in parts]
    rest = np.where(view.members, whole - np.sum(changes, axis=0), 0.0)
    named = [name for name, _ in parts]
    if np.nanmax(np.abs(rest)) > 1e-5 * np.nanmax(np.abs(whole)):
        changes, named = [*changes, rest], [*named, {lang: words.say("rest", lang) for lang in LANGUAGES}]
    stacked = np.where(view.members, np.stack([whole, *changes]), np.nan)  # [part, scenario, year, county]
    return {"key": key, "unit": unit, "parts": named, "data": packed(stacked.transpose(0, 3, 2, 1))}


def _residents(view: View) -> tuple[str, str, NDArray | None, list]:
    if not view.has("population", "births", "deaths", *MOVES):
        return "residents", "persons", None, []
    people, births, deaths = (_mean(view, name) for name in ("population", "births", "deaths"))
    came_here, left_here, came, left = (_mean(view, name) for name in MOVES)
    parts = (("people_natural", births - deaths), ("people_internal", came_here - left_here),
             ("people_outside", came - left))
    return "residents", "persons", people - people[:, :1], [
        ({lang: say(key, lang) for lang in LANGUAGES}, _summed(values)) for key, values in parts]


def _summed(flows: NDArray) -> NDArray:
    """Flows of the years after the first, added up to each year; axis 1 is the year."""
    flows = flows.copy()
    flows[:, 0] = 0.0
    return np.cumsum(flows, axis=1)


def _output(view: View) -> tuple[str, str, NDArray | None, list]:
    if not view.has("gdp", "gdp_branch"):
        return "output", "million CNY", None, []
    output, branches = _mean(view, "gdp"), _mean(view, "gdp_branch")
    return "output", view.unit("gdp"), output - output[:, :1], [
        ({lang: words.say(branch, lang) for lang in LANGUAGES}, branches[..., place] - branches[:, :1, :, place])
        for place, branch in enumerate(BRANCHES)]


def _budget(view: View) -> tuple[str, str, NDArray | None, list]:
    if not view.has("budget_resources", "own_revenue"):
        return "budget", "million CNY", None, []
    named = [name for name in ("own_revenue", *TRANSFERS, "horizontal_enclave", "carbon_budget", "resource_benefit")
             if view.has(name)]
    parts = [({lang: view.label(name, lang) for lang in LANGUAGES}, _mean(view, name)) for name in named]
    if view.has(*WATER):
        received, award, paid = (_mean(view, name) for name in WATER)
        parts.append(({lang: words.say("water", lang) for lang in LANGUAGES}, received + award - paid))
    resources = _mean(view, "budget_resources")
    return "budget", view.unit("own_revenue"), resources - resources[:, :1], [
        (name, values - values[:, :1]) for name, values in parts]


def _causes(view: View, tables: pd.DataFrame | None) -> dict[str, Any]:
    """Contributions of causes to changes of counties and to differences of scenarios, as far as they were computed.

    Numbers of a table are [county, measure, term, (mean, low, high)], the whole being the last term.
    """
    named: dict[str, Any] = {"measures": [{lang: told.say(name, lang) for lang in LANGUAGES} for name in told.MEASURES],
                             "tables": []}
    if tables is None:
        return named
    names = list(view.scenarios)
    known = {name: (place, -1) for place, name in enumerate(names)} | {
        f"{one}_less_{other}": (names.index(one), names.index(other)) for one in names for other in names}
    codes = [int(code) for code in view.results["county"].values]
    for name, rows in tables[tables["scenario"].isin(list(known))].groupby("scenario", sort=False):
        terms = list(dict.fromkeys(rows["term"]))
        values = np.full((len(codes), len(told.MEASURES), len(terms), 3), np.nan)
        for row in rows[rows["county"].isin(codes)].itertuples():
            values[codes.index(row.county), told.MEASURES.index(row.measure), terms.index(row.term)] = (
                row.contribution, row.low, row.high)
        scenario, against = known[str(name)]
        named["tables"].append({
            "scenario": scenario, "against": against, "first": int(rows["first"].iloc[0]),
            "last": int(rows["last"].iloc[0]), "draws": int(rows["draws"].iloc[0]),
            "terms": [{lang: told.say("whole", lang) if term == "whole" else told.named(term, lang)
                       for lang in LANGUAGES} for term in terms], "data": packed(values)})
    return named


# --- what each part of the plan contributes


def _provisions(view: View, indicators: Sequence[dict]) -> dict[str, Any] | None:
    """Contributions of the parts and of all together, in % of the value without the plan: mean and range over the
    pairs of draw and seed [statistic, county, year, part], or without counties; None without an attribution."""
    if view.orders is None:
        return None
    orders, size = view.orders, 0
    made: dict[str, str] = {}
    parts = attribution.parts(view)
    wanted = [str(one["series"]) for indicator in indicators for one in indicator["measures"]]
    wanted += [str(indicator["name"]) for indicator in indicators if indicator["by_county"]]
    start, pairs, draws = len(view.years) - 1, 0, 0
    held: dict[str, NDArray] = {}
    for name in dict.fromkeys(name for name in wanted if name in orders):
        added, low, labels = attribution.by_pair(orders, name)
        if not len(labels):
            continue
        shared = attribution.percent(added, low)
        every = np.concatenate([shared, shared.sum(axis=0, keepdims=True)]).swapaxes(0, 1)  # [pair, part, year ...]
        bounds = spread.bounds(every) if len(labels) > 1 else (np.full(every.shape[1:], np.nan),) * 2
        held[name] = np.stack([every.mean(axis=0), *bounds]).astype(np.float32)
        means = np.nan_to_num(held[name][0]).reshape(len(parts) + 1, len(view.years), -1)
        moved = np.flatnonzero(means.any(axis=(0, 2)))
        start = min(start, *moved.tolist()) if moved.size else start
        pairs, draws = len(labels), len(np.unique(labels))
    for name, values in held.items():  # [statistic, part, year, ...] from the first year with a difference on
        values = values[:, :, start:]
        values = np.where(view.members, values, np.nan) if values.ndim == 4 else values
        text = packed(np.ascontiguousarray(values.transpose(0, *range(values.ndim - 1, 1, -1), 1)))
        if size + len(text) <= MOST_OF_PROVISIONS:
            made[name] = text
            size += len(text)
    if not made:
        return None
    return {
        "parts": [{**{lang: answers.part_of_plan(view, part, lang) for lang in LANGUAGES},
                   "kinds": {lang: attribution.levers_of(part, lang) for lang in LANGUAGES}} for part in parts],
        **{end: view.scenarios.index(str(orders.attrs[end])) for end in ("low", "high")}, "start": start,
        "pairs": pairs, "draws": draws, "orders": int(orders["order"].max()) + 1, "data": made,
    }


def _flows(view: View) -> dict[str, object]:
    """Moves between counties, mean of the runs: from origin to destination where they are stored, and by county."""
    out: dict[str, object] = {}
    if view.has(*MOVES):
        out["by_county"] = packed(np.stack([_mean(view, name) for name in MOVES]).transpose(0, 3, 2, 1))
    if view.has("moved"):
        moves = view.results["moved"]
        inside = [int(code) for code in view.results["county"].values]
        if list(moves["destination"].values[:-1]) == inside:
            out["between"] = packed(_mean(view, "moved").transpose(2, 3, 1, 0))
    return out
