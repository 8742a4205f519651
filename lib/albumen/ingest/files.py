"""The files of an export, read where they lie: folders, and zips that are never unpacked.

Archives are hostile until shown otherwise: a member that could harm is never opened, and becomes
one row of the reconciliation like every other file.
"""

import hashlib
import itertools
import lzma
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from albumen.errors import AlbumenError
from albumen.images import MAX_BYTES, MEMBER

MAX_RATIO = 100  # photos and videos hardly shrink; JSON is small
RATIO_FROM = 8 * 2**20  # bytes: below it, no ratio makes a bomb
BAD_ZIP = "not a readable zip"
READ_ERRORS = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,  # encrypted, or a compression that is not known
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


class File(NamedTuple):
    """One file found, in a folder or in a zip."""

    path: str  # where images.read_bytes finds it
    folder: tuple[str, ...]  # within the export, the same for all its parts, NFC
    name: str  # NFC
    problem: str = ""  # why it must not be read


class Export:
    """An export's files: a folder with the zips at its top, or one zip. A context manager."""

    def __init__(self, source: Path) -> None:
        self._packed: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        self._stack = ExitStack()
        self.found: list[File] = sorted(self._walk(source.resolve()))

    def __enter__(self) -> "Export":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def read(self, file: File) -> bytes:
        """The bytes of `file`. Raises AlbumenError when it is too large or cannot be read."""
        with self._open(file) as opened:
            return _all(opened, file)

    def look(self, file: File, size: int) -> bytes:
        """The first `size` bytes of `file`, fewer if it ends before. Raises AlbumenError."""
        try:
            with self._open(file) as opened:
                return opened.read(size)
        except READ_ERRORS as error:
            raise AlbumenError(f"{file.path} cannot be read: {error}.") from error

    def sha256(self, file: File) -> str:
        """SHA-256 of the bytes of `file`, hex. Raises AlbumenError."""
        digest, size = hashlib.sha256(), 0
        with self._open(file) as opened:
            while chunk := _all(opened, file, 2**20):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise AlbumenError(f"{file.path} is larger than {MAX_BYTES >> 20} MiB.")
                digest.update(chunk)
        return digest.hexdigest()

    def _open(self, file: File) -> BinaryIO | zipfile.ZipExtFile:
        try:
            if file.path in self._packed:
                archive, member = self._packed[file.path]
                return archive.open(member)
            return Path(file.path).open("rb")
        except READ_ERRORS as error:
            raise AlbumenError(f"{file.path} cannot be read: {error}.") from error

    def _walk(self, source: Path) -> Iterator[File]:
        if not source.is_dir():
            yield from self._members(source)
            return
        for folder, folders, names in os.walk(source, onerror=_refuse):
            links = [name for name in folders if Path(folder, name).is_symlink()]
            for name in [*names, *links]:
                path = Path(folder, name)
                if path.parent == source and _is_zip(path):
                    yield from self._members(path)
                else:
                    yield _on_disk(path, source)

    def _members(self, archive: Path) -> Iterator[File]:
        try:
            opened = self._stack.enter_context(zipfile.ZipFile(archive))
        except READ_ERRORS:
            yield File(_printable(str(archive)), (), _printable(archive.name), BAD_ZIP)
            return
        members = [info for info in opened.infolist() if not info.is_dir()]
        last = {info.filename: info for info in members}  # what reading by name gives
        overlapping = _overlapping(members)
        for info in members:
            parts = _member_parts(info)
            problem = (
                _unsafe(info, parts)
                or ("hidden by a member of the same name" if last[info.filename] != info else "")
                or ("overlaps another member" if info.header_offset in overlapping else "")
            )
            path = f"{archive}{MEMBER}{info.filename}"
            self._packed[path] = (opened, info)
            yield File(path, parts[:-1], parts[-1], problem)


def count(source: Path) -> int:
    """How many files an export has, counted apart from `Export` so that one checks the other."""
    if not source.is_dir():
        return _count_members(source)
    total, folders = 0, [source]
    while folders:
        folder = folders.pop()
        for entry in os.scandir(folder):
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


def _all(opened: BinaryIO | zipfile.ZipExtFile, file: File, size: int = MAX_BYTES + 1) -> bytes:
    try:
        data = opened.read(size)
    except READ_ERRORS as error:
        raise AlbumenError(f"{file.path} cannot be read: {error}.") from error
    if len(data) > MAX_BYTES:
        raise AlbumenError(f"{file.path} is larger than {MAX_BYTES >> 20} MiB.")
    return data


def _refuse(error: OSError) -> None:
    raise AlbumenError(f"{error.filename} cannot be listed: {error.strerror}.") from error


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file() and not path.is_symlink()


def _on_disk(path: Path, source: Path) -> File:
    shown = _printable(str(path))
    problem = ""
    if shown != str(path):
        problem = "its name is not UTF-8"
    elif path.is_symlink():
        problem = "a link, not a file"  # it may lead out of what the owner consented to
    elif not stat.S_ISREG(path.stat().st_mode):
        problem = "not a regular file"
    parts = [_nfc(_printable(part)) for part in path.relative_to(source).parts]
    return File(shown, tuple(parts[:-1]), parts[-1], problem)


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


def extension(name: str) -> str:
    """The extension, lower case, with its dot; "" if there is none."""
    return PurePosixPath(name).suffix.lower()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _printable(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "backslashreplace")
