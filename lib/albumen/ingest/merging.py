"""One row a photo: copies merged, consent applied, and every file accounted for.

Photos with the same bytes are one photo. What shares a sidecar (a photo, its edit, its motion
clip) is judged together with all their copies: if one of them is denied, all are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd

from albumen.consent import Consent, decide
from albumen.errors import AlbumenError
from albumen.ingest.contents import ALBUM, PHOTO, SIDECAR, UNREAD
from albumen.ingest.copies import Item
from albumen.ingest.files import Export
from albumen.ingest.metadata import Header, read_header
from albumen.ingest.sidecars import AMBIGUOUS, NONE

WITHHELD = "(withheld)"
NOT_ALLOWED_ALBUM = "in no allowed album"
ZONES = timedelta(hours=-12), timedelta(hours=14)  # the furthest from UTC
KEPT_FLAGS = {"archived", "creation", "edited"}


class Photo(NamedTuple):
    """The copies of one photo's bytes, and everything that is judged together with it."""

    photo_id: str
    copies: list[int]  # positions in the items, the one that stands for the photo first
    cluster: list[int]


def merge(
    items: list[Item], export: Export, consent: Consent, kind: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the PHOTOS and RECONCILIATION tables, unsorted; decodes only allowed photos."""
    clusters = _clusters(items)
    denied = _denied(items, clusters, consent)
    skipped: dict[str, str] = {}  # photo_id -> why
    headers: dict[str, Header] = {}
    photos = [photo for photo in _photos(items, clusters) if photo.copies[0] not in denied]
    for photo in photos:
        reason = _set_aside(photo, items)
        try:
            if not reason:
                first = items[photo.copies[0]].file
                headers[photo.photo_id] = read_header(export.read(first), first.path)
        except AlbumenError:
            reason = "not a whole image"
        if reason:
            skipped[photo.photo_id] = reason
    for photo_id in _superseded([photo for photo in photos if photo.photo_id in headers], items):
        skipped[photo_id] = "superseded by its edited copy"
    rows = [
        _row(photo, items, headers[photo.photo_id], kind)
        for photo in photos
        if photo.photo_id not in skipped
    ]
    paths = {row["path"] for row in rows}
    return rows, _reconcile(items, denied, skipped, paths)


def _clusters(items: list[Item]) -> list[list[int]]:
    """Positions of the media that share bytes or a sidecar, directly or through others."""
    parent: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    media = [at for at, item in enumerate(items) if item.content.what in (PHOTO, UNREAD)]
    for at in media:
        for shared in (items[at].content.photo_id, items[at].sidecar):
            if shared is not None:
                parent[root(shared)] = root(at)
    grouped = defaultdict(list)
    for at in media:
        grouped[root(at)].append(at)
    return list(grouped.values())


def _denied(items: list[Item], clusters: list[list[int]], consent: Consent) -> dict[int, str]:
    """Position -> why consent denies it, for every file: also what only tells of denied ones."""
    cluster_of = {at: cluster for cluster in clusters for at in cluster}
    reasons = decide(_as_photos(items, cluster_of), consent).tolist()
    denied = {
        at: next(reasons[other] for other in cluster if reasons[other])
        for at, cluster in cluster_of.items()
        if any(reasons[other] for other in cluster)
    }
    sidecars = {items[at].sidecar for at in denied}
    for at, item in enumerate(items):
        if at in cluster_of:
            continue
        if reasons[at] not in ("", NOT_ALLOWED_ALBUM):
            denied[at] = reasons[at]
        elif item.content.what == SIDECAR and item.sidecar in sidecars:
            denied[at] = "of a photo that is withheld"
    return denied


def _as_photos(items: list[Item], cluster_of: dict[int, list[int]]) -> pd.DataFrame:
    """What consent looks at, for each file with what is known of its whole cluster."""
    rows = []
    for at, item in enumerate(items):
        together = [items[other] for other in cluster_of.get(at, [at])]
        doubtful = [labels for one in together for labels in one.doubtful]
        labels = [*(one.labels for one in together), *doubtful]
        words = [word for one in doubtful for word in (one.title, one.description)]
        rows.append(
            {
                "photo_id": item.content.photo_id or "",
                "path": item.file.path,
                "people": _union(one.people for one in labels),
                "albums": _union(one.albums for one in together),
                "keywords": [*item.file.folder, *words],
                "title": item.labels.title,
                "description": item.labels.description,
            }
        )
    return pd.DataFrame(rows)


def _photos(items: list[Item], clusters: list[list[int]]) -> list[Photo]:
    photos = []
    for cluster in clusters:
        copies = defaultdict(list)
        for at in cluster:
            if items[at].content.what == PHOTO:
                copies[items[at].content.photo_id].append(at)
        photos += [Photo(key, sorted(at, key=_order(items)), cluster) for key, at in copies.items()]
    return photos


def _order(items: list[Item]) -> Callable[[int], tuple]:
    """A copy outside albums stands for a photo before one inside, then by its place."""

    def key(at: int) -> tuple:
        item = items[at]
        return bool(item.albums), item.file.folder, item.file.name, item.file.path

    return key


def _set_aside(photo: Photo, items: list[Item]) -> str:
    flags = [items[at].flags for at in photo.copies]
    if any("locked" in items[at].flags for at in photo.cluster):
        return "in the locked folder"
    if all("trashed" in one for one in flags):
        return "in the trash"
    if all("partner" in one for one in flags):
        return "shared by a partner"
    return ""


def _superseded(photos: Sequence[Photo], items: list[Item]) -> set[str]:
    """Originals beside whose sidecar lies an edited copy that is whole: one motif, one photo."""

    def edited(photo: Photo) -> bool:
        return any("edited" in items[at].flags for at in photo.copies)

    def sidecars(photo: Photo) -> set:
        return {items[at].sidecar for at in photo.copies} - {None}

    served = {key for photo in photos if edited(photo) for key in sidecars(photo)}
    return {
        photo.photo_id
        for photo in photos
        if not edited(photo)
        and sidecars(photo) & served
        and not any("creation" in items[at].flags for at in photo.copies)
    }


def _row(photo: Photo, items: list[Item], header: Header, kind: str) -> dict[str, Any]:
    copies = [items[at] for at in photo.copies]
    matched = [item for item in copies if item.rule not in (NONE, AMBIGUOUS)] or copies
    labels = [item.labels for item in matched]
    utc = next((one.taken_utc for one in labels if one.taken_utc), None)
    utc, local, tz_source = _times(utc, header)
    position = next((one.position for one in labels if one.position), header.position)
    cluster = [items[at] for at in photo.cluster]
    return {
        "photo_id": photo.photo_id,
        "path": copies[0].file.path,
        "taken_utc": utc,
        "taken_local": local,
        "tz_source": tz_source,
        "lat": position[0] if position else None,
        "lon": position[1] if position else None,
        "albums": sorted(_union(item.albums for item in cluster)),
        "people": sorted(_union(item.labels.people for item in cluster)),
        "keywords": [],
        "title": next((one.title for one in labels if one.title), copies[0].file.name),
        "description": next((one.description for one in labels if one.description), ""),
        "favourite": any(one.favourite for one in labels),
        "width": header.width,
        "height": header.height,
        "source": kind,
        "match_rule": matched[0].rule,
        "flags": sorted(KEPT_FLAGS & set(_union(item.flags for item in copies))),
    }


def _times(utc: datetime | None, header: Header) -> tuple[datetime | None, datetime | None, str]:
    """UTC, local time and where its zone is from; the owner may have corrected UTC beside EXIF."""
    local, offset = header.taken_local, header.offset
    if utc is None and local is not None and offset is not None:
        utc = (local - offset).replace(tzinfo=UTC)
    if utc is not None and offset is not None:
        local = (utc + offset).replace(tzinfo=None)
    elif utc is not None and local is not None:
        zone = local.replace(tzinfo=UTC) - utc
        if not ZONES[0] <= zone <= ZONES[1]:  # no zone explains both: EXIF is the older word
            local = None
    return utc, local, "exif" if local is not None else "unknown"


def _reconcile(
    items: list[Item], denied: dict[int, str], skipped: dict[str, str], paths: set[str]
) -> list[dict[str, Any]]:
    """One row a file."""
    used = {item.sidecar for item in items if item.content.what in (PHOTO, UNREAD)}
    contested = {(item.file.folder, labels) for item in items for labels in item.doubtful}
    rows = []
    for at, item in enumerate(items):
        content, photo_id = item.content, None
        if content.what == PHOTO and content.photo_id not in skipped:
            photo_id = content.photo_id
            imported = item.file.path in paths
            outcome = "imported" if imported else "merged"
            reason = "" if imported else "the same bytes as another file"
        elif content.what == SIDECAR:
            outcome = "sidecar"
            reason = "of a photo" if item.sidecar in used else "its photo was not found"
            if (item.file.folder, item.labels) in contested:
                reason = "ambiguous: more than one photo or sidecar fits"
        elif content.what == ALBUM:
            outcome, reason = "sidecar", "of an album"
        else:
            outcome, reason = "skipped", skipped.get(content.photo_id or "", content.reason)
        path = item.file.path
        if at in denied:
            outcome = outcome if outcome == "sidecar" else "skipped"
            path, photo_id, reason = WITHHELD, None, denied[at]
        rows.append({"path": path, "outcome": outcome, "reason": reason, "photo_id": photo_id})
    return rows


def _union(lists: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(value for one in lists for value in one))
