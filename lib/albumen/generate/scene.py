"""A new place from photos of such places: a photomontage, repainted along its seams.

One photo alone is made smaller and the picture is continued around it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import montage
from albumen.generate.colour import (
    ColourStatistics,
    match_colours,
    statistics,
    to_lab,
    to_rgb,
)
from albumen.generate.inpaint import inpaint, inpaint_in_windows

MOST = 4  # photos in one scene
INPAINTED = -1  # in a source map

CROPS = 3  # of every photo
ZOOM = 0.74  # the smallest crop, as a share of the largest that fits
TRIALS = 24
TRIAL_AREA, FINAL_AREA = 64**2, 128**2  # pixels of the grids on which the layers are chosen
SOFTENED = 0.5  # power of the weights, so that how well photos fit together decides too
LIKENESS = 0.85  # strength with which layers take on the colours of the first
SMOOTHNESS = 4.0
MOST_SHARE, LEAST_SECOND = 0.75, 0.18  # of the picture, for the largest and second largest layer
DULLNESS = 1.5  # cost of a montage without the contrast or the detail of its photos
LEAST_REGION = 0.12  # smaller connected regions join their surroundings
SCREENING = 2e-4 * 512**2  # of the gradient blend, times pixels
SHRINK = 0.68  # a photo alone, as a share of the picture
PLACE = (0.3, 0.7)  # of the room around it: further out the network invents what is not there
SPARE = 0.05  # of the picture on every side
OVERLAP = 3  # pixels of the photo that are painted again so that its edge goes

# rows and columns of the random fields that say where a layer would like to be
BANDS = ((2, 1), (3, 1), (3, 1))  # landscapes: above and below
BLOBS = ((2, 1), (2, 2), (3, 1), (2, 2))  # rooms and streets: anywhere
BANDED = 0.35  # share of the brightness that rows explain in a landscape


class Scene(NamedTuple):
    """A picture and, for every pixel, the index of the photo it came from (-1: inpainted)."""

    image: UInt8[np.ndarray, "h w 3"]
    source_map: Int[np.ndarray, "h w"]


class _Layers(NamedTuple):
    """A choice of crops for a montage, the first of which sets the colours."""

    score: float
    crops: list[int]
    fields: Float[np.ndarray, "l g k"]  # preferences, at the final grid


def paint_scene(
    photos: Sequence[Image.Image],
    weights: Sequence[float],
    size: tuple[int, int],
    seed: int,
    target: ColourStatistics | None = None,
    strength: float = 0.0,
) -> Scene:
    """A scene of `size` (width, height) from one to four photos; `weights` say how much of each.

    `target` are colours the scene is moved towards with `strength` 0..1. Same arguments, same
    pixels. Raises AlbumenError without photos or with too many.
    """
    if not 1 <= len(photos) <= MOST:
        raise AlbumenError(f"A scene is made from 1 to {MOST} photos, not from {len(photos)}.")
    rng = np.random.default_rng(seed)
    if len(photos) == 1:
        scene = _continue_photo(photos[0], size, rng)
    else:
        scene = _montage(photos, weights, size, rng)
    if target is None or strength <= 0:
        return scene
    return scene._replace(image=to_rgb(match_colours(to_lab(scene.image), target, strength)))


def seam_band(labels: Int[np.ndarray, "h w"], radius: int) -> Bool[np.ndarray, "h w"]:
    """The pixels within `radius` of a seam."""
    edge = cv2.morphologyEx(labels.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate((edge > 0).astype(np.uint8), disc) > 0


def _continue_photo(photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> Scene:
    """The photo, smaller and somewhere in the picture, with what could be around it."""
    width, height = size
    inner = (round(width * SHRINK), round(height * SHRINK))
    crop = _crop(photo, inner, rng, zoom=0.3)
    left = round((width - inner[0]) * rng.uniform(*PLACE))
    top = round((height - inner[1]) * rng.uniform(*PLACE))
    # the network draws frames along its border: that part is painted and thrown away
    spare_x, spare_y = round(width * SPARE), round(height * SPARE)
    image = np.zeros((height + 2 * spare_y, width + 2 * spare_x, 3), np.uint8)
    known = np.zeros(image.shape[:2], bool)
    top, left = top + spare_y, left + spare_x
    image[top : top + inner[1], left : left + inner[0]] = crop
    known[top + OVERLAP : top + inner[1] - OVERLAP, left + OVERLAP : left + inner[0] - OVERLAP] = (
        True
    )
    picture = np.s_[spare_y : spare_y + height, spare_x : spare_x + width]
    return Scene(inpaint(image, ~known)[picture], np.where(known, 0, INPAINTED)[picture])


def _montage(
    photos: Sequence[Image.Image],
    weights: Sequence[float],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Scene:
    crops = [
        _crop(photo, size, rng, zoom=1.0 if k else 0.3) for photo in photos for k in range(CROPS)
    ]
    owner = np.repeat(np.arange(len(photos)), CROPS)
    wanted = np.repeat(np.asarray(weights, float) ** SOFTENED, CROPS)
    wanted /= wanted.sum()
    chosen = _best_layers(
        [to_lab(_resize(crop, _grid(size, TRIAL_AREA))) for crop in crops], owner, wanted, size, rng
    )
    layers = [to_lab(crops[k]) for k in chosen.crops]
    first = statistics(layers[0])
    layers = np.stack([layers[0], *(match_colours(one, first, LIKENESS) for one in layers[1:])])
    small = np.stack([_resize(layer, _grid(size, FINAL_AREA)) for layer in layers])
    unary = -0.25 * chosen.fields
    labels = montage.label(unary, _gaps(small), SMOOTHNESS, 60)
    labels = montage.enlarge(montage.merge_small(labels, LEAST_REGION), size)
    lab = montage.blend(layers, labels, SCREENING / (size[0] * size[1]))
    hole = seam_band(labels, max(round(np.sqrt(size[0] * size[1]) / 24), 1))
    image = inpaint_in_windows(to_rgb(lab), hole)
    source_map = owner[np.asarray(chosen.crops)][labels]
    return Scene(image, np.where(hole, INPAINTED, source_map))


def _best_layers(
    crops: list[Float[np.ndarray, "g k 3"]],
    owner: Int[np.ndarray, "n"],
    wanted: Float[np.ndarray, "n"],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> _Layers:
    """Try many choices of crops and of their places; keep the one whose seams show least."""
    thumbs = [statistics(crop) for crop in crops]
    field_kinds = BANDS if _banded(crops) else BLOBS
    most = min(len(set(owner)), 4)
    usual = np.median([_richness(crop) for crop in crops], axis=0)
    best = None
    for _ in range(TRIALS):
        base = int(rng.choice(len(crops), p=wanted))
        mapped = [
            crop if k == base else match_colours(crop, thumbs[base], LIKENESS)
            for k, crop in enumerate(crops)
        ]
        tiny = [_resize(crop, (16, 16)) for crop in mapped]
        distance = np.array([np.abs(one - tiny[base]).mean() for one in tiny])
        chance = wanted * np.exp(-distance / 0.04) + 1e-9
        chosen = [base]
        for other in rng.choice(len(crops), len(crops), replace=False, p=chance / chance.sum()):
            if owner[other] not in owner[chosen] and len(chosen) < most:
                chosen.append(int(other))
        kind = field_kinds[rng.integers(len(field_kinds))]
        fields = np.stack([_field(rng, _grid(size, FINAL_AREA), kind) for _ in chosen])
        unary = np.stack([-0.5 * _resize(field, _grid(size, TRIAL_AREA)) for field in fields])
        layers = np.stack([mapped[k] for k in chosen])
        gaps = _gaps(layers)
        labels = montage.label(unary, gaps, SMOOTHNESS, 25)
        share = np.sort(np.bincount(labels.ravel(), minlength=len(chosen)) / labels.size)[::-1]
        score = montage.seam_score(labels, gaps)
        score += 12 * (max(0, share[0] - MOST_SHARE) + max(0, LEAST_SECOND - share[1]))
        contrast, detail = _richness(np.take_along_axis(layers, labels[None, ..., None], 0)[0])
        score += DULLNESS * (max(0, 1 - contrast / usual[0]) + max(0, 1 - detail / usual[1]))
        if best is None or score < best.score:
            best = _Layers(score, chosen, fields)
    return best


def _crop(
    photo: Image.Image, size: tuple[int, int], rng: np.random.Generator, zoom: float
) -> UInt8[np.ndarray, "h w 3"]:
    """A random part of the photo with the shape of `size`, mirrored half of the time.

    `zoom` 0: as large as fits; 1: down to ZOOM of that.
    """
    width, height = size
    largest = min(photo.width / width, photo.height / height)
    scale = largest * (1 - (1 - ZOOM) * zoom * rng.random())
    slack_x, slack_y = photo.width - scale * width, photo.height - scale * height
    left = slack_x * rng.random()
    top = slack_y * (0.5 + 0.3 * rng.uniform(-0.5, 0.5))  # the horizon stays about where it was
    box = (left, top, left + scale * width, top + scale * height)
    crop = np.asarray(photo.resize(size, Image.Resampling.LANCZOS, box=box))
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def _grid(size: tuple[int, int], area: int) -> tuple[int, int]:
    """Width and height of a grid of about `area` cells with the shape of `size`."""
    scale = np.sqrt(area / (size[0] * size[1]))
    return max(round(size[0] * scale), 2), max(round(size[1] * scale), 2)


def _resize(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)


def _gaps(labs: Float[np.ndarray, "l g k 3"]) -> Float[np.ndarray, "l l g k"]:
    return montage.differences(np.stack([montage.seam_features(lab) for lab in labs]))


def _banded(crops: list[Float[np.ndarray, "g k 3"]]) -> bool:
    """Whether these are landscapes: brightness changes from row to row more than along rows."""
    light = np.stack([crop[..., 0] for crop in crops])
    return float(light.mean(2).var(1).mean() / light.var((1, 2)).mean()) > BANDED


def _richness(lab: Float[np.ndarray, "g k 3"]) -> tuple[float, float]:
    """Contrast and detail of a small picture: without them the least seam is one through fog."""
    detail = lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)
    return float(lab[..., 0].std() + 1e-3), float(np.abs(detail).mean() + 1e-3)


def _field(
    rng: np.random.Generator, size: tuple[int, int], kind: tuple[int, int]
) -> Float[np.ndarray, "g k"]:
    """A smooth random field of mean 0 and variance about 1: `kind` rows and columns of knots."""

    def smooth(rows: int, columns: int) -> np.ndarray:
        knots = rng.standard_normal((rows, columns)).astype(np.float32)
        field = cv2.resize(knots, size, interpolation=cv2.INTER_CUBIC)
        return (field - field.mean()) / field.std()

    rows, columns = kind
    if columns > 1:
        return smooth(rows, columns)
    return smooth(rows, 2).mean(1, keepdims=True) + 0.25 * smooth(3, 3)
