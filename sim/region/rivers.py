"""Rivers: the tree of reaches, their drainage, and the sections at county boundaries.

A reach lies in one county and ends where the river leaves it, at a section or in the sea. Lengths and catchments of the
great rivers are scaled to the totals in the data pack (basins.csv); the division among counties is read off maps and
consistent with county areas, hence an assumption (reaches.csv, drains.csv). The part of a coastal county that does not
drain into a named river drains into one lumped coastal reach. Reaches of counties missing from a pack are dropped, but
their water still flows on.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack
from sim.region.schema import COAST_REACH

SEA = -1
NO_COUNTY = -1
PLAIN_TARGET = 3  # target class of every river, unless a section has a stricter one


class Section(NamedTuple):
    """A place where water is tested between an upstream county and the county of the next reach.

    `stage`: 1 among the nine of the pilot of 2018-19, 2 on a river of 500 km2 and more or a source of drinking water
    (2020), 3 any other. `target`: the class to be met. `sure`: the pair is published, not derived from geography.
    """

    name: str
    name_zh: str
    stage: int
    target: int
    sure: bool = True


class Piece(NamedTuple):
    """A reach: location and downstream reach, kilometres, km2 of each county draining into it directly."""

    name: str
    name_zh: str
    river: str
    county: int
    flows_to: str
    km: float
    drains: dict[int, float]
    section: Section | None = None


class River(NamedTuple):
    """A river: runoff depth in metres a year (mean flow over catchment), and whether it is one of the three basins."""

    runoff: float
    great: bool
    source: str


class Pool(NamedTuple):
    """A common pool of two counties and the province for one section; million CNY a year from each."""

    reach: str
    first_year: int
    last_year: int
    province: float
    lower: float
    upper: float


OTHER_COAST = 0.8  # m a year; for coasts not listed in places.csv
COAST_KM = 30.0  # mean length of small coastal rivers


class Tables(NamedTuple):
    """The rivers of a pack: rivers by name, reaches from upstream to downstream, the reach receiving a county's urban
    discharge by county code, runoff of coasts by county, pools."""

    rivers: dict[str, River]
    pieces: tuple[Piece, ...]
    towns: dict[int, str]
    coasts: dict[int, float]
    pools: tuple[Pool, ...]


def tables(pack: Pack) -> Tables:
    """The rivers of a pack from its tables: rivers, reaches, drains, pools and the coasts of places."""
    drains: dict[str, dict[int, float]] = {}
    for row in pack.table("drains").itertuples():
        drains.setdefault(row.reach, {})[int(row.adcode)] = float(row.km2)
    reaches = list(pack.table("reaches").itertuples())
    return Tables(
        {row.river: River(row.runoff, bool(row.great), row.source) for row in pack.table("rivers").itertuples()},
        tuple(Piece(row.name, row.name_zh, row.river, int(row.adcode), row.flows_to, row.km, drains[row.name],
                    _section(row)) for row in reaches),
        {int(row.adcode): row.name for row in reaches if row.towns},
        dict(zip(pack.codes.tolist(), pack.of_places("coast_runoff", OTHER_COAST).tolist(), strict=True)),
        tuple(Pool(*row) for row in pack.table("pools")[list(Pool._fields)].itertuples(index=False)))


def _section(row) -> Section | None:
    if not row.section:
        return None
    return Section(row.section, row.section_zh, int(row.stage), int(row.target), bool(row.printed))


@dataclass(frozen=True, eq=False)
class Rivers:
    """The reaches of a pack as arrays, upstream first: [reach], or [reach, county] for shares of a county's load.

    `county`, `payer`: rows of the county table (payer: the downstream county of the section, or none). `downstream`:
    row of the next reach, or the sea. `flow`: million m3 a year at the end of the reach. `land_share`, `town_share`:
    share of a county's diffuse and urban load that enters the reach; both sum to one for every county with persons.
    `seaside`: counties whose towns lie at the coast [county].
    """

    names: tuple[str, ...]
    names_zh: tuple[str, ...]
    uid: np.ndarray
    river: tuple[str, ...]
    county: np.ndarray
    payer: np.ndarray
    downstream: np.ndarray
    km: np.ndarray
    flow: np.ndarray
    catchment: np.ndarray
    land_share: np.ndarray
    town_share: np.ndarray
    seaside: np.ndarray
    stage: np.ndarray
    target: np.ndarray
    great: np.ndarray
    pools: tuple[tuple[int, Pool], ...]

    @property
    def n(self) -> int:
        """Number of reaches."""
        return len(self.names)


@functools.lru_cache(maxsize=8)
def rivers(pack: Pack) -> Rivers:
    """The reaches of a pack."""
    found = tables(pack)
    pieces = _scaled(pack, found.pieces) + _coasts(pack, found.pieces)
    area, flow = _gathered(pieces, found)
    row = {int(code): k for k, code in enumerate(pack.codes) if pack.active[k]}
    kept = _dropped(pieces, row)
    place = {piece.name: k for k, piece in enumerate(kept)}
    land, town = np.zeros((len(kept), pack.n)), np.zeros((len(kept), pack.n))
    for piece in kept:
        for code, km2 in piece.drains.items():
            if code in row:
                land[place[piece.name], row[code]] = km2
    for code, county in row.items():
        seat = found.towns.get(code, f"{COAST_REACH}{code}")
        town[place.get(seat, int(np.argmax(land[:, county]))), county] = 1.0
    on_coast = np.array([p.river.startswith(COAST_REACH) for p in kept])
    land = land / np.where(land.sum(axis=0) > 0, land.sum(axis=0), 1.0)
    downstream = np.array([place[p.flows_to] if p.flows_to else SEA for p in kept])
    county = np.array([row[p.county] for p in kept])
    below = np.where(downstream == SEA, NO_COUNTY, county[downstream])
    sections = [p.section if lower not in (NO_COUNTY, own) else None
                for p, own, lower in zip(kept, county, below, strict=True)]
    met = np.array([s is not None for s in sections])
    return Rivers(
        names=tuple(p.name for p in kept), names_zh=tuple(p.name_zh for p in kept),
        uid=np.array([zlib.crc32(p.name.encode()) for p in kept], dtype=np.uint64),
        river=tuple(p.river for p in kept), county=county, payer=np.where(met, below, NO_COUNTY), downstream=downstream,
        km=np.array([p.km for p in kept]), flow=np.array([flow[p.name] for p in kept]),
        catchment=np.array([area[p.name] for p in kept]), land_share=land, town_share=town,
        seaside=town[on_coast].sum(axis=0) > 0,
        stage=np.array([s.stage if s else 0 for s in sections]),
        target=np.array([s.target if s else PLAIN_TARGET for s in sections]),
        great=np.array([p.river in found.rivers and found.rivers[p.river].great for p in kept]),
        pools=tuple((place[p.reach], p) for p in found.pools if p.reach in place and met[place[p.reach]]),
    )


def _scaled(pack, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The declared reaches with lengths and catchments scaled to the totals of the pack, where available."""
    table = pack.table("basins")
    whole = table[table["order"] == 0].set_index("river")
    by_name, out = {p.name: p for p in pieces}, []
    for piece in pieces:
        own = [p for p in pieces if p.river == piece.river]
        km2 = sum(sum(p.drains.values()) for p in own)
        longest = max(_to_sea(p, by_name) for p in own)
        length, area = (whole[c].get(piece.river, np.nan) for c in ("total_length_km", "total_basin_km2"))
        stretch = length / longest if np.isfinite(length) else 1.0
        widen = area / km2 if np.isfinite(area) else 1.0
        out.append(piece._replace(km=piece.km * stretch, drains={c: a * widen for c, a in piece.drains.items()}))
    return tuple(out)


def _to_sea(piece: Piece, by_name: dict[str, Piece]) -> float:
    """Kilometres of a reach and of all downstream of it on the same river."""
    below = by_name.get(piece.flows_to)
    return piece.km + (_to_sea(below, by_name) if below and below.river == piece.river else 0.0)


def _coasts(pack, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """One lumped reach for every county with a coast, or without a named river: the area not drained elsewhere."""
    coast = pack.group("coast")
    named = {c for piece in pieces for c in piece.drains}
    area = dict(zip(pack.codes.tolist(), pack.counties["area_km2"].astype(float), strict=True))
    out = []
    for code, k in sorted((code, k) for k, code in enumerate(pack.codes.tolist())):
        if not pack.active[k] or not (coast[k] or code not in named):
            continue
        drained = sum(piece.drains.get(code, 0.0) for piece in pieces)
        rest = max(area[code] - drained, 0.1 * area[code])
        name = f"{COAST_REACH}{code}"
        out.append(Piece(name, f"{pack.names_zh[k]}沿海小河", name, code, "", COAST_KM, {code: rest}))
    return tuple(out)


def _gathered(pieces, found: Tables) -> tuple[dict[str, float], dict[str, float]]:
    """Catchment (km2) and mean flow (million m3 a year) at the end of every reach: its own and all upstream."""
    area = {p.name: sum(p.drains.values()) for p in pieces}
    flow = {p.name: area[p.name] * _runoff(p, found) for p in pieces}
    for piece in pieces:  # upstream reaches come first
        if piece.flows_to in area:
            area[piece.flows_to] += area[piece.name]
            flow[piece.flows_to] += flow[piece.name]
    return area, flow


def _runoff(piece: Piece, found: Tables) -> float:
    if piece.river in found.rivers:
        return found.rivers[piece.river].runoff
    return found.coasts.get(piece.county, OTHER_COAST)


def _dropped(pieces, row) -> tuple[Piece, ...]:
    """The reaches of the counties present; flow into a dropped reach continues to the next one kept."""
    by_name = {p.name: p for p in pieces}
    out = []
    for piece in pieces:
        if piece.county not in row:
            continue
        below = by_name.get(piece.flows_to)
        while below is not None and below.county not in row:
            below = by_name.get(below.flows_to)
        out.append(piece._replace(flows_to=below.name if below else ""))
    return tuple(out)
