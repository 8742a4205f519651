"""Artefacts are the same bytes for the same content, and run folders tell what they are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from albumen.errors import AlbumenError
from albumen.runs import (
    CAPTION,
    INTERACTIVE,
    Run,
    file_hashes,
    find_runs,
    read_run,
    reproduced,
    save_figure,
    save_headline,
    save_table,
    versions,
)
from albumen.tables import read_json, write_json


def manifest(**files: str) -> dict:
    about = {"parameters": {}, "started": "", "seconds": 1.0, "peak_memory_mib": None, "git": None}
    return {**about, "headline": [], "files": files}


def figure():
    drawn, axes = plt.subplots(figsize=(2, 1))
    axes.plot([0, 1], [0, 1])
    plt.close(drawn)
    return drawn


def test_equal_figures_and_tables_are_equal_bytes(tmp_path):
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    for folder in ("one", "two"):
        save_figure(figure(), tmp_path / folder, "plot", "What to look at.")
        save_table(table, tmp_path / folder, "table", "Two rows.")
    first, second = file_hashes(tmp_path / "one"), file_hashes(tmp_path / "two")
    assert set(first) == {"figures/plot.png", "tables/table.parquet"}
    assert first == second
    save_table(table.assign(a=[1, 3]), tmp_path / "two", "table", "Two rows.")
    assert first != file_hashes(tmp_path / "two")


def test_captions_are_kept_in_the_files_and_nothing_else_is(tmp_path):
    path = save_figure(figure(), tmp_path, "plot", "What to look at: é.")
    with Image.open(path) as image:
        text = {key: value for key, value in image.info.items() if isinstance(value, str)}
    assert text == {CAPTION: "What to look at: é."}
    path = save_table(pd.DataFrame({"a": [1]}, index=[7]), tmp_path, "table", "One row.")
    schema = pq.read_schema(path)
    assert (schema.names, schema.metadata) == (["a"], {b"caption": b"One row."})


@pytest.mark.parametrize("name", ["../up", "My holiday", "Anna", "", ".hidden", "a/b"])
def test_a_file_name_cannot_carry_a_person_or_a_path(tmp_path, name):
    with pytest.raises(AlbumenError, match="cannot name a file"):
        save_table(pd.DataFrame({"a": [1]}), tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_column_of_mixed_types_is_refused(tmp_path):
    with pytest.raises(AlbumenError, match="Table 'mixed' has a column of mixed types"):
        save_table(pd.DataFrame({"a": [1, "x"]}), tmp_path, "mixed")


def test_headline_keeps_its_order_and_refuses_what_is_no_number(tmp_path):
    path = save_headline(tmp_path, {"z": np.float64(0.5), "a": np.int64(3), "n": None, "t": "so"})
    assert dict(read_json(path)) == {"z": 0.5, "a": 3, "n": None, "t": "so"}
    assert [key for key, _ in read_json(path)] == ["z", "a", "n", "t"]
    for bad in (float("nan"), np.inf, [1, 2], np.zeros(1)[:0].tolist()):
        with pytest.raises(AlbumenError, match="Headline 'bad'"):
            save_headline(tmp_path, {"bad": bad})


def test_states_of_run_folders(tmp_path):
    at = {name: tmp_path / "runs" / "01_a" / name for name in ("1", "2", "3", "4", "5")}
    for folder in at.values():
        folder.mkdir(parents=True)
    write_json(manifest(), at["1"] / "manifest.json")
    write_json({"message": "01_a failed."}, at["2"] / "failed.json")
    (at["3"] / "manifest.json").write_text("{")
    write_json({"files": {}}, at["4"] / "manifest.json")
    save_headline(tmp_path / "runs" / INTERACTIVE / "01_a", {"a": 1})
    runs = find_runs(tmp_path)
    states = ["complete", "failed", "unreadable", "unreadable", "unfinished"]
    assert [run.state for run in runs] == states
    assert "manifest.json is not JSON" in runs[2].record["message"]
    assert find_runs(tmp_path / "nowhere") == []


def test_reproduced_compares_every_file_but_the_executed_notebook(tmp_path):
    def run(**files: str) -> Run:
        return Run("n", tmp_path, "complete", manifest(**files))

    first = run(**{"a.png": "1", "b.png": "2", "c.png": "3", "notebook.ipynb": "4"})
    second = run(**{"a.png": "1", "b.png": "9", "d.png": "3", "notebook.ipynb": "5"})
    compared = reproduced(first, second)
    expected = {"a.png": True, "b.png": False, "c.png": False, "d.png": False}
    assert dict(zip(compared.file, compared.same, strict=True)) == expected
    assert reproduced(run(), run()).same.all()
    with pytest.raises(AlbumenError, match="is no complete run"):
        reproduced(first, read_run(tmp_path))


def test_versions_are_those_installed():
    assert versions("numpy") == {"python": versions()["python"], "numpy": np.__version__}
    assert set(versions()) >= {"torch", "onnxruntime", "openvino", "albumen"}
