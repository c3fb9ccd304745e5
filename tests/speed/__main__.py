"""The table of docs/speed.md: `python -m tests.speed [--large] [--runs N] [--before DIR] [--write docs/speed.md]`."""

import argparse
from pathlib import Path

from tests.speed.measure import Sizes, measured, page

if __name__ == "__main__":
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--large", action="store_true", help="ten million persons too (about 3 GB)")
    asks.add_argument("--runs", type=int, default=40, help="runs of the batch")
    asks.add_argument("--weight", type=int, default=1000, help="persons a row of the batch")
    asks.add_argument("--turns", type=int, default=5, help="turns of every whole command")
    asks.add_argument("--compared", type=int, default=20, help="seeds of the three scenarios that are compared")
    asks.add_argument("--before", type=Path, help="a checkout of older code, whose whole commands are measured in turn")
    asks.add_argument("--write", type=Path, help="write the page")
    said = asks.parse_args()
    rows = (10**4, 10**5, 10**6, *([10**7] if said.large else []))
    text = page(measured(Sizes(rows=rows, runs=said.runs, batch_weight=said.weight, turns=said.turns,
                               compared=said.compared, before=said.before)))
    if said.write:
        said.write.write_text(text, encoding="utf-8")
    print(text)
