"""The counties as paths of an SVG: longitude and latitude brought to a plane, once for every map of the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outputs.view import View

BOX = 640.0  # units of the drawing from west to east
MARGIN = 6.0
NORTH = 46.0  # room above the island, where flows from and to the outside end


def drawn(view: View) -> dict[str, object]:
    """Width, height, and by county row the path `d` and the place `at` of its name; schematic units have neither."""
    shapes = view.shapes
    if not shapes:
        return {"width": 0, "height": 0, "paths": {}}
    corners = np.concatenate([np.asarray(path.vertices) for path, _ in shapes.values()])
    low, high = corners.min(axis=0), corners.max(axis=0)
    narrow = float(np.cos(np.radians((low[1] + high[1]) / 2)))  # a degree of longitude is this much shorter
    scale = BOX / ((high[0] - low[0]) * narrow)

    def placed(points: NDArray) -> NDArray:
        east = (points[:, 0] - low[0]) * narrow * scale + MARGIN
        south = (high[1] - points[:, 1]) * scale + MARGIN + NORTH
        return np.round(np.stack([east, south], axis=1), 1)

    polygons = view.polygons or ()
    return {
        "width": BOX + 2 * MARGIN, "height": round(float((high[1] - low[1]) * scale) + 2 * MARGIN + NORTH, 1),
        "paths": {row: {"d": _path([placed(ring) for ring in polygons[row].rings]),
                        "at": placed(np.asarray(spot)[None])[0].tolist()} for row, (_, spot) in shapes.items()},
    }


def _path(rings: Sequence[NDArray]) -> str:
    """Rings as the commands of an SVG path, without points that fall together."""
    words = []
    for ring in rings:
        apart = np.any(np.diff(ring, axis=0) != 0, axis=1)
        points = ring[:-1][apart] if len(ring) > 1 else ring
        words.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(words)
