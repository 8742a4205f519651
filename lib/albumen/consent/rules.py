"""Consent as a record, and which photos of a table it allows: no file and no pixel is read."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from albumen.consent.words import key, keys, levels, words_of
from albumen.images import MEMBER
from albumen.tables import TIME_SOURCES

NAME_WITHHELD = "name withheld"  # flag of a photo that shows somebody who may not be named
ID_PREFIX = 12  # a photo may be given by this many characters of its id, as shown to users
NOT_IN_ALBUM, NOT_IN_DATES = "in no allowed album", "outside the allowed dates"
NOT_ALLOWED = (NOT_IN_ALBUM, NOT_IN_DATES)  # reasons of what is merely not allowed, not denied
EARTH = 6371.0088  # mean radius, km (IUGG)
ZONES = timedelta(hours=-12), timedelta(hours=14)  # the furthest local times from UTC


class Circle(NamedTuple):
    """A place on the map; its edge belongs to it."""

    lat: float  # of the centre, degrees, north positive
    lon: float  # degrees, east positive
    km: float  # radius


class DateRange(NamedTuple):
    """Days, both ends included; None: open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class PersonConsent:
    """What is allowed with one person or pet."""

    relation: str = ""  # to the owner, whose own is "me"
    kind: str = "person"  # person, pet
    profile: bool = False  # may be named, counted and recognised
    generate: bool = False  # may be depicted


@dataclass(frozen=True)
class Consent:
    """One owner's consent. Names and titles are compared without regard to case."""

    owner: str
    albums: tuple[str, ...] | None = None  # None: all
    deny_people: frozenset[str] = frozenset()
    deny_albums: frozenset[str] = frozenset()
    deny_photos: frozenset[str] = frozenset()  # photo ids or file names
    people: dict[str, PersonConsent] = field(default_factory=dict)  # the owner included
    minors: frozenset[str] = frozenset()
    dates: tuple[DateRange, ...] | None = None  # None: all, undated photos too
    photos: frozenset[str] = frozenset()  # ids or file names, whatever album and date
    deny_labels: frozenset[str] = frozenset()
    deny_places: frozenset[str | Circle] = frozenset()
    given: bool = True  # False: revoked as a whole


def decide(photos: pd.DataFrame, consent: Consent) -> pd.Series:
    """Why each photo of a PHOTOS table may not be used, in words without names; "" if it may.

    A denied person or minor counts as shown where the owner named them, and where a title, file
    name, description, keyword, album title or place's name holds their name as a word; a denied
    place's name is looked for in the same texts. A denied label is borne by a photo that has it as
    a keyword, album title, place or person, or as a level of one; a label of several levels needs
    all of them. In doubt the photo goes.

    A photo must be in an allowed album and, for certain, within one allowed range of dates by its
    local day; where only UTC, a day or a year is known, by every day that it may have been. Or it
    is listed itself. A denial wins over both.

    A file name is that of the copy in the table; ingest judges all copies of a photo together. A
    column `positions`, a list of (lat, lon) of all copies, is optional.
    """
    denied_people, minors = keys(consent.deny_people), keys(consent.minors)
    denied_albums, denied_photos = keys(consent.deny_albums), keys(consent.deny_photos)
    denied_labels = [levels(label) for label in consent.deny_labels]
    circles = [place for place in consent.deny_places if isinstance(place, Circle)]
    names_person = cache(words_of([*consent.deny_people, *consent.minors]).found_in)
    places = [place for place in consent.deny_places if isinstance(place, str)]
    names_place = cache(words_of(places).found_in)  # a library repeats its keywords and titles
    allowed_albums = None if consent.albums is None else keys(consent.albums)
    allowed_photos = keys(consent.photos)

    def reason(photo: Any) -> str:
        if not consent.given:
            return "the library is denied"
        file = file_name(photo.path)
        labels = (*photo.keywords, *photo.albums, *photo.places)
        texts = (photo.title, file, photo.description, *labels)
        if _is_listed(photo.photo_id, [file, photo.title], denied_photos):
            return "the photo is denied"
        albums, shown = keys(photo.albums), keys(photo.people)
        if albums & denied_albums:
            return "in a denied album"
        if shown & denied_people:
            return "shows a person who is denied"
        if shown & minors:
            return "shows a minor"
        if any(map(names_person, texts)):
            return "its text names a person who is denied"
        if denied_labels:
            tags = frozenset().union(*map(levels, (*labels, *photo.people)))
            if any(label <= tags for label in denied_labels):
                return "bears a denied label"
        if any(map(names_place, texts)) or _is_within(circles, photo):
            return "in a denied place"
        if _is_listed(photo.photo_id, [file], allowed_photos):
            return ""
        if allowed_albums is not None and not albums & allowed_albums:
            return NOT_IN_ALBUM
        if consent.dates is not None and not _is_during(consent.dates, photo):
            return NOT_IN_DATES
        return ""

    reasons = [reason(photo) for photo in photos.itertuples(index=False)]
    return pd.Series(reasons, index=photos.index, dtype=object)


def filter_photos(
    photos: pd.DataFrame, consent: Consent, names: Iterable[str] = ()
) -> pd.DataFrame:
    """The photos that `decide` allows, without what consent does not allow of the rest.

    From `people` and the boxes in `faces` go the names that are not allowed in the profile, from
    `albums` the titles that are not allowed; those names go from keywords, places, titles and
    descriptions, too. A box stays without its name, so that it gets nobody else's. Names that stay
    are spelt as in the consent file. A photo that lost a name gets the flag NAME_WITHHELD: somebody
    else is in it, so that its one face need not be the one name's. `names`: of everybody whom the
    library names, where `photos` are a part of it.
    """
    known = {key(name): name for name, entry in consent.people.items() if entry.profile}
    titles = None if consent.albums is None else keys(consent.albums)
    kept = photos[decide(photos, consent) == ""].reset_index(drop=True)
    named = {name for people in photos.people for name in people} | {*consent.people, *names}
    hidden = words_of(sorted(name for name in named if key(name) not in known))
    cleaned = cache(hidden.hidden_in)

    def without_names(words: Iterable[str]) -> list[str]:
        return [word for word in words if cleaned(word) == word]

    def lost_name(people: list[str], boxes: list[dict]) -> bool:
        names = {*people, *(box["name"] for box in boxes)} - {""}
        return any(key(name) not in known for name in names)

    return kept.assign(
        flags=[
            sorted({*flags, NAME_WITHHELD}) if lost_name(people, boxes) else flags
            for flags, people, boxes in zip(kept["flags"], kept.people, kept.faces, strict=True)
        ],
        people=[
            [known[key(name)] for name in people if key(name) in known] for people in kept.people
        ],
        faces=[
            [box | {"name": known.get(key(box["name"]), "")} for box in boxes]
            for boxes in kept.faces
        ],
        albums=[
            [title for title in albums if titles is None or key(title) in titles]
            for albums in kept.albums
        ],
        keywords=[without_names(words) for words in kept.keywords],
        places=[without_names(words) for words in kept.places],
        title=[cleaned(title) for title in kept.title],
        description=[cleaned(text) for text in kept.description],
    )


def file_name(path: str) -> str:
    """The last part of a photo's path, in or out of an archive."""
    return path.rpartition(MEMBER)[2].rpartition("/")[2]


def _is_listed(photo_id: str, names: list[str], listed: set[str]) -> bool:
    """Whether one of the names, the id or a long enough beginning of it is listed."""
    return bool(listed) and (
        not listed.isdisjoint([photo_id, *map(key, names)])
        or any(len(one) >= ID_PREFIX and photo_id.startswith(one) for one in listed)
    )


def _is_within(circles: list[Circle], photo: Any) -> bool:
    """Whether one of the photo's positions is in one of the circles."""
    if not circles:
        return False
    positions = list(getattr(photo, "positions", ()))
    if not pd.isna(photo.lat) and not pd.isna(photo.lon):
        positions.append((photo.lat, photo.lon))
    return any(
        _distance(lat, lon, circle.lat, circle.lon) <= circle.km
        for lat, lon in positions
        for circle in circles
    )


def _distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in km of two positions in degrees, by the haversine formula."""
    lat1, lon1, lat2, lon2 = map(math.radians, (lat1, lon1, lat2, lon2))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def _is_during(ranges: tuple[DateRange, ...], photo: Any) -> bool:
    """Whether all days on which the photo may have been taken are in one of the ranges."""
    local, utc = photo.taken_local, photo.taken_utc
    if pd.isna(local) and pd.isna(utc):
        return False
    days = (utc + zone for zone in ZONES) if pd.isna(local) else (local, local)
    first, last = (day.date() for day in days)
    if TIME_SOURCES.get(photo.time_source) not in ("time", "day"):
        first, last = date(first.year, 1, 1), date(last.year, 12, 31)
    return any(
        (one.first is None or one.first <= first) and (one.last is None or last <= one.last)
        for one in ranges
    )
