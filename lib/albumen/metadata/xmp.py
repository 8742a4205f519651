"""What an XMP packet says of a photo, be it embedded or a sidecar file."""

import re
from collections.abc import Iterator
from datetime import UTC

from albumen.metadata.fields import (
    described,
    number,
    position,
    programs,
    read_moment,
    stars,
    stars_of_percent,
)
from albumen.metadata.labels import Labels, Position
from albumen.metadata.rdf import COMMENT, Fields, Value, read_packet, structures, text, texts
from albumen.metadata.regions import Size, read_regions, upright
from albumen.metadata.tags import MAX_LEVELS, MAX_TAGS, read_tag, sort_tags, tidy

__all__ = ["read_xmp", "upright"]

HIERARCHIES = {  # property -> what stands between levels
    "digiKam:TagsList": "/",
    "lr:hierarchicalSubject": "|",
    "MicrosoftPhoto:LastKeywordXMP": "/",
}
TIMES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")  # of the scene first
PLACES = ("Iptc4xmpCore:Location", "photoshop:City", "photoshop:State", "photoshop:Country")
LOCATIONS = ("Iptc4xmpExt:LocationCreated", "Iptc4xmpExt:LocationShown")
LOCATION = ("Sublocation", "City", "ProvinceState", "CountryName")
OWN = {"digiKam:": "digikam", "MicrosoftPhoto:": "windows", "lr:": "lightroom"}  # by prefix
REJECTED = "1"  # digiKam:PickLabel
DEGREES = re.compile(r"\s*(\d{1,3})(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])\s*")


def read_xmp(packet: bytes, size: Size | None = None) -> Labels:
    """What an XMP packet (ISO 16684-1), or a whole .xmp file, says of its photo.

    Boxes are of the image as stored, before its orientation. `size`: the stored image's width and
    height in pixels, for boxes in pixels; else the packet may tell it. Time and offset are of the
    first that is there of TIMES; one in "Z" tells UTC, not what the camera's clock showed.
    Raises AlbumenError when the packet is no XMP, or larger than any that labels a photo.
    """
    fields = read_packet(packet)
    boxes, named = read_regions(fields, size or _size(fields))
    tags = sort_tags(texts(fields.get("dc:subject")), _paths(fields))
    persons = map(read_tag, texts(fields.get("Iptc4xmpExt:PersonInImage")))
    people = dict.fromkeys((*named, *filter(None, persons), *tags.people))
    labels = Labels(
        title=described(text(fields, "dc:title")),
        description=described(text(fields, "dc:description")),
        positions=_positions(fields),
        people=tuple(people)[:MAX_TAGS],
        keywords=tags.keywords,
        places=tuple(dict.fromkeys((*_places(fields), *tags.places)))[:MAX_TAGS],
        boxes=boxes,
        rating=_rating(fields),
        flags=_flags(fields),
        burst=read_tag(text(fields, "GCamera:BurstID")),
        cover=text(fields, "GCamera:BurstPrimary") == "1",
        made_by=_made_by(fields),
        **_time(fields),
    )
    return tidy(labels)


def _size(fields: Fields) -> Size | None:
    width, height = (number(text(fields, f"exif:Pixel{axis}Dimension")) for axis in "XY")
    return (width, height) if width > 0 and height > 0 else None


def _paths(fields: Fields) -> Iterator[list[str]]:
    for name, between in HIERARCHIES.items():
        yield from (path.split(between, MAX_LEVELS) for path in texts(fields.get(name)))
    for keywords in structures(fields.get("mwg-kw:Keywords")):
        yield from _branches(keywords.get("mwg-kw:Hierarchy"), [])


def _branches(nodes: Value, above: list[str]) -> Iterator[list[str]]:
    """The paths from the root to every node of MWG's nested keywords."""
    for node in structures(nodes):
        path = [*above, text(node, "mwg-kw:Keyword")]
        yield path
        yield from _branches(node.get("mwg-kw:Children"), path)


def _time(fields: Fields) -> dict[str, object]:
    for name in TIMES:
        written = text(fields, name)
        taken, offset = read_moment(written)
        if taken and written.rstrip().endswith("Z"):
            return {"taken_utc": taken.replace(tzinfo=UTC), "time_source": "xmp"}
        if taken:
            return {"taken_local": taken, "offset": offset, "time_source": "xmp"}
    return {}


def _positions(fields: Fields) -> tuple[Position, ...]:
    lat, lon = (_degrees(text(fields, f"exif:GPS{axis}")) for axis in ("Latitude", "Longitude"))
    found = None if lat is None or lon is None else position(lat, lon)
    return (found,) if found else ()


def _degrees(value: str) -> float | None:
    """Degrees from "48,12.5N" or "48,12,30N"."""
    found = DEGREES.fullmatch(value)
    if not found:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in found.groups()[:3])
    size = degrees + minutes / 60 + seconds / 3600
    return -size if found[4] in "SW" else size


def _places(fields: Fields) -> tuple[str, ...]:
    shown = [text(fields, name) for name in PLACES]
    for name in LOCATIONS:
        for location in structures(fields.get(name)):
            shown += (text(location, f"Iptc4xmpExt:{part}") for part in LOCATION)
    return tuple(dict.fromkeys(filter(None, map(read_tag, shown))))


def _rating(fields: Fields) -> int | None:
    if text(fields, "digiKam:PickLabel") == REJECTED:
        return -1
    given = stars(text(fields, "xmp:Rating"))
    return stars_of_percent(text(fields, "MicrosoftPhoto:Rating")) if given is None else given


def _flags(fields: Fields) -> frozenset[str]:
    motion = "1" in (text(fields, "GCamera:MotionPhoto"), text(fields, "GCamera:MicroVideo"))
    return frozenset({"motion"} if motion else ())


def _made_by(fields: Fields) -> tuple[str, ...]:
    """The programs that name themselves; else the one whose own properties are there."""
    named = programs(text(fields, key) for key in ("xmp:CreatorTool", "x:xmptk", COMMENT))
    owned = (name for prefix, name in OWN.items() if any(key.startswith(prefix) for key in fields))
    return named or tuple(owned)[:1]
