"""When a photo was taken: what names of files and folders tell, and which zone joins UTC and local.

The zone of a position is the one that tzfpy's map gives, with the rules of the IANA database. The
map is simplified: within a few kilometres of a border it may give the neighbour's zone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzfpy import get_tz

from albumen.metadata.labels import EPOCH, YEARS, Labels, Position

NAME_YEARS = range(1990, 2100)  # of which cameras write names; other digits are ids
ZONES = timedelta(hours=-12), timedelta(hours=14)  # the furthest from UTC that clocks are set
STEP = timedelta(minutes=15)  # of which all zones' offsets are multiples today
SLACK = timedelta(minutes=1)  # by which two records of one moment differ, at most

DAY = r"(?<!\d)(?P<day>\d{4}([-_.]?)\d{2}\2\d{2})"
CLOCK = r"(?P<clock>\d{2}([-_. :]?)\d{2}\4\d{2})(?:[-.]?(?P<ms>\d{3}))?(?!\d)"
AT = r"\s(?:[^\d\s]{1,8}\s){0,3}"  # "at", "um", "a las", "à", in brackets of spaces
SPOKEN = r"(?P<clock>\d{1,2}([-.:])\d{2}\4\d{2})(?!\d)(?:\s?(?P<half>[AP]M))?"

PHOTOS = (  # the word for photos as Takeout's folders of a year begin with it
    "photos|fotos|foto|foto['\u2019_]s|foton|bilder|billeder|zdjęcia|fotky|fotografie|fotografii|"
    "fényképek|kuvat|valokuvat|фото|фотографии|фотографії|φωτογραφίες"
)
OF = "from|von|aus|de|del|da|dal|van|uit|från|fra|z|ze|din|-|vuodelta|за|от|από"
OF_A_YEAR = r"\s?年の(?:写真|フォト)|年的[照相]片|년의?\s사진|\syılına ait fotoğraflar"  # noqa: RUF001
YEAR_FOLDER = re.compile(rf"(?:(?:{PHOTOS}) (?:{OF}) )?(\d{{4}})(?:{OF_A_YEAR})?", re.IGNORECASE)


class Pattern(NamedTuple):
    """How one family of names writes a moment."""

    form: re.Pattern[str]
    read: Callable[[re.Match[str]], datetime | None]
    utc: bool = False


def time_in_name(name: str) -> Labels:
    """The time that a file's name tells, as Labels without anything else.

    Phones write the local time, Pixel phones and OneDrive UTC, and some programs milliseconds
    since 1970. A day alone gives its midnight. Digits that are no moment of NAME_YEARS are ids.
    """
    if name.lower().startswith("received_"):  # by Facebook's messenger: only an id follows
        return Labels()
    for form, read, utc in PATTERNS:
        taken = next((taken for found in form.finditer(name) if (taken := read(found))), None)
        if taken is None:
            continue
        if utc:
            return Labels(taken_utc=taken.replace(tzinfo=UTC), time_source="name")
        return Labels(taken_local=taken, time_source="name")
    days = (_moment(found["day"], "000000") for found in re.finditer(DAY + r"(?!\d)", name))
    day = next((day for day in days if day), None)
    return Labels(taken_local=day, time_source="day in name") if day else Labels()


def year_of_folder(name: str) -> int | None:
    """The year of a folder: "2021", or "Photos from 2021" in the languages that are known."""
    found = YEAR_FOLDER.fullmatch(name)
    return int(found[1]) if found and int(found[1]) in YEARS else None


def settle(labels: Labels) -> tuple[datetime | None, datetime | None, str]:
    """UTC, local time without a zone, and what tells the zone: exif, position or unknown.

    With an offset, UTC counts more than the local time, since the owner may have corrected it.
    Without one, a UTC and a local time tell the offset themselves if their difference is one that
    clocks are set to; if it is not, the local time is the older word, and dropped. Else the zone
    is that of the first position. An hour that daylight saving time repeats is taken for the
    first of the two, and one that it skips as if the clock had not been set yet.
    """
    utc, local, offset = labels.taken_utc, labels.taken_local, labels.offset
    if utc is None and local is None:
        return None, None, "unknown"
    if utc is None and offset is not None:
        utc = (local - offset).replace(tzinfo=UTC)
    if utc is not None and offset is not None:
        return utc, (utc + offset).replace(tzinfo=None), "exif"
    if utc is not None and local is not None:
        if _is_zone(local.replace(tzinfo=UTC) - utc):
            return utc, local, "exif"
        local = None
    zone = _zone(labels.positions[0]) if labels.positions else None
    if zone is None:
        return utc, local, "unknown"
    if utc is None:
        return local.replace(tzinfo=zone, fold=0).astimezone(UTC), local, "position"
    return utc, utc.astimezone(zone).replace(tzinfo=None, fold=0), "position"


def _is_zone(difference: timedelta) -> bool:
    nearest = round(difference / STEP) * STEP
    return ZONES[0] <= nearest <= ZONES[1] and abs(difference - nearest) <= SLACK


def _zone(position: Position) -> ZoneInfo | None:
    lat, lon = position
    return _rules(get_tz(lon, lat))


@cache
def _rules(name: str) -> ZoneInfo | None:
    """The rules of a zone; None for one that the IANA database here does not know."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _moment(day: str, clock: str, ms: str | None = None) -> datetime | None:
    """A moment of NAME_YEARS from digits and whatever lies between; None if it is none."""
    digits = re.sub(r"\D", "", day) + re.sub(r"\D", "", clock) + (ms or "000")
    try:
        taken = datetime.strptime(f"{digits}000", "%Y%m%d%H%M%S%f")
    except ValueError:
        return None
    return taken if taken.year in NAME_YEARS else None


def _digits(found: re.Match[str]) -> datetime | None:
    return _moment(found["day"], found["clock"], found["ms"])


def _spoken(found: re.Match[str]) -> datetime | None:
    hour, minute, second = (int(part) for part in re.findall(r"\d+", found["clock"]))
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "PM" else 0)
    return _moment(found["day"], f"{hour:02}{minute:02}{second:02}")


def _epoch(found: re.Match[str]) -> datetime | None:
    taken = EPOCH + timedelta(milliseconds=int(found["ms"]))
    return taken.replace(tzinfo=None)


PATTERNS = (  # the most particular first
    Pattern(re.compile(rf"(?<![^\W_])PXL_{DAY}_{CLOCK}"), _digits, utc=True),
    Pattern(re.compile(rf"{DAY}_{CLOCK}_iOS(?![^\W_])"), _digits, utc=True),  # OneDrive
    Pattern(re.compile(rf"{DAY}[ _T-]{{0,3}}{CLOCK}"), _digits),
    Pattern(re.compile(DAY + AT + SPOKEN), _spoken),
    # 13 digits from 2001 to 2033, at the end of a prefix of letters: FB_IMG_, mmexport, none
    Pattern(re.compile(r"^[^\W\d]*(?P<ms>1\d{12})(?!\d)"), _epoch, utc=True),
)
