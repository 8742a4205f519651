"""One file of an export with everything that is known of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from albumen.ingest.copies import Near, path_in
from albumen.ingest.sidecars import CLIPPED_EDIT, EDIT
from albumen.metadata.contents import MEDIA
from albumen.metadata.labels import Labels, combine, from_text, names_in
from albumen.metadata.regions import distinct, upright
from albumen.metadata.tags import tidy
from albumen.metadata.takeout import folder_flags
from albumen.metadata.times import time_in_name, year_of_folder


class Item(NamedTuple):
    """One file found, with everything that is known of it."""

    row: int
    path: str
    folder: str
    name: str
    what: str
    reason: str
    photo_id: str | None
    size: tuple[int, int]  # of a photo: width, height, pixels, upright
    whole: bool | None
    albums: tuple[str, ...]  # that its folder stands for
    labels: Labels  # of media: its sidecars', its index's, its header's and its name's together
    doubtful: tuple[Labels, ...]  # of sidecars that may be its own: for consent alone
    near: Near
    together: int  # what consent judges it with


class Photo(NamedTuple):
    """The copies of one photo's bytes, and everything that is judged together with it."""

    photo_id: str
    copies: list[Item]  # the one that stands for the photo first
    together: list[Item]
    labels: Labels


def items_of(
    rows: Iterable[Mapping[str, Any]],  # of examine.FOUND, with "row" and "together"
    near: Mapping[int, Near],
    said: Mapping[str, Labels],  # by the library's index
    albums: Mapping[str, tuple[str, ...]],  # by folder
) -> list[Item]:
    """The files of some rows, closed under `copies.judged_together`, with all their labels."""
    rows = list(rows)
    own = {row["row"]: from_text(row["labels"]) for row in rows}
    return [_item(row, near.get(row["row"], Near()), own, said, albums) for row in rows]


def _item(
    row: Mapping[str, Any],
    near: Near,
    own: Mapping[int, Labels],
    said: Mapping[str, Labels],
    albums: Mapping[str, tuple[str, ...]],
) -> Item:
    folder, name = row["folder"], row["name"]
    labels = own[row["row"]]
    if row["what"] in MEDIA:
        index = said.get(path_in(folder, name), Labels())
        beside = [index, *(own[sidecar] for sidecar in near.sidecars)]
        beside = [one._replace(boxes=upright(one.boxes, row["orientation"])) for one in beside]
        labels = combine([*beside, labels])
        if not (labels.taken_utc or labels.taken_local):
            labels = combine([labels, time_in_name(name), _year(folder)])
        flags = labels.flags | folder_flags(tuple(folder.split("/")))
        if (near.edited or near.rule in (EDIT, CLIPPED_EDIT)) and "creation" not in flags:
            flags |= {"edited"}
        labels = labels._replace(
            flags=flags,
            people=names_in(labels),
            boxes=distinct(labels.boxes),
            cover=labels.cover or near.cover,
        )
        labels = tidy(labels)
    return Item(
        *(row[key] for key in ("row", "path", "folder", "name", "what", "reason", "photo_id")),
        size=(row["width"], row["height"]),
        whole=row["whole"],
        albums=albums[folder],
        labels=labels,
        doubtful=tuple(own[other] for other in near.doubtful),
        near=near,
        together=row["together"],
    )


def _year(folder: str) -> Labels:
    year = year_of_folder(folder.rpartition("/")[2])
    if year is None:
        return Labels()
    return Labels(taken_local=datetime(year, 1, 1), time_source="folder's year")
