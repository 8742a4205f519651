"""The words that photos are described with, as vectors of an embedder's text space.

Texts crowd around their own mean, as photos do around theirs (the modality gap, Liang et al. 2022),
so only what sets a word apart from the vocabulary says anything of a photo: rows are centred on it.
A theme is the mean of its phrasings (prompt ensemble, Radford et al. 2021), a concept a bare word.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from albumen.embed import Embedder

PHRASINGS = ("{}", "a photo of {}")


class Vocabulary(NamedTuple):
    """Words with centred unit rows, and the mean that was taken out of them."""

    words: tuple[str, ...]
    rows: Float[np.ndarray, "t d"]
    mean: Float[np.ndarray, "d"]

    @property
    def spoken(self) -> np.ndarray:
        """The dimensions in which texts lie: all, or the text part of a joined space."""
        return np.any(self.rows != 0, axis=0)


@cache
def themes() -> dict[str, str]:
    """The themes that interests are named from: name -> a phrase that says what photos show."""
    return dict(line.split(": ", 1) for line in _lines("themes.txt"))


@cache
def concepts() -> tuple[str, ...]:
    """The concepts that interests are mixed from."""
    return tuple(word for line in _lines("concepts.txt") for word in line.rstrip(",").split(", "))


@lru_cache(maxsize=4)  # hundreds of texts: seconds of one core
def theme_vocabulary(embedder: Embedder) -> Vocabulary:
    """The themes by the phrases that describe them."""
    phrased = [[one.format(text) for text in themes().values()] for one in PHRASINGS]
    return _vocabulary(tuple(themes()), phrased, embedder)


@lru_cache(maxsize=4)
def concept_vocabulary(embedder: Embedder) -> Vocabulary:
    """The concepts."""
    return _vocabulary(concepts(), [concepts()], embedder)


def unit(rows: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n d"]:
    """Rows of length 1; a row of (nearly) zeros becomes zeros."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.where(length > 1e-6, rows / np.maximum(length, 1e-6), 0)


def _vocabulary(
    words: tuple[str, ...], phrased: Sequence[Sequence[str]], embedder: Embedder
) -> Vocabulary:
    """`phrased` holds one text a word, phrasing by phrasing."""
    rows = unit(np.mean([embedder.embed_texts(one) for one in phrased], axis=0, dtype=np.float64))
    mean = rows.mean(axis=0)
    return Vocabulary(words, unit(rows - mean), mean)


def _lines(name: str) -> list[str]:
    text = files("albumen").joinpath(f"assets/{name}").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
