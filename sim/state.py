"""Save and continue: a copy of a model, in memory or from a file, continues as the model itself would, byte for byte.

`copy.deepcopy` and `pickle` keep everything, including what a user has added. A file (NetCDF) keeps the model's own
state: its tables, persons and record, and the scenario as text; it contains no code. A state made by other code or
other data is refused, because the run would then be a mixture of two versions.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sim import names, settle
from sim.core import dataset
from sim.core.cache import source_hash
from sim.core.declare import Fault, UserError
from sim.core.files import kind_of
from sim.mechanisms.past import History
from sim.region.pack import DEFAULT_PATH, Pack, laid_over, load_pack
from sim.scenario import Scenario, load_scenario
from sim.scenario.files import scenario_of_text
from sim.words import BASE_YEAR

if TYPE_CHECKING:
    import xarray as xr

HISTORY = "history."  # prefix of the names of residual arrays
KIND = "state of a model"
OF_THE_DRAW = ("pack", "observed", "settled", "parameters")
"""Attributes shared by all runs of a draw and never changed; rebuilt when a model is rebuilt."""


class Continued:
    """Mixin of the model for copying, pickling, saving and loading; rebuilds the record."""

    if TYPE_CHECKING:
        plan: Scenario
        outlook: Mapping[str, np.ndarray]

        def __init__(self, **arguments: Any):
            """Declared by the model."""

        def __getattr__(self, name: str) -> Any:
            """Set an attribute of the model."""

    # ---- in memory

    def __deepcopy__(self, memo: dict) -> Self:
        shared = [getattr(self, name) for name in (*OF_THE_DRAW, "plan")]
        memo |= {id(thing): thing for thing in shared}
        made = object.__new__(type(self))
        memo[id(self)] = made
        made._take_up(copy.deepcopy(self._kept(), memo))
        return made

    def __getstate__(self) -> dict[str, object]:
        kept = {name: value for name, value in self._kept().items() if name not in OF_THE_DRAW}
        shipped = self.pack.path == DEFAULT_PATH.resolve()  # it may stand elsewhere where the model is taken up
        return kept | {"_made_by": made_by(self), "_data": (None if shipped else self.pack.path, self.pack.overlay)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        path, overlay = kept.pop("_data")
        pack = load_pack(path or DEFAULT_PATH, overlay)
        refuse_others("a pickled model", kept.pop("_made_by"), pack)
        base = settle.base_year(pack, kept["weight"], kept["draw"], kept["plan"].parameters)
        shared = {"pack": pack, "observed": base.observed, "settled": base.settled, "parameters": base.parameters}
        self._take_up(kept | shared)

    def _kept(self) -> dict[str, object]:
        """All attributes; of the record only its numbers, since its columns are views of tables and arrays."""
        return {**{name: value for name, value in vars(self).items() if name not in ("record", "_books")},
                "_written": [book for book, _ in self._books]}

    def _take_up(self, kept: Mapping[str, object]) -> None:
        vars(self).update(kept)
        written = vars(self).pop("_written")
        self.open_record()
        for (book, _), numbers in zip(self._books, written, strict=True):
            book[...] = numbers

    def branch(self, plan: Scenario | str) -> Self:
        """A copy that continues under another scenario from the next year on; past years stay as they are.

        Raises UserError where the scenario has other parameters, because these apply to all years, past ones included.
        """
        plan = load_scenario(plan)
        other = sorted(name for name in {*plan.parameters, *self.plan.parameters}
                       if plan.parameters.get(name) != self.plan.parameters.get(name))
        if other:
            raise UserError(Fault(plan.name, f"sets {', '.join(other)}, which applies to all years, also those before "
                                             f"{self.year + 1}", "run it from the base year"))
        made = copy.deepcopy(self)
        made.plan = plan
        made.outlook = made.outlook_of(plan)
        return made

    # ---- in files

    def save(self, path: str | Path, force: bool = False) -> Path:
        """Write the state at the end of the year as NetCDF, completely or not at all; UserError where this fails.

        A file that is not a saved model is overwritten only with `force`. What a user has added to the model (agents,
        attributes, a collector) is not saved.
        """
        path = Path(path)
        if not force and kind_of(path) == "file" and not _is_state(path):
            raise UserError(Fault(str(path), "already exists and is not a saved model",
                                  "choose another name, or force=True"))
        return dataset.save(as_dataset(self), path)

    @classmethod
    def load(cls, path: str | Path, pack: str | Path | Pack | None = None) -> Self:
        """The model saved in a file; a subclass is constructed with the arguments of the model.

        `pack`: the data pack it was made with, where that is not the one in use. Raises UserError where the file is not
        a saved model, is damaged, or was made by other code or data.
        """
        with laid_over(None, pack):
            return cls._loaded(path)

    @classmethod
    def _loaded(cls, path: str | Path) -> Self:
        stored = dataset.open_dataset(path)
        arrays = {str(name): variable.values for name, variable in stored.data_vars.items()}
        about = _about(stored, arrays, path)
        told = {name.removeprefix(HISTORY): arrays.pop(name) for name in list(arrays) if name.startswith(HISTORY)}
        history = History.of_arrays(about["followed"], told) if told else None
        plan = scenario_of_text(about["plan"], about["scenario"])
        model = cls(plan=plan, seed=about["seed"], weight=about["weight"], until=about["until"], draw=about["draw"],
                    threads=about["threads"], held=about["held"], held_from=about["held_from"],
                    **({"history": history} if history else {}))
        _go_to(model, about["year"])
        _put(model, arrays)
        return model


def _is_state(path: Path) -> bool:
    """Whether a file is marked as the state of a model."""
    found = dataset.provenance(path)
    return found is not None and found[0].get("title") == KIND


def made_by(model: Any) -> dict[str, str]:
    """Hashes of the code and data of a model."""
    return {"code": source_hash(), "data": model.pack.hash}


def refuse_others(what: str, made: Mapping[str, object], pack: Pack) -> None:
    """UserError if a state comes from different code or data."""
    here = {"code": source_hash(), "data": pack.hash}
    mends = {"code": "continue with the version that made it, or rerun it with this one",
             "data": "continue with the same data pack (pack=DIR) and the same rows over it, or rerun it"}
    faults = [Fault(what, f"comes from another version of the model's {name}", mends[name])
              for name in here if made.get(name) != here[name]]
    if faults:
        raise UserError(*faults)


# --- as a Dataset


def as_dataset(model: Any) -> xr.Dataset:
    """The state of a model as plain arrays, with its provenance as attributes."""
    import xarray as xr

    arrays = _arrays(model)
    if model.history.until > BASE_YEAR:
        arrays |= {f"{HISTORY}{name}": array for name, array in model.history.arrays().items()}
    arrays |= {f"collected.{name}": np.asarray(values) for name, values in _collected(model).items()}
    about = {"scenario": model.plan.name, "plan": model.plan.to_toml(), "seed": model.seed, "weight": model.weight,
             "until": model.until, "draw": model.draw, "threads": model.threads, "year": model.year,
             "followed": model.history.until, "held": model.held, "held_from": model.held_from}
    made = {f"{name}_hash": text for name, text in made_by(model).items()}
    made["content_hash"] = dataset.content_hash(arrays, state := json.dumps(about))
    return xr.Dataset({name: (tuple(f"of_{size}" for size in _sizes(array)), array) for name, array in arrays.items()},
                      attrs={"format": dataset.FORMAT, "title": KIND, **made, "state": state})


def _sizes(array: np.ndarray) -> tuple[str, ...]:
    """Names of dimensions by length and position, made unique."""
    sizes = [str(size) for size in array.shape]
    return tuple(f"{size}{'_again' * sizes[:place].count(size)}" for place, size in enumerate(sizes))


def _arrays(model: Any) -> dict[str, np.ndarray]:
    """All arrays changed by a year, by location and name."""
    found = {f"{table}.{name}": array for table in (*names.TABLES, "persons")
             for name, array in getattr(model, table).arrays().items()}
    found["persons.seekers"] = model.persons.seekers
    found |= {f"start.{name}": array for name, array in getattr(model, "start", {}).items()}
    found |= {f"when_held.{name}": array for name, array in getattr(model, "when_held", {}).items()}
    found |= {f"start_account.{name}": array for name, array in getattr(model, "start_account", {}).items()}
    return found | {f"record.{book.dtype}": book for book, _ in model._books}


def _collected(model: Any) -> dict[str, list]:
    """Contents of the model's collector: numbers of the model by name and year; empty if it holds anything else."""
    collector = model.datacollector
    more = collector.agent_reporters or collector.agenttype_reporters or collector.tables
    plain = all(np.asarray(values).dtype.kind in "iuf" for values in collector.model_vars.values())
    return dict(collector.model_vars) if plain and not more else {}


def _about(stored: xr.Dataset, arrays: Mapping[str, np.ndarray], path: str | Path) -> dict[str, Any]:
    """Provenance of a state; UserError if it is not one, is damaged, or comes from other code or data."""
    if stored.attrs.get("title") != KIND or "state" not in stored.attrs:
        raise UserError(Fault(str(path), "is not the state of a model", "name a file that model.save wrote"))
    refuse_others(str(path), {name: stored.attrs.get(f"{name}_hash") for name in ("code", "data")}, load_pack())
    state = str(stored.attrs["state"])
    if stored.attrs.get("content_hash") != dataset.content_hash(arrays, state):
        raise UserError(Fault(str(path), "is damaged: it is not what was saved", "save the model again"))
    return json.loads(state)


def _go_to(model: Any, year: int) -> None:
    """Set the clock to the end of a year without simulating; Mesa counts the years as steps."""
    model.running = False
    collects = bool(_collected(model))
    for _ in range(year - model.year):
        model.step()
        if collects:
            model.datacollector.collect(model)  # placeholder for the numbers inserted later
    model.year, model.running = year, year < model.until
    model.before, model.now = model.levers_of(year - 1), model.levers_of(year)


def _put(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """Insert stored arrays."""
    persons = {name.removeprefix("persons."): arrays.pop(name) for name in list(arrays) if name.startswith("persons.")}
    seekers = persons.pop("seekers")
    model.persons = type(model.persons)(persons)
    model.persons.seekers = seekers
    for group in ("start", "start_account", "when_held"):
        own = {name: arrays.pop(name) for name in list(arrays) if name.startswith(f"{group}.")}
        if own:
            setattr(model, group, {name.removeprefix(f"{group}."): array for name, array in own.items()})
    for name in [name for name in arrays if name.startswith("collected.")]:
        values, reporter = arrays.pop(name).tolist(), name.removeprefix("collected.")
        if reporter in _collected(model):
            model.datacollector.model_vars[reporter][:] = values
    places = {name: array for name, array in _arrays(model).items() if not name.startswith(("persons.", "start"))}
    for name, array in arrays.items():
        places[name][...] = array
