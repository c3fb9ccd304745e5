"""The whole of a calibration: design, screening, emulator, history matching, posterior, checks.

The design is shared by the information sets: what `to2017` looks at is part of what `production` does. Everything after
the runs is a function of their results, so a folder whose runs are finished gives the same posterior again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration import emulator as emulators
from calibration.finished import finished
from calibration.posterior import abc, design, recovery
from calibration.posterior import check as checks
from calibration.posterior.choice import FEWEST, Choice
from calibration.posterior.match import Evidence, implausibility, plausible
from calibration.posterior.priors import Prior, priors
from calibration.posterior.recovery import Recovery
from calibration.posterior.screening import Screened, screened
from calibration.posterior.statistics import Past, Value, values
from sim.core.declare import Fault, UserError
from sim.region.history import history
from sim.region.pack import laid_over

Array = NDArray[np.float64]
SEED = 2018  # of the first design; the second follows it
RESTARTS = (0, 1, 2)
DRAWS = 199
RULED_OUT = 0.1  # share of the prior from which a second wave is worth its runs
FEWEST_POINTS = 24
FEWEST_AGAIN = 10  # points of a second wave, below which none is run
EMULATED, GROWS = 1.0, 1.4
"""Minutes that emulators and checks of one information set take: for what does not grow with the points, and as many
again at the size of the quick mode for what does, with their number to this power (measured from 240 to 2,000)."""
WRONG_SEEDS = 2
FARTHEST = 3  # statistics that are named


class Flagged(NamedTuple):
    """What is said of histories that a model made which is wrong on purpose (`name`): the share of them that is taken
    for another model's by the worst part of the statistics, the same of each part alone, the statistics that are
    farthest with their distance in standard deviations, and the share of the prior that one without errors does not
    rule out. `part`: the one that its error is about."""

    name: str
    part: str
    flagged: float
    by_part: Mapping[str, float]
    farthest: tuple[tuple[str, float], ...]
    share: float

    @property
    def found(self) -> bool:
        """Whether such histories are told from the model's own by the part that the error is about."""
        return self.by_part.get(self.part, 0.0) >= checks.ENOUGH


class Likely(NamedTuple):
    """Whether what happened could be the model's: the chance of a history of its own that is farther off, and of each
    part the number of statistics, their mean squared distance in standard deviations, and that chance."""

    whole: float
    by_part: Mapping[str, tuple[int, float, float]]


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What one information set tells.

    `learned`: priors of the parameters that are learned, `others`: those that stay at their prior. `table`: all
    statistics; `used`: those that the emulator tells well enough, as `evidence`; `emulator` is of these. `posteriors`:
    one a restart. `places`: draws of equal weight [draw, learned]. `ruled`: of the prior the share that is not ruled
    out, with the discrepancy times a factor and at a cut (factor, cut, share). `second`: points of a second wave, and
    where they lie.
    """

    information: str
    size: design.Size
    points: int
    failed: int
    learned: tuple[Prior, ...]
    others: tuple[Prior, ...]
    screening: Screened | None
    table: tuple[Value, ...]
    q2: Array
    used: tuple[Value, ...]
    evidence: Evidence
    emulator: emulators.Emulator
    posteriors: tuple[abc.Posterior, ...]
    places: Array
    recovery: Recovery | None
    likely: Likely
    wrong: tuple[Flagged, ...]
    ruled: tuple[tuple[float, float, float], ...]
    second: tuple[int, str]
    choice: Choice
    moved: tuple[tuple[str, float, float], ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()

    def pooled(self) -> abc.Posterior:
        """The restarts together."""
        told = [one for one in self.posteriors if one.told]
        return abc.Posterior(np.concatenate([one.places for one in told]),
                             np.concatenate([one.weights / len(told) for one in told]),
                             float(np.mean([one.share for one in told])))


class Wave(NamedTuple):
    """Places [point, parameter] of points whose runs are there, and what these made."""

    places: Array
    made: dict[str, Array]
    failed: int


Say = Callable[[str], object]
Data = tuple[Path | None, Path | None]
NO_DATA: Data = (None, None)
Others = dict[str, dict[str, Array]]
"""What models that are wrong on purpose make, by name."""


def calibrate(information: Sequence[str], size: design.Size, folder: Path, choice: Choice | None = None,
              data: Data = NO_DATA, workers: int | None = None, say: Say = print,
              kind: type[design.Episodes] = design.Episodes) -> list[Calibration]:
    """The posteriors of information sets; runs go to `folder`, where finished ones are kept. `data`: a folder of rows
    over the pack, and a pack in place of the shipped one. `kind`: of the model.

    UserError where too few points are asked for or come through, where no statistic can be emulated, or where nothing
    is plausible.
    """
    for line in cost(information, size, folder, data, workers, kind):
        say(line)
    choice, chosen = choice or Choice(), priors()
    model = kind(data[0], max(design.LAST[one] for one in information), data[1])
    places, rows = design.hypercube(chosen, size.first, 1, SEED)
    first = _wave(model, places, rows, size, folder / "wave_1", workers)
    others = {name: _of_another_model(model, name, size.weight) for name in design.WRONG}
    return [_of(one, model, chosen, first, size, folder, choice, workers, say, others) for one in information]


def cost(information: Sequence[str], size: design.Size, folder: Path, data: Data = NO_DATA,
         workers: int | None = None, kind: type[design.Episodes] = design.Episodes) -> list[str]:
    """Runs and minutes that a calibration asks for, less what its folder holds; UserError where they are too few."""
    if size.first < FEWEST_POINTS:
        raise UserError(Fault("--points", f"{size.first} are too few to learn from", f"at least {FEWEST_POINTS}"))
    model = kind(data[0], max(design.LAST[one] for one in information), data[1])
    return _cost(model, information, size, folder, workers)


def _cost(model: design.Episodes, information: Sequence[str], size: design.Size, folder: Path,
          workers: int | None) -> list[str]:
    """Runs and minutes, before any is started; the seeds of a point share its residuals, most of the cost."""
    from sim.core.parts import usable_cores

    first, again = design.seconds_of_a_point(model, size.weight)
    crew = workers or usable_cores()
    second = len(information) * size.second
    waves = "wave_1", *(f"wave_2_{one}" for one in information)
    done = sum(finished(folder / name, model.hashes()) for name in waves)
    left = max(0.0, (size.first + second) - done / size.seeds)
    minutes = left * (first + again * (size.seeds - 1)) / crew / 60.0
    after = EMULATED * len(information) * (1.0 + ((size.first + size.second) / design.QUICK.first) ** GROWS)
    return [f"{size.first} points x {size.seeds} seeds from origins {', '.join(map(str, model.origins))} at weight "
            f"{size.weight}: {size.first * size.seeds} runs, then up to {second * size.seeds} in a second wave"
            + (f"; {done} runs are done" if done else ""),
            f"about {minutes:.0f} minutes on {crew} free processors ({first:.1f} s a point and {again:.1f} s for each "
            f"further seed of it), and about {after:.0f} for emulators and checks; finished runs are kept, rerun to "
            "resume"]


def _wave(model: design.Episodes, places: Array, rows: Sequence[dict], size: design.Size, folder: Path,
          workers: int | None) -> Wave:
    design.run(model, rows, size, folder, workers)
    numbers, made = design.results(model, folder)
    if len(numbers) < FEWEST_POINTS and len(rows) >= FEWEST_POINTS:
        raise UserError(Fault(str(folder), f"of {len(rows)} points {len(numbers)} came through",
                              "failed/ there says why; narrow the ranges"))
    return Wave(places[numbers - int(rows[0]["draw"])], made, len(rows) - len(numbers))


def _of(information: str, model: design.Episodes, chosen: Sequence[Prior], first: Wave, size: design.Size,
        folder: Path, choice: Choice, workers: int | None, say: Say, others: Others) -> Calibration:
    asked = choice.statistics(information)
    with laid_over(model.data, model.pack):
        past = Past(history(), design.LAST[information])
        table = values(first.made, past, information, asked, model.origins)
    error = np.array([_error(one, choice) for one in table])
    y = np.column_stack([one.runs.mean(axis=1) for one in table])
    found, columns = _learned(choice, chosen, first.places, y, error)
    say(f"{information}: learning {', '.join(chosen[k].name for k in columns)}")
    fitted = _fitted(first.places[:, columns], y, table)
    used = _emulated(fitted, choice, table)
    evidence = _evidence(used, choice)
    say(f"{information}: {len(used)} of {len(table)} statistics can be emulated")
    waves, second = [first], 0
    share, more = _second_wave(fitted.of([one.statistic.name for one in used]), evidence, columns, chosen, size, choice)
    say(f"{information}: {100 * share:.0f} % of the prior is not ruled out"
        + ("" if more is None else f"; a second wave of {len(more[1])} points {where(share)}"))
    if more is not None:
        waves.append(_wave(model, *more, size, folder / f"wave_2_{information}", workers))
        second = len(waves[1].places)
        made = {name: np.concatenate([wave.made[name] for wave in waves]) for name in first.made}
        with laid_over(model.data, model.pack):
            table = values(made, past, information, asked, model.origins)
        targets = dict(zip((one.statistic.name for one in used), evidence.observed, strict=True))
        table = [one._replace(observed=targets.get(one.statistic.name, one.observed)) for one in table]
        y = np.column_stack([one.runs.mean(axis=1) for one in table])
        fitted = _fitted(np.concatenate([wave.places for wave in waves])[:, columns], y, table)
        used = _emulated(fitted, choice, table)
        evidence = _evidence(used, choice)
    again = (second, where(share)) if second else (0, "")
    return _told(information, model, chosen, columns, found, waves, size, again, table, fitted, used, evidence, choice,
                 say, others)


def _told(information, model, chosen, columns, found, waves, size, second, table, fitted, used, evidence, choice,
          say, others) -> Calibration:
    """The posterior, its checks, and all that is to be said."""
    emulator = fitted.of([one.statistic.name for one in used])
    banks = [abc.bank(emulator, len(columns), evidence.error, seed) for seed in RESTARTS]
    posteriors = tuple(abc.posterior(drawn, evidence.observed, choice.cut) for drawn in banks)
    if not any(one.told for one in posteriors):
        raise UserError(Fault(information, "nothing within the ranges of the parameters is plausible",
                              "give the statistics that are farthest off a larger discrepancy, or widen the ranges"))
    known = None
    if len(waves[0].places) >= recovery.FEWEST:
        say(f"{information}: recovering known truths")
        known = recovery.recovered(emulator, waves[0].places[:, columns], evidence.error, cut=choice.cut)
    judged, likely = _likely(table, len(waves[0].places), choice)
    wrong = tuple(_wrong(name, made, model, table, judged, used, banks[0], information, choice)
                  for name, made in others.items())
    calibration = Calibration(
        information, size, sum(len(wave.places) for wave in waves), sum(wave.failed for wave in waves),
        tuple(chosen[k] for k in columns), tuple(one for k, one in enumerate(chosen) if k not in columns), found,
        tuple(table), fitted.q2, tuple(used), evidence, emulator, posteriors, np.zeros((0, len(columns))), known,
        likely, wrong, _ruled(banks[0], used, evidence, choice), second, choice,
        _moved(model, waves, information, choice, table), tuple(sorted(model.hashes().items())))
    return dataclasses.replace(calibration, places=abc.equally_weighted(calibration.pooled(), DRAWS))


def _error(one: Value, choice: Choice) -> float:
    """Standard deviation of what history says of a statistic: measurement, luck of its years, discrepancy."""
    variance = one.measurement**2 + one.luck**2 + one.statistic.discrepancy**2
    return float(np.sqrt(variance / choice.weight(one.statistic.name)))


def _evidence(used: Sequence[Value], choice: Choice) -> Evidence:
    return Evidence(np.array([one.observed for one in used]), np.array([_error(one, choice) for one in used]))


def _learned(choice: Choice, chosen: Sequence[Prior], places: Array, y: Array,
             error: Array) -> tuple[Screened | None, list[int]]:
    """Columns of the parameters that are learned: those named, or those that a screening finds."""
    names = [one.name for one in chosen]
    if choice.parameters:
        return None, [names.index(name) for name in choice.parameters]
    found = screened(places, y, error)
    return found, list(found.chosen)


def _fitted(places: Array, y: Array, table: Sequence[Value]) -> emulators.Emulator:
    ranges = np.tile([0.0, 1.0], (places.shape[1], 1))
    return emulators.fit(places, y, [one.statistic.name for one in table], ranges)


def _emulated(fitted: emulators.Emulator, choice: Choice, table: Sequence[Value]) -> list[Value]:
    """Statistics that the emulator tells well enough; UserError with each that it does not where too few are left."""
    good = [one for one, q2 in zip(table, fitted.q2, strict=True) if q2 >= choice.q2 and one.runs.std() > 0.0]
    if len(good) < FEWEST:
        fitted.require(choice.q2)
    return good


def _second_wave(emulator: emulators.Emulator, evidence: Evidence, columns: Sequence[int], chosen: Sequence[Prior],
                 size: design.Size, choice: Choice) -> tuple[float, tuple[Array, list[dict]] | None]:
    """The share of the prior that is not ruled out, and points of a second wave where its runs pay or are asked for.

    They lie in what is left of the prior; where next to nothing was ruled out, at draws of the first wave's posterior.
    """
    rng = np.random.default_rng(SEED + 1)
    tried = rng.random((abc.TRIED, len(columns)))
    left = tried[plausible(implausibility(emulator, tried, evidence), choice.cut)]
    share = len(left) / len(tried)
    number = min(size.second, len(left))
    little = share > 1.0 - RULED_OUT
    if (little and not size.asked) or number < FEWEST_AGAIN:
        return share, None
    if little:
        found = abc.posterior(abc.bank(emulator, len(columns), evidence.error, SEED), evidence.observed, choice.cut)
        left = abc.equally_weighted(found, number, SEED)
    places, _ = design.hypercube(chosen, number, 1, SEED + 2)
    places[:, columns] = left[:number]
    return share, (places, design.rows_of(chosen, places, size.first + 1))


def where(share: float) -> str:
    """Where points of a second wave lie, given the share of the prior that the first does not rule out."""
    return "where it was not ruled out" if share <= 1.0 - RULED_OUT else "where the first finds parameters likely"


def _of_another_model(model: design.Episodes, name: str, weight: int) -> dict[str, Array]:
    """What a model that is wrong on purpose makes [one draw, seed, year, origin, ...]."""
    runs = [model.of_another_model(name, seed, weight) for seed in range(WRONG_SEEDS)]
    return {one: np.stack([run[one] for run in runs])[None].astype(float) for one in runs[0]}


def _likely(table: Sequence[Value], number: int, choice: Choice) -> tuple[checks.Check, Likely]:
    """The check by the points of the first wave, their `number`, and what it says of what happened."""
    asked = [table[row] for row in checks.taking_part(table)]
    judged = checks.check(np.column_stack([one.runs[:number].mean(axis=1) for one in asked]),
                          np.array([_error(one, choice) for one in asked]), [one.statistic.part_of for one in asked])
    observed = np.array([one.observed for one in asked])
    told, squares, of = judged.told(observed[None]), judged.away(observed) ** 2, np.array(judged.of)
    return judged, Likely(float(told.whole[0]), {
        part: (int((of == part).sum()), float(squares[of == part].mean()), float(told.by_part[0, row]))
        for row, part in enumerate(judged.parts)})


def _wrong(name: str, made: dict[str, Array], model: design.Episodes, table: Sequence[Value], judged: checks.Check,
           used: Sequence[Value], drawn: abc.Bank, information: str, choice: Choice) -> Flagged:
    """What the method says of histories that another model made."""
    asked = [table[row].statistic for row in checks.taking_part(table)]
    with laid_over(model.data, model.pack):
        past = Past(history(), design.LAST[information])
        found = {one.statistic.name: float(one.runs.mean())
                 for one in values(made, past, information, [one.statistic for one in table], model.origins)}
    theirs = np.array([found[one.name] for one in asked])
    flagged, by_part = checks.found_out(judged, theirs)
    away = judged.away(theirs)
    worst = np.argsort(-np.abs(away))[:FARTHEST]
    far = np.abs(drawn.mean - np.array([found[one.statistic.name] for one in used])) / drawn.spread
    farthest = tuple((asked[k].name, float(away[k])) for k in worst)
    return Flagged(name, design.WRONG[name].part, flagged, by_part, farthest, float(plausible(far, choice.cut).mean()))


def _ruled(drawn: abc.Bank, used: Sequence[Value], evidence: Evidence,
           choice: Choice) -> tuple[tuple[float, float, float], ...]:
    """What other errors would rule out: the discrepancy times a factor, and other cuts."""
    weights = np.array([choice.weight(one.statistic.name) for one in used])
    allowed = np.array([one.statistic.discrepancy for one in used]) ** 2 / weights
    found = []
    for times, cut in ((1.0, choice.cut), (0.5, choice.cut), (0.0, choice.cut), (1.0, 2.0), (0.0, 2.0)):
        spread = np.sqrt(drawn.spread**2 - (1.0 - times**2) * allowed)
        far = np.abs(drawn.mean - evidence.observed) / spread
        found.append((times, cut, float(plausible(far, cut).mean())))
    return tuple(found)


def _moved(model: design.Episodes, waves: Sequence[Wave], information: str, choice: Choice,
           table: Sequence[Value]) -> tuple[tuple[str, float, float], ...]:
    """Mean statistics of the first wave against the shipped figures and against those with rows laid over them, where
    these differ."""
    if model.data is None:
        return ()
    shipped = values(waves[0].made, Past(history(), design.LAST[information]), information,
                     choice.statistics(information), model.origins)
    before = {one.statistic.name: float(one.runs.mean()) for one in shipped}
    number = len(waves[0].places)
    after = {one.statistic.name: float(one.runs[:number].mean()) for one in table}
    return tuple((name, before.get(name, np.nan), value) for name, value in after.items()
                 if not abs(value - before.get(name, np.nan)) < 1e-9)
