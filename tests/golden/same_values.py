"""Compare every recorded value of a set of runs between two versions of the sources, bit for bit.

    python -m tests.golden.same_values store FOLDER      # in a checkout of the old version
    python -m tests.golden.same_values compare FOLDER    # in a checkout of the new one

Variables that were renamed on purpose stand in `renamed.csv` (columns `old`, `new`). The runs:
`no_policy`, `baseline` and `full`, seeds 0 and 1, 1000 and 200 persons a row, to 2035; `--quick` takes the first seed
and the larger weight only.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

RENAMED = Path(__file__).with_name("renamed.csv")
PLANS, SEEDS, WEIGHTS, UNTIL = ("no_policy", "baseline", "full"), (0, 1), (1000, 200), 2035


def runs(quick: bool) -> list[tuple[str, int, int]]:
    """The runs compared: plan, seed, persons a row."""
    if quick:
        return [(plan, SEEDS[0], WEIGHTS[0]) for plan in PLANS]
    return [(plan, seed, weight) for weight in WEIGHTS for plan in PLANS for seed in SEEDS]


def file_of(folder: Path, run: tuple[str, int, int]) -> Path:
    """Where the record of a run is stored."""
    plan, seed, weight = run
    return folder / f"{plan}-seed{seed}-weight{weight}.npz"


def recorded(plan: str, seed: int, weight: int) -> dict[str, np.ndarray]:
    """Every recorded variable of one run, [year, ...]."""
    from sim.model import HainanModel

    model = HainanModel(plan, seed=seed, weight=weight, until=UNTIL)
    while model.running:
        model.step()
    return model.record


def differences(old: dict[str, np.ndarray], new: dict[str, np.ndarray], renamed: dict[str, str]) -> list[str]:
    """What differs between two records, a line a variable; an empty list if every value is the same."""
    names, found = {renamed.get(name, name): name for name in old}, []
    found += [f"{name}: only in the new record" for name in sorted(new.keys() - names.keys())]
    for name, before in names.items():
        if name not in new:
            found.append(f"{name}: missing")
        elif old[before].shape != new[name].shape or old[before].dtype != new[name].dtype:
            found.append(f"{name}: {old[before].dtype}{old[before].shape} became {new[name].dtype}{new[name].shape}")
        elif old[before].tobytes() != new[name].tobytes():
            year = int(np.flatnonzero((old[before] != new[name]).reshape(len(old[before]), -1).any(axis=1))[:1].sum())
            gap = float(np.nanmax(np.abs(old[before].astype(float) - new[name].astype(float))))
            found.append(f"{name}: differs from row {year} on, at most by {gap:g}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 where every value is the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("store", "compare"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--renamed", type=Path, default=RENAMED)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(arguments)
    with asked.renamed.open(encoding="utf-8", newline="") as lines:
        renamed = {row["old"]: row["new"] for row in csv.DictReader(lines)}
    asked.folder.mkdir(parents=True, exist_ok=True)
    worst = 0
    for run in runs(asked.quick):
        path, found = file_of(asked.folder, run), recorded(*run)
        if asked.action == "store":
            np.savez(path, **found)
            print(f"stored {path.name}: {len(found)} variables")
            continue
        with np.load(path, allow_pickle=False) as stored:
            faults = differences({name: stored[name] for name in stored.files}, found, renamed)
        verdict = f"{len(faults)} differ" if faults else "every value the same"
        print(f"{path.stem}: {len(found)} variables, {verdict}")
        for fault in faults[:20]:
            print(f"  {fault}")
        worst += bool(faults)
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
