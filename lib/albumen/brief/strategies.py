"""Ways to pick references among photos that may all be used, behind one name.

A strategy sees a table of candidates, a row a photo:

    photo_id
    vector   unit; of the photo, or of a person's face
    score    how much it is wanted: theme, taste, quality, recency
    quality  technical, standard deviations over photos
    shot     what `quality` was read off, in words
    why      what `score` was read off, in words

It returns rows with the reason that is true of it. All but `profile` are baselines. A new one is a
function and a line in STRATEGIES; the contract test finds it.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.errors import AlbumenError

COHERENT = 0.3  # cosine to the first reference: two thirds of pairs of one theme, 6 % of others
DUPLICATE = 0.95  # cosine from which two photos are one


class Pick(NamedTuple):
    """A candidate that a strategy picked."""

    row: int  # of the candidates, by place
    why: str  # without its full stop


# candidates, vectors of those pinned, how many, what the candidates are in words, seed
Strategy = Callable[[pd.DataFrame, Float[np.ndarray, "k d"], int, str, int], list[Pick]]


def pick(
    strategy: str,
    candidates: pd.DataFrame,
    count: int,
    what: str,
    *,
    seed: int = 0,
    pinned: Float[np.ndarray, "k d"] | None = None,
) -> list[Pick]:
    """At most `count` of the candidates by a strategy of STRATEGIES, in the order they were picked.

    `what` says what the candidates are ("photos that fit 'beach'"); `pinned` are the vectors of
    references that are there already, which the picks should differ from. The same candidates and
    seed give the same picks, in whatever order the candidates come.
    """
    check_strategy(strategy)
    if candidates.empty or count < 1:
        return []
    order = np.argsort(candidates.photo_id.to_numpy(str), kind="stable")
    ordered = candidates.iloc[order]
    chosen = _vectors(ordered)[:0] if pinned is None else pinned
    picks = STRATEGIES[strategy](ordered, chosen, count, what, seed)
    if len(candidates) == 1:
        picks = [one._replace(why=f"{one.why}; there is no other") for one in picks]
    return [one._replace(row=int(order[one.row])) for one in picks]


def check_strategy(name: str) -> None:
    """Raises AlbumenError when no strategy has this name."""
    if name not in STRATEGIES:
        raise AlbumenError(
            f"'{name}' is not a strategy: the strategies are {', '.join(STRATEGIES)}."
        )


def random(
    candidates: pd.DataFrame, pinned: Float[np.ndarray, "k d"], count: int, what: str, seed: int
) -> list[Pick]:
    """Any of them, by seed."""
    drawn = np.random.default_rng(seed).permutation(len(candidates))[:count]
    why = f"drawn at random of {len(candidates)} {what} (seed {seed})"
    return [Pick(int(row), why) for row in drawn]


def medoid(
    candidates: pd.DataFrame, pinned: Float[np.ndarray, "k d"], count: int, what: str, seed: int
) -> list[Pick]:
    """The most typical: with the highest mean cosine to all others."""
    typical = _typical(_vectors(candidates))
    return [
        Pick(row, f"{nth}most typical of {len(candidates)} {what} (mean cosine {typical[row]:.2f})")
        for nth, row in _best(typical, count)
    ]


def quality(
    candidates: pd.DataFrame, pinned: Float[np.ndarray, "k d"], count: int, what: str, seed: int
) -> list[Pick]:
    """The best technically, whatever they look like."""
    shots = candidates.shot.to_list()
    return [
        Pick(row, f"{nth}best technically of {len(candidates)} {what} ({shots[row]})")
        for nth, row in _best(candidates.quality.to_numpy(float), count)
    ]


def farthest(
    candidates: pd.DataFrame, pinned: Float[np.ndarray, "k d"], count: int, what: str, seed: int
) -> list[Pick]:
    """Farthest-point sampling (Gonzalez 1985) of the technically better half, from its medoid."""
    better = np.argsort(-candidates.quality.to_numpy(float), kind="stable")
    good = np.sort(better[: max(-(-len(better) // 2), count)])
    vectors = _vectors(candidates)
    among = f"the {len(good)} technically better of {len(candidates)} {what}"
    picks, chosen = [], pinned
    if not len(pinned):
        first = int(good[_typical(vectors[good]).argmax()])
        picks, chosen = [Pick(first, f"most typical of {among}")], vectors[[first]]
    while len(picks) < min(count, len(good)):
        nearest = (vectors @ chosen.T).max(axis=1)
        nearest[np.setdiff1d(np.arange(len(vectors)), good)] = np.inf
        nearest[[one.row for one in picks]] = np.inf
        row = int(nearest.argmin())
        cosine = f"nearest cosine {nearest[row]:.2f}"
        picks.append(Pick(row, f"most unlike those already picked ({cosine}) of {among}"))
        chosen = np.vstack([chosen, vectors[row]])
    return picks


def profile(
    candidates: pd.DataFrame, pinned: Float[np.ndarray, "k d"], count: int, what: str, seed: int
) -> list[Pick]:
    """Ours: the best score, then each time the best of score less the nearest cosine to those
    chosen (maximal marginal relevance, Carbonell and Goldstein 1998).

    Only what is coherent with the first and no near-duplicate of any: fewer than `count` if need
    be.
    """
    score, why = candidates.score.to_numpy(float), candidates.why.to_list()
    vectors = _vectors(candidates)
    picks, chosen = [], pinned
    if not len(pinned):
        first = int(score.argmax())
        picks, chosen = [Pick(first, why[first])], vectors[[first]]
    while len(picks) < count:
        nearest = (vectors @ chosen.T).max(axis=1)
        usable = (vectors @ chosen[0] >= COHERENT) & (nearest < DUPLICATE)
        usable[[one.row for one in picks]] = False
        if not usable.any():
            break
        row = int(np.where(usable, score - nearest, -np.inf).argmax())
        better = int((score[usable] > score[row]).sum())
        variety = f"; for variety before {better} with a higher score" if better else ""
        picks.append(Pick(row, why[row] + variety))
        chosen = np.vstack([chosen, vectors[row]])
    return picks


STRATEGIES: dict[str, Strategy] = {
    "profile": profile,
    "random": random,
    "medoid": medoid,
    "quality": quality,
    "farthest": farthest,
}


def compare(
    candidates: pd.DataFrame, *, count: int = 4, seeds: Sequence[int] = range(20)
) -> pd.DataFrame:
    """What each strategy's picks are like: a row a strategy, in the order of STRATEGIES.

    Columns: picks, variety (mean cosine distance of two picks, NaN of one) and the means of those
    of quality, taste and right (whether a photo shows what was asked for) that the candidates have.
    `random` is the mean over `seeds`; the others draw nothing.
    """
    means = [name for name in ("quality", "taste", "right") if name in candidates]
    rows = {}
    for name in STRATEGIES:
        draws = []
        for seed in seeds if name == "random" else (0,):
            picks = pick(name, candidates, count, "photos", seed=seed)
            chosen = candidates.iloc[[one.row for one in picks]]
            cosines = [float(a @ b) for a, b in itertools.combinations(chosen.vector, 2)]
            variety = 1 - np.mean(cosines) if cosines else np.nan
            draws.append({"picks": len(chosen), "variety": variety, **chosen[means].mean()})
        rows[name] = pd.DataFrame(draws).astype(float).mean()
    return pd.DataFrame(rows).T


def _vectors(candidates: pd.DataFrame) -> Float[np.ndarray, "n d"]:
    return np.stack(candidates.vector.to_list())


def _typical(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """The mean cosine of each to the others; 1 of one alone."""
    others = max(len(vectors) - 1, 1)
    total = vectors @ vectors.sum(axis=0)
    return (total - 1) / others if len(vectors) > 1 else np.ones(1)


def _best(values: Float[np.ndarray, " n"], count: int) -> list[tuple[str, int]]:
    """The rows of the highest values, each behind the words of its place: "", "2nd ", "3rd "."""
    ends = {1: "", 2: "2nd ", 3: "3rd "}
    order = np.argsort(-values, kind="stable")[:count]
    return [(ends.get(place, f"{place}th "), int(row)) for place, row in enumerate(order, 1)]
