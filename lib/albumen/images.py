"""Photos from where they lie: a file, or a member of a zip that is read in place."""

import importlib.util
import io
import logging
import lzma
import os
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from albumen.errors import AlbumenError

MEMBER = "!/"  # between an archive's path and the member's name
MAX_PIXELS = 200_000_000  # the largest photo decoded; more is treated as a decompression bomb
MAX_BYTES = 512 * 2**20  # the largest file read
ARCHIVES = 2  # kept open: a part's list of members is read once, not once a photo
READ_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    EOFError,
    RuntimeError,  # encrypted, or a compression that is not known
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
HEIF = importlib.util.find_spec("pillow_heif") is not None  # the extra "heic"
if HEIF:
    from pillow_heif import register_heif_opener

    register_heif_opener()
# what is too large is refused here, by name; Pillow's limit is below what some cameras take
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# what Pillow finds wrong with a file is told in one place: the tables' reasons
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextmanager
def open_file(path: str) -> Iterator[io.BufferedIOBase]:
    """A seekable stream of the file at `path`, or of `ARCHIVE.zip!/member`.

    Raises AlbumenError when it is gone or its archive is broken, also while it is read.
    """
    try:
        name, member = _place(path)
        if not member:
            with open(name, "rb") as opened:  # noqa: PTH123
                yield opened
        else:
            state = os.stat(name)  # noqa: PTH116
            archive = _archive(name, state.st_mtime_ns, state.st_size, os.getpid())
            with archive.open(member) as opened:
                yield opened
    except READ_ERRORS as error:
        raise AlbumenError(f"{path} cannot be read: {error}") from error


def modified(path: str) -> int:
    """When the file at `path`, or the archive it lies in, was modified: ns since 1970."""
    try:
        return os.stat(_place(path)[0]).st_mtime_ns  # noqa: PTH116
    except OSError as error:
        raise AlbumenError(f"{path} is gone: {error}") from error


@lru_cache(ARCHIVES)
def _archive(name: str, _modified: int, _size: int, _process: int) -> zipfile.ZipFile:
    """An archive kept open, anew when it changed; a forked process must not share its position."""
    return zipfile.ZipFile(name)


def read_bytes(path: str) -> bytes:
    """The bytes of a photo at `path`: a file, or `ARCHIVE.zip!/member`.

    Raises AlbumenError when it is gone, is too large or its archive is broken.
    """
    with open_file(path) as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise AlbumenError(f"{path} is larger than {MAX_BYTES >> 20} MiB.")
    return data


def _place(path: str) -> tuple[str, str]:
    """The file, and the member if the file is an archive, else "".

    A folder may end in "!", so the first part that is a file counts. By `os`, since pathlib takes
    longer than a small file's header. Raises FileNotFoundError when there is none.
    """
    at = path.find(MEMBER)
    while at >= 0:
        if os.path.isfile(path[:at]):  # noqa: PTH113
            return path[:at], path[at + len(MEMBER) :]
        at = path.find(MEMBER, at + 1)
    if not os.path.isfile(path):  # noqa: PTH113
        raise FileNotFoundError("there is no such file")
    return path, ""


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
