"""Generators that make nothing: they show one of the condition's photos as it is.

What a personal picture must not be taken for. The other two baselines are conditions: a brief of
strength 0, and one with the profile of a population.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import OpenPhoto
from albumen.generate.provenance import UNCHANGED
from albumen.records import Condition, Picture, Source


class ReturnPhoto:
    """The photo that the condition weighs most, whatever the seed: it must fail a copy audit."""

    name = "return-photo"
    needs = frozenset({"references"})

    def __init__(self, open_photo: OpenPhoto, cache: Path | None = None) -> None:
        self.open_photo = open_photo

    def prepare(self, condition: Condition) -> None:
        """Nothing is done once."""

    def generate(self, condition: Condition, seeds: Sequence[int]) -> list[Picture]:
        """The photo, once a seed, reduced to fit the condition's size.

        Raises AlbumenError when the condition has no references.
        """
        if not condition.references:
            raise AlbumenError(f"'{self.name}' needs a reference to show; the condition has none.")
        return [self._shown(condition, self.chosen(condition, seed), seed) for seed in seeds]

    def chosen(self, condition: Condition, seed: int) -> int:
        """Which of the references is shown."""
        return int(np.argmax([one.weight for one in condition.references]))

    def _shown(self, condition: Condition, which: int, seed: int) -> Picture:
        reference = condition.references[which]
        photo = self.open_photo(reference.photo_id, max(condition.size)).copy()
        photo.thumbnail(condition.size, Image.Resampling.LANCZOS)
        image = np.asarray(photo)
        return Picture(
            image,
            seed,
            self.name,
            condition.digest(),
            (Source(reference.photo_id, 1.0, UNCHANGED, reference.pool),),
            np.zeros(image.shape[:2], np.int16),
        )


class RandomPhoto(ReturnPhoto):
    """Any of the references, by seed: of a brief's strategy "random" any photo that would do."""

    name = "random-photo"

    def chosen(self, condition: Condition, seed: int) -> int:
        """Which of the references is shown: drawn, each as likely as another."""
        return int(np.random.default_rng(seed).integers(len(condition.references)))
