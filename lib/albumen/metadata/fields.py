"""The forms of values that EXIF, IPTC-IIM and XMP share: times, ratings, descriptions, programs."""

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from albumen.metadata.labels import MAX_OFFSET, YEARS, Position, clean, valid_position

MAX_DESCRIPTION = 10_000  # characters kept; a photo's description has hundreds
DECIMALS = 6  # kept of degrees, a tenth of a metre: one position is then the same in all forms
MOMENT = re.compile(  # of EXIF with colons and a space, of XMP with hyphens and a T (ISO 8601)
    r"\s*(\d{4})([:/.-])(\d\d)\2(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?)?[\s\0]*"
)
ZONE = re.compile(r"\s*([+-])(\d\d):?(\d\d)[\s\0]*")
BOILERPLATE = re.compile(  # what cameras and programs write where the owner wrote nothing
    r"(konica |minolta |olympus |samsung |jenoptik |kodak )*digital (still )?camera"
    r"|sony dsc|samsung( csc| camera pictures?)?|exif_jpeg_picture|dcim[\\/].*|<?digimax .*"
    r"|maker:0x.*|charset=.*|lead technologies.*|ac[dq] systems digital imaging"
    r"|created with (the )?gimp.*|(image ?)?description|user ?comments?|default|untitled"
    r"|cof|rbt|mde|edf|sdr|dav|nor|r?hdr|oz(n|nor)[a-z]*",  # modes of phones' cameras
    re.IGNORECASE,
)
PROGRAMS = {  # what names a program in metadata -> its name here
    "osxphotos": "osxphotos",
    "digikam": "digikam",
    "lightroom": "lightroom",
    "picasa": "picasa",
    "kphotoalbum": "kphotoalbum",
    "exiftool": "exiftool",
    "microsoft": "windows",
    "windows live": "windows",  # not Windows alone: other programs say what they ran on
    "windows photo": "windows",
}


def read_moment(value: Any) -> tuple[datetime | None, timedelta | None]:
    """The moment on the camera's clock and its offset from UTC, each None where not given.

    A day alone is its midnight; a month or a year alone is no moment, nor are zeros or blanks. A
    moment in "Z" has its offset, zero: whether the clock stood there is not for us to know.
    """
    found = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None, None
    year, _, *rest = found.groups(default="0")[:-1]
    try:
        taken = datetime(int(year), *map(int, rest))
    except ValueError:
        return None, None
    zone = found[8]
    return (taken if taken.year in YEARS else None), (
        timedelta(0) if zone == "Z" else read_offset(zone)
    )


def read_offset(value: Any) -> timedelta | None:
    """An offset from UTC such as "+02:00", at most that of Kiribati."""
    found = ZONE.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[3]) > 59:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return (-offset if found[1] == "-" else offset) if offset <= MAX_OFFSET else None


def position(lat: float, lon: float) -> Position | None:
    """The position, rounded to DECIMALS, unless it is none; see `valid_position`."""
    found = valid_position(lat, lon)
    return found and (round(found[0], DECIMALS), round(found[1], DECIMALS))


def number(value: Any) -> float:
    """A number, also from text; NaN where there is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def stars(value: Any) -> int | None:
    """A rating as xmp:Rating and EXIF have it: -1 rejected, 1..5 stars; 0 says nothing.

    Fractions are rounded and values out of range are moved into it (MWG 2.0, 5.5).
    """
    given = number(value)
    return round(min(max(given, -1), 5)) or None if math.isfinite(given) else None


def stars_of_percent(value: Any) -> int | None:
    """A rating as Windows has it, in percent: 1, 25, 50, 75 and 99 are one to five stars."""
    percent = number(value)
    return min(int((percent + 12) // 25 + 1), 5) if 1 <= percent <= 100 else None


def described(value: Any) -> str:
    """A description that a person wrote, cut to MAX_DESCRIPTION; "" where a camera did."""
    text = clean(value)
    return "" if BOILERPLATE.fullmatch(text) else text[:MAX_DESCRIPTION]


def programs(texts: Iterable[str]) -> tuple[str, ...]:
    """The programs, of those known, that `texts` name as the ones that wrote them."""
    text = "\n".join(texts).casefold()
    return tuple(dict.fromkeys(name for word, name in PROGRAMS.items() if word in text))
