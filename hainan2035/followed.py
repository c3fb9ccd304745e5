"""What `run` says of a run that follows history: how near it comes, and where history and mechanisms differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """Cells of output that no residual meets."""
    return [f"not met: {cell.branch} branch of {cell.county} in {cell.year} ({cell.made:,.0f} of {cell.wanted:,.0f} "
            "million CNY)" for cell in found.unmet]


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
