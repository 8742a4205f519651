"""A generated library in the form of a Google Photos Takeout, and what ingest must make of it."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from albumen.consent import FILE
from albumen.demo.takeout import FORBIDDEN, ROOT, Shot, sidecar, sidecar_name
from bench.photos import ALBUMS, DENIED, OWNER, PEOPLE, Photo, jpeg, picture_of

FILES_A_PART = 1_500  # Takeout parts are 2 GB, a thousand photos and their sidecars
APART = 7  # every so many sidecars lie in the next part

ORIGINAL, EDITED, SIDECAR, ALBUM = "original", "edited", "sidecar", "album"


class Entry(NamedTuple):
    """One file of the library."""

    path: str  # within the export
    kind: str  # original, edited, sidecar, album
    photo: Photo | None = None  # None for an album's JSON
    title: str = ""  # of an album


def entries(photos: list[Photo]) -> Iterator[Entry]:
    """The files of the export, the year folders first; who is in an album is there as well."""
    for photo in photos:
        year = f"Photos from {photo.taken.year}"
        yield from _files(photo, "Trash" if "trashed" in photo.traits else year)
    for title in ALBUMS:
        folder = title.translate(FORBIDDEN)
        yield Entry(f"{ROOT}/{folder}/metadata.json", ALBUM, title=title)
        for photo in photos:
            if photo.album == title and "trashed" not in photo.traits:
                yield from _files(photo, folder)


def _files(photo: Photo, folder: str) -> Iterator[Entry]:
    stem, dot, suffix = photo.name.rpartition(".")
    yield Entry(f"{ROOT}/{folder}/{photo.name}", ORIGINAL, photo)
    if "edited" in photo.traits:
        yield Entry(f"{ROOT}/{folder}/{stem}-edited{dot}{suffix}", EDITED, photo)
    if "bare" not in photo.traits:
        name = sidecar_name(photo.name, tuple(photo.traits))
        yield Entry(f"{ROOT}/{folder}/{name}", SIDECAR, photo)


def deal(files: Iterable[Entry], files_a_part: int) -> list[list[Entry]]:
    """The files of each part: in order, but every so many sidecars wait for the next part."""
    files, sidecars = list(files), 0
    parts: list[list[Entry]] = [[] for _ in range(0, len(files), files_a_part)]
    for at, entry in enumerate(files):
        sidecars += entry.kind == SIDECAR
        late = entry.kind == SIDECAR and sidecars % APART == 0
        parts[min(at // files_a_part + late, len(parts) - 1)].append(entry)
    return parts


def write_library(photos: list[Photo], folder: Path, files_a_part: int) -> Iterator[Path]:
    """Write the export of `photos` and its consent.yaml into `folder`; yields each zip written.

    Members are deflated, as Google's are, at the fastest level: photos do not shrink.
    """
    folder.mkdir(parents=True, exist_ok=True)
    consent = {
        "consent": True,
        "owner": OWNER,
        "people": {name: {"profile": True} for name in PEOPLE},
        "deny": {"people": [DENIED]},
    }
    (folder / FILE).write_text(yaml.safe_dump(consent, allow_unicode=True), encoding="utf-8")
    for number, files in enumerate(deal(entries(photos), files_a_part), 1):
        path = folder / f"takeout-20240101T000000Z-{number:03}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for entry in files:
                info = zipfile.ZipInfo(entry.path, (1980, 1, 1, 0, 0, 0))
                archive.writestr(info, content(entry), zipfile.ZIP_DEFLATED, compresslevel=1)
        yield path


def content(entry: Entry) -> bytes:
    """The bytes of one file."""
    if entry.kind == ALBUM:
        return _json({"title": entry.title})
    photo = entry.photo
    if entry.kind != SIDECAR:
        return jpeg(photo, entry.kind == EDITED)
    shot = Shot(
        name=photo.name,
        data=b"",
        taken=photo.taken,
        people=photo.people,
        position=photo.position,
        traits=tuple(photo.traits),
    )
    return _json(sidecar(shot) | {"description": photo.description})


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, indent=2, ensure_ascii=False).encode()


def expected(photos: Iterable[Photo]) -> dict[str, dict[str, Any]]:
    """What the photos table must say, by the file's name: what is allowed and not in the trash.

    An edited copy stands for its original.
    """
    rows = {}
    for photo in photos:
        if DENIED in photo.people or "trashed" in photo.traits:
            continue
        stem, dot, suffix = photo.name.rpartition(".")
        size = picture_of(photo).width, picture_of(photo).height
        width, height = size[::-1] if photo.orientation in (6, 8) else size
        name = f"{stem}-edited{dot}{suffix}" if "edited" in photo.traits else photo.name
        rows[name] = {
            "taken_utc": photo.taken,
            "position": photo.position,
            "albums": [photo.album] if photo.album else [],
            "people": sorted(photo.people),
            "keywords": sorted({*photo.subjects, *photo.terms}),
            "rating": photo.rating,
            "description": photo.description,
            "favourite": "favourite" in photo.traits and "bare" not in photo.traits,
            "archived": "archived" in photo.traits and "bare" not in photo.traits,
            "matched": "bare" not in photo.traits,
            "size": (width, height),
        }
    return rows
