"""The bench of generators: that ours and theirs are the same work, what a case leaves, the sums."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest
from test_generate import condition, open_photo

from albumen.errors import AlbumenError
from bench import generate, overhead


def test_ours_and_the_bare_call_draw_the_same_picture() -> None:
    ratios = overhead.overheads(2, width=16, side=64)
    assert list(ratios) == ["photos", "embeds", "regions"] and ratios.shape == (2, 3)
    assert (ratios > 0).all().all()


def test_another_picture_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overhead, "scale", lambda strength: 0.1)
    with pytest.raises(AlbumenError, match="draw different pictures from photos"):
        overhead.overheads(1, width=16, side=64)


def test_who_goes_first_takes_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    seconds = {"ours": 3.0, "theirs": 2.0}

    def spent(run):
        return seconds[run()]

    def run(name):
        return lambda: order.append(name) or name

    monkeypatch.setattr(overhead, "spent", spent)
    assert overhead.paired(run("ours"), run("theirs"), 2) == [1.5, 1.5]
    assert order == ["theirs", "ours", "ours", "theirs"]


def test_the_figures_are_medians() -> None:
    ratios = pd.DataFrame({"photos": [1.0, 1.02, 9.0], "embeds": [1.01] * 3, "regions": [1.2] * 3})
    rows = {
        "scene": {"seconds": 2.0, "cpu_s": 1.5, "peak_mb": 800.4},
        "person": {"seconds": 15.0, "cpu_s": 14.0, "peak_mb": 900.0},
    }
    found = generate.summary(ratios, pd.DataFrame(rows).T)
    assert (found["backend_overhead"], found["backend_overhead_embeds"]) == (0.02, 0.01)
    assert (found["scene_s"], found["scene_cpu_s"], found["person_s"]) == (2.0, 1.5, 15.0)
    assert (found["peak_mb"], found["scene_mb"]) == (900, 800)


def test_loading_counts_for_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Fake:
        """Notes what it is asked for."""

        def prepare(self, condition):
            done.append("prepare")

        def generate(self, condition, seeds):
            done.append(f"seed {seeds[0]}")

    monkeypatch.setattr(generate, "make", lambda *_, **__: Fake())
    monkeypatch.setattr(generate, "timed", lambda run: (run(), (len(done), 1.0))[1])
    case = generate.Case("embedded", "the hills", (256, 256), 2)
    # what is timed comes after these two
    assert generate.pictures(case, [condition()], open_photo, tmp_path) == [(3, 1.0), (4, 1.0)]
    assert done == ["prepare", "seed 0", "seed 1", "seed 2"]
    done.clear()
    assert generate.people(case, [condition()] * 2, open_photo, tmp_path) == [(2, 1.0), (3, 1.0)]
    assert done == ["seed 0", "prepare", "prepare"]


def test_a_case_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda *_, **__: subprocess.CompletedProcess([], 2, "", "noise\nThe stock has no photo."),
    )
    with pytest.raises(AlbumenError, match=r"^scene: The stock has no photo\.$"):
        generate.in_own_process("scene", tmp_path)
