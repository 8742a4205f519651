"""How likely two faces are one person's, from the two recognisers that may name.

The log odds of a pair are linear in SFace's cosine and in the square of dlib's distance. So the
mean over all pairs of two groups of faces is a product of the groups' means, and grouping and
naming need memory for faces, never for pairs.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float32, Int

# Logistic regression on the 970 pairs of LFW's pairsDevTest.txt (half of them one person's) that
# show none of the 60 people whom grouping is tested on; printed by lib/bench/faces_lfw.py.
SFACE = 19.7  # a unit of cosine
DLIB = -11.8  # a unit of squared distance
BIAS = -1.46


class Evidence(NamedTuple):
    """Faces, or means of faces, ready for `log_odds`: a row each."""

    vectors: Float32[np.ndarray, "n 256"]  # of both recognisers, in the weights' square roots
    offsets: Float32[np.ndarray, "n"]  # what the length of dlib's vector takes away

    def mean(self, rows: Int[np.ndarray, "m"]) -> "Evidence":
        """The mean of these rows as one: its log odds are the mean over the pairs."""
        return Evidence(
            self.vectors[rows].mean(axis=0, keepdims=True),
            self.offsets[rows].mean(keepdims=True),
        )

    def rows(self, rows: Int[np.ndarray, "m"]) -> "Evidence":
        """These rows alone."""
        return Evidence(self.vectors[rows], self.offsets[rows])


def evidence(faces: pd.DataFrame) -> Evidence:
    """What the columns sface and dlib of a FACES table say, a row a face, in the table's order."""
    sface = np.array(faces.sface.tolist(), np.float32).reshape(-1, 128)
    dlib = np.array(faces.dlib.tolist(), np.float32).reshape(-1, 128)
    vectors = np.concatenate([np.sqrt(SFACE) * sface, np.sqrt(-2 * DLIB) * dlib], axis=1)
    return Evidence(vectors.astype(np.float32), (-DLIB * (dlib**2).sum(axis=1)).astype(np.float32))


def log_odds(first: Evidence, second: Evidence) -> Float32[np.ndarray, "n m"]:
    """Natural log of the odds that each of `first` and each of `second` are one person.

    Even odds before looking. For means of several faces, the mean over the pairs: cautious, since
    a mean is surer than a pair.
    """
    products = first.vectors @ second.vectors.T
    return products - first.offsets[:, None] - second.offsets + np.float32(BIAS)
