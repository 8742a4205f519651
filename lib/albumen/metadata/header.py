"""What an image file says of itself: its size, whether it is complete, and its labels.

EXIF, IPTC-IIM and XMP are read and reconciled as the Metadata Working Group advises (MWG 2.0, 5):
words from XMP, then IPTC, then EXIF; the time and the position from EXIF first, which the camera
wrote. A block that cannot be read is silent, and the flag BROKEN says so: neither the photo is lost
for it, nor what the other blocks say.
"""

import struct
import warnings
from collections.abc import Callable
from io import BufferedIOBase
from typing import NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.ExifTags import Base

from albumen.errors import AlbumenError
from albumen.metadata.exif import read_exif
from albumen.metadata.iptc import read_iptc
from albumen.metadata.labels import Labels, combine
from albumen.metadata.regions import Size, upright
from albumen.metadata.tags import tidy
from albumen.metadata.whole import is_whole, late_metadata
from albumen.metadata.xmp import read_xmp

EMPTY_EXIF = 20  # bytes of a block with no tag: its mark, the TIFF header, a count and an end
BROKEN = Labels(flags=frozenset({"broken metadata"}))
MAX_EXIF = 2**20  # bytes; a JPEG's has at most 2**16, and all of it is parsed
UPRIGHT = ("TIFF", "HEIF")  # formats of which Pillow gives the upright size, not the stored one
SIDEWAYS = (5, 6, 7, 8)
BY_CAMERA = ("taken_utc", "taken_local", "offset", "time_source", "positions")
MALFORMED = (  # what Pillow's parsers let through on malformed files
    *(AlbumenError, OSError, ValueError, SyntaxError, TypeError, EOFError),
    *(LookupError, ArithmeticError, RuntimeError, struct.error, Image.DecompressionBombError),
)


class Header(NamedTuple):
    """The header of an image file."""

    width: int  # pixels, upright
    height: int
    orientation: int  # EXIF, 1..8: how the stored image is to be turned
    whole: bool | None  # by structure; None: only decoding can tell
    labels: Labels  # boxes are of the upright image


def read_header(opened: BufferedIOBase, name: str) -> Header:
    """Read the header of an image, and its structure; no pixel is decoded.

    `opened` is a seekable stream at any position. HEIC is read where `images` has its reader.
    Raises AlbumenError naming `name` when it is no image that Pillow knows.
    """
    try:
        whole = is_whole(opened)
        opened.seek(0)
        with (
            warnings.catch_warnings(record=True, action="always") as told,
            Image.open(opened) as image,
        ):
            if image.format == "PNG":
                image.info = late_metadata(opened) | image.info
            (width, height), orientation, labels = _read(image)
    except UnidentifiedImageError:  # which names the stream, not what is wrong
        raise AlbumenError(f"{name} is not an image of a known format.") from None
    except MALFORMED as error:
        raise AlbumenError(f"{name} is not an image that can be read: {error}") from error
    if any(issubclass(one.category, UserWarning) for one in told):
        labels = combine([labels, BROKEN])
    return Header(width, height, orientation, whole, labels)


def _read(image: ImageFile.ImageFile) -> tuple[tuple[int, int], int, Labels]:
    """The size of the upright image, its orientation, and its labels."""
    orientation = _orientation(image)
    turned = image.size[::-1] if orientation in SIDEWAYS else image.size
    stored, size = (turned, image.size) if image.format in UPRIGHT else (image.size, turned)
    xmp = _attempt(_xmp, image, stored)
    iptc = _attempt(read_iptc, image)
    exif = _attempt(_exif, image)
    labels, camera = combine([xmp, iptc, exif]), combine([exif, xmp, iptc])
    labels = labels._replace(
        boxes=upright(xmp.boxes, orientation),
        **{name: getattr(camera, name) for name in BY_CAMERA},
    )
    return size, orientation, tidy(labels)


def _attempt(read: Callable[..., Labels], *arguments: object) -> Labels:
    try:
        return read(*arguments)
    except MALFORMED:
        return BROKEN


def _orientation(image: ImageFile.ImageFile) -> int:
    """EXIF's orientation, also where Pillow's reader of HEIC has applied and reset it."""
    try:
        found = image.info.get("original_orientation") or _tags(image).get(Base.Orientation)
    except MALFORMED:
        return 1
    return found if isinstance(found, int) and found in range(1, 9) else 1


def _exif(image: ImageFile.ImageFile) -> Labels:
    tags = _tags(image)
    empty = len(image.info.get("exif") or b"") <= EMPTY_EXIF
    return read_exif(tags) if tags or empty else BROKEN


def _tags(image: ImageFile.ImageFile) -> Image.Exif:
    if len(image.info.get("exif") or b"") > MAX_EXIF:
        raise AlbumenError(f"EXIF of more than {MAX_EXIF >> 10} kB is not read.")
    return Image.Image.getexif(image)  # a PNG's own method decodes the pixels first


def _xmp(image: ImageFile.ImageFile, size: Size) -> Labels:
    packet = image.info.get("xmp")
    if not isinstance(packet, bytes) or not packet.strip(b"\0 \t\r\n"):
        return Labels()
    return read_xmp(packet, size)
