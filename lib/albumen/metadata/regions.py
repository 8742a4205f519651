"""Boxes that XMP draws around people: MWG regions, Microsoft's people tags, IPTC image regions.

All three are taken to refer to the image as it is stored, before its EXIF orientation turns it. MWG
2.0 (5.9) says so. Microsoft and IPTC say nothing; digiKam reads and writes both MWG's and
Microsoft's that way, osxphotos writes both that way, and exiftool's rotate_regions.config and
get_regions.config turn all three with the orientation.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import islice

from albumen.metadata.fields import number
from albumen.metadata.labels import Box
from albumen.metadata.rdf import Fields, structures, text, texts
from albumen.metadata.tags import MAX_TAGS, read_tag

MAX_BOXES = 200  # of a photo: more people than that are a crowd that nobody tags
# Intersection over union from which two boxes are of one face. It is low because osxphotos writes
# Microsoft's boxes with width and height confused: a square face in a 16:9 photo is left 0.39.
SAME = 1 / 3
DECIMALS = 6  # of a fraction; finer than a pixel
FACE, PET, OTHER = "face", "pet", "other"
MWG_KINDS = {"": FACE, "face": FACE, "pet": PET, "cat": PET, "dog": PET, "animal": PET}
IPTC_KINDS = {  # last part of the identifiers at http://cv.iptc.org/newscodes/imageregiontype/
    "": OTHER,
    "human": OTHER,  # the whole body
    "bodypart": OTHER,
    "headshot": FACE,
    "face": FACE,
    "animal": PET,
}
MIRRORED_X, MIRRORED_Y = (2, 3, 6, 7), (3, 4, 7, 8)  # orientations, after the axes are swapped
SWAPPED = (5, 6, 7, 8)

Rectangle = tuple[float, float, float, float]  # left, top, width, height
Size = tuple[float, float]  # width, height
NOWHERE = (0.0, 0.0, 0.0, 0.0)


def read_regions(
    fields: Fields, size: Size | None = None
) -> tuple[tuple[Box, ...], tuple[str, ...]]:
    """The boxes of a packet, and the names in it, also those of regions without a box.

    Boxes are in fractions of the stored image, at most MAX_BOXES, clipped to it; one face in
    several standards is one box. What focus points and bar codes mark is nobody.
    `size`: width and height of the stored image in pixels, for regions in pixels.
    """
    found = [
        Box(*rectangle, name=read_tag(name), kind=kind)
        for read in (_mwg, _microsoft, _iptc)
        for rectangle, name, kind in islice(read(fields, size), MAX_TAGS)
    ]
    names = dict.fromkeys(box.name for box in found if box.name)
    return distinct(islice(filter(None, map(_clip, found)), MAX_BOXES)), tuple(names)


def upright(boxes: Iterable[Box], orientation: int) -> tuple[Box, ...]:
    """Boxes of a stored image as they lie in the upright one (`orientation`: EXIF, 1..8)."""
    return tuple(_turn(box, orientation) for box in boxes)


def distinct(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """The boxes, each face once: the first of those that overlap (SAME) and agree in the name.

    A box without a name agrees with any.
    """
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: not box.name):
        if not any(box.name in ("", one.name) and _iou(box, one) >= SAME for one in kept):
            kept.append(box)
    return tuple(kept)


def _mwg(fields: Fields, size: Size | None) -> Iterator[tuple[Rectangle, str, str]]:
    """Centre, width and height."""
    for regions in structures(fields.get("mwg-rs:Regions")):
        applied = next(structures(regions.get("mwg-rs:AppliedToDimensions")), {})
        frame = (_number(applied, "stDim:w"), _number(applied, "stDim:h")) if applied else size
        for region in structures(regions.get("mwg-rs:RegionList")):
            kind = text(region, "mwg-rs:Type").casefold()
            if kind in ("focus", "barcode"):
                continue
            area = next(structures(region.get("mwg-rs:Area")), {})
            x, y, w, h = (_number(area, f"stArea:{side}") for side in "xywh")
            unit = frame if text(area, "stArea:unit") == "pixel" else (1, 1)
            rectangle = _fractions((x - w / 2, y - h / 2, w, h), unit)
            yield rectangle, text(region, "mwg-rs:Name"), MWG_KINDS.get(kind, OTHER)


def _microsoft(fields: Fields, size: Size | None) -> Iterator[tuple[Rectangle, str, str]]:
    """Left, top, width and height in one text."""
    for info in structures(fields.get("MP:RegionInfo")):
        for region in structures(info.get("MPRI:Regions")):
            sides = text(region, "MPReg:Rectangle").split(",")
            x, y, w, h = map(number, sides) if len(sides) == 4 else NOWHERE
            yield (x, y, w, h), text(region, "MPReg:PersonDisplayName"), FACE


def _iptc(fields: Fields, size: Size | None) -> Iterator[tuple[Rectangle, str, str]]:
    """Whatever shape the boundary has; regions of what is neither person nor animal are left."""
    for region in structures(fields.get("Iptc4xmpExt:ImageRegion")):
        types = structures(region.get("Iptc4xmpExt:rCtype"))
        uris = [uri for one in types for uri in texts(one.get("xmp:Identifier"))] or [""]
        kinds = [uri.rstrip("/").rpartition("/")[2].casefold() for uri in uris]
        kind = next((IPTC_KINDS[kind] for kind in kinds if kind in IPTC_KINDS), None)
        if kind:
            boundary = next(structures(region.get("Iptc4xmpExt:RegionBoundary")), {})
            name = text(region, "Iptc4xmpExt:PersonInImage", "Iptc4xmpExt:Name")
            yield _bounds(boundary, size), name, kind


def _bounds(boundary: Fields, size: Size | None) -> Rectangle:
    """The rectangle around a rectangle, a circle or a polygon of IPTC's."""
    in_pixels = text(boundary, "Iptc4xmpExt:rbUnit") == "pixel"
    x, y, w, h, radius = (
        _number(boundary, f"Iptc4xmpExt:rb{side}") for side in ["X", "Y", "W", "H", "Rx"]
    )
    if math.isfinite(radius):  # measured along x; a circle in pixels is an ellipse in fractions
        width, height = (1, 1) if in_pixels or not size else size
        w, h = 2 * radius, 2 * radius * width / height
        x, y = x - w / 2, y - h / 2
    elif corners := list(structures(boundary.get("Iptc4xmpExt:rbVertices"))):
        xs, ys = ([_number(one, f"Iptc4xmpExt:rb{axis}") for one in corners] for axis in "XY")
        x, y, w, h = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    return _fractions((x, y, w, h), size if in_pixels else (1, 1))


def _fractions(rectangle: Rectangle, unit: Size | None) -> Rectangle:
    """A rectangle divided by the size of the image in its unit; nowhere, if that is unknown."""
    if not unit or not (unit[0] > 0 and unit[1] > 0):
        return NOWHERE
    x, y, w, h = rectangle
    return x / unit[0], y / unit[1], w / unit[0], h / unit[1]


def _number(fields: Fields, name: str) -> float:
    return number(text(fields, name))


def _clip(box: Box) -> Box | None:
    """The part of a box that lies in the image, if any does."""
    if not all(map(math.isfinite, box[:4])):
        return None
    left, right = (round(min(max(at, 0.0), 1.0), DECIMALS) for at in (box.x, box.x + box.w))
    top, bottom = (round(min(max(at, 0.0), 1.0), DECIMALS) for at in (box.y, box.y + box.h))
    w, h = round(right - left, DECIMALS), round(bottom - top, DECIMALS)
    return box._replace(x=left, y=top, w=w, h=h) if w > 0 and h > 0 else None


def _turn(box: Box, orientation: int) -> Box:
    x, y, w, h = box[:4]
    if orientation in SWAPPED:
        x, y, w, h = y, x, h, w
    if orientation in MIRRORED_X:
        x = round(1 - x - w, DECIMALS)
    if orientation in MIRRORED_Y:
        y = round(1 - y - h, DECIMALS)
    return box._replace(x=x, y=y, w=w, h=h)


def _iou(one: Box, other: Box) -> float:
    w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(w, 0.0) * max(h, 0.0)
    return shared / (one.w * one.h + other.w * other.h - shared)
