"""The accounts: identities that must hold every year in every run (G.1). A broken one stops the run.

People are exact; money and land hold to 1e-9 of their size. An identity is a name, a sentence and equations by county
(or for the province), all of which are looked at at once; what breaks is reported with where and by how much.
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
    """An accounting identity does not hold: which, where, by how much."""


def _equations(identity) -> list[Equation]:
    """What is looked at: the equations of an identity, or that what its function gives agrees cell by cell."""
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
    """Every identity that does not hold this year, in words; empty when the accounts close."""
    tables = [*(vars(getattr(model, table)) for table in TABLES), *(getattr(model, start) for start in STARTS)]
    left, right, plan = LEDGER.sides([*tables, _beside(model)], (model.n, model.observed.rivers.n))
    found = []
    if not agree(left, right, plan.edges, TOLERANCES):
        found = _misfits(model, [(left[piece].reshape(shape), right[piece].reshape(shape))
                                 for piece, shape in plan.pieces])
    columns = [getattr(model.counties, name) for name in NEVER_NEGATIVE]
    if not np.concatenate(columns, axis=None, dtype=float).min() >= -TOLERANCE:  # nor is what is not a number
        found += [below for name, column in zip(NEVER_NEGATIVE, columns, strict=True)
                  if (below := _below_zero(model, name, column.astype(float)))]
    return found


def _beside(model) -> dict[str, np.ndarray]:
    """What equations speak of beside columns, and what the functions of identities give."""
    known = {}
    for part in PARTS:
        known |= part.beside(model)
        for identity in part.IDENTITIES:
            if callable(identity.holds):
                known[f"{identity.id}@left"], known[f"{identity.id}@right"] = identity.holds(model)
    return known


def _misfits(model, pairs) -> list[str]:
    """The identities that do not hold, in their order."""
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
    """Where a column that is never negative is, in words; empty where it is only so by a rounding error."""
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
    """Stop the run if an identity is broken, and say which, where and by how much."""
    broken = differences(model)
    if broken:
        raise BrokenAccount(f"accounts of {model.year} do not close:\n" + "\n".join(broken))
