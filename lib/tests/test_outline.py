"""Outlines come out of TopoJSON as rings to draw, across the date line and at the poles."""

import json
from pathlib import Path

import numpy as np
import pytest

from albumen.errors import AlbumenError
from albumen.plots.outline import read_outline


def topology(arcs: list, land: list, countries: list, scale: float = 1.0) -> dict:
    """`land`: polygons of rings; `countries`: polygons, one each."""
    return {
        "type": "Topology",
        "transform": {"scale": [scale, scale], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {
            "land": {
                "type": "GeometryCollection",
                "geometries": [{"type": "MultiPolygon", "arcs": land}],
            },
            "countries": {
                "type": "GeometryCollection",
                "geometries": [{"type": "Polygon", "arcs": one} for one in countries],
            },
        },
    }


def written(tmp_path: Path, data) -> Path:
    path = tmp_path / "world.json"
    path.write_text(json.dumps(data))
    return path


def test_two_countries_share_their_border_and_not_their_coast(tmp_path: Path) -> None:
    """Two unit squares side by side; the arc between them is used forwards and backwards."""
    arcs = [
        [[1, 0], [0, 1]],  # the border, upwards: (1, 0) to (1, 1)
        [[1, 1], [-1, 0], [0, -1], [1, 0]],  # the west's coast: back to (1, 0)
        [[1, 0], [1, 0], [0, 1], [-1, 0]],  # the east's coast: on to (1, 1)
    ]
    outline = read_outline(
        written(tmp_path, topology(arcs, [[[1, 2]]], [[[0, 1]], [[2, -1]]], scale=10.0))
    )
    (border,), (land,) = outline.borders, outline.land
    assert border.tolist() == [[10, 0], [10, 10]]
    corners = [[10, 10], [0, 10], [0, 0], [10, 0], [20, 0], [20, 10], [10, 10]]
    assert land.tolist() == corners


def test_an_arc_of_a_negative_number_runs_backwards(tmp_path: Path) -> None:
    arcs = [[[0, 0], [2, 0]], [[0, 0], [1, 5], [1, -5]]]
    (land,) = read_outline(written(tmp_path, topology(arcs, [[[0, -2]]], []))).land
    assert land.tolist() == [[0, 0], [2, 0], [1, 5], [0, 0]]


def test_land_across_the_date_line_is_one_piece(tmp_path: Path) -> None:
    """Longitudes 170, -170, -170, 170: twenty degrees wide, not 340."""
    arcs = [[[170, 0], [-340, 0], [0, 10], [340, 0], [0, -10]]]
    (land,) = read_outline(written(tmp_path, topology(arcs, [[[0]]], []))).land
    assert np.ptp(land[:, 0]) == 20
    assert land[0].tolist() == land[-1].tolist()


def test_land_around_a_pole_is_closed_along_the_edge_of_the_map(tmp_path: Path) -> None:
    """A circle of latitude in steps of 120 degrees: as an outline it encloses nothing."""
    arcs = [[[-180, -70], [120, 0], [120, 0], [120, 0]]]
    (land,) = read_outline(written(tmp_path, topology(arcs, [[[0]]], []))).land
    assert land[-3:].tolist() == [[180, -90], [-180, -90], [-180, -70]]
    x, y = land.T
    assert abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2) == 360 * 20


@pytest.mark.parametrize("data", [[], {"type": "Topology"}, {"objects": {"land": {}}}])
def test_what_is_no_such_topology_is_named(tmp_path: Path, data) -> None:
    with pytest.raises(AlbumenError, match=r"world\.json is no TopoJSON with the objects 'land'"):
        read_outline(written(tmp_path, data))
