"""One library with every case of a Google Photos export, reconciled file by file."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen.ingest import Ingested, balance, read_library

ROOT = "Takeout/Google Photos"
YEAR = f"{ROOT}/Photos from 2021"
TAKEN = 1600596727  # 2020-09-20 10:12:07 UTC
MP4 = b"\0\0\0\x18ftypmp42" + bytes(16)
CONSENT = """\
consent: true
owner: Robin
deny: {people: [Karl], albums: [Private]}
people: {Alma: {relation: mum, profile: true}}
"""
MOTION = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def photo(
    seed: int, kind: str = "JPEG", exif: dict[int, Any] | None = None, xmp: str = ""
) -> bytes:
    """A small picture of noise; `exif`: tags of the Exif IFD, under -1 those of the GPS IFD."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    tags, out = Image.Exif(), io.BytesIO()
    for tag, value in (exif or {}).items():
        if tag == -1:
            tags.get_ifd(0x8825).update(value)
        else:
            tags.get_ifd(0x8769)[tag] = value
    more = {"xmp": xmp.encode()} if xmp else {}
    Image.fromarray(noise.repeat(8, 0).repeat(8, 1)).save(out, kind, exif=tags, **more)
    return out.getvalue()


def sidecar(title: str, **keys: Any) -> bytes:
    data = {"title": title, "photoTakenTime": {"timestamp": str(TAKEN)}} | keys
    return json.dumps(data).encode()


def people(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


IMPORTED, SIDECAR, WITHHELD = ("imported", ""), ("sidecar", "of a photo"), "(withheld)"
SAME = ("merged", "the same bytes as another file")
ALBUM = ("sidecar", "of an album")
CLIP = ("skipped", "the moving part of a photo")
AMBIGUOUS = ("sidecar", "ambiguous: more than one photo or sidecar fits")

# path in the export -> part, bytes, outcome, reason; the cases' numbers are INGEST.md's
LONG = "Screenshot_20231027_123303_Facebook"
CASES: dict[str, tuple[int, bytes, tuple[str, str]]] = {
    # both styles of sidecar, clipped or not, in the same part as the photo or in the other
    f"{YEAR}/old.jpg": (1, photo(1), IMPORTED),
    f"{YEAR}/old.jpg.json": (2, sidecar("old.jpg", people=people("Alma", "Ines")), SIDECAR),
    f"{YEAR}/new.jpg": (1, photo(2), IMPORTED),
    f"{YEAR}/new.jpg.supplemental-metadata.json": (1, sidecar("new.jpg", favorited=True), SIDECAR),
    f"{YEAR}/{LONG}(1).jpg": (1, photo(3), IMPORTED),
    f"{YEAR}/{LONG}.jpg.supple(1).json": (1, sidecar("shot"), SIDECAR),
    # 1 an edit has no sidecar of its own, and stands for its original
    f"{YEAR}/walk.jpg": (1, photo(4), ("skipped", "superseded by its edited copy")),
    f"{YEAR}/walk-bearbeitet.jpg": (2, photo(5), IMPORTED),
    f"{YEAR}/walk.jpg.json": (1, sidecar("walk.jpg"), SIDECAR),
    # 2 creations are kept and flagged
    f"{YEAR}/walk-COLLAGE.jpg": (1, photo(6), IMPORTED),
    f"{YEAR}/walk-COLLAGE.jpg.json": (1, sidecar("walk-COLLAGE.jpg"), SIDECAR),
    f"{YEAR}/walk-ANIMATION.gif": (1, photo(7, "GIF"), IMPORTED),
    f"{YEAR}/walk-MOVIE.m4v": (1, MP4, ("skipped", "video")),
    # 3 "~2" is of the name; motion clips are no photos
    f"{YEAR}/IMG~2.jpg": (1, photo(8), IMPORTED),
    f"{YEAR}/IMG~2.jpg.json": (1, sidecar("IMG~2.jpg"), SIDECAR),
    f"{YEAR}/PXL_20210612_101112131.MP.jpg": (1, photo(9), IMPORTED),
    f"{YEAR}/PXL_20210612_101112131.MP.jpg.json": (1, sidecar("PXL"), SIDECAR),
    f"{YEAR}/PXL_20210612_101112131.MP": (1, MP4, CLIP),
    f"{YEAR}/live.jpg": (1, photo(10), IMPORTED),
    f"{YEAR}/live.jpg.json": (1, sidecar("live.jpg"), SIDECAR),
    f"{YEAR}/live.MP4": (2, MP4, CLIP),
    # 4 a motion photo inside a JPEG
    f"{YEAR}/MVIMG_20210101_101112.jpg": (1, photo(11, xmp=MOTION) + MP4, IMPORTED),
    # 5 the same photo in albums and across parts; a photo in an album alone; 6 album names
    f"{ROOT}/_Esquadern_ 2020/metadata.json": (2, b'{"title": "\\"Esquadern\\" 2020"}', ALBUM),
    f"{ROOT}/_Esquadern_ 2020/old.jpg": (2, photo(1), SAME),
    f"{ROOT}/_Esquadern_ 2020/old.jpg.json": (2, sidecar("old.jpg"), SIDECAR),
    f"{ROOT}/_Esquadern_ 2020/alone.jpg": (1, photo(12), IMPORTED),
    f"{ROOT}/Fête/métadonnées.json": (1, b'{"albumData": {"title": "F\\u00eate!"}}', ALBUM),
    f"{ROOT}/Fête/new.jpg": (2, photo(2), SAME),
    # 7 names in NFD, wrong extensions, .JSON
    f"{YEAR}/Cafe\u0301.jpg": (1, photo(13), IMPORTED),
    f"{YEAR}/Caf\u00e9.jpg.json": (2, sidecar("Caf\u00e9.jpg"), SIDECAR),
    f"{YEAR}/really-a-png.jpg": (1, photo(14, "PNG"), IMPORTED),
    f"{YEAR}/loud.JPG": (1, photo(15), IMPORTED),
    f"{YEAR}/loud.JPG.JSON": (1, sidecar("loud.JPG"), SIDECAR),
    # 8 archived, trashed, locked, partner
    f"{ROOT}/Archive/kept.jpg": (1, photo(16), IMPORTED),
    f"{ROOT}/Papierkorb/gone.jpg": (1, photo(17), ("skipped", "in the trash")),
    f"{YEAR}/bin.jpg": (1, photo(18), ("skipped", "in the trash")),
    f"{YEAR}/bin.jpg.json": (1, sidecar("bin.jpg", trashed=True), SIDECAR),
    f"{ROOT}/Locked Folder/safe.jpg": (1, photo(19), ("skipped", "in the locked folder")),
    f"{YEAR}/theirs.jpg": (1, photo(20), ("skipped", "shared by a partner")),
    f"{YEAR}/theirs.jpg.json": (
        1,
        sidecar("theirs.jpg", googlePhotosOrigin={"fromPartnerSharing": {}}),
        SIDECAR,
    ),
    # 9 a burst comes down to its cover, RAW and JPEG to the JPEG
    f"{YEAR}/00100lPORTRAIT_00100_BURST20210101123456789_COVER.jpg": (1, photo(21), IMPORTED),
    f"{YEAR}/00000PORTRAIT_00000_BURST20210101123456789.jpg": (
        1,
        photo(22),
        ("merged", "of a burst: its cover stands for it"),
    ),
    f"{YEAR}/both.jpg": (1, photo(23), IMPORTED),
    f"{YEAR}/both.dng": (1, b"II*\0" + bytes(60), ("merged", "the RAW file of a photo")),
    f"{YEAR}/raw-only.nef": (1, b"II*\0" + bytes(60), ("skipped", "RAW is not read")),
    # 10 what systems leave behind
    f"{YEAR}/@eaDir/old.jpg": (1, photo(24), ("skipped", "junk of a system or program")),
    f"{YEAR}/._old.jpg": (1, b"x", ("skipped", "junk of a system or program")),
    f"{YEAR}/.DS_Store": (1, b"x", ("skipped", "junk of a system or program")),
    # 11 times
    f"{YEAR}/zoned.jpg": (
        1,
        photo(25, exif={0x9003: "2021:06:01 12:00:00", 0x9011: "+02:00"}),
        IMPORTED,
    ),
    f"{YEAR}/placed.jpg": (1, photo(26), IMPORTED),
    f"{YEAR}/placed.jpg.json": (
        1,
        sidecar("placed.jpg", geoData={"latitude": 41.9, "longitude": 12.5}),
        SIDECAR,
    ),
    f"{YEAR}/IMG_20190305_070809.jpg": (1, photo(27), IMPORTED),
    f"{YEAR}/nameless.jpg": (1, photo(28), IMPORTED),
    # 12 what is broken
    f"{YEAR}/cut.jpg": (1, photo(29)[:600], ("skipped", "not a whole image")),
    f"{YEAR}/empty.jpg": (1, b"", ("skipped", "empty file")),
    f"{YEAR}/text.jpg": (1, b"no image", ("skipped", "not an image in spite of its extension")),
    f"{YEAR}/broken.jpg": (1, photo(30), IMPORTED),
    f"{YEAR}/broken.jpg.json": (1, b"{", ("skipped", "sidecar is not JSON")),
    f"{YEAR}/orphan.jpg.json": (1, sidecar("orphan"), ("sidecar", "its photo was not found")),
    # two sidecars that fit, by design
    f"{YEAR}/original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg": (1, photo(31), IMPORTED),
    f"{YEAR}/original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P(1).jpg": (1, photo(32), IMPORTED),
    f"{YEAR}/original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json": (1, sidecar("P"), AMBIGUOUS),
    # account files, and a page
    f"{ROOT}/print-subscriptions.json": (1, b"{}", ("skipped", "JSON of no photo and no album")),
    "Takeout/archive_browser.html": (1, b"<html>", ("skipped", "not a photo")),
    # consent: whatever tells of a denied photo is withheld
    f"{YEAR}/karl.jpg": (1, photo(33), (WITHHELD, "shows a person who is denied")),
    f"{YEAR}/karl.jpg.json": (
        2,
        sidecar("karl.jpg", people=people("Karl")),
        (WITHHELD, "of a photo that is withheld"),
    ),
    f"{ROOT}/Private/metadata.json": (1, b'{"title": "Private"}', (WITHHELD, "in a denied album")),
    f"{ROOT}/Private/secret.jpg": (1, photo(34), (WITHHELD, "in a denied album")),
    f"{YEAR}/secret-copy.jpg": (2, photo(34), (WITHHELD, "in a denied album")),
}


@pytest.fixture(scope="module")
def got(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    folder = tmp_path_factory.mktemp("every") / "robin"
    folder.mkdir()
    (folder / "consent.yaml").write_text(CONSENT)
    for part in (1, 2):
        with zipfile.ZipFile(
            folder / f"takeout-00{part}.zip", "w", zipfile.ZIP_DEFLATED
        ) as archive:
            for name, (where, data, _) in CASES.items():
                if where == part:
                    archive.writestr(name, data)
    return read_library(folder)


def test_every_file_is_accounted_for(got: Ingested) -> None:
    expected = sorted(
        (WITHHELD, "sidecar" if name.endswith("karl.jpg.json") else "skipped", reason)
        if outcome == WITHHELD
        else (name, outcome, reason)
        for name, (_, _, (outcome, reason)) in CASES.items()
    )
    expected.append(("consent.yaml", "skipped", "the consent file"))
    table = got.reconciliation
    names = [path.rpartition("!/")[2].rpartition("robin/")[2] for path in table.path]
    assert sorted(zip(names, table.outcome, table.reason, strict=True)) == sorted(expected)
    assert balance(table, len(CASES) + 1).files.sum() == len(CASES) + 1
    assert (got.kind, len(got.photos)) == ("takeout", (table.outcome == "imported").sum())


def row(got: Ingested, name: str) -> pd.Series:
    found = got.photos[got.photos.path.str.endswith(f"/{name}")]
    assert len(found) == 1, name
    return found.iloc[0]


def test_rules_and_flags(got: Ingested) -> None:
    rules = {
        "old.jpg": "name",
        f"{LONG}(1).jpg": "counter",
        "walk-bearbeitet.jpg": "edited",
        "really-a-png.jpg": "none",
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg": "ambiguous",
    }
    assert {name: row(got, name).match_rule for name in rules} == rules
    flags = {
        "walk-bearbeitet.jpg": ["edited"],
        "walk-COLLAGE.jpg": ["creation"],
        "walk-ANIMATION.gif": ["creation"],
        "MVIMG_20210101_101112.jpg": ["motion"],
        "kept.jpg": ["archived"],
        f"{LONG}(1).jpg": ["screenshot"],
        "old.jpg": ["name withheld"],
        "IMG~2.jpg": [],
    }
    assert {name: row(got, name)["flags"] for name in flags} == flags


def test_albums_are_united_and_titled_as_their_owner_did(got: Ingested) -> None:
    assert row(got, "old.jpg").albums == ['"Esquadern" 2020']
    assert row(got, "alone.jpg").albums == ['"Esquadern" 2020']
    assert row(got, "new.jpg").albums == ["Fête!"]
    assert row(got, "old.jpg").people == ["Alma"]
    assert row(got, "new.jpg").favourite


def test_times_say_where_they_are_from(got: Ingested) -> None:
    def time(name: str) -> tuple:
        one = row(got, name)
        both = [None if pd.isna(t) else t.to_pydatetime() for t in (one.taken_utc, one.taken_local)]
        return *both, one.tz_source, one.time_source

    taken = datetime.fromtimestamp(TAKEN, UTC)
    assert time("old.jpg") == (taken, None, "unknown", "sidecar")
    assert time("placed.jpg") == (taken, datetime(2020, 9, 20, 12, 12, 7), "position", "sidecar")
    noon = datetime(2021, 6, 1, 12)
    assert time("zoned.jpg") == (datetime(2021, 6, 1, 10, tzinfo=UTC), noon, "exif", "exif")
    assert time("IMG_20190305_070809.jpg") == (
        None,
        datetime(2019, 3, 5, 7, 8, 9),
        "unknown",
        "name",
    )
    assert time("nameless.jpg") == (None, datetime(2021, 1, 1), "unknown", "folder's year")


def test_nothing_that_is_denied_is_shown(got: Ingested) -> None:
    shown = got.photos.to_csv() + got.reconciliation.to_csv()
    for secret in ("karl", "Karl", "Private", "secret"):
        assert secret not in shown
    withheld = got.reconciliation[got.reconciliation.path == WITHHELD]
    assert withheld.photo_id.isna().all()
