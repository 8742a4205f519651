"""Words that an owner states, as interests: one that they have, or one that stock photos show."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from albumen.embed import Embedder
from albumen.library import Library
from albumen.profile.naming import LEAST, themes
from albumen.records import Interest

TERM = LEAST  # z-score from which a term of an interest says what it shows, as its name does
MATCH, RANK = 1.0, 0.98  # from which a stock photo shows a word, see `shows`
LEAST_PHOTOS = 3  # of the stock that a direction can be read off


def meant(interests: Sequence[Interest], text: str) -> int | None:
    """The place of the interest that a text means: by its name, else by its strongest sure term."""
    names = [one.name for one in interests]
    if (name := _named(text, names)) is not None:
        return names.index(name)
    sure = [
        (z, -place, term)
        for place, one in enumerate(interests)
        for term, z in one.terms
        if z >= TERM and _named(text, [term]) is not None
    ]
    return -max(sure)[1] if sure else None


def grounded(text: str, embedder: Embedder, stock: Library) -> Interest | None:
    """An interest without photos of the owner, or None where too little of the stock shows it.

    Its direction is the mean of the stock photos labelled so, else of those that show it and hardly
    a theme better; the direction of a text lies far from those of photos. It weighs nothing yet.
    """
    labels = zip(stock.photos.albums, stock.photos.keywords, strict=True)
    showing = np.flatnonzero([_named(text, [*some, *more]) is not None for some, more in labels])
    if len(showing) < LEAST_PHOTOS and len(stock.photos):
        shown = shows(stock.vectors, [_named(text, themes()) or text], embedder, stock.vectors)
        showing = np.flatnonzero((shown.match[:, 0] >= MATCH) & (shown.rank[:, 0] >= RANK))
    if len(showing) < LEAST_PHOTOS:
        return None
    mean = stock.vectors[showing].astype(np.float64).mean(axis=0)
    direction = mean / np.linalg.norm(mean)
    return Interest(
        name=text,
        terms=(),
        medoid="",
        exemplars=(),
        members=(),
        weight=0.0,
        stability=0.0,
        concentration=float((stock.vectors[showing] @ direction).mean()),
        direction=tuple(round(float(value), 6) for value in direction),
    )


class Shown(NamedTuple):
    """How well each of n photos shows t themes."""

    match: Float[np.ndarray, "n t"]  # standard deviations over the population
    rank: Float[np.ndarray, "n t"]  # share of all themes that suit the photo less, 0..1


def shows(
    vectors: Float[np.ndarray, "n d"],
    names: Sequence[str],
    embedder: Embedder,
    population: Float[np.ndarray, "m d"],
) -> Shown:
    """How well each photo shows what `names` name: themes, or words that speak for themselves.

    `population` holds photos of every kind: an owner of many beaches must not make a beach
    unremarkable. Match and rank are both needed, since in a library of mountains some mountain is
    always the most beach-like.
    """
    vocabulary = list(dict.fromkeys([*themes(), *names]))
    rows = embedder.embed_texts([themes().get(name, name) for name in vocabulary])
    usual = population @ rows.T
    spread = usual.std(0)
    # a theme that hardly varies over the population would only amplify noise
    spread = np.maximum(spread, 0.5 * np.sqrt((spread**2).mean()))
    scores = ((vectors @ rows.T - usual.mean(0)) / spread).astype(float)
    match = scores[:, [vocabulary.index(name) for name in names]]
    rank = (scores[:, :, None] < match[:, None]).mean(1)
    return Shown(match, rank)


def _named(text: str, names: Iterable[str]) -> str | None:
    """The longest of the names whose words the text holds, singular or plural."""
    words = {form for word in text.split() for form in _forms(word)}
    held = [name for name in names if all(_forms(part) & words for part in name.split())]
    return max(held, key=len, default=None)


def _forms(word: str) -> set[str]:
    """A word and what may be its singular: "houses" and "house" share one."""
    word = word.casefold()
    return {word, word.removesuffix("s"), word.removesuffix("es")}
