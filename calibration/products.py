"""Rubber prices and farming by county, as a test of an explanation: `python -m calibration.products`.

Farming grows alike everywhere in the model but for fishing; in the record it grew by .66 (logs) in Lingao and by .04 in
Qiongzhong from 2010 to 2017. No dated and sourced table of products by county was found, so the question is
inverted: if the price of rubber were the cause, what share of its primary branch would a county have to derive from
rubber? With s the part of rubber in the first year, P the change of its price, R that of the value of what the other
counties make and rubber tapped as before, C = s P + (1 - s) R, so s = (R - C) / (R - P). Where s is no part, or not
what the price left of it a span before, the price of rubber is not the cause.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.region.history import history
from sim.region.pack import Pack, load_pack
from sim.words import PRIMARY_BRANCH

SPANS = ((2010, 2013), (2013, 2017), (2017, 2018))


def share_asked(own: float, others: float, price: float) -> float:
    """The part of a product in the first year that makes output change by `own`, where its price changes by `price` and
    the value of all else by `others`: ratios; nan where these are alike.
    """
    return float((others - own) / (others - price)) if others != price else np.nan


def share_left(share: float, own: float, price: float) -> float:
    """The part of a product at the end of a span, of which it was `share` at the start."""
    return share * price / own


def rubber_price(pack: Pack) -> pd.Series:
    """Price of rubber by year, yuan a kilogram at 2020 prices."""
    dollars, rate = (pack.country(name, file="prices") for name in ("rubber_world_price", "yuan_per_usd"))
    return (dollars * rate / pack.deflator).dropna()


def table(spans: Sequence[tuple[int, int]] = SPANS) -> pd.DataFrame:
    """A row for each county whose primary branch is printed at both ends of a span.

    Columns: county, first, last; own, others, price (ratios, at 2020 prices); asked, and left at the end of the span.
    """
    pack = load_pack()
    past = history(pack)
    cells, whole = (past[name].values[..., PRIMARY_BRANCH] for name in ("gdp_branch", "province_gdp_branch"))
    rubber = rubber_price(pack)
    first_year, rows = int(past["year"].values[0]), []
    for first, last in spans:
        price = float(rubber[last] / rubber[first])
        a, b = first - first_year, last - first_year
        for c in np.flatnonzero(pack.active & np.isfinite(cells[a]) & np.isfinite(cells[b])):
            own = float(cells[b, c] / cells[a, c])
            others = float((whole[b] - cells[b, c]) / (whole[a] - cells[a, c]))
            asked = share_asked(own, others, price)
            rows.append({"county": pack.names_en[c], "first": first, "last": last, "own": own, "others": others,
                         "price": price, "asked": asked, "left": share_left(asked, own, price)})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    print(table().round(2).to_string(index=False))
