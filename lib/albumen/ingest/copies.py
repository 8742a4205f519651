"""What lies beside each media file in its folder: sidecars, other formats, the rest of a burst."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from albumen.ingest.sidecars import AMBIGUOUS, EDITED, NONE, Match, match
from albumen.metadata.bursts import burst_in_name
from albumen.metadata.contents import EXIFTOOL, MEDIA, PHOTO, SIDECAR, XMP
from albumen.metadata.labels import Labels

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
    found = found.select(Entry._fields[1:]).append_column("row", pa.array(range(len(found))))
    folders = found["folder"].combine_chunks().indices.to_numpy()
    order = np.argsort(folders, kind="stable")
    near: dict[int, Near] = {}
    for rows in np.split(order, np.flatnonzero(np.diff(folders[order])) + 1):
        columns = found.take(rows).select(Entry._fields).to_pydict()
        near.update(_in_folder(list(map(Entry, *columns.values())), said))
    return near


def judged_together(
    found: pa.Table, near: dict[int, Near]
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Two numbers a row: of what consent judges together, and of what must be looked at together.

    Together are copies of the same bytes, what shares a sidecar, a burst or a motif, directly or
    through others. Doubtful sidecars have to be looked at as well.
    """
    number: dict[str, int] = {}
    ids = found["photo_id"]

    def links() -> Iterator[tuple[int, int]]:
        for row, one in near.items():
            yield from ((row, sidecar) for sidecar in one.sidecars)
            for key in (ids[row].as_py(), one.burst and f"burst {one.burst}", *one.motifs):
                if key:
                    yield row, len(found) + number.setdefault(key, len(number))

    doubts = ((row, sidecar) for row, one in near.items() for sidecar in one.doubtful)
    union = _Union()
    union.join(links())
    together = union.roots(len(found))
    union.join(doubts)
    return together, union.roots(len(found))


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
    found = [_sidecars(entry, matches[entry.name], google, others) for entry in media]
    bases = [_stem_of_motif(entry, stems) for entry in media]
    times = Counter(bases) + Counter(row for _, own, _ in found for row in own)
    for entry, base, (rule, own, doubtful) in zip(media, bases, found, strict=True):
        motifs = [f"sidecar {row}" for row in own if times[row] > 1]
        if base and times[base] > 1:
            motifs.append(f"stem {path_in(entry.folder, base)}")
        edited = base not in ("", _stem(entry.name))
        yield entry.row, Near(rule, own, doubtful, tuple(motifs), edited, *_burst(entry, said))


def _sidecars(
    entry: Entry, match: Match, google: dict[str, list[Entry]], others: dict[str, list[Entry]]
) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The rule that matched, the rows of a media file's sidecars, and of those in doubt."""
    rule, names = match
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
    return rule, own + tuple(dict.fromkeys(one.row for one in beside)), doubtful


def _stem_of_motif(entry: Entry, stems: set[str]) -> str:
    """What a photo's name shares with its edits, its RAW file and its clip; "" if it has none."""
    stem = _stem(entry.name)
    if entry.what == PHOTO and (base := _edited_base(stem)) in stems:
        return base
    return stem if stem in stems else ""


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


class _Union:
    """Nodes joined to components; a component is known by its least node."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def join(self, links: Iterable[tuple[int, int]]) -> None:
        """Join the two nodes of each link."""
        for link in links:
            a, b = map(self._root, link)
            if a != b:
                self._parent[max(a, b)] = min(a, b)

    def roots(self, count: int) -> Int[np.ndarray, " n"]:
        """The component of each of the first `count` nodes."""
        return np.fromiter(map(self._root, range(count)), np.int64, count)

    def _root(self, node: int) -> int:
        parent = self._parent
        while (above := parent.get(node, node)) != node:
            parent[node] = node = parent.get(above, above)
        return node
