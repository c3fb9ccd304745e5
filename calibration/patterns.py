"""Patterns not used in fitting (F.9): historical pattern, simulated pattern, and whether they agree.

Every pattern is a function of a view (runs of one scenario beside history) and gives None where a variable
is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from calibration import places
from calibration.cases import Absent
from calibration.scores import spearman
from calibration.targets import by_name
from calibration.view import RunsAndHistory
from sim.core import dataset
from sim.indicators import counties
from sim.region.pack import load_pack
from sim.region.segments import segment_of

START, END = 2010, 2020
CITIES = ("haikou", "sanya")
OBSERVED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary", "derived"))
WITH_RECALLED = (*OBSERVED, dataset.FLAGS.index("recalled"))
WITH_ASSUMED = (*OBSERVED, dataset.FLAGS.index("imputed"))
FISCAL_YEARS = range(2011, 2022)
PARK_YEAR = 2022


class Pattern(NamedTuple):
    """The criterion, the finding, and whether it is met."""

    asked: str
    observed: str
    model: str
    met: bool


def _middle(view, name: str, years) -> np.ndarray:
    """Median of the runs [year, ...]."""
    return np.median(view.model(name, years), axis=0)


def _of_groups(view, groups: tuple[str, ...]) -> np.ndarray:
    """The counties that are in any of some groups of the pack [county]."""
    pack = load_pack()
    return np.isin(view.results["county"].values, pack.codes[np.any([pack.group(name) for name in groups], axis=0)])


def _cities(view) -> np.ndarray:
    return _of_groups(view, CITIES)


def _mean(values, where) -> float:
    """Mean of known values; nan if there are none."""
    known = values[where & np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def growth_of_the_two_cities(view: RunsAndHistory) -> Pattern | None:
    """PO1: Haikou and Sanya grow most between the censuses."""
    if not view.has("population"):
        return None
    inside, years = view.members, (START, END)
    model, truth = _middle(view, "population", years), view.observed("population", years)
    grown, seen = counties.ratio(model[1], model[0]) - 1, counties.ratio(truth[1], truth[0]) - 1
    order = np.argsort(np.where(inside, grown, -np.inf))[::-1]
    agreement = spearman(grown[inside], seen[inside])
    if not np.isfinite(agreement):
        return None
    top = set(order[:2]) == set(np.flatnonzero(_cities(view)))
    return Pattern(
        "Haikou and Sanya are the two that grow most 2010-2020; rank correlation >= .6",
        f"{_percent(seen[_cities(view)][0])}, {_percent(seen[_cities(view)][1])}",
        f"{_percent(grown[_cities(view)][0])}, {_percent(grown[_cities(view)][1])}; rank correlation {agreement:.2f}",
        bool(top and agreement >= 0.6),
    )


def residents_over_registered(view: RunsAndHistory) -> Pattern | None:
    """PO2: counties with more residents than registered persons."""
    if not (view.has("population") and view.has("registered")):
        return None
    inside = view.members
    model = counties.ratio(_middle(view, "population", (END,)), _middle(view, "registered", (END,)))[0][inside]
    truth = counties.ratio(view.observed("population", (END,)), view.observed("registered", (END,)))[0][inside]
    known = np.isfinite(model) & np.isfinite(truth)
    right, agreement = int(((model > 1) == (truth > 1))[known].sum()), spearman(model, truth)
    if not np.isfinite(agreement):
        return None
    return Pattern(
        "residents over registered 2020: rank correlation >= .6, side of 1 right in >= 14 of 18",
        f"above 1 in {int((truth[known] > 1).sum())} of {known.sum()}",
        f"side right in {right} of {known.sum()}; rank correlation {agreement:.2f}",
        bool(agreement >= 0.6 and right >= 14 / 18 * known.sum()),
    )


def college(view: RunsAndHistory) -> Pattern | None:
    """PO4: college graduates per 100,000 residents, faster in Haikou and Sanya."""
    if not (view.has("population_skill") and view.has("population")):
        return None
    inside, cities = view.members, _cities(view)

    def per_100k(skill, people):
        graduates = skill[..., -1]
        rate = 1e5 * graduates[:, inside].sum(-1) / people[:, inside].sum(-1)
        by_county = graduates / np.where(people > 0, people, np.nan)
        return rate, by_county[1] - by_county[0]

    years = (START, END)
    model, rise = per_100k(_middle(view, "population_skill", years), _middle(view, "population", years))
    truth, seen = per_100k(view.observed("population_skill", years), view.observed("population", years))
    if not np.isfinite([*model, *truth]).all():
        return None
    faster = _mean(rise, cities) > _mean(rise, inside & ~cities)
    seen_faster = _mean(seen, cities) > _mean(seen, inside & ~cities)
    return Pattern(
        "college per 100,000 residents in 2020 within 15 %; rises more in Haikou and Sanya",
        f"{truth[0]:.0f} -> {truth[1]:.0f}; more in the two cities: {_yes(seen_faster)}",
        f"{model[0]:.0f} -> {model[1]:.0f}; more in the two cities: {_yes(faster)}",
        bool(abs(model[1] / truth[1] - 1) <= 0.15 and faster == seen_faster),
    )


def income_ratio(view: RunsAndHistory) -> Pattern | None:
    """PO6: the urban-rural income ratio falls."""
    if not view.has("province_ur_ratio"):
        return None
    # before the integrated survey rural income is net income, another definition: the ratio of 2010 is not compared
    segment = segment_of("province_ur_ratio", None, END)
    ends = (START if segment is None else max(START, segment.first), END)
    model, truth = _middle(view, "province_ur_ratio", ends), view.observed("province_ur_ratio", ends, WITH_RECALLED)
    if not np.isfinite([*model, *truth]).all():
        return None
    fall, seen = model[0] - model[1], truth[0] - truth[1]
    return Pattern(f"urban over rural disposable income of the province falls as observed, within .1, {ends[0]}-{END}",
                   f"{truth[0]:.2f} -> {truth[1]:.2f}", f"{model[0]:.2f} -> {model[1]:.2f}",
                   bool(fall > 0 and abs(fall - seen) <= 0.1))


def _poverty(view) -> np.ndarray:
    """The counties that were on the national list of poverty [county]."""
    return _of_groups(view, ("poverty",))


def poor_counties_own_revenue(view: RunsAndHistory) -> Pattern | None:
    """PO9: own revenue covers a small part of spending in the poor counties."""
    if not (view.has("own_revenue") and "budget_spending" in view.history and "budget_resources" in view.results):
        return None
    own, spending = (view.observed(name, FISCAL_YEARS) for name in ("own_revenue", "budget_spending"))
    poor = _poverty(view) & (np.isfinite(own) & np.isfinite(spending)).all(axis=0)
    if not poor.any():
        return None
    truth = own[:, poor].mean(0) / spending[:, poor].mean(0)
    made = counties.ratio(_middle(view, "own_revenue", FISCAL_YEARS)[:, poor].mean(0),
                          _middle(view, "budget_resources", FISCAL_YEARS)[:, poor].mean(0))
    return Pattern(
        f"own revenue covers .06-.25 of the budget in the {poor.sum()} poor counties, 2011-2021",
        f"{np.min(truth):.2f}-{np.max(truth):.2f} of spending",
        f"{np.min(made):.2f}-{np.max(made):.2f} of budget resources",
        bool(((made >= 0.06) & (made <= 0.25)).all()),
    )


def joint_dispersion(view: RunsAndHistory) -> Pattern | None:
    """PO10: weighted and unweighted dispersion of output per head move together."""
    names = ("cv_gdp_pc", "cvu_gdp_pc")
    if any(name not in view.results for name in names):
        return None
    weighted, plain = (np.diff(_middle(view, name, (START, END)))[0] for name in names)
    if not np.isfinite([weighted, plain]).all():
        return None
    return Pattern("weighted and unweighted dispersion of GDP per head move the same way, 2010-2020",
                   "not observed for all counties", f"{weighted:+.3f}, {plain:+.3f}",
                   bool(np.sign(weighted) == np.sign(plain)))


def taxes_of_parks(view: RunsAndHistory) -> Pattern | None:
    """PO12: about half of all taxes come from key parks."""
    names = ("tax_parks", "tax_collected")
    if any(name not in view.results for name in names):
        return None
    parks, taxes = (_middle(view, name, (PARK_YEAR,))[0].sum() for name in names)
    reported = load_pack().province("key_park_tax_share", PARK_YEAR, file="fiscal")
    if not np.isfinite([parks, taxes, reported]).all():
        return None
    # traders, duty-free shops and head offices registered in parks stand under local services: a lower bound
    return Pattern(f"key parks give .35-.70 of all taxes in {PARK_YEAR}", f"{reported:.2f} (reported, recalled)",
                   f"{parks / taxes:.2f} (industry, marine and high technology alone)",
                   bool(0.35 <= parks / taxes <= 0.70))


def ageing(view: RunsAndHistory) -> Pattern | None:
    """PO13: landlocked counties age faster than Haikou and Sanya."""
    if not view.has("old") or "coast" not in view.results.coords:
        return None
    landlocked = view.members & ~view.results["coast"].values.astype(bool)
    cities, years = _cities(view), (START, END)
    model, truth = np.diff(_middle(view, "old", years), axis=0)[0], np.diff(view.observed("old", years), axis=0)[0]

    def said(change):
        return f"{_percent(_mean(change, landlocked))} against {_percent(_mean(change, cities))}"

    if not np.isfinite(model[landlocked | cities]).all():
        return None
    return Pattern("the share of 65 and over rises more in landlocked counties than in Haikou and Sanya, 2010-2020",
                   said(truth), said(model), _mean(model, landlocked) > _mean(model, cities))


def leaving_the_farm(view: RunsAndHistory) -> Pattern | None:
    """PO14: where the share of farm employment falls most."""
    if not view.has("employed"):
        return None
    inside = view.members

    def fall(employed):
        share = counties.ratio(employed[..., 0], employed.sum(-1))[:, inside]
        return share[0] - share[1]

    years = (START, END)
    # the split of the marine sector is assumed, the share of farming in the census is not
    model, truth = fall(_middle(view, "employed", years)), fall(view.observed("employed", years, WITH_ASSUMED))
    agreement = spearman(model, truth)
    if not np.isfinite(agreement):
        return None
    return Pattern("fall of the farm share of employment 2010-2020 by county: rank correlation >= .4",
                   f"mean fall {_percent(_mean(truth, True))}",
                   f"mean fall {_percent(_mean(model, True))}; rank correlation {agreement:.2f}",
                   bool(agreement >= 0.4))


def moves_and_trips(view: RunsAndHistory) -> Pattern | None:
    """PO15: moves between counties decay with distance like trips."""
    target = by_name("moves")
    if not view.has("population") or target.observed not in view.history or target.modelled not in view.results:
        return None
    try:
        made, trips, inside = places.flows(view, target)
    except Absent:
        return None
    people, apart = view.observed("population", (START,))[0], places.minutes(view)
    model, seen = (places.gravity(flow, people, apart, inside) for flow in (made, trips))

    def said(found):
        return f"residents {found[0]:.2f} and {found[1]:.2f}, minutes {found[2]:.2f}"

    return Pattern("exponents of residents and minutes in moves 2018-20 within .5 of those in trips of January 2020",
                   said(seen), said(model), bool((np.abs(model - seen) <= 0.5).all()))


PATTERNS: dict[str, Callable] = {
    "PO1": growth_of_the_two_cities, "PO2": residents_over_registered, "PO4": college, "PO6": income_ratio,
    "PO9": poor_counties_own_revenue, "PO10": joint_dispersion, "PO12": taxes_of_parks, "PO13": ageing,
    "PO14": leaving_the_farm, "PO15": moves_and_trips,
}


def _yes(value) -> str:
    return "yes" if value else "no"


def table(view: RunsAndHistory) -> pd.DataFrame:
    """All patterns that can be judged; one without its data says so."""
    rows = []
    for name, pattern in PATTERNS.items():
        found = pattern(view)
        if found is None:
            rows.append({"pattern": name, "asked": (pattern.__doc__ or "").split(": ", 1)[-1].rstrip("."),
                         "observed": "", "model": "", "met": "not testable"})
        else:
            rows.append({"pattern": name, "asked": found.asked, "observed": found.observed, "model": found.model,
                         "met": _yes(found.met)})
    return pd.DataFrame(rows)
