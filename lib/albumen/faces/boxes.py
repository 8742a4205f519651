"""The boxes that a photo's metadata draws around people, matched to the faces found in it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.optimize import linear_sum_assignment

OVERLAP = 0.4  # intersection over union from which a box is around a face

Corners = Float[np.ndarray, "n 4"]  # left, top, right, bottom, in fractions of the photo
Others = Float[np.ndarray, "m 4"]


def match_boxes(
    faces: pd.DataFrame, boxes: Sequence[Mapping[str, Any]], people: Collection[str]
) -> dict[int, str]:
    """The name that a box gives to each face, by its place in `faces`; "" for a face without one.

    `faces` are those of one photo, `boxes` its cell of PHOTOS, `people` who may be named. Each
    name goes to one face at most. A box fits that overlaps the face by OVERLAP, or whose centre
    lies in the face while the face's lies in the box: programs draw boxes of different sizes.
    A box without a name that may be used, a pet's included, keeps every face inside it nameless
    that no other box fits better. Faces outside all boxes are not in the result.
    """
    boxes = [box for box in boxes if box["kind"] != "other"]
    if not boxes or faces.empty:
        return {}
    names = [
        box["name"] if box["kind"] == "face" and box["name"] in people else "" for box in boxes
    ]
    nameless = np.array([not name for name in names])
    found, drawn = _corners(faces), _corners(pd.DataFrame(boxes))
    overlaps, inside = _overlaps(found, drawn), _centres_inside(found, drawn)
    around = inside & (nameless | _centres_inside(drawn, found).T)
    fit = np.where((overlaps >= OVERLAP) | around, overlaps, 0)

    # one place a name, however often metadata repeats its box; each nameless box is its own
    places = sorted({(name, -1 if name else i) for i, name in enumerate(names)})
    of = [
        [i for i, name in enumerate(names) if name == one and place in (-1, i)]
        for one, place in places
    ]
    best = np.stack([fit[:, columns].max(axis=1) for columns in of], axis=1)
    matched = dict.fromkeys(np.flatnonzero(fit[:, nameless].any(axis=1)).tolist(), "")
    for face, place in zip(*linear_sum_assignment(best, maximize=True), strict=True):
        if best[face, place] > 0:
            matched[int(face)] = places[place][0]
    return matched


def _corners(rectangles: pd.DataFrame) -> Corners:
    x, y, w, h = (rectangles[side].to_numpy(float) for side in "xywh")
    return np.stack([x, y, x + w, y + h], axis=1)


def _overlaps(first: Corners, second: Others) -> Float[np.ndarray, "n m"]:
    """Intersection over union of every pair."""
    a, b = first[:, None], second[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = [(one[..., 2:] - one[..., :2]).prod(axis=-1) for one in (a, b)]
    return shared / np.maximum(areas[0] + areas[1] - shared, 1e-12)


def _centres_inside(first: Corners, second: Others) -> Bool[np.ndarray, "n m"]:
    """Whether the centre of each of `first` lies in each of `second`."""
    centres = (first[:, None, :2] + first[:, None, 2:]) / 2
    return ((centres >= second[None, :, :2]) & (centres <= second[None, :, 2:])).all(axis=-1)
