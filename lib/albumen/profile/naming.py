"""Names for interests: what the photos show, and what their owner called them.

Themes of a fixed vocabulary are scored by how near they lie to an interest's photos, and nearer
than to the owner's others. Albums and keywords speak for the themes that they resemble. Those that
are over-represented in the interest (log-odds with an informative prior, Monroe, Colaresi and
Quinn 2008) are among its terms as they stand.

A name's margin is how far the best theme that means something else lies behind. Themes akin to the
name (the boats beside the harbour) are left out of that: they say the same of the photos.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from sklearn.preprocessing import MultiLabelBinarizer
from threadpoolctl import threadpool_limits

from albumen.embed import Embedder
from albumen.profile.concepts import mix
from albumen.profile.vocabulary import (
    Vocabulary,
    concept_vocabulary,
    theme_vocabulary,
    themes,
    unit,
)

__all__ = ["Naming", "label_odds", "name_interests", "themes"]

UNCLEAR = "unclear"
TERMS = 6
LEAST = 2.6  # standard deviations below which a name is a guess: chance's best of 156 is 2.5
MARGIN = 0.1  # below, a few photos more or less would give another name
AKIN = 8  # themes nearest to a theme that mean much the same
RESEMBLES = 0.25  # cosine of theme and label from which the label speaks for the theme
LABEL_VOICE = 18.0  # standard deviations it adds per cosine above that, if all photos carry it
SPEAKS = 1.65  # z-score from which a label is over-represented: one in twenty by chance
NAMES = 0.5  # share of an interest's photos from which such a label can be its name

Labels = Sequence[Collection[str]]  # of each photo
Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Naming:
    """What an interest is called, and why."""

    name: str  # a theme, else a label of the owner's, else "unclear"
    margin: float  # z-score of a theme less that of the next best different one; else 0
    terms: Terms  # themes and labels with their z-scores, strongest first
    concepts: Terms  # its direction as a sparse mix: shares, greatest first
    explained: float  # cosine of that mix to the direction, 0..1


def name_interests(
    vectors: Float[np.ndarray, "n d"],
    interests: Int[np.ndarray, "n"],
    photo_labels: Labels,
    embedder: Embedder,
) -> list[Naming]:
    """Name each interest (photos with -1 are in none).

    No two interests share a theme. Where no theme stands out, or a different one nearly as much,
    the name is the owner's label that most of the photos carry, and "unclear" without one.
    """
    inside = [interests == one for one in range(interests.max(initial=-1) + 1)]
    if not inside:
        return []
    vocabulary = theme_vocabulary(embedder)
    with threadpool_limits(limits=1):
        means = np.stack([vectors[photos].mean(axis=0, dtype=np.float64) for photos in inside])
        directions = contrast(means)
        scores = _standard(directions @ vocabulary.rows.T)
        scores += LABEL_VOICE * contrast(_spoken(photo_labels, inside, vocabulary, embedder))
        mixes = [mix(one, concept_vocabulary(embedder)) for one in directions]
    odds = label_odds(photo_labels, interests)
    named = []
    for one, best in enumerate(_strongest_first(scores)):
        rivals = scores[one, ~_akin(best, vocabulary)]
        margin = scores[one, best] - rivals.max() if len(rivals) else 0.0
        clear = scores[one, best] >= LEAST and margin >= MARGIN
        order = np.argsort(-scores[one], kind="stable")[:TERMS]
        seen = [(vocabulary.words[t], float(scores[one, t])) for t in order]
        said = [
            (label, float(z[one]))
            for label, z in odds.items()
            if z[one] >= SPEAKS and label.casefold() not in themes()
        ]
        own = [photo_labels[n] for n in np.flatnonzero(inside[one])]
        named.append(
            Naming(
                name=vocabulary.words[best] if clear else _carried_by_most(said, own),
                margin=round(float(margin), 3) if clear else 0.0,
                terms=tuple(
                    (term, round(z, 3)) for term, z in sorted(seen + said, key=lambda t: -t[1])
                ),
                concepts=mixes[one].concepts,
                explained=round(mixes[one].cosine, 3),
            )
        )
    return named


def contrast(means: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
    """Each interest's mean less what it shares with the others.

    That is the mean over the interests, so that hub words, which are near to every photo, fall
    away; (k - 1) / k of it, because among few interests the mean is mostly the interest itself.
    """
    return means - (len(means) - 1) / len(means) * means.mean(axis=0)


def _akin(theme: int, vocabulary: Vocabulary) -> Bool[np.ndarray, "t"]:
    """The theme itself and the AKIN themes nearest to it."""
    cosines = vocabulary.rows @ vocabulary.rows[theme]
    return cosines >= np.sort(cosines)[-AKIN - 1]


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
    binarizer = MultiLabelBinarizer(sparse_output=True)
    carried = binarizer.fit_transform(photo_labels)
    total, prior = _counted(carried), _counted(carried) / carried.shape[0] + 0.01
    odds = []
    for one in range(interests.max(initial=-1) + 1):
        inside = interests == one
        yes, photos = _counted(carried[inside]), int(inside.sum())
        mine, its_variance = _log_odds(yes, photos, prior)
        others, their_variance = _log_odds(total - yes, len(inside) - photos, prior)
        odds.append((mine - others) / np.sqrt(its_variance + their_variance))
    return dict(zip(binarizer.classes_, np.transpose(odds), strict=True)) if odds else {}


def _counted(carried: csr_matrix) -> Float[np.ndarray, "l"]:
    return np.asarray(carried.sum(axis=0), float).ravel()


def _log_odds(
    yes: Float[np.ndarray, "l"], photos: int, prior: Float[np.ndarray, "l"]
) -> tuple[Float[np.ndarray, "l"], Float[np.ndarray, "l"]]:
    """Log-odds of carrying each label, and their variance; the prior is a label's usual share."""
    with_prior = yes + prior, photos - yes + np.maximum(1 - prior, 0.01)
    return np.log(with_prior[0] / with_prior[1]), 1 / with_prior[0] + 1 / with_prior[1]


def _spoken(
    photo_labels: Labels,
    inside: list[Bool[np.ndarray, "n"]],
    vocabulary: Vocabulary,
    embedder: Embedder,
) -> Float[np.ndarray, "k t"]:
    """How much each interest's labels speak for each theme: their cosine above RESEMBLES, or 0.

    The mean over the interest's photos, of which each has its loudest label's voice.
    """
    voices = {}
    for label in sorted({label for labels in photo_labels for label in labels}):
        words = re.sub(r"[\d_\W]+", " ", label).strip()  # a year or a number names nothing
        if words:
            row = unit(embedder.embed_texts([words])[0] - vocabulary.mean)
            voices[label] = np.maximum(vocabulary.rows @ row - RESEMBLES, 0)
    none = np.zeros(len(vocabulary.rows))
    spoken = np.zeros((len(inside), len(none)))
    for one, photos in enumerate(inside):
        sets = Counter(frozenset(photo_labels[n]) for n in np.flatnonzero(photos))
        for labels, count in sets.items():  # albums: far fewer than photos
            loudest = np.max([none, *(voices.get(label, none) for label in labels)], axis=0)
            spoken[one] += loudest * count / photos.sum()
    return spoken


def _standard(scores: Float[np.ndarray, "k t"]) -> Float[np.ndarray, "k t"]:
    """Each row in standard deviations over the vocabulary; zeros where all themes are equal."""
    spread = scores.std(1, keepdims=True)
    return (scores - scores.mean(1, keepdims=True)) / np.where(spread > 1e-6, spread, np.inf)
