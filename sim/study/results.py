"""A study on disk: its results as one Dataset, its progress, and reruns of a sample.

Everything is read from the folder alone: resolved scenarios, table of draws, block files.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.core.dataset import names_its_dimension
from sim.core.declare import Card, Fault, UserError, nearest
from sim.scenario.follow import choice_of_text
from sim.simulate import HAINAN, PACK
from sim.study import orders
from sim.study.draws import Draw
from sim.study.request import TABLES
from sim.study.runnable import Labels, Plan, Runnable
from sim.study.store import AGAIN, DamagedStudy, Folder, Marker, Run

if TYPE_CHECKING:
    import xarray as xr

AXES = ("scenario", "draw", "seed")
SHOWN_RUNS = 20
SHOWN_HASH = 12


def open_results(folder: str | Path, variables: Sequence[str] | None = None, model: Runnable = HAINAN) -> xr.Dataset:
    """The results of a study by scenario, draw and seed, in the study's order, with names and indicators.

    Stored variables are read and verified when they are first used; `variables` (stored ones, or indicators) opens only
    these and their inputs. A run that is missing, or not listed in the table of runs, is nan in every variable (counts
    are then float64); the attributes `runs_missing` and `missing` give the number of missing runs and list them.
    """
    from sim.study.lazy import opened

    study = Folder(folder)
    manifest = study.manifest()
    present, missing = _present(study, manifest)
    stored = manifest["variables"]
    coordinates = dict(model.coordinates(manifest["until"]))
    _refuse_another_model(study, manifest, model.cards(), coordinates)
    names = list(stored) if variables is None else _needed(study, variables, stored, model)
    scenarios, draws, seeds = ({at: place for place, at in enumerate(manifest[axis])}
                               for axis in ("scenarios", "draws", "seeds"))
    there = {(scenarios[run.scenario], draws[run.draw], seeds[run.seed]): (marker, row)
             for run, marker, row in present}
    labels = coordinates | manifest["labels"] | _study_labels(study, manifest)
    shape = (len(scenarios), len(draws), len(seeds))
    found = opened(study, there, shape, {name: stored[name] for name in names}, manifest["labels"], labels,
                   _provenance(manifest, len(present), missing))
    found = model.with_indicators(found)
    _refuse_what_is_not_there(study, variables or (), found, manifest)
    return found if len(there) == np.prod(shape) else _without_missing(found, names, there)


def open_orders(folder: str | Path, variables: Sequence[str] | None = None,
                model: Runnable = HAINAN) -> xr.Dataset | None:
    """The runs of an attribution along its orders [step, draw, seed, year, ...]; None without an attribution.

    The steps are those of the first order, from no part to all parts, then those of the second, and so on; they are
    identified by `order` and `place`, and `comes` [step, draw, seed] is the part added last (its index on `part`; -1 at
    the start of an order). Missing runs are nan. `variables` as in `open_results`; UserError if these runs are stored
    at an insufficient level of detail.
    """
    from sim.study.lazy import opened

    study = Folder(folder)
    manifest = study.manifest()
    if "attribution" not in manifest:
        return None
    asked, pairs = orders.read(manifest["attribution"])
    coordinates = dict(model.coordinates(manifest["until"]))
    _refuse_another_model(study, manifest, model.cards(), coordinates)
    stored = {name: manifest["variables"][name] for name in manifest["attribution"]["variables"]}
    names = list(stored) if variables is None else _needed(study, variables, stored, model)
    done = _finished(study)
    keys = {(run.scenario, run.draw, run.seed): run.key for run in study.runs().values()}
    draws, seeds = (list(dict.fromkeys(getattr(pair, axis) for pair in pairs)) for axis in ("draw", "seed"))
    length = len(asked.parts) + 1
    places = {part.name: place for place, part in enumerate(asked.parts)}
    comes = np.full((asked.orders * length, len(draws), len(seeds)), -1)
    there = {}
    for pair in pairs:
        at = draws.index(pair.draw), seeds.index(pair.seed)
        for number, order in enumerate(pair.orders):
            comes[number * length + 1:(number + 1) * length, *at] = [places[name] for name in order]
            for place, name in enumerate(asked.walk(order)):
                key = keys.get((name, pair.draw, pair.seed), "")
                if key in done:
                    there[number * length + place, *at] = done[key]
    named = [run for run in _named(study, manifest) if orders.staged(manifest, run.scenario)]
    missing = [run for run in named if run.key not in done]
    labels = coordinates | manifest["labels"] | {
        "scenario": [f"{number}:{place}" for number in range(asked.orders) for place in range(length)],
        "draw": draws, "seed": seeds}
    found = opened(study, there, (len(comes), len(draws), len(seeds)), {name: stored[name] for name in names},
                   manifest["labels"], labels, _provenance(manifest, len(named) - len(missing), missing))
    found = model.with_indicators(found)
    _refuse_what_is_not_there(study, variables or (), found, manifest["attribution"])
    if len(there) < comes.size:
        found = _without_missing(found, names, there)
    along = {
        "order": ("step", np.repeat(np.arange(asked.orders), length)),
        "place": ("step", np.tile(np.arange(length), asked.orders)), "comes": (("step", "draw", "seed"), comes),
        "part": [part.name for part in asked.parts],
        "part_title": ("part", np.array([part.title for part in asked.parts], dtype=str)),
        "part_title_zh": ("part", np.array([part.title_zh for part in asked.parts], dtype=str)),
    }
    return found.rename(scenario="step").assign_coords(along).assign_attrs(low=asked.low, high=asked.high)


def _refuse_another_model(folder: Folder, manifest: Mapping, cards: Mapping[str, Card], coordinates: Labels) -> None:
    """UserError unless variables and labels shared with this model have the same shape, as required by its indicators.
    """
    stored, sizes = manifest["variables"], {dim: len(words) for dim, words in manifest["labels"].items()}
    other = [name for name, about in stored.items() if name in cards and list(cards[name].dims) != about["dims"]]
    other += [name for name, given in coordinates.items() if names_its_dimension(given)
              and sizes.get(given[0], len(given[1])) != len(given[1])]
    if other:
        raise UserError(Fault(str(folder.path), f"was made by another version of the model ({other[0]} differs)",
                              "open it with the version that made it"))


def other_data(folder: Path, manifest: Mapping, hashes: Mapping[str, str], otherwise: str = "") -> list[Fault]:
    """A fault where the runs of a study were made on other data than these, else none."""
    here = hashes["data_hash"]
    made = str(manifest.get("data_hash", here))
    if made == here:
        return []
    pack, rows = manifest.get("attributes", {}).get(PACK), manifest.get("overlay_hash")
    mends = ([f"name its pack ({pack}) with --pack"] if pack else []) + (["name its rows with --data"] if rows else [])
    mend = " and ".join(mends) or "leave --pack and --data out, or use the version of the model that made it"
    return [Fault(str(folder), f"was made on other data (hash {made[:SHOWN_HASH]}) than those in use "
                  f"({here[:SHOWN_HASH]})", mend + otherwise)]


def _refuse_other_data(folder: Folder, manifest: Mapping, model: Runnable) -> None:
    faults = other_data(folder.path, manifest, model.hashes())
    if faults:
        raise UserError(*faults)


def _present(folder: Folder, manifest: Mapping, staged: bool = False,
             ) -> tuple[list[tuple[Run, Marker, int]], list[Run]]:
    """The available runs of scenarios with their file and row, and the missing ones; with `staged` also those of the
    attribution."""
    done = _finished(folder)
    named = [run for run in _named(folder, manifest) if staged or not orders.staged(manifest, run.scenario)]
    return ([(run, *done[run.key]) for run in named if run.key in done],
            [run for run in named if run.key not in done])


def _finished(folder: Folder) -> dict[str, tuple[Marker, int]]:
    """The file and row of every available run, by key."""
    return {run.key: (marker, row) for marker in folder.markers()[0].values()
            for row, run in enumerate(marker.runs[place] for place in sorted(marker.runs))}


def _named(folder: Folder, manifest: Mapping) -> list[Run]:
    """The runs of the study, those of its attribution last."""
    return [run for _, run in sorted(folder.runs().items())
            if (run.scenario in manifest["scenarios"] or orders.staged(manifest, run.scenario))
            and run.draw in manifest["draws"] and run.seed in manifest["seeds"]]


def _needed(folder: Folder, variables: Iterable[str], stored: Mapping, model: Runnable) -> list[str]:
    """The stored variables that are requested, or needed to compute requested ones."""
    needed, faults = set(), []
    for name in dict.fromkeys(variables):
        sources = {name} if name in stored else model.sources(name)
        if not sources:
            faults.append(Fault(str(folder.path), f"{name} is not stored here", nearest(name, stored)))
        needed |= sources
    if faults:
        raise UserError(*faults)
    return [name for name in stored if name in needed]


def _refuse_what_is_not_there(folder: Folder, variables: Iterable[str], found: xr.Dataset, manifest: Mapping) -> None:
    """UserError if an indicator needs variables of a higher level of detail."""
    faults = [Fault(str(folder.path), f"{name} cannot be computed from what is stored (keep = {manifest['keep']})",
                    "run the study with a higher level of detail") for name in variables if name not in found]
    if faults:
        raise UserError(*faults)


def _study_labels(folder: Folder, manifest: Mapping) -> dict[str, object]:
    """Labels of scenario, draw and seed: titles of scenarios, and the numbers of each draw."""
    scenarios = manifest["scenarios"]
    labels: dict[str, object] = {"scenario": list(scenarios), "draw": manifest["draws"], "seed": manifest["seeds"]}
    for title in ("title", "title_zh"):
        labels[f"scenario_{title}"] = "scenario", np.array([about[title] for about in scenarios.values()], dtype=str)
    rows = _draws(folder, manifest["draws"])
    for name in rows[0]:
        if name not in {"draw", *labels, *manifest["variables"], *manifest["labels"]}:
            labels[name] = "draw", np.array([row[name] for row in rows])
    return labels


def _draws(folder: Folder, wanted: Sequence[int]) -> list[Draw]:
    """The rows of these draws."""
    rows = {row["draw"]: row for row in folder.draws()}
    lacking = [draw for draw in wanted if draw not in rows]
    if lacking:
        raise DamagedStudy(Fault(str(folder.path / "draws.csv"), f"has no draw {lacking[0]}", AGAIN))
    return [rows[draw] for draw in wanted]


def _provenance(manifest: Mapping, present: int, missing: Sequence[Run]) -> dict[str, object]:
    about = {name: manifest[name] for name in ("study", "title", "title_zh", "reference", "weight", "until", "keep")}
    about |= {name: text for name, text in manifest.items() if name.endswith("_hash")}
    about |= {name: manifest.get(name) for name in ("history_until", "follow")} | manifest.get("attributes", {})
    about |= {"draws": len(manifest["draws"]), "seeds": len(manifest["seeds"])}
    about |= {name: json.dumps(manifest[name], sort_keys=True) for name in TABLES if manifest.get(name)}
    about["scenario_hash"] = " ".join(f"{name}={about['hash']}" for name, about in manifest["scenarios"].items())
    about["runs"], about["runs_missing"] = present, len(missing)
    if missing:
        more = f" and {len(missing) - SHOWN_RUNS} more" if len(missing) > SHOWN_RUNS else ""
        about["missing"] = "; ".join(map(str, missing[:SHOWN_RUNS])) + more
    return {name: value for name, value in about.items() if value not in ("", None)}


def _without_missing(found: xr.Dataset, stored: Sequence[str], there: Iterable[tuple[int, int, int]]) -> xr.Dataset:
    """Set all indicators of missing runs to nan, including counts."""
    from sim.study.lazy import without_missing

    finished = np.zeros([found.sizes[dim] for dim in AXES], dtype=bool)
    for place in there:
        finished[place] = True
    return without_missing(found, [str(name) for name, values in found.data_vars.items()
                                   if name not in stored and set(AXES) <= set(values.dims)], finished)


def status(folder: str | Path, verify: bool = False) -> dict[str, object]:
    """The progress of a study: runs done, failed (with the reason) and left.

    With `verify` every file is compared with its hash, and `damaged` lists runs and tables that have changed since they
    were written.
    """
    study = Folder(folder)
    manifest = study.manifest()
    damaged = study.damage() if verify else {}
    present, missing = _present(study, manifest, staged=True)
    lost = [run for run, _, _ in present if str(run) in damaged]
    failed = {str(run): sentence for run in missing if (sentence := study.failure(run))}
    found = {
        "study": manifest["study"], "named": len(present) + len(missing), "done": len(present) - len(lost),
        "failed": failed, "left": len(missing) - len(failed) + len(lost),
    }
    return found | ({"damaged": damaged} if verify else {})


def reproduce(folder: str | Path, sample: int = 3, seed: int = 0, model: Runnable = HAINAN) -> dict[str, object]:
    """Rerun a sample of a study from its folder alone and compare bytes.

    The scenarios are those resolved in the folder, the draws those of its table; history is followed as in the study.
    `differing` lists the variables that differ, by run; `other` the hashes (code, lock) that differ from
    those of the study. UserError where the study was made on other data than the model's.
    """
    study = Folder(folder)
    manifest = study.manifest()
    followed = manifest.get("history_until")
    if model.history_until not in (None, followed):
        how = f"with history followed to {followed}" if followed else "without following history"
        raise UserError(Fault(str(study.path), f"was made {how}, not to {model.history_until}",
                              "leave the year out: it is read from the folder"))
    model = model.following(followed, choice_of_text(manifest.get("follow", "")))
    _refuse_other_data(study, manifest, model)
    present, _ = _present(study, manifest, staged=True)
    if not present:
        raise UserError(Fault(str(study.path), "has no finished run to compare with"))
    draws = dict(zip(manifest["draws"], _draws(study, manifest["draws"])))
    plans: dict[str, Plan] = {}
    chosen = sorted(random.Random(seed).sample(range(len(present)), min(sample, len(present))))
    differing: dict[str, list[str]] = {}
    for run, marker, row in (present[place] for place in chosen):
        if run.scenario not in plans:
            plans[run.scenario] = _plan_of(study, manifest, run, model)
        about = manifest["attribution"] if orders.staged(manifest, run.scenario) else manifest
        made = model.run_arrays(plans[run.scenario], run.seed, model.draw_of(draws[run.draw]), manifest["weight"],
                                manifest["until"], about["keep"])
        stored = study.read(marker, about["variables"])
        other = [name for name, values in stored.items()
                 if name not in made or made[name].astype(values.dtype).tobytes() != values[row].tobytes()]
        if other:
            differing[str(run)] = other
    other = sorted(name for name, text in model.hashes().items() if manifest.get(name) != text)
    return {"same": not differing, "runs": [str(present[place][0]) for place in chosen], "differing": differing,
            "other": other}


class Making(NamedTuple):
    """The inputs of a study's runs: its manifest, plans by name, and draws by number in the form used by the model.

    `model` follows history as the study did.
    """

    manifest: Mapping
    plans: Mapping[str, Plan]
    draws: Mapping[int, object]
    model: Runnable


def making(folder: str | Path, scenarios: Iterable[str], model: Runnable = HAINAN) -> Making:
    """The inputs of some scenarios of a study, from its folder alone.

    UserError for a scenario that the study does not hold, where a plan has changed since, and where the study was made
    on other data than the model's.
    """
    study = Folder(folder)
    manifest = study.manifest()
    faults = [Fault(name, f"is not a scenario of {study.path}", nearest(name, manifest["scenarios"])
                    or ", ".join(manifest["scenarios"])) for name in scenarios if name not in manifest["scenarios"]]
    if faults:
        raise UserError(*faults)
    model = model.following(manifest.get("history_until"), choice_of_text(manifest.get("follow", "")))
    _refuse_other_data(study, manifest, model)
    draws = {int(row["draw"]): model.draw_of(row) for row in _draws(study, manifest["draws"])}
    return Making(manifest, {name: _resolved(study, manifest, name, model) for name in scenarios}, draws, model)


def _plan_of(folder: Folder, manifest: Mapping, run: Run, model: Runnable) -> Plan:
    """The scenario of a run as resolved in the folder, or combined from those."""
    if not orders.staged(manifest, run.scenario):
        return _resolved(folder, manifest, run.scenario, model)
    asked, pairs = orders.read(manifest["attribution"])
    ends = [_resolved(folder, manifest, name, model) for name in (asked.low, asked.high)]
    mine = [pair for pair in pairs if (pair.draw, pair.seed) == (run.draw, run.seed)]
    return next(plan for _, plan in asked.plans(ends, mine) if plan.name == run.scenario)


def _resolved(folder: Folder, manifest: Mapping, name: str, model: Runnable) -> Plan:
    """A scenario as resolved in the folder, checked to be the one that was run."""
    path = folder.scenario(name)
    plan = model.load_plan(path)
    if plan.hash != manifest["scenarios"][name]["hash"]:
        raise UserError(Fault(str(path), "has changed since these runs were made"))
    return plan
