"""Whether an image file is complete, by its structure: no pixel is decoded."""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BufferedIOBase

from albumen.errors import AlbumenError

MAX_BODY = 64 * 2**20  # bytes of a JPEG or GIF that are searched
MAX_HEAD = 16 * 2**20  # bytes of a JPEG before its first scan; Pillow's reader is slow in them
MAX_PARTS = 2**18  # segments, chunks, blocks or boxes of a file; real ones have thousands
MAX_TEXT = 2**23  # bytes of a PNG's late metadata
BLOCK = 2**20  # bytes checked at once
JPEG, PNG, GIF, RIFF, ISO = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"ftyp"
MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # a scan has no others than RST, which is not one
EOI, SOS, SOI = 0xD9, 0xDA, 0xD8
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B  # of a GIF
XMP = b"XML:com.adobe.xmp\0"


def is_whole(opened: BufferedIOBase) -> bool | None:
    """Whether an image is complete; None where only decoding it can tell.

    `opened` is a seekable stream. What follows the image is not judged: cameras append clips,
    previews and padding. A JPEG has the end of its own scans (ITU-T T.81), not one of a thumbnail
    or of a second image; a PNG has chunks with their check sums up to IEND; a GIF its trailer; a
    WebP the size it says; HEIC and AVIF boxes that fill the file (ISO 14496-12).
    Raises AlbumenError when it has more parts, or a longer header, than any photo.
    """
    size = opened.seek(0, 2)
    opened.seek(0)
    head = opened.read(12)
    if head.startswith(JPEG):
        return _jpeg(opened, size)
    if head.startswith(PNG):
        return _png(opened, size)
    if head.startswith(GIF):
        return _gif(opened, size)
    if head.startswith(RIFF):
        return int.from_bytes(head[4:8], "little") + 8 <= size
    if head[4:8] == ISO:
        return _iso(opened, size)
    return None


def late_metadata(opened: BufferedIOBase) -> dict[str, bytes]:
    """The XMP and EXIF that a PNG has after its pixels, where exiftool writes them, by name.

    As `Image.info` has them, which Pillow fills up to the pixels.
    """
    found, late = {}, False
    for kind, start, length in _chunks(opened):
        late = late or kind == b"IDAT"
        if not late or kind not in (b"iTXt", b"eXIf") or length > MAX_TEXT:
            continue
        opened.seek(start)
        data = opened.read(length)
        if kind == b"eXIf":
            found["exif"] = b"Exif\0\0" + data
        elif data.startswith(XMP + b"\0\0"):  # not compressed
            found["xmp"] = data[len(XMP) + 2 :].split(b"\0", 2)[-1]
    return found


def _jpeg(opened: BufferedIOBase, size: int) -> bool | None:
    opened.seek(0)
    data = opened.read(MAX_BODY)
    at, scanned = 2, False
    for _ in range(MAX_PARTS):
        found = MARKER.search(data, at)
        if not scanned and (found.start() if found else size) > MAX_HEAD:
            raise AlbumenError(f"Its first {MAX_HEAD >> 20} MiB hold no scan.")
        if not found:
            return False if len(data) == size else None
        at, code = found.end(), data[found.end() - 1]
        if code in (EOI, SOI):  # another image may begin only after this one's end
            return scanned and code == EOI
        scanned |= code == SOS
        at += int.from_bytes(data[at : at + 2], "big")
    raise AlbumenError("It has more segments than a JPEG of a photo.")


def _png(opened: BufferedIOBase, size: int) -> bool:
    for kind, start, length in _chunks(opened):
        if start + length + 4 > size:
            return False
        opened.seek(start)
        check, left = zlib.crc32(kind), length
        while left:
            block = opened.read(min(left, BLOCK))
            check, left = zlib.crc32(block, check), left - len(block)
        if opened.read(4) != check.to_bytes(4, "big"):
            return False
        if kind == b"IEND":
            return True
    return False


def _chunks(opened: BufferedIOBase) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a PNG: type, where its data start, and how many bytes those are."""
    at = len(PNG)
    for _ in range(MAX_PARTS):
        opened.seek(at)
        head = opened.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, at + 8, length
        at += length + 12
    raise AlbumenError("It has more chunks than a PNG of a photo.")


def _gif(opened: BufferedIOBase, size: int) -> bool | None:
    opened.seek(0)
    data = opened.read(MAX_BODY)
    at = 13
    try:
        at += _colours(data[10])
        for _ in range(MAX_PARTS):
            if data[at] == TRAILER:
                return True
            if data[at] == IMAGE:
                at += 11 + _colours(data[at + 9])
            elif data[at] == EXTENSION:
                at += 2
            else:
                return None
            while data[at]:
                at += data[at] + 1
            at += 1
    except IndexError:  # only the trailer may be missing
        return None if at == len(data) or len(data) < size else False
    raise AlbumenError("It has more blocks than a GIF of a photo.")


def _colours(flags: int) -> int:
    """Bytes of a GIF's table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _iso(opened: BufferedIOBase, size: int) -> bool:
    at, kinds = 0, set()
    for _ in range(MAX_PARTS):
        opened.seek(at)
        head = opened.read(16)
        kind = head[4:8]
        if not kind.isalnum():  # the end, or what a camera appended
            return kinds >= {b"meta", b"mdat"} and len(kind) in (0, 4)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        at = at + length if length else size
        if length in range(1, 8) or at > size:
            return False
        kinds.add(kind)
    raise AlbumenError("It has more boxes than an image.")
