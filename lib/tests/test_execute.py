"""Notebooks run for real: what a run leaves behind, and what stops one before or in a kernel."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.clientwrap import PapermillNotebookClient

from albumen.errors import AlbumenError
from albumen.execute import ENVIRONMENT, run_notebook
from albumen.runs import find_runs, reproduced
from albumen.tables import read_json

PARAMETERS = """
seed: int = 0
size: int = 4
scale: float = 1.0
run_folder: str = "../results/runs/_interactive/n"
"""
DRAW = """
import os
from pathlib import Path

import numpy as np
import pandas as pd

from albumen.runs import save_headline, save_table

drawn = np.random.default_rng(seed).normal(scale=scale, size=size)
save_table(pd.DataFrame({"drawn": drawn}), run_folder, "drawn")
said = Path("../data/said.txt").read_text()
save_headline(run_folder, {"said": said, "threads": os.environ["OMP_NUM_THREADS"]})
print("<script>alert(1)</script>")
"""


def write(folder: Path, name: str, *sources: str) -> Path:
    """A notebook of a project in `folder`: a title, the parameters cell and these code cells."""
    parameters = new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]})
    codes = [new_code_cell(source, id=f"code-{n}") for n, source in enumerate(sources)]
    path = folder / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_markdown_cell("# T", id="t"), parameters, *codes]), path)
    return path


def once_failing(method: Callable) -> Callable:
    """`method`, but the first call fails as a kernel whose ports are taken does."""
    calls = []

    def start(client, *arguments, **options):
        calls.append(client)
        if len(calls) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return method(client, *arguments, **options)

    return start


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project {x}")
    (folder / "data").mkdir()
    (folder / "data" / "said.txt").write_text("hello")
    write(folder, "draw", DRAW)
    return folder


@pytest.fixture(scope="module")
def pair(project):
    """Two runs of equal parameters; the second one's kernel does not start at the first try."""
    notebook, results = project / "notebooks" / "draw.ipynb", project / "results"
    first = run_notebook(notebook, {"seed": 3, "scale": 2}, results)
    with pytest.MonkeyPatch.context() as patch:
        start = once_failing(PapermillNotebookClient.start_new_kernel_client)
        patch.setattr(PapermillNotebookClient, "start_new_kernel_client", start)
        second = run_notebook(notebook, {"seed": 3, "scale": 2}, results)
    return first, second


def test_manifest_says_what_ran(pair):
    run = pair[0]
    assert run.state == "complete"
    assert run.record["parameters"] == {"seed": 3, "size": 4, "scale": 2.0}
    assert run.record["seeds"] == {"seed": 3}
    assert run.record["environment"] == ENVIRONMENT
    assert run.record["git"] is None
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z-{run.record['digest'][:8]}", run.name)
    # the notebook ran in its own folder, with the threads that the manifest states
    assert run.headline == {"said": "hello", "threads": "1"}


def test_manifest_hashes_every_file(pair):
    folder, files = pair[0].folder, pair[0].record["files"]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(files) == there - {"manifest.json"}
    assert set(files) == {
        "notebook.ipynb",
        "notebook.html",
        "headline.json",
        "tables/drawn.parquet",
    }
    for name, sha256 in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256


def test_equal_parameters_give_equal_files_after_a_failed_kernel_start(pair):
    first, second = pair
    assert first.folder != second.folder
    assert first.record["digest"] == second.record["digest"]
    compared = reproduced(first, second)
    assert len(compared) == 2
    assert compared.same.all()


def test_page_of_the_notebook_needs_no_network_and_escapes(pair):
    page = (pair[0].folder / "notebook.html").read_text()
    assert "default_rng" in page
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert re.findall(r"""(?:src|href|import\()\s*=?\s*["'](?:https?:)?//[^"']*""", page) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [({"sede": 1}, "no parameter 'sede'; did you mean seed"), ({"size": "4"}, "expected int")],
)
def test_bad_parameters_stop_before_a_kernel_starts(project, tmp_path, monkeypatch, given, said):
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: pytest.fail("started"))
    with pytest.raises(AlbumenError, match=said):
        run_notebook(project / "notebooks" / "draw.ipynb", given, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("last", "error", "said"),
    [
        (
            "raise KeyError('beach')",
            "KeyError",
            r"failed in cell 4 \('code-1'\): KeyError: 'beach'",
        ),
        ("import os; os._exit(9)", "DeadKernelError", "stopped because its kernel did"),
    ],
)
def test_a_failed_cell_is_named_and_never_retried(tmp_path, last, error, said):
    count = tmp_path / "count.txt"
    notebook = write(tmp_path, "bad", f"open({str(count)!r}, 'a').write('x')", last)
    with pytest.raises(AlbumenError, match=f"^bad {said}") as raised:
        run_notebook(notebook, {}, tmp_path / "results")
    assert count.read_text() == "x"
    (run,) = find_runs(tmp_path / "results")
    assert (run.state, run.record["error"]) == ("failed", error)
    assert run.record["message"] == str(raised.value)
    assert not (run.folder / "manifest.json").exists()
    assert (run.folder / "notebook.ipynb").exists()
    if error == "KeyError":
        record = read_json(run.folder / "failed.json")
        assert record["cell"] == {"number": 4, "id": "code-1", "source": last}
        assert "KeyError: 'beach'" in record["traceback"]


def test_an_interrupt_leaves_a_failed_run(project, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(papermill, "execute_notebook", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_notebook(project / "notebooks" / "draw.ipynb", {}, tmp_path)
    (run,) = find_runs(tmp_path)
    assert (run.state, run.record["error"]) == ("failed", "KeyboardInterrupt")
