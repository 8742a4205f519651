"""How much do the pictures of one prompt differ?"""

import numpy as np
from jaxtyping import Float


def pairwise_distance(vectors: Float[np.ndarray, "n d"]) -> float:
    """Mean cosine distance over all pairs of unit rows, 0..2; NaN for fewer than two pictures."""
    n = len(vectors)
    if n < 2:
        return float("nan")
    cosines = vectors @ vectors.T
    return float(1 - (cosines.sum() - np.trace(cosines)) / (n * (n - 1)))


def vendi(vectors: Float[np.ndarray, "n d"]) -> float:
    """The effective number of different pictures, 1..n (Friedman and Dieng 2023).

    The exponential of the entropy of the eigenvalues of K / n, K the cosines of the unit rows.
    NaN without pictures.
    """
    n = len(vectors)
    if not n:
        return float("nan")
    eigenvalues = np.linalg.eigvalsh(vectors.astype(float) @ vectors.T.astype(float) / n)
    eigenvalues = eigenvalues[eigenvalues > 1e-12]
    eigenvalues /= eigenvalues.sum()
    return float(np.exp(-(eigenvalues * np.log(eigenvalues)).sum()))
