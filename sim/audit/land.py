"""Land by use, quota and its markets, farmland, enclaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.audit.identity import Identity

LAND = ("land_cultivated", "land_garden", "land_forest_park", "land_forest", "land_residential", "land_industrial",
        "land_rural", "land_infrastructure", "land_wet", "land_other")
FLOWS = ("quota_traded", "quota_enclave", "horizontal_quota", "horizontal_compensation", "horizontal_enclave")
"""A flow between counties: `gained` by some and `lost` by others."""
GAINED, LOST = (tuple(f"{name}@{side}" for name in FLOWS) for side in ("gained", "lost"))


def beside(m: Any) -> dict:
    """Terms of the equations other than columns: both sides of flows between counties, remaining land and quota."""
    c = m.counties
    flows = np.array([getattr(c, name) for name in FLOWS])
    return {
        **dict(zip(GAINED, np.maximum(flows, 0.0), strict=True)),
        **dict(zip(LOST, np.maximum(-flows, 0.0), strict=True)),
        "area": m.observed.county_area,
        "quota_carried": m.parameters.quota_carry_share * (c.land_use_right - c.converted),
    }


def _cancels(flow: str) -> str:
    return f"in all: {flow}@gained = {flow}@lost"


def _red_line(m):
    """Quality-adjusted farmland stays above the provincial red line if it was above before."""
    c, s, lost = m.counties, m.start, 1.0 - m.parameters.reclaimed_quality
    before = (s["land_cultivated"] - lost * s["land_reclaimed"]).sum()
    line = np.minimum(before, m.settled.redline.sum())
    return np.minimum((c.land_cultivated - lost * c.land_reclaimed).sum(), line), line


IDENTITIES = (
    Identity("AI13", "land by use sums to the area", f"{' + '.join(LAND)} = area + land_sea"),
    Identity("AI13b", "land converted or reclaimed from the sea is built on",
             "converted = land_residential - land_residential@start + land_industrial - land_industrial@start"
             " + land_infrastructure - land_infrastructure@start"),
    Identity("AI13c", "land reclaimed from the sea accumulates", "land_sea = land_sea@start + sea_reclaimed"),
    Identity("AI13d", "cultivated land changes by conversion, reclamation and clearing",
             ("land_cultivated = land_cultivated@start + cultivated_reclaimed + land_rural@start - land_rural"
              " - cultivated_converted", "quota_reclaimed = land_rural@start - land_rural")),
    Identity("AI14", "quotas sum to the provincial quota", "in all: quota = province_quota"),
    Identity("AI14b", "quota bought equals quota sold, payments cancel, quota passed on equals quota received",
             (_cancels("quota_traded"), _cancels("quota_enclave"), _cancels("horizontal_quota"))),
    Identity("AI14c", "quota is converted, carried over or lapses",
             ("land_use_right <= quota + quota_balance@start + quota_reclaimed + quota_enclave + quota_traded",
              "quota_balance = quota_carried")),
    Identity("AI15", "farmland compensated equals farmland reclaimed, payments cancel",
             (_cancels("horizontal_compensation"),
              "in all: cultivated_matched = cultivated_reclaimed + cultivated_linked")),
    Identity("AI15b", "farmland converted does not exceed farmland compensated",
             "cultivated_converted <= cultivated_matched"),
    Identity("AI15c", "farmland stays above the red line of the province", _red_line),
    Identity("AI18", "enclaves do not exceed the quota passed on to them",
             "by cell: enclave_land - enclave_land@start <= enclave_right"),
    Identity("AI18b", "taxes received by enclave owners equal those given by hosts", _cancels("horizontal_enclave")),
    Identity("AI19c", "residential land is sold or in reserve",
             "land_reserve + residential_sold = land_reserve@start + land_residential - land_residential@start"),
)
