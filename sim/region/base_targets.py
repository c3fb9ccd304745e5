"""Observations of the base year other than people and output: budgets, incomes, visitors, investment, beds, pupils.

Each quantity is a panel of one year: values [county] in the units of results and flags of their provenance, nan where a
county has none. The base year is settled on them, or `data fit` prints the deviation.

Rural income of the base year was published as net income; later years are disposable income of the integrated survey.
`rural_income` converts it to the later basis with a random factor: the result is derived and never scored.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.declare import parameter
from sim.core.normal import normal_quantile
from sim.core.randomness import uniforms
from sim.region import past_accounts as accounts
from sim.region import past_output as output
from sim.region.imputation import imputation_number
from sim.region.pack import DERIVED, FLAGS, MISSING, OBSERVED, Pack
from sim.region.panels import YEARS, Panel, million
from sim.words import BASE_YEAR

_PROCESS = 102  # random-number address of the survey step


@dataclass(frozen=True)
class Parameters:
    survey_step: float = parameter(
        0.06, unit="log", bounds=(0.0, 0.12), says="disposable over net rural income",
        source="step from 2013 to 2014 (province .17, five counties .14 to .20) less the growth of a year (.09 to .12)")
    survey_step_sd: float = parameter(
        0.03, unit="log", bounds=(0.0, 0.06), says="standard deviation of that step", source="range of the same steps")


CENTRAL = Parameters()


class Target(NamedTuple):
    """Values [county] of the base year and their flags [county]."""

    values: NDArray[np.float64]
    flags: NDArray[np.uint8]

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Counties whose value is observed rather than derived or recalled."""
        return np.isin(self.flags, OBSERVED)


QUANTITIES = {
    "own_revenue": accounts.own_revenue,
    "budget_spending": accounts.budget_spending,
    "inc_u": accounts.income("income_urban"),
    "inc_r_net": accounts.income("income_rural_net"),
    "visitors_overnight_11m": accounts.number("visitors", "tourists_overnight_ytd11", factor=1e4),
    "fixed_investment_urban": accounts.money("economy", "fai_urban_ccy"),
    "fixed_investment": accounts.money("economy", "fai"),
    "household_deposits": accounts.money("economy", "household_deposits", "household_deposits_ccy"),
    "hospital_beds": accounts.number("services", "hospital_beds", "hospital_beds_ccy"),
    "pupils_primary": accounts.number("services", "students_primary", "students_primary_ccy"),
    "pupils_secondary": accounts.number("services", "students_secondary", "students_secondary_ccy"),
}
"""Names in history, and how each is read from the pack."""
WITHOUT_ZONE = ("own_revenue", "budget_spending", "fixed_investment_urban", "fixed_investment", "household_deposits")
"""Quantities published without areas that kept separate accounts; not valid for the counties of these areas."""


@functools.lru_cache(maxsize=8)
def base_targets(pack: Pack, year: int = BASE_YEAR) -> dict[str, Target]:
    """The observed quantities of a year by their names in history; money in million CNY or CNY at 2020 prices."""
    apart = output.with_accounts_apart(pack)
    found = {name: _at(make(pack).without(apart) if name in WITHOUT_ZONE else make(pack), year)
             for name, make in QUANTITIES.items()}
    branches = million(pack, output.branches_one_basis(pack))
    for place, name in enumerate(output.BRANCHES):
        found[f"gdp_{name}"] = _at(Panel(branches.values[..., place], branches.flags[..., place]), year)
    return found


def _at(panel: Panel, year: int) -> Target:
    row = YEARS.index(year)
    values, flags = panel.values[row].copy(), panel.flags[row].copy()
    values.setflags(write=False)
    flags.setflags(write=False)
    return Target(values, flags)


def survey_step(draw: int = 0, parameters: Parameters = CENTRAL) -> float:
    """Disposable over net rural income: exp(.06) in draw 0, exp(.06 +- .03) in draws 1..20."""
    number = imputation_number(draw)
    drawn = uniforms(number, _PROCESS, BASE_YEAR, np.zeros(1, np.int64))
    luck = 0.0 if number == 0 else float(normal_quantile(drawn)[0, 0])
    return float(np.exp(parameters.survey_step + parameters.survey_step_sd * luck))


def rural_income(pack: Pack, draw: int = 0) -> Target:
    """Rural income of the base year per head [county] on the later basis, CNY at 2020 prices: derived."""
    net = base_targets(pack)["inc_r_net"]
    flags = np.where(net.flags == MISSING, MISSING, np.maximum(net.flags, DERIVED)).astype(np.uint8)
    return Target(net.values * survey_step(draw), flags)


def province_rural_income(pack: Pack, draw: int = 0) -> float:
    """The same of the province, CNY at 2020 prices."""
    net = pack.province("income_rural_net", BASE_YEAR, file="economy-province")
    return float(net) / float(pack.deflator[BASE_YEAR]) * survey_step(draw)


def lines(pack: Pack) -> list[str]:
    """Number of counties with each quantity, by provenance."""
    made = []
    for name, target in base_targets(pack).items():
        count = {word: int((target.flags == place).sum()) for place, word in enumerate(FLAGS) if place}
        made.append(f"{name:24}" + ", ".join(f"{n} {word}" for word, n in count.items() if n))
    return made
