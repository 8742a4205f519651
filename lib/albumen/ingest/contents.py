"""What a file is, by its content: names and extensions in exports are often wrong."""

import json
import unicodedata
from typing import Any, NamedTuple

from albumen.errors import AlbumenError
from albumen.ingest.files import BAD_ZIP, Export, File, extension

PHOTO, UNREAD, SIDECAR, ALBUM, OTHER = "photo", "unread media", "sidecar", "album", "other"
MAX_JSON = 16 * 2**20  # bytes; a sidecar has hundreds
JUNK_FOLDERS = {"@eadir", "@__thumb", "__macosx"}
JUNK_NAMES = {".ds_store", "thumbs.db", "desktop.ini", ".picasa.ini"}
JUNK_STARTS = ("._", "synofile_thumb_")
IMAGES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".jfif"}
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


class Content(NamedTuple):
    """What one file holds."""

    what: str
    reason: str = ""  # why it is skipped, where it is
    photo_id: str | None = None  # of a photo
    data: dict[str, Any] | None = None  # of a sidecar or an album


def examine(export: Export, file: File) -> Content:
    """Say what `file` is: read a JSON, hash a photo. Decodes no pixel."""
    if file.problem:
        unread = file.problem != BAD_ZIP and extension(file.name) in IMAGES
        return Content(UNREAD if unread else OTHER, file.problem)
    if _is_junk(file):
        return Content(OTHER, "junk of a system or program")
    try:
        if extension(file.name) == ".json":
            return _json(export.read(file))
        return _media(export, file)
    except AlbumenError:
        unread = extension(file.name) in IMAGES | VIDEOS
        return Content(UNREAD if unread else OTHER, "cannot be read or is too large")


def text(value: Any) -> str:
    """Text of a JSON as NFC that can be stored; "" if it is none."""
    if not isinstance(value, str):
        return ""
    return unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode("utf-8"))


def album_title(data: dict[str, Any]) -> str:
    """The title in an album's JSON, which older exports nest; "" if it has none."""
    nested = data.get("albumData")
    return text(data.get("title") or (nested.get("title") if isinstance(nested, dict) else ""))


def _is_junk(file: File) -> bool:
    name = file.name.casefold()
    folders = {part.casefold() for part in file.folder}
    return bool(folders & JUNK_FOLDERS) or name in JUNK_NAMES or name.startswith(JUNK_STARTS)


def _json(raw: bytes) -> Content:
    if len(raw) > MAX_JSON:
        return Content(OTHER, "JSON that is too large for a sidecar")
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Content(OTHER, "sidecar is not JSON")
    if not isinstance(data, dict):
        return Content(OTHER, "JSON of no photo and no album")
    taken = data.get("photoTakenTime")
    if isinstance(taken, dict) and "timestamp" in taken:
        return Content(SIDECAR, data=data)
    if album_title(data):
        return Content(ALBUM, data=data)
    return Content(OTHER, "JSON of no photo and no album", data=data)


def _media(export: Export, file: File) -> Content:
    head, ending = export.look(file, HEAD), extension(file.name)
    brand = head[8:12] if head[4:8] == b"ftyp" else None
    if not head:
        return Content(UNREAD if ending in IMAGES | VIDEOS else OTHER, "empty file")
    if ending in RAWS:
        return Content(UNREAD, "RAW is not read")
    if brand in HEIC:
        return Content(UNREAD, "HEIC needs an extra that is not installed")
    if brand in AVIF or (
        brand is None and any(head[at : at + len(magic)] == magic for at, magic in MAGIC)
    ):
        return Content(PHOTO, photo_id=export.sha256(file))
    if brand or ending in VIDEOS | CLIPS:
        return Content(UNREAD, "video")
    if ending in IMAGES:
        return Content(UNREAD, "not an image in spite of its extension")
    if ending in ARCHIVES:
        return Content(OTHER, "an archive that is not at the top of the folder, or no zip")
    return Content(OTHER, "not a photo")
