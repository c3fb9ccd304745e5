"""A small run against stored numbers; `python3 run.py refresh --golden` rewrites them on purpose.

The run: baseline, seed 0, a thousand persons a row, to 2016. Stored are the years of the province and the counties of
the last year, whole numbers for persons, seven digits for all else. A refresh belongs to a line of the changelog that
names the years and sections that moved.
"""

import json
from pathlib import Path

import numpy as np

from sim.model import HainanModel

FILE = Path(__file__).with_name("baseline_2016.json")
RUN = {"plan": "baseline", "seed": 0, "weight": 1000, "until": 2016}
PERSONS = ("population", "population_zone", "registered", "registered_outside", "births", "deaths", "arrivals_internal",
           "arrivals_outside", "departures_outside", "hukou_in", "employed")
OTHERS = ("gdp", "gdp_branch", "disposable_income", "capital", "own_revenue", "transfer_equalisation", "debt",
          "service_index", "converted")


def series() -> dict[str, np.ndarray]:
    """The key series of the run, [year, county, ...]."""
    model = HainanModel(**RUN)
    while model.running:
        model.step()
    return {name: model.record[name] for name in (*PERSONS, *OTHERS)}


def kept(array: np.ndarray) -> dict[str, list]:
    """What is stored of a series: sums over counties by year, and the counties of the last year."""
    exact = array.dtype.kind == "i"
    tidy = (lambda x: x.tolist()) if exact else (lambda x: [float(f"{v:.7g}") for v in x])
    by_year = array.astype(np.int64 if exact else np.float64).sum(axis=1)
    return {"years": [tidy(np.atleast_1d(row)) for row in by_year],
            "counties": [tidy(np.atleast_1d(row)) for row in array[-1]]}


def written(found: dict[str, np.ndarray]) -> str:
    """The file's text: one line a series and part."""
    lines = [f'  "run": {json.dumps(RUN)}']
    for name, array in found.items():
        parts = kept(array)
        lines.append(f'  "{name}": {{\n    "years": {json.dumps(parts["years"])},\n'
                     f'    "counties": {json.dumps(parts["counties"])}\n  }}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(series()), encoding="utf-8", newline="\n")
    print(f"wrote {FILE.name}: {len(PERSONS) + len(OTHERS)} series to {RUN['until']}")
