"""The files of an export, found where they lie: in folders, and in zips that are never unpacked.

Archives are hostile until shown otherwise: a member that could harm is never opened, and becomes
one row of the reconciliation like every other file.
"""

import itertools
import os
import stat
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from albumen.images import MEMBER, READ_ERRORS

MAX_RATIO = 100  # photos and videos hardly shrink; JSON is small
RATIO_FROM = 8 * 2**20  # bytes: below it, no ratio makes a bomb
BAD_ZIP = "not a readable zip"
UNLISTED = "a folder that cannot be listed"


class File(NamedTuple):
    """One file found, in a folder or in a zip."""

    path: str  # where images.open_file finds it
    folder: str  # within the export, the same for all its parts, NFC; "" is the top
    name: str  # NFC
    size: int = 0  # bytes, unpacked
    modified: int = 0  # when it or its archive was, ns
    problem: str = ""  # why it must not be read


def scan(source: Path) -> list[File]:
    """Every file of the export at `source`, sorted: a folder with zips at its top, or one zip."""
    return sorted(_walk(source))


def _walk(source: Path) -> Iterator[File]:
    if not source.is_dir():
        yield from _members(source)
        return
    unlisted: list[OSError] = []
    for folder, folders, names in os.walk(source, onerror=unlisted.append):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in [*names, *links]:
            path = Path(folder, name)
            if path.parent == source and _is_zip(path):
                yield from _members(path)
            else:
                yield _on_disk(path, source)
    for error in unlisted:
        yield _file(Path(error.filename), source, problem=UNLISTED)


def _members(archive: Path) -> Iterator[File]:
    try:
        modified = archive.stat().st_mtime_ns
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
    except READ_ERRORS:
        yield File(_printable(str(archive)), "", _printable(archive.name), problem=BAD_ZIP)
        return
    last = {info.filename: info for info in members}  # what reading by name gives
    overlapping = _overlapping(members)
    for info in members:
        parts = _member_parts(info)
        problem = (
            _unsafe(info, parts)
            or ("hidden by a member of the same name" if last[info.filename] != info else "")
            or ("overlaps another member" if info.header_offset in overlapping else "")
        )
        path = _printable(f"{archive}{MEMBER}{info.filename}")
        folder = sys.intern("/".join(parts[:-1]))
        yield File(path, folder, parts[-1], info.file_size, modified, problem)


def count(source: Path) -> int:
    """How many files an export has, counted apart from `scan` so that one checks the other."""
    if not source.is_dir():
        return _count_members(source)
    total, folders = 0, [source]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            total += 1
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            elif folder == source and _is_zip(Path(entry.path)):
                total += _count_members(Path(entry.path))
            else:
                total += 1
    return total


def _count_members(archive: Path) -> int:
    try:
        with zipfile.ZipFile(archive) as opened:
            return sum(not name.endswith("/") for name in opened.namelist())
    except READ_ERRORS:
        return 1


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file() and not path.is_symlink()


def _on_disk(path: Path, source: Path) -> File:
    try:
        state = path.lstat()
    except OSError:
        return _file(path, source, problem="gone, or not to be looked at")
    problem = ""
    if _printable(str(path)) != str(path):
        problem = "its name is not UTF-8"
    elif stat.S_ISLNK(state.st_mode):
        problem = "a link, not a file"  # it may lead out of what the owner consented to
    elif not stat.S_ISREG(state.st_mode):
        problem = "not a regular file"
    return _file(path, source, state.st_size, state.st_mtime_ns, problem)


def _file(path: Path, source: Path, size: int = 0, modified: int = 0, problem: str = "") -> File:
    parts = [_nfc(_printable(part)) for part in path.relative_to(source).parts]
    folder = sys.intern("/".join(parts[:-1]))
    name = parts[-1] if parts else ""
    return File(_printable(str(path)), folder, name, size, modified, problem)


def _member_parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The member's folders and name. Without the UTF-8 flag, names are UTF-8 or Latin-1."""
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437")  # as zipfile decoded it
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("latin-1")
    return tuple(_nfc(name).replace("\\", "/").split("/"))


def _unsafe(info: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    drive = len(parts[0]) == 2 and parts[0].endswith(":")
    if drive or {"", ".", ".."} & set(parts):
        return "its name leads out of the archive"
    if info.flag_bits & 0x1:
        return "encrypted"
    if info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
        return "packed like a zip bomb"
    return ""


def _overlapping(members: list[zipfile.ZipInfo]) -> set[int]:
    """Header offsets of members whose bytes another member uses as well: the mark of a bomb."""
    ordered = sorted(members, key=lambda info: info.header_offset)
    return {
        one.header_offset
        for before, after in itertools.pairwise(ordered)
        if before.header_offset + before.compress_size > after.header_offset
        or before.header_offset == after.header_offset
        for one in (before, after)
    }


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _printable(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "backslashreplace")
