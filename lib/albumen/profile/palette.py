"""The colours of an owner's photos, each counting alike, and how far two palettes lie apart."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import wasserstein_distance_nd
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.records import Colour
from albumen.tables import PALETTE

COLOURS = 6
STARTS = 16  # of k-means: with 4, two seeds' palettes lay up to 11 apart (Delta E, EMD)
SAME = 10.0  # colours nearer than this (Delta E 1976) are merged


def palette_of(
    library: Library,
    weights: Float[np.ndarray, "n"] | None = None,
    *,
    colours: int = COLOURS,
    seed: int = 0,
) -> tuple[Colour, ...]:
    """At most `colours` colours of a library's photos, the strongest first; none without looks.

    `weights` say how much each photo counts, row by row with `library.photos`; equally by default.
    k-means in CIELAB of the photos' own palettes (`looks`); colours within SAME are one.
    """
    each = np.ones(len(library.photos)) if weights is None else weights
    counts = dict(zip(library.photos.photo_id, each, strict=True))
    own = np.array(library.looks.palette.to_list(), float).reshape(len(library.looks), PALETTE, 4)
    shares = own[..., 3] * np.array([counts[one] for one in library.looks.photo_id])[:, None]
    return _strongest(own[shares > 0, :3], shares[shares > 0], colours, seed)


def palette_distance(a: Sequence[Colour], b: Sequence[Colour]) -> float:
    """How far colours have to be moved to make one palette of the other: mean Delta E (1976).

    The earth mover's distance (Rubner et al. 2000), exact, by linear programming; a metric, 0 for
    the same palette. Between the halves of a library of 80 photos it is 12 in the mean, between
    those of two such libraries 14: a few dozen photos tell no owner by colour. Raises AlbumenError
    when one has no colours.
    """
    if not a or not b:
        raise AlbumenError("A palette without colours is no distance from another.")
    lab_a, lab_b = (np.array([one.lab for one in palette]) for palette in (a, b))
    shares_a, shares_b = ([one.weight for one in palette] for palette in (a, b))
    return max(0.0, float(wasserstein_distance_nd(lab_a, lab_b, shares_a, shares_b)))


def _strongest(
    points: Float[np.ndarray, "p 3"], shares: Float[np.ndarray, "p"], colours: int, seed: int
) -> tuple[Colour, ...]:
    """At most `colours` centres of weighted colours, the strongest first."""
    if not len(points):
        return ()
    distinct = len(np.unique(points.round(1), axis=0))
    with threadpool_limits(limits=1):  # k-means adds up in the order in which threads finish
        kmeans = KMeans(min(colours, distinct), n_init=STARTS, random_state=seed)
        fitted = kmeans.fit(points, sample_weight=shares)
    weights = np.bincount(fitted.labels_, shares, minlength=fitted.n_clusters)
    lab, weights = _merged(fitted.cluster_centers_, weights / weights.sum())
    order = np.argsort(-weights, kind="stable")
    return tuple(
        Colour(tuple(round(float(value), 2) for value in lab[one]), float(weights[one]))
        for one in order
    )


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
