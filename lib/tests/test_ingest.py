"""Ingest: real export shapes in, one row a photo out, one account a file, nothing denied."""

import hashlib
import io
import json
import os
import stat
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from albumen import tables
from albumen.errors import AlbumenError, ConsentError
from albumen.images import HEIF, MEMBER, open_photo
from albumen.ingest import Ingested, balance, ingest, read_library
from albumen.metadata.contents import CUT

ROOT = "Takeout/Google Photos"
YEAR = f"{ROOT}/Photos from 2021"
ALLOWED = "consent: true\nowner: Rowan\n"
TAKEN = 1600596727  # 2020-09-20 10:12:07 UTC


def picture(seed: int, kind: str = "JPEG", exif: dict[int, Any] | None = None) -> bytes:
    """A small picture of blocks of noise, 48 wide and 32 high, with EXIF tags (GPS under -1)."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    image = Image.fromarray(noise.repeat(8, 0).repeat(8, 1))
    tags, out = Image.Exif(), io.BytesIO()
    for tag, value in (exif or {}).items():
        if tag == -1:
            tags.get_ifd(0x8825).update(value)
        elif tag > 0x9000:
            tags.get_ifd(0x8769)[tag] = value
        else:
            tags[tag] = value
    image.save(out, kind, exif=tags)
    return out.getvalue()


def sidecar(name: str, **keys: Any) -> bytes:
    data = {"title": name, "photoTakenTime": {"timestamp": str(TAKEN)}} | keys
    return json.dumps(data).encode()


def people(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def library(folder: Path, files: dict[str, bytes], consent: str | None = ALLOWED) -> Path:
    """Write files into a folder with a consent file."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder.mkdir(exist_ok=True)
    if consent is not None:
        (folder / "consent.yaml").write_text(consent, encoding="utf-8")
    return folder


def zipped(files: dict[str, bytes] | list[tuple[Any, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return out.getvalue()


def accounts(ingested: Ingested) -> dict[str, tuple[str, str]]:
    """Last part of the path -> outcome and reason."""
    rows = ingested.reconciliation
    names = [path.rpartition("/")[2] for path in rows.path]
    return dict(zip(names, zip(rows.outcome, rows.reason, strict=True), strict=True))


def by_title(ingested: Ingested) -> pd.DataFrame:
    return ingested.photos.set_index("title")


def test_a_takeout_in_two_parts(tmp_path: Path) -> None:
    beach, dog, collage = picture(1), picture(2), picture(3)
    first = {
        f"{YEAR}/beach.jpg": beach,
        f"{YEAR}/dog.jpg.supplemental-metadata.json": sidecar(
            "dog.jpg", people=people("Rowan", "Bruno", "Stranger"), archived=True
        ),
        f"{YEAR}/beach.jpg.json": sidecar(
            "beach.jpg",
            description="The sea",
            favorited=True,
            geoData={"latitude": -33.5, "longitude": 151.25, "altitude": 0.0},
        ),
        f"{ROOT}/_Summer_ 2021/metadata.json": json.dumps({"title": '"Summer" 2021'}).encode(),
        f"{ROOT}/print-subscriptions.json": b"{}",
        "Takeout/archive_browser.html": b"<html>",
    }
    second = {
        f"{YEAR}/dog.jpg": dog,
        f"{ROOT}/_Summer_ 2021/beach.jpg": beach,
        f"{ROOT}/_Summer_ 2021/beach.jpg.json": sidecar("beach.jpg"),
        f"{YEAR}/dog-COLLAGE.jpg": collage,
        f"{YEAR}/dog-COLLAGE.jpg.json": sidecar("dog-COLLAGE.jpg", photoTakenTime={"timestamp": 0}),
        f"{YEAR}/gone.jpg.json": sidecar("gone.jpg"),
    }
    consent = ALLOWED + "people: {Bruno: {kind: pet, profile: true}}"
    source = library(
        tmp_path / "rowan",
        {"takeout-001.zip": zipped(first), "takeout-002.zip": zipped(second)},
        consent,
    )
    got = read_library(source)
    assert (got.name, got.kind) == ("rowan", "takeout")
    assert list(got.photos.title) == sorted(
        got.photos.title, key=lambda title: (title == "dog-COLLAGE.jpg", _id_of(title, got))
    )
    assert got.photos.taken_utc.isna().tolist() == [False, False, True]
    row = by_title(got).loc["beach.jpg"]
    assert row.photo_id == hashlib.sha256(beach).hexdigest()
    assert row.path == f"{source}/takeout-001.zip{MEMBER}{YEAR}/beach.jpg"
    assert open_photo(row.path).size == (row.width, row.height) == (48, 32)
    assert row.taken_utc == datetime.fromtimestamp(TAKEN, UTC)
    assert (row.lat, row.lon, row.favourite, row.description) == (-33.5, 151.25, True, "The sea")
    assert (row.albums, row.people, row["flags"], row.match_rule) == (
        ['"Summer" 2021'],
        [],
        [],
        "name",
    )
    row = by_title(got).loc["dog.jpg"]
    assert (row.people, row.albums) == (["Bruno", "Rowan"], [])
    assert row["flags"] == ["archived", "name withheld"]
    assert np.isnan(row.lat) and row.tz_source == "unknown" and pd.isna(row.taken_local)
    assert by_title(got).loc["dog-COLLAGE.jpg", "flags"] == ["creation"]
    counts = {
        (row.outcome, row.reason): row.files for row in balance(got.reconciliation, 13).itertuples()
    }
    assert counts == {
        ("imported", ""): 3,
        ("merged", "the same bytes as another file"): 1,
        ("sidecar", "of a photo"): 4,
        ("sidecar", "of an album"): 1,
        ("sidecar", "its photo was not found"): 1,
        ("skipped", "JSON of no photo and no album"): 1,
        ("skipped", "not a photo"): 1,
        ("skipped", "the consent file"): 1,
    }


def _id_of(title: str, got: Ingested) -> str:
    return by_title(got).loc[title].photo_id


def test_an_unpacked_takeout_is_the_same_as_its_zips(tmp_path: Path) -> None:
    files = {
        f"{YEAR}/a.jpg": picture(1),
        f"{YEAR}/a.jpg.json": sidecar("a.jpg", people=people("Rowan")),
        f"{ROOT}/Trip/a.jpg": picture(1),
    }
    packed = read_library(library(tmp_path / "zips", {"part.zip": zipped(files)}))
    unpacked = read_library(library(tmp_path / "folder", files))
    (tmp_path / "zips" / "part.zip").rename(tmp_path / "part.zip")
    (tmp_path / "zips" / "consent.yaml").rename(tmp_path / "consent.yaml")
    alone = read_library(tmp_path / "part.zip")
    for one in (unpacked, alone):
        assert one.kind == packed.kind == "takeout"
        pd.testing.assert_frame_equal(
            one.photos.drop(columns="path"), packed.photos.drop(columns="path")
        )
    assert packed.photos.albums.tolist() == [["Trip"]]
    assert alone.name == "part"


def test_a_plain_folder(tmp_path: Path) -> None:
    source = library(
        tmp_path / "stock",
        {
            "a.jpg": picture(1),
            "Trips/Rome/b.png": picture(2, "PNG"),
            "Trips/c.webp": picture(3, "WEBP"),
            "Party!/d.JPG": picture(4),
        },
    )
    got = read_library(source)
    assert got.kind == "folder"
    assert by_title(got).albums.to_dict() == {
        "a.jpg": [],
        "b.png": ["Rome", "Trips"],
        "c.webp": ["Trips"],
        "d.JPG": ["Party!"],
    }
    assert set(got.photos.match_rule) == {"none"} and set(got.photos.source) == {"folder"}


LOCAL = "2021:07:01 18:30:00"
AT_TAKEN = datetime.fromtimestamp(TAKEN, UTC)
NEW_YEAR = datetime(2021, 1, 1)  # all that the folder's name says


@pytest.mark.parametrize(
    ("exif", "timestamp", "utc", "local", "tz_source"),
    [
        ({}, TAKEN, AT_TAKEN, None, "unknown"),
        ({}, "", None, NEW_YEAR, "unknown"),
        ({}, "0", None, NEW_YEAR, "unknown"),
        ({}, "soon", None, NEW_YEAR, "unknown"),
        ({}, 10**30, None, NEW_YEAR, "unknown"),
        ({0x9011: "+14:00"}, 253402300799, None, NEW_YEAR, "unknown"),  # the last second of 9999
        ({0x9003: "0001:01:01 00:00:00", 0x9011: "+02:00"}, "", None, NEW_YEAR, "unknown"),
        ({}, "-86400", datetime(1969, 12, 31, tzinfo=UTC), None, "unknown"),
        ({0x9003: LOCAL}, TAKEN, AT_TAKEN, None, "unknown"),  # corrected since: months apart
        (
            {0x9003: "2020:09:20 19:42:07"},
            TAKEN,
            AT_TAKEN,
            datetime(2020, 9, 20, 19, 42, 7),
            "exif",
        ),
        ({0x9003: "0000:00:00 00:00:00"}, TAKEN, AT_TAKEN, None, "unknown"),
        (
            {0x9003: LOCAL, 0x9011: "-05:30"},
            TAKEN,
            AT_TAKEN,
            datetime(2020, 9, 20, 4, 42, 7),
            "exif",
        ),
        (
            {0x9003: LOCAL, 0x9011: "+02:00"},
            "",
            datetime(2021, 7, 1, 16, 30, tzinfo=UTC),
            datetime(2021, 7, 1, 18, 30),
            "exif",
        ),
        ({0x9003: LOCAL}, "", None, datetime(2021, 7, 1, 18, 30), "unknown"),
    ],
)
def test_times(
    tmp_path: Path, exif: dict, timestamp: Any, utc: Any, local: Any, tz_source: str
) -> None:
    files = {
        f"{YEAR}/a.jpg": picture(1, exif=exif),
        f"{YEAR}/a.jpg.json": sidecar("a.jpg", photoTakenTime={"timestamp": timestamp}),
    }
    row = read_library(library(tmp_path / "x", files)).photos.iloc[0]
    assert (None if pd.isna(row.taken_utc) else row.taken_utc) == utc
    assert (None if pd.isna(row.taken_local) else row.taken_local) == local
    assert row.tz_source == tz_source


GPS = {-1: {1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (151.0, 15.0, 36.0)}}


@pytest.mark.parametrize(
    ("geo", "geo_exif", "exif", "expected"),
    [
        ((1.5, 2.5), (3.0, 4.0), GPS, (1.5, 2.5)),
        ((0.0, 0.0), (3.0, 4.0), GPS, (3.0, 4.0)),
        ((0.0, 0.0), (0.0, 0.0), GPS, (-33.5, 151.26)),
        ((91.0, 0.0), (0.0, 0.0), {}, None),
        (("north", 1), (None, 2), {}, None),
    ],
)
def test_positions(tmp_path: Path, geo: Any, geo_exif: Any, exif: dict, expected: Any) -> None:
    keys = {
        key: {"latitude": value[0], "longitude": value[1]}
        for key, value in (("geoData", geo), ("geoDataExif", geo_exif))
    }
    files = {f"{YEAR}/a.jpg": picture(1, exif=exif), f"{YEAR}/a.jpg.json": sidecar("a", **keys)}
    row = read_library(library(tmp_path / "x", files)).photos.iloc[0]
    assert (None if np.isnan(row.lat) else (row.lat, row.lon)) == (
        expected and pytest.approx(expected)
    )


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_size_is_after_orientation(tmp_path: Path, orientation: int) -> None:
    files = {"a.jpg": picture(1, exif={0x0112: orientation})}
    row = read_library(library(tmp_path / "x", files)).photos.iloc[0]
    assert (row.width, row.height) == ((32, 48) if orientation in (6, 8) else (48, 32))
    assert open_photo(row.path).size == (row.width, row.height)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("start", [b"XX\0\0\xff\xff\xff\xff", b"MM\0*\xff\xff\xff\xff"])
def test_a_photo_with_broken_exif_comes_in(tmp_path: Path, start: bytes) -> None:
    data = picture(1, exif={0x0112: 6, 0x9003: LOCAL})
    at = data.find(b"Exif\0\0") + 6
    files = {"a.jpg": data[:at] + start + data[at + len(start) :]}
    row = read_library(library(tmp_path / "x", files)).photos.iloc[0]
    assert (row.width, row.height, row.tz_source) == (48, 32, "unknown")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP"])
def test_damaged_bytes_are_a_whole_photo_or_a_row(tmp_path: Path, kind: str) -> None:
    rng, whole = np.random.default_rng(0), picture(1, kind)
    files = {"whole.img": whole}
    for at in range(40):
        data = bytearray(whole[: rng.integers(20, len(whole) + 1)])
        for place in rng.integers(12, len(data), 5):
            data[place] = rng.integers(256)
        files[f"{at}.img"] = bytes(data)
    got = read_library(library(tmp_path / "x", files))
    assert "whole.img" in set(got.photos.title)
    assert "not a whole image" in set(got.reconciliation.reason)
    for path in got.photos.path:
        open_photo(path, at_least=32)


def test_an_edit_takes_its_originals_sidecar_and_place(tmp_path: Path) -> None:
    files = {
        f"{YEAR}/a.jpg": picture(1),
        f"{YEAR}/a-edited.jpg": picture(2),
        f"{YEAR}/a.jpg.json": sidecar("a.jpg", people=people("Rowan")),
        f"{ROOT}/Trip/a.jpg": picture(1),
        f"{YEAR}/b.jpg": picture(3),
        f"{YEAR}/b-bearbeitet.jpg": picture(4)[:600],
        f"{YEAR}/b.jpg.json": sidecar("b.jpg"),
    }
    got = read_library(library(tmp_path / "x", files))
    rows = by_title(got)
    row = rows.loc["a.jpg"]
    assert row.photo_id == hashlib.sha256(picture(2)).hexdigest()
    assert (row["flags"], row.albums, row.people) == (["edited"], ["Trip"], ["Rowan"])
    assert row.match_rule == "edited"
    assert rows.loc["b.jpg", "flags"] == []  # its edit is broken: the original stays
    assert accounts(got)["a.jpg"] == ("skipped", "superseded by its edited copy")
    assert accounts(got)["b-bearbeitet.jpg"] == ("skipped", "not a whole image")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"trashed": True}, "in the trash"),
        ({"inLockedFolder": True}, "in the locked folder"),
        ({"googlePhotosOrigin": {"fromPartnerSharing": {}}}, "shared by a partner"),
    ],
)
def test_what_is_set_aside(tmp_path: Path, keys: dict, reason: str) -> None:
    files = {f"{YEAR}/a.jpg": picture(1), f"{YEAR}/a.jpg.json": sidecar("a.jpg", **keys)}
    got = read_library(library(tmp_path / "x", files))
    assert got.photos.empty and accounts(got)["a.jpg"] == ("skipped", reason)


def test_special_folders(tmp_path: Path) -> None:
    files = {
        f"{ROOT}/Papierkorb/a.jpg": picture(1),
        f"{ROOT}/Locked Folder/b.jpg": picture(2),
        f"{ROOT}/Photos from 2021/b.jpg": picture(2),
        f"{ROOT}/Archive/c.jpg": picture(3),
        f"{ROOT}/Fotos del 2020/d.jpg": picture(4),
        f"{ROOT}/Untitled(9)/e.jpg": picture(5),
        f"{ROOT}/Untitled(9)/metadata.json": b'{"title": ""}',
        f"{ROOT}/Old/f.jpg": picture(6),
        f"{ROOT}/Old/m\u00e9tadonn\u00e9es.json": b'{"albumData": {"title": "Nested"}}',
    }
    got = read_library(library(tmp_path / "x", files))
    assert by_title(got).albums.to_dict() == {
        "c.jpg": [],
        "d.jpg": [],
        "e.jpg": [],
        "f.jpg": ["Nested"],
    }
    assert by_title(got).loc["c.jpg", "flags"] == ["archived"]
    assert accounts(got)["a.jpg"] == ("skipped", "in the trash")
    assert accounts(got)["b.jpg"] == ("skipped", "in the locked folder")


def test_an_ambiguous_sidecar_labels_nobody_and_still_denies(tmp_path: Path) -> None:
    stem = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"
    files = {
        f"{YEAR}/{stem}P.jpg": picture(1),
        f"{YEAR}/{stem}P(1).jpg": picture(2),
        f"{YEAR}/{stem}.json": sidecar("x.jpg", people=people("Rowan", "Karl")),
    }
    got = read_library(library(tmp_path / "x", files))
    assert got.photos.people.tolist() == [[], []]
    assert set(got.photos.match_rule) == {"ambiguous"}
    assert accounts(got)[f"{stem}.json"][1].startswith("ambiguous")
    got = read_library(library(tmp_path / "x", files, ALLOWED + "deny: {people: [Karl]}"))
    assert got.photos.empty


# either way it is no photo
NO_HEIC = CUT if HEIF else "HEIC needs the extra 'heic', which is not installed"
FTYP = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("cut.jpg", picture(1)[:-200], "not a whole image"),
        ("cut.png", picture(1, "PNG")[:-60], "not a whole image"),
        ("head.jpg", b"\xff\xd8\xff\xe0", "not a whole image"),
        ("empty.jpg", b"", "empty file"),
        ("text.jpg", b"not an image at all", "not an image in spite of its extension"),
        ("clip.mp4", FTYP + b"mp42" + bytes(40), "video"),
        ("clip.jpg", FTYP + b"qt  " + bytes(40), "video"),
        ("PXL_1.MP", b"anything", "video"),
        ("photo.heic", FTYP + b"heic" + bytes(40), NO_HEIC),
        ("photo.dng", b"II*\0" + bytes(40), "RAW is not read"),
        ("notes.txt", b"hello", "not a photo"),
        ("old.tgz", b"\x1f\x8b", "an archive that is not at the top of the folder, or no zip"),
        (".DS_Store", b"\0", "junk of a system or program"),
        ("._a.jpg", b"\0", "junk of a system or program"),
        ("Thumbs.db", b"\0", "junk of a system or program"),
        (".picasa.ini", b"\0", "junk of a system or program"),
        ("@eaDir/SYNOPHOTO_THUMB.jpg", picture(1), "junk of a system or program"),
        ("a.jpg.json", b"{not json", "sidecar is not JSON"),
        ("b.json", b"\xff\xfe\xfd", "sidecar is not JSON"),
        ("deep.json", b"[" * 100_000, "sidecar is not JSON"),
        ("list.json", b"[1]", "JSON of no photo and no album"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_bad_file_is_one_row_and_the_rest_comes_in(
    tmp_path: Path, name: str, data: bytes, reason: str, packed: bool
) -> None:
    files = {f"{YEAR}/good.jpg": picture(9), f"{YEAR}/{name}": data}
    files = {"part.zip": zipped(files)} if packed else files
    got = read_library(library(tmp_path / "x", files))
    assert got.photos.title.tolist() == ["good.jpg"]
    assert len(got.reconciliation) == 3  # these and the consent file
    assert accounts(got)[name.rpartition("/")[2]] == ("skipped", reason)


def test_a_photo_whose_sidecar_is_not_json_comes_in_without_it(tmp_path: Path) -> None:
    files = {f"{YEAR}/a.jpg": picture(1), f"{YEAR}/a.jpg.json": b"{"}
    got = read_library(library(tmp_path / "x", files))
    assert got.photos[["title", "match_rule"]].values.tolist() == [["a.jpg", "none"]]


@pytest.mark.parametrize(
    "data",
    [
        {"people": "Rowan", "title": 3, "geoData": [], "favorited": "yes"},
        {"people": [None, {"name": 1}, {}], "description": {}, "googlePhotosOrigin": "x"},
        {"photoTakenTime": {"timestamp": [1]}, "title": "\ud800"},
        {"photoTakenTime": {"timestamp": True}, "trashed": "false"},
    ],
)
def test_a_sidecar_with_odd_types_counts_as_silent(tmp_path: Path, data: dict) -> None:
    files = {f"{YEAR}/a.jpg": picture(1), f"{YEAR}/a.jpg.json": sidecar("a.jpg", **data)}
    got = ingest(library(tmp_path / "x", files), tmp_path / "out")
    row = got.photos.iloc[0]
    assert (row.people, row.favourite, row.match_rule) == ([], False, "name")


def test_wrong_extensions_and_foreign_names(tmp_path: Path) -> None:
    latin = zipfile.ZipInfo("x")
    latin.filename = "Takeout/caf\u0398.jpg"  # é in Latin-1 is this letter in code page 437
    files = [
        (f"{YEAR}/really-a-png.jpg", picture(1, "PNG")),
        (f"{YEAR}/e\u0301te\u0301.jpg", picture(2)),
        (f"{YEAR}/\u00e9t\u00e9.jpg.json", sidecar("ete", people=people("Rowan"))),
        (latin, picture(3)),
    ]
    data = zipped(files).replace("caf\u0398".encode(), "caf\u00e9".encode("latin-1") + b"_")
    data = _without_utf8_flag(data, b"Takeout/caf")
    got = read_library(library(tmp_path / "x", {"part.zip": data}))
    assert len(got.photos) == 3
    assert by_title(got).loc["ete"].people == ["Rowan"]
    assert {"caf\u00e9_.jpg", "really-a-png.jpg"} < set(got.photos.title)
    for path in got.photos.path:
        assert open_photo(path).size == (48, 32)


def _without_utf8_flag(data: bytes, name: bytes) -> bytes:
    return _patched(data, name, lambda flags: flags & ~0x800)


def _patched(data: bytes, name: bytes, change: Any) -> bytes:
    """Change the flag bits of the members whose name starts with `name`, in both headers."""
    out, at = bytearray(data), data.find(name)
    while at >= 0:
        for signature, length, offset in ((b"PK\3\4", 30, 6), (b"PK\1\2", 46, 8)):
            start = at - length
            if data[start : start + 4] == signature:
                (flags,) = struct.unpack_from("<H", out, start + offset)
                struct.pack_into("<H", out, start + offset, change(flags))
        at = data.find(name, at + 1)
    return bytes(out)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_members_are_one_row_each(tmp_path: Path) -> None:
    members = [
        (f"{YEAR}/good.jpg", picture(1)),
        ("../../evil.jpg", picture(2)),
        ("/etc/absolute.jpg", picture(3)),
        ("C:\\windows.jpg", picture(4)),
        (f"{YEAR}/bomb.jpg", b"\xff\xd8\xff" + bytes(20 * 2**20)),
        (f"{YEAR}/secret.jpg", picture(5)),
        (f"{YEAR}/crc.jpg", picture(6)),
        (f"{YEAR}/twice.jpg", picture(7)),
        (f"{YEAR}/twice.jpg", picture(8)),
    ]
    data = _patched(zipped(members), f"{YEAR}/secret.jpg".encode(), lambda flags: flags | 1)
    damaged = data.find(f"{YEAR}/crc.jpg".encode()) + len(f"{YEAR}/crc.jpg") + 100
    data = data[:damaged] + bytes(40) + data[damaged + 40 :]
    got = read_library(library(tmp_path / "x", {"part.zip": data}))
    assert len(got.reconciliation) == len(members) + 1
    reasons = accounts(got)
    assert reasons["evil.jpg"] == ("skipped", "its name leads out of the archive")
    assert reasons["absolute.jpg"] == ("skipped", "its name leads out of the archive")
    assert reasons["C:\\windows.jpg"] == ("skipped", "its name leads out of the archive")
    assert reasons["bomb.jpg"] == ("skipped", "packed like a zip bomb")
    assert reasons["secret.jpg"] == ("skipped", "encrypted")
    assert reasons["crc.jpg"] == ("skipped", "cannot be read")
    assert "hidden by a member of the same name" in set(got.reconciliation.reason)
    imported = {hashlib.sha256(picture(seed)).hexdigest() for seed in (1, 8)}
    assert set(got.photos.photo_id) == imported
    assert not (tmp_path / "evil.jpg").exists()


def test_overlapping_members(tmp_path: Path) -> None:
    members = {f"{YEAR}/{name}.jpg": picture(at) for at, name in enumerate("abc")}
    data = bytearray(zipped(members))
    first = data.find(b"PK\1\2")
    second = data.find(b"PK\1\2", first + 1)
    struct.pack_into("<I", data, second + 42, 0)  # the second entry points at the first's bytes
    got = read_library(library(tmp_path / "x", {"part.zip": bytes(data)}))
    assert got.photos.title.tolist() == ["c.jpg"]
    assert (
        accounts(got)["a.jpg"] == accounts(got)["b.jpg"] == ("skipped", "overlaps another member")
    )


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    outside = library(tmp_path / "outside", {"private.jpg": picture(5)}, None)
    source = library(tmp_path / "x", {"a.jpg": picture(1)})
    (source / "link.jpg").symlink_to(outside / "private.jpg")
    (source / "folder").symlink_to(outside)
    os.mkfifo(source / "pipe.jpg")
    (source / os.fsdecode(b"caf\xe9.jpg")).write_bytes(picture(2))
    got = ingest(source, tmp_path / "out")
    assert got.photos.title.tolist() == ["a.jpg"]
    reasons = accounts(got)
    assert reasons["link.jpg"] == reasons["folder"] == ("skipped", "a link, not a file")
    assert reasons["pipe.jpg"] == ("skipped", "not a regular file")
    assert reasons["caf\\xe9.jpg"] == ("skipped", "its name is not UTF-8")


@pytest.mark.parametrize("broken", [b"", b"not a zip", zipped({"a.jpg": picture(1)})[:-30]])
def test_a_broken_zip_is_one_row_and_the_other_parts_go_on(tmp_path: Path, broken: bytes) -> None:
    files = {"bad.zip": broken, "good.zip": zipped({f"{YEAR}/a.jpg": picture(1)})}
    got = read_library(library(tmp_path / "x", files))
    assert accounts(got)["bad.zip"] == ("skipped", "not a readable zip")
    assert len(got.photos) == 1
    with pytest.raises(AlbumenError, match=r"bad\.zip is not a readable zip, and nothing else"):
        read_library(library(tmp_path / "y", {"bad.zip": broken}))


def test_nothing_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(AlbumenError, match="holds no photos: expected"):
        read_library(library(tmp_path / "empty", {}))
    with pytest.raises(AlbumenError, match="holds no photos: expected"):
        read_library(library(tmp_path / "notes", {"a.txt": b"x", "part.zip": zipped({})}))
    with pytest.raises(AlbumenError, match="does not exist"):
        read_library(tmp_path / "missing")
    with pytest.raises(ConsentError, match=r"has no consent\.yaml"):
        read_library(library(tmp_path / "unasked", {"a.jpg": picture(1)}, None))
    with pytest.raises(AlbumenError, match="neither a folder nor a zip"):
        read_library(tmp_path / "empty" / "consent.yaml")


def test_a_workspace_is_written_and_the_source_left_alone(tmp_path: Path) -> None:
    files = {
        "part.zip": zipped({f"{YEAR}/{seed}.jpg": picture(seed) for seed in range(5)}),
        "loose.jpg": picture(7),
    }
    source = library(tmp_path / "rowan", files)
    before = _state(source)
    got = ingest(source, tmp_path / "one")
    ingest(source, tmp_path / "two")
    assert _state(source) == before
    assert _state(tmp_path / "one") == _state(tmp_path / "two")
    assert sorted(_state(tmp_path / "one")) == [
        "rowan/library.json",
        "rowan/photos.parquet",
        "rowan/reconciliation.parquet",
    ]
    folder = tmp_path / "one" / "rowan"
    assert tables.read_json(folder / "library.json") == {
        "name": "rowan",
        "source": str(source),
        "kind": "takeout",
    }
    read = tables.read_table(folder / "photos.parquet", tables.PHOTOS)
    pd.testing.assert_frame_equal(read, got.photos)
    read = tables.read_table(folder / "reconciliation.parquet", tables.RECONCILIATION)
    pd.testing.assert_frame_equal(read, got.reconciliation)
    with pytest.raises(AlbumenError, match="never written to"):
        ingest(source, source / "out")


def _state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_lost_row_is_noticed(tmp_path: Path) -> None:
    got = read_library(library(tmp_path / "x", {"a.jpg": picture(1), "b.txt": b"x"}))
    assert balance(got.reconciliation, 3).files.sum() == 3
    with pytest.raises(AlbumenError, match="accounts for 2 files, but 3 were found"):
        balance(got.reconciliation.iloc[1:], 3)


DENYING = ALLOWED + (
    "deny: {people: [Karl], albums: [Private], photos: [hidden.jpg]}\n"
    "minors: [Tim]\n"
    "people: {Alma: {profile: true}}\n"
)


def test_denied_photos_are_withheld_and_never_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"{YEAR}/open.jpg": picture(1),
        f"{YEAR}/open.jpg.json": sidecar("open.jpg", people=people("Alma", "Stranger")),
        f"{YEAR}/hidden.jpg": picture(2),
        f"{YEAR}/hidden-edited.jpg": picture(3),
        f"{YEAR}/hidden.jpg.json": sidecar("hidden.jpg"),
        f"{YEAR}/copied.jpg": picture(2),
        f"{ROOT}/Private/metadata.json": b'{"title": "Private"}',
        f"{ROOT}/Private/inside.jpg": picture(4),
        f"{YEAR}/inside2.jpg": picture(4),
        f"{YEAR}/inside2.jpg.json": sidecar("inside2.jpg"),
        f"{ROOT}/Private/clip.mp4": FTYP + b"mp42",
        f"{YEAR}/friend.jpg": picture(5),
        f"{YEAR}/friend.jpg.json": sidecar("friend.jpg", people=people("karl")),
        f"{YEAR}/friend.mp4": FTYP + b"mp42",
        f"{YEAR}/child.jpg": picture(6)[:500],
        f"{YEAR}/child.jpg.json": sidecar("child.jpg", people=people("Tim")),
        f"{YEAR}/Karls list of Karl.txt": b"x",
    }
    decoded = []
    load = ImageFile.ImageFile.load

    def recorded(image: ImageFile.ImageFile) -> Any:
        decoded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", recorded)
    got = ingest(library(tmp_path / "x", files, DENYING), tmp_path / "out")
    assert got.photos.title.tolist() == ["open.jpg"]
    assert got.photos.people.tolist() == [["Alma"]]
    assert decoded == []
    withheld = got.reconciliation[got.reconciliation.path == "(withheld)"]
    assert len(withheld) == len(files) - 2
    assert withheld.photo_id.isna().all()
    assert set(withheld.reason) == {
        "the photo is denied",
        "in a denied album",
        "shows a person who is denied",
        "shows a minor",
        "its text names a person who is denied",
        "of a photo that is withheld",
    }
    shown = got.reconciliation.to_csv() + got.photos.to_csv()
    for secret in ("hidden", "copied", "inside", "Private", "friend", "child", "arl", "Tim"):
        assert secret not in shown


def test_a_library_of_which_nothing_is_allowed_is_empty_tables(tmp_path: Path) -> None:
    source = library(tmp_path / "x", {"a/1.jpg": picture(1)}, ALLOWED + "deny: {albums: [a]}")
    got = ingest(source, tmp_path / "out")
    assert got.photos.empty and len(got.reconciliation) == 2
    assert tables.read_table(tmp_path / "out" / "x" / "photos.parquet", tables.PHOTOS).empty


def test_only_listed_albums_come_in(tmp_path: Path) -> None:
    files = {
        f"{YEAR}/a.jpg": picture(1),
        f"{YEAR}/b.jpg": picture(2),
        f"{ROOT}/Trip/a.jpg": picture(1),
        f"{ROOT}/Work/a.jpg": picture(1),
    }
    got = read_library(library(tmp_path / "x", files, ALLOWED + "albums: [trip]"))
    assert got.photos[["title", "albums"]].values.tolist() == [["a.jpg", ["Trip"]]]


NAMES = st.sampled_from(["Rowan", "Alma", "Karl", "Tim", "Stranger"])
FOLDERS = st.sampled_from([YEAR, f"{ROOT}/Private", f"{ROOT}/Trip", f"{ROOT}/Trash"])
STEMS = st.sampled_from(["a", "b", "hidden", "b-edited", "a(1)"])
PHOTO = st.tuples(st.integers(0, 6), st.booleans())  # which picture, whether cut short
LABELS = st.none() | st.binary(max_size=3) | st.lists(NAMES, max_size=3)  # or no JSON at all
FILES = st.lists(st.tuples(FOLDERS, STEMS, PHOTO, LABELS, st.booleans()), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, st.integers(0, 4000))
def test_any_export_balances_and_shows_nothing_denied(
    tmp_path_factory: pytest.TempPathFactory, files: list, cut: int
) -> None:
    parts: tuple[dict, dict] = ({}, {})
    denied = set()  # digests of the photos that anything denies
    for folder, stem, (seed, short), labels, part in files:
        parts[part][f"{folder}/{stem}.jpg"] = picture(seed)[: 500 if short else None]
        names = labels if isinstance(labels, list) else []
        if isinstance(labels, bytes):
            parts[not part][f"{folder}/{stem}.jpg.json"] = labels
        elif labels is not None:
            parts[part][f"{folder}/{stem}.jpg.json"] = sidecar(f"{stem}.jpg", people=people(*names))
    for part in parts:
        for name, data in part.items():
            stem = name.rpartition("/")[2].removesuffix(".jpg")
            own = [one.get(f"{name}.json", b"") for one in parts]
            named = any(word in json for json in own for word in (b'"Karl"', b'"Tim"'))
            if name.endswith(".jpg") and (named or "/Private/" in name or stem == "hidden"):
                denied.add(hashlib.sha256(data).hexdigest())
    source = library(
        tmp_path_factory.mktemp("export") / "x",
        {
            "one.zip": zipped({f"{YEAR}/base.jpg": picture(99)} | parts[0]),
            "two.zip": zipped(parts[1])[: cut if cut > 3000 else None],
        },
        DENYING,
    )
    got = read_library(source)
    balance(got.reconciliation, len(got.reconciliation))
    shown = got.photos.drop(columns="path").to_csv()
    assert not any(word in shown for word in ("Karl", "Tim", "Private", "hidden", "Stranger"))
    assert "Private" not in got.reconciliation.to_csv()
    if cut <= 3000:  # all of the second part is there to deny from
        assert not denied & set(got.photos.photo_id)
        assert len(got.reconciliation) == 2 + sum(map(len, parts))


def test_modes_are_those_of_ordinary_files(tmp_path: Path) -> None:
    ingest(library(tmp_path / "x", {"a.jpg": picture(1)}), tmp_path / "out")
    mode = (tmp_path / "out" / "x" / "photos.parquet").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
