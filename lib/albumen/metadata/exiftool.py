"""JSON sidecars as `exiftool -j` writes them, with or without groups, and osxphotos in its way.

ExifTool writes a list of one value as that value, and text that reads like a number as one; values
may be raw (-n) or formatted, and regions of faces parallel lists or structures (-struct).
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from albumen.metadata.fields import (
    described,
    position,
    programs,
    read_moment,
    read_offset,
    stars,
    stars_of_percent,
)
from albumen.metadata.labels import Labels, Position, clean
from albumen.metadata.rdf import Fields
from albumen.metadata.regions import read_regions
from albumen.metadata.tags import MAX_TAGS, sort_tags, tidy

Tags = dict[str, list[Any]]  # by name without its group, the values of all groups

SIGNATURE = {"SourceFile", "ExifToolVersion"}
CLAIMED = "12.00"  # the version of ExifTool that osxphotos writes, as text
KEYWORDS = ("Subject", "Keywords")
HIERARCHIES = {"TagsList": "/", "LastKeywordXMP": "/", "HierarchicalSubject": "|"}
TIMES = {"DateTimeOriginal": "OffsetTimeOriginal", "CreateDate": "OffsetTimeDigitized"}
PLACES = (
    *("Location", "Sub-location", "City", "State", "Province-State", "Country"),
    "Country-PrimaryLocationName",
)
PROGRAMS = ("CreatorTool", "Software", "XMPToolkit")
SIDES = ("X", "Y", "W", "H", "Unit")
NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def read_exiftool(data: Any) -> Labels | None:
    """The labels in a JSON sidecar; None if it is nothing that ExifTool or osxphotos wrote.

    A list of several photos is the sidecar of none. Boxes are of the photo as stored, before its
    orientation.
    """
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, dict):
        return None
    tags: Tags = {}
    for key, value in data.items():
        tags.setdefault(key.rpartition(":")[2], []).append(value)
    if not SIGNATURE & tags.keys():
        return None
    taken, offset = _time(tags)
    where = _position(tags)
    boxes, named = read_regions(_regions(tags))
    sorted_tags = sort_tags(
        [text for name in KEYWORDS for text in _texts(tags, name)],
        [text.split(mark) for name, mark in HIERARCHIES.items() for text in _texts(tags, name)],
    )
    people = dict.fromkeys((*named, *_texts(tags, "PersonInImage"), *sorted_tags.people))
    places = [text for name in PLACES for text in _texts(tags, name)]
    labels = Labels(
        title=_first(tags, "Title", "ObjectName"),
        description=described(_first(tags, "Description", "ImageDescription", "Caption-Abstract")),
        taken_local=taken,
        offset=offset,
        time_source="exif" if taken else "",
        positions=(where,) if where else (),
        people=tuple(people)[:MAX_TAGS],
        keywords=sorted_tags.keywords,
        places=tuple(dict.fromkeys((*places, *sorted_tags.places)))[:MAX_TAGS],
        boxes=boxes,
        rating=_rating(tags),
        favourite=_first(tags, "Favorite").casefold() in ("true", "yes", "1"),
        made_by=_made_by(tags),
    )
    return tidy(labels)


def _texts(tags: Tags, name: str) -> Iterator[str]:
    """The texts of a tag, those of all its groups and lists."""
    for value in tags.get(name, ()):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and (text := clean(str(one))):
                yield text


def _first(tags: Tags, *names: str) -> str:
    return next((text for name in names for text in _texts(tags, name)), "")


def _time(tags: Tags) -> tuple[datetime | None, timedelta | None]:
    for name, zone in TIMES.items():
        for text in _texts(tags, name):
            taken, offset = read_moment(text)
            if taken:
                return taken, read_offset(_first(tags, zone)) if offset is None else offset
    return None, None


def _position(tags: Tags) -> Position | None:
    lat, lon = _degrees(tags, "GPSLatitude"), _degrees(tags, "GPSLongitude")
    return None if lat is None or lon is None else position(lat, lon)


def _degrees(tags: Tags, name: str) -> float | None:
    """Degrees of 41.25, -41.25 or `41 deg 15' 0.00" S`, where no sign is given with that of Ref."""
    text = _first(tags, name)
    numbers = NUMBER.findall(text)
    if not 1 <= len(numbers) <= 3:
        return None
    size = sum(float(number) / 60**power for power, number in enumerate(numbers))
    letter = text[-1] if text[-1].isalpha() else _first(tags, f"{name}Ref")[:1]
    return -size if text.startswith("-") or letter.upper() in ("S", "W") else size


def _rating(tags: Tags) -> int | None:
    given = stars(_first(tags, "Rating"))
    return stars_of_percent(_first(tags, "RatingPercent")) if given is None else given


def _made_by(tags: Tags) -> tuple[str, ...]:
    """The programs that name themselves; osxphotos only feigns to be ExifTool."""
    feigned = CLAIMED in tags.get("ExifToolVersion", ())
    if feigned and _first(tags, "FileName") == _first(tags, "SourceFile"):
        return ("osxphotos",)
    return programs(text for name in PROGRAMS for text in _texts(tags, name))


def _regions(tags: Tags) -> Fields:
    """MWG's and Microsoft's regions as the properties of XMP that ExifTool made them of."""
    areas = [
        {f"Area{side}": value for side, value in _dict(region.get("Area")).items()} | region
        for region in _structures(tags, "RegionInfo", "RegionList")
    ]
    areas += _parallel(tags, *(f"Area{side}" for side in SIDES), "Name", "Type")
    people = _structures(tags, "RegionInfoMP", "Regions")
    people += _parallel(tags, "Rectangle", "PersonDisplayName")
    listed = [
        {
            "mwg-rs:Area": {f"stArea:{side.lower()}": _word(one, f"Area{side}") for side in SIDES},
            "mwg-rs:Name": _word(one, "Name"),
            "mwg-rs:Type": _word(one, "Type"),
        }
        for one in areas
    ]
    tagged = [{f"MPReg:{name}": _word(one, name) for name in one} for one in people]
    return {
        "mwg-rs:Regions": {"mwg-rs:RegionList": listed},
        "MP:RegionInfo": {"MPRI:Regions": tagged},
    }


def _structures(tags: Tags, name: str, inner: str) -> list[dict[str, Any]]:
    found = [_dict(info).get(inner) for info in tags.get(name, ())]
    regions = [one for value in found for one in (value if isinstance(value, list) else [value])]
    return [one for one in regions if isinstance(one, dict)]


def _parallel(tags: Tags, *names: str) -> list[dict[str, Any]]:
    """Regions from a list a field; of fields that some regions lack, nobody knows which have it."""
    columns = {name: tags.get(f"Region{name}", [[]])[0] for name in names}
    lists = {name: one if isinstance(one, list) else [one] for name, one in columns.items()}
    count = len(lists[names[0]])
    whole = {name: values for name, values in lists.items() if len(values) == count}
    return [{name: values[at] for name, values in whole.items()} for at in range(count)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str | int | float) else ""
