"""Whether what history tells of parameters makes forecasts better: draws of a posterior beside central values.

The same origins, targets, seeds and shocks; runs take turns among draws of the posterior in place of those around
central values (`rolling.draws`). Only years that the posterior has not seen are scored, for both alike, with growth of
the nation, visitors, births and central transfers as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from calibration import rolling
from calibration.posterior.design import LAST, PRODUCTION, TO_2017
from calibration.rolling import Forecast
from calibration.view import CONDITIONAL
from sim import simulate
from sim.core.declare import Fault, UserError
from sim.study.draws import library_draws, read_draws

SEEN = LAST[TO_2017]
ORIGINS = tuple(origin for origin in rolling.ORIGINS if origin + rolling.RULE_LEADS[1] > SEEN)
"""Those from which a year that the posterior has not seen lies one to four years ahead."""
COMPARED = ("n", "model_error", "ratio", "coverage_80", "width")
USUAL, LEARNT = "usual", "learnt"


def draws(named: str | Path, number: int) -> list[Mapping[str, object]]:
    """The first draws of a table of the library, or of a file; UserError where the table has seen all years."""
    if str(named) == PRODUCTION:
        raise UserError(Fault("--draws", f"{PRODUCTION} has seen all years, so none is left to score it by", TO_2017))
    rows = library_draws(str(named), simulate.draw_limits) or read_draws(Path(named), simulate.draw_limits)
    drawn = map(simulate.draw_of, rows[:number])
    return [one for one in drawn if isinstance(one, Mapping)]


def table(named: str | Path, members: int, weight: int, origins: Sequence[int] = ORIGINS,
          names: Sequence[str] = rolling.SCORED) -> pd.DataFrame:
    """A row a target: scores of years not seen, one to four years ahead, of usual draws and of those of a posterior."""
    found = {}
    for kind, among in ((USUAL, None), (LEARNT, draws(named, min(rolling.DRAWS, members)))):
        asked = rolling.forecasts(origins, members, weight, (CONDITIONAL,), names, among)
        told = rolling.summary(list(_unseen(asked)), (rolling.RULE_LEADS,))
        found[kind] = told[~told["in_sample"]].set_index("target")
    both = found[USUAL].index.intersection(found[LEARNT].index, sort=False)
    columns = {f"{name}_{kind}": found[kind].loc[both, name] for name in COMPARED for kind in found}
    return pd.DataFrame(columns).rename_axis("target").reset_index()


def _unseen(found: Iterable[Forecast]) -> Iterator[Forecast]:
    """Forecasts whose years to the last that the posterior has seen are marked as seen."""
    for one in found:
        target = replace(one.case.target, seen=max(one.case.target.seen, SEEN))
        yield one._replace(case=replace(one.case, target=target))


def gain(told: pd.DataFrame) -> tuple[int, int, float]:
    """In how many series the posterior's draws are closer, of how many with a ratio, and their mean CRPS over that of
    the usual draws (geometric)."""
    both = told[["ratio_usual", "ratio_learnt"]].to_numpy(dtype=float)
    both = both[np.isfinite(both).all(axis=1)]
    if not len(both):
        return 0, 0, float("nan")
    return int((both[:, 1] < both[:, 0]).sum()), len(both), float(np.exp(np.mean(np.log(both[:, 1] / both[:, 0]))))
