"""The generated library: what is planned is what its zips hold, and the same bytes every time."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, IptcImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from albumen.ingest import ingest
from bench.generated import EDITED, ORIGINAL, ROOT, SIDECAR, entries, expected, write_library
from bench.ingest import Library, check
from bench.photos import ALBUMS, DENIED, jpeg, plan
from bench.programs import after, appears, kill, look, written

COUNT, FILES_A_PART = 240, 200


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("bench") / "library"
    photos = plan(COUNT)
    assert len(list(write_library(photos, folder, FILES_A_PART))) == 3
    return Library(photos, folder)


def read(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Member -> the zip it is in, and its bytes."""
    files = {}
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            assert not files.keys() & set(archive.namelist())
            files |= {name: (path.name, archive.read(name)) for name in archive.namelist()}
    return files


def test_zips_hold_what_is_planned(library: Library) -> None:
    files = read(library.folder)
    photos = {name: data for name, (_, data) in files.items() if not name.endswith(".json")}
    sidecars = [json.loads(data) for name, (_, data) in files.items() if name.endswith(".json")]
    sidecars = [one for one in sidecars if "photoTakenTime" in one]
    planned = list(entries(library.photos))
    edits = sum("edited" in one.traits for one in library.photos)
    assert edits

    assert files.keys() == {entry.path for entry in planned}
    assert len(photos) == sum(entry.kind in (ORIGINAL, EDITED) for entry in planned)
    assert len(sidecars) == sum(entry.kind == SIDECAR for entry in planned)
    # a copy in an album is the same bytes, an edit is not, and no two photos are alike
    assert len({hashlib.sha256(data).digest() for data in photos.values()}) == COUNT + edits
    outside_albums = (f"{ROOT}/Photos from ", f"{ROOT}/Trash/")
    assert sum(name.startswith(outside_albums) for name in photos) == COUNT + edits < len(photos)
    titles = {json.loads(data)["title"] for name, (_, data) in files.items() if "metadata" in name}
    assert set(ALBUMS) <= titles
    named = Counter(
        person["name"]
        for name, (_, data) in files.items()
        if name.startswith(f"{ROOT}/Photos from ") and name.endswith(".json")
        for person in json.loads(data).get("people", [])
    )
    assert named == Counter(
        name
        for one in library.photos
        if not one.traits & {"bare", "trashed"}
        for name in one.people
    )


def test_some_sidecars_lie_in_another_part_than_their_photo(library: Library) -> None:
    part = {name: path for name, (path, _) in read(library.folder).items()}
    home = {}
    for entry in entries(library.photos):
        if entry.kind == ORIGINAL:
            home[entry.photo.number, Path(entry.path).parent] = part[entry.path]
    sidecars = [entry for entry in entries(library.photos) if entry.kind == SIDECAR]
    apart = sum(home[one.photo.number, Path(one.path).parent] != part[one.path] for one in sidecars)
    assert 0.05 * len(sidecars) < apart < 0.3 * len(sidecars)


def test_headers_say_what_is_planned() -> None:
    for photo in plan(30):
        with Image.open(io.BytesIO(jpeg(photo))) as image:
            image.load()
            exif, xmp = image.getexif(), image.info.get("xmp", b"").decode()
            iptc = IptcImagePlugin.getiptcinfo(image) or {}
        taken, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
        local = datetime.strptime(taken[Base.DateTimeOriginal], "%Y:%m:%d %H:%M:%S")
        assert local == (photo.taken + photo.offset).replace(tzinfo=None)
        assert (Base.OffsetTimeOriginal in taken) == ("zoned" in photo.traits)
        assert exif[Base.Orientation] == photo.orientation
        if photo.position:
            found = [
                (1 if gps[reference] in "NE" else -1)
                * sum(float(value) / 60**at for at, value in enumerate(gps[reference + 1]))
                for reference in (GPS.GPSLatitudeRef, GPS.GPSLongitudeRef)
            ]
            assert found == pytest.approx(photo.position, abs=1e-6)
        else:
            assert not gps
        assert bool(xmp) == ("xmp" in photo.traits)
        assert all(f"<mwg-rs:Name>{name}</mwg-rs:Name>" in xmp for name in photo.people if xmp)
        terms = iptc.get((2, 25), [])
        terms = terms if isinstance(terms, list) else [terms]
        assert [term.decode() for term in terms] == list(photo.terms)


def test_same_count_gives_same_bytes(library: Library, tmp_path: Path) -> None:
    parts = list(write_library(plan(COUNT), tmp_path, FILES_A_PART))
    for path in parts:
        assert path.read_bytes() == (library.folder / path.name).read_bytes()


def test_trash_and_denied_people_are_not_expected() -> None:
    photos = plan(400)
    kept = expected(photos)
    gone = [one for one in photos if "trashed" in one.traits or DENIED in one.people]
    assert gone and len(kept) == len(photos) - len(gone)
    assert not {one.name for one in gone} & kept.keys()
    assert not any(DENIED in row["people"] for row in kept.values())


def test_check_finds_what_differs(library: Library, tmp_path: Path) -> None:
    ingest(library.folder, tmp_path)
    assert check(library, tmp_path) == Counter()
    kept = expected(library.photos)
    first = next(one for one in library.photos if one.name in kept)
    others = [one for one in library.photos if one is not first]
    assert check(Library(others, library.folder), tmp_path)["photos"] == 1
    renamed = [first._replace(people=("Nobody",)), *others]
    assert check(Library(renamed, library.folder), tmp_path) == Counter(people=1)


def test_look_sees_processes_below() -> None:
    hog = "import sys; held = b'x' * 100_000_000; print('ready', flush=True); sys.stdin.read()"
    shell = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hog!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", shell], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        looks = look(process.pid)
        process.stdin.close()
    assert len(looks) == 2 and process.pid in looks
    assert 100e6 < sum(one.memory for one in looks.values()) < 250e6
    assert sum(one.cpu_s for one in looks.values()) > 0
    assert look(process.pid) == {}


def test_kill_comes_at_its_moment_or_not_at_all(tmp_path: Path) -> None:
    write = "from pathlib import Path; import time; Path('{}', '{}').touch(); time.sleep({})"

    def command(name: str, sleep: int) -> list[str]:
        return [sys.executable, "-c", write.format(tmp_path, name, sleep)]

    assert kill(command("first", 600), tmp_path, appears("first"))
    assert not kill(command("second", 0), tmp_path, written(2))  # one new file only
    assert not kill(command("third", 0), tmp_path, after(600))
    assert {path.name for path in tmp_path.iterdir()} == {"first", "second", "third"}
