"""Photos of places as the generator may use them: whoever is in them is left out of every crop."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from albumen.faces.networks import Face, detect

SEARCHED = 800  # pixels of the longest side that faces are looked for in
SURE = 0.8  # score from which YuNet's faces are faces; below, bark and orange slices are among them
CLOSE_UP = 0.12  # height of a face, as a share of the photo's: a picture of somebody, not a place
SMALL = 0.06  # up to which even an unsure face may stand on a body
# how far somebody reaches to both sides of a face's middle, and down from its top, in faces
HEAD, BODY = (0.85, 1.35), (1.6, 7.0)
ABOVE = 0.35  # and up: hair
ZOOM = 0.74  # the smallest crop, as a share of the largest that fits


class Place(NamedTuple):
    """A photo, and where somebody stands in it."""

    photo: Image.Image
    barred: Bool[np.ndarray, "h w"]


class Crop(NamedTuple):
    """Pixels of a place, and which of them are not to be used."""

    pixels: UInt8[np.ndarray, "h w 3"]
    barred: Bool[np.ndarray, "h w"]


def place(photo: Image.Image) -> Place:
    """The photo with everybody who is seen in it barred, from the hair to the ground.

    A face that ends up in a scene would be a real person's whom nobody asked for, and a seam could
    cut it. What YuNet is not sure to be a face is barred without a body, unless it is small.
    """
    barred = np.zeros((photo.height, photo.width), bool)
    for face in _faces(photo):
        x, y, w, h = face.box
        beside, below = HEAD
        if face.score >= SURE or h <= SMALL * photo.height:
            beside, below = BODY
        centre = x + 0.5 * w
        spans = (y - ABOVE * h, y + below * h), (centre - beside * w, centre + beside * w)
        rows, columns = (slice(*(max(round(one), 0) for one in ends)) for ends in spans)
        barred[rows, columns] = True
    return Place(photo, barred)


def closest_face(photo: Image.Image) -> float:
    """Height of the largest sure face, as a share of the photo's; 0 where there is none."""
    heights = [face.box[3] / photo.height for face in _faces(photo) if face.score >= SURE]
    return float(max(heights, default=0.0))


def crop(place: Place, size: tuple[int, int], rng: np.random.Generator, zoom: float) -> Crop:
    """A random part of the photo with the shape of `size`, mirrored half of the time.

    `zoom` 0: as large as fits; 1: down to ZOOM of that, where the photo has pixels enough.
    """
    photo, (width, height) = place.photo, size
    largest = min(photo.width / width, photo.height / height)
    closest = max(ZOOM * largest, min(largest, 1.0))  # photo pixels a pixel: 1 keeps it sharp
    scale = largest - (largest - closest) * zoom * rng.random()
    slack_x, slack_y = photo.width - scale * width, photo.height - scale * height
    left = slack_x * rng.random()
    top = slack_y * (0.5 + 0.3 * rng.uniform(-0.5, 0.5))  # the horizon stays about where it was
    part = cut(place, size, (left, top, left + scale * width, top + scale * height))
    if rng.random() < 0.5:
        return part
    return Crop(*(np.ascontiguousarray(one[:, ::-1]) for one in part))


def cut(place: Place, size: tuple[int, int], box: tuple[float, float, float, float]) -> Crop:
    """The part of the photo in `box` (left, top, right, bottom; pixels) at `size`."""
    ends = np.tile(place.photo.size, 2)
    box = tuple(float(one) for one in np.clip(box, 0, ends))  # rounding may lead over the edge
    pixels = np.asarray(place.photo.resize(size, Image.Resampling.LANCZOS, box=box))
    mask = Image.fromarray(place.barred).resize(size, Image.Resampling.NEAREST, box=box)
    return Crop(np.ascontiguousarray(pixels), np.asarray(mask))


def _faces(photo: Image.Image) -> list[Face]:
    """The faces of the photo, in its pixels, looked for at SEARCHED."""
    reduced = photo.copy()
    reduced.thumbnail((SEARCHED, SEARCHED))
    scale = photo.width / reduced.width
    return [face._replace(box=face.box * scale) for face in detect(np.asarray(reduced))]
