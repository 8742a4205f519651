"""Photos from where they lie: a file, or a member of a zip that is read in place."""

import io
import lzma
import zipfile
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from albumen.errors import AlbumenError

MEMBER = "!/"  # between an archive's path and the member's name
MAX_PIXELS = 200_000_000  # the largest photo decoded; more is treated as a decompression bomb
MAX_BYTES = 512 * 2**20  # the largest member read out of an archive
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)  # what a damaged archive raises


def read_bytes(path: str) -> bytes:
    """The bytes of a photo at `path`: a file, or `ARCHIVE.zip!/member`.

    Raises AlbumenError when it is gone, is too large or its archive is broken.
    """
    try:
        if Path(path).is_file():
            return Path(path).read_bytes()
        archive, member = _member(path)
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(member).file_size > MAX_BYTES:
                raise AlbumenError(f"{path} unpacks to more than {MAX_BYTES >> 20} MiB.")
            return opened.read(member)
    except (OSError, KeyError, EOFError, RuntimeError, *BROKEN) as error:
        raise AlbumenError(f"{path} cannot be read: {error}") from error


def _member(path: str) -> tuple[str, str]:
    """Archive and member; a folder may end in "!", so the archive is the first part that is a file.

    Raises FileNotFoundError when there is none.
    """
    parts = path.split(MEMBER)
    for count in range(1, len(parts)):
        archive = MEMBER.join(parts[:count])
        if Path(archive).is_file():
            return archive, MEMBER.join(parts[count:])
    raise FileNotFoundError("there is no such file")


def decode(data: bytes, name: str, at_least: int | None = None) -> Image.Image:
    """Decode to an upright RGB image (EXIF orientation applied).

    `at_least`: the shortest side that is needed, in pixels; a JPEG is then decoded at a reduced
    scale that keeps it. Raises AlbumenError naming `name` when the bytes are no whole image.
    """
    try:
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > MAX_PIXELS:
            raise AlbumenError(f"{name} has {image.width} x {image.height} pixels: too many.")
        if at_least:
            scale = at_least / min(image.size)
            image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
        return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, RuntimeError, Image.DecompressionBombError) as error:
        raise AlbumenError(f"{name} is not a whole image: {error}") from error


def open_photo(path: str, at_least: int | None = None) -> Image.Image:
    """Read and decode the photo at `path`; see `read_bytes` and `decode`."""
    return decode(read_bytes(path), path, at_least)


def square(image: Image.Image, side: int) -> UInt8[np.ndarray, "s s 3"]:
    """The centre square of `image`, resized to `side` pixels."""
    return np.asarray(ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS))
