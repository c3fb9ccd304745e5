"""What a batch is asked to run: scenarios x draws x seeds, with weight, horizon and level of detail.

A study file, a study, or scenarios by name, file or object all become one `Request`, with every default filled in; its
faults are found here, before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.declare import KEEP_LEVELS, Fault, UserError, nearest
from sim.core.toml_file import proper_name, same_name
from sim.levers import LIBRARY
from sim.simulate import HAINAN
from sim.study.draws import read_draws
from sim.study.runnable import Plan, Runnable
from sim.study.studies import load_study

SAID = ("name", "title", "title_zh", "scenarios", "seeds", "draws", "draw_table", "weight", "until", "keep",
        "reference", "goalposts", "weights", "contrasts")
TABLES = ("goalposts", "weights", "contrasts")  # numbers of the composite index that differ; registered differences
SEEDS = 5
KEEP = "county"
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """Frozen scenarios, rows of draws, seeds: every run is one of each."""

    name: str
    plans: tuple[Plan, ...]
    seeds: tuple[int, ...]
    draws: tuple[Mapping, ...]
    weight: int
    until: int
    keep: str = KEEP
    reference: str = ""
    title: str = ""
    title_zh: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)

    def to_toml(self) -> str:
        """The study as a file of its folder: its scenarios stand resolved in scenarios/, its draws in draws.csv."""
        counted = len(self.seeds) if self.seeds == _seeds(len(self.seeds)) else list(self.seeds)
        lines = {
            "title": self.title or self.name, "title_zh": self.title_zh,
            "scenarios": [f"scenarios/{plan.name}.toml" for plan in self.plans], "reference": self.reference,
            "seeds": counted, "draws": "draws.csv", "weight": self.weight, "until": self.until, "keep": self.keep,
        }
        text = "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items() if value != "")
        for table, values in self.extras.items():
            text += f"\n[{table}]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
        return text


def resolve(what, model: Runnable = HAINAN, *, seeds=None, draws=None, weight=None, until=None, keep=None) -> Request:
    """The request with every default filled in: arguments go before what the study says, that before our defaults.

    UserError with the faults of the first kind found: of the files, of the settings, or of the draws.
    """
    given = _given(what)
    plans = tuple(model.load_plan(scenario) for scenario in given["scenarios"])

    def said(name: str, here, default):
        found = here if here is not None else given.get(name)
        return default if found is None else found

    table = given.get("draw_table") if draws is None else None
    request = Request(
        name=given.get("name") or (plans[0].name if len(plans) == 1 else "batch"), plans=plans,
        seeds=_seeds(said("seeds", seeds, SEEDS)), draws=_draws(table or said("draws", draws, 0)),
        weight=said("weight", weight, model.weight), until=said("until", until, model.horizon),
        keep=said("keep", keep, KEEP),
        reference=given.get("reference") or "", title=given.get("title") or "", title_zh=given.get("title_zh") or "",
        extras={name: dict(value) for name in TABLES if (value := given.get(name))},
    )
    faults = [*_scenario_faults(request), *_setting_faults(request, model)]
    if faults:
        raise UserError(*faults)
    for row in request.draws:
        model.draw_of(row)  # refuses a name that is no parameter, lever or outlook series
    return request


def _given(what) -> dict[str, object]:
    """What was handed in, as a mapping with at least `scenarios`."""
    if isinstance(what, str | Path) or not isinstance(what, Sequence):
        what = [what]
    if len(what) == 1 and (path := _study_file(what[0])):
        what = [load_study(path)]
    if len(what) == 1 and hasattr(what[0], "scenarios"):
        return {name: getattr(what[0], name, None) for name in SAID}
    return {"scenarios": list(what)}


def _study_file(what) -> Path | None:
    """The file of a study: one that says `scenarios = ...` (a scenario never does), or one of the library by name."""
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
    """A value as TOML writes it (JSON does so too, for what is here)."""
    return json.dumps(value, ensure_ascii=False)


def _seeds(seeds) -> tuple[int, ...]:
    """A number N is the seeds 0..N-1."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if seeds < 1:
            raise UserError(Fault("seeds", f"{seeds} is not a number of seeds", "write 1 or more"))
        return tuple(range(seeds))
    try:
        found = tuple(int(seed) for seed in seeds)
    except (TypeError, ValueError):
        raise UserError(Fault("seeds", f"{seeds!r} is no number and no list of seeds")) from None
    if not found or len(set(found)) < len(found) or not all(0 <= seed <= MAX_SEED for seed in found):
        raise UserError(Fault("seeds", f"{list(found)} has none, a seed twice or one out of range",
                              "write different whole numbers from 0"))
    return found


def _draws(draws) -> tuple[dict, ...]:
    """0 is the central values, N the draws 1..N; a table or a CSV file gives rows of its own."""
    if isinstance(draws, int) and not isinstance(draws, bool):
        if draws < 0:
            raise UserError(Fault("draws", f"{draws} is not a number of draws", "write 0 or more"))
        # draw m has imputation m of the base data; its parameters are the central ones
        numbers = range(1, draws + 1) if draws else (0,)
        return tuple({"draw": number, "imputation": number} for number in numbers)
    if isinstance(draws, str | Path):
        draws = read_draws(Path(draws))
    if hasattr(draws, "to_dict"):
        draws = draws.to_dict("records")
    rows = []
    for place, row in enumerate(draws):
        numbers = {"draw": place + 1, "imputation": 0} | dict(row)
        rows.append({name: int(value) if name in ("draw", "imputation") else float(value)
                     for name, value in numbers.items()})
    faults = []
    if not rows:
        faults.append(Fault("draws", "the table has no row"))
    if len({row["draw"] for row in rows}) < len(rows):
        faults.append(Fault("draws", "a draw stands there twice"))
    if len({tuple(row) for row in rows}) > 1:
        faults.append(Fault("draws", "rows have different columns"))
    faults += [Fault("draws", f"draw {row['draw']}: {name} is not a finite number") for row in rows
               for name, value in row.items() if not abs(value) < float("inf")]
    if faults:
        raise UserError(*faults)
    return tuple(rows)


def _scenario_faults(request: Request) -> list[Fault]:
    """A scenario once, under a name that is a name."""
    faults, seen = [], set()
    if not request.plans:
        faults.append(Fault("scenarios", "the study names none"))
    for name in (request.name, *(plan.name for plan in request.plans)):
        if not proper_name(name):
            faults.append(Fault("scenarios", f"{name!r} is not a name",
                                "write letters of any script, digits, _ and -, at most 64"))
    for plan in request.plans:
        if same_name(plan.name) in seen:
            faults.append(Fault("scenarios", f"{plan.name} stands there twice"))
        seen.add(same_name(plan.name))
    if request.reference and request.reference not in {plan.name for plan in request.plans}:
        faults.append(Fault("reference", f"{request.reference} is no scenario of the study",
                            nearest(request.reference, [plan.name for plan in request.plans])))
    return faults


def _setting_faults(request: Request, model: Runnable) -> list[Fault]:
    faults = []
    if not isinstance(request.weight, int) or isinstance(request.weight, bool) or request.weight < 1:
        faults.append(Fault("weight", f"{request.weight!r} is not a weight", "write a whole number, 1 or more"))
    if not isinstance(request.until, int) or isinstance(request.until, bool) or request.until <= model.first_year:
        faults.append(Fault("until", f"{request.until!r} is not a horizon", f"write a year after {model.first_year}"))
    if request.keep not in KEEP_LEVELS:
        faults.append(Fault("keep", f"{request.keep!r} is no level of detail", "write " + ", ".join(KEEP_LEVELS)))
    return faults
