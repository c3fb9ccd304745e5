"""Rivers: the tree of river pieces, who drains into each, and the sections where one county meets the next.

A piece lies in one county and ends where the river leaves it, at a section or in the sea. Lengths and catchments of the
great rivers are scaled to the totals the data pack prints; the division among counties is read off maps and balances
with the areas of the counties, so it is an assumption of this file. What a coastal county does not drain into a named
river runs into one lumped coastal piece. Pieces of counties a pack does not have drop out; their water still comes.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.region.pack import Pack

SEA = -1
NO_COUNTY = -1
PLAIN_TARGET = 3  # the class every river is to keep, where no section asks for more


class Section(NamedTuple):
    """A place where water is tested between an upper and a lower county, that of the next piece.

    `stage`: 1 among the nine of the pilot of 2018-19, 2 on a river of 500 km2 and more or a source of drinking water
    (2020), 3 any other. `target`: the class to be kept. `sure`: the pair is printed, not derived from geography.
    """

    name: str
    name_zh: str
    stage: int
    target: int
    sure: bool = True


class Piece(NamedTuple):
    """A river piece: where it lies and flows, kilometres, km2 of each county that drain into it directly."""

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


class Coast(NamedTuple):
    """The small rivers of a coastal county, lumped: runoff depth in metres a year, kilometres to the sea."""

    runoff: float
    km: float = 30.0


class Pool(NamedTuple):
    """A common pool of two counties and the province for one section; million CNY a year from each."""

    section: str
    first: int
    last: int
    province: float
    lower: float
    upper: float


RIVERS = {
    "Nandu": River(0.98, True, "mean flow 6.907e9 m3 over 7033 km2; provincial press and water ministry"),
    "Changhua": River(0.74, True, "mean flow 3.8e9 m3 over 5150 km2, recalled"),
    "Wanquan": River(1.35, True, "mean flow 5.0e9 m3 over 3693 km2, recalled"),
    "Lingshui": River(1.25, False, "mean flow 1.4e9 m3 over 1131 km2, recalled"),
    "Chitian": River(0.95, False, "Tengqiao river above and below the reservoir; recalled"),
    "Zhubi": River(0.60, False, "dry west; assumed"),
}

HAIKOU, SANYA, DANZHOU, WUZHISHAN, QIONGHAI, WENCHANG, WANNING, DONGFANG = (
    460100, 460200, 460400, 469001, 469002, 469005, 469006, 469007)
DINGAN, TUNCHANG, CHENGMAI, LINGAO, BAISHA, CHANGJIANG, LEDONG, LINGSHUI, BAOTING, QIONGZHONG = (
    469021, 469022, 469023, 469024, 469025, 469026, 469027, 469028, 469029, 469030)

# Upper pieces stand before lower ones. Kilometres of the Nandu: 137 to the Songtao dam, 83 in the middle, 114 below.
PIECES = (
    Piece("nandu_baisha", "南渡江白沙段", "Nandu", BAISHA, "nandu_danzhou", 78, {BAISHA: 1150},
          Section("Qunyi village", "群益村", 1, 2, sure=False)),
    Piece("nandu_qiongzhong", "南渡江琼中段", "Nandu", QIONGZHONG, "nandu_danzhou", 50, {QIONGZHONG: 560},
          Section("Qiongzhong-Danzhou border", "琼中-儋州交界", 2, 2, sure=False)),
    Piece("nandu_danzhou", "南渡江儋州段", "Nandu", DANZHOU, "nandu_chengmai", 59, {DANZHOU: 850},
          Section("Danzhou-Chengmai border", "儋州-澄迈交界", 2, 2, sure=False)),
    Piece("nandu_chengmai", "南渡江澄迈段", "Nandu", CHENGMAI, "nandu_haikou", 83, {CHENGMAI: 1230, LINGAO: 60},
          Section("Houli village", "后黎村", 1, 3, sure=False)),
    Piece("nandu_tunchang", "南渡江屯昌段", "Nandu", TUNCHANG, "nandu_dingan", 60, {TUNCHANG: 950},
          Section("Tunchang-Ding'an border", "屯昌-定安交界", 2, 3, sure=False)),
    Piece("nandu_dingan", "南渡江定安段", "Nandu", DINGAN, "nandu_haikou", 60, {DINGAN: 1187},
          Section("Ding'an-Haikou border", "定安-海口交界", 2, 3, sure=False)),
    Piece("nandu_haikou", "南渡江海口段", "Nandu", HAIKOU, "", 114, {HAIKOU: 1000, WENCHANG: 46}),
    Piece("changhua_qiongzhong", "昌化江琼中段", "Changhua", QIONGZHONG, "changhua_wuzhishan", 40, {QIONGZHONG: 396},
          Section("Shitong village", "什统村", 1, 2)),
    Piece("changhua_wuzhishan", "昌化江五指山段", "Changhua", WUZHISHAN, "changhua_ledong", 39, {WUZHISHAN: 1129},
          Section("Lezhong", "乐中", 1, 2)),
    Piece("changhua_ledong", "昌化江乐东段", "Changhua", LEDONG, "changhua_dongfang", 50, {LEDONG: 1405},
          Section("Kuajie bridge", "跨界桥", 1, 2, sure=False)),
    Piece("changhua_dongfang", "昌化江东方段", "Changhua", DONGFANG, "changhua_changjiang", 50, {DONGFANG: 850},
          Section("Dongfang-Changjiang border", "东方-昌江交界", 2, 3, sure=False)),
    Piece("changhua_shilu", "石碌河白沙段", "Changhua", BAISHA, "changhua_changjiang", 30, {BAISHA: 470},
          Section("Shilu reservoir inlet", "石碌水库入口", 1, 2)),
    Piece("changhua_changjiang", "昌化江昌江段", "Changhua", CHANGJIANG, "", 53, {CHANGJIANG: 900}),
    Piece("wanquan_qiongzhong", "万泉河琼中段", "Wanquan", QIONGZHONG, "wanquan_qionghai", 90, {QIONGZHONG: 1750},
          Section("Xizai village", "溪仔村", 1, 2)),
    Piece("wanquan_wanning", "万泉河万宁段", "Wanquan", WANNING, "wanquan_qionghai", 50, {WANNING: 600},
          Section("Wanning-Qionghai border", "万宁-琼海交界", 2, 2, sure=False)),
    Piece("wanquan_qionghai", "万泉河琼海段", "Wanquan", QIONGHAI, "", 72, {QIONGHAI: 1061, TUNCHANG: 282}),
    Piece("lingshui_baoting", "陵水河保亭段", "Lingshui", BAOTING, "lingshui_lingshui", 45, {BAOTING: 770},
          Section("Danan village", "大南村", 1, 2)),
    Piece("lingshui_lingshui", "陵水河陵水段", "Lingshui", LINGSHUI, "", 29, {LINGSHUI: 361}),
    Piece("chitian_baoting", "赤田水库保亭段", "Chitian", BAOTING, "chitian_sanya", 35, {BAOTING: 391},
          Section("Market bridge and Sandao Hekou bridge", "市场桥与三道河口桥", 1, 2)),
    Piece("chitian_sanya", "赤田水库三亚段", "Chitian", SANYA, "", 39, {SANYA: 318}),
    Piece("zhubi_baisha", "珠碧江白沙段", "Zhubi", BAISHA, "coast_460400", 45, {BAISHA: 497},
          Section("Baisha-Danzhou border", "白沙-儋州交界", 3, 3, sure=False)),
)

# Runoff depths of the coast: dry in the west, wet in the east; assumed from the map of mean runoff.
COASTS = {
    HAIKOU: Coast(0.75), SANYA: Coast(0.65), DANZHOU: Coast(0.65), QIONGHAI: Coast(1.05), WENCHANG: Coast(0.80),
    WANNING: Coast(1.15), DONGFANG: Coast(0.40), CHENGMAI: Coast(0.65), LINGAO: Coast(0.55), CHANGJIANG: Coast(0.40),
    LEDONG: Coast(0.55), LINGSHUI: Coast(0.90),
}
OTHER_COAST = Coast(0.8)

# The piece below the county seat, where towns and plants discharge; elsewhere it is the coastal piece of the county,
# or the piece that drains most of it.
TOWNS = {QIONGHAI: "wanquan_qionghai", LEDONG: "changhua_ledong", CHANGJIANG: "changhua_changjiang",
         LINGSHUI: "lingshui_lingshui", QIONGZHONG: "wanquan_qiongzhong"}

# Printed for 2022-24 (provincial daily); what follows is `pool_renewed`.
POOLS = (Pool("chitian_baoting", 2022, 2024, 110.0, 60.0, 30.0),)


@dataclass(frozen=True, eq=False)
class Rivers:
    """The pieces of a pack as arrays, upper before lower: [reach], or [reach, county] for shares of a county's load.

    `county`, `payer`: rows of the county table (payer: the lower county of the section, or none). `downstream`: row of
    the next piece, or the sea. `flow`: million m3 a year at the foot. `land_share`, `town_share`: part of a county's
    diffuse and town load that enters the piece; both add to one for every county with persons. `seaside`: counties
    whose towns lie at the coast [county].
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
        """Number of pieces."""
        return len(self.names)


@functools.lru_cache(maxsize=8)
def rivers(pack: Pack) -> Rivers:
    """The river pieces of a pack."""
    pieces = _scaled(pack) + _coasts(pack)
    area, flow = _gathered(pieces)
    row = {int(code): k for k, code in enumerate(pack.codes) if pack.active[k]}
    kept = _dropped(pieces, row)
    place = {piece.name: k for k, piece in enumerate(kept)}
    land, town = np.zeros((len(kept), pack.n)), np.zeros((len(kept), pack.n))
    for piece in kept:
        for code, km2 in piece.drains.items():
            if code in row:
                land[place[piece.name], row[code]] = km2
    for code, county in row.items():
        seat = TOWNS.get(code, f"coast_{code}")
        town[place.get(seat, int(np.argmax(land[:, county]))), county] = 1.0
    on_coast = np.array([p.river.startswith("coast_") for p in kept])
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
        great=np.array([p.river in RIVERS and RIVERS[p.river].great for p in kept]),
        pools=tuple((place[p.section], p) for p in POOLS if p.section in place and met[place[p.section]]),
    )


def _scaled(pack) -> tuple[Piece, ...]:
    """The declared pieces with lengths and catchments scaled to the totals of the pack, where it prints them."""
    table = pack.table("basins")
    whole = table[table["order"] == 0].set_index("river")
    by_name, out = {p.name: p for p in PIECES}, []
    for piece in PIECES:
        own = [p for p in PIECES if p.river == piece.river]
        km2 = sum(sum(p.drains.values()) for p in own)
        longest = max(_to_sea(p, by_name) for p in own)
        length, area = (whole[c].get(piece.river, np.nan) for c in ("total_length_km", "total_basin_km2"))
        stretch = length / longest if np.isfinite(length) else 1.0
        widen = area / km2 if np.isfinite(area) else 1.0
        out.append(piece._replace(km=piece.km * stretch, drains={c: a * widen for c, a in piece.drains.items()}))
    return tuple(out)


def _to_sea(piece: Piece, by_name: dict[str, Piece]) -> float:
    """Kilometres of a piece and of all below it on the same river."""
    below = by_name.get(piece.flows_to)
    return piece.km + (_to_sea(below, by_name) if below and below.river == piece.river else 0.0)


def _coasts(pack) -> tuple[Piece, ...]:
    """One lumped piece for every county with a coast, or without a named river: the area not drained elsewhere."""
    coast = pack.group("coast")
    named = {c for piece in PIECES for c in piece.drains}
    area = dict(zip(pack.codes.tolist(), pack.counties["area_km2"].astype(float), strict=True))
    out = []
    for code, k in sorted((code, k) for k, code in enumerate(pack.codes.tolist())):
        if not pack.active[k] or not (coast[k] or code not in named):
            continue
        drained = sum(piece.drains.get(code, 0.0) for piece in PIECES)
        rest = max(area[code] - drained, 0.1 * area[code])
        about = COASTS.get(code, OTHER_COAST)
        out.append(Piece(f"coast_{code}", f"{pack.names_zh[k]}沿海小河", f"coast_{code}", code, "", about.km,
                         {code: rest}))
    return tuple(out)


def _gathered(pieces) -> tuple[dict[str, float], dict[str, float]]:
    """Catchment (km2) and mean flow (million m3 a year) at the foot of every piece: its own and all above."""
    area = {p.name: sum(p.drains.values()) for p in pieces}
    flow = {p.name: area[p.name] * _runoff(p) for p in pieces}
    for piece in pieces:  # upper pieces stand first
        if piece.flows_to in area:
            area[piece.flows_to] += area[piece.name]
            flow[piece.flows_to] += flow[piece.name]
    return area, flow


def _runoff(piece: Piece) -> float:
    if piece.river in RIVERS:
        return RIVERS[piece.river].runoff
    return COASTS.get(piece.county, OTHER_COAST).runoff


def _dropped(pieces, row) -> tuple[Piece, ...]:
    """The pieces of the counties that are there; what flowed into a dropped piece flows on to the next one kept."""
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
