"""Packages come by their ordinary clients, and apt's lists are our own."""

import subprocess
import sys
from pathlib import Path

import pytest

from albumen import packages


@pytest.fixture
def calls(monkeypatch) -> list[list[str]]:
    """Every command that is run; each download leaves one Debian package."""
    made: list[list[str]] = []

    def run(command, *, cwd, **__) -> subprocess.CompletedProcess:
        made.append(command)
        if command[-2] == "download":
            (Path(cwd) / f"{command[-1]}_1_all.deb").write_bytes(b"deb")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages, "which", lambda program, **_: program)
    packages._fetch_apt_lists.cache_clear()
    yield made
    packages._fetch_apt_lists.cache_clear()


def test_apt_lists_are_fetched_once_and_apart_from_the_systems(calls, tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert packages.download("apt", name, "1", tmp_path / name).name == f"{name}_1_all.deb"
    assert [call[-1] for call in calls] == ["update", "one", "two"]
    for call in calls:
        lists = next(part for part in call if part.startswith("Dir::State::Lists="))
        assert Path(lists.split("=")[1]).is_dir() and "/var/lib/apt" not in lists


def test_lists_that_cannot_be_fetched_are_a_sentence(monkeypatch, tmp_path) -> None:
    def run(command, **__) -> subprocess.CompletedProcess:
        return subprocess.CompletedProcess(command, 100, "", "E: Temporary failure\n")

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages, "which", lambda program, **_: program)
    packages._fetch_apt_lists.cache_clear()
    with pytest.raises(packages.PackageError, match="package lists: E: Temporary failure"):
        packages.download("apt", "one", "1", tmp_path)


def test_npm_comes_with_the_environment() -> None:
    npm = packages.which("npm", path=packages.SEARCH)
    assert Path(npm).parent == Path(sys.executable).parent
