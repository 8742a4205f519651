"""Which parts of which photos make a scene: many are tried small."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float

from albumen.generate import montage
from albumen.generate.colour import match_colours, statistics

TRIALS = 48
TRIAL_AREA, FINAL_AREA = 64**2, 128**2  # pixels of the grids on which the layers are chosen
LIKENESS = 0.85  # strength with which layers take on the colours of the first
SMOOTHNESS = 4.0
MOST_LAYERS = 4
SHARES = (0.55, 0.2)  # of the picture: the most for the largest layer, the least for the second
KEPT = (0.5, 0.75)  # the least and the most of a place that is redesigned
HOLD = 0.7  # how much such a place would rather stay, in deviations of the random fields
DULLNESS = 1.5  # cost of a montage without the contrast or the detail of its photos
UNEVEN = 12.0  # cost of shares that are missed
SHARP = 2.0  # how much more than in proportion a great difference between layers counts
BARRED = 50.0  # cost of a pixel that shows somebody

# rows and columns of the random fields that say where a layer would like to be
BANDS = ((2, 1), (3, 1), (3, 1))  # landscapes: above and below
BLOBS = ((2, 1), (2, 2), (3, 1), (2, 2))  # rooms and streets: anywhere
BANDED = 0.35  # share of the brightness that rows explain in a landscape


class Thumb(NamedTuple):
    """A crop at the size of the trials."""

    lab: Float[np.ndarray, "g k 3"]
    barred: Bool[np.ndarray, "g k"]
    photo: int  # that it is cut from


class Layers(NamedTuple):
    """A choice of crops for a montage, the first of which sets the colours."""

    score: float  # how much its seams show, and what else speaks against it; less is better
    crops: list[int]
    fields: Float[np.ndarray, "l g k"]  # preferences, at the final grid
    preview: Float[np.ndarray, "u v 3"]  # what comes of it, Lab / 100, at the size of the trials


def try_layers(
    thumbs: Sequence[Thumb],
    wanted: Float[np.ndarray, "n"],
    size: tuple[int, int],
    rng: np.random.Generator,
    kept: int | None = None,
) -> list[Layers]:
    """Many choices of crops and of their places, those whose seams show least first.

    `wanted`: chance of each crop to be the first one. `kept`: the crop that is the first one and
    holds most of the picture, for a place that is redesigned.
    """
    colours = [statistics(one.lab) for one in thumbs]
    kinds = BLOBS if kept is not None or not _banded(thumbs) else BANDS
    usual = np.median([_richness(one.lab) for one in thumbs], axis=0)
    tried = []
    for _ in range(TRIALS):
        first = int(rng.choice(len(thumbs), p=wanted)) if kept is None else kept
        labs = [
            one.lab if k == first else match_colours(one.lab, colours[first], LIKENESS)
            for k, one in enumerate(thumbs)
        ]
        chosen = _companions(first, labs, [one.photo for one in thumbs], wanted, rng)
        kind = kinds[rng.integers(len(kinds))]
        fields = np.stack([random_field(rng, grid(size, FINAL_AREA), kind) for _ in chosen])
        if kept is not None:
            fields[0] += HOLD
        unary = preferences(
            np.stack([resize(field, grid(size, TRIAL_AREA)) for field in fields]),
            np.stack([thumbs[k].barred for k in chosen]),
            0.5,
        )
        layers = np.stack([labs[k] for k in chosen])
        apart = gaps(layers)
        labels = montage.label(unary, apart, SMOOTHNESS, 25)
        share = np.bincount(labels.ravel(), minlength=len(chosen)) / labels.size
        preview = np.take_along_axis(layers, labels[None, ..., None], 0)[0]
        contrast, detail = _richness(preview)
        score = (
            montage.seam_score(labels, apart)
            + UNEVEN * _unevenness(share, kept is not None)
            + DULLNESS * (max(0, 1 - contrast / usual[0]) + max(0, 1 - detail / usual[1]))
        )
        tried.append(Layers(score, chosen, fields, preview))
    return sorted(tried, key=lambda one: one.score)


def preferences(
    fields: Float[np.ndarray, "l g k"], barred: Bool[np.ndarray, "l g k"], weight: float
) -> Float[np.ndarray, "l g k"]:
    """What each layer costs at each pixel: less where its field is high, all where it is barred."""
    return (BARRED * barred - weight * fields).astype(np.float32)


def grid(size: tuple[int, int], area: int) -> tuple[int, int]:
    """Width and height of a grid of about `area` cells with the shape of `size`."""
    scale = np.sqrt(area / (size[0] * size[1]))
    return max(round(size[0] * scale), 2), max(round(size[1] * scale), 2)


def resize(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)


def gaps(labs: Float[np.ndarray, "l g k 3"]) -> Float[np.ndarray, "l l g k"]:
    """How far each two layers are from each other at every pixel.

    Great distances count more than in proportion: a short cut through a house shows, a long one
    through mist does not.
    """
    apart = montage.differences(np.stack([montage.seam_features(lab) for lab in labs]))
    return apart + SHARP * apart**2


def _companions(
    first: int,
    labs: Sequence[Float[np.ndarray, "g k 3"]],
    photos: Sequence[int],
    wanted: Float[np.ndarray, "n"],
    rng: np.random.Generator,
) -> list[int]:
    """The first crop and up to three more, of other photos each, rather those that look like it."""
    tiny = [resize(lab, (16, 16)) for lab in labs]
    distance = np.array([np.abs(one - tiny[first]).mean() for one in tiny])
    chance = wanted * np.exp(-distance / 0.04) + 1e-9
    chosen = [first]
    for other in rng.choice(len(labs), len(labs), replace=False, p=chance / chance.sum()):
        if len(chosen) < MOST_LAYERS and photos[other] not in {photos[k] for k in chosen}:
            chosen.append(int(other))
    return chosen


def _unevenness(share: Float[np.ndarray, "l"], kept: bool) -> float:
    """By how much the layers miss their shares of the picture."""
    if kept:
        return float(max(0, KEPT[0] - share[0], share[0] - KEPT[1]))
    largest, second = np.sort(share)[::-1][:2]
    return float(max(0, largest - SHARES[0]) + max(0, SHARES[1] - second))


def _banded(thumbs: Sequence[Thumb]) -> bool:
    """Whether these are landscapes: brightness changes from row to row more than along rows."""
    light = np.stack([one.lab[..., 0] for one in thumbs])
    return float(light.mean(2).var(1).mean() / light.var((1, 2)).mean()) > BANDED


def _richness(lab: Float[np.ndarray, "g k 3"]) -> tuple[float, float]:
    """Contrast and detail of a small picture: without them the least seam is one through fog."""
    detail = lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)
    return float(lab[..., 0].std() + 1e-3), float(np.abs(detail).mean() + 1e-3)


def random_field(
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
