"""What lies beside each media file in its folder: sidecars, other formats, the rest of a burst."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from albumen.ingest.bursts import burst_in_name
from albumen.ingest.contents import EXIFTOOL, MEDIA, PHOTO, SIDECAR, XMP
from albumen.ingest.labels import Labels
from albumen.ingest.sidecars import AMBIGUOUS, EDITED, NONE, match

BESIDE = {XMP: "xmp sidecar", EXIFTOOL: "exiftool sidecar"}  # what it is -> the rule it makes
ENDS_OF_EDITS = (*EDITED, "_edited")  # the last is osxphotos'


class Entry(NamedTuple):
    """One row of examine.FOUND, as far as names go."""

    row: int
    folder: str
    name: str
    what: str
    reason: str
    labels: str  # JSON


class Near(NamedTuple):
    """What lies beside one media file."""

    rule: str = NONE  # how its sidecar was found
    sidecars: tuple[int, ...] = ()  # rows of its sidecars, the most trusted first
    doubtful: tuple[int, ...] = ()  # rows of those that may be its own: for consent alone
    motifs: tuple[str, ...] = ()  # what a photo shares with its edits, its RAW file and its clip
    edited: bool = False  # its original lies beside it
    burst: str = ""
    cover: bool = False  # of its burst


def path_in(folder: str, name: str) -> str:
    """A file's path within its library, as an index gives it."""
    return f"{folder}/{name}" if folder else name


def look_beside(found: pa.Table, said: Mapping[str, Labels]) -> dict[int, Near]:
    """By the row of each media file in `found` (examine.FOUND), what lies beside it.

    `said`: what the library's index says, by path within the library.
    """
    entries = defaultdict(list)
    columns = [found[name].to_pylist() for name in ("folder", "name", "what", "reason")]
    for row, values in enumerate(zip(*columns, found["labels"], strict=True)):
        entries[values[0]].append(Entry(row, *values[:4], values[4].as_py()))
    return {row: near for folder in entries.values() for row, near in _in_folder(folder, said)}


def judged_together(
    found: pa.Table, near: dict[int, Near]
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Two numbers a row: of what consent judges together, and of what must be looked at together.

    Together are copies of the same bytes, what shares a sidecar, a burst or a motif, directly or
    through others. Doubtful sidecars have to be looked at as well.
    """
    ids = found["photo_id"].to_pylist()
    number: dict[str, int] = {}
    links = [
        (row, len(found) + number.setdefault(key, len(number)))
        for row, one in near.items()
        for key in (ids[row], one.burst and f"burst {one.burst}", *one.motifs)
        if key
    ]
    links += [(row, sidecar) for row, one in near.items() for sidecar in one.sidecars]
    doubts = [(row, sidecar) for row, one in near.items() for sidecar in one.doubtful]
    size = len(found) + len(number)
    return _components(links, size)[: len(found)], _components(links + doubts, size)[: len(found)]


def _in_folder(entries: list[Entry], said: Mapping[str, Labels]) -> Iterator[tuple[int, Near]]:
    """The media of one folder, all parts of the export together."""
    media = [entry for entry in entries if entry.what in MEDIA]
    google = _by_name(entry for entry in entries if entry.what == SIDECAR)
    matches = match({entry.name for entry in media}, google)
    others = defaultdict(list)
    for entry in entries:
        if entry.what in BESIDE:
            others[_stem(entry.name)].append(entry)
    stems = {_stem(entry.name) for entry in media if entry.what == PHOTO}
    for entry in media:
        rule, names = matches[entry.name]
        candidates = [one for name in names for one in google[name]]
        rows = tuple(one.row for one in candidates)
        if rule == AMBIGUOUS or len({one.labels for one in candidates}) > 1:
            rule, own, doubtful = AMBIGUOUS, (), rows  # parts may hold different ones of a name
        else:
            own, doubtful = rows, ()
        # photo.jpg.xmp before photo.xmp
        beside = [*others[entry.name.casefold()], *others[_stem(entry.name)]]
        if rule == NONE and beside:
            rule = BESIDE[beside[0].what]
        own += tuple(dict.fromkeys(one.row for one in beside))
        stem = _stem(entry.name)
        edited = entry.what == PHOTO and (base := _edited_base(stem)) in stems
        motifs = [f"sidecar {row}" for row in own]
        if edited or stem in stems:  # shared with its edits, its RAW file, its clip
            motifs.append(f"stem {entry.folder}/{base if edited else stem}")
        yield entry.row, Near(rule, own, doubtful, tuple(motifs), edited, *_burst(entry, said))


def _edited_base(stem: str) -> str:
    """The stem of the original of an edited copy; "" if it is none."""
    return next((stem.removesuffix(end) for end in ENDS_OF_EDITS if stem.endswith(end)), "")


def _burst(entry: Entry, said: Mapping[str, Labels]) -> tuple[str, bool]:
    """The burst that a photo is of, and whether it is the cover: by index, header, else name."""
    if entry.what != PHOTO:
        return "", False
    index = said.get(path_in(entry.folder, entry.name), Labels())
    if index.burst:
        return index.burst, index.cover  # over all folders
    burst, cover = burst_in_name(entry.name)
    if '"burst"' in entry.labels:
        labels = json.loads(entry.labels)
        burst, cover = labels["burst"], labels.get("cover", False)
    return burst and path_in(entry.folder, burst), cover


def _by_name(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    named = defaultdict(list)
    for entry in entries:
        named[entry.name].append(entry)
    return named


def _stem(name: str) -> str:
    """A name without its last extension, as file systems that ignore case compare it."""
    stem, dot, _ = name.casefold().rpartition(".")
    return stem if dot else name.casefold()


def _components(links: list[tuple[int, int]], size: int) -> Int[np.ndarray, " n"]:
    """The number of each node's connected component."""
    a, b = np.array(links, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(size, size))
    return connected_components(graph, directed=False)[1]
