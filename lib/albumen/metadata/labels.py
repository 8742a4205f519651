"""What is known of a photo from one place: its own header, its sidecar, an index, its name.

Every source of labels fills the same record; `combine` makes one of several, the most trusted
first. A record is plain data that goes through JSON, since workers hand it over in files.
"""

import json
import math
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

YEARS = range(1800, 2200)  # in which photos are taken
MAX_OFFSET = timedelta(hours=14)  # of a local time from UTC, either way (Kiribati)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Position = tuple[float, float]  # latitude, longitude in degrees, WGS 84


class Box(NamedTuple):
    """A rectangle that metadata names, in fractions of the upright photo."""

    x: float  # left edge, 0..1
    y: float  # top edge, 0..1
    w: float
    h: float
    name: str = ""  # "" where the metadata gives none
    kind: str = "face"  # face, pet, other


class Labels(NamedTuple):
    """What one source says of a photo; empty fields are silence, not denial."""

    title: str = ""
    description: str = ""
    taken_utc: datetime | None = None
    taken_local: datetime | None = None  # the camera's clock, no zone
    offset: timedelta | None = None  # of local time from UTC
    time_source: str = ""  # of tables.TIME_SOURCES
    positions: tuple[Position, ...] = ()  # the most trusted first; consent looks at all
    people: tuple[str, ...] = ()  # names, pets' included
    keywords: tuple[str, ...] = ()  # every level of a hierarchy is one
    places: tuple[str, ...] = ()  # names of places, not positions
    boxes: tuple[Box, ...] = ()
    rating: int | None = None  # -1 rejected, 0..5 stars
    favourite: bool = False
    flags: frozenset[str] = frozenset()  # archived, creation, edited, motion, screenshot, ...
    burst: str = ""  # id that the photos of one burst share
    cover: bool = False  # the photo that stands for its burst
    made_by: tuple[str, ...] = ()  # programs that wrote this: digikam, lightroom, osxphotos, ...


def combine(sources: Iterable[Labels]) -> Labels:
    """One record of several, the most trusted first.

    Lists and flags are united; of a single value the first that says something counts. A local
    time and its offset are taken from one source: those of different ones need not agree.
    """
    sources = list(sources) or [Labels()]
    timed = [one for one in sources if one.taken_utc or one.taken_local]
    local = next((one for one in timed if one.taken_local), timed[0] if timed else Labels())
    ratings = [one.rating for one in sources if one.rating is not None]
    united = {
        name: _united([getattr(one, name) for one in sources])
        for name in ("positions", "people", "keywords", "places", "boxes", "made_by")
    }
    return Labels(
        title=next((one.title for one in sources if one.title), ""),
        description=next((one.description for one in sources if one.description), ""),
        taken_utc=next((one.taken_utc for one in timed if one.taken_utc), None),
        taken_local=local.taken_local,
        offset=local.offset,
        time_source=timed[0].time_source if timed else "",
        rating=ratings[0] if ratings else None,
        favourite=any(one.favourite for one in sources),
        flags=frozenset().union(*(one.flags for one in sources)),
        burst=next((one.burst for one in sources if one.burst), ""),
        cover=any(one.cover for one in sources),
        **united,
    )


def names_in(labels: Labels) -> tuple[str, ...]:
    """Everybody whom labels name, in a list or at a box."""
    boxes = tuple(box.name for box in labels.boxes if box.name)
    return tuple(dict.fromkeys((*labels.people, *boxes))) if boxes else labels.people


def _united(values: list[tuple]) -> tuple:
    values = [one for one in values if one]
    return values[0] if len(values) == 1 else tuple(dict.fromkeys(chain.from_iterable(values)))


def clean(value: Any) -> str:
    """Text as NFC that can be stored, without control characters at its ends; "" if it is none."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode("utf-8"))
    return text.strip("\0 \t\r\n")


def valid_position(lat: float, lon: float) -> Position | None:
    """The position unless it is none: (0, 0), or off the globe."""
    if not (math.isfinite(lat) and math.isfinite(lon)) or (lat, lon) == (0, 0):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def from_timestamp(value: Any) -> datetime | None:
    """Seconds since 1970, before it negative; "" and 0 mean unknown."""
    try:
        taken = EPOCH + timedelta(seconds=int(value))
        return taken if taken != EPOCH and taken.year in YEARS else None
    except (TypeError, ValueError, OverflowError):
        return None


def to_text(labels: Labels) -> str:
    """Labels as JSON, without the fields that say nothing."""
    data = {}
    for name, value in labels._asdict().items():
        if value is None or value == "" or value == () or value is False or value == frozenset():
            continue
        if isinstance(value, datetime):
            value = value.replace(tzinfo=None).isoformat()
        elif isinstance(value, timedelta):
            value = value.total_seconds()
        elif isinstance(value, frozenset):
            value = sorted(value)
        data[name] = value
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Labels:
    """The inverse of `to_text`."""
    data = json.loads(text)
    for name in ("taken_utc", "taken_local"):
        if name in data:
            data[name] = datetime.fromisoformat(data[name])
    if "taken_utc" in data:
        data["taken_utc"] = data["taken_utc"].replace(tzinfo=UTC)
    if "offset" in data:
        data["offset"] = timedelta(seconds=data["offset"])
    if "flags" in data:
        data["flags"] = frozenset(data["flags"])
    if "boxes" in data:
        data["boxes"] = tuple(Box(*one) for one in data["boxes"])
    if "positions" in data:
        data["positions"] = tuple((lat, lon) for lat, lon in data["positions"])
    for name in ("people", "keywords", "places", "made_by"):
        if name in data:
            data[name] = tuple(data[name])
    return Labels(**data)
