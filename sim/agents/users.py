"""Users of public services: users of the four services, and standard users of a county (B.5 F4, S2).

Residents registered elsewhere count by their entitlement. Sections 7, 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.cache import kernel
from sim.core.declare import parameter
from sim.words import CULTURE, EDUCATION, HEALTH, SERVICES, SOCIAL

Floats, Counts = NDArray[np.float64], NDArray[np.int64]


@dataclass(frozen=True)
class Parameters:
    health_weight_middle: float = parameter(2.0, unit="ratio", bounds=(1.5, 3), source="national health accounts",
                                            says="use of health services at 50-69 against younger")
    health_weight_old: float = parameter(4.0, unit="ratio", bounds=(3, 6), source="national health accounts",
                                         says="use of health services from 70 against under 50")


# ---- formulas -------------------------------------------------------------------------------------------------


@kernel
def service_users(school: Counts, health: Counts, by_home: Counts, adults: Counts, weight: int, entitlement: float,
                  by_age: tuple) -> Floats:
    """Users of the four services: school age, health by age, all, adults; residents registered elsewhere count by their
    entitlement (S2); [county, service].

    `by_age`: use of health services under 50, at 50-69, from 70. The counts are rows of `weight` persons each.
    """
    users = np.zeros((by_home.shape[0], SERVICES))
    for c in range(users.shape[0]):
        for local in range(2):
            counted = 1.0 if local == 0 else entitlement
            users[c, EDUCATION] += school[c, local] * counted
            for a in range(3):
                users[c, HEALTH] += health[c, local, a] * counted * by_age[a]
        users[c, CULTURE] = by_home[c, 0] + entitlement * (by_home[c, 1] + by_home[c, 2])
        users[c, SOCIAL] = (adults[c, 0, 0] + adults[c, 1, 0]
                            + (adults[c, 0, 1] * entitlement + adults[c, 1, 1] * entitlement))
    return users * float(weight)


@kernel
def standard_users(users: Floats, residents: float, weights: Floats) -> Floats:
    """Standard users of a county: users of the four services, each scaled to one per resident of the province (F4)."""
    heads = np.zeros(users.shape[0])
    for k in range(users.shape[1]):
        everywhere = max(users[:, k].sum(), 1.0)
        for c in range(users.shape[0]):
            heads[c] += users[c, k] / everywhere * residents * weights[k]
    return heads
