"""The accounts: identities that must hold every year in every run (G.1). A broken one stops the run.

People are exact; money and land hold to 1e-9 of their size. An identity is a name, a sentence and equations by county
(or for the province), all of which are looked at at once; what breaks is reported with where and by how much.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from sim.audit import economy, finance, land, nature, people
from sim.audit.land import LAND
from sim.core.ledger import Ledger, agree, read

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


WRITTEN = [(identity, equation) for identity in IDENTITIES if not callable(identity.holds)
           for text in ((identity.holds,) if isinstance(identity.holds, str) else identity.holds)
           for equation in read(text)]
LEDGER = Ledger([equation for _, equation in WRITTEN])
RECKONED = [identity for identity in IDENTITIES if callable(identity.holds)]
OWNERS = [*(identity for identity, _ in WRITTEN), *RECKONED]
TOLERANCES = np.array([0.0 if identity.exact else TOLERANCE for identity in OWNERS])


def differences(model) -> list[str]:
    """Every identity that does not hold this year, in words; empty when the accounts close."""
    left, right, plan = LEDGER.sides(_known(model))
    sides = [identity.holds(model) for identity in RECKONED]
    found = []
    if not _all_fit(left, right, plan, sides):
        found = _misfits(model, [(left[piece].reshape(shape), right[piece].reshape(shape))
                                 for piece, shape in plan.pieces] + sides)
    columns = [getattr(model.counties, name) for name in NEVER_NEGATIVE]
    if not _joined(columns).min() >= -TOLERANCE:  # nor is what is not a number
        found += [below for name, column in zip(NEVER_NEGATIVE, columns, strict=True)
                  if (below := _below_zero(model, name, column.astype(float)))]
    return found


def _known(model) -> dict[str, np.ndarray]:
    """The columns of all tables, those of the start of the year, and what equations speak of beside."""
    known = vars(model.counties) | vars(model.account) | vars(model.outside) | vars(model.reaches)
    for start in (model.start, model.start_account):
        known |= {f"{name}@start": column for name, column in start.items()}
    for part in PARTS:
        known |= part.beside(model)
    return known


def _joined(arrays) -> np.ndarray:
    """Arrays of any shape in one row."""
    return np.concatenate(arrays, axis=None, dtype=float)


def _all_fit(left, right, plan, sides) -> bool:
    """Whether all identities hold, looked at in one go; False where that cannot be said so quickly."""
    shapes = [np.shape(one) for one, _ in sides]
    if any(shape != np.shape(other) for shape, (_, other) in zip(shapes, sides, strict=True)):
        return False
    left, right = _joined([left, *(one for one, _ in sides)]), _joined([right, *(other for _, other in sides)])
    return agree(left, right, _starts(plan, tuple(shapes)), TOLERANCES)


@functools.lru_cache(maxsize=8)
def _starts(plan, shapes) -> np.ndarray:
    """Where each pair of the joined sides starts, and the end."""
    lengths = [math.prod(shape) for shape in (*(shape for _, shape in plan.pieces), *shapes)]
    return np.concatenate([[0], np.cumsum(lengths)])


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


def audit(model) -> None:
    """Stop the run if an identity is broken, and say which, where and by how much."""
    broken = differences(model)
    if broken:
        raise BrokenAccount(f"accounts of {model.year} do not close:\n" + "\n".join(broken))
