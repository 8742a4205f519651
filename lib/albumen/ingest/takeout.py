"""Google Photos Takeout: what a sidecar and a folder say of a photo.

Every key of a sidecar may be missing or of another type than expected; what makes no sense counts
as missing.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from albumen.ingest.contents import text

Folder = tuple[str, ...]

YEARS = range(1800, 2200)  # in which photos are taken
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ARCHIVE = {"archive", "archiv", "archives", "archivio", "archivo", "arquivo", "archief", "archiwum"}
TRASH = {
    *("trash", "bin", "papierkorb", "corbeille", "cestino", "papelera", "lixeira", "lixo"),
    *("prullenbak", "kosz", "papperskorg", "papirkurv", "roskakori", "koš", "ゴミ箱", "回收站"),
}
LOCKED = {
    *("locked folder", "gesperrter ordner", "dossier verrouillé", "cartella bloccata"),
    *("carpeta con contraseña", "carpeta privada", "pasta trancada", "pasta com senha"),
    *("vergrendelde map", "folder zablokowany", "låst mapp", "ロックされたフォルダ"),
}


class Labels(NamedTuple):
    """What is known of a photo from beside it."""

    title: str = ""
    description: str = ""
    taken_utc: datetime | None = None
    position: tuple[float, float] | None = None  # latitude, longitude in degrees
    people: tuple[str, ...] = ()
    favourite: bool = False
    flags: frozenset[str] = frozenset()  # archived, trashed, locked, partner, creation


def read_labels(data: Mapping[str, Any]) -> Labels:
    """The labels in a sidecar's JSON."""
    origin = _dict(data.get("googlePhotosOrigin"))
    flags = {flag for flag in ("archived", "trashed") if data.get(flag) is True}
    flags |= {"locked"} if data.get("inLockedFolder") is True else set()
    flags |= {"partner"} if "fromPartnerSharing" in origin else set()
    flags |= {"creation"} if "composition" in origin else set()
    people = data.get("people")
    names = [text(_dict(one).get("name")) for one in people] if isinstance(people, list) else []
    return Labels(
        title=text(data.get("title")),
        description=text(data.get("description")),
        taken_utc=_time(_dict(data.get("photoTakenTime")).get("timestamp")),
        position=_position(data.get("geoData")) or _position(data.get("geoDataExif")),
        people=tuple(dict.fromkeys(name for name in names if name.strip())),
        favourite=data.get("favorited") is True,
        flags=frozenset(flags),
    )


def folder_flags(folder: Folder) -> frozenset[str]:
    """What a folder's own name says of its photos, in the languages that are known."""
    name = folder[-1].casefold() if folder else ""
    kinds = (("archived", ARCHIVE), ("trashed", TRASH), ("locked", LOCKED))
    return frozenset(flag for flag, names in kinds if name in names)


def folder_albums(folder: Folder, titles: Mapping[Folder, set[str]]) -> tuple[str, ...]:
    """The albums that a folder stands for.

    `titles`: the titles in each folder's album JSON, empty for an untitled album. Without such a
    JSON (it may be in a part that is missing or broken) the folder's name is the title, unless it
    is a year's folder, a special one or one of the folders above the albums.
    """
    if folder in titles:
        return tuple(sorted(titles[folder]))
    if not folder or folder_flags(folder) or _is_year(folder[-1]) or _is_above(folder[-1]):
        return ()
    return (folder[-1],)


def _is_year(name: str) -> bool:
    """Whether it reads like "Photos from 2021", which is localised: ends or starts with a year."""
    digits = "".join(char if char.isdigit() else " " for char in name).split()
    return len(digits) == 1 and len(digits[0]) == 4 and digits[0][:2] in ("18", "19", "20")


def _is_above(name: str) -> bool:
    return name.casefold() == "takeout" or name.casefold().startswith("google ")


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _time(value: Any) -> datetime | None:
    """Seconds since 1970, before it negative; "" and 0 mean unknown."""
    try:
        taken = EPOCH + timedelta(seconds=int(value))
        return taken if taken != EPOCH and taken.year in YEARS else None
    except (TypeError, ValueError, OverflowError):
        return None


def _position(value: Any) -> tuple[float, float] | None:
    try:
        lat, lon = float(_dict(value)["latitude"]), float(_dict(value)["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return valid_position(lat, lon)


def valid_position(lat: float, lon: float) -> tuple[float, float] | None:
    """The position unless it is none: (0, 0), or off the globe."""
    if not (math.isfinite(lat) and math.isfinite(lon)) or (lat, lon) == (0, 0):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None
