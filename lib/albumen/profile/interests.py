"""Interests: clusters of an owner's photos, as many as the photos bear out, and how sure they are.

k-means of unit vectors. The number of clusters is the one that comes back best when photos are
drawn again (bootstrap Jaccard, Hennig 2007) and lies best apart (silhouette, Rousseeuw 1987), both
less what photos without clusters show: as many draws of one Gaussian of the same covariance, after
the gap statistic (Tibshirani, Walther and Hastie 2001) and SigClust (Liu et al. 2008).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from threadpoolctl import threadpool_limits

from albumen.errors import AlbumenError

DIMS = 48  # principal components that are clustered
BOOTSTRAPS = 24
NULLS, NULL_BOOTSTRAPS = 8, 8  # draws without clusters, and bootstraps of each
AT_MOST = 600  # photos used to choose the number; the clusters themselves are of all photos
LEAST_GAIN = 0.05  # of the best number, for interests to be told apart; Gaussians reach 0
NO_WORSE = 0.015  # below the best gain, the largest number is preferred: finer interests say more
LEAST_PHOTOS = 3  # in an interest
ALIKE = 0.96  # cosine of near-duplicates


@dataclass(frozen=True)
class Clusters:
    """A clustering of n photos into k interests."""

    labels: Int[np.ndarray, "n"]  # 0..k-1; -1 in none
    jaccard: Float[np.ndarray, "k"]  # each interest's mean bootstrap Jaccard, 0..1
    stability: float | None  # mean ARI over bootstraps; None with one interest
    silhouette: float | None  # mean, cosine; None with one interest
    gain: dict[int, float]  # of every number tried, see `gains`

    @property
    def apart(self) -> bool:
        """Whether the photos fall into interests at all."""
        return self.stability is not None


def near_duplicate_weights(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n"]:
    """1 / (how many photos look like this one, itself included): ten of one burst count once."""
    blocks = np.array_split(vectors, max(len(vectors) // 1000, 1))
    alike = np.concatenate([(block @ vectors.T > ALIKE).sum(1) for block in blocks])
    return 1 / np.maximum(alike, 1)


def find_interests(
    vectors: Float[np.ndarray, "n d"],
    weights: Float[np.ndarray, "n"],
    *,
    clusters: int | None = None,
    most: int = 8,
    seed: int = 0,
) -> Clusters:
    """Cluster unit rows; `clusters` fixes the number, else 2 to `most` are tried.

    When no number is borne out, one interest holds all photos and its Jaccard is 0: nothing was
    told apart. Photos between interests and clusters of fewer than LEAST_PHOTOS get label -1.
    Raises AlbumenError when `clusters` is more than there are different photos for.
    """
    points = _principal(vectors) if len(vectors) else np.zeros((0, 1))
    possible = len(_different(points)) // LEAST_PHOTOS
    if clusters is not None and not 1 <= clusters <= max(possible, 1):
        raise AlbumenError(
            f"{clusters} interests cannot be made: expected 1 to {max(possible, 1)}, as each needs "
            f"{LEAST_PHOTOS} different photos."
        )
    if possible < 2 or clusters == 1:
        return _one(len(vectors), {})
    with threadpool_limits(limits=1):  # k-means adds up in the order in which threads finish
        gain: dict[int, float] = {}
        if clusters is None:
            gain = gains(points, weights, min(most, possible), seed)
            highest = max(gain.values())
            if highest < LEAST_GAIN:
                return _one(len(vectors), gain)
            clusters = max(k for k in gain if gain[k] >= highest - NO_WORSE)
        return _described(points, weights, clusters, gain, seed)


def gains(
    points: Float[np.ndarray, "n p"], weights: Float[np.ndarray, "n"], most: int, seed: int
) -> dict[int, float]:
    """For 2 to `most` clusters: Jaccard plus silhouette, less those of photos without clusters."""
    rng = np.random.default_rng([seed, 1])
    if len(points) > AT_MOST:
        kept = np.sort(rng.choice(len(points), AT_MOST, replace=False))
        points, weights = points[kept], weights[kept]
    nulls = [_without_clusters(points, rng) for _ in range(NULLS)]
    found = {}
    for k in range(2, most + 1):
        chance = [_borne_out(null, weights, k, NULL_BOOTSTRAPS, seed) for null in nulls]
        found[k] = _borne_out(points, weights, k, BOOTSTRAPS, seed) - float(np.mean(chance))
    return found


def _borne_out(
    points: Float[np.ndarray, "n p"], weights: Float[np.ndarray, "n"], k: int, times: int, seed: int
) -> float:
    fitted = _kmeans(points, weights, k, seed)
    jaccard, _ = _bootstrap(points, weights, fitted, times, seed)
    return float(jaccard.mean() + silhouette_score(points, fitted.labels_, metric="cosine"))


def _described(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    k: int,
    gain: dict[int, float],
    seed: int,
) -> Clusters:
    """The clustering into k, its small and loose ends cut off, strongest interest first."""
    fitted = _kmeans(points, weights, k, seed)
    labels = fitted.labels_
    jaccard, drawn = _bootstrap(points, weights, fitted, BOOTSTRAPS, seed)
    fit = silhouette_samples(points, labels, metric="cosine")
    whole = np.array([(fit[labels == one] >= 0).sum() >= LEAST_PHOTOS for one in range(k)])
    kept = (fit >= 0) & whole[labels]
    share = np.array([weights[kept & (labels == one)].sum() for one in range(k)])
    order = [one for one in np.argsort(-share, kind="stable") if whole[one]]
    if len(order) < 2:
        return _one(len(points), gain)
    place = np.full(k, -1)
    place[order] = np.arange(len(order))
    return Clusters(
        labels=np.where(kept, place[labels], -1),
        jaccard=jaccard[order],
        stability=float(np.mean([adjusted_rand_score(labels, again) for again in drawn])),
        silhouette=float(fit.mean()),
        gain=gain,
    )


def _one(photos: int, gain: dict[int, float]) -> Clusters:
    """Everything in one interest."""
    return Clusters(np.zeros(photos, int), np.zeros(1), None, None, gain)


def _principal(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n p"]:
    """Rows in the library's own principal components, its mean taken out."""
    centred = vectors - vectors.mean(axis=0)
    u, s, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    return (u * s)[:, :DIMS]


def _different(points: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "m p"]:
    return np.unique(points.round(4), axis=0)


def _without_clusters(
    points: Float[np.ndarray, "n p"], rng: np.random.Generator
) -> Float[np.ndarray, "n p"]:
    """As many rows from one Gaussian with the covariance of `points`, whose mean is 0."""
    return rng.standard_normal((len(points), len(points))) @ points / np.sqrt(len(points))


def _kmeans(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    k: int,
    seed: int,
    starts: int = 8,
) -> KMeans:
    return KMeans(k, n_init=starts, random_state=seed).fit(points, sample_weight=weights)


def _bootstrap(
    points: Float[np.ndarray, "n p"],
    weights: Float[np.ndarray, "n"],
    fitted: KMeans,
    times: int,
    seed: int,
) -> tuple[Float[np.ndarray, "k"], list[Int[np.ndarray, "n"]]]:
    """Draw photos again `times` times: each cluster's mean Jaccard, and all photos' new labels.

    Photos that were not drawn get the label of the nearest centre.
    """
    rng = np.random.default_rng([seed, 2])
    k, n = fitted.n_clusters, len(points)
    mine: Bool[np.ndarray, "k n"] = fitted.labels_ == np.arange(k)[:, None]
    jaccards, labels = [], []
    for _ in range(times):
        drawn = np.bincount(rng.integers(0, n, n), minlength=n)
        some = drawn > 0
        if len(_different(points[some])) < k:
            continue
        again = _kmeans(points[some], (weights * drawn)[some], k, seed, starts=2).predict(points)
        theirs = again == np.arange(k)[:, None]
        both = (mine[:, None] & theirs).sum(2)
        either = (mine[:, None] | theirs).sum(2)
        jaccards.append((both / np.maximum(either, 1)).max(1))
        labels.append(again)
    return np.mean(jaccards, axis=0), labels
