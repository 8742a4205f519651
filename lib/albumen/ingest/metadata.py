"""What a photo says of itself: size, time and position from its header (EXIF 2.32)."""

import io
import re
import struct
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from albumen.errors import AlbumenError
from albumen.images import decode
from albumen.ingest.takeout import YEARS, valid_position

CHECK_SIDE = 32  # pixels of the shortest side: the smallest scale at which a JPEG is decoded
MALFORMED = (  # what Pillow's parsers let through on malformed files
    *(AlbumenError, OSError, ValueError, SyntaxError, TypeError, EOFError),
    *(LookupError, ArithmeticError, RuntimeError, struct.error, Image.DecompressionBombError),
)


class Header(NamedTuple):
    """The header of a photo that was found to be whole."""

    width: int  # pixels, after orientation
    height: int
    taken_local: datetime | None  # no zone
    offset: timedelta | None  # of local time from UTC
    position: tuple[float, float] | None  # latitude, longitude in degrees


def read_header(data: bytes, name: str) -> Header:
    """Read the header of a photo, and decode it at a small scale to see that it is whole.

    Raises AlbumenError naming `name` when it is not.
    """
    try:
        decode(data, name, at_least=CHECK_SIDE)
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            exif = image.getexif()
            turned = exif.get(Base.Orientation) in (5, 6, 7, 8)
            taken, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    except MALFORMED as error:
        raise AlbumenError(f"{name} is not a whole image: {error}") from error
    return Header(
        *((height, width) if turned else (width, height)),
        _local(taken.get(Base.DateTimeOriginal)),
        _offset(taken.get(Base.OffsetTimeOriginal)),
        _position(gps),
    )


def _local(value: Any) -> datetime | None:
    try:
        taken = datetime.strptime(str(value).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
        return taken if taken.year in YEARS else None
    except ValueError:  # missing, or blanks and zeros for an unknown time
        return None


def _offset(value: Any) -> timedelta | None:
    found = re.match(r"([+-])(\d\d):(\d\d)", str(value))
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -offset if found[1] == "-" else offset


def _position(gps: Any) -> tuple[float, float] | None:
    try:
        lat = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return valid_position(lat, lon)


def _degrees(value: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if str(reference).upper().startswith(negative) else size
