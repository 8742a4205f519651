"""Every notebook has the form that readers and the runner rely on."""

import ast
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from albumen.errors import AlbumenError
from albumen.execute import run_notebook
from albumen.parameters import RUN_FOLDER, declared, read_notebook, tagged

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TEMPLATE = FOLDER / "_template.ipynb"
LINES = 15  # of a code cell
HEADINGS = ("parameters", "sanity check", "result", "what this shows", "what to try")
TAGS = ("parameters", "sanity", "result")
SAVES = ("save_figure", "save_table")


def called(source: str) -> set[str]:
    """The functions a cell calls: "run" for run(...), "os.chdir" for os.chdir(...)."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {ast.unparse(call.func) for call in calls}


def in_order(notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with the prose: title and question, contract, headings."""
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    wrong = []
    if not prose[0].startswith("# ") or "?" not in prose[0] or not prose[0].partition("\n")[2]:
        wrong.append("the first cell is no title with a question under it")
    if not all(word in prose[1] for word in ("**Reads**", "**Writes**", "**Runtime**")):
        wrong.append("the second cell does not say Reads, Writes and Runtime")
    lines = [line for text in prose for line in text.splitlines() if line.startswith("## ")]
    found = [line.removeprefix("## ").lower() for line in lines]
    for heading in HEADINGS:
        if not any(line.startswith(heading) for line in found):
            wrong.append(f"no heading '{heading}'")
    return wrong


def tags_fit(notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with the three tagged cells: one each, and each does its part."""
    cells = {tag: [notebook.cells[i] for i in tagged(notebook, tag)] for tag in TAGS}
    wrong = [f"{len(found)} cells '{tag}'" for tag, found in cells.items() if len(found) != 1]
    if wrong:
        return wrong
    if not any(isinstance(n, ast.Assert) for n in ast.walk(ast.parse(cells["sanity"][0].source))):
        wrong.append("the sanity cell asserts nothing")
    if not called(cells["result"][0].source) & {*SAVES}:
        wrong.append("the result cell saves neither a figure nor a table")
    first = next(c for c in notebook.cells if c.cell_type == "code" and c != cells["parameters"][0])
    if not called(first.source) >= {"pin_threads", "versions"}:
        wrong.append("the first code cell does not pin threads and print versions")
    return wrong


def code_is_plain(notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with the code cells: clean, short, Python alone, and no change of place."""
    wrong = []
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        if cell.outputs or cell.execution_count is not None:
            wrong.append(f"'{cell.id}' holds outputs")
        if len(cell.source.splitlines()) > LINES:
            wrong.append(f"'{cell.id}' is longer than {LINES} lines")
        try:
            calls = called(cell.source)
        except SyntaxError:
            wrong.append(f"'{cell.id}' is not plain Python")  # a magic or a shell command
            continue
        places = ("os.chdir", "sys.path.append", "sys.path.insert", "subprocess.run", "os.system")
        if calls & set(places) or "pip install" in cell.source:
            wrong.append(f"'{cell.id}' installs, edits paths or starts programs")
    return wrong


def parameters_fit(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """What is wrong with the parameters: literals of the allowed types, and the run folder's."""
    try:
        known = declared(notebook, name)
    except AlbumenError as error:
        return [str(error)]
    expected = f"../results/runs/_interactive/{name}"
    return [] if known[RUN_FOLDER].default == expected else [f"run_folder is not {expected}"]


def faults(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """Everything that is wrong with the form of the notebook called `name`."""
    plain = code_is_plain(notebook)
    if any("not plain Python" in fault for fault in plain):
        return plain  # the rest reads the code
    return [
        *plain,
        *in_order(notebook),
        *tags_fit(notebook),
        *parameters_fit(notebook, name),
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_has_the_form(path):
    notebook = read_notebook(path)
    assert faults(notebook, path.stem) == []
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_written_as_nbformat_writes_it(path):
    assert path.read_text(encoding="utf-8") == nbformat.writes(read_notebook(path)) + "\n"


def cell(notebook: nbformat.NotebookNode, tag: str) -> nbformat.NotebookNode:
    return notebook.cells[tagged(notebook, tag)[0]]


def untitled(notebook):
    notebook.cells[0].source = "# No question\n\nNone."


def no_contract(notebook):
    notebook.cells[1].source = "**Reads** everything."


def no_sanity(notebook):
    cell(notebook, "sanity").source = "print('fine')"


def no_try(notebook):
    notebook.cells.pop()


def two_results(notebook):
    cell(notebook, "sanity").metadata.tags.append("result")


def derived(notebook):
    cell(notebook, "parameters").source += "\ntotal: int = 2 * 3"


def other_folder(notebook):
    source = cell(notebook, "parameters").source
    cell(notebook, "parameters").source = source.replace("/_template", "/other")


def magic(notebook):
    cell(notebook, "result").source += "\n%matplotlib inline"


def install(notebook):
    cell(notebook, "sanity").source += "\n# pip install x"


def moved(notebook):
    cell(notebook, "sanity").source += "\nos.chdir('..')"


def executed(notebook):
    cell(notebook, "result").execution_count = 3


def long(notebook):
    cell(notebook, "sanity").source += "\nx = 1" * 13


def unpinned(notebook):
    notebook.cells[5].source = notebook.cells[5].source.replace("print(pin_threads(), ", "print(")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (untitled, "no title with a question"),
        (no_contract, "does not say Reads"),
        (no_sanity, "asserts nothing"),
        (no_try, "no heading 'what to try'"),
        (two_results, "2 cells 'result'"),
        (derived, "derived value"),
        (other_folder, "run_folder is not"),
        (magic, "not plain Python"),
        (install, "installs"),
        (moved, "edits paths"),
        (executed, "holds outputs"),
        (long, "longer than 15 lines"),
        (unpinned, "does not pin threads"),
    ],
)
def test_a_spoilt_notebook_is_found_out(spoil: Callable, said: str):
    notebook = read_notebook(TEMPLATE)
    spoil(notebook)
    assert any(said in fault for fault in faults(notebook, "_template"))


def test_template_runs_and_the_chance_it_finds_is_the_known_one(tmp_path):
    run = run_notebook(TEMPLATE, {"dimensions": [64], "seed": 7}, tmp_path)
    # 99 % of a normal distribution with standard deviation 1 / sqrt(64) lie below 2.326 / 8
    assert run.headline == {"p99 in 64 dimensions": pytest.approx(2.326 / 8, rel=0.03)}
    assert {"figures/chance.png", "tables/chance.parquet"} <= run.record["files"].keys()
