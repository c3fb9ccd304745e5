"""Geography: travel times, gateways, borders, polygons and groups of counties.

Road minutes of the pack are from seat to seat; rail minutes are in-train times, so access to the station and boarding
times are added here. Assumptions of this file are in the table below; everything else comes from the pack.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.core.arrays import Floats
from sim.core.cache import either
from sim.region.pack import Pack


class Assumption(NamedTuple):
    """A geographic assumption that is in no table of the pack."""

    value: float
    unit: str
    range: tuple[float, float]
    source: str


ASSUMPTIONS = {
    "access_speed": Assumption(40.0, "km/h", (25, 60), "local roads and town streets, door to station; assumed"),
    "boarding": Assumption(25.0, "min", (15, 40), "ticket check, waiting and exit, once per rail trip; assumed"),
    "station_distance": Assumption(5.0, "km", (2, 10), "station in town, no station_km in places.csv; assumed"),
    "ship_speed": Assumption(35.0, "km/h", (25, 40), "supply ship to Yongxing island, about 19 knots; recalled"),
    "ship_boarding": Assumption(60.0, "min", (30, 120), "boarding and landing of the supply ship; assumed"),
    "point_touch": Assumption(1.0, "km", (0.5, 2),
                              "a shorter border is contact at a point (pack note on Ledong-Baoting)"),
}


class Gateway(NamedTuple):
    """A gateway to the outside: its county, kind (strait, air, port) and minutes from the county seat."""

    name: str
    code: int
    kind: str
    minutes_from_seat: float
    source: str


@dataclass(frozen=True)
class Polygon:
    """The rings of a county: arrays [point, longitude and latitude]; `schematic` if it is a marker rather than a
    boundary.
    """

    rings: tuple[np.ndarray, ...]
    schematic: bool


def road_minutes(pack: Pack, year: int) -> np.ndarray:
    """Minutes by road between seats [county, county]; inf without a road, 0 on the diagonal."""
    return _mode_minutes(pack, "road", year)


def train_minutes(pack: Pack, year: int) -> np.ndarray:
    """Minutes in the train [county, county]; inf where no line is open."""
    return _mode_minutes(pack, "rail", year)


def rail_minutes(pack: Pack, year: int) -> np.ndarray:
    """Minutes by rail door to door: to the station, boarding, in the train, from the station."""
    access = station_access(pack)
    minutes = train_minutes(pack, year) + access[:, None] + access[None, :] + ASSUMPTIONS["boarding"].value
    np.fill_diagonal(minutes, 0.0)
    return minutes


def station_access(pack: Pack) -> np.ndarray:
    """Minutes between the seat and its station [county]."""
    usual = ASSUMPTIONS["station_distance"].value
    return 60.0 * pack.of_places("station_km", usual) / ASSUMPTIONS["access_speed"].value


@functools.lru_cache(maxsize=32)
def sea_minutes(pack: Pack) -> np.ndarray:
    """Minutes by ship between unpopulated islands and the coast of the main island; inf elsewhere."""
    km = great_circle_km(pack)
    minutes = 60.0 * km / ASSUMPTIONS["ship_speed"].value + ASSUMPTIONS["ship_boarding"].value
    island, coast = ~pack.active, pack.group("coast")
    linked = island[:, None] & coast[None, :]
    return np.where(linked | linked.T, minutes, np.inf)


def travel_minutes(pack: Pack, year: int) -> np.ndarray:
    """Minutes between seats [county, county] (I1): the fastest route by road, rail (with access to stations) and ship.

    Routes may be joined at a seat, so the triangle inequality holds. Symmetric, 0 on the diagonal, non-increasing over
    years. Years before the first road row use its roads; the east ring counts from 2011, the west from 2016.
    """
    return _travel(pack, int(year)).copy()


def opened_by(pack: Pack, year: int) -> int:
    """The latest year up to this one in which roads or railways were opened."""
    opened = _openings(pack)
    return int(opened[max(0, np.searchsorted(opened, year, side="right") - 1)])


def _travel(pack: Pack, year: int) -> np.ndarray:
    """Travel times of a year: those of the latest year with an opening."""
    return _fastest(pack, opened_by(pack, year))


@functools.lru_cache(maxsize=32)
def _openings(pack: Pack) -> np.ndarray:
    """Years in which roads or railways are opened, in order."""
    return np.unique(np.concatenate([[0], *(_links(pack, mode)[2] for mode in ("road", "rail"))]))


@functools.lru_cache(maxsize=256)
def _fastest(pack: Pack, year: int) -> np.ndarray:
    minutes = np.minimum(np.minimum(road_minutes(pack, year), rail_minutes(pack, year)), sea_minutes(pack))
    np.fill_diagonal(minutes, 0.0)
    for between in range(pack.n):
        minutes = np.minimum(minutes, minutes[:, between, None] + minutes[None, between, :])
    return minutes


def _mode_minutes(pack: Pack, mode: str, year: int) -> np.ndarray:
    """The fastest connection of a mode open by the year, for each pair."""
    origin, destination, since, minutes = _links(pack, mode)
    open_by_then = since <= max(int(year), int(since.min()) if mode == "road" and len(since) else int(year))
    out = np.full((pack.n, pack.n), np.inf)
    np.minimum.at(out, (origin[open_by_then], destination[open_by_then]), minutes[open_by_then])
    np.fill_diagonal(out, 0.0)
    return out


@functools.lru_cache(maxsize=32)
def _links(pack: Pack, mode: str) -> tuple[np.ndarray, ...]:
    """Rows of a mode: places of origin and destination, first year, minutes."""
    table = pack.table("travel")
    rows = table[table["mode"] == mode]
    place = {int(code): i for i, code in enumerate(pack.codes)}
    origin, destination = (rows[c].map(place).to_numpy(np.int64) for c in ("origin_adcode", "dest_adcode"))
    return origin, destination, rows["year_from"].to_numpy(np.int64), rows["minutes"].to_numpy(np.float64)


def great_circle_km(pack: Pack) -> np.ndarray:
    """Great-circle kilometres between seats [county, county]."""
    table = pack.table("travel")
    rows = table[table["mode"] == "great_circle"]
    place = {int(code): i for i, code in enumerate(pack.codes)}
    out = np.zeros((pack.n, pack.n))
    out[rows["origin_adcode"].map(place), rows["dest_adcode"].map(place)] = rows["km"]
    return out


def gateways(pack: Pack) -> tuple[Gateway, ...]:
    """The gateways that lie in counties of the pack."""
    table = pack.table("gateways")
    columns = (table[name].tolist() for name in ("name", "adcode", "kind", "minutes", "source"))
    return tuple(Gateway(*row) for row in zip(*columns, strict=True))


def gateway_minutes(pack: Pack, year: int) -> np.ndarray:
    """Minutes from each seat to each gateway [gateway, county], in the order of `gateways`; without waiting there."""
    travel = _travel(pack, int(year))
    found = gateways(pack)
    return np.array([travel[pack.row(g.code)] + g.minutes_from_seat for g in found]).reshape(len(found), pack.n)


def paired(groups: np.ndarray) -> np.ndarray:
    """1 for pairs of different counties of a group, else 0; groups [group, county] -> [group, county, county]."""
    return (groups[:, :, None] & groups[:, None, :] & ~np.eye(groups.shape[1], dtype=bool)).astype(float)


@either
def integration(pairs: Floats, shares: Sequence[float] | Floats) -> Floats:
    """Integration of pairs of counties by groups of counties, iota = 1 - prod over groups (1 - share) (I2).

    pairs [group, county, county]; the effects of overlapping groups on a pair are multiplied. 0 on the diagonal.
    """
    apart = np.ones(pairs.shape[1:])
    for group in range(len(shares)):
        apart *= 1.0 - shares[group] * pairs[group]
    return 1.0 - apart


def border_km(pack: Pack) -> np.ndarray:
    """Length of the common border [county, county], 0 where there is none."""
    table, out = pack.table("adjacency"), np.zeros((pack.n, pack.n))
    for a, b, length in zip(table["adcode_a"], table["adcode_b"], table["border_km"], strict=True):
        out[pack.row(a), pack.row(b)] = out[pack.row(b), pack.row(a)] = length
    return out


def adjacency(pack: Pack) -> np.ndarray:
    """Whether two counties are neighbours [county, county]; contact at a point does not count."""
    return border_km(pack) >= ASSUMPTIONS["point_touch"].value


def polygons(pack: Pack) -> tuple[Polygon, ...]:
    """The outline of each county in the order of the pack, for maps."""
    drawn = {}
    for feature in pack.geojson["features"]:
        shape, about = feature["geometry"], feature["properties"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        rings = tuple(np.asarray(ring, dtype=float) for part in parts for ring in part)
        drawn[int(about["adcode"])] = Polygon(rings, bool(about.get("schematic", False)))
    return tuple(drawn[int(code)] for code in pack.codes)


def seats(pack: Pack) -> np.ndarray:
    """Longitude and latitude of the seats [county, 2]."""
    return pack.counties[["seat_lon", "seat_lat"]].to_numpy(np.float64)


def areas_ha(pack: Pack) -> np.ndarray:
    """Land area of the counties in hectares, from the one consistent table."""
    return pack.counties["area_km2"].to_numpy(np.float64) * 100.0


def basins(pack: Pack) -> dict[str, tuple[int, ...]]:
    """Rows of the counties along the main stem of each river, from source to mouth."""
    table = pack.table("basins")
    stem = table[(table["order"] > 0) & (table["main_stem"] == 1)].sort_values(["river", "order"])
    return {river: tuple(pack.row(code) for code in rows["adcode"]) for river, rows in stem.groupby("river", sort=True)}
