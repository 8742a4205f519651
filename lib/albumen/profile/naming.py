"""Names for interests: what the photos show, and what their owner called them.

Themes of a fixed vocabulary (assets/themes.txt) are scored by how near they lie to an interest's
photos, and nearer than to the owner's others. Albums and keywords speak for the themes that they
resemble. Those that are over-represented in the interest (log-odds with an informative prior,
Monroe, Colaresi and Quinn 2008) are among its terms as they stand.
"""

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float, Int

from albumen.embed import Embedder

UNCLEAR = "unclear"
TERMS = 6
LEAST = 2.75  # standard deviations below which a name is a guess: chance's best of 160 is 2.5
COMMON = 0.5  # of a score that is as high for all the owner's photos, how much is taken off
RESEMBLES = 0.3  # cosine of theme and label from which the label speaks for the theme
LABEL_VOICE = 20.0  # standard deviations it adds per cosine above that, if all photos carry it
SPEAKS = 1.65  # z-score from which a label is over-represented: one in twenty by chance
NAMES = 0.5  # share of an interest's photos from which such a label can be its name

Labels = Sequence[Collection[str]]  # of each photo
Terms = tuple[tuple[str, float], ...]


@cache
def themes() -> dict[str, str]:
    """The vocabulary: name -> a phrase that says what such photos show."""
    text = files("albumen").joinpath("assets/themes.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def name_interests(
    vectors: Float[np.ndarray, "n d"],
    interests: Int[np.ndarray, "n"],
    photo_labels: Labels,
    embedder: Embedder,
) -> list[tuple[str, Terms]]:
    """A name and terms with z-scores for each interest (photos with -1 are in none).

    No two interests share a theme. Where no theme stands out the name is the owner's label that
    most of the photos carry, and "unclear" without one.
    """
    inside = [interests == one for one in range(interests.max(initial=-1) + 1)]
    if not inside:
        return []
    vocabulary, rows = list(themes()), embedder.embed_texts(list(themes().values()))
    # the median: one photo of a fox does not make a forest's photos foxes
    scores = _standard(_contrast(vectors @ rows.T, inside, np.median))
    scores += LABEL_VOICE * _contrast(_spoken(photo_labels, rows, embedder), inside, np.mean)
    odds = label_odds(photo_labels, interests)
    named = []
    for one, best in enumerate(_strongest_first(scores)):
        order = np.argsort(-scores[one], kind="stable")[:TERMS]
        seen = [(vocabulary[t], float(scores[one, t])) for t in order]
        said = [
            (label, float(z[one]))
            for label, z in odds.items()
            if z[one] >= SPEAKS and label.casefold() not in themes()
        ]
        terms = sorted(seen + said, key=lambda term: -term[1])
        if scores[one, best] >= LEAST:
            name = vocabulary[best]
        else:
            name = _carried_by_most(said, [photo_labels[n] for n in np.flatnonzero(inside[one])])
        named.append((name, tuple((term, round(z, 3)) for term, z in terms)))
    return named


def _strongest_first(scores: Float[np.ndarray, "k t"]) -> list[int]:
    """A theme for each interest, none twice: the best pair, then the best of what is left."""
    left, chosen = scores.copy(), [0] * len(scores)
    for _ in range(len(scores)):
        one, theme = np.unravel_index(left.argmax(), left.shape)
        chosen[one] = int(theme)
        left[one], left[:, theme] = -np.inf, -np.inf
    return chosen


def _carried_by_most(labels: list[tuple[str, float]], photo_labels: Labels) -> str:
    """The strongest of these labels that a share NAMES of the photos carry, or "unclear"."""
    for label, _ in sorted(labels, key=lambda one: -one[1]):
        if sum(label in labels for labels in photo_labels) >= NAMES * len(photo_labels):
            return label
    return UNCLEAR


def label_odds(
    photo_labels: Labels, interests: Int[np.ndarray, "n"]
) -> dict[str, Float[np.ndarray, "k"]]:
    """For each label, the z-score of its log-odds in each interest against all other photos."""
    names = sorted({label for labels in photo_labels for label in labels})
    if not names:
        return {}
    counts = np.array([[name in labels for name in names] for labels in photo_labels], float)
    prior = counts.mean(0) + 0.01  # the label's share among all photos
    odds = []
    for one in range(interests.max() + 1):
        inside = interests == one
        mine, its_variance = _log_odds(counts[inside], prior)
        others, their_variance = _log_odds(counts[~inside], prior)
        odds.append((mine - others) / np.sqrt(its_variance + their_variance))
    return dict(zip(names, np.transpose(odds), strict=True))


def _log_odds(
    counts: Float[np.ndarray, "n l"], prior: Float[np.ndarray, "l"]
) -> tuple[Float[np.ndarray, "l"], Float[np.ndarray, "l"]]:
    """Log-odds of carrying each label, and their variance."""
    yes = counts.sum(0) + prior
    no = len(counts) - counts.sum(0) + np.maximum(1 - prior, 0.01)
    return np.log(yes / no), 1 / yes + 1 / no


def _contrast(
    scores: Float[np.ndarray, "n t"],
    inside: list[np.ndarray],
    middle: Callable[..., np.ndarray],
) -> Float[np.ndarray, "k t"]:
    """Each interest's middle score less a part of that of all photos, if there are others."""
    common = COMMON * scores.mean(0) if len(inside) > 1 else 0.0
    return np.stack([middle(scores[photos], axis=0) for photos in inside]) - common


def _spoken(
    photo_labels: Labels, rows: Float[np.ndarray, "t d"], embedder: Embedder
) -> Float[np.ndarray, "n t"]:
    """How much each photo's labels speak for each theme: their cosine above RESEMBLES, or 0."""
    voices = {}
    for label in sorted({label for labels in photo_labels for label in labels}):
        words = re.sub(r"[\d_\W]+", " ", label).strip()  # a year or a number names nothing
        if words:
            voices[label] = np.maximum(rows @ embedder.embed_texts([words])[0] - RESEMBLES, 0)
    none = np.zeros(len(rows))
    return np.stack(
        [np.max([none, *(voices.get(one, none) for one in labels)], 0) for labels in photo_labels]
    )


def _standard(scores: Float[np.ndarray, "k t"]) -> Float[np.ndarray, "k t"]:
    """Each row in standard deviations over the vocabulary; zeros where all themes are equal."""
    spread = scores.std(1, keepdims=True)
    return (scores - scores.mean(1, keepdims=True)) / np.where(spread > 1e-6, spread, np.inf)
