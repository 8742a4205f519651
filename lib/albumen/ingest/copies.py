"""Every media file of an export with what lies beside it: sidecar, folder and name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from albumen.ingest import folder, takeout
from albumen.ingest.contents import PHOTO, SIDECAR, UNREAD, Content, album_title
from albumen.ingest.files import File
from albumen.ingest.sidecars import (
    AMBIGUOUS,
    CLIPPED_EDIT,
    EDIT,
    NONE,
    Match,
    is_creation,
    is_edited,
    match,
)
from albumen.ingest.takeout import Folder, Labels, read_labels

SidecarKey = tuple[Folder, str]


class Item(NamedTuple):
    """One file found, whatever it is, with its labels: empty but for media and sidecars."""

    file: File
    content: Content
    albums: tuple[str, ...] = ()  # that its folder stands for
    labels: Labels = Labels()
    flags: frozenset[str] = frozenset()
    rule: str = NONE  # how its sidecar was found
    sidecar: SidecarKey | None = None  # the one taken, or the one it is
    doubtful: tuple[Labels, ...] = ()  # of the sidecars that may be its own: for consent alone


def is_takeout(examined: Iterable[tuple[File, Content]]) -> bool:
    """Whether it is a Takeout export: by its top folder, or because it holds a sidecar."""
    return any(
        content.what == SIDECAR or file.folder[:1] == ("Takeout",) for file, content in examined
    )


def describe(examined: list[tuple[File, Content]], kind: str) -> list[Item]:
    """Give each file its albums, and each media file its sidecar's labels; in the given order."""
    if kind == "folder":
        return [Item(file, content, *_in_folder(file)) for file, content in examined]
    titles, sidecars, media = defaultdict(set), defaultdict(dict), defaultdict(set)
    for file, content in examined:
        if content.what == SIDECAR:
            labels = read_labels(content.data)
            sidecars[file.folder].setdefault(file.name, {})[labels] = None
        elif content.what in (PHOTO, UNREAD):
            media[file.folder].add(file.name)
        elif content.data is not None and {"title", "albumData"} & set(content.data):
            titles[file.folder] |= {album_title(content.data)} - {""}
    matches = {place: match(names, sidecars[place]) for place, names in media.items()}
    return [_item(file, content, titles, sidecars, matches) for file, content in examined]


def _in_folder(file: File) -> tuple[tuple[str, ...], Labels, frozenset[str]]:
    return folder.folder_albums(file.folder), Labels(), _flags_of_name(file.name)


def _item(
    file: File,
    content: Content,
    titles: Mapping[Folder, set[str]],
    sidecars: Mapping[Folder, Mapping[str, Mapping[Labels, None]]],
    matches: Mapping[Folder, Mapping[str, Match]],
) -> Item:
    albums = takeout.folder_albums(file.folder, titles)
    if content.what == SIDECAR:
        labels = read_labels(content.data)
        return Item(file, content, albums, labels, sidecar=(file.folder, file.name))
    if content.what not in (PHOTO, UNREAD):
        return Item(file, content, albums)
    flags = takeout.folder_flags(file.folder) | _flags_of_name(file.name)
    rule, candidates = matches[file.folder][file.name]
    found = tuple(labels for name in candidates for labels in sidecars[file.folder][name])
    if len(found) > 1 or rule == AMBIGUOUS:  # parts may hold different sidecars of one name
        return Item(file, content, albums, Labels(), flags, AMBIGUOUS, None, found)
    if not found:
        return Item(file, content, albums, Labels(), flags)
    if rule in (EDIT, CLIPPED_EDIT) and "creation" not in flags:
        flags |= {"edited"}
    flags |= found[0].flags
    return Item(file, content, albums, found[0], flags, rule, (file.folder, candidates[0]))


def _flags_of_name(name: str) -> frozenset[str]:
    flags = (("edited", is_edited(name)), ("creation", is_creation(name)))
    return frozenset(flag for flag, holds in flags if holds)
