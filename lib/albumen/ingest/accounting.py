"""What became of each file: one row of the RECONCILIATION table."""

from collections.abc import Mapping
from typing import Any

from albumen.ingest.items import Item, Photo
from albumen.metadata.contents import ALBUM, INDEX, PHOTO, RAW, SIDECARS, VIDEO
from albumen.tables import WITHHELD

CLIP = "the moving part of a photo"
Fate = tuple[str, str, str | None]  # outcome, reason, and the photo_id that it came to


def account_for(
    items: list[Item],
    denied: Mapping[int, str],
    fate: Mapping[str, Fate],
    kept: list[Photo],
) -> list[dict[str, Any]]:
    """One row a file."""
    used = {row for item in items for row in item.near.sidecars}
    contested = {row for item in items for row in item.near.doubtful}
    imported = {photo.copies[0].row for photo in kept}
    stands = {motif: photo for photo in kept for item in photo.copies for motif in item.near.motifs}
    rows = []
    for item in items:
        path, photo_id = item.path, None
        if item.row in denied:
            outcome = "sidecar" if item.what in SIDECARS else "skipped"
            path, reason = WITHHELD, denied[item.row]
        elif item.row in imported:
            outcome, reason, photo_id = "imported", "", item.photo_id
        elif item.what == PHOTO:
            same = ("merged", "the same bytes as another file", item.photo_id)
            outcome, reason, photo_id = fate.get(item.photo_id, same)
        elif item.what in SIDECARS:
            outcome, reason = "sidecar", "its photo was not found"
            if item.row in contested:
                reason = "ambiguous: more than one photo or sidecar fits"
            elif item.row in used:
                reason = "of a photo"
        elif item.what in (ALBUM, INDEX):
            outcome, reason = "sidecar", f"of {'an album' if item.what == ALBUM else 'the library'}"
        elif photo := next((stands[key] for key in item.near.motifs if key in stands), None):
            outcome, reason, photo_id = _other_format(item, photo)
        else:
            outcome, reason = "skipped", item.reason
        rows.append({"path": path, "outcome": outcome, "reason": reason, "photo_id": photo_id})
    return rows


def _other_format(item: Item, photo: Photo) -> Fate:
    """What becomes of a file that is no photo itself, beside the photo that it belongs to."""
    if item.reason == RAW:
        return "merged", "the RAW file of a photo", photo.photo_id
    if item.reason == VIDEO:
        return "skipped", CLIP, None
    return "skipped", item.reason, None
