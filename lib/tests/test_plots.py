"""Figures draw what their records say, and take any text as text."""

import io

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from albumen import plots
from albumen.plots.look import CYCLE, figure, hex_of, look, show_image
from albumen.plots.pictures import _tinted
from albumen.records import (
    Colour,
    Condition,
    Interest,
    Known,
    Person,
    Picture,
    Profile,
    Reference,
    Source,
)

HOSTILE = "$x_$ <script> \\frac{"


def drawn(fig: Figure) -> np.ndarray:
    """The figure rendered, as RGB."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=50)
    return np.asarray(Image.open(buffer).convert("RGB"))


def thumbnail(photo_id: str) -> np.ndarray:
    return np.full((32, 32, 3), 200 if photo_id == "a" else 90, np.uint8)


def profile(interests: int) -> Profile:
    one = Interest(HOSTILE, ((HOSTILE, 1.0),), "a", ("a", "b"), ("a", "b"), 0.5, 0.8, 0.4, (1.0,))
    return Profile(
        owner=HOSTILE,
        embedder="stub",
        interests=(one,) * interests,
        palette=(Colour((60.0, 20.0, -30.0), 1.0),),
        people=(Known(HOSTILE, "me", "person", 3, 2),),
        photos=4,
        noise=0.0,
        silhouette=None,
        stability=None,
        notes=(),
        made_from={},
    )


@pytest.mark.parametrize("interests", [0, 1, 10])
def test_a_card_has_a_row_for_each_interest(interests: int) -> None:
    fig = plots.profile_card(profile(interests), thumbnail)
    texts = [
        text.get_text()
        for part in fig.subfigs
        for text in part.findobj()
        if hasattr(text, "get_text")
    ]
    assert sum(text == HOSTILE for text in texts) == interests
    assert ("No clear interests." in texts) == (interests == 0)
    assert drawn(fig).std() > 0


def test_a_palette_colour_is_its_srgb() -> None:
    assert hex_of(Colour((100.0, 0.0, 0.0), 1.0)) == "#ffffff"
    assert hex_of(Colour((53.24, 80.09, 67.20), 1.0)) == "#ff0000"  # sRGB red, IEC 61966-2-1


def test_the_sources_map_tints_by_source() -> None:
    image = np.full((2, 2, 3), 100, np.uint8)
    index = np.array([[0, 1], [-1, -2]])
    picture = Picture(
        image, 0, "stub", "c" * 64, (Source("a", 0.5, "x"), Source("b", 0.5, "x")), index
    )
    tinted = _tinted(picture).astype(int)
    for place, colour in (((0, 0), CYCLE[0]), ((0, 1), CYCLE[1])):
        assert np.abs(tinted[place] - (50 + 127.5 * np.array(to_rgb(colour)))).max() <= 1
    assert (tinted[1, 0] > 170).all()  # inpainted: towards white
    assert (tinted[1, 1] == 100).all()  # generated: untinted


def test_a_sources_panel_names_every_source() -> None:
    person = Person("p", "me", 3, {})
    condition = Condition(
        *(HOSTILE, "o", "portrait in scene", "beach", "photo", (person,)),
        *((Reference("a", "scene", 1.0, HOSTILE),), (), "", 1.0, (32, 32)),
    )
    sources = (Source("a", 0.75, "scene pixels", "stock"), Source("p", 0.25, "face embedding"))
    image = np.zeros((32, 32, 3), np.uint8)
    picture = Picture(image, 0, "stub", "c" * 64, sources, np.zeros((32, 32), int))
    fig = plots.sources_panel(picture, condition, thumbnail)
    labels = [axis.get_xlabel() for part in fig.subfigs for axis in part.axes]
    assert any("75%" in label and "stock" in label for label in labels)
    assert any("25%" in label for label in labels)
    assert drawn(fig).std() > 0


def test_intervals_stand_where_the_table_says() -> None:
    summary = pd.DataFrame(
        {
            "metric": ["likeness"] * 2,
            "method": ["own", "none"],
            "mean": [0.6, np.nan],
            "low": [0.5, np.nan],
            "high": [0.7, np.nan],
            "reference": [0.33, 0.33],
        }
    )
    fig = plots.intervals(summary, ["likeness"], ["own", "none"])
    lines = [tuple(np.atleast_1d(line.get_xdata()).astype(float)) for line in fig.axes[0].lines]
    assert lines == [(0.5, 0.7), (0.6,), (0.33, 0.33)]


def test_a_grid_leaves_missing_pictures_empty() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    fig = plots.picture_grid([[image, None]], [HOSTILE], ["x", "y"])
    assert [len(axis.images) for axis in fig.axes] == [1, 0]
    assert drawn(fig).std() > 0


def test_a_timeline_counts_undated_photos() -> None:
    photos = pd.DataFrame(
        {
            "library": ["one"] * 3,
            "taken_utc": pd.to_datetime(["2020-01-05", "2020-01-09", None], utc=True),
        }
    )
    (axis,) = plots.timeline(photos).axes
    assert [bar.get_height() for bar in axis.patches] == [2]
    assert "1 without a date" in axis.get_title(loc="left")


def test_paired_differences_are_drawn_in_order() -> None:
    rows = pd.DataFrame({"subject": ["a", "b"], "difference": [0.2, -0.1], "kind": ["real"] * 2})
    (axis,) = plots.paired_differences(rows, "own minus other").axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["b", "a"]


def test_show_image_has_no_ticks() -> None:
    with look():
        fig = figure(1, 1)
        axis = fig.subplots()
        show_image(axis, np.zeros((4, 4, 3), np.uint8), HOSTILE)
    assert not len(axis.get_xticks()) and not len(axis.get_yticks())
    drawn(fig)


def test_a_notebook_shows_every_figure() -> None:
    """IPython asks the figure for its PNG; without pyplot's own hook it would print its name."""
    formatter = DisplayFormatter()
    shown, _ = formatter.format(plots.profile_card(profile(1), thumbnail))
    assert shown["image/png"].startswith(b"\x89PNG")
