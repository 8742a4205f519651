"""What disks and exporters do to a library: one row each, and the rest comes in."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from albumen import tables
from albumen.images import HEIF
from albumen.ingest import SCRATCH, Ingested, ingest, read_library
from albumen.metadata import contents
from albumen.metadata.files import File, scan
from albumen.progress import Progress

ALLOWED = "consent: true\nowner: Robin\n"


def photo(seed: int, size: tuple[int, int] = (48, 32), kind: str = "JPEG") -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind)
    return out.getvalue()


def library(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in {**files, "consent.yaml": ALLOWED.encode()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def reasons(got: Ingested) -> dict[str, str]:
    rows = got.reconciliation.itertuples()
    return {row.path.rpartition("/")[2]: row.reason or row.outcome for row in rows}


def test_json_of_500_megabytes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = library(tmp_path / "robin", {"good.jpg": photo(1)})
    for name in ("huge.json", "huge.xmp", "huge.jpg.json"):
        with (source / name).open("wb") as file:
            file.truncate(500 * 2**20)  # a hole: takes no room on the disk
    opened = []
    open_file = contents.open_file
    monkeypatch.setattr(contents, "open_file", lambda path: opened.append(path) or open_file(path))
    got = read_library(source)
    assert reasons(got)["huge.json"] == "JSON that is too large for a sidecar"
    assert reasons(got)["huge.xmp"] == "XMP that is too large for a sidecar"
    assert len(got.photos) == 1
    assert {Path(path).name for path in opened} == {"good.jpg"}


def test_200_megapixels_are_read_and_more_are_not(tmp_path: Path) -> None:
    def blank(width: int, height: int) -> bytes:
        out = io.BytesIO()
        Image.new("1", (width, height)).save(out, "PNG")
        return out.getvalue()

    source = library(
        tmp_path / "robin", {"most.png": blank(20_000, 10_000), "more.png": blank(20_000, 10_001)}
    )
    got = read_library(source)
    assert reasons(got)["more.png"] == "more than 200 megapixels"
    [row] = got.photos.itertuples()
    assert (row.width, row.height) == (20_000, 10_000)


def test_files_that_change_or_vanish_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = library(tmp_path / "robin", {f"{n}.jpg": photo(n) for n in range(4)})
    read_header = contents.read_header

    def meddled(body: io.BufferedIOBase, path: str) -> object:
        if path.endswith("1.jpg"):
            Path(path).write_bytes(photo(99, (64, 64)))
        if path.endswith("2.jpg"):
            Path(path).unlink()
        return read_header(body, path)

    monkeypatch.setattr(contents, "read_header", meddled)
    got = read_library(source)
    assert reasons(got)["1.jpg"] == "changed while it was read"
    assert reasons(got)["2.jpg"] == "cannot be read"
    assert sorted(got.photos.title) == ["0.jpg", "3.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_files_and_folders_without_permission(tmp_path: Path) -> None:
    source = library(tmp_path / "robin", {"a.jpg": photo(1), "b.jpg": photo(2), "c/d.jpg": b"x"})
    (source / "b.jpg").chmod(0)
    (source / "c").chmod(0)
    try:
        got = read_library(source)
    finally:
        (source / "c").chmod(0o755)
    assert reasons(got)["b.jpg"] == "cannot be read"
    assert reasons(got)["c"] == "a folder that cannot be listed"


def test_an_unlisted_folder_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = library(tmp_path / "robin", {"a.jpg": photo(1), "closed/d.jpg": photo(2)})
    scandir = os.scandir

    def refused(path: object) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    got = read_library(source)
    assert reasons(got)["closed"] == "a folder that cannot be listed"
    assert got.photos.title.tolist() == ["a.jpg"]


def test_names_in_mixed_encodings(tmp_path: Path) -> None:
    source = library(tmp_path / "robin", {"Caf\u00e9.jpg": photo(1), "Cafe\u0301 2.jpg": photo(2)})
    latin = os.fsencode(str(source)) + b"/caf\xe9.jpg"
    try:
        with open(latin, "wb") as file:  # noqa: PTH123
            file.write(photo(3))
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    got = read_library(source)
    assert sorted(got.photos.title) == ["Caf\u00e9 2.jpg", "Caf\u00e9.jpg"]
    assert "its name is not UTF-8" in reasons(got).values()


def test_links_out_of_the_library_are_rows(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.jpg").write_bytes(photo(7))
    source = library(tmp_path / "robin", {"a.jpg": photo(1)})
    (source / "file.jpg").symlink_to(tmp_path / "outside" / "x.jpg")
    (source / "folder").symlink_to(tmp_path / "outside")
    (source / "loop").symlink_to(source)
    got = read_library(source)
    assert {reasons(got)[name] for name in ("file.jpg", "folder", "loop")} == {"a link, not a file"}
    assert len(got.photos) == 1


@pytest.mark.skipif(not HEIF, reason="the extra 'heic' is not installed")
def test_heic_with_the_extra(tmp_path: Path) -> None:
    import pillow_heif

    image, out = Image.fromarray(np.zeros((64, 96, 3), np.uint8)), io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2020:05:06 07:08:09", 0x9011: "+02:00"})
    pillow_heif.from_pillow(image).save(out, exif=exif.tobytes())
    data = out.getvalue()
    got = read_library(
        library(
            tmp_path / "robin",
            {"a.heic": data, "a.MOV": b"\0\0\0\x18ftypqt  ", "b.HEIC": data[:-9]},
        )
    )
    [row] = got.photos.itertuples()
    assert (row.width, row.height) == (96, 64)
    assert str(row.taken_local) == "2020-05-06 07:08:09"
    assert reasons(got)["a.MOV"] == "the moving part of a photo"
    assert reasons(got)["b.HEIC"] == "not a whole image"


def many(folder: Path, photos: int) -> Path:
    """A Takeout of two parts with so many photos, for more than one shard and worker."""
    folder.mkdir(parents=True)
    (folder / "consent.yaml").write_text(ALLOWED + "deny: {people: [Karl]}\n")
    base = photo(0)
    for part in (1, 2):
        with zipfile.ZipFile(folder / f"part-{part}.zip", "w") as archive:
            for number in range(part, photos, 2):
                name = f"Takeout/Google Photos/Photos from 2021/{number}.jpg"
                archive.writestr(name, base + number.to_bytes(4, "big"))
                sidecar = {
                    "title": "x",
                    "photoTakenTime": {"timestamp": 1_600_000_000 + number % 97},
                    "people": [{"name": "Alma" if number % 7 else "Karl"}],
                }
                archive.writestr(f"{name}.json", json.dumps(sidecar))
    return folder


def test_workers_find_what_one_process_finds(tmp_path: Path) -> None:
    source = many(tmp_path / "robin", 700)
    seen: list[Progress] = []
    one = ingest(source, tmp_path / "one", workers=1, show=seen.append)
    ingest(source, tmp_path / "two", workers=2)
    for name in ("photos.parquet", "reconciliation.parquet"):
        assert _bytes(tmp_path / "one", name) == _bytes(tmp_path / "two", name)
    assert len(one.photos) == 600 and one.photos.photo_id.is_unique
    assert seen[0].done == 0 and seen[-1].done == seen[-1].total == 1399
    assert not (tmp_path / "one" / "robin" / SCRATCH).exists()


def _bytes(into: Path, name: str) -> bytes:
    return (into / "robin" / name).read_bytes()


def test_killed_at_any_point_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    source = many(tmp_path / "robin", 500)
    ingest(source, tmp_path / "whole")
    command = [sys.executable, "-m", "albumen.cli", "ingest", str(source), "--into"]
    shards = []
    for kill_at in (1, 3):  # shards that are done
        into = tmp_path / f"killed-{kill_at}"
        scratch = into / "robin" / SCRATCH
        process = subprocess.Popen([*command, str(into)], stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(scratch.glob("[!.]*"))) < kill_at:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        shards.append(len(list(scratch.glob("[!.]*"))) if scratch.exists() else 0)
        seen: list[Progress] = []
        ingest(source, into, show=seen.append)
        assert seen[0].done > 0 or not shards[-1]  # nothing is examined twice
        for name in ("photos.parquet", "reconciliation.parquet"):
            assert _bytes(into, name) == _bytes(tmp_path / "whole", name)
    assert any(shards)


def test_what_was_examined_is_for_the_owner_alone(tmp_path: Path) -> None:
    source = many(tmp_path / "robin", 10)
    modes = []

    def looked(_: Progress) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in scratch.rglob("*"))
        modes.append(scratch.stat().st_mode & 0o777)

    scratch = tmp_path / "out" / "robin" / SCRATCH
    ingest(source, tmp_path / "out", show=looked)
    assert set(modes) == {0o600, 0o700}
    table = tables.read_table(tmp_path / "out" / "robin" / "photos.parquet", tables.PHOTOS)
    assert len(table) == 8


def test_a_file_is_examined_wherever_threads_are(tmp_path: Path) -> None:
    """Open archives are shared by a process's threads."""
    source = many(tmp_path / "robin", 40)
    files = [file for file in scan(source) if file.name.endswith(".jpg")]
    found: dict[str, contents.Content] = {}

    def work(part: list[File]) -> None:
        found.update({file.path: contents.examine(file) for file in part})

    threads = [threading.Thread(target=work, args=(files[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 39 and all(content.whole for content in found.values())
