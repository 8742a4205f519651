"""A map shows every position, tells no more than it says, and goes round the globe."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from albumen import plots
from albumen.plots.maps import _degrees, _view


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path: Path) -> None:
    """No outline is cached: these maps are the same everywhere."""
    monkeypatch.setenv("ALBUMEN_CACHE", str(tmp_path))


def photos(*positions: tuple[float, float], library: str = "one") -> pd.DataFrame:
    table = pd.DataFrame(positions, columns=["lat", "lon"], dtype=float)
    return table.assign(library=library)


def texts(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.findobj(Text)]


def dots(axes: Axes) -> np.ndarray:
    """Longitude and latitude of what is drawn; the keys' own dots lie nowhere."""
    return np.concatenate([one.get_offsets().data for one in axes.collections])


def test_positions_are_counted_by_library() -> None:
    nowhere = (np.nan, np.nan)
    table = pd.concat([photos((50, 8), (50, 8), nowhere), photos(nowhere, library="two")])
    fig = plots.places(table)
    assert "2 of 4 photos with a position, rounded here to 0.1° (11 km)." in texts(fig)
    assert {"one\n2 of 3", "two\n0 of 1", "2 photos"} <= set(texts(fig))
    assert dots(fig.axes[0]).tolist() == [[8, 50]]


def test_without_a_position_there_is_no_map() -> None:
    fig = plots.places(photos((np.nan, np.nan)))
    assert not fig.axes and "None of 1 photo has a position." in texts(fig)
    assert "None of 0 photos has a position." in texts(plots.places(photos()))


def test_a_map_tells_no_more_than_the_rounded_position() -> None:
    """Neither dots nor edges may differ between two places that are rounded alike."""
    here, there = photos((50.0412, 8.0333)), photos((49.9633, 7.9588))
    maps = [plots.places(table).axes[0] for table in (here, there)]
    assert dots(maps[0]).tolist() == dots(maps[1]).tolist() == [[8, 50]]
    assert maps[0].get_xlim() == maps[1].get_xlim()
    assert maps[0].get_ylim() == maps[1].get_ylim()
    (finer,) = dots(plots.places(here, decimals=2).axes[0])
    assert finer.tolist() == pytest.approx([8.03, 50.04])


def test_neighbours_across_the_date_line_are_neighbours() -> None:
    axes = plots.places(photos((-17, 179.9), (-17, -179.9), (-17, 180), (-17, -180))).axes[0]
    west, east = axes.get_xlim()
    assert east - west < 15
    lon = dots(axes)[:, 0]
    assert ((west < lon) & (lon < east)).all() and np.ptp(lon) < 0.21


@given(
    st.lists(
        st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=8, unique=True
    )
)
def test_a_view_holds_every_position(positions: list[tuple[float, float]]) -> None:
    lat, lon = np.array(positions).T
    view = _view(lat, lon)
    assert -90 - 1e-9 <= view.south <= lat.min() + 1e-9
    assert lat.max() - 1e-9 <= view.north <= 90 + 1e-9
    assert 0 < view.east - view.west <= 360 + 1e-9
    assert ((lon - view.west + 1e-9) % 360 <= view.east - view.west + 2e-9).all()
    height = (view.north - view.south) * view.stretch / (view.east - view.west)
    assert 0.1 < height < 2.1  # a figure that a page can hold


def test_degrees_go_by_hemisphere() -> None:
    names = [_degrees(value, "W", "E") for value in (-190, -180, -10, 0, 10, 180, 190)]
    assert names == ["170° E", "180°", "10° W", "0°", "10° E", "180°", "170° W"]


def test_a_map_without_land_says_so_and_one_with_land_draws_it(monkeypatch, tmp_path) -> None:
    said = [text for text in texts(plots.places(photos((0, 0)))) if "No land is drawn" in text]
    assert len(said) == 1 and "`albumen weights fetch world-outline`" in said[0]
    world = tmp_path / "world.json"
    land = {"type": "Polygon", "arcs": [[0]]}
    shapes = {
        one: {"type": "GeometryCollection", "geometries": [land]} for one in ("land", "countries")
    }
    grid = {"scale": [1, 1], "translate": [0, 0]}
    square = [[0, 0], [0, 2], [2, 0], [0, -2], [-2, 0]]
    world.write_text(json.dumps({"objects": shapes, "transform": grid, "arcs": [square]}))
    monkeypatch.setattr("albumen.plots.maps.weight", lambda name: world)
    fig = plots.places(photos((1, 359)))
    assert not any("No land" in text for text in texts(fig))
    drawn = [one for one in fig.axes[0].patches if isinstance(one, PathPatch)]
    west, east = fig.axes[0].get_xlim()
    # the square from 0 to 2 degrees east, as seen from 359 degrees east, which is 1 degree west
    assert any(west < one.get_path().vertices[:, 0].mean() < east for one in drawn)
