"""The mapped profile, what its owner states and how they rated pictures, merged into one.

Each interest k has a liking between 0 and 1, the posterior mean of a Beta distribution whose
pseudo-counts come from three voices with the weights w that the owner gives them:

    liking_k = (1 - d_k)^w_s * (w_p E(n) q_k + w_s P a_k + w_r E(n_k) u_k)
                             / (w_p E(n)     + w_s P a_k + w_r E(n_k)    )

- photos: q_k is the photographed share over the largest one, n the photos in interests;
- survey: a_k is how much the owner likes it, 0 to 1, and P likes at 1; a dislike d_k takes its part
  of the rest away, all of it at 1;
- ratings: n_k rated pictures are of it (`ratings.responsibilities`, so parts of pictures too), and
  u_k of them was liked: a thumb up is 1, down 0, stars are between.

E(n) = P n / (n + P) is the evidence of n photos or pictures. It grows like n and stays below P: a
share is known the better the more there are, but that photographing is not liking, and that a thumb
is for the picture too, no number mends (the random-effects weight 1 / (bias + variance / n) of
DerSimonian and Laird 1986). So with much of everything the voices count as their weights, and one
thumb beside a thousand photos moves a liking by less than 1 / P.

Weights are the likings in proportion, with the sum that the photographed shares have: taken for
true is that pictures of an interest are liked in proportion to its weight.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.grounding import grounded, meant
from albumen.profile.ratings import of_scenes, responsibilities
from albumen.profile.stated import Stated, Weights
from albumen.profile.tinting import tinted
from albumen.records import Interest, Profile, Trait, to_json

MOST = 20.0  # P: what a voice of weight 1 can come to, in ratings of one interest


def merge(
    profile: Profile, stated: Stated, ratings: pd.DataFrame, embedder: Embedder, stock: Library
) -> Profile:
    """`profile` with what its owner stated and the RATINGS of their pictures merged in.

    A theme that is liked and was not photographed becomes an interest without photos, in the
    direction of the stock photos that show it best, since texts lie elsewhere than images. `notes`
    say what was stated and what of it could not be heeded. With nothing stated and nothing rated
    the profile comes back as it is.

    Raises AlbumenError when the profile is merged already, was made by another embedder, or nothing
    in it is liked any more.
    """
    if replace(stated, weights=Weights()) == Stated() and ratings.empty:
        return profile
    if "stated" in profile.made_from:
        raise AlbumenError(f"The profile of {profile.owner} is merged already: merge a mapped one.")
    if profile.embedder != embedder.name:
        raise AlbumenError(
            f"The profile of {profile.owner} was made with '{profile.embedder}', "
            f"not '{embedder.name}'."
        )
    voice = stated.weights
    lone = [word for word, _ in stated.likes if meant(profile.interests, word) is None]
    found = {word: grounded(word, embedder, stock) for word in lone if voice.survey}
    interests = (*profile.interests, *(one for one in found.values() if one))
    photos = sum(len(one.members) for one in interests)
    likings = liking(
        np.array([one.photographed for one in interests]),
        photos,
        _strengths(interests, stated.likes),
        _strengths(interests, stated.dislikes),
        *_rated(interests, ratings, profile.embedder),
        voice,
    )
    if interests and not likings.any():
        raise AlbumenError(f"Nothing is left of what {profile.owner} likes: all is disliked.")
    total = sum(one.photographed for one in interests) or 1.0
    weighed = [
        replace(one, weight=float(weight))
        for one, weight in zip(interests, total * likings / max(likings.sum(), 1e-12), strict=True)
    ]
    answer, mapped = voice.survey * MOST, voice.photos * evidence(photos)
    share = answer / (answer + mapped) if answer else 0.0  # of the survey, beside the photos
    return replace(
        profile,
        interests=tuple(sorted(weighed, key=lambda one: -one.weight)),
        palette=tinted(profile.palette, stated.palette, share),
        traits=_moods(profile.traits, stated.moods, share),
        styles=_styles(stated, ratings, mapped),
        notes=(*profile.notes, *_notes(stated, ratings, profile, found)),
        made_from={**profile.made_from, "stated": to_json(stated), "ratings": len(ratings)},
    )


def evidence(count: float | Float[np.ndarray, "k"]) -> float | Float[np.ndarray, "k"]:
    """What so many photos or rated pictures come to: at most MOST."""
    return MOST * count / (count + MOST)


def liking(
    photographed: Float[np.ndarray, "k"],
    photos: int,
    likes: Float[np.ndarray, "k"],
    dislikes: Float[np.ndarray, "k"],
    liked: Float[np.ndarray, "k"],
    rated: Float[np.ndarray, "k"],
    weights: Weights,
) -> Float[np.ndarray, "k"]:
    """How much each interest is liked, 0 to 1: the formula above.

    `liked` of the `rated` pictures of each interest were liked.
    """
    share = photographed / max(photographed.max(initial=0.0), 1e-12)
    seen, answered = weights.photos * evidence(photos), weights.survey * MOST * likes
    heard = weights.ratings * evidence(rated)
    mean = np.divide(liked, rated, out=np.zeros(len(rated)), where=rated > 0)
    for_it = seen * share + answered + heard * mean
    counts = seen + answered + heard
    return (1 - dislikes) ** weights.survey * for_it / np.maximum(counts, 1e-12)


def _strengths(
    interests: Sequence[Interest], stated: Sequence[tuple[str, float]]
) -> Float[np.ndarray, "k"]:
    strengths = np.zeros(len(interests))
    for word, strength in stated:
        place = meant(interests, word)
        if place is not None:
            strengths[place] = max(strengths[place], strength)
    return strengths


def _rated(
    interests: tuple[Interest, ...], ratings: pd.DataFrame, encoder: str
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k"]]:
    """Of each interest how many pictures were liked, and how many rated."""
    scenes = of_scenes(ratings, encoder)
    if scenes.empty or not interests:
        return np.zeros(len(interests)), np.zeros(len(interests))
    shown = responsibilities(interests, np.stack(scenes.vector.to_list()))
    return (1 + scenes.value.to_numpy()) / 2 @ shown, shown.sum(axis=0)


def _moods(traits: tuple[Trait, ...], moods: Sequence[str], share: float) -> tuple[Trait, ...]:
    """The traits with the stated moods mixed into those that photos have."""
    if not moods or not share:
        return traits
    measured = [one for one in traits if one.facet == "mood"]
    known = max((one.known for one in measured), default=0)
    unseen = [one for one in moods if one not in {trait.value for trait in measured}]
    every = [*measured, *(Trait("mood", mood, 0.0, 0, known) for mood in unseen)]
    share = share if measured else 1.0
    wished = [share / len(moods) if one.value in moods else 0.0 for one in every]
    mixed = [
        replace(one, share=(1 - share) * one.share + wish)
        for one, wish in zip(every, wished, strict=True)
    ]
    others = [one for one in traits if one.facet != "mood"]
    return (*others, *sorted(mixed, key=lambda one: -one.share))


def _styles(stated: Stated, ratings: pd.DataFrame, photos: float) -> tuple[tuple[str, float], ...]:
    """Styles by pseudo-counts: what is stated, else that photos are photos, and thumbs on both."""
    voice = stated.weights
    counts: dict[str, float] = {}
    if voice.survey:
        whole = sum(strength for _, strength in stated.styles)
        counts = {style: voice.survey * MOST * part / whole for style, part in stated.styles}
    if not counts and ratings.empty:
        return ()
    counts = counts or {"photo": photos}
    for style, values in ratings.groupby("style").value:
        heard = voice.ratings * evidence(len(values)) * values.mean()
        counts[style] = counts.get(style, 0.0) + heard
    counts = {style: count for style, count in counts.items() if count > 0}
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple((style, float(count / sum(counts.values()))) for style, count in ranked)


def _notes(
    stated: Stated, ratings: pd.DataFrame, profile: Profile, found: dict[str, Interest | None]
) -> list[str]:
    """What was stated, and what of it could not be heeded."""
    said = {
        "likes": [word for word, _ in stated.likes],
        "dislikes": [word for word, _ in stated.dislikes],
        "styles": [word for word, _ in stated.styles],
        "colours": stated.palette,
        "moods": stated.moods,
    }
    told = "; ".join(f"{what} {', '.join(words)}" for what, words in said.items() if words)
    notes = [f"Stated by the owner: {told}."] if told else []
    for word, interest in found.items():
        if interest:
            notes.append(f"'{word}' was stated and not photographed: stock photos say what it is.")
        else:
            notes.append(f"'{word}' was stated and left out: hardly a stock photo shows it.")
    for word, _ in stated.dislikes:
        if meant(profile.interests, word) is None:
            notes.append(f"'{word}' is disliked, and no interest to take it from.")
    if len(ratings):
        heeded = len(of_scenes(ratings, profile.embedder))
        notes.append(
            f"{len(ratings)} pictures were rated; {heeded} of them tell of interests, the others "
            "of people or by another encoder."
        )
    return notes
