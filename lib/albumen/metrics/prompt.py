"""Does the picture show what the prompt asked for? Ranks among the prompts it was not made from.

The embedded scoring space knows words only through 1,000 ImageNet classes, so a raw cosine says
little: some texts lie near every picture. Each text's cosines are therefore standardised by what
real photos score on it, and a picture is judged by where its own prompt ranks.
"""

import numpy as np
from jaxtyping import Float


def prompt_scores(
    pictures: Float[np.ndarray, "n d"],
    texts: Float[np.ndarray, "t d"],
    real: Float[np.ndarray, "m d"],
) -> Float[np.ndarray, "n t"]:
    """Cosine of each picture with each text, in standard deviations over `real` photos.

    All rows are unit vectors of one space; `real` has at least two photos.
    """
    baseline = real @ texts.T
    spread = np.maximum(baseline.std(axis=0), 1e-6)
    return (pictures @ texts.T - baseline.mean(axis=0)) / spread


def prompt_z(scores: Float[np.ndarray, " t"], own: int) -> float:
    """The own prompt's standardised cosine: 0 is what real photos of the libraries score on it."""
    return float(scores[own])


def prompt_percentile(scores: Float[np.ndarray, " t"], own: int) -> float:
    """Share of the other prompts that score below the own one, ties half; chance .5.

    NaN where there is no other prompt.
    """
    others = np.delete(scores, own)
    if not len(others):
        return float("nan")
    return float(((others < scores[own]) + 0.5 * (others == scores[own])).mean())


def prompt_rank1(scores: Float[np.ndarray, " t"], own: int) -> float:
    """1 when no other prompt scores as high as the own one, else 0; chance one over the prompts."""
    others = np.delete(scores, own)
    return float((others < scores[own]).all()) if len(others) else float("nan")
