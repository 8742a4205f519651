"""Interests: groups of an owner's photos, as many as the photos bear out, and how sure they are.

Photos are drawn again, whole occasions at a time, and grouped again: an interest that comes back is
one (Jaccard, Hennig 2007). How many there are is decided by how much better they come back than
those of photos without interests do, after the gap statistic (Tibshirani, Walther and Hastie 2001);
whether there are any, by a test against such photos: one Gaussian of the same covariance, as in
SigClust (Liu et al. 2008).
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from albumen.errors import AlbumenError
from albumen.profile.agreement import jaccard, silhouette
from albumen.profile.clusterers import CLUSTERERS, SIZES, Clusterer
from albumen.profile.space import evened, few_dimensions, without_interests
from albumen.records import Tried

MOST = 20  # interests
DRAWS, NULLS = 400, 99  # of photos, and libraries without interests; fewer hardly differ, but
FEW_DRAWS, FEW_NULLS = 100, 19  # take a tenth of the time, and of many photos vary as little
MANY = 200  # photos from which the latter are made
NULL_DRAWS = 10  # of each library without interests
AT_MOST = 1000  # photos that interests are made from, drawn by weight; the rest are dealt to them
OCCASIONS = 8  # from which they, not photos, are drawn
LEAST_APART = 0.28  # over the root of the number of photos, in silhouette above chance
SIGNIFICANT = 0.05
LEAST_PHOTOS = 3  # different ones, in an interest
LEAST_SHARE = 0.02  # of all weight: what is less is no interest
STARTS = 8  # of k-means, for what is kept
PARTS = 4  # of the draws: what other seeds would choose is what each part of them does
STABLE, DOUBTFUL = 0.75, 0.6  # Jaccard from, and below which (Hennig 2007)


@dataclass(frozen=True)
class Clusters:
    """A clustering of n photos into k interests, the strongest first."""

    labels: Int[np.ndarray, "n"]  # 0..k-1; -1 in none
    jaccard: Float[np.ndarray, "k"]  # each interest's mean bootstrap Jaccard, 0..1
    stability: float | None = None  # mean ARI over draws; None with one interest
    silhouette: float | None = None  # mean, cosine; None with one interest
    seeds: float | None = None  # mean ARI to what other seeds would choose; None likewise
    p: float | None = None  # of the null test; None where it could not be made
    tried: tuple[Tried, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether the photos fall into interests at all."""
        return self.stability is not None


@dataclass(frozen=True)
class _Photos:
    """What is clustered."""

    points: Float[np.ndarray, "n p"]  # unit rows
    weights: Float[np.ndarray, "n"]
    occasions: Int[np.ndarray, "n"]

    def only(self, rows: Int[np.ndarray, "m"]) -> "_Photos":
        occasions = np.unique(self.occasions[rows], return_inverse=True)[1].ravel()
        return _Photos(self.points[rows], self.weights[rows], occasions)


def find_interests(
    vectors: Float[np.ndarray, "n d"],
    weights: Float[np.ndarray, "n"] | None = None,
    occasions: Int[np.ndarray, "n"] | None = None,
    *,
    method: str = "linked",
    clusters: int | None = None,
    seed: int = 0,
) -> Clusters:
    """Cluster unit rows by a method of CLUSTERERS; `clusters` fixes how many (or how small).

    Without `weights` all photos count the same, without `occasions` each is one by itself. When
    no number is borne out, one interest holds all photos and its Jaccard is 0: nothing was told
    apart. Photos in groups of fewer than LEAST_PHOTOS different ones or of less than LEAST_SHARE
    of all weight get label -1. The same seed gives the same clusters on any number of threads.

    Raises AlbumenError for an unknown method, rows with NaN, and when `clusters` is more than
    there are different photos for, or than a method makes of them and of photos drawn again.
    """
    n = len(vectors)
    if method not in CLUSTERERS:
        raise AlbumenError(f"'{method}' is no way to cluster: expected {', '.join(CLUSTERERS)}.")
    if not np.isfinite(vectors).all():
        rows = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        raise AlbumenError(
            f"{len(rows)} of {n} embeddings are not numbers, the first in row {rows[0]}: embed "
            "these photos again."
        )
    weights = np.ones(n) if weights is None else weights.astype(float)
    occasions = np.arange(n) if occasions is None else occasions
    with threadpool_limits(limits=1):  # sums are added up in the order in which threads finish
        space = few_dimensions(vectors.astype(float)) if n else np.zeros((0, 1))
        possible = len(np.unique(space.round(4), axis=0)) // LEAST_PHOTOS
        if clusters is not None and not 1 <= clusters <= max(possible, 1):
            raise AlbumenError(
                f"{clusters} interests cannot be made: expected 1 to {max(possible, 1)}, as each "
                f"needs {LEAST_PHOTOS} different photos."
            )
        if possible < 2 or clusters == 1:
            return Clusters(np.zeros(n, int), np.zeros(1))
        numbered = np.unique(occasions, return_inverse=True)[1].ravel()
        photos = _Photos(evened(space, weights), weights, numbered)
        return _interests(
            photos, space, CLUSTERERS[method], _sizes(method, possible), clusters, seed
        )


def _sizes(method: str, possible: int) -> tuple[int, ...]:
    return SIZES.get(method, tuple(range(2, min(MOST, possible) + 1)))


def _interests(
    photos: _Photos,
    space: Float[np.ndarray, "n q"],
    clusterer: Clusterer,
    sizes: tuple[int, ...],
    size: int | None,
    seed: int,
) -> Clusters:
    rng = np.random.default_rng(seed)
    rows = np.arange(len(space))
    if len(rows) > AT_MOST:
        share = photos.weights / photos.weights.sum()
        rows = np.sort(rng.choice(rows, AT_MOST, replace=False, p=share))
    some, tried, p, mine, nulls = photos.only(rows), (), None, {}, []
    if len(rows) < len(space):  # drawn by weight, each counts the same
        some = dataclasses.replace(some, weights=np.ones(len(rows)))
    draws, count = (DRAWS, NULLS) if len(rows) < MANY else (FEW_DRAWS, FEW_NULLS)
    if size is None:
        mine = _borne_out(some, clusterer, sizes, draws, seed)
        for _ in range(count):
            points = evened(without_interests(space[rows], rng), some.weights)
            null = dataclasses.replace(some, points=points)
            nulls.append(_borne_out(null, clusterer, sizes, NULL_DRAWS, seed))
        tried, p, size = _choose(mine, nulls, len(rows))
        if size is None:
            return Clusters(np.zeros(len(space), int), np.zeros(1), p=p, tried=tried)
    whole = _labels(clusterer, some, photos, (size,), seed, STARTS)
    drawn = [one[size] for one in _drawn(some, clusterer, (size,), draws, seed) if size in one]
    if size not in whole or len(drawn) <= draws / 2:
        raise AlbumenError(
            f"{size} interests cannot be made of {len(rows)} photos and found again when photos "
            "are drawn: expected fewer."
        )
    labels = _strongest(whole[size], photos)
    if labels.max() < 1:
        return Clusters(np.zeros(len(space), int), np.zeros(1), p=p, tried=tried)
    own = labels[rows]
    other = []
    for n in range(PARTS):
        would = _best(mine, nulls, slice(n, None, PARTS)) if tried else size
        other.append(_labels(clusterer, some, some, (would,), seed + 1 + n, STARTS)[would])
    return Clusters(
        labels=labels,
        jaccard=np.mean([jaccard(own, one, some.weights)[0] for one in drawn], axis=0),
        stability=float(np.mean([adjusted_rand_score(own, one) for one in drawn])),
        silhouette=silhouette(some.points, own),
        seeds=float(np.mean([adjusted_rand_score(own, one) for one in other])),
        p=p,
        tried=tried,
    )


class _Borne(NamedTuple):
    """How well a grouping of one size is borne out."""

    jaccards: list[float]  # of each draw, the mean over groups weighted by their share
    silhouette: float
    groups: int

    def score(self, part: slice = slice(None)) -> float:
        """Mean Jaccard over a part of the draws, and the silhouette."""
        return float(np.mean(self.jaccards[part])) + self.silhouette


def _borne_out(
    photos: _Photos, clusterer: Clusterer, sizes: Sequence[int], draws: int, seed: int
) -> dict[int, _Borne]:
    """For each size that most draws allow."""
    found = _labels(clusterer, photos, photos, sizes, seed, starts=4)
    again: dict[int, list[float]] = {size: [] for size in found}
    for labels in _drawn(photos, clusterer, sizes, draws, seed):
        for size in labels.keys() & again.keys():
            best, share = jaccard(found[size], labels[size], photos.weights)
            again[size].append(float(best @ share))
    return {
        size: _Borne(again[size], silhouette(photos.points, labels), int(labels.max()) + 1)
        for size, labels in found.items()
        if len(again[size]) > draws / 2
    }


def _choose(
    mine: dict[int, _Borne], nulls: list[dict[int, _Borne]], photos: int
) -> tuple[tuple[Tried, ...], float | None, int | None]:
    """What was tried, the p of the null test, and the size; None when nothing is borne out."""
    sizes = _common(mine, nulls)
    if not sizes:
        return (), None, None
    # over all sizes: how well photos without interests part depends little on the number of parts
    apart, *by_chance = (
        float(np.mean([one[size].silhouette for size in sizes])) for one in (mine, *nulls)
    )
    p = (1 + sum(one >= apart for one in by_chance)) / (1 + len(by_chance))
    tried = tuple(
        Tried(size, mine[size].groups, mine[size].score(), _chance(nulls, size)) for size in sizes
    )
    if p > SIGNIFICANT or apart - np.mean(by_chance) < LEAST_APART / np.sqrt(photos):
        return tried, p, None
    return tried, p, _best(mine, nulls)


def _best(
    mine: dict[int, _Borne], nulls: list[dict[int, _Borne]], part: slice = slice(None)
) -> int:
    """The size whose score is highest above chance, by a part of the draws."""
    return max(
        _common(mine, nulls),
        key=lambda size: mine[size].score(part) - _chance(nulls, size, part),
    )


def _chance(nulls: list[dict[int, _Borne]], size: int, part: slice = slice(None)) -> float:
    return float(np.mean([null[size].score(part) for null in nulls]))


def _common(mine: dict[int, _Borne], nulls: list[dict[int, _Borne]]) -> list[int]:
    return sorted(set(mine).intersection(*nulls))


def _labels(
    clusterer: Clusterer,
    fitted: _Photos,
    photos: _Photos,
    sizes: Sequence[int],
    seed: int,
    starts: int,
) -> dict[int, Int[np.ndarray, "n"]]:
    """Groups of `photos` of each size, made from `fitted`."""
    labels = {}
    for found in clusterer(fitted.points, fitted.weights, sizes, seed, starts):
        nearest = found.nearest(photos.points)
        labels |= {size: groups[nearest] for size, groups in found.groups.items()}
    return labels


def _drawn(
    photos: _Photos, clusterer: Clusterer, sizes: Sequence[int], draws: int, seed: int
) -> Iterator[dict[int, Int[np.ndarray, "n"]]]:
    """Groups of all photos, made from those drawn with replacement: whole occasions if enough."""
    rng = np.random.default_rng([seed, draws])
    units = photos.occasions
    if units.max() + 1 < OCCASIONS:
        units = np.arange(len(photos.points))
    count = units.max() + 1
    for draw in range(draws):
        times = np.bincount(rng.integers(0, count, count), minlength=count)[units]
        kept = photos.only(np.flatnonzero(times))
        again = _Photos(kept.points, kept.weights * times[times > 0], kept.occasions)
        if len(again.points) > 2 * LEAST_PHOTOS:
            yield _labels(clusterer, again, photos, sizes, seed + draw, starts=1)


def _strongest(labels: Int[np.ndarray, "n"], photos: _Photos) -> Int[np.ndarray, "n"]:
    """Groups numbered by their weight, those too small or too light cut off."""
    share = np.bincount(labels + 1, photos.weights, labels.max() + 2)[1:] / photos.weights.sum()
    kept = [
        one
        for one in np.argsort(-share, kind="stable")
        if share[one] >= LEAST_SHARE
        and len(np.unique(photos.points[labels == one].round(4), axis=0)) >= LEAST_PHOTOS
    ]
    place = np.full(labels.max() + 2, -1)
    place[kept] = np.arange(len(kept))
    return place[labels]  # the last place is that of -1
