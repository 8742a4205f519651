"""Names for interests: what the photos show, and what their owner called them.

Themes from a fixed vocabulary (assets/themes.txt) are scored by how much closer they lie to an
interest's photos than to the owner's others. Albums and keywords that are over-represented among
the photos (log-odds with an informative prior, Monroe, Colaresi and Quinn 2008) speak for the
themes they resemble, and name the interest themselves where no theme resembles them.
"""

import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from albumen.embed import Embedder

UNCLEAR = "unclear"
TERMS = 6
LEAST = 1.5  # standard deviations over the vocabulary below which a name would be a guess
COMMON = 0.5  # share of a theme's score that it keeps when all interests have it
RESEMBLES = 0.3  # cosine of theme and label from which the label speaks for the theme
LABEL_VOICE = 10.0  # standard deviations it adds per cosine above that, if all photos carry it
SPEAKS = 2.0  # z-score from which a label is over-represented
NAMES = 0.5  # share of an interest's photos that must carry a label for it to be the name


@cache
def themes() -> dict[str, str]:
    """The vocabulary: name -> a phrase that says what such photos show."""
    text = files("albumen").joinpath("assets/themes.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def label_odds(
    photo_labels: Sequence[Collection[str]], interests: Int[np.ndarray, "n"]
) -> dict[str, Float[np.ndarray, "k"]]:
    """For each label, the z-score of its log-odds in each interest against all other photos."""
    names = sorted({label for labels in photo_labels for label in labels})
    counts = np.array([[name in labels for name in names] for labels in photo_labels], float)
    counts = counts.reshape(len(photo_labels), len(names))
    prior = counts.sum(0) / max(len(counts), 1) + 0.01  # the label's share among all photos
    odds = []
    for one in range(interests.max(initial=-1) + 1):
        inside = interests == one
        z = [
            _log_odds(counts[group].sum(0), int(group.sum()), prior) for group in (inside, ~inside)
        ]
        odds.append((z[0][0] - z[1][0]) / np.sqrt(z[0][1] + z[1][1]))
    return dict(zip(names, np.transpose(odds), strict=True)) if names else {}


def _log_odds(
    with_label: Float[np.ndarray, "l"], photos: int, prior: Float[np.ndarray, "l"]
) -> tuple[Float[np.ndarray, "l"], Float[np.ndarray, "l"]]:
    """Log-odds of carrying each label, and their variance."""
    yes, no = with_label + prior, photos - with_label + 1 - np.minimum(prior, 0.99)
    return np.log(yes / no), 1 / yes + 1 / no


def name_interests(
    vectors: Float[np.ndarray, "n d"],
    interests: Int[np.ndarray, "n"],
    photo_labels: Sequence[Collection[str]],
    embedder: Embedder,
) -> list[tuple[str, tuple[tuple[str, float], ...]]]:
    """A name and terms with z-scores for each interest (photos with -1 are in none).

    No two interests share a theme. "unclear" where nothing stands out.
    """
    count = interests.max(initial=-1) + 1
    if not count:
        return []
    vocabulary, rows = list(themes()), embedder.embed_texts(list(themes().values()))
    seen = np.stack([vectors[interests == one].mean(0) for one in range(count)]) @ rows.T
    typical = vectors.mean(0) @ rows.T
    scores = _standard(seen - (1 - COMMON) * typical if count > 1 else seen)
    odds = label_odds(photo_labels, interests)
    spoken, voices = _voices(odds, interests, photo_labels, rows, embedder)
    scores = scores + voices
    best = linear_sum_assignment(-scores)[1]
    named = []
    for one, top in enumerate(best):
        order = np.argsort(-scores[one], kind="stable")[:TERMS]
        terms = [(vocabulary[t], round(float(scores[one, t]), 3)) for t in order]
        terms += [(label, round(float(odds[label][one]), 3)) for label in spoken[one]]
        name = vocabulary[top] if scores[one, top] >= LEAST else UNCLEAR
        named.append((name, tuple(sorted(terms, key=lambda term: -term[1]))))
    return named


def _standard(scores: Float[np.ndarray, "k t"]) -> Float[np.ndarray, "k t"]:
    """Each row in standard deviations over the vocabulary; zeros where all themes are equal."""
    spread = scores.std(1, keepdims=True)
    return (scores - scores.mean(1, keepdims=True)) / np.where(spread > 1e-6, spread, np.inf)


def _voices(
    odds: dict[str, Float[np.ndarray, "k"]],
    interests: Int[np.ndarray, "n"],
    photo_labels: Sequence[Collection[str]],
    rows: Float[np.ndarray, "t d"],
    embedder: Embedder,
) -> tuple[list[list[str]], Float[np.ndarray, "k t"]]:
    """The over-represented labels of each interest, and what they add to each theme's score."""
    count = interests.max() + 1
    added = np.zeros((count, len(rows)))
    spoken: list[list[str]] = [[] for _ in range(count)]
    for label, z in odds.items():
        loud = np.flatnonzero(z >= SPEAKS)
        words = re.sub(r"[\d_\W]+", " ", label).strip()
        if not len(loud) or not words:
            continue
        alike = np.maximum(0, rows @ embedder.embed_texts([words])[0] - RESEMBLES)
        for one in loud:
            inside = interests == one
            share = np.mean([label in photo_labels[n] for n in np.flatnonzero(inside)])
            added[one] = np.maximum(added[one], LABEL_VOICE * share * alike)
            spoken[one].append(label)
    return spoken, added
