"""Which JSON belongs to which photo: the names that Google Photos Takeout gives its sidecars.

Takeout clips long names, moves counters and renames edits, so a sidecar's name only resembles its
photo's. The rules are tried in order, from the photo to its sidecar, within one folder of the
export (all its parts together); names are NFC.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from albumen.metadata.names import (
    CREATED,
    EDITED,
    ending_of,
    split,
    split_counter,
    suffix_of,
)

LIMIT = 46  # UTF-16 units of a sidecar's name before ".json"
SUPPLEMENT = "supplemental-metadata"
CLIP = re.compile(r"\.(mp4|mov|(mp|mv)(~\d+)?)", re.IGNORECASE)  # the moving part of a still
PIXEL_CLIP = re.compile(r"\.(mp|mv)(~\d+)?", re.IGNORECASE)  # of X.MP.jpg it is X.MP
STILLS = (".heic", ".heif", ".jpg", ".jpeg", ".HEIC", ".HEIF", ".JPG", ".JPEG")

NAME, COUNTER, NO_EXTENSION = "name", "counter", "no extension"
EDIT, MOTION, CLIPPED_EDIT = "edited", "motion", "clipped edited"
AMBIGUOUS, NONE = "ambiguous", "none"
OWN = (NAME, COUNTER, NO_EXTENSION)  # the rest share the sidecar of another file


class Match(NamedTuple):
    """What a media file's name says of its sidecar."""

    rule: str  # the rule that fits; "ambiguous" and "none" take no sidecar
    candidates: tuple[str, ...]  # one sidecar, or those among which it could not be decided


class Index:
    """Sidecars by the media names that fit them.

    The sidecar of X is `X.supplemental-metadata`, that clipped to LIMIT, `X`, or `X` clipped: a
    core and, in brackets behind it, a counter. Seen from the sidecar, its core is the media name
    as it stands, or once what is left of the supplement is taken off.
    """

    def __init__(self, sidecars: Iterable[str]) -> None:
        self._whole = defaultdict(set)
        self._without_supplement = defaultdict(set)
        for sidecar in sidecars:
            core, counter = split_counter(sidecar[: -len(".json")])
            self._whole[core, counter].add(sidecar)
            name, dot, rest = core.rpartition(".")
            if dot and SUPPLEMENT.startswith(rest):
                self._without_supplement[name, counter].add(sidecar)

    def fitting(self, name: str, counter: str) -> set[str]:
        """The sidecars that fit a media name without its counter."""
        found = self._whole.get((name, counter), set())
        found = found | self._without_supplement.get((name, counter), set())
        if (clipped := _clip(name)) != name:
            found |= self._whole.get((clipped, counter), set())
        return found


def match(media: Iterable[str], sidecars: Iterable[str]) -> dict[str, Match]:
    """Match the media names of one folder to its sidecars' names (with `.json`).

    A sidecar may serve a photo, its edit and its motion clip. Where two sidecars fit a photo by
    the same rule, or two photos own one sidecar by the same rule, neither is taken.
    """
    index = Index(sidecars)
    matches = {name: _match(name, index) for name in sorted(set(media))}
    claims = defaultdict(list)
    for name, (rule, candidates) in matches.items():
        if rule in OWN:
            claims[candidates[0]].append((OWN.index(rule), name))
    contested = set()
    for sidecar, claimed in claims.items():
        stills = [claim for claim in claimed if not _is_clip(claim[1])]
        ranks = Counter(rank for rank, _ in stills or claimed)
        best = min(ranks)
        if ranks[best] > 1:
            contested.add(sidecar)
        matches |= {name: Match(NONE, ()) for rank, name in stills if rank > best}
    return {
        name: Match(AMBIGUOUS, found.candidates) if contested & {*found.candidates} else found
        for name, found in matches.items()
    }


def _match(name: str, index: Index) -> Match:
    for rules in (_own, _edit, _motion):
        for rule, wanted, counter in rules(name):
            if found := index.fitting(wanted, counter):
                return Match(rule if len(found) == 1 else AMBIGUOUS, tuple(sorted(found)))
    found = set()
    for wanted, counter in _clipped_edit(name):
        found |= index.fitting(wanted, counter)
    return Match(CLIPPED_EDIT, tuple(found)) if len(found) == 1 else Match(NONE, ())


def _own(name: str) -> Iterator[tuple[str, str, str]]:
    yield NAME, name, ""
    stem, counter, ending = split(name)
    if counter:
        yield COUNTER, stem + ending, counter
    yield NO_EXTENSION, name[: len(name) - len(ending)], ""
    if counter:
        yield NO_EXTENSION, stem, counter


def _edit(name: str) -> Iterator[tuple[str, str, str]]:
    stem, counter, ending = split(name)
    suffix = suffix_of(stem, (*EDITED, *CREATED))
    if not suffix:
        return
    base = stem[: -len(suffix)]
    yield EDIT, base + ending, counter
    yield EDIT, base, counter
    if counter:
        yield EDIT, base + ending, ""
        yield EDIT, base, ""
    inner, inner_counter = split_counter(base)  # X(1)-edited.jpg
    if inner_counter:
        yield EDIT, inner + ending, inner_counter
        yield EDIT, inner, inner_counter


def _is_clip(name: str) -> bool:
    return CLIP.fullmatch(ending_of(name)) is not None


def _motion(name: str) -> Iterator[tuple[str, str, str]]:
    if not _is_clip(name):
        return
    stem, counter, ending = split(name)
    bases = (stem + ending, stem) if PIXEL_CLIP.fullmatch(ending) else (stem,)
    for base in bases:
        for still in STILLS:
            yield MOTION, base + still, counter
            if counter:
                yield MOTION, f"{base}({counter}){still}", ""


def _clipped_edit(name: str) -> Iterator[tuple[str, str]]:
    """A suffix is only clipped from a name that was too long for it."""
    stem, counter, ending = split(name)
    if _units(stem + ending) < LIMIT:
        return
    lowered = stem.casefold()
    for suffix in (*EDITED, *CREATED):
        for size in range(2, len(suffix)):
            if lowered.endswith(suffix[:size]):
                yield stem[:-size] + ending, counter
                yield stem[:-size], counter


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _clip(text: str) -> str:
    if 2 * len(text) <= LIMIT:  # at most two units a character
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * LIMIT].decode("utf-16-le", "ignore")
