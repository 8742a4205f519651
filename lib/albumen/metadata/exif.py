"""What EXIF (2.32, with the tags of Windows) says of a photo: time, position, words, rating."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from albumen.metadata.fields import (
    described,
    position,
    programs,
    read_moment,
    read_offset,
    stars,
    stars_of_percent,
)
from albumen.metadata.labels import YEARS, Labels, Position, clean
from albumen.metadata.tags import sort_tags

RATING, RATING_PERCENT = 0x4746, 0x4749  # of Windows
CHARSETS = {b"ASCII": "utf-8", b"UNICODE": "utf-16", b"JIS": "iso2022_jp", b"": "utf-8"}
CHARSET_BYTES = 8  # at the start of a user comment
ZONES = timedelta(hours=-12), timedelta(hours=14)  # the furthest from UTC that clocks are set
STEP = timedelta(minutes=15)  # of which all zones' offsets are multiples
SLACK = timedelta(minutes=1)  # by which a camera's clock and its last GPS fix may differ
WANTED = {
    IFD.Exif: (
        *(Base.DateTimeOriginal, Base.OffsetTimeOriginal, Base.DateTimeDigitized),
        *(Base.OffsetTimeDigitized, Base.OffsetTime, Base.UserComment),
    ),
    IFD.GPSInfo: (
        *(GPS.GPSLatitude, GPS.GPSLatitudeRef, GPS.GPSLongitude, GPS.GPSLongitudeRef),
        *(GPS.GPSDateStamp, GPS.GPSTimeStamp),
    ),
}
SCREENSHOT = "Screenshot"  # the user comment of a screenshot on iOS


def read_exif(exif: Image.Exif) -> Labels:
    """What EXIF says of a photo; what is missing, malformed or a camera's filling is silence."""
    taken, gps = _directory(exif, IFD.Exif), _directory(exif, IFD.GPSInfo)
    comment = _comment(taken.get(Base.UserComment))
    words = (
        _text(exif.get(Base.ImageDescription)),
        _wide(exif.get(Base.XPComment)),
        _wide(exif.get(Base.XPSubject)),
        "" if comment == SCREENSHOT else comment,
    )
    rating = stars(exif.get(RATING))
    tags = sort_tags(_wide(exif.get(Base.XPKeywords)).split(";"))
    return tags._replace(
        title=described(_wide(exif.get(Base.XPTitle))),
        description=next(filter(None, map(described, words)), ""),
        positions=_positions(gps),
        rating=stars_of_percent(exif.get(RATING_PERCENT)) if rating is None else rating,
        flags=frozenset({"screenshot"} if comment == SCREENSHOT else ()),
        made_by=programs([_text(exif.get(Base.Software))]),
        **_time(exif, taken, gps),
    )


def _directory(exif: Image.Exif, ifd: int) -> Mapping[int, Any]:
    """The WANTED tags of a directory below the first.

    `Exif.get_ifd` decodes all tags, which takes longer than all else that is read of EXIF.
    """
    offset = exif.get(ifd)
    if not isinstance(offset, int):
        return {}
    directory = ImageFileDirectory_v2(exif.head, group=ifd)
    exif.fp.seek(offset)
    directory.load(exif.fp)
    values = {tag: directory[tag] for tag in WANTED[ifd] if tag in directory}
    single = {tag for tag, value in values.items() if isinstance(value, tuple) and len(value) == 1}
    return values | {tag: values[tag][0] for tag in single}


def _time(exif: Mapping[int, Any], taken: Mapping[int, Any], gps: Mapping[int, Any]) -> dict:
    """The camera's clock and its offset from UTC; without a clock, the time by GPS.

    Base.DateTime is when the file was last changed: it stands for the clock only where a camera,
    which names its make, gave no other time; an editor or a scanner would have set it later.
    """
    given = [
        (taken.get(Base.DateTimeOriginal), taken.get(Base.OffsetTimeOriginal)),
        (taken.get(Base.DateTimeDigitized), taken.get(Base.OffsetTimeDigitized)),
    ]
    if exif.get(Base.Make):
        given.append((exif.get(Base.DateTime), None))
    by_gps = _by_gps(gps)
    for clock, offset in given:
        local, within = read_moment(clock)
        if local:
            zones = (
                *(read_offset(offset), read_offset(taken.get(Base.OffsetTime)), within),
                _zone_between(local, by_gps),
            )
            zone = next((zone for zone in zones if zone is not None), None)
            return {"taken_local": local, "offset": zone, "time_source": "exif"}
    return {"taken_utc": by_gps, "time_source": "exif"} if by_gps else {}


def _by_gps(gps: Mapping[int, Any]) -> datetime | None:
    try:
        day, _ = read_moment(_text(gps.get(GPS.GPSDateStamp)))
        hours, minutes, seconds = (float(part) for part in gps[GPS.GPSTimeStamp])
        time = timedelta(hours=hours, minutes=minutes, seconds=round(seconds))
        return day.replace(tzinfo=UTC) + time if day and day.year in YEARS else None
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _zone_between(local: datetime, utc: datetime | None) -> timedelta | None:
    """The offset that a clock was set to, if its difference from UTC is one that clocks have.

    Another difference says that the GPS fix was old, or the clock wrong.
    """
    if utc is None:
        return None
    difference = local.replace(tzinfo=UTC) - utc
    offset = round(difference / STEP) * STEP
    near = abs(difference - offset) <= SLACK
    return offset if near and ZONES[0] <= offset <= ZONES[1] else None


def _positions(gps: Mapping[int, Any]) -> tuple[Position, ...]:
    try:
        lat = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "W")
        found = position(lat, lon)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return ()
    return (found,) if found else ()


def _degrees(value: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if str(reference).upper().startswith(negative) else size


def _text(value: Any) -> str:
    """Text up to its first zero; Pillow reads it as Latin-1, while most programs write UTF-8."""
    if not isinstance(value, str):
        return ""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return clean(value.partition("\0")[0])


def _wide(value: Any) -> str:
    """Text of Windows' tags, which are bytes of UTF-16."""
    return clean(value.decode("utf-16-le", "replace")) if isinstance(value, bytes) else ""


def _comment(value: Any) -> str:
    """A user comment, in the character set that its start names."""
    if not isinstance(value, bytes):
        return ""
    charset = CHARSETS.get(value[:CHARSET_BYTES].strip(b"\0 ").upper())
    body = value[CHARSET_BYTES:]
    if charset == "utf-16":  # in either byte order: the zeros of Latin letters tell which
        charset = "utf-16-be" if body[::2].count(0) > body[1::2].count(0) else "utf-16-le"
    return clean(body.decode(charset, "replace")) if charset else ""
