"""The outlines of land and countries, out of TopoJSON.

The file is Natural Earth's 1:50 million, whose borders are those in force on the ground; its land
crosses the date line uncut. https://github.com/topojson/topojson-specification
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from albumen.errors import AlbumenError
from albumen.tables import read_json

Line = Float[np.ndarray, "_ 2"]  # longitude, latitude in degrees


class Outline(NamedTuple):
    """Land as rings and borders as lines; longitudes beyond 180 lie across the date line."""

    land: list[Line]  # closed; a hole (an inland sea) runs against the ring that it lies in
    borders: list[Line]  # between countries, not along coasts


def read_outline(path: Path) -> Outline:
    """Land and borders of a topology with the objects `land` and `countries`.

    Raises AlbumenError when the file is no such topology.
    """
    topology = read_json(path)
    if not isinstance(topology, dict) or not topology.get("objects", {}).keys() >= {
        "land",
        "countries",
    }:
        raise AlbumenError(f"{path} is no TopoJSON with the objects 'land' and 'countries'.")
    arcs = _arcs(topology)
    shared = Counter(
        number
        for country in topology["objects"]["countries"]["geometries"]
        for number in {max(arc, ~arc) for ring in _rings(country) for arc in ring}
    )
    return Outline(
        land=[_closed(_join(ring, arcs)) for ring in _rings(topology["objects"]["land"])],
        borders=[_placed(arcs[number]) for number, users in shared.items() if users > 1],
    )


def _arcs(topology: dict[str, Any]) -> list[Line]:
    """Arcs are steps on a grid of integers, which `transform` lays over degrees (section 2.1.2)."""
    scale, translate = (
        np.array(topology["transform"][key], float) for key in ("scale", "translate")
    )
    return [np.cumsum(steps, axis=0) * scale + translate for steps in topology["arcs"]]


def _rings(geometry: dict[str, Any]) -> Iterator[Sequence[int]]:
    """The rings of a geometry as numbers of arcs; points and lines enclose nothing."""
    match geometry["type"]:
        case "GeometryCollection":
            yield from chain.from_iterable(map(_rings, geometry["geometries"]))
        case "MultiPolygon":
            yield from chain.from_iterable(geometry["arcs"])
        case "Polygon":
            yield from geometry["arcs"]


def _join(ring: Sequence[int], arcs: Sequence[Line]) -> Line:
    """A negative number is the arc of its complement backwards; neighbours share a point."""
    parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _placed(line: Line) -> Line:
    """The same line without jumps at the date line, its middle between -180 and 180."""
    lon, lat = line.T
    lon = np.unwrap(lon, period=360)
    return np.stack([lon - 360 * np.round((lon.min() + lon.max()) / 720), lat], axis=1)


def _closed(ring: Line) -> Line:
    """A ring around a pole (Antarctica) goes round the whole map: close it along the map's edge."""
    ring = _placed(ring)
    if abs(ring[-1, 0] - ring[0, 0]) < 180:
        return ring
    pole = np.copysign(90, ring[:, 1].mean())
    return np.concatenate([ring, [[ring[-1, 0], pole], [ring[0, 0], pole], ring[0]]])
