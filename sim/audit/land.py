"""Land by use, quota and its markets, farmland, enclaves."""

from __future__ import annotations

import numpy as np

from sim.audit.identity import Identity, two_sides

LAND = ("land_cultivated", "land_garden", "land_forest_park", "land_forest", "land_residential", "land_industrial",
        "land_rural", "land_infrastructure", "land_wet", "land_other")


def _land(m):
    return sum(getattr(m.counties, name) for name in LAND), m.base.area + m.counties.land_sea


def _converted(m):
    c, s = m.counties, m.start
    built = sum(getattr(c, k) - s[k] for k in ("land_residential", "land_industrial", "land_infrastructure"))
    return c.converted, built


def _sea(m):
    c, s = m.counties, m.start
    return c.land_sea, s["land_sea"] + c.sea_reclaimed


def _farmland(m):
    c, s = m.counties, m.start
    cleared = s["land_rural"] - c.land_rural
    return (np.array([c.land_cultivated, c.quota_reclaimed]),
            np.array([s["land_cultivated"] + c.cultivated_reclaimed + cleared - c.cultivated_converted, cleared]))


def _quota(m):
    return m.counties.quota.sum(), m.account.province_quota


def _quota_moves(m):
    c = m.counties
    return two_sides(c.quota_traded, c.quota_enclave, c.horizontal_quota)


def _quota_use(m):
    c, s = m.counties, m.start
    quota = c.quota + s["quota_balance"] + c.quota_reclaimed + c.quota_enclave + c.quota_traded
    left = m.parameters.quota_carry_share * (c.land_use_right - c.converted)
    return np.array([np.minimum(c.land_use_right, quota), c.quota_balance]), np.array([c.land_use_right, left])


def _compensation(m):
    c = m.counties
    gained, lost = two_sides(c.horizontal_compensation)
    matched = c.cultivated_reclaimed.sum() + c.cultivated_linked.sum()
    return np.append(gained, c.cultivated_matched.sum()), np.append(lost, matched)


def _farmland_kept(m):
    c = m.counties
    return np.minimum(c.cultivated_converted, c.cultivated_matched), c.cultivated_converted


def _red_line(m):
    """Farmland, the reclaimed at its quality, stays above the line of the province where it stood above it."""
    c, s, lost = m.counties, m.start, 1.0 - m.parameters.reclaimed_quality
    before = (s["land_cultivated"] - lost * s["land_reclaimed"]).sum()
    line = np.minimum(before, m.base.redline.sum())
    return np.minimum((c.land_cultivated - lost * c.land_reclaimed).sum(), line), line


def _enclaves(m):
    c = m.counties
    new = c.enclave_land - m.start["enclave_land"]
    return np.minimum(new, c.enclave_right), new


def _enclave_taxes(m):
    return two_sides(m.counties.horizontal_enclave)


def _land_reserve(m):
    c, s = m.counties, m.start
    return c.land_reserve + c.residential_sold, s["land_reserve"] + c.land_residential - s["land_residential"]


IDENTITIES = (
    Identity("AI13", "land by use adds to the area", _land),
    Identity("AI13b", "what is converted or won from the sea is built on", _converted),
    Identity("AI13c", "land won from the sea adds up", _sea),
    Identity("AI13d", "cultivated land changes by conversion, reclamation and clearing", _farmland),
    Identity("AI14", "quotas add to the quota of the province", _quota),
    Identity("AI14b", "quota bought is quota sold, payments cancel, what is passed on is taken in", _quota_moves),
    Identity("AI14c", "quota is converted, carried over or lapses", _quota_use),
    Identity("AI15", "farmland compensated is farmland reclaimed, payments cancel", _compensation),
    Identity("AI15b", "no more farmland is converted than compensated", _farmland_kept),
    Identity("AI15c", "farmland stays above the red line of the province", _red_line),
    Identity("AI18", "enclaves are built on no more quota than was passed on", _enclaves),
    Identity("AI18b", "what enclave owners receive in taxes hosts give", _enclave_taxes),
    Identity("AI19c", "residential land is sold or waits", _land_reserve),
)
