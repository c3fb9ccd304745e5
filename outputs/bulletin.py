"""The yearly bulletin of 9.2: indices, areas, lights and warnings, milestones; of one run or of history, words or data.

What cannot be computed is listed with its reason.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr

from outputs.view import short_name
from sim.core.declare import Fault, UserError
from sim.indicators import INDICATORS, compared_units, coordination, lights, milestones
from sim.indicators.registry import why_missing

INDICES = (
    "theil_gdp_pc", "cv_gdp_pc", "theil_inc_pc", "cvu_svc", "province_basic_living", "person_gini", "poverty_rural",
    "province_ur_ratio", "cvu_acc", "province_registered_here", "province_net_r", "fis_low", "province_water_good",
    "province_redline", "carbon_left", "land_left", "leverage_sound",
)
AREAS = tuple(f"u_{area}" for area in coordination.AREAS)
COMPOSITE = ("rci", "coupling", "development", "coordination")
EVERY = 5  # years between the columns of the table
WIDTH = 66


def bulletin(ds: xr.Dataset, year: int | None = None) -> dict:
    """What the indicator system says in a year (the last one if not said) of a Dataset with indicators [year, ...]."""
    years = [int(y) for y in ds["year"].values]
    year = _last_known(ds) if year is None else year
    if year not in years:
        raise UserError(Fault("year", f"{year} is not among {years[0]}-{years[-1]}", "write a year in that range"))
    why = partial(why_missing, there=tuple(map(str, ds.data_vars)))
    shown = sorted({y for y in years if y <= year and (year - y) % EVERY == 0 and y >= 2010} | {year})
    known = {name: ds[name].values[None] for name in milestones.NEEDED if name in ds}
    return {
        "year": year, "years": shown,
        "indices": {name: _series(ds, name, shown) for name in INDICES if name in ds},
        "composite": {name: _series(ds, name, shown) for name in (*COMPOSITE, *AREAS) if name in ds},
        "class": _class(ds, year, "en"), "class_zh": _class(ds, year, "zh"),
        "lights": _lights(ds, year),
        "answer": _answer(ds, year),
        "milestones": [
            {"id": o.milestone.id, "year": o.milestone.year, "says": o.milestone.says, "says_zh": o.milestone.says_zh,
             "met": bool(o.probability == 1.0) if o.computed else None, "reason": o.reason,
             "conditions": [str(c) for c in o.milestone.conditions], "found": [float(f"{v:.4g}") for v in o.values]}
            for o in milestones.outcomes(known, years, why) if o.milestone.year <= year],
        "left_out": _left_out(ds, year, why),
    }


def _left_out(ds: xr.Dataset, year: int, why) -> dict[str, str]:
    """What the indicator system has no value of in the year, with the reason."""
    wanted = (*INDICES, *AREAS, "rci", *(f"light_{light.name}" for light in lights.LIGHTS))
    known = {name for name in wanted if name in ds and np.isfinite(ds[name].sel(year=year).values).any()}
    return {name: why(name) if name not in ds else f"not known of all counties in {year}"
            for name in wanted if name not in known}


def _last_known(ds: xr.Dataset) -> int:
    """The last year in which an index is known."""
    names = [name for name in (*INDICES, *COMPOSITE) if name in ds]
    found = [ds["year"].values[np.isfinite(ds[name].values)] for name in names]
    return max((int(years[-1]) for years in found if len(years)), default=int(ds["year"].values[-1]))


def _series(ds: xr.Dataset, name: str, years) -> dict[int, float | None]:
    values = ds[name].sel(year=years).values
    return {y: float(f"{v:.4g}") if np.isfinite(v) else None for y, v in zip(years, values.tolist(), strict=True)}


def _class(ds: xr.Dataset, year: int, lang: str) -> str:
    return coordination.class_of(float(ds["coordination"].sel(year=year)), lang) if "coordination" in ds else ""


def _lights(ds: xr.Dataset, year: int) -> dict[str, dict[str, object]]:
    """Orange and red lights of the year by kind, worst first, and how many counties have a light at all."""
    found = {}
    members = np.flatnonzero(compared_units(ds))
    for light in lights.LIGHTS:
        name = f"light_{light.name}"
        if name not in ds:
            continue
        levels = ds[name].sel(year=year).values[members]
        values = ds[light.watches].sel(year=year).values[members]
        if not np.isfinite(levels).any():
            continue
        order = [i for i in np.argsort(-np.nan_to_num(levels), kind="stable") if levels[i] >= lights.ORANGE]
        found[light.name] = {
            "says": light.says, "says_zh": light.says_zh, "known": int(np.isfinite(levels).sum()),
            "green": int((levels == lights.GREEN).sum()), "yellow": int((levels == lights.YELLOW).sum()),
            "warnings": [{"county": int(ds["county"].values[members[i]]), "name": _name(ds, members[i], "en"),
                          "name_zh": _name(ds, members[i], "zh"), "colour": lights.COLOURS[int(levels[i])][0],
                          "value": float(f"{values[i]:.3g}")} for i in order]}
    return found


def _name(ds: xr.Dataset, row: int, lang: str) -> str:
    coord = f"name_{lang}"
    return short_name(str(ds.coords[coord].values[row]), lang) if coord in ds.coords else str(ds["county"].values[row])


def _answer(ds: xr.Dataset, year: int) -> dict[str, float]:
    """People under a red gap light, and what that adds to pool and tilt next year."""
    names = {"red_gaps": "people_under_red", "warning_answer": "raises_next_year_by"}
    return {said: float(f"{float(ds[name].sel(year=year)):.4g}") for name, said in names.items() if name in ds}


def lines(found: dict, lang: str = "en") -> list[str]:
    """The bulletin for a reader."""
    zh = lang == "zh"
    head = "".join(f"{year:>9}" for year in found["years"])
    out = [f"{'指标' if zh else 'indicator':{WIDTH}}{head}"]
    for part in ("indices", "composite"):
        out += [_row(name, values, zh) for name, values in found[part].items()]
    if found["class"]:
        out.append(f"{found['year']}: {found['class_zh' if zh else 'class']}")
    out.append("")
    for name, light in found["lights"].items():
        told = ", ".join(f"{w['name_zh' if zh else 'name']} {w['colour']} ({w['value']:g})" for w in light["warnings"])
        calm = f"{light['green']} green, {light['yellow']} yellow"
        out.append(f"{light['says_zh'] if zh else name}: {calm}{'; ' + told if told else ''}")
    if found["answer"]:
        out.append(", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in found["answer"].items()))
    out.append("")
    for m in found["milestones"]:
        verdict = {True: "met", False: "missed", None: f"not computed: {m['reason']}"}[m["met"]]
        told = f" (found {', '.join(f'{v:g}' for v in m['found'])})" if m["found"] else ""
        out.append(f"{m['id']} {m['says_zh' if zh else 'says']}: {'; '.join(m['conditions'])}: {verdict}{told}")
    if found["left_out"]:
        out += ["", *(f"not computed: {name}: {why}" for name, why in found["left_out"].items())]
    return out


def _row(name: str, values: dict, zh: bool) -> str:
    card = INDICATORS[name].card if name in INDICATORS else None
    words = (card.long_name_zh if zh else card.long_name) if card else name.replace("_", " ")
    cells = "".join(f"{'–' if v is None else f'{v:.4g}':>9}" for v in values.values())
    return f"{words[:WIDTH - 1]:{WIDTH}}{cells}"
