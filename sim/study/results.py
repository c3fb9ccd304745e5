"""A study that has been run: its results as one Dataset, how far it is, and a sample of it run again.

All from the folder alone: its resolved scenarios, its table of draws, its rows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.core.declare import Fault, UserError, nearest
from sim.simulate import HAINAN
from sim.study.request import TABLES
from sim.study.runnable import Plan, Runnable
from sim.study.store import Folder, Run, missing_value

if TYPE_CHECKING:
    import xarray as xr

SHOWN_RUNS = 20


def open_results(folder: str | Path, variables: Sequence[str] | None = None, model: Runnable = HAINAN) -> xr.Dataset:
    """The results of a study, unfolded to scenario, draw, seed, in the study's order, with names and indicators.

    A run that is not there is nan, or -1 among counts; the attribute `missing` says which. `variables` reads only
    these.
    """
    from sim.core import dataset

    folder = Folder(folder)
    manifest = folder.manifest()
    present, missing = _present(folder, manifest)
    names = _wanted_names(folder, variables, manifest)
    axes = [list(manifest["scenarios"]), manifest["draws"], manifest["seeds"]]
    rows = sorted(present)
    places = tuple(zip(*((axes[0].index(run.scenario), axes[1].index(run.draw), axes[2].index(run.seed))
                         for run in (present[row] for row in rows))))
    arrays = {}
    for name in names:
        values = folder.read([name], rows)[name]
        whole = np.full((*map(len, axes), *values.shape[1:]), missing_value(values.dtype), dtype=values.dtype)
        if rows:
            whole[places] = values
        arrays[name] = whole
    labels = dict(model.coordinates(manifest["until"]))
    for name in ("year", "county"):
        labels[name] = folder.read_label(name)
    opened = dataset.make(arrays, model.cards(), {**labels, **_study_labels(folder, manifest)},
                          _provenance(manifest, present, missing), ("scenario", "draw", "seed", "year"))
    opened = model.with_indicators(opened)
    return _without_missing(opened, arrays, places) if missing else opened


def _present(folder: Folder, manifest: Mapping) -> tuple[dict[int, Run], list[Run]]:
    """The runs that are there, by row, and those that are not."""
    done = folder.done()
    runs = {row: run for row, run in folder.runs().items() if run.scenario in manifest["scenarios"]
            and run.draw in manifest["draws"] and run.seed in manifest["seeds"]}
    present = {row: run for row, run in runs.items() if done.get(run.key) == row}
    return present, [run for row, run in runs.items() if row not in present]


def _wanted_names(folder: Folder, variables: Sequence[str] | None, manifest: Mapping) -> Sequence[str]:
    if variables is None:
        return manifest["variables"]
    faults = [Fault(str(folder.path), f"{name} is not stored here", nearest(name, manifest["variables"]))
              for name in variables if name not in manifest["variables"]]
    if faults:
        raise UserError(*faults)
    return list(variables)


def _study_labels(folder: Folder, manifest: Mapping) -> dict[str, object]:
    """Labels of scenario, draw and seed: titles of scenarios, and the numbers of each draw."""
    scenarios = manifest["scenarios"]
    labels: dict[str, object] = {"scenario": list(scenarios), "draw": manifest["draws"], "seed": manifest["seeds"]}
    for title in ("title", "title_zh"):
        labels[f"scenario_{title}"] = "scenario", np.array([about[title] for about in scenarios.values()], dtype=str)
    rows = {row["draw"]: row for row in folder.draws()}
    for name in next(iter(rows.values())):
        if name != "draw" and name not in manifest["variables"]:
            labels[name] = "draw", np.array([rows[draw][name] for draw in manifest["draws"]])
    return labels


def _provenance(manifest: Mapping, present: Mapping, missing: Sequence[Run]) -> dict[str, object]:
    about = {name: manifest[name] for name in ("study", "title", "title_zh", "reference", "weight", "until", "keep")}
    about |= {name: text for name, text in manifest.items() if name.endswith("_hash")}
    about |= {name: json.dumps(manifest[name], sort_keys=True) for name in TABLES if manifest.get(name)}
    about["scenario_hash"] = " ".join(f"{name}={about['hash']}" for name, about in manifest["scenarios"].items())
    about["runs"], about["runs_missing"] = len(present), len(missing)
    if missing:
        more = f" and {len(missing) - SHOWN_RUNS} more" if len(missing) > SHOWN_RUNS else ""
        about["missing"] = "; ".join(map(str, missing[:SHOWN_RUNS])) + more
    return {name: value for name, value in about.items() if value not in ("", None)}


def _without_missing(opened, arrays: Mapping[str, np.ndarray], places):
    """Indicators of runs that are not there are nan too, not numbers made of -1."""
    import xarray as xr

    there = np.zeros([opened.sizes[dim] for dim in ("scenario", "draw", "seed")], dtype=bool)
    if places:
        there[places] = True
    there = xr.DataArray(there, dims=("scenario", "draw", "seed"))
    for name, variable in opened.data_vars.items():
        if name not in arrays and set(there.dims) <= set(variable.dims) and variable.dtype.kind == "f":
            opened[name] = variable.where(there).transpose(*variable.dims).assign_attrs(variable.attrs)
    for name in arrays:
        if arrays[name].dtype.kind == "i":
            opened[name].attrs["missing_run"] = -1
    return opened


def status(folder: str | Path) -> dict[str, object]:
    """How far a study is: runs done, failed (with why) and left."""
    folder = Folder(folder)
    manifest = folder.manifest()
    present, missing = _present(folder, manifest)
    failed = {str(run): sentence for run in missing if (sentence := folder.failure(run))}
    return {
        "study": manifest["study"], "named": len(present) + len(missing), "done": len(present), "failed": failed,
        "left": len(missing) - len(failed),
    }


def reproduce(folder: str | Path, sample: int = 3, seed: int = 0, model: Runnable = HAINAN) -> dict[str, object]:
    """Run a sample of a study again, from its folder alone, and compare bytes.

    The scenarios are those resolved in the folder, the draws those of its table. `differing` names the variables that
    came out otherwise, by run; `other` the hashes (code, data, lock) that are not those which made the study.
    """
    folder = Folder(folder)
    manifest = folder.manifest()
    present, _ = _present(folder, manifest)
    if not present:
        raise UserError(Fault(str(folder.path), "has no finished run to compare with"))
    draws = {row["draw"]: row for row in folder.draws()}
    plans: dict[str, Plan] = {}
    chosen = sorted(random.Random(seed).sample(sorted(present), min(sample, len(present))))
    differing: dict[str, list[str]] = {}
    for row in chosen:
        run = present[row]
        if run.scenario not in plans:
            plans[run.scenario] = _plan_of(folder, manifest, run.scenario, model)
        made = model.run_arrays(plans[run.scenario], run.seed, model.draw_of(draws[run.draw]), manifest["weight"],
                                manifest["until"], manifest["keep"])
        stored = folder.read(manifest["variables"], [row])
        other = [name for name, values in stored.items()
                 if name not in made or made[name].astype(values.dtype).tobytes() != values[0].tobytes()]
        if other:
            differing[str(run)] = other
    other = sorted(name for name, text in model.hashes().items() if manifest.get(name) != text)
    return {"same": not differing, "runs": [str(present[row]) for row in chosen], "differing": differing,
            "other": other}


def _plan_of(folder: Folder, manifest: Mapping, name: str, model: Runnable) -> Plan:
    """A scenario as resolved in the folder; it must be the one that was run."""
    path = folder.path / "scenarios" / f"{name}.toml"
    plan = model.load_plan(path)
    if plan.hash != manifest["scenarios"][name]["hash"]:
        raise UserError(Fault(str(path), "has changed since these runs were made"))
    return plan
