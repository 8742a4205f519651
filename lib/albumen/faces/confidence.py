"""How sure a face's name is, as a probability."""

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import expit

from albumen.faces.odds import BIAS, SFACE, Evidence, log_odds

# How often evidence that needs no likeness gives the right name. Assumed, not measured: nobody
# counted the wrong labels of real libraries.
RIGHT = {"owner": 1.0, "box": 0.99, "sole": 0.95}
LIMIT = 0.999  # what all but the owner's word claim at most: a thousand pairs fitted likeness

Rows = Int[np.ndarray, "r"]
Numbers = Float[np.ndarray, "r"]


def confidences(
    names: Shaped[np.ndarray, "n"],
    by: Shaped[np.ndarray, "n"],
    groups: Float[np.ndarray, "n"],
    faces: Evidence,
) -> Float[np.ndarray, "n"]:
    """The probability that each face's name is right, NaN where it has none.

    `by` says how a face was named: a key of RIGHT for direct evidence, else by likeness. A face is
    compared with the person's other directly named faces, those of its own group if there are
    any. Their mean log odds, even before looking, say how likely it shows the same person; their
    own evidence says how likely that person bears the name rightly. The two and the face's own
    evidence are taken as independent.
    """
    direct = np.isin(by.astype(str), list(RIGHT))
    odds, doubt = np.full(len(names), np.nan), np.ones(len(names))
    for name in {name for name in names if name is not None}:
        mine = names == name
        # the whole person first, then each group over it: a face keeps the nearest comparison
        for part in (mine, *(mine & (groups == one) for one in np.unique(groups[mine & direct]))):
            rows, others = np.flatnonzero(part), np.flatnonzero(part & direct)
            odds_part, doubt_part = _compare(faces, by, rows, others)
            compared = ~np.isnan(odds_part)
            odds[rows[compared]] = odds_part[compared]
            doubt[rows[compared]] = doubt_part[compared]
    right = np.array([RIGHT.get(one, np.nan) for one in by])
    # likeness counts as far as those it was found with are named rightly
    ratio = np.where(np.isnan(odds), 1, (1 - doubt) * np.exp(odds) + doubt)
    sure = np.where(direct, right * ratio / (right * ratio + 1 - right), (1 - doubt) * expit(odds))
    return np.where(right == 1, sure, np.clip(sure, 1 - LIMIT, LIMIT))


def _compare(
    faces: Evidence, by: Shaped[np.ndarray, "n"], rows: Rows, others: Int[np.ndarray, "o"]
) -> tuple[Numbers, Numbers]:
    """For each row its mean log odds with `others`, and how likely all of those are misnamed.

    A row is not compared with itself; NaN where that leaves nothing.
    """
    if not len(rows) or not len(others):
        return np.full(len(rows), np.nan), np.ones(len(rows))
    among = np.isin(rows, others)
    count = len(others) - among
    total = len(others) * log_odds(faces.rows(rows), faces.mean(others))[:, 0].astype(float)
    total -= among * (SFACE + BIAS)  # what a face's odds with itself come to
    doubt = np.ones(len(rows))
    for kind, right in RIGHT.items():
        doubt *= (1 - right) ** ((by[others] == kind).sum() - (among & (by[rows] == kind)))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), doubt
