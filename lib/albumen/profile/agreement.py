"""How far groups come back, and how far they lie apart."""

import numpy as np
from jaxtyping import Float, Int


def jaccard(
    mine: Int[np.ndarray, "n"], theirs: Int[np.ndarray, "n"], weights: Float[np.ndarray, "n"]
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k"]]:
    """Each of my groups' best Jaccard with one of theirs, and its share; -1 is no group."""
    k, m = mine.max() + 1, theirs.max() + 1
    cells = np.bincount((mine + 1) * (m + 1) + theirs + 1, weights, (k + 1) * (m + 1))
    both = cells.reshape(k + 1, m + 1)
    own, other = both.sum(axis=1)[1:], both.sum(axis=0)[1:]
    inner = both[1:, 1:]
    either = own[:, None] + other - inner
    best = (inner / np.where(either > 0, either, 1)).max(axis=1, initial=0)
    return best, own / max(own.sum(), 1e-12)


def silhouette(points: Float[np.ndarray, "n p"], labels: Int[np.ndarray, "n"]) -> float:
    """Mean cosine silhouette (Rousseeuw 1987) of the photos in a group; 0 with one group.

    A photo's mean cosine to a group is that to the sum of its members, so no pairs are needed.
    """
    inside = labels >= 0
    points, labels = points[inside], labels[inside]
    sizes = np.bincount(labels) if len(labels) else np.zeros(0, int)
    if (sizes > 0).sum() < 2:
        return 0.0
    sums = np.zeros((len(sizes), points.shape[1]))
    np.add.at(sums, labels, points)
    total = points @ sums.T
    rows = np.arange(len(points))
    own = sizes[labels]
    near = 1 - (total[rows, labels] - (points**2).sum(axis=1)) / np.maximum(own - 1, 1)
    apart = 1 - total / np.maximum(sizes, 1)
    apart[:, sizes == 0], apart[rows, labels] = np.inf, np.inf
    far = apart.min(axis=1)
    value = (far - near) / np.maximum(np.maximum(far, near), 1e-12)
    return float(np.where(own > 1, value, 0).mean())
