"""An interest as a sparse mix of concepts (SpLiCE, Bhalla et al. 2024).

Its direction is written as a sum of few concepts of a large vocabulary, none of them negative:
a lasso that is made stricter until at most CONCEPTS are left. The weights say how much of each
the direction holds; the cosine says how much of the direction the mix tells at all.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import lars_path

from albumen.profile.vocabulary import Vocabulary, unit

CONCEPTS = 8
LEAST_SHARE = 0.02  # of the mix, for a concept to be told


class Mix(NamedTuple):
    """Concepts and their shares of the mix, the greatest first, and how near it comes."""

    concepts: tuple[tuple[str, float], ...]  # shares that sum to at most 1
    cosine: float  # of the mix to the direction, 0..1


def mix(direction: Float[np.ndarray, "d"], vocabulary: Vocabulary, *, most: int = CONCEPTS) -> Mix:
    """The non-negative mix of at most `most` concepts nearest to a centred direction.

    Only the dimensions in which texts lie count. A direction that is 0 there, or to which no
    concept is near, is a mix of nothing.
    """
    spoken = vocabulary.spoken
    target, rows = unit(direction[spoken].astype(np.float64)), vocabulary.rows[:, spoken]
    if not target.any():
        return Mix((), 0.0)
    _, _, path = lars_path(rows.T, target, method="lasso", positive=True, max_iter=4 * most)
    few = path[:, (path > 0).sum(axis=0) <= most]  # of the path's knots, loosest penalty last
    weights = few[:, -1]
    if not weights.any():
        return Mix((), 0.0)
    shares = weights / weights.sum()
    told = [n for n in np.argsort(-shares, kind="stable") if shares[n] >= LEAST_SHARE]
    return Mix(
        tuple((vocabulary.words[n], round(float(shares[n]), 3)) for n in told),
        float(unit(weights @ rows) @ target),
    )
