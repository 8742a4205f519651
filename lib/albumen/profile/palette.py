"""The colours of an owner's photos: k-means in CIELAB over pixels, every photo counting equally."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image
from skimage.color import rgb2lab
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from albumen.records import Colour

COLOURS = 6
SIDE = 24  # a photo counts with SIDE x SIDE pixels, each the mean of an area
SAME = 10.0  # colours nearer than this (Delta E 1976) are merged


def palette(
    images: Sequence[Image.Image], *, colours: int = COLOURS, seed: int = 0
) -> tuple[Colour, ...]:
    """At most `colours` colours of RGB images, the strongest first; none without images."""
    if not images:
        return ()
    pixels = np.concatenate([_lab(image) for image in images])
    distinct = len(np.unique(pixels.round(1), axis=0))
    with threadpool_limits(limits=1):
        fitted = KMeans(min(colours, distinct), n_init=4, random_state=seed).fit(pixels)
    weights = np.bincount(fitted.labels_, minlength=fitted.n_clusters) / len(pixels)
    lab, weights = _merged(fitted.cluster_centers_, weights)
    order = np.argsort(-weights, kind="stable")
    return tuple(
        Colour(tuple(round(float(value), 2) for value in lab[one]), float(weights[one]))
        for one in order
    )


def _lab(image: Image.Image) -> Float[np.ndarray, "p 3"]:
    small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return rgb2lab(np.asarray(small)).reshape(-1, 3)


def _merged(
    lab: Float[np.ndarray, "k 3"], weights: Float[np.ndarray, "k"]
) -> tuple[Float[np.ndarray, "m 3"], Float[np.ndarray, "m"]]:
    """Join the nearest two colours until all are SAME apart."""
    while len(lab) > 1:
        apart = np.linalg.norm(lab[:, None] - lab, axis=2) + np.diag(np.full(len(lab), np.inf))
        a, b = np.unravel_index(apart.argmin(), apart.shape)
        if apart[a, b] >= SAME:
            break
        joint = np.average(lab[[a, b]], axis=0, weights=weights[[a, b]])
        lab = np.vstack([np.delete(lab, [a, b], axis=0), joint])
        weights = np.append(np.delete(weights, [a, b]), weights[[a, b]].sum())
    return lab, weights
