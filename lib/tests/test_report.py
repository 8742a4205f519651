"""The report shows what lies on disk, escaped, and nothing from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from PIL import Image

from albumen.report import number, write_report
from albumen.runs import save_table
from albumen.tables import write_json

EVIL = "<script>alert('x')</script>\"&"


class Page(HTMLParser):
    """The links, images and texts of a page, and the tags it uses."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.targets, self.tags, self.text = [], set(), ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.targets += [value for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text += data


def add_run(results: Path, notebook="02_map", stamp="20260101T120000Z-aaaaaaaa", **changes) -> Path:
    """A complete run with one figure, one table and one picture."""
    folder = results / "runs" / notebook / stamp
    for kind in ("figures", "pictures"):
        (folder / kind).mkdir(parents=True)
        Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(folder / kind / "one.png")
    write_json({}, folder / "pictures" / "one.json")
    save_table(pd.DataFrame({"album": ["beach"], "share": [0.25]}), folder, "shares", "Shares.")
    cells = [new_markdown_cell(changes.pop("cell", "# What do they like?\n\nIs it *stable*?"))]
    nbformat.write(new_notebook(cells=cells), folder / "notebook.ipynb")
    about = {"parameters": {"seed": 3}, "started": "", "seconds": 200.0, "peak_memory_mib": 2048}
    git = {"commit": "0123456789abcdef", "dirty": True}
    record = {**about, "git": git, "headline": [["stability", 0.81]], "files": {}, **changes}
    write_json(record, folder / "manifest.json")
    return folder


def test_without_runs_it_says_so(tmp_path):
    page = Page(write_report(tmp_path))
    assert "There is no complete run yet." in page.text
    assert page.targets == []


def test_a_run_is_shown_with_all_it_made(tmp_path):
    add_run(tmp_path)
    page = Page(write_report(tmp_path))
    said = (
        "What do they like?",
        "Is it stable?",
        "0.810",
        "stability",
        "Shares.",
        "beach",
        "0.250",
    )
    for text in (*said, "3 min", "2.0 GiB", "0123456789 with changes", "2026-01-01 12:00 UTC"):
        assert text in page.text, text
    names = {unquote(target).rpartition("/")[2] for target in page.targets}
    assert names >= {"one.png", "shares.parquet", "notebook.ipynb", "manifest.json"}


def test_everything_it_points_to_lies_beside_it(tmp_path):
    add_run(tmp_path, notebook="03 a#b?ü")
    path = write_report(tmp_path)
    page = Page(path)
    assert "script" not in page.tags
    assert "link" not in page.tags
    targets = [target for target in page.targets if not target.startswith("#")]
    assert len(targets) >= 6
    for target in targets:
        assert (path.parent / unquote(target)).exists(), target
    assert re.findall(r"url\(|@import|https?:", path.read_text()) == []


def test_text_of_users_is_escaped_wherever_it_stands(tmp_path):
    folder = add_run(
        tmp_path,
        notebook=f"n{EVIL}".replace("/", ""),
        cell=f"# {EVIL}\n\n{EVIL}",
        parameters={EVIL: [EVIL]},
        headline=[[EVIL, EVIL]],
        git={"commit": EVIL[:10], "dirty": False},
    )
    table = pd.DataFrame({EVIL: [EVIL], "list": [[EVIL]]})
    save_table(table, folder, "evil", caption=EVIL)
    (folder / "figures" / "one.png").rename(folder / "figures" / "<img onerror=x>.png")
    failed = tmp_path / "runs" / folder.parent.name / "20270101T120000Z-bbbbbbbb"
    failed.mkdir()
    write_json({"message": EVIL}, failed / "failed.json")
    path = write_report(tmp_path)
    assert "<script" not in path.read_text().lower()
    page = Page(path)  # which refuses handlers such as onerror
    assert "script" not in page.tags
    assert page.text.count(EVIL) >= 10
    assert "<img onerror=x>" in page.text


def test_the_newest_complete_run_is_the_one_shown(tmp_path):
    for day, value in ((1, "oldest"), (3, "newest"), (2, "middle")):
        add_run(tmp_path, stamp=f"2026010{day}T120000Z-aaaaaaaa", headline=[["is", value]])
    failed = tmp_path / "runs" / "02_map" / "20260104T120000Z-cccccccc"
    failed.mkdir()
    write_json({"message": "02_map failed in cell 7."}, failed / "failed.json")
    text = Page(write_report(tmp_path)).text
    assert "newest" in text
    assert "oldest" not in text
    assert "middle" not in text
    assert "A later run (2026-01-04 12:00 UTC) is failed: 02_map failed in cell 7." in text
    older = text.partition("Earlier and failed runs")[2]
    assert "2026-01-01 12:00 UTC" in older
    assert "2026-01-02 12:00 UTC" in older


def test_broken_files_are_named_and_the_rest_is_shown(tmp_path):
    folder = add_run(tmp_path)
    (folder / "figures" / "half.png").write_bytes(b"\x89PNG")
    (folder / "tables" / "half.parquet").write_bytes(b"PAR1")
    (folder / "notebook.ipynb").write_text("{")
    broken = add_run(tmp_path, stamp="20260102T120000Z-bbbbbbbb")
    (broken / "manifest.json").write_text("{")
    text = Page(write_report(tmp_path)).text
    assert "half.png is no whole image." in text
    assert "half.parquet is not a readable table" in text
    assert "unreadable" in text
    assert "beach" in text


def test_long_tables_and_many_pictures_are_cut_and_say_so(tmp_path):
    folder = add_run(tmp_path)
    save_table(pd.DataFrame({"row": range(1000, 1100)}), folder, "long")
    for index in range(30):
        Image.new("RGB", (2, 2)).save(folder / "pictures" / f"{index:02}.png")
        write_json({}, folder / "pictures" / f"{index:02}.json")
        Image.new("RGB", (2, 2)).save(folder / "pictures" / f"{index:02}-sources.png")
    page = Page(write_report(tmp_path))
    assert "The first 30 of 100 rows." in page.text
    assert "1029" in page.text
    assert "1030" not in page.text
    assert "7 more in" in page.text
    assert not [target for target in page.targets if "-sources" in target]


def test_an_empty_table_keeps_its_columns(tmp_path):
    folder = add_run(tmp_path)
    save_table(pd.DataFrame({"nobody": pd.Series([], dtype=float)}), folder, "empty")
    assert "nobody" in Page(write_report(tmp_path)).text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.123"),
        (12.3456, "12.3"),
        (123456.7, "123,457"),
        (0.0000123, "1e-05"),
        (0.0, "0"),
        (-0.5, "-0.500"),
        (float("nan"), "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
        (True, "yes"),
        (1234, "1234"),
        (123456, "123,456"),
        ([1, "a", None], "1, a, \N{EN DASH}"),
        ({"a": 0.5}, "a: 0.500"),
        ("ab" * 32, "abababababab"),
        ("x" * 121, "x" * 119 + "…"),
    ],
)
def test_numbers_as_readers_want_them(value, text):
    assert number(value) == text
