"""What `run` says of a run that follows history: how near it comes, and where history and mechanisms differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.closure import Followed
    from sim.model import HainanModel
    from sim.scenario.follow import Choice

OF_MONEY_AND_WORK = ("{county} collects", "{county} spends", "work in towns of {county} pays",
                     "work in villages of {county} pays")

MISSES = {"output": ("output", ("gdp_branch", "gdp", "province_gdp_branch")),
          "revenue": ("own revenue", ("own_revenue",)), "spending": ("spending", ("budget_spending",)),
          "incomes": ("incomes", ("inc_u", "inc_r")), "people": ("counted residents", ("population",)),
          "debt": ("debt", ("debt",))}


def lines(found: Followed, model: HainanModel, last: int, choice: Choice) -> list[str]:
    """How well history is followed to the year `last`, as chosen: by this run at its weight, and by the reference runs.

    Where an error is stated a miss is the distance that the error leaves.
    """
    import numpy as np

    from sim import closure

    missed, seen = 100 * np.abs(closure.misfit(model, last)), found.misfit
    misses = {what: getattr(seen, name) for name, (what, series) in MISSES.items()
              if any(choice.of(one).met for one in series)}
    of_output = ([] if np.isnan(missed).all() else [
        f"history followed to {last}: at weight {model.weight} this run misses observed output by "
        f"{np.nanmean(missed):.1f} % on average, {np.nanmax(missed):.1f} % at most"])
    return [
        *of_output, *(f"followed as chosen: {line}" for line in choice.lines()),
        f"largest misses of the reference runs (mean of {len(closure.REFERENCE_SEEDS)} at weight "
        f"{closure.REFERENCE_WEIGHT}): {', '.join(f'{what} {100 * miss:.2f} %' for what, miss in misses.items())}",
        *not_met(found), *large_residuals(found)]


def not_met(found: Followed) -> list[str]:
    """Output and incomes that no residual meets."""
    from sim.closure.incomes import ZONES

    return [f"not met: income in {one.of} of {one.county} in {one.year} ({one.made:,.0f} instead of {one.wanted:,.0f} "
            "CNY per head)" if one.of in ZONES else
            f"not met: output of the {one.of} branch of {one.county} in {one.year} ({one.made:,.0f} of "
            f"{one.wanted:,.0f} million CNY)" for one in found.unmet]


def large_residuals(found: Followed) -> list[str]:
    """Where history and the mechanisms differ by more than a factor of `closure.UNLIKELY`, with the factor of the last
    such year."""
    import numpy as np

    from sim import closure
    from sim.closure.output import BRANCHES
    from sim.region.pack import load_pack
    from sim.words import BASE_YEAR

    doings = (*(f"the {branch} branch of {{county}} makes" for branch in BRANCHES), *OF_MONEY_AND_WORK)
    told, names = found.history.told, load_pack().names_en
    extreme, said = np.abs(told) > np.log(closure.UNLIKELY), []
    for county, kind in np.argwhere(extreme.any(axis=0)):
        rows = np.flatnonzero(extreme[:, county, kind])
        years = "-".join(str(BASE_YEAR + row) for row in dict.fromkeys((rows[0], rows[-1])))
        said.append(f"to match history, {doings[kind].format(county=names[county])} "
                    f"{np.exp(told[rows[-1], county, kind]):.2g} times what the model alone would give ({years})")
    return said


ALL = "met"


class Observed(NamedTuple):
    """A series that can be followed: what it is, the years and the number of values observed, how many are met, how."""

    series: str
    says: str
    first: int
    last: int
    observed: int
    met: int
    how: str

    def __str__(self) -> str:
        years = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        how = "" if self.how == ALL else f": {self.how}"
        return f"{self.series:20} {years:9} {self.met:5,} of {self.observed:5,} values  {self.says}{how}"


def series_lines(choice: Choice) -> list[Observed]:
    """What can be followed with the rows there are, and what a choice meets of it."""
    import numpy as np

    from sim.closure import last_followed
    from sim.closure.targets import Targets, targets
    from sim.mechanisms.past import DEBT_PRINTED
    from sim.region.pack import load_pack
    from sim.scenario.follow import SERIES
    from sim.words import BASE_YEAR

    pack = load_pack()
    last = last_followed(pack)

    def values(wanted: Targets) -> dict[str, np.ndarray]:
        """Whether a value is there [year, place], of the years after the base year."""
        parts = (np.isfinite(wanted.cells).all(axis=-1), wanted.totals, np.isfinite(wanted.province).all(axis=-1),
                 wanted.revenue, wanted.spending, wanted.incomes[..., 0], wanted.incomes[..., 1],
                 wanted.province_incomes[:, 0], wanted.province_incomes[:, 1], wanted.people, wanted.debt)
        there = {name: (part if part.dtype == bool else np.isfinite(part)).reshape(len(part), -1)[1:]
                 for name, part in zip(SERIES, parts, strict=True)}
        there["debt"][np.arange(BASE_YEAR + 1, last + 1) != DEBT_PRINTED] = False
        return there

    every, mine = values(targets(pack, last)), values(targets(pack, last, choice=choice))
    told = {name: line.removeprefix(f"{name} ({SERIES[name]}): ")
            for (name, _), line in zip(choice.differing, choice.lines(), strict=True)}
    found = []
    for name, there in every.items():
        years = BASE_YEAR + 1 + np.flatnonzero(there.any(axis=1))
        found.append(Observed(name, SERIES[name], int(years[0]), int(years[-1]), int(there.sum()),
                               int(mine[name].sum()), told.get(name, ALL)))
    return found
