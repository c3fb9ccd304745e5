"""Monitoring: the year is looked at as a reader would, warnings are published, and red lights are answered (9.2).

The lights are the indicators of results, called on the arrays of the year. When they are answered (`feedback`), the
people who live under a red light of income or services raise the equalisation pool and the tilt of the land quota of
next year. Output is also told by what becomes of it: consumption, investment, government and, as the rest, net exports.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.agents.county import Counties
from sim.agents.province import ProvinceAccount
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.indicators import lights, registry
from sim.indicators.monitored import LIGHT_NAMES, WINDOW

WRITES = (
    "counties.consumption", "counties.government", "counties.capital_formation", "counties.net_exports",
    "counties.warnings", "account.longest_journey", "account.compensation_covered", "account.province_net_exports",
    "account.unlikely_trade", "account.red_gaps", "account.warning_answer",
)
GAP_NAMES = tuple(f"light_{name}" for name in lights.GAPS)
DUE_STAGE = 2  # sections of the pilot, of rivers of 500 km2 and more, and of sources of drinking water
LAGGED = f"population@-{WINDOW}"


@dataclass(frozen=True)
class Parameters:
    feedback_bound: float = parameter(
        0.2, unit="share", bounds=(0.05, 0.5), source="scenario", confidence="low",
        says="most that warnings change the equalisation pool and the quota tilt, up or down")
    trade_bound: float = parameter(
        0.6, unit="share of GDP", bounds=(0.4, 0.8), source="plausibility: large net inflows need large transfers",
        confidence="low", says="net exports over GDP, up or down, above which a unit is counted as implausible")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def net_exports(output, consumption, investment, government):
    """NX = GDP - C - I - Gov (AI23)."""
    return output - consumption - investment - government


@either
def implausible(trade, output, bound):
    """Units whose net exports reach the bound, either way; a unit without output has none."""
    return (np.abs(trade) >= bound * output) & (output > 0)


@kernel
def _use_output(output, income, saving, invested, public, homes, current, training, ecology, bound, consumption,
                formation, government, trade):
    """C, I, Gov and what is left of GDP, by county; how many units trade more than is plausible."""
    unlikely = 0
    for c in range(output.size):
        consumption[c] = (1.0 - saving) * income[c].sum()
        formation[c] = invested[c].sum() + public[c] + homes[c]
        government[c] = current[c] + training[c] + ecology[c]
        trade[c] = net_exports(output[c], consumption[c], formation[c], government[c])
        unlikely += implausible(trade[c], output[c], bound)
    return unlikely


@kernel
def _longest(minutes, active):
    """The longest way between two counties with residents."""
    found = 0.0
    for c in range(active.size):
        for d in range(active.size):
            if active[c] and active[d]:
                found = max(found, minutes[c, d])
    return found


def people_under_red(levels, people):
    """Share of people in counties with a red light of any of the kinds; levels [kind, county]."""
    red = (np.asarray(levels) == lights.RED).any(axis=0)
    return float((people * red).sum() / people.sum())


def answer(red, gain, bound):
    """What is added next year: gain times the share of people under a red light, within the bound."""
    return min(max(gain * red, -bound), bound)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Output by use, and distances, of the base year; nothing is watched before the Opinions."""
    stage = model.base.rivers.stage
    model.base.due_sections = (stage > 0) & (stage <= DUE_STAGE)
    _tell_uses(model)
    _measure_reach(model)


def report(model) -> None:
    """Output by use, the lights of the year, what is published, and how it will be answered."""
    _tell_uses(model)
    _measure_reach(model)
    p, now, counties, account, active = model.parameters, model.now, model.counties, model.account, model.active
    published = now.monitor > 0.5
    found = year_lights(model, LIGHT_NAMES if published else GAP_NAMES)
    counties.warnings[:] = (np.array([*found.values()]) >= lights.ORANGE).sum(axis=0) if published else 0
    people = np.where(active, counties.population, 0)
    account.red_gaps[...] = people_under_red([found[name] for name in GAP_NAMES], people)
    account.warning_answer[...] = answer(float(account.red_gaps), now.feedback, p.feedback_bound)


def year_lights(model, names: tuple[str, ...] = LIGHT_NAMES) -> dict[str, np.ndarray]:
    """The lights that the columns of the year allow, by name [county]."""
    counties, account, start = model.counties, model.account, model.start
    of_counties, of_account = _sources(names)
    arrays = {name: getattr(counties, name) for name in of_counties}
    arrays |= {name: getattr(account, name) for name in of_account}
    arrays["population_mid"] = 0.5 * (start["population"] + counties.population)
    arrays["persons_zone"] = 0.5 * (start["population_zone"] + counties.population_zone)
    before = model.year - model.base.year - WINDOW
    if before >= 0:
        arrays[LAGGED] = model.record["population"][before]
    made = registry.compute(arrays, members=model.active, names=names)
    return {name: made[name] for name in names if name in made}


@cache
def _sources(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of the counties and of the province on which the lights rest."""
    rest_on = sorted(registry.sources(names))
    counties, account = (tuple(name for name in rest_on if name in table.columns())
                         for table in (Counties, ProvinceAccount))
    return counties, account


def _tell_uses(model) -> None:
    """C, I, Gov and what is left of GDP; programmes of the province belong to no county."""
    p, c, account = model.parameters, model.counties, model.account
    unlikely = _use_output(
        c.gdp, c.disposable_income, p.saving_rate, c.investment, c.spending_capital, c.housing_investment,
        c.spending_current, c.spending_training, c.spending_ecology, p.trade_bound, c.consumption, c.capital_formation,
        c.government, c.net_exports)
    trade = c.net_exports.sum() - account.province_programmes
    account.province_net_exports[...] = trade
    account.unlikely_trade[...] = unlikely + implausible(trade, c.gdp.sum(), p.trade_bound)


def _measure_reach(model) -> None:
    """The longest way between two counties, and the least covered section that compensation was to reach by 2020."""
    model.account.longest_journey[...] = _longest(model.counties.minutes, model.active)
    model.account.compensation_covered[...] = model.reaches.reach_covered[model.base.due_sections].min(initial=1.0)
