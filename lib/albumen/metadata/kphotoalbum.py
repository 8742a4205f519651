"""KPhotoAlbum's index.xml, versions 3 to 11: who, where and what, and where the faces are.

An index lists its categories, then the images with their tags: as elements in the readable form,
as attributes with the tags' ids in the compressed one (see documentation/database-layout.md of the
program). It is read as it streams by; no tree is kept.
"""

import math
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta
from io import BufferedIOBase
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import sax

from albumen.errors import AlbumenError
from albumen.metadata.fields import described, position, read_moment
from albumen.metadata.labels import Box, Labels, clean, combine
from albumen.metadata.regions import upright
from albumen.metadata.tags import MAX_TAGS, tidy

# a category's name as the program translates it, and as old versions had it
PEOPLE = """
    people persons personen personas personnes persone pessoas personer mennesker ihmiset ludzie
    lidé ľudia ljudje emberek oameni gent kişiler люди άνθρωποι 人 人物 الأشخاص
""".casefold().split()
PLACES = """
    places locations orte lugares lieux luoghi locais steder platser plaatsen paikat miejsca místa
    miesta mesta helyek locuri llocs yerler места місця τοποθεσίες 場所 地点 地方 الأمكنة
""".casefold().split()
OWN = {"folder", "media type", "tokens"}  # the program's bookkeeping
ROOTS = ("KPhotoAlbum", "KimDaBa")
IMAGE = {  # attributes of an image that are no categories
    *("file", "label", "description", "startDate", "endDate", "angle", "md5sum", "width", "height"),
    *("rating", "stackId", "stackOrder", "videoLength", "gpsAlt", "gpsLat", "gpsLon", "gpsPrec"),
}
BACK = {0: 1, 90: 8, 180: 3, 270: 6}  # degrees clockwise -> the orientation that turns them back
DAY = timedelta(days=1)
DECIMALS = 6  # of a box's sides


class Category(NamedTuple):
    """A category as the index declares it."""

    kind: str  # people, places, keywords; "" for the program's own
    positionable: bool  # whether its tags may have areas
    values: dict[str, str]  # id -> tag


class Tag(NamedTuple):
    """A tag of an image."""

    kind: str
    value: str
    area: str = ""  # "x y w h", pixels of the image as shown


def read_index(opened: BufferedIOBase, name: str) -> dict[str, Labels]:
    """What an index says of each photo, by the photo's path below the index's folder, NFC.

    Boxes are of the photo as stored, before its EXIF orientation; the program's own are of the
    photo as shown, turned by its `angle`. Tags of People are people, those of Places places, all
    others keywords; groups of tags are not read. A time is exact ("index"), or the beginning of a
    "day in index" or a longer "period in index". Half stars count as stars. Raises AlbumenError
    naming `name` when it is no KPhotoAlbum index, or has a document type.
    """
    index = Index()
    try:
        sax.parse(opened, index, forbid_dtd=True)
    except (SAXException, ValueError, LookupError) as error:  # defusedxml's are ValueErrors
        raise AlbumenError(f"{name} is not an index of KPhotoAlbum: {error}") from error
    return index.photos


class Index(ContentHandler):
    """What the parser calls: collects the categories, then makes an image's labels at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, Labels] = {}
        self.categories: dict[str, Category] = {}  # by name, and by the name of its attribute
        self.within = ""  # the category or the option that is open
        self.image: dict[str, str] | None = None
        self.tags: list[Tag] = []
        self.root = ""

    def startElement(self, name: str, attrs: Any) -> None:
        self.root = self.root or name
        if self.root not in ROOTS:
            raise ValueError(f"it begins with <{name}>, not <{ROOTS[0]}>")
        if name in ("Category", "option"):
            self.within = attrs.get("name", "")
        if name == "Category":
            kind = "" if attrs.get("meta") == "tokens" else _kind(self.within)
            category = Category(kind, attrs.get("positionable") == "1", {})
            self.categories |= {self.within: category, _attribute(self.within): category}
        elif name == "image":
            self.image, self.tags = dict(attrs), []
        elif name == "value" and self.image is not None:
            category = self.categories.get(self.within)
            kind = category.kind if category else _kind(self.within)
            self.tags.append(Tag(kind, clean(attrs.get("value")), attrs.get("area", "")))
        elif name == "value" and self.within in self.categories:
            self.categories[self.within].values[attrs.get("id", "")] = attrs.get("value", "")

    def endElement(self, name: str) -> None:
        if name == "Categories":
            self._find_people()
        if name == "image":
            self._end_image(self.image or {})
            self.image = None

    def _end_image(self, image: Mapping[str, str]) -> None:
        if path := unicodedata.normalize("NFC", image.get("file", "")):
            labels = _labels(image, [*self.tags, *self._compressed(image)])
            self.photos[path] = combine([self.photos.get(path, Labels()), labels])

    def _find_people(self) -> None:
        """Where none has a name that is known here, people are in the categories with areas."""
        if any(category.kind == "people" for category in self.categories.values()):
            return
        for name, category in self.categories.items():
            if category.positionable:
                self.categories[name] = category._replace(kind="people")

    def _compressed(self, image: Mapping[str, str]) -> Iterator[Tag]:
        """The tags in an image's attributes: a category's name and the tags' ids, as "1,7"."""
        for attribute, values in image.items():
            category = None if attribute in IMAGE else self.categories.get(attribute)
            if category:
                for value in values.split(","):
                    yield Tag(category.kind, clean(category.values.get(value, "")))


def _labels(image: Mapping[str, str], tags: list[Tag]) -> Labels:
    label = clean(image.get("label"))
    lat, lon = _number(image.get("gpsLat")), _number(image.get("gpsLon"))
    where = None if lat is None or lon is None else position(lat, lon)
    stack = image.get("stackId", "")
    labels = Labels(
        title="" if label == PurePosixPath(clean(image.get("file"))).stem else label,
        description=described(image.get("description")),
        positions=(where,) if where else (),
        people=_values(tags, "people"),
        keywords=_values(tags, "keywords"),
        places=_values(tags, "places"),
        boxes=tuple(_boxes(image, tags)),
        rating=_stars(image.get("rating")),
        burst=f"stack {stack}" if stack else "",
        cover=image.get("stackOrder") == "1",
        made_by=("kphotoalbum",),
        **_time(image),
    )
    return tidy(labels)


def _values(tags: list[Tag], kind: str) -> tuple[str, ...]:
    found = dict.fromkeys(tag.value for tag in tags if tag.kind == kind and tag.value)
    return tuple(found)[:MAX_TAGS]


def _time(image: Mapping[str, str]) -> dict[str, Any]:
    start, end = (read_moment(image.get(name))[0] for name in ("startDate", "endDate"))
    if start is None:
        return {}
    length = (end or start) - start
    if length >= DAY:
        return {"taken_local": start, "time_source": "period in index"}
    exact = not length and "T" in image["startDate"]
    return {"taken_local": start, "time_source": "index" if exact else "day in index"}


def _boxes(image: Mapping[str, str], tags: list[Tag]) -> Iterator[Box]:
    """The boxes of tags, from pixels of the image as shown to fractions of it as stored."""
    width, height = _number(image.get("width")), _number(image.get("height"))
    back = BACK.get(_number(image.get("angle", "0")))
    if back is None or not width or not height or min(width, height) <= 0:
        return
    for tag in tags:
        sides = [_number(side) for side in tag.area.split()]
        if len(sides) != 4 or None in sides:
            continue
        x, y, w, h = sides
        left, right = (min(max(at / width, 0.0), 1.0) for at in (x, x + w))
        top, bottom = (min(max(at / height, 0.0), 1.0) for at in (y, y + h))
        if left < right and top < bottom:
            kind = "face" if tag.kind == "people" else "other"
            fractions = (round(side, DECIMALS) for side in (left, top, right - left, bottom - top))
            yield from upright([Box(*fractions, name=tag.value, kind=kind)], back)


def _stars(value: str | None) -> int | None:
    """Stars of KPhotoAlbum's half stars, 1..10; 0 is none given."""
    halves = _number(value)
    return None if halves is None or halves < 1 else min((int(halves) + 1) // 2, 5)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _kind(name: str) -> str:
    """The kind of a category by its name, as it may be escaped until version 10."""
    plain = re.sub(r"_\.(?:F{6})?([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), name)
    plain = plain.replace("_", " ").casefold()
    if plain in OWN:
        return ""
    return "people" if plain in PEOPLE else "places" if plain in PLACES else "keywords"


def _attribute(name: str) -> str:
    """A category's attribute from version 11 on; before, it is the name as it is written."""
    letters = string.ascii_letters.encode()
    return ":" + "".join(chr(byte) if byte in letters else f"_{byte:02X}" for byte in name.encode())
