"""Photos of one person, for generators that need pixels: head and shoulders, and nobody else."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.brief.picking import allowed, references
from albumen.brief.ranking import FAVOURITE, RECENT, UNFIT, described, praise, technical
from albumen.consent import Consent
from albumen.consent.words import key, keys
from albumen.errors import AlbumenError, ConsentError
from albumen.faces import usable
from albumen.library import Library
from albumen.quality import yaw
from albumen.records import Reference

PERSON_PHOTOS = 4
LEAST_PIXELS = 24.0  # between eyes and mouth: a head of some 70 px
LARGE = 100.0  # pixels from which a larger face is no better
LIKELY, SURE = 0.5, 0.99  # that the name is right: least that is used, and not worth a word
FRONTAL, TURNED = 15.0, 30.0  # degrees: called frontal; costs as much as one deviation of sharpness
QUALITY, CERTAINTY = 0.5, 5.0  # what each adds to the score
CROP = 3.0  # its side, in the face's
ABOVE = 0.42  # share of the crop above the face's middle
MARGIN = 0.1  # of the face, that a crop leaves around it

Box = tuple[float, float, float, float]  # x, y, w, h


def person_photos(
    library: Library,
    name: str,
    person_id: str,
    *,
    strategy: str = "profile",
    seed: int = 0,
    pin: Sequence[str] = (),
    ban: Sequence[str] = (),
    count: int = PERSON_PHOTOS,
) -> tuple[Reference, ...]:
    """Up to `count` photos of a person as references with a box around head and shoulders.

    Scored by the face's size and pose, the photo's sharpness and exposure, the certainty of the
    name, recency and favourites; told apart by SFace, so that variety is how the face looks. `pin`
    is heeded where it is a photo of this person. A photo is not taken whose crop would hold another
    face, or that shows somebody who may not be depicted.

    Raises ConsentError when the person may not be depicted, AlbumenError when no photo is left.
    """
    require_permission(library.consent, name)
    table = _candidates(library, name)
    if table.empty:
        raise AlbumenError(
            f"No photo of {name} can be used: expected one in which their face is at least "
            f"{LEAST_PIXELS:.0f} px from eyes to mouth, likely theirs and apart from other faces."
        )
    left = allowed(table, pin, ban)
    if left.empty:
        raise AlbumenError(f"Every photo of {name} is banned: allow one of them.")
    what = "photos of this person"
    return references(
        "person", left, what, strategy=strategy, seed=seed, count=count, shows=person_id
    )


def may_be_depicted(consent: Consent, name: str) -> bool:
    """Whether consent says `generate: true` of a person or pet who is neither minor nor denied."""
    entry = consent.people.get(name)
    refused = keys(consent.minors) | keys(consent.deny_people)
    return entry is not None and entry.generate and key(name) not in refused


def require_permission(consent: Consent, name: str, label: str = "") -> None:
    """Raises ConsentError when somebody, called `label` by the user, may not be depicted."""
    if not may_be_depicted(consent, name):
        raise ConsentError(
            f"'{label or name}' may not be depicted: the library's consent.yaml does not say "
            "'generate: true' for them."
        )


def head_and_shoulders(face: Box, others: Iterable[Box], size: tuple[int, int]) -> Box | None:
    """The crop around a face in a photo of `size` pixels, without the other faces.

    Boxes are shares of the photo. A square of CROP faces, clipped to the photo; each other face is
    cut off at the side that leaves most. None where that would cut the face itself.
    """
    scale = np.array([*size, *size], float)
    left, top, right, bottom = _corners(face) * scale
    x, y, side = (left + right) / 2, (top + bottom) / 2, CROP * max(right - left, bottom - top)
    margin = MARGIN * side / CROP
    core = np.array([left - margin, top - margin, right + margin, bottom + margin])
    core = np.clip(core, 0, scale)
    crop = np.array([x - side / 2, y - ABOVE * side, x + side / 2, y + (1 - ABOVE) * side])
    crop = np.clip(crop, 0, scale)
    for other in (_corners(one) * scale for one in others):
        if (np.maximum(crop[:2], other[:2]) >= np.minimum(crop[2:], other[2:])).any():
            continue
        cuts = []
        for edge, to in ((0, other[2]), (1, other[3]), (2, other[0]), (3, other[1])):
            cut = crop.copy()
            cut[edge] = to
            if (cut[:2] <= core[:2]).all() and (cut[2:] >= core[2:]).all():
                cuts.append(cut)
        if not cuts:
            return None
        crop = max(cuts, key=lambda one: float((one[2:] - one[:2]).prod()))
    left, top, right, bottom = (float(one) for one in (crop / scale).round(6))
    return left, top, right - left, bottom - top


def _candidates(library: Library, name: str) -> pd.DataFrame:
    """The candidates of a strategy: a row a photo that shows `name` well, its vector SFace's."""
    photos, faces = library.photos, library.faces
    fit = np.array([_may_be_cropped(row, library.consent) for row in photos.itertuples()], bool)
    sure = usable(faces) & (faces.pixels >= LEAST_PIXELS) & (faces.confidence >= LIKELY)
    mine = faces[(faces.name == name) & sure & faces.photo_id.isin(photos.photo_id[fit])]
    mine = mine.sort_values("pixels", ascending=False, kind="stable").drop_duplicates("photo_id")
    said = pd.concat([described(library), technical(library)], axis=1)
    shown = photos[["photo_id", "width", "height", "faces"]].rename(columns={"faces": "marked"})
    rows = []
    for row in mine.merge(said, on="photo_id").merge(shown, on="photo_id").itertuples():
        beside = faces[(faces.photo_id == row.photo_id) & (faces.face_id != row.face_id)]
        others = [_box(one) for one in beside.itertuples()]
        others += [
            (one["x"], one["y"], one["w"], one["h"])
            for one in row.marked
            if one["kind"] == "face" and one["name"] != name
        ]
        box = head_and_shoulders(_box(row), others, (row.width, row.height))
        if box is not None:
            rows.append(_candidate(row, box))
    return pd.DataFrame(rows)


def _may_be_cropped(photo: Any, consent: Consent) -> bool:
    """Whether a photo is one that was taken, of people and pets who may all be depicted."""
    depicted = all(may_be_depicted(consent, one) for one in photo.people)
    return depicted and not UNFIT.intersection(photo.flags)


def _candidate(row: Any, box: Box) -> dict[str, Any]:
    size = np.array([row.width, row.height])
    turned = abs(yaw(np.reshape(row.landmarks, (5, 2)) * size))
    quality = row.quality + min(np.log2(row.pixels / LARGE), 0) - (turned / TURNED) ** 2
    liked = FAVOURITE * row.favourite + RECENT * row.recent
    sure = "surely them" if row.confidence >= SURE else f"{row.confidence:.0%} likely them"
    face = f"a face of {row.pixels:.0f} px from eyes to mouth"
    pose = "frontal" if turned <= FRONTAL else f"turned {turned:.0f} degrees"
    vector = np.asarray(row.sface, np.float32)
    return {
        "photo_id": row.photo_id,
        "pool": "own",
        "same": row.same,
        "box": box,
        "vector": vector / np.linalg.norm(vector),
        "quality": quality,
        "score": QUALITY * quality + liked + CERTAINTY * (row.confidence - 1),
        "shot": f"{face}, {pose}, {row.shot}",
        "why": ", ".join([face, pose, *praise(row), sure]),
    }


def _box(face: Any) -> Box:
    return float(face.x), float(face.y), float(face.w), float(face.h)


def _corners(box: Box) -> Float[np.ndarray, "4"]:
    x, y, w, h = box
    return np.array([x, y, x + w, y + h])
