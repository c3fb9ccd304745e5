"""The design: runs from followed history at many values of all parameters at once, through the batch engine.

A run of the design is a draw and a seed. It follows history to each origin, goes on alone for up to four years, and
records what the statistics are made of. Residuals are held after the origin and yearly shocks are off: what is compared
is what the mechanisms say, and the luck of the one history that happened stands in the errors of the statistics.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from calibration import wrong
from calibration.limiting_cases import no_moves
from calibration.posterior.priors import Prior, columns
from sim import closure, simulate
from sim.core.declare import Card, Fault, UserError
from sim.indicators import counties
from sim.mechanisms.past import held
from sim.model import HainanModel
from sim.scenario.follow import Choice
from sim.study.batch import Outcome, open_results, run_study
from sim.study.store import digest
from sim.words import BASE_YEAR, COLLEGE, FARMING, LAST_FOLLOWED, RURAL, URBAN

Array = NDArray[np.float64]
PLAN = "baseline"
ORIGINS = (2011, 2013, 2015, 2016, 2018)
"""Years to which history is followed; of 2014 the province prints no branches, 2017 adds little to 2016 and 2018."""
LEADS = 4
TO_2017, PRODUCTION = "to2017", "production"
LAST = {TO_2017: 2017, PRODUCTION: LAST_FOLLOWED}
"""The last year that an information set has seen."""
NEXT_TO_NOTHING = 0.01
SHARES = ("urban_share", "old_share", "young_share", "college_share", "farm_share", "other_county_share",
          "other_province_share")


class Size(NamedTuple):
    """How large a design is: points of the first and of the second wave, seeds a point, weight of a run; `asked`: the
    second wave is run even where the first rules next to nothing out."""

    first: int
    second: int
    seeds: int
    weight: int
    asked: bool = False


QUICK, FULL = Size(240, 60, 2, 200), Size(1500, 500, 4, 100)


def origins(last: int) -> tuple[int, ...]:
    """The origins whose errors can be known by a year."""
    return tuple(origin for origin in ORIGINS if origin < last)


def _income(record: Mapping, zone: int) -> tuple[Array, Array]:
    """Income of a zone per head [year, county], and of the whole province [year]."""
    persons = record["population_zone"].astype(float)
    persons[1:] = (persons[1:] + persons[:-1]) / 2.0  # income of a year against the mean of its ends
    money = record["disposable_income"].astype(float)
    return (counties.per_head(money[..., zone], persons[..., zone]),
            counties.per_head(money[..., zone].sum(-1), persons[..., zone].sum(-1)))


def _made(record: Mapping) -> dict[str, Array]:
    """What the statistics are made of, of one run [year, ...]."""
    people = record["population"].astype(float)
    (urban, all_urban), (rural, all_rural) = _income(record, URBAN), _income(record, RURAL)
    moved = record["arrivals_outside"].sum(-1) - record["departures_outside"].sum(-1)
    return {
        "gdp_branch": record["gdp_branch"], "population": people, "registered": record["registered"],
        "inc_u": urban, "inc_r": rural, "province_inc_u": all_urban, "province_inc_r": all_rural,
        "own_revenue": record["own_revenue"], "budget_resources": record["budget_resources"],
        "province_revenue": record["own_revenue"].sum(-1) + record["province_own_revenue"],
        "net_migration": moved / people.sum(-1),
        "urban_share": counties.urban_share(record["population_zone"]),
        "old_share": counties.old_share(record["population_age"]),
        "young_share": counties.young_share(record["population_age"]),
        "college_share": counties.ratio(record["population_skill"][..., COLLEGE], people),
        "farm_share": counties.ratio(record["employed"][..., FARMING], record["employed"].sum(-1)),
        "other_county_share": counties.ratio(record["residents_other_county"], people),
        "other_province_share": counties.ratio(record["residents_other_province"], people),
    }


def _card(name: str, dims: tuple[str, ...], unit: str, says: str) -> Card:
    return Card(name, ("from_year", *dims), unit, says, says, "index", "", "headline", "float32")


CARDS: Mapping[str, Card] = {card.name: card for card in (
    _card("gdp_branch", ("county", "branch"), "million CNY", "Output by branch"),
    _card("population", ("county",), "persons", "Residents"),
    _card("registered", ("county",), "persons", "Registered population"),
    _card("inc_u", ("county",), "CNY", "Income per urban resident"),
    _card("inc_r", ("county",), "CNY", "Income per rural resident"),
    _card("province_inc_u", (), "CNY", "Income per urban resident of the province"),
    _card("province_inc_r", (), "CNY", "Income per rural resident of the province"),
    _card("own_revenue", ("county",), "million CNY", "Own revenue"),
    _card("province_revenue", (), "million CNY", "Local revenue, province and counties"),
    _card("budget_resources", ("county",), "million CNY", "Resources of the budget"),
    _card("net_migration", (), "share", "Net migration over residents"),
    *(_card(name, ("county",), "share", name.replace("_", " ")) for name in SHARES),
    _card("output_residual", ("county", "branch"), "log", "Residual of output that history asked for"),
    _card("revenue_residual", ("county",), "log", "Residual of revenue that history asked for"),
)}


class Episodes(simulate.Hainan):
    """The model from each origin on, as a model that studies run: one run holds all origins.

    `last`: the year after which nothing is looked at. `data`: a folder of rows over the pack, `pack`: one in place of
    the shipped pack.
    """

    def __init__(self, data: str | Path | None = None, last: int = LAST_FOLLOWED, pack: str | Path | None = None):
        super().__init__(data, pack=pack)
        self.last = last
        self.origins = origins(last)

    def cards(self) -> dict[str, Card]:
        """The cards of what a run records."""
        return dict(CARDS)

    def coordinates(self, until: int = LAST_FOLLOWED) -> dict:
        """The labels of results, and the origins."""
        return {**super().coordinates(until), "from_year": list(self.origins)}

    def hashes(self) -> dict[str, str]:
        """What made a result; what is recorded and the origins are part of the code."""
        made = super().hashes()
        asked = [made["code_hash"], list(self.origins), sorted(CARDS), self.last, LEADS]
        return {**made, "code_hash": digest(asked)}

    def following(self, history_until: int | None, follow: Choice | None = None) -> Episodes:
        """This model: it follows history to years of its own."""
        if history_until is not None:
            raise UserError(Fault("history_until", "a design follows history to origins of its own"))
        return self

    def sources(self, indicator: str) -> set[str]:
        """No indicators are made of a design."""
        return set()

    def with_indicators(self, dataset: Any) -> Any:
        """The Dataset as it is."""
        return dataset

    def run_arrays(self, plan: Any, seed: int = 0, draw: Any = 0, weight: int = simulate.USUAL_WEIGHT,
                   until: int = LAST_FOLLOWED, keep: str = "all",
                   on_year: Callable[[int], object] | None = None) -> dict[str, np.ndarray]:
        """One draw and seed from all origins: arrays [year, origin, ...]; nan where a run does not go."""
        with self._over_the_pack():
            return recorded(self.origins, self.last, plan, seed, draw, weight)

    def of_another_model(self, name: str, seed: int, weight: int) -> dict[str, np.ndarray]:
        """The same of a model that is wrong on purpose (`WRONG`), all else central; it follows history as it is."""
        with self._over_the_pack():
            plan, draw = wrong.as_asked(WRONG[name], {"imputation": 0})
            return recorded(self.origins, self.last, plan, seed, draw, weight, WRONG[name].change)


def nobody_is_born(model: HainanModel) -> None:
    """Nobody moves and next to nobody is born."""
    no_moves(model)
    model.outlook = {name: path.copy() for name, path in model.outlook.items()}
    model.outlook["total_fertility_rate"] *= NEXT_TO_NOTHING


WRONG: Mapping[str, wrong.Wrong] = {one.says: one for one in (
    *wrong.WRONG.values(), wrong.Wrong("nobody moves or is born", nobody_is_born, part="people"))}
"""Models that are wrong on purpose."""


def recorded(starts: Sequence[int], last: int, plan: Any, seed: int, draw: Any, weight: int,
             change: Callable[[HainanModel], None] | None = None) -> dict[str, np.ndarray]:
    """What a draw and seed make from each origin on, [year, origin, ...]; `change` is done to the model before."""
    drawn: dict[str, Any] = dict(draw) if isinstance(draw, Mapping) else {"imputation": int(draw)}
    found: dict[str, np.ndarray] = {}
    for at, origin in enumerate(starts):
        until = min(origin + LEADS, last)
        past = closure.followed(origin, plan, drawn, change=change, last=None).history
        model = HainanModel(plan, seed=seed, weight=weight, until=until, draw=drawn,
                            history=past._replace(law=held(*past.law.spread.shape)))
        if change:
            change(model)
        while model.running:
            model.step()
        made = _made(model.record) | {"output_residual": past.output, "revenue_residual": past.revenue}
        for name, values in made.items():
            if name not in found:
                shape = (last - BASE_YEAR + 1, len(starts), *values.shape[1:])
                found[name] = np.full(shape, np.nan, dtype=np.float32)
            found[name][: len(values), at] = values
    return found


# --- points


def hypercube(chosen: Sequence[Prior], number: int, first: int, seed: int) -> tuple[Array, list[dict[str, float]]]:
    """Places [point, prior] of a Latin hypercube, and its rows as a table of draws numbered from `first`.

    Every point has an imputation of its own; what it follows are the figures as they are printed.
    """
    places = qmc.LatinHypercube(len(chosen), rng=np.random.default_rng(seed)).random(number)
    return places, rows_of(chosen, places, first)


def rows_of(chosen: Sequence[Prior], places: Array, first: int = 1) -> list[dict[str, float]]:
    """Rows of a table of draws at places [row, prior]."""
    table = columns(chosen, places)
    return [{"draw": first + row, "imputation": first + row, **{name: values[row] for name, values in table.items()}}
            for row in range(len(places))]


def seconds_of_a_point(model: Episodes, weight: int) -> tuple[float, float]:
    """Processor time of the first run of a point, which solves its residuals, and of a further one; in this process,
    with central parameters."""
    model.prepare(weight)
    plan = model.load_plan(PLAN)
    model.run_arrays(plan, 0, 0, weight)  # what is compiled or read once is not counted
    marks = [time.process_time()]
    for seed in (0, 1):
        model.run_arrays(plan, seed, {"imputation": 1}, weight)
        marks.append(time.process_time())
    first, again = np.diff(marks)
    return float(first), float(again)


def run(model: Episodes, rows: Sequence[Mapping[str, float]], size: Size, folder: Path, workers: int | None,
        progress: bool = True) -> Outcome:
    """Run the points, or what is left of them, into a folder."""
    return run_study([PLAN], seeds=size.seeds, draws=rows, weight=size.weight, until=model.last, workers=workers,
                     out=folder, progress=progress, keep="headline", model=model)


def results(model: Episodes, folder: Path) -> tuple[NDArray[np.int64], dict[str, Array]]:
    """Numbers of the draws, and what their runs made [draw, seed, year, origin, ...]; draws with a run that failed are
    left out."""
    ds = open_results(folder, model=model)
    found = {name: ds[name].isel(scenario=0).transpose("draw", "seed", "year", "from_year", ...).values.astype(float)
             for name in CARDS}
    whole = np.isfinite(found["population"][:, :, -1, -1]).any(axis=-1).all(axis=1)
    return ds["draw"].values[whole].astype(int), {name: values[whole] for name, values in found.items()}
