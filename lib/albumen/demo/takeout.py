"""Write a Google Photos Takeout export: year and album folders, sidecars, two zip parts.

Byte for byte the same for the same photos: nothing is compressed (photos are already, and what a
compressor makes differs with its version), members are in order and bear one date.
"""

import json
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from albumen.errors import AlbumenError
from albumen.tables import whole_file

ROOT = "Takeout/Google Photos"
SIDECAR = ".supplemental-metadata"
CLIP = 46  # characters of a sidecar's stem that the exporter keeps
FORBIDDEN = str.maketrans(dict.fromkeys('"*/:<>?\\|', "_"))  # in an album's folder name
APART = 7  # every so many sidecars lie in the other part than their photo
BOOLEANS = {"favourite": "favorited", "archived": "archived", "trashed": "trashed"}
ACCOUNT_FILES = {
    "print-subscriptions.json": {"subscriptions": []},
    "shared_album_comments.json": {"sharedAlbumComments": []},
    "user-generated-memory-titles.json": {},
}


@dataclass(frozen=True)
class Shot:
    """A photo as the account holds it."""

    name: str
    data: Path | bytes  # its bytes, or the file that holds them
    taken: datetime  # UTC
    album: str = ""
    people: tuple[str, ...] = ()
    position: tuple[float, float] | None = None  # degrees, north and east positive
    traits: tuple[str, ...] = ()
    edited: bytes | None = field(default=None, repr=False)  # its edited copy

    def content(self) -> bytes:
        """The bytes of the file."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()


def write_takeout(shots: list[Shot], folder: Path, owner: str) -> list[Path]:
    """Write the export of `shots` as `folder`/takeout-<owner>-001.zip and -002.zip.

    Raises AlbumenError when two photos of one folder bear one name.
    """
    members: dict[str, bytes | Shot] = {
        f"{ROOT}/{name}": _json(content) for name, content in ACCOUNT_FILES.items()
    }
    for shot in shots:
        files = _members(shot)
        if files.keys() & members.keys():
            raise AlbumenError(f"Library '{owner}': two photos are called {shot.name}.")
        members |= files
    for title in sorted({shot.album for shot in shots if shot.album}):
        members[f"{ROOT}/{title.translate(FORBIDDEN)}/metadata.json"] = _json({"title": title})
    parts = [folder / f"takeout-{owner}-{number:03}.zip" for number in (1, 2)]
    for path, names in zip(parts, _split(members), strict=True):
        _write_zip({name: members[name] for name in names}, path)
    return parts


def _members(shot: Shot) -> dict[str, bytes | Shot]:
    """The files of one photo: the year's copy, the album's copy, a sidecar each."""
    folders = [f"Photos from {shot.taken.year}"]
    if "trashed" in shot.traits:
        folders = ["Trash"]
    if shot.album:
        folders.append(shot.album.translate(FORBIDDEN))
    files: dict[str, bytes | Shot] = {}
    for folder in folders:
        files[f"{ROOT}/{folder}/{shot.name}"] = shot
        files[f"{ROOT}/{folder}/{sidecar_name(shot.name, shot.traits)}"] = _json(sidecar(shot))
        if shot.edited is not None:
            stem, dot, suffix = shot.name.rpartition(".")
            files[f"{ROOT}/{folder}/{stem}-edited{dot}{suffix}"] = shot.edited
    return files


def sidecar_name(name: str, traits: tuple[str, ...] = ()) -> str:
    """The file name of a photo's sidecar, as newer exports or (`older`) older ones build it.

    A counter moves from the photo's stem to the end of the sidecar's, and the stem is clipped.
    """
    stem, _, suffix = name.rpartition(".")
    counter = ""
    if "twin" in traits:
        stem, counter = stem.removesuffix("(1)"), "(1)"
    marked = f"{stem}.{suffix}" + ("" if "older" in traits else SIDECAR)
    return f"{marked[:CLIP]}{counter}.json"


def sidecar(shot: Shot) -> dict:
    """A photo's metadata as the exporter writes it: numbers as text, booleans only when true."""
    lat, lon = shot.position or (0.0, 0.0)
    origin = "fromPartnerSharing" if "partner" in shot.traits else "mobileUpload"
    data = {
        # a counter is the export's, not the photo's
        "title": shot.name.replace("(1)", "") if "twin" in shot.traits else shot.name,
        "description": "",
        "imageViews": "0",
        "creationTime": _time(shot.taken + timedelta(hours=9)),
        "photoTakenTime": _time(shot.taken),
        "geoData": {"latitude": lat, "longitude": lon, "altitude": 0.0},
        "geoDataExif": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
        "googlePhotosOrigin": {origin: {}},
    }
    if shot.people:
        data["people"] = [{"name": name} for name in shot.people]
    data |= {key: True for trait, key in BOOLEANS.items() if trait in shot.traits}
    return data


def _time(moment: datetime) -> dict[str, str]:
    return {
        "timestamp": str(int(moment.timestamp())),
        "formatted": moment.strftime("%d %b %Y, %H:%M:%S UTC"),
    }


def _json(content: dict) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode()


def _split(members: dict[str, bytes | Shot]) -> tuple[list[str], list[str]]:
    """Deal the members to two parts of like size; some sidecars to the other part."""
    sizes = {name: _size(content) for name, content in members.items()}
    half, so_far, sidecars = sum(sizes.values()) / 2, 0, 0
    parts: tuple[list[str], list[str]] = ([], [])
    for name in sorted(members):
        part = int(so_far >= half)
        so_far += sizes[name]
        if name.endswith(".json"):
            sidecars += 1
            part ^= sidecars % APART == 0
        parts[part].append(name)
    return parts


def _size(content: bytes | Shot) -> int:
    if isinstance(content, bytes):
        return len(content)
    return len(content.data) if isinstance(content.data, bytes) else content.data.stat().st_size


def _write_zip(members: dict[str, bytes | Shot], path: Path) -> None:
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16  # the same on every system
            archive.writestr(info, content if isinstance(content, bytes) else content.content())
