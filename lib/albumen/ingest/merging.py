"""One row a photo: copies merged, consent applied, and every file accounted for.

Photos with the same bytes are one photo. What shares a sidecar, a burst or a motif (a photo, its
edit, its RAW file, its motion clip) is judged together with all their copies: if one of them is
denied, all are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import pandas as pd

from albumen.consent import NOT_ALLOWED, Consent, decide
from albumen.errors import AlbumenError
from albumen.images import decode, read_bytes
from albumen.ingest.accounting import Fate, account_for
from albumen.ingest.items import Item, Photo
from albumen.ingest.sidecars import AMBIGUOUS, NONE
from albumen.metadata.contents import CUT, MEDIA, PHOTO
from albumen.metadata.labels import Labels, combine
from albumen.metadata.times import settle

CHECK_SIDE = 32  # pixels of the shortest side: the smallest scale at which a JPEG is decoded
KEPT_FLAGS = {
    *("archived", "broken metadata", "creation", "document", "edited", "motion", "received"),
    *("screenshot", "shared"),
}


def merge(
    items: list[Item], consent: Consent, kind: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the PHOTOS and RECONCILIATION tables; decodes no photo but allowed ones."""
    together = defaultdict(list)
    for item in items:
        together[item.together].append(item)
    photos = [photo for group in together.values() for photo in _photos(group)]
    denied = _denied(together, photos, consent)
    fate: dict[str, Fate] = {}  # photo_id -> outcome, reason, photo_id
    kept = []
    for photo in photos:
        if photo.copies[0].row in denied:
            continue
        if reason := _set_aside(photo) or _broken(photo):
            fate[photo.photo_id] = ("skipped", reason, None)
        else:
            kept.append(photo)
    for photo in _superseded(kept):
        fate[photo.photo_id] = ("skipped", "superseded by its edited copy", None)
    kept = [photo for photo in kept if photo.photo_id not in fate]
    for photo, cover in _bursts(kept):
        fate[photo.photo_id] = ("merged", "of a burst: its cover stands for it", cover.photo_id)
    kept = [photo for photo in kept if photo.photo_id not in fate]
    rows = [_row(photo, kind) for photo in kept]
    return rows, account_for(items, denied, fate, kept)


def _photos(group: list[Item]) -> list[Photo]:
    """The photos among what is judged together."""
    copies = defaultdict(list)
    for item in group:
        if item.what == PHOTO:
            copies[item.photo_id].append(item)
    photos = []
    for photo_id, same in copies.items():
        same.sort(key=_order)
        matched_first = sorted(same, key=lambda one: one.near.rule in (NONE, AMBIGUOUS))
        labels = combine(one.labels for one in matched_first)
        photos.append(Photo(photo_id, same, group, labels))
    return photos


def _order(item: Item) -> tuple:
    """A copy outside albums stands for a photo before one inside, then by its place."""
    return bool(item.albums), item.folder, item.name, item.path


def _denied(
    together: Mapping[int, list[Item]], photos: list[Photo], consent: Consent
) -> dict[int, str]:
    """Row -> why consent denies it, for every file: also what only tells of denied ones."""
    judged = {}  # what consent looks at: media, and files that belong to none
    by_id = {photo.photo_id: photo for photo in photos}
    for group in together.values():
        shared = _known_of(group)
        for item in _judged(group):
            photo = by_id.get(item.photo_id or "")
            own = photo.labels if photo else item.labels
            judged[item.row] = shared | _known_alone(item, own, shared["keywords"])
    why = dict(zip(judged, decide(pd.DataFrame(judged.values()), consent).tolist(), strict=True))
    denied = {}
    for group in together.values():
        items = _judged(group)
        media = items[0].what in MEDIA
        reasons = {why[item.row] for item in items} - {"", *NOT_ALLOWED}
        denial = min(reasons, default="")
        for item in items:  # a denial holds for all, what is merely not allowed for one photo
            photo = by_id.get(item.photo_id or "")
            own = why[photo.copies[0].row if photo else item.row] if media else ""
            if reason := denial or own:
                denied[item.row] = reason
        if media and all(item.row in denied for item in items):
            rest = (item.row for item in group if item.row not in denied)
            denied |= dict.fromkeys(rest, "of a photo that is withheld")
    return denied


def _judged(group: list[Item]) -> list[Item]:
    return [item for item in group if item.what in MEDIA] or group


def _known_of(group: list[Item]) -> dict[str, Any]:
    """What consent looks at, of everything that is judged together."""
    doubtful = [one for item in group for one in item.doubtful]
    known = [*(item.labels for item in group), *doubtful]
    words = [word for one in doubtful for word in (one.title, one.description)]
    return {
        "people": _union(one.people for one in known),
        "albums": _union(item.albums for item in group),
        "keywords": [*_union(one.keywords for one in known), *words],
        "places": _union(one.places for one in known),
        "lat": None,
        "lon": None,
        "positions": _union(one.positions for one in known),
    }


def _known_alone(item: Item, own: Labels, keywords: list[str]) -> dict[str, Any]:
    """What consent looks at, of one file; `own`: its photo's labels."""
    _, local, _ = settle(own)
    return {
        "photo_id": item.photo_id or "",
        "path": item.path,
        "keywords": [*keywords, *filter(None, item.folder.split("/"))],
        "title": item.labels.title,
        "description": item.labels.description,
        "taken_utc": own.taken_utc,
        "taken_local": local,
        "time_source": own.time_source,
    }


def _set_aside(photo: Photo) -> str:
    flags = [item.labels.flags for item in photo.copies]
    if any("locked" in item.labels.flags for item in photo.together):
        return "in the locked folder"
    if all("trashed" in one for one in flags):
        return "in the trash"
    if all("partner" in one for one in flags):
        return "shared by a partner"
    return ""


def _broken(photo: Photo) -> str:
    """Why a photo is no whole one; "" if it is. Decodes it, small, where only that can tell."""
    first = photo.copies[0]
    if first.reason or first.whole:
        return first.reason
    try:
        decode(read_bytes(first.path), first.path, at_least=CHECK_SIDE)
    except AlbumenError:
        return CUT
    return ""


def _superseded(photos: list[Photo]) -> list[Photo]:
    """Originals beside an edited copy that is whole: one motif, one photo."""

    def has(photo: Photo, flag: str) -> bool:
        return any(flag in item.labels.flags for item in photo.copies)

    def motifs(photo: Photo) -> set[str]:
        return {motif for item in photo.copies for motif in item.near.motifs}

    edited = {motif for photo in photos if has(photo, "edited") for motif in motifs(photo)}
    return [
        photo
        for photo in photos
        if motifs(photo) & edited and not has(photo, "edited") and not has(photo, "creation")
    ]


def _bursts(photos: list[Photo]) -> list[tuple[Photo, Photo]]:
    """Photos of bursts, each with the one that stands for it: the cover, else the first."""
    bursts = defaultdict(list)
    for photo in photos:
        for burst in {item.near.burst for item in photo.copies} - {""}:
            bursts[burst].append(photo)
    pairs = {}
    for shots in bursts.values():
        shots.sort(key=lambda photo: (not photo.labels.cover, _order(photo.copies[0])))
        pairs |= {photo.photo_id: (photo, shots[0]) for photo in shots[1:]}
    covers = {shots[0].photo_id for shots in bursts.values()}
    return [pair for photo_id, pair in pairs.items() if photo_id not in covers]


def _row(photo: Photo, kind: str) -> dict[str, Any]:
    first, labels = photo.copies[0], photo.labels
    utc, local, tz_source = settle(labels)
    position = labels.positions[0] if labels.positions else (None, None)
    own = [item for item in photo.copies if item.near.rule not in (NONE, AMBIGUOUS)]
    return {
        "photo_id": photo.photo_id,
        "path": first.path,
        "taken_utc": utc,
        "taken_local": local,
        "tz_source": tz_source,
        "time_source": labels.time_source or "unknown",
        "lat": position[0],
        "lon": position[1],
        "albums": sorted(_union(item.albums for item in photo.together)),
        "people": sorted(_union(item.labels.people for item in photo.together)),
        "faces": [box._asdict() for box in labels.boxes],
        "keywords": sorted(labels.keywords),
        "places": sorted(labels.places),
        "title": labels.title or first.name,
        "description": labels.description,
        "favourite": labels.favourite,
        "rating": labels.rating,
        "width": first.size[0],
        "height": first.size[1],
        "source": kind,
        "match_rule": (own or photo.copies)[0].near.rule,
        "flags": sorted(KEPT_FLAGS & labels.flags),
    }


def _union(lists: Iterable[Iterable[Any]]) -> list[Any]:
    lists = [one for one in lists if one]
    return list(lists[0] if len(lists) == 1 else dict.fromkeys(chain.from_iterable(lists)))
