"""Future links of the island's transport network, planned beyond the roads and railways of the pack.

The travel times of the pack reflect the network of 2021. Its links.csv lists the links that lever `five_net` (4.1)
implements, in the order of opening. Minutes are door to door between the two seats (or seat and gateway) over the new
link, with the town access of the pack's road model (16 minutes for both ends, 25 boarding for rail); they are
assumptions, as are opening years after 2024. A link has an effect only where it is faster than the existing route.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.core.arrays import Floats
from sim.core.cache import kernel
from sim.region.pack import Pack


class Link(NamedTuple):
    """A planned link between the seats of two counties (or a seat and a gateway): minutes by it, year of opening."""

    name: str
    origin: int
    destination: int | str
    minutes: float
    opens: int
    source: str


def links(pack: Pack) -> tuple[Link, ...]:
    """The planned links of a pack, in its order."""
    table = pack.table("links")
    columns = (table[name].tolist() for name in ("name", "origin_adcode", "destination", "minutes", "opens", "source"))
    return tuple(Link(name, origin, int(end) if end.isdecimal() else end, minutes, opens, source)
                 for name, origin, end, minutes, opens, source in zip(*columns, strict=True))


class Planned(NamedTuple):
    """The list as arrays, by the rows of a pack: rows of both ends (a gateway's row of `gateways`), minutes, years."""

    origin: np.ndarray
    destination: np.ndarray
    to_gateway: np.ndarray
    minutes: np.ndarray
    opens: np.ndarray


def planned(pack: Pack, gateway_names: Iterable[str]) -> Planned:
    """The links whose ends lie in the pack, in the order of opening."""
    row = {int(code): i for i, code in enumerate(pack.codes)}
    gate = {name: i for i, name in enumerate(gateway_names)}
    found = [k for k in sorted(links(pack), key=lambda k: k.opens)
             if k.origin in row and (k.destination in row or k.destination in gate)]
    return Planned(
        np.array([row[k.origin] for k in found], dtype=np.int64),
        np.array([row.get(k.destination, gate.get(k.destination, 0)) for k in found], dtype=np.int64),
        np.array([k.destination in gate for k in found], dtype=bool),
        np.array([k.minutes for k in found], dtype=float), np.array([k.opens for k in found], dtype=np.int64))


def built(opens: np.ndarray, year: int, share: float) -> Floats:
    """Degree of completion of each link: the first `share` of the list, each from its opening year on; [link] in 0..1.
    """
    place = np.arange(opens.size)
    return np.minimum(np.maximum(share * opens.size - place, 0.0), 1.0) * (opens <= year)


def with_links(minutes: Floats, gates: Floats, links: Planned, extent: Floats) -> tuple[Floats, Floats]:
    """Travel times with the links at their degree of completion: shortest routes over seats; minutes [c, d], gates [g,
    c].

    A half-completed link has a travel time half-way between the existing and the new route. Each link is added to times
    that are already shortest, so one comparison per link keeps them shortest.
    """
    minutes, gates = minutes.astype(float), gates.astype(float)
    _lay(minutes, gates, links.origin, links.destination, links.to_gateway, links.minutes, np.asarray(extent))
    return minutes, gates


@kernel
def _lay(minutes, gates, origin, destination, to_gateway, new, extent):
    n = minutes.shape[0]
    from_a, from_b = np.empty(n), np.empty(n)
    for k in range(origin.size):
        a, b = origin[k], destination[k]
        if extent[k] <= 0.0:
            continue
        old = gates[b, a] if to_gateway[k] else minutes[a, b]
        by_link = old - extent[k] * max(0.0, old - new[k])
        if to_gateway[k]:
            for d in range(n):
                gates[b, d] = min(gates[b, d], minutes[a, d] + by_link)
            continue
        from_a[:], from_b[:] = minutes[a], minutes[b]
        for c in range(n):
            for d in range(n):
                over = min(from_a[c] + from_b[d], from_b[c] + from_a[d])
                minutes[c, d] = min(minutes[c, d], over + by_link)
        for g in range(gates.shape[0]):
            to_a, to_b = gates[g, a], gates[g, b]
            for d in range(n):
                gates[g, d] = min(gates[g, d], min(to_a + minutes[a, d], to_b + minutes[b, d]))
