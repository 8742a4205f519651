"""Whose taste is it? The picture against every owner's held-out photos, by an encoder that did
not choose its references."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

NEAREST = 5


def owner_scores(
    pictures: Float[np.ndarray, "n d"],
    held_out: Mapping[str, Float[np.ndarray, "h d"]],
    nearest: int = NEAREST,
) -> dict[str, Float[np.ndarray, " n"]]:
    """How near each picture is to each owner, on one scale for all owners.

    The mean cosine to the owner's `nearest` closest held-out photos, in standard deviations of
    what the other owners' held-out photos score on it. Without that an owner of many or varied
    photos would attract every picture (zero normalisation, as in speaker verification: Reynolds
    2000). All rows are unit vectors.
    """
    scores = {}
    for owner, photos in held_out.items():
        cohort = [other for name, other in held_out.items() if name != owner]
        baseline = _nearness(np.concatenate(cohort), photos, nearest) if cohort else np.zeros(1)
        spread = max(float(baseline.std()), 1e-6) if cohort else 1.0
        scores[owner] = (_nearness(pictures, photos, nearest) - baseline.mean()) / spread
    return scores


def owner_margin(scores: Mapping[str, float], owner: str) -> float:
    """The owner's score minus the best other's, standard deviations; NaN with a single owner."""
    others = [score for name, score in scores.items() if name != owner]
    return float(scores[owner] - max(others)) if others else float("nan")


def owner_identified(scores: Mapping[str, float], owner: str) -> float:
    """1 when the owner scores above every other, else 0; chance is one over the owners."""
    margin = owner_margin(scores, owner)
    return float(margin > 0) if margin == margin else float("nan")


def _nearness(
    pictures: Float[np.ndarray, "n d"], photos: Float[np.ndarray, "h d"], nearest: int
) -> Float[np.ndarray, " n"]:
    return np.sort(pictures @ photos.T, axis=1)[:, -nearest:].mean(axis=1)
