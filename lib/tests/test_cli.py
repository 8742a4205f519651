"""The command line: one sentence for bad input, and the demo's order."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import albumen.execute
import albumen.weights
from albumen import cli
from albumen.errors import AlbumenError
from albumen.progress import Progress
from albumen.runs import Run, find_runs, save_table
from albumen.tables import PHOTOS, read_table

PARAMETERS = """
strength: float = 0.5
word: str = "beach"
run_folder: str = "../results/runs/_interactive/n"
"""
SAVE = """
from albumen.runs import save_headline

save_headline(run_folder, {"word": word, "strength": strength})
"""


def write(name: str) -> None:
    parameters = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# What?\n\nWhy?"), parameters, new_code_cell(SAVE)]
    nbformat.write(new_notebook(cells=cells), f"notebooks/{name}.ipynb")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with two notebooks, as the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("notebooks/presets").mkdir(parents=True)
    write("03_generate")
    write("04_benchmark")
    return tmp_path


def said(capsys, *arguments: str) -> tuple[int, str]:
    status = cli.main(arguments)
    return status, capsys.readouterr().err


def test_run_takes_preset_and_parameters_and_report_shows_it(project, capsys):
    preset = Path("notebooks/presets/strong.yaml")
    preset.write_text("03_generate:\n  strength: 1\n  word: snow\n")
    assert cli.main(["run", "03_generate", "-f", str(preset), "-p", "word=night=1"]) == 0
    (run,) = find_runs(Path("results"))
    assert run.record["parameters"] == {"strength": 1.0, "word": "night=1"}
    printed = capsys.readouterr().out
    assert str(run.folder) in printed
    assert "night=1" in printed
    assert cli.main(["report"]) == 0
    assert "night=1" in Path("results/index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "04_bench"], "no notebook '04_bench'; there are: 03_generate, 04_benchmark."),
        (["run", "04_benchmark", "-p", "stength=1"], "did you mean strength?"),
        (["run", "04_benchmark", "-p", "strength=high"], "'strength' is 'high', expected float."),
        (["run", "04_benchmark", "-p", "strength"], "expected name=value."),
        (["run", "04_benchmark", "-f", "none.yaml"], "none.yaml cannot be read"),
        (["run", "notebooks/presets", "-p", "a=1"], "no notebook 'notebooks/presets'"),
        (["weights", "fetch", "nothing"], "'nothing' is no weight file"),
        (["demo"], "demo.yaml cannot be read"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(project, capsys, arguments, sentence):
    status, error = said(capsys, *arguments)
    assert status == 2
    assert sentence in error
    assert "Traceback" not in error
    assert not Path("results").exists()


def test_a_preset_without_the_notebook_is_refused(project, capsys):
    Path("p.yaml").write_text("03_generate:\n  strength: 1\n")
    status, error = said(capsys, "run", "04_benchmark", "-f", "p.yaml")
    assert (status, error) == (2, "p.yaml has no section '04_benchmark': 03_generate.\n")


def test_outside_the_project_it_says_where_to_go(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status, error = said(capsys, "run", "03_generate")
    assert status == 2
    assert "run this in the project's folder" in error


def test_an_interrupt_is_130(project, monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(albumen.execute, "run_notebook", interrupt)
    status, error = said(capsys, "run", "03_generate")
    assert status == 130
    assert error.startswith("Interrupted")


def test_steps_go_behind_a_bar(capsys):
    steps = [Progress(1, 2, "first"), Progress(2, 2, "second")]
    cli._show(iter(steps), "things")
    shown = capsys.readouterr().err
    assert "2/2" in shown
    assert "second" in shown


@pytest.fixture
def demo(project, monkeypatch):
    """The demo with its long steps replaced by notes of what was called."""
    calls = []

    def run(path, parameters, results, *, progress):
        calls.append((path.stem, parameters))
        if parameters.get("word") == "fail":
            raise AlbumenError(f"{path.stem} failed.")
        folder = results / "runs" / path.stem / "20260101T120000Z-aaaaaaaa"
        save_table(pd.DataFrame({"method": ["own"], "p": [0.0004]}), folder, "headline")
        return Run(path.stem, folder.resolve(), "complete", {"headline": [["likeness", 0.61]]})

    def fetch(names):
        calls.append(("weights", [*names] == [*albumen.weights.pinned()]))
        return iter(())

    monkeypatch.setattr(albumen.execute, "run_notebook", run)
    monkeypatch.setattr(albumen.weights, "fetch", fetch)
    monkeypatch.setattr(cli, "demo_library", lambda chosen: calls.append(("library", chosen.into)))
    return calls


def preset(text: str) -> None:
    Path("notebooks/presets/demo.yaml").write_text(text)


def test_demo_goes_in_the_order_of_its_preset_and_prints_the_headline(demo, capsys):
    preset("03_generate:\n  word: snow\n04_benchmark:\n")
    assert cli.main(["demo"]) == 0
    assert demo == [
        ("weights", True),
        ("library", Path("data/raw")),
        ("03_generate", {"word": "snow"}),
        ("04_benchmark", {}),
    ]
    printed = capsys.readouterr().out
    assert "0.610" in printed
    assert "0.0004" in printed
    assert "Report: results/index.html" in printed
    assert Path("results/index.html").is_file()


def test_demo_checks_every_parameter_before_the_long_work(demo, capsys):
    preset("03_generate:\n04_benchmark:\n  wrod: snow\n")
    status, error = said(capsys, "demo")
    assert (status, demo) == (2, [])
    assert "did you mean word?" in error


def test_demo_stops_at_a_failed_notebook_and_still_reports(demo, capsys):
    preset("03_generate:\n  word: fail\n04_benchmark:\n")
    status, error = said(capsys, "demo")
    assert status == 2
    assert error.endswith("03_generate failed.\n")
    assert "04_benchmark" not in dict(demo)
    assert Path("results/index.html").is_file()


CONSENT = """
consent: true
owner: Rowan
people:
  Kit: {relation: friend, kind: person, profile: true, generate: true}
"""


@pytest.fixture
def trip(project, monkeypatch):
    """The project with a library of two albums, ingested; nobody sits at the terminal."""
    for number, name in enumerate(["Snow/peak", "Snow/ridge", "Sea/wave"]):
        path = Path(f"data/raw/trip/{name}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 8), (number * 80, 0, 0)).save(path)
    Path("data/raw/trip/consent.yaml").write_text(CONSENT)
    assert cli.main(["ingest", "data/raw/trip"]) == 0
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    return Path("data/raw/trip/consent.yaml")


def photos() -> int:
    return len(read_table(Path("data/interim/trip/photos.parquet"), PHOTOS))


@pytest.mark.parametrize("library", ["trip", "data/raw/trip", "data/interim/trip"])
def test_consent_is_shown_in_words_and_as_a_table(trip, capsys, library):
    capsys.readouterr()
    assert cli.main(["consent", "show", library]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Rowan allows photos in any album")
    assert [line.split()[0] for line in printed[-3:]] == ["name", "Rowan", "Kit"]


def test_consent_can_be_shown_before_ingest_and_when_it_is_taken_back(trip, capsys):
    trip.write_text(CONSENT.replace("true\nowner", "false\nowner"))
    assert cli.main(["consent", "show", "trip"]) == 0
    Path("data/interim/trip/library.json").unlink()
    assert cli.main(["consent", "show", "data/raw/trip"]) == 0
    assert capsys.readouterr().out.count("does not allow this library") == 2


def test_revoking_says_what_went_and_what_it_cannot_reach(trip, capsys):
    Path("results/published/demo").mkdir(parents=True)
    notebook = nbformat.read("notebooks/03_generate.ipynb", as_version=4)
    notebook.cells[1].outputs = [new_output("stream", text="three photos")]
    nbformat.write(notebook, "notebooks/03_generate.ipynb")
    said = ["--album", "Snow", "--label", "Storm", "--place", "41.9,12.5,5", "--person", "Kit"]
    assert cli.main(["consent", "revoke", "trip", *said]) == 0
    printed = capsys.readouterr().out
    assert photos() == 1
    assert all(word in trip.read_text() for word in ("Snow", "Storm", "[Kit]", "lat: 41.9"))
    assert "Nothing in 'trip' is called 'Storm' so far" in printed
    assert "Nothing in 'trip' is within 5 km of 41.9, 12.5 so far" in printed
    assert "'Snow'" not in printed
    assert "4 files and rows removed." in printed  # two photos and their paths
    assert "notebooks/03_generate.ipynb holds what it showed" in printed
    assert "results/published/demo was published by hand" in printed
    assert "04_benchmark" not in printed


def test_a_dry_run_and_a_no_change_nothing(trip, capsys, monkeypatch):
    assert cli.main(["consent", "revoke", "trip", "--all", "--dry-run"]) == 0
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert cli.main(["consent", "revoke", "trip", "--all"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("3 files and rows would go.") == 2
    assert "Nothing is changed." in printed
    assert trip.read_text() == CONSENT
    assert photos() == 3
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert cli.main(["consent", "revoke", "trip", "--all"]) == 0
    assert not Path("data/interim/trip").exists()


def test_revoking_without_options_follows_the_file(trip, capsys):
    assert cli.main(["consent", "revoke", "trip"]) == 0
    assert "There is nothing to remove." in capsys.readouterr().out
    trip.write_text(CONSENT + "deny: {photos: [wave.png]}\n")
    assert cli.main(["consent", "revoke", "trip"]) == 0
    assert photos() == 2


def test_what_is_left_to_a_human_ends_with_status_2(trip, capsys):
    table = read_table(Path("data/interim/trip/photos.parquet"), PHOTOS)
    Path("results").mkdir()
    Path("results/notes.md").write_text(table.photo_id[0])
    status, error = said(capsys, "consent", "revoke", "trip", "--all", "--yes")
    assert (status, error) == (
        2,
        "An id of what was revoked is left, and yours to remove, in results/notes.md.\n",
    )
    assert not Path("data/interim/trip").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "tripp"], "'tripp' is no library that was ingested; there are: trip."),
        (["revoke", "tripp"], "'tripp' is no library that was ingested; there are: trip."),
        (["revoke", "trip", "--only", "generate"], "no person is named"),
        (["revoke", "trip", "--place", "95,12,5"], "'95,12,5' is no place"),
        (["revoke", "trip", "--album", " "], "'albums' to revoke must be names"),
    ],
)
def test_a_wrong_revocation_is_one_sentence_and_changes_nothing(trip, capsys, arguments, sentence):
    capsys.readouterr()
    status, error = said(capsys, "consent", *arguments)
    assert status == 2
    assert sentence in error
    assert trip.read_text() == CONSENT


def test_the_command_line_loads_nothing_heavy_until_it_must():
    heavy = "torch cv2 pandas matplotlib papermill onnxruntime openvino"
    code = f"import sys, albumen.cli; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
