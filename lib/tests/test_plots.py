"""Figures draw what their records say, and take any text as text."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from albumen import plots
from albumen.plots.look import CYCLE, clipped, figure, hex_of, look, show_image
from albumen.plots.pictures import _tinted
from albumen.records import (
    Colour,
    Condition,
    Person,
    Picture,
    Reference,
    Source,
    Step,
    Wish,
)

HOSTILE = "$x_$ <script> \\frac{"


def drawn(fig: Figure) -> np.ndarray:
    """The figure rendered, as RGB."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=50)
    return np.asarray(Image.open(buffer).convert("RGB"))


def texts(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.findobj(Text)]


def thumbnail(photo_id: str) -> np.ndarray:
    return np.full((32, 32, 3), 200 if photo_id == "a" else 90, np.uint8)


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


def test_a_chain_says_what_each_step_changed() -> None:
    condition = Condition(HOSTILE, "o", "scene", "beach", "photo", (), (), (), "", 1.0, (32, 32))
    steps = [
        Step(Wish(HOSTILE), condition, ""),
        Step(Wish(HOSTILE, seed=1), condition, "seed 0 -> 1"),
    ]
    images = [np.full((32, 32, 3), level, np.uint8) for level in (0, 255)]
    fig = plots.chain_strip(steps, images)
    assert [axis.get_xlabel() for axis in fig.axes] == [HOSTILE, "seed 0 -> 1"]
    assert [int(axis.images[0].get_array().max()) for axis in fig.axes] == [0, 255]
    assert drawn(plots.chain_strip(steps[:1], images[:1])).std() > 0


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


def dated(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    """Rows of library, local time and its source as the columns that a timeline looks at."""
    library, taken, source = zip(*rows, strict=True)
    local = pd.Series(pd.to_datetime(list(taken)))
    return pd.DataFrame(
        {
            "library": library,
            "taken_utc": local.dt.tz_localize("UTC"),
            "taken_local": local,
            "time_source": source,
        }
    )


def bars(axis: Axes) -> list[tuple[str, float]]:
    """The bars that are seen, as month and height, hatched ones as "year only"."""
    return [
        (f"{num2date(bar.get_x()):%Y-%m}" if bar.get_hatch() is None else "year only", height)
        for bar in axis.patches
        if (height := bar.get_height())
    ]


def test_a_timeline_counts_undated_photos() -> None:
    photos = dated(("one", "2020-01-05", "exif"), ("one", "2020-01-09", "name"))
    undated = dated(("one", None, "unknown"))
    (axis,) = plots.timeline(pd.concat([photos, undated])).axes
    assert bars(axis) == [("2020-01", 2)]
    assert "1 without a date" in axis.get_title(loc="right")
    fig = plots.timeline(undated)
    assert not fig.axes and "None of 1 photo has a date." in texts(fig)


def test_a_month_is_the_month_where_the_photo_was_taken() -> None:
    photos = dated(("one", "2020-02-01", "exif"), ("one", "2020-06-01", "exif"))
    photos.loc[0, "taken_utc"] = pd.Timestamp("2020-01-31 23:00", tz="UTC")
    photos.loc[1, "taken_local"] = pd.NaT  # then the month is UTC's
    (axis,) = plots.timeline(photos).axes
    assert bars(axis) == [("2020-02", 1), ("2020-06", 1)]


def test_a_photo_of_some_day_in_a_year_is_no_photo_of_january() -> None:
    rows = [("one", "2020-01-01", "folder's year")] * 6 + [("one", "2020-03-05", "exif")]
    (axis,) = plots.timeline(dated(*rows)).axes
    assert bars(axis) == [("2020-03", 1)] + [("year only", 0.5)] * 12
    assert "6 with no more than a year" in axis.get_title(loc="right")
    (axis,) = plots.timeline(dated(*rows, ("one", "1950-01-01", "exif"))).axes
    assert bars(axis) == [("1950-01", 1), ("2020-01", 1), ("year only", 6)]  # a bar a year


def test_a_timeline_has_a_row_for_each_of_many_libraries() -> None:
    names = [f"library {number}" for number in range(20)]
    axes = plots.timeline(dated(*((name, "2020-01-01", "exif") for name in names))).axes
    assert [axis.get_title(loc="left") for axis in axes] == names


def files(library: str, outcome: str, reason: str, number: int, path: str = "a") -> pd.DataFrame:
    row = {"library": library, "outcome": outcome, "reason": reason, "path": path}
    return pd.DataFrame([row] * number)


def test_a_cascade_adds_up_to_what_was_found() -> None:
    table = pd.concat(
        [
            files("one", "skipped", "in the trash", 1),
            files("one", "imported", "", 5),
            files("one", "skipped", "no photo", 2),
            files("one", "sidecar", "of a photo", 3, "(withheld)"),
            files("two", "imported", "", 4),
        ]
    )
    fig = plots.reconciliation(table)
    one, two = fig.axes
    rows = ["found", "imported", "skipped: no photo", "skipped: in the trash"]
    assert [label.get_text() for label in one.get_yticklabels()] == [
        *rows,
        "withheld: of a photo",
    ]
    assert [(bar.get_x(), bar.get_width()) for bar in one.patches] == [
        *((0, 11), (0, 5)),
        *((5, 2), (7, 1), (8, 3)),
    ]
    assert [(bar.get_x(), bar.get_width()) for bar in two.patches] == [(0, 4), (0, 4)]
    assert one.patches[-1].get_facecolor() not in [bar.get_facecolor() for bar in one.patches[:-1]]
    assert "15 files found: 9 imported, 0 merged, 0 sidecar, 3 skipped, 3 withheld." in texts(fig)
    assert "No file was found." in texts(plots.reconciliation(table[:0]))


def people(*names: str) -> pd.DataFrame:
    facts = {"library": "one", "photos": 1, "faces": 2, "confidence": 0.9, "lowest": 0.71}
    return pd.DataFrame([{"name": name, **facts} for name in names])


def test_a_person_is_a_strip_of_faces() -> None:
    face = np.zeros((8, 8, 3), np.uint8)
    table = people("Ann", "Bo")
    table.loc[1, ["confidence", "lowest"]] = np.nan
    fig = plots.people_found(table, [[face, face], [face]])
    assert [len(axis.images) for axis in fig.axes] == [0, 1, 1, 0, 1, 0]
    assert "2 faces in 1 photo\nconfidence 0.90, lowest 0.71" in texts(fig)
    assert "2 faces in 1 photo" in texts(fig)  # whose names have no confidence
    assert drawn(fig).std() > 0
    assert "Nobody is named." in texts(plots.people_found(table[:0], []))


def test_paired_differences_are_drawn_in_order() -> None:
    rows = pd.DataFrame({"subject": ["a", "b"], "difference": [0.2, -0.1], "kind": ["real"] * 2})
    (axis,) = plots.paired_differences(rows, "own minus other").axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["b", "a"]


@pytest.mark.parametrize(
    "name",
    [HOSTILE, "_a $5 and $6", "a\nb\tc", "\u05e9\u05dc\u05d5\u05dd", "\U0001f600 100%", "x" * 500],
)
def test_any_text_is_text(name: str, monkeypatch, tmp_path: Path) -> None:
    """Never a formula, never left out of a legend; drawn without an error."""
    monkeypatch.setenv("ALBUMEN_CACHE", str(tmp_path))  # no outline: the map is drawn bare
    face = np.zeros((8, 8, 3), np.uint8)
    located = pd.DataFrame({"library": [name], "lat": [1.0], "lon": [1.0]})
    shown = clipped(name, 20).removesuffix("…")
    for fig in (
        plots.places(located),
        plots.timeline(dated((name, "2020-01-01", "exif"))),
        plots.reconciliation(files(name, "skipped", name, 1)),
        plots.people_found(people(name), [[face]]),
        plots.contact_sheet([face], [name]),
    ):
        drawn(fig)
        found = [one for one in fig.findobj(Text) if shown in one.get_text()]
        assert found and not any(one.get_parse_math() for one in found)


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [("a\n b", 9, "a b"), ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("ab cde", 4, "ab…")],
)
def test_a_clipped_text_is_one_line(text: str, width: int, line: str) -> None:
    assert clipped(text, width) == line


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
    shown, _ = formatter.format(plots.contact_sheet([thumbnail("a")], ["one"]))
    assert shown["image/png"].startswith(b"\x89PNG")
