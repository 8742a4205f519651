"""Which photos tell of their owner's interests, and how much each.

One holiday of three hundred shots is not three hundred votes: near-duplicates share one vote, and
an occasion of m different photos has log2(1 + m) votes. Favourites count more, what somebody else
made less or nothing.
"""

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from sklearn.cluster import KMeans

from albumen.library import Library
from albumen.profile.company import prominent
from albumen.profile.vocabulary import unit
from albumen.tables import TIME_SOURCES

UNFIT = {  # flag -> why such a photo does not count
    "creation": "made by a program",
    "edited": "an edited copy",
    "screenshot": "a screenshot",
    "document": "a document",
}
PORTRAIT = 0.25  # a face taller than this share of the photo makes it a picture of somebody
RECEIVED = 0.25  # weight of a photo that somebody sent
FAVOURITE = 2.0  # weight of a favourite or a photo of four stars and more
STARS = 4
OCCASION = pd.Timedelta(hours=6)  # without a photo ends one
ALIKE = 0.96  # cosine of near-duplicates
TOGETHER = 5000  # photos up to which every pair is compared
A_CELL = 500  # photos beyond, on average, that are compared with one another


def photo_weights(library: Library, *, half_life: float | None = None) -> pd.DataFrame:
    """A row a photo, in the library's order: why, occasion, different, weight.

    `why` says why a photo does not count ("" if it does), `occasion` numbers occasions from 0,
    `different` is 1 over its near-duplicates there, itself included, and `weight` is what it counts
    (0 where it does not). With `half_life` in years a photo counts half as much that much before
    the library's last; one without a known time counts as one of median age.
    """
    photos, vectors = library.photos, library.vectors
    why = pd.Series("", photos.index, object)
    why[_portraits(library)] = "a portrait"
    why[photos.rating.fillna(0).lt(0)] = "rejected"
    for flag, reason in UNFIT.items():
        why[[flag in flags for flags in photos["flags"]]] = reason
    table = pd.DataFrame({"why": why, "occasion": occasions(photos)})
    table["different"], table["weight"] = 1.0, 0.0
    used = (why == "").to_numpy()
    occasion = table.occasion[used].to_numpy()
    alike, first = near_duplicates(vectors[used], occasion)
    table.loc[used, "occasion"] = occasion = occasion[first]  # a burst is one, times or no times
    different = 1 / alike
    votes = pd.Series(different).groupby(occasion).transform("sum").to_numpy()
    weight = different * np.log2(1 + votes) / votes
    liked = (photos.favourite | photos.rating.fillna(0).ge(STARS)).to_numpy(bool)
    received = np.array(["received" in flags for flags in photos["flags"]], bool)
    weight *= np.where(liked, FAVOURITE, 1.0)[used] * np.where(received, RECEIVED, 1.0)[used]
    if half_life is not None:
        weight *= fading(photos, half_life)[used]
    table.loc[used, "different"], table.loc[used, "weight"] = different, weight
    return table


def usable(photos: pd.DataFrame) -> Bool[np.ndarray, "n"]:
    """Which photos are as their owner took them."""
    return np.array([not UNFIT.keys() & set(flags) for flags in photos["flags"]], bool)


def occasions(photos: pd.DataFrame) -> Int[np.ndarray, "n"]:
    """The occasion of each photo, numbered from 0 in the order of time.

    Photos whose times are known are of one occasion until OCCASION passes without any; those of
    which only the day is known share that day; any other is an occasion by itself.
    """
    known = photos.time_source.map(TIME_SOURCES)
    local = pd.to_datetime(photos.taken_local)
    timed = local.where(known.eq("time")).dropna().sort_values(kind="stable")
    key = pd.Series([f"alone {number}" for number in range(len(photos))], photos.index, object)
    days = known.eq("day") & local.notna()
    key[days] = local[days].dt.date.astype(str)
    runs = timed.diff().gt(OCCASION).cumsum()
    key[runs.index] = [f"run {number}" for number in runs]
    first = local.groupby(key).transform("min")
    order = pd.DataFrame({"first": first, "key": key}).sort_values(["first", "key"])
    return pd.factorize(order.key)[0][np.argsort(order.index.to_numpy())]


def near_duplicates(
    vectors: Float[np.ndarray, "n d"], occasion: Int[np.ndarray, "n"]
) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "n"]]:
    """How many photos of the same occasion look like each one, itself included, and the first.

    Photos that are an occasion by themselves are compared with one another; of more than TOGETHER,
    those of a cell of k-means only, which misses pairs that a border parts.
    """
    alone = np.bincount(occasion)[occasion] == 1 if len(occasion) else np.zeros(0, bool)
    group = np.where(alone, -1, occasion)
    counts, first = np.ones(len(vectors), int), np.arange(len(vectors))
    for rows in pd.Series(group).groupby(group).indices.values():
        for part in _parts(vectors[rows]):
            some = rows[part]
            for block in np.array_split(some, max(len(some) // 1000, 1)):
                near = (vectors[block] @ vectors[some].T > ALIKE) | (block[:, None] == some)
                counts[block], first[block] = near.sum(axis=1), some[near.argmax(axis=1)]
    return counts, first


def fading(photos: pd.DataFrame, half_life: float) -> Float[np.ndarray, "n"]:
    """What recency leaves of each photo, 0..1: half every `half_life` years before the last."""
    taken = pd.to_datetime(photos.taken_local).where(photos.time_source.map(TIME_SOURCES).ne(""))
    years = (taken.max() - taken).dt.total_seconds() / (365.25 * 86400)
    return (0.5 ** (years.fillna(years.median()).fillna(0) / half_life)).to_numpy(float)


def _portraits(library: Library) -> Bool[np.ndarray, "n"]:
    faces = prominent(library.faces)
    large = faces[faces.h > PORTRAIT]
    return library.photos.photo_id.isin(large.photo_id).to_numpy()


def _parts(vectors: Float[np.ndarray, "n d"]) -> list[np.ndarray]:
    """Rows that are compared with one another."""
    if len(vectors) <= TOGETHER:
        return [np.arange(len(vectors))]
    sample = vectors[:: max(len(vectors) // (10 * len(vectors) // A_CELL), 1)]
    centres = KMeans(len(vectors) // A_CELL, n_init=1, max_iter=10, random_state=0).fit(sample)
    cells = (vectors @ unit(centres.cluster_centers_).T.astype(vectors.dtype)).argmax(axis=1)
    return list(pd.Series(cells).groupby(cells).indices.values())
