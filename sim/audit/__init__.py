"""Accounting identities that must hold every year in every run (G.1). A violation stops the run.

People are exact; money and land hold to a relative 1e-9. An identity is a name, a sentence and equations by county
(or for the province). All are checked at once; violations are reported with their place and size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.county import Counties
from sim.agents.outside import OutsideAccount
from sim.agents.province import PROVINCE_TABLES, ProvinceAccount
from sim.agents.reach import Reaches
from sim.audit import economy, finance, land, nature, people
from sim.audit.land import LAND
from sim.core.ledger import Equation, Ledger, agree, read

__all__ = ["IDENTITIES", "LAND", "BrokenAccount", "audit", "differences"]
TOLERANCE = 1e-9
PARTS = (people, economy, finance, land, nature)
IDENTITIES = tuple(one for part in PARTS for one in part.IDENTITIES)
NEVER_NEGATIVE = ("population", "debt", "cash", "capital", "land_cultivated", "land_garden", "land_forest",
                  "land_other", "land_rural", "land_use_right", "quota_reclaimed", "spending_capital", "service_stock",
                  "public_capital", "housing_stock", "land_reserve",
                  "house_rent", "house_price", "typhoon_damage", "outside_home_budget")


class BrokenAccount(ArithmeticError):
    """An accounting identity is violated: which, where, by how much."""


def _equations(identity) -> list[Equation]:
    """What is checked: the equations of an identity, or cell-by-cell agreement of the arrays its function returns."""
    if callable(identity.holds):
        return read(f"by cell: {identity.id}@left = {identity.id}@right")
    return [one for text in ((identity.holds,) if isinstance(identity.holds, str) else identity.holds)
            for one in read(text)]


TABLES = {"counties": Counties, **PROVINCE_TABLES, "outside": OutsideAccount, "reaches": Reaches}
STARTS = {"start": Counties, "start_account": ProvinceAccount}
WRITTEN = [(identity, equation) for identity in IDENTITIES for equation in _equations(identity)]
LEDGER = Ledger(
    [equation for _, equation in WRITTEN],
    [{name: name for name in table.columns()} for table in TABLES.values()]
    + [{f"{name}@start": name for name in table.columns()} for table in STARTS.values()])
OWNERS = [identity for identity, _ in WRITTEN]
TOLERANCES = np.array([0.0 if identity.exact else TOLERANCE for identity in OWNERS])


def differences(model: Any) -> list[str]:
    """Descriptions of all identities violated this year; empty when the accounts close."""
    tables = [*(vars(getattr(model, table)) for table in TABLES), *(getattr(model, start) for start in STARTS)]
    left, right, plan = LEDGER.sides([*tables, _beside(model)], (model.n, model.observed.rivers.n))
    found = []
    if not agree(left, right, plan.edges, TOLERANCES):
        found = _misfits(model, [(left[piece].reshape(shape), right[piece].reshape(shape))
                                 for piece, shape in plan.pieces])
    columns = [getattr(model.counties, name) for name in NEVER_NEGATIVE]
    if not np.concatenate(columns, axis=None, dtype=float).min() >= -TOLERANCE:  # NaN is a violation too
        found += [below for name, column in zip(NEVER_NEGATIVE, columns, strict=True)
                  if (below := _below_zero(model, name, column.astype(float)))]
    return found


def _beside(model) -> dict[str, np.ndarray]:
    """Terms of equations other than columns, and the results of the functions of identities."""
    known = {}
    for part in PARTS:
        known |= part.beside(model)
        for identity in part.IDENTITIES:
            if callable(identity.holds):
                known[f"{identity.id}@left"], known[f"{identity.id}@right"] = identity.holds(model)
    return known


def _misfits(model, pairs) -> list[str]:
    """The identities that are violated, in order."""
    found = {identity.id: [] for identity in IDENTITIES}
    for identity, pair in zip(OWNERS, pairs, strict=True):
        left, right = (np.asarray(side, dtype=float) for side in pair)
        gap, size = np.abs(left - right), np.abs(left)
        allowed = 0.0 if identity.exact else TOLERANCE * np.maximum(size, 1e-3 * max(1.0, float(size.max())))
        fits = gap <= allowed
        if not fits.all():
            found[identity.id].append(f"{identity.id}: {identity.says}: {_where(model, ~fits, left, right)}")
    return [line for lines in found.values() for line in lines]


def _below_zero(model, name: str, value) -> str:
    """Where a non-negative column is negative, in words; empty for mere rounding errors."""
    bad = ~(value >= -TOLERANCE * max(1.0, float(np.max(np.abs(value)))))
    if not bad.any():
        return ""
    return f"{name} is negative or not a number: {_where(model, bad, value, np.zeros_like(value))}"


def _where(model, bad, left, right) -> str:
    bad, left, right = np.atleast_1d(bad), np.atleast_1d(left), np.atleast_1d(right)
    axis = next((k for k, size in enumerate(bad.shape) if size == model.n), None)
    places = []
    for at in np.argwhere(bad)[:4]:
        county = model.names[at[axis]] if axis is not None else "province"
        index = tuple(at)
        rest = [int(i) for k, i in enumerate(at) if k != axis]
        where = f"{county}{rest if rest and axis is not None else ''}"
        places.append(f"{where} {left[index]:.10g} against {right[index]:.10g} ({left[index] - right[index]:+.3g})")
    more = int(bad.sum()) - len(places)
    return "; ".join(places) + (f"; and {more} more" if more > 0 else "")


def audit(model: Any) -> None:
    """Stop the run if an identity is violated, reporting which, where and by how much."""
    broken = differences(model)
    if broken:
        raise BrokenAccount(f"accounts of {model.year} do not close:\n" + "\n".join(broken))
