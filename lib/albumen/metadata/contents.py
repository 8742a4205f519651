"""What a file is, by its content: names and extensions in exports are often wrong.

A photo is hashed and its header read; no pixel is decoded here, because what a file says decides
whether its owner allows that.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from albumen.errors import AlbumenError
from albumen.images import HEIF, MAX_BYTES, MAX_PIXELS, modified, open_file
from albumen.metadata import takeout
from albumen.metadata.exiftool import read_exiftool
from albumen.metadata.files import BAD_ZIP, UNLISTED, File
from albumen.metadata.header import read_header
from albumen.metadata.labels import Labels, clean, names_in, to_text
from albumen.metadata.names import ending_of, flags_of_name
from albumen.metadata.xmp import read_xmp

PHOTO, UNREAD, OTHER = "photo", "unread media", "other"
SIDECAR, XMP, EXIFTOOL = "sidecar", "XMP sidecar", "exiftool sidecar"  # Google's JSON, and others
ALBUM, UNTITLED, INDEX = "album", "untitled album", "index"  # of a folder, of the library
KPHOTOALBUM, SUBJECTS = "index.xml", "prompts_and_classes.txt"
INDEXES = {KPHOTOALBUM: b"<KPhotoAlbum", SUBJECTS: b","}  # at the top; what is in their heads
OWNERS = {
    "consent.yaml": "the consent file",
    "people.yaml": "the owner's word on faces",
    "preferences.yaml": "the owner's word on their taste",
}
SIDECARS = (SIDECAR, XMP, EXIFTOOL)
MEDIA = (PHOTO, UNREAD)

RAW, VIDEO = "RAW is not read", "video"
CUT = "not a whole image"
NO_ALBUM = "JSON of no photo and no album"
MAX_TEXT = 16 * 2**20  # bytes of a sidecar; it has hundreds
MAX_INDEX = 256 * 2**20  # bytes of an index of a whole library
IN_MEMORY = 64 * 2**20  # bytes of a photo read at once; larger ones are streamed
JUNK_FOLDERS = {"@eadir", "@__thumb", "__macosx", ".thumbnails", "categoryimages"}  # of programs
JUNK_NAMES = {".ds_store", "thumbs.db", "desktop.ini", ".picasa.ini"}
JUNK_STARTS = ("._", "synofile_thumb_")
IMAGES = {
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".jfif"),
    *(".heic", ".heif"),
}
VIDEOS = {".mp4", ".mov", ".m4v", ".3gp", ".avi", ".mkv", ".webm", ".mpg", ".mts", ".wmv"}
CLIPS = {".mp", ".mv"}  # moving parts that Pixel phones keep beside a photo
RAWS = {".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"}
ARCHIVES = {".tgz", ".gz", ".tar", ".7z", ".rar", ".zip"}
HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
AVIF = {b"avif", b"avis"}
MAGIC = (
    (0, b"\xff\xd8\xff"),  # JPEG
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"GIF8"),
    (8, b"WEBP"),
    (0, b"BM"),
    (0, b"II*\0"),  # TIFF
    (0, b"MM\0*"),
)
HEAD = 32  # bytes that tell the type
MAX_HEAD = 4096  # bytes in which an index says what it is


class Content(NamedTuple):
    """What one file holds."""

    what: str
    reason: str = ""  # why it is skipped, where it is
    photo_id: str | None = None  # of a photo: SHA-256 of its bytes, hex
    width: int = 0  # of a photo, pixels, upright
    height: int = 0
    orientation: int = 1  # EXIF
    whole: bool | None = None  # of a photo; None: only decoding it can tell
    labels: Labels = Labels()  # of a photo's header, of a sidecar, of an album (its title)


def examine(file: File) -> Content:
    """Say what `file` is. Whatever is wrong with it is said in `reason`; it never raises."""
    media = ending_of(file.name).lower() in IMAGES | VIDEOS
    unread = Content(UNREAD if media else OTHER, "cannot be read")
    if file.problem:
        whole_media = media and file.problem not in (BAD_ZIP, UNLISTED)
        return Content(UNREAD if whole_media else OTHER, file.problem)
    if not file.folder and file.name in OWNERS:
        return Content(OTHER, OWNERS[file.name])
    if _is_junk(file):
        return Content(OTHER, "junk of a system or program")
    if file.size > MAX_BYTES:
        return unread._replace(reason=f"larger than {MAX_BYTES >> 20} MiB")
    try:
        content = _examine(file)
        if content.what in MEDIA:
            flags = content.labels.flags | flags_of_name(file.name)
            content = content._replace(labels=content.labels._replace(flags=flags))
        if modified(file.path) != file.modified:
            return unread._replace(reason="changed while it was read")
    except AlbumenError:
        return unread
    return content


def examine_all(files: Iterable[File]) -> dict[str, Sequence]:
    """What some files are, a column each of File's and Content's fields; labels as JSON.

    And a column people: the names in each file's labels.
    """
    rows = [(*file, *examine(file)) for file in files]
    columns = dict(zip((*File._fields, *Content._fields), zip(*rows, strict=True), strict=True))
    labels = columns["labels"]
    return columns | {"labels": [*map(to_text, labels)], "people": [*map(names_in, labels)]}


def _is_junk(file: File) -> bool:
    name = file.name.casefold()
    folders = set(file.folder.casefold().split("/"))
    return bool(folders & JUNK_FOLDERS) or name in JUNK_NAMES or name.startswith(JUNK_STARTS)


def _examine(file: File) -> Content:
    ending = ending_of(file.name).lower()
    if ending == ".json":
        return _json(file)
    if ending == ".xmp":
        return _xmp(file)
    if not file.folder and file.name in INDEXES:
        with open_file(file.path) as opened:
            if INDEXES[file.name] in opened.read(MAX_HEAD):
                return Content(INDEX, "" if file.size <= MAX_INDEX else "too large for an index")
    return _media(file, ending.partition("~")[0])


def _json(file: File) -> Content:
    if file.size > MAX_TEXT:
        return Content(OTHER, "JSON that is too large for a sidecar")
    try:
        data = json.loads(_read(file).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Content(OTHER, "sidecar is not JSON")
    labels = read_exiftool(data)
    if labels is not None:
        return Content(EXIFTOOL, labels=labels)
    if not isinstance(data, dict):
        return Content(OTHER, NO_ALBUM)
    taken = data.get("photoTakenTime")
    if isinstance(taken, dict) and "timestamp" in taken:
        return Content(SIDECAR, labels=takeout.read_labels(data))
    title = _album_title(data)
    if title:
        return Content(ALBUM, labels=Labels(title=title))
    return Content(UNTITLED if {"title", "albumData"} & data.keys() else OTHER, NO_ALBUM)


def _album_title(data: dict[str, Any]) -> str:
    """The title in an album's JSON, which older exports nest; "" if it has none."""
    nested = data.get("albumData")
    return clean(data.get("title") or (nested.get("title") if isinstance(nested, dict) else ""))


def _xmp(file: File) -> Content:
    if file.size > MAX_TEXT:
        return Content(OTHER, "XMP that is too large for a sidecar")
    packet = _read(file)
    try:
        return Content(XMP, labels=read_xmp(packet))
    except AlbumenError:
        return Content(OTHER, "sidecar is not XMP")


def _read(file: File) -> bytes:
    with open_file(file.path) as opened:
        return opened.read(MAX_TEXT)


def _media(file: File, ending: str) -> Content:
    if not file.size:
        return Content(UNREAD if ending in IMAGES | VIDEOS else OTHER, "empty file")
    with open_file(file.path) as opened:
        body = io.BytesIO(opened.read()) if file.size <= IN_MEMORY else opened
        head = body.read(HEAD)
        brand = head[8:12] if head[4:8] == b"ftyp" else None
        if ending in RAWS:
            return Content(UNREAD, RAW)
        if brand in HEIC and not HEIF:
            return Content(UNREAD, "HEIC needs the extra 'heic', which is not installed")
        known = any(head[at : at + len(magic)] == magic for at, magic in MAGIC)
        if brand in HEIC | AVIF or (brand is None and known):
            return _photo(body, file.path)
    if brand or ending in VIDEOS | CLIPS:
        return Content(UNREAD, VIDEO)
    if ending in IMAGES:
        return Content(UNREAD, "not an image in spite of its extension")
    if ending in ARCHIVES:
        return Content(OTHER, "an archive that is not at the top of the folder, or no zip")
    return Content(OTHER, "not a photo")


def _photo(body: io.BufferedIOBase, path: str) -> Content:
    body.seek(0)
    digest = hashlib.file_digest(body, "sha256").hexdigest()
    try:
        header = read_header(body, path)
    except AlbumenError:
        return Content(PHOTO, CUT, digest, whole=False)
    reason = "" if header.whole is not False else CUT
    if header.width * header.height > MAX_PIXELS:
        reason = f"more than {MAX_PIXELS // 10**6} megapixels"
    return Content(PHOTO, reason, digest, *header)
