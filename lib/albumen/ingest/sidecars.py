"""Which JSON belongs to which photo: the names that Google Photos Takeout gives its sidecars.

Takeout clips long names, moves counters and renames edits, so a sidecar's name only resembles its
photo's. The rules are tried in order, from the photo to its sidecar, within one folder of the
export (all its parts together); names are NFC.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

LIMIT = 46  # UTF-16 units of a sidecar's name before ".json"
SUPPLEMENT = "supplemental-metadata"
EDITED = (
    "-edited",
    "-edytowane",
    "-bearbeitet",
    "-bewerkt",
    "-編集済み",
    "-编辑",
    "-modificato",
    "-modifié",
    "-ha editado",
    "-editado",
    "-editat",
)
CREATED = ("-effects", "-smile", "-mix", "-motion", "-animation", "-collage")
CLIPS = {".mp4", ".mov"}  # the moving part of a still with one of the next
STILLS = (".heic", ".heif", ".jpg", ".jpeg")

NAME, COUNTER, NO_EXTENSION = "name", "counter", "no extension"
EDIT, MOTION, CLIPPED_EDIT = "edited", "motion", "clipped edited"
AMBIGUOUS, NONE = "ambiguous", "none"
OWN = (NAME, COUNTER, NO_EXTENSION)  # the rest share the sidecar of another file


class Match(NamedTuple):
    """What a media file's name says of its sidecar."""

    rule: str  # the rule that fits; "ambiguous" and "none" take no sidecar
    candidates: tuple[str, ...]  # one sidecar, or those among which it could not be decided


def match(media: Iterable[str], sidecars: Iterable[str]) -> dict[str, Match]:
    """Match the media names of one folder to its sidecars' names (with `.json`).

    A sidecar may serve a photo, its edit and its motion clip. Where two sidecars fit a photo by
    the same rule, or two photos own one sidecar by the same rule, neither is taken.
    """
    index = defaultdict(set)
    for sidecar in sidecars:
        index[_key(sidecar)].add(sidecar)
    matches = {name: _match(name, index) for name in sorted(set(media))}
    claims = defaultdict(list)
    for name, (rule, candidates) in matches.items():
        if rule in OWN:
            claims[candidates[0]].append((_is_clip(name), OWN.index(rule), name))
    for sidecar, claimed in claims.items():
        stills = [claim for claim in claimed if not claim[0]] or claimed
        best = min(rule for _, rule, _ in stills)
        contested = sum(rule == best for _, rule, _ in stills) > 1
        for clip, rule, name in claimed:
            if rule > best and not clip:
                matches[name] = Match(NONE, ())
        for name, (_, candidates) in matches.items() if contested else ():
            if sidecar in candidates:
                matches[name] = Match(AMBIGUOUS, candidates)
    return matches


def is_edited(name: str) -> bool:
    """Whether the name has the suffix of an edit, in any of the known languages."""
    return _suffixed(_split(name)[0], EDITED) != ""


def is_creation(name: str) -> bool:
    """Whether the name has the suffix of something that Google Photos made of photos."""
    return _suffixed(_split(name)[0], CREATED) != ""


def _match(name: str, index: dict[tuple[str, str], set[str]]) -> Match:
    for rule, wanted, counter in (*_own(name), *_edit(name), *_motion(name)):
        if found := _fitting(wanted, counter, index):
            return Match(rule if len(found) == 1 else AMBIGUOUS, tuple(sorted(found)))
    found = {
        sidecar
        for wanted, counter in _clipped_edit(name)
        for sidecar in _fitting(wanted, counter, index)
    }
    return Match(CLIPPED_EDIT, tuple(found)) if len(found) == 1 else Match(NONE, ())


def _key(sidecar: str) -> tuple[str, str]:
    """`X(2).json` -> (X, "2"); without a counter (X, "")."""
    core, counter = _counter(sidecar[: -len(".json")])
    return core, counter


def _fitting(wanted: str, counter: str, index: dict[tuple[str, str], set[str]]) -> set[str]:
    full = f"{wanted}.{SUPPLEMENT}"
    cores = {full, _clip(full), wanted, _clip(wanted)}
    cores |= {f"{wanted}.{SUPPLEMENT[:size]}" for size in range(len(SUPPLEMENT))}
    return {sidecar for core in cores for sidecar in index.get((core, counter), ())}


def _own(name: str) -> Iterator[tuple[str, str, str]]:
    stem, counter, ending = _split(name)
    whole = name[: len(name) - len(ending)]
    yield NAME, name, ""
    if counter:
        yield COUNTER, stem + ending, counter
    yield NO_EXTENSION, whole, ""
    if counter:
        yield NO_EXTENSION, stem, counter


def _edit(name: str) -> Iterator[tuple[str, str, str]]:
    stem, counter, ending = _split(name)
    suffix = _suffixed(stem, (*EDITED, *CREATED))
    if not suffix:
        return
    base = stem[: -len(suffix)]
    yield EDIT, base + ending, counter
    yield EDIT, base, counter
    if counter:
        yield EDIT, base + ending, ""
        yield EDIT, base, ""
    inner, inner_counter = _counter(base)  # X(1)-edited.jpg
    if inner_counter:
        yield EDIT, inner + ending, inner_counter
        yield EDIT, inner, inner_counter


def _is_clip(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in CLIPS


def _motion(name: str) -> Iterator[tuple[str, str, str]]:
    ending = PurePosixPath(name).suffix
    stem = name[: len(name) - len(ending)]
    if _is_clip(name):
        stills = [stem + still for still in STILLS] + [stem + still.upper() for still in STILLS]
    elif ending == ".MP":
        stills = [f"{name}.jpg"]
    else:
        return
    for still in stills:
        for _, wanted, counter in _own(still):
            yield MOTION, wanted, counter


def _clipped_edit(name: str) -> Iterator[tuple[str, str]]:
    """A suffix is only clipped from a name that was too long for it."""
    stem, counter, ending = _split(name)
    if _units(stem + ending) < LIMIT:
        return
    for suffix in (*EDITED, *CREATED):
        for size in range(2, len(suffix)):
            if stem.casefold().endswith(suffix[:size]):
                yield stem[:-size] + ending, counter
                yield stem[:-size], counter


def _split(name: str) -> tuple[str, str, str]:
    """`IMG-edited(2).jpg` -> ("IMG-edited", "2", ".jpg")."""
    ending = PurePosixPath(name).suffix
    stem, counter = _counter(name[: len(name) - len(ending)])
    return stem, counter, ending


def _counter(stem: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+)\(([0-9]+)\)", stem, re.DOTALL)
    return (found[1], found[2]) if found else (stem, "")


def _suffixed(stem: str, suffixes: tuple[str, ...]) -> str:
    lowered = stem.casefold()
    return next((end for end in suffixes if lowered.endswith(end) and len(stem) > len(end)), "")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _clip(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass")[: 2 * LIMIT].decode("utf-16-le", "ignore")
