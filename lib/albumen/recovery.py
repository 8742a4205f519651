"""Does mapping find what is known to be there? Simulated owners, mapped beside today's practice.

    table = pd.DataFrame(study(pool, sizes=(200, 1000), owners=range(20)))
    intervals(table)                            # by size and method, with 95 % intervals
    differences(table)                          # how far ours is ahead, owner by owner

What is recovered is compared with the truth as a share of each theme: an interest stands for the
theme that most of its photos' labels say (labels may be wrong), and its weight goes there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.spatial.distance import jensenshannon
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score
from threadpoolctl import threadpool_limits

from albumen.library import Library
from albumen.profile import score
from albumen.profile.interests import find_interests
from albumen.profile.vocabulary import unit
from albumen.profile.weights import photo_weights
from albumen.records import Profile
from albumen.simulated import Owner, Pool, owner
from albumen.stats import cluster_bootstrap, sign_flip

MOST = 20  # clusters that the silhouette chooses from
SILHOUETTE = 2000  # photos that it is computed of
OURS = "albumen"
UNWEIGHTED = "albumen, all photos alike"  # ours, read off as the others are
KNOWN = "themes known, our weights"  # as near as any clustering could come
NESTED = ("owner", "label_noise", "size")  # an owner's libraries are not owners of their own


class Mapped(NamedTuple):
    """What a method makes of a library."""

    labels: Int[np.ndarray, "n"]  # -1 in no interest
    weights: Float[np.ndarray, "n"]  # of each photo

    @property
    def apart(self) -> bool:
        """Whether it tells interests apart at all."""
        return bool(self.labels.max(initial=-1) > 0)


def albumen(library: Library, seed: int = 0, half_life: float | None = None) -> Mapped:
    """Ours: `find_interests` of the photos that count, with their weights, as in `map_profile`."""
    counted = photo_weights(library, half_life=half_life)
    used, weights = (counted.why == "").to_numpy(), counted.weight.to_numpy()
    occasions = counted.occasion.to_numpy()[used]
    labels = np.full(len(used), -1)
    labels[used] = find_interests(library.vectors[used], weights[used], occasions, seed=seed).labels
    return Mapped(labels, weights)


def umap_hdbscan(library: Library, seed: int = 0) -> Mapped:
    """UMAP and HDBSCAN, both with their default settings, every photo counting the same."""
    import umap  # takes seconds to import

    xy = umap.UMAP(random_state=seed, n_jobs=1).fit_transform(library.vectors)
    return Mapped(HDBSCAN(copy=True).fit_predict(xy), np.ones(len(xy)))


def kmeans(library: Library, seed: int = 0) -> Mapped:
    """k-means with the number of clusters of highest silhouette, every photo counting the same."""
    vectors = library.vectors
    with threadpool_limits(limits=1):
        fitted = [
            KMeans(k, random_state=seed).fit_predict(vectors)
            for k in range(2, min(MOST, len(vectors) - 1) + 1)
        ]
    size = min(SILHOUETTE, len(vectors))
    best = max(
        fitted,
        key=lambda labels: silhouette_score(vectors, labels, sample_size=size, random_state=0),
    )
    return Mapped(best, np.ones(len(vectors)))


METHODS: dict[str, Callable[[Library, int], Mapped]] = {
    OURS: albumen,
    "umap+hdbscan": umap_hdbscan,
    "k-means": kmeans,
}


def study(
    pool: Pool,
    *,
    sizes: Sequence[int],
    owners: Iterable[int],
    label_noise: Sequence[float] = (0.0,),
    methods: Sequence[str] = tuple(METHODS),
) -> Iterator[dict[str, object]]:
    """Map every owner (a seed each) at every size by every method; a row each as it is done.

    Columns: size, owner, label_noise, method, js, ari, nmi, interests, known (the true number).
    Labels name interests and do not make them, so owners that differ in them are mapped once. To
    tell clustering from weighting, each method is also read off with the other's weights, and so
    are the known themes.
    """
    for size in sizes:
        for seed in owners:
            dealt = [owner(pool, size, seed=seed, label_noise=noise) for noise in label_noise]
            library = dealt[0].library
            found = {method: METHODS[method](library, seed) for method in methods}
            ours = photo_weights(library).weight.to_numpy()
            for method in set(methods) - {OURS}:
                found[f"{method}, our weights"] = found[method]._replace(weights=ours)
            if OURS in methods:
                found[UNWEIGHTED] = found[OURS]._replace(weights=np.ones(size))
            themes = pd.Series(dealt[0].themes).mask(dealt[0].clutter)
            found[KNOWN] = Mapped(pd.factorize(themes)[0], ours)
            for noise, one in zip(label_noise, dealt, strict=True):
                for method, mapped in found.items():
                    yield {"size": size, "owner": seed, "label_noise": noise, "method": method} | (
                        compare(pool, one, mapped)
                    )


def compare(pool: Pool, one: Owner, mapped: Mapped) -> dict[str, float]:
    """How near a mapped library is to its owner's truth.

    js: Jensen-Shannon distance of the recovered preferences to the true ones (base 2: 0 the same
    .. 1 disjoint); ari, nmi: agreement of the clusters with the themes, clutter left out.
    """
    interest = ~np.array(one.clutter)
    shown, labels = np.array(one.themes)[interest], mapped.labels[interest]
    preferences = np.append(one.preferences, 0.0)
    return {
        "js": float(jensenshannon(recovered(pool, one, mapped), preferences, base=2)),
        "ari": float(adjusted_rand_score(shown, labels)),
        "nmi": float(normalized_mutual_info_score(shown, labels)),
        "interests": int(mapped.labels.max()) + 1,
        "known": int((one.preferences > 0).sum()),
    }


def recovered(pool: Pool, one: Owner, mapped: Mapped) -> Float[np.ndarray, "k"]:
    """Share of each theme of the pool, and last of nothing, when no photo is in an interest."""
    themes = {name: n for n, name in enumerate(pool.names)}
    said = np.array([themes[albums[0]] for albums in one.library.photos.albums])
    shares = np.zeros(len(themes) + 1)
    for label in range(mapped.labels.max() + 1):
        inside = mapped.labels == label
        shares[np.bincount(said[inside]).argmax()] += mapped.weights[inside].sum()
    shares[-1] = 0.0 if shares.sum() else 1.0
    return shares / shares.sum()


def intervals(table: pd.DataFrame, metrics: Sequence[str] = ("js", "ari", "nmi")) -> pd.DataFrame:
    """Means over owners with 95 % bootstrap intervals, by size, method and metric.

    Columns: size, method, metric, mean, low, high, owners. Label noise levels are averaged within
    an owner.
    """
    rows = []
    for (size, method), group in table.groupby(["size", "method"], sort=False):
        for metric in metrics:
            found = cluster_bootstrap(group, NESTED, metric)
            rows.append((size, method, metric, found.mean, found.low, found.high, found.subjects))
    return pd.DataFrame(rows, columns=["size", "method", "metric", "mean", "low", "high", "owners"])


def differences(table: pd.DataFrame, metric: str = "js") -> pd.DataFrame:
    """Ours less each other method, owner by owner: below 0 ours is nearer to the truth in js.

    Columns: size, method, mean, low, high (95 % interval over owners), p (sign flips), owners.
    """
    means = table.pivot_table(metric, ["size", "owner"], "method", sort=False)
    rows = []
    for method in means.columns.drop(OURS):
        less = (means[OURS] - means[method]).rename("less").reset_index().assign(label_noise=0)
        for size, group in less.groupby("size", sort=False):
            found = cluster_bootstrap(group, NESTED, "less")
            p = sign_flip(group.less.to_numpy())
            rows.append((size, method, found.mean, found.low, found.high, p, found.subjects))
    return pd.DataFrame(rows, columns=["size", "method", "mean", "low", "high", "p", "owners"])


def gaussian(
    vectors: Float[np.ndarray, "n d"], rng: np.random.Generator
) -> Float[np.ndarray, "n d"]:
    """As many unit rows without interests: one Gaussian of the same mean and covariance."""
    mean = vectors.mean(axis=0)
    mixed = rng.standard_normal((len(vectors), len(vectors))) @ (vectors - mean)
    return unit(mean + mixed / np.sqrt(len(vectors)))


def shuffled(
    vectors: Float[np.ndarray, "n d"], rng: np.random.Generator
) -> Float[np.ndarray, "n d"]:
    """As many unit rows without interests: every column in an order of its own."""
    return unit(rng.permuted(vectors, axis=0))


def identify(
    profiles: Sequence[Profile],
    album: Float[np.ndarray, "n d"],
    others: Float[np.ndarray, "m d"],
) -> int:
    """Which of several owners took an album: the one whom its photos suit best on average.

    A profile's scores are taken in standard deviations of what it gives `others`, photos of
    neither: one of broad interests would attract every album (zero normalisation, as in speaker
    verification: Reynolds 2000). Unit rows of the embedder of all profiles.
    """
    usual = [score(one, others) for one in profiles]
    suits = [
        (score(one, album).mean() - base.mean()) / max(base.std(), 1e-9)
        for one, base in zip(profiles, usual, strict=True)
    ]
    return int(np.argmax(suits))
