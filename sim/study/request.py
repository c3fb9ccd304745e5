"""The request of a batch: scenarios x draws x seeds, with weight, horizon and level of detail.

A study file, a study, or scenarios by name, file or object are converted to one `Request` with all defaults filled in;
faults are reported here, before anything is written.
"""

from __future__ import annotations

import itertools
import json
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.core.declare import KEEP_LEVELS, Fault, UserError, nearest
from sim.core.toml_file import MAX_FAULTS, proper_name, quoted, same_name
from sim.levers import LIBRARY
from sim.scenario.follow import EVERYTHING, NEEDS_A_YEAR, Choice, load_choice
from sim.simulate import HAINAN
from sim.study.designs import as_csv, provisions
from sim.study.draws import Draw, checked_draws, library_draws, read_draws
from sim.study.orders import Attribution, Pair
from sim.study.runnable import Plan, Runnable
from sim.study.studies import load_study
from sim.study.tables import Named, Runs, checked_runs, read_runs
from sim.words import LARGEST_SEED, MOST_DRAWS, MOST_RUNS, MOST_SEEDS

SAID = ("name", "title", "title_zh", "scenarios", "seeds", "draws", "draw_table", "weight", "until", "keep",
        "reference", "goalposts", "weights", "contrasts", "history_until", "follow", "runs",
        "attribution", "pack")
TABLES = ("goalposts", "weights", "contrasts")  # non-default settings of the composite index; registered contrasts
SEEDS = 5
PARTS_FILE, FOLLOW_FILE = "parts.csv", "follow.toml"
KEEP = "county"


Seeds = int | Sequence[int]
"""How many (0, 1, 2 ...), or which."""
Draws = int | str | Path | Sequence[Mapping[str, float]]
"""0 for the central values, N for the draws 1 to N, a table of the library by name, a CSV file, or rows."""
Follow = str | Path | Choice
"""The choice of historical series: a TOML file, or its content."""


@dataclass(frozen=True)
class Request:
    """Frozen scenarios, rows of draws, and seeds; runs are all combinations, or those listed in `runs`.

    `history_until`: the last year of followed history, None for free runs; `follow`: the choice of series.
    `attribution`: the effect attributed in separate runs, the `staged` ones, which belong to no scenario of the study.
    `pack`: the folder of a data pack in place of the model's own.
    """

    name: str
    plans: tuple[Plan, ...]
    seeds: tuple[int, ...]
    draws: tuple[Draw, ...]
    weight: int
    until: int
    keep: str = KEEP
    reference: str = ""
    title: str = ""
    title_zh: str = ""
    extras: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    history_until: int | None = None
    runs: tuple[Named, ...] | None = None
    attribution: Attribution | None = None
    follow: Choice = EVERYTHING
    pack: Path | None = None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The draws and seeds of the attribution with their orders; empty without an attribution."""
        if self.attribution is None:
            return ()
        return self.attribution.pairs([int(row["draw"]) for row in self.draws], self.seeds)

    @property
    def staged(self) -> tuple[tuple[Draw, Plan, int], ...]:
        """All runs of the attribution, draw by draw."""
        if self.attribution is None:
            return ()
        rows = {int(row["draw"]): row for row in self.draws}
        return tuple((rows[pair.draw], plan, pair.seed)
                     for pair, plan in self.attribution.plans(self.plans, self.pairs))

    @property
    def asked(self) -> tuple[tuple[Draw, Plan, int], ...]:
        """All runs, draw by draw, since runs of a draw share the constants of the base year."""
        every = tuple(itertools.product(self.draws, self.plans, self.seeds))
        if self.runs is None:
            return every
        listed = set(self.runs)
        return tuple(one for one in every if Named(one[1].name, int(one[0]["draw"]), one[2]) in listed)

    def to_toml(self) -> str:
        """The study file of its folder, with resolved scenarios in scenarios/ and draws in draws.csv."""
        counted = len(self.seeds) if self.seeds == tuple(range(len(self.seeds))) else list(self.seeds)
        lines = {
            "title": self.title or self.name, "title_zh": self.title_zh,
            "scenarios": [f"scenarios/{plan.name}.toml" for plan in self.plans], "reference": self.reference,
            **({"seeds": counted} if self.runs is None else {"runs": "runs.csv"}),
            "draws": "draws.csv", "weight": self.weight, "until": self.until, "keep": self.keep,
            **({} if self.history_until is None else {"history_until": self.history_until}),
            **({"follow": FOLLOW_FILE} if self.follow else {}),
            **({} if self.pack is None else {"pack": str(self.pack)}),
        }
        text = "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items() if value != "")
        if self.attribution is not None:
            parts = PARTS_FILE if PARTS_FILE in self.tables else "provisions"
            text += f'\n[attribution]\nparts = "{parts}"\n{self.attribution.to_toml()}'
        for table, values in self.extras.items():
            text += f"\n[{table}]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
        return text

    def of(self, model: Runnable) -> Runnable:
        """The model on the pack of the request, following history as it says; UserError where it cannot."""
        model = model if self.pack is None else model.on_pack(self.pack)
        return model.following(self.history_until, self.follow)

    @property
    def tables(self) -> dict[str, str]:
        """Files accompanying the study: parts of an attribution other than the provisions, and the choice of historical
        series if not all are followed."""
        found = {FOLLOW_FILE: self.follow.text} if self.follow else {}
        if self.attribution is not None and self.attribution.parts != provisions():
            found[PARTS_FILE] = as_csv(self.attribution.parts)
        return found


def resolve(what: object, model: Runnable = HAINAN, *, seeds: Seeds | None = None, draws: Draws | None = None,
            weight: int | None = None, until: int | None = None, keep: str | None = None,
            history_until: int | None = None, runs: Runs | None = None, attribute: bool | None = None,
            follow: Follow | None = None) -> Request:
    """The request with all defaults filled in: arguments take precedence over the study, the study over the defaults.

    `attribute`: whether the effect of a scenario is attributed; None: as in the study. By default the effect is that of
    the Opinions (baseline), or of the only other scenario, relative to the reference.

    `follow`: the choice of historical series, a TOML file or an object; it takes precedence over that of the model. A
    pack of the model goes before that of a study.

    A table of runs gives their seeds, and their draws unless another table or number does.

    UserError with all faults of the first kind found: of the files, of the settings, or of the draws.
    """
    given = _given(what)
    model = model if given.get("pack") is None else model.on_pack(given["pack"])
    plans = tuple(model.load_plan(scenario) for scenario in given["scenarios"])

    def said(name: str, here, default):
        found = here if here is not None else given.get(name)
        return default if found is None else found

    table = given.get("draw_table") if draws is None else None
    listed = _runs(said("runs", runs, None))
    if listed and seeds is not None:
        raise UserError(Fault("seeds", "are already given by the table of runs", "give one or the other"))
    if listed and not table and draws is None and not given.get("draws"):
        table = [{"draw": one, "imputation": one} for one in sorted({run.draw for run in listed})]
    request = Request(
        name=given.get("name") or (plans[0].name if len(plans) == 1 else "batch"), plans=plans,
        seeds=_seeds(sorted({run.seed for run in listed}) if listed else said("seeds", seeds, SEEDS)),
        draws=_draws(table or said("draws", draws, 0), model),
        weight=_whole(said("weight", weight, model.weight)), until=_whole(said("until", until, model.horizon)),
        keep=said("keep", keep, KEEP),
        reference=given.get("reference") or "", title=given.get("title") or "", title_zh=given.get("title_zh") or "",
        extras={name: dict(value) for name in TABLES if (value := given.get(name))},
        history_until=_whole(said("history_until", _or(history_until, model.history_until), None)), runs=listed,
        attribution=_attribution(given.get("attribution"), attribute, given.get("reference"), plans),
        follow=load_choice(follow or model.follow or given.get("follow")), pack=model.pack,
    )
    faults = [*_scenario_faults(request), *_setting_faults(request, model), *_run_faults(request),
              *_attribution_faults(request)]
    if faults:
        raise UserError(*faults)
    return request


def _given(what: object) -> dict[str, Any]:
    """The argument as a mapping with at least `scenarios`."""
    asked: list[Any] = [what] if isinstance(what, str | Path) or not isinstance(what, Sequence) else list(what)
    if len(asked) == 1 and (path := _study_file(asked[0])):
        asked = [load_study(path)]
    if len(asked) == 1 and hasattr(asked[0], "scenarios"):
        return {name: getattr(asked[0], name, None) for name in SAID}
    return {"scenarios": asked}


def _study_file(what: object) -> Path | None:
    """The file of a study: one with `scenarios = ...` (never in a scenario), or one of the library by name."""
    if not isinstance(what, str | Path):
        return None
    path = Path(what)
    if not path.suffix and proper_name(str(what)):
        path = LIBRARY / "studies" / f"{what}.toml"
        return path if path.is_file() and not (LIBRARY / f"{what}.toml").is_file() else None
    if path.suffix != ".toml" or not path.is_file():
        return None
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return None
    return path if any(line.split("=")[0].strip(" \t\"'") == "scenarios" for line in lines if "=" in line) else None


def _toml(value) -> str:
    """A value as TOML (identical to JSON for the types used here)."""
    return json.dumps(value, ensure_ascii=False)


def _whole(value: object) -> Any:
    """An integer of any library as int; anything else unchanged, for the fault message."""
    return int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else value


def _seeds(seeds: object) -> tuple[int, ...]:
    """A number N means the seeds 0..N-1."""
    number = _whole(seeds)
    if isinstance(number, int) and not isinstance(number, bool):
        if not 1 <= number <= MOST_SEEDS:
            raise UserError(Fault("seeds", f"{quoted(number)} is not a number of seeds", f"1 to {MOST_SEEDS:,}"))
        return tuple(range(number))
    listed = list(seeds) if isinstance(seeds, Iterable) and not isinstance(seeds, str | bytes | Mapping) else []
    found = [_whole(seed) for seed in listed]
    good = all(isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= LARGEST_SEED for seed in found)
    if not found or not good or len(set(found)) < len(found) or len(found) > MOST_SEEDS:
        raise UserError(Fault("seeds", f"{quoted(seeds)} is neither a number nor a list of distinct seeds",
                              f"write a number, or distinct whole numbers from 0, at most {MOST_SEEDS:,}"))
    return tuple(found)


def _draws(draws: object, model: Runnable) -> tuple[Draw, ...]:
    """0 means the central values, N the draws 1..N; a table or a CSV file gives its own rows."""
    number = _whole(draws)
    if isinstance(number, int) and not isinstance(number, bool):
        if not 0 <= number <= MOST_DRAWS:
            raise UserError(Fault("draws", f"{quoted(number)} is not a number of draws", f"0 to {MOST_DRAWS:,}"))
        # draw m has imputation m of the base data and central parameters
        return tuple({"draw": one, "imputation": one} for one in (range(1, number + 1) if number else (0,)))
    if isinstance(draws, str) and (rows := library_draws(draws, model.draw_limits)) is not None:
        return rows
    if isinstance(draws, str | Path):
        return read_draws(Path(draws), model.draw_limits)
    if hasattr(draws, "to_dict"):
        draws = draws.to_dict("records")
    if not isinstance(draws, Sequence) or not all(isinstance(row, Mapping) for row in draws):
        raise UserError(Fault("draws", f"{quoted(draws)} is not a number of draws, a file or a table",
                              'a number, "production", "draws.csv", or rows of numbers by name'))
    return checked_draws(draws, model.draw_limits)


def _or(first: int | None, second: int | None) -> int | None:
    return second if first is None else first


def _runs(runs: Any) -> tuple[Named, ...] | None:
    """The runs of a table or a CSV file; None without one."""
    if runs is None or (isinstance(runs, tuple) and all(isinstance(run, Named) for run in runs)):
        return runs
    if isinstance(runs, str | Path):
        return read_runs(Path(runs))
    if hasattr(runs, "to_dict"):
        runs = runs.to_dict("records")
    if not isinstance(runs, Sequence) or not all(isinstance(row, Mapping) for row in runs):
        raise UserError(Fault("runs", f"{quoted(runs)} is neither a file nor a table",
                              'write "runs.csv", or rows by name'))
    return checked_runs(runs)


def _run_faults(request: Request) -> list[Fault]:
    """Faults: scenarios and draws of a table of runs that are not in the study."""
    scenarios, draws = [plan.name for plan in request.plans], {int(row["draw"]) for row in request.draws}
    unknown = dict.fromkeys(run.scenario for run in request.runs or () if run.scenario not in scenarios)
    faults = [Fault("runs", f"{quoted(name)} is not a scenario of this study", nearest(name, scenarios))
              for name in unknown]
    faults += [Fault("runs", f"draw {draw} is not among the draws of this study", "name it in the table of draws")
               for draw in dict.fromkeys(run.draw for run in request.runs or ()) if draw not in draws]
    return faults[:MAX_FAULTS]


def _attribution(said: Attribution | None, wanted: bool | None, reference: str | None,
                 plans: Sequence[Plan]) -> Attribution | None:
    """The attribution of a study: as specified, none, or the default."""
    if said is not None or not wanted:
        return said if wanted in (None, True) else None
    names = [plan.name for plan in plans]
    low = reference or next((name for name in ("no_policy", *names) if name in names), "")
    others = [name for name in names if name != low]
    high = "baseline" if "baseline" in others else others[0] if len(others) == 1 else ""
    if not high:
        raise UserError(Fault("attribution", f"{len(others)} scenarios beside {low}: which effect is to be attributed?"
                              if others else "an effect needs two scenarios",
                              "name them in the study: [attribution], low, high"))
    return Attribution(low, high, provisions())


def _attribution_faults(request: Request) -> list[Fault]:
    """Faults that prevent the attribution of an effect."""
    if request.attribution is None:
        return []
    found = request.attribution.faults(request.plans)
    if request.runs is not None:
        found.append(Fault("attribution", "needs every run of its scenarios", "leave out the table of runs"))
    return found


def _scenario_faults(request: Request) -> list[Fault]:
    """Faults: duplicate scenarios and invalid names."""
    faults, seen = [], set()
    if not request.plans:
        faults.append(Fault("scenarios", "the study names no scenarios"))
    for name in (request.name, *(plan.name for plan in request.plans)):
        if not proper_name(name):
            faults.append(Fault("scenarios", f"{name!r} is not a name",
                                "write letters of any script, digits, _ and -, at most 64"))
    for plan in request.plans:
        if same_name(plan.name) in seen:
            faults.append(Fault("scenarios", f"{plan.name} is listed twice"))
        seen.add(same_name(plan.name))
    if request.reference and request.reference not in {plan.name for plan in request.plans}:
        faults.append(Fault("reference", f"{request.reference} is not a scenario of this study",
                            nearest(request.reference, [plan.name for plan in request.plans])))
    return faults


def _setting_faults(request: Request, model: Runnable) -> list[Fault]:
    faults = []
    for name, value, limits in (("weight", request.weight, model.weights), ("until", request.until, model.horizons)):
        if not isinstance(value, int) or isinstance(value, bool) or not limits.admit(value):
            faults.append(Fault(name, f"{quoted(value)} is not {limits}"))
    if request.keep not in KEEP_LEVELS:
        faults.append(Fault("keep", f"{quoted(request.keep)} is not a level of detail",
                            "write " + ", ".join(KEEP_LEVELS)))
    if not isinstance(request.history_until, int | None) or isinstance(request.history_until, bool):
        faults.append(Fault("history_until", f"{quoted(request.history_until)} is not a year"))
    if request.follow and request.history_until is None:
        faults.append(Fault("follow", *NEEDS_A_YEAR))
    runs = len(request.runs or ()) or len(request.plans) * len(request.draws) * len(request.seeds)
    runs += sum(len(pair.orders) * (len(pair.orders[0]) - 1) for pair in request.pairs)
    if runs > MOST_RUNS:
        faults.append(Fault("study", f"{runs:,} runs are more than one folder holds ({MOST_RUNS:,})",
                            "split it into several studies"))
    return faults
