"""Ways to group photos, behind one interface: points and weights in, groupings of every size out.

A new one is a function and a line in CLUSTERERS. A grouping holds centres and the group of each, so
that it also says where photos belong that it was not made from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
from sklearn.cluster import HDBSCAN, KMeans

from albumen.profile.vocabulary import unit

CELLS = 40  # that photos are gathered in before they are joined
PHOTOS_A_CELL = 4  # at least, on average


@dataclass(frozen=True)
class Groupings:
    """Centres, and for every size the group of each: 0 and up, -1 for none."""

    centres: Float[np.ndarray, "c p"]
    groups: dict[int, Int[np.ndarray, "c"]]

    def nearest(self, points: Float[np.ndarray, "n p"]) -> Int[np.ndarray, "n"]:
        """The centre of highest cosine to each point."""
        return (points @ unit(self.centres).T).argmax(axis=1)


Clusterer = Callable[
    [Float[np.ndarray, "n p"], Float[np.ndarray, "n"], Sequence[int], int, int], list[Groupings]
]


def linked(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    sizes: Sequence[int],
    seed: int,
    starts: int,
) -> list[Groupings]:
    """Cells by Ward's method, joined by average linkage of their cosines. Nothing is random.

    Cells follow the photos however many there are; joining them by their mean distance leaves a
    small interest by itself where k-means would rather cut a large one in two. A burst is a cell
    like any other, so weights are not needed.
    """
    cells = min(CELLS, max(len(points) // PHOTOS_A_CELL, 2))
    of = fcluster(linkage(points, "ward"), cells, "maxclust") - 1
    sums = np.zeros((of.max() + 1, points.shape[1]))
    np.add.at(sums, of, points)
    return [_cut(unit(sums), "average", "cosine", sizes)]


def ward(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    sizes: Sequence[int],
    seed: int,
    starts: int,
) -> list[Groupings]:
    """Ward's method on the photos themselves, as PinnerSage clusters pins (Pal et al. 2020)."""
    return [_cut(points, "ward", "euclidean", sizes)]


def kmeans(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    sizes: Sequence[int],
    seed: int,
    starts: int,
) -> list[Groupings]:
    """Spherical k-means (Hornik et al. 2012), each size by itself."""
    possible = [size for size in sizes if size <= len(points)]
    return [
        Groupings(_centres(points, weights, size, seed, starts), {size: np.arange(size)})
        for size in possible
    ]


def hdbscan(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    sizes: Sequence[int],
    seed: int,
    starts: int,
) -> list[Groupings]:
    """HDBSCAN (Campello et al. 2013); `sizes` are the least photos of a group. Takes no weights.

    A photo that it was not made from belongs where the nearest photo does.
    """
    found = {
        size: HDBSCAN(min_cluster_size=size, copy=True).fit_predict(points)
        for size in sizes
        if size <= len(points)
    }
    return [Groupings(points, {size: labels.astype(int) for size, labels in found.items()})]


CLUSTERERS: dict[str, Clusterer] = {
    "linked": linked,
    "ward": ward,
    "kmeans": kmeans,
    "hdbscan": hdbscan,
}
SIZES = {"hdbscan": (3, 4, 5, 7, 10, 15, 20, 30)}  # of the others: numbers of groups


def _cut(
    centres: Float[np.ndarray, "c p"], method: str, metric: str, sizes: Sequence[int]
) -> Groupings:
    tree = linkage(centres, method, metric)
    # the largest first: cut_tree takes a cut of as many groups as leaves for its first
    possible = sorted((size for size in sizes if size <= len(centres)), reverse=True)
    cut = cut_tree(tree, possible)
    return Groupings(centres, {size: cut[:, n] for n, size in enumerate(possible)})


def _centres(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    count: int,
    seed: int,
    starts: int,
) -> Float[np.ndarray, "c p"]:
    fitted = KMeans(count, n_init=starts, random_state=seed).fit(points, sample_weight=weights)
    return fitted.cluster_centers_
