"""What every diffusion generator does: load late, loop over seeds, report, make the pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from albumen import hub
from albumen.errors import AlbumenError
from albumen.generate.diffusion import models
from albumen.generate.diffusion.steps import Projection, Watch, fit_projection, preview_of
from albumen.generate.numbers import check_numbers
from albumen.records import GENERATED, Condition, Picture, Reference, Source

SIDES = (64, 2048)  # pixels
ROLES = ("scene", "base", "pet", "object", "person")
CHOOSER = "embedded"  # the encoder that chooses references


class Conditioned(NamedTuple):
    """What a condition means for one model."""

    prompt: str
    arguments: dict[str, Any]  # of the pipeline's call
    used: tuple[tuple[Reference, float], ...]  # references and their weights
    how: str  # they were used
    encoder: str  # that saw them; "" for the model's own


class DiffusionGenerator(ABC):
    """A model of the hub, or a pipeline that is given, behind the generator's interface."""

    def __init__(
        self,
        model: models.Model,
        open_photo: Callable[[str, int | None], Image.Image],
        cache: Path | None = None,
        *,
        pipeline: Any = None,
        folder: Callable[[str], Path] = hub.local_folder,
        subject_weights: Path | None = None,
        subject_word: str = "",
        batch: int = 1,
        watch: Watch = Watch(),  # noqa: B008
    ) -> None:
        """Loads nothing yet.

        Args:
            cache: folder for what is computed once a photo.
            pipeline: a diffusers pipeline to use instead of the hub's model.
            folder: an entry of hub.toml -> the folder that holds its files.
            subject_weights: a LoRA or a textual inversion (safetensors) of a person or a thing;
                the condition's strength is its strength, too.
            subject_word: what stands for it in the prompt, such as "sks person".
            batch: pictures made at once; with more than one, the last digits of a picture depend
                on the others.
            watch: who looks on; see `steps`.
        """
        self.model, self.open_photo, self.cache = model, open_photo, cache
        self._injected, self._folder = pipeline, folder
        self._subject, self._word = subject_weights, subject_word
        self._batch, self._watch = batch, watch
        self.name, self.needs = model.name, model.needs
        self._digest = subject_weights and models.digest(subject_weights)
        if self._digest:  # another subject, other pictures
            self.name += f"+{self._digest}"

    @abstractmethod
    def _conditioned(self, condition: Condition) -> AbstractContextManager[Conditioned]:
        """The pipeline made ready for the condition, and put back afterwards."""

    @abstractmethod
    def _decodable(self, latents: Tensor, size: tuple[int, int]) -> Float[Tensor, "c h w"]:
        """The first picture's latents as the decoder takes them."""

    @abstractmethod
    def _spread(self) -> float:
        """Standard deviation of the decoder's latents."""

    def prepare(self, condition: Condition) -> None:
        """Load the model, if it is not loaded yet."""
        _ = self.pipeline

    def generate(self, condition: Condition, seeds: Sequence[int]) -> list[Picture]:
        """One picture a seed. Raises AlbumenError for a condition that cannot be drawn.

        Stopped by an exception of whoever looks on, it leaves nothing changed.
        """
        check(condition, seeds, self.model.multiple, bool(self._subject))
        self.prepare(condition)
        pictures: list[Picture] = []
        with self._conditioned(condition) as told:
            while len(pictures) < len(seeds):
                some = list(seeds[len(pictures) : len(pictures) + self._batch])
                images = self._draw(condition, told, some, len(pictures), len(seeds))
                for seed, image in zip(some, images, strict=True):
                    pictures.append(self._picture(condition, told, seed, image))
        return pictures

    def _draw(
        self, condition: Condition, told: Conditioned, seeds: list[int], done: int, count: int
    ) -> list[UInt8[np.ndarray, "h w 3"]]:
        steps = self.model.steps
        watched = self._watch.arguments(
            done * steps,
            count * steps,
            len(seeds),
            f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds",
            lambda latents: preview_of(self._decodable(latents, condition.size), self._colours),
        )
        output = self.pipeline(
            prompt=told.prompt,
            width=condition.size[0],
            height=condition.size[1],
            num_inference_steps=steps,
            guidance_scale=self.model.guidance,
            num_images_per_prompt=len(seeds),
            # one a picture and on the CPU: the same seed is the same noise in any batch, anywhere
            generator=[torch.Generator("cpu").manual_seed(int(seed)) for seed in seeds],
            **told.arguments,
            **watched,
        )
        return [np.asarray(image) for image in output.images]

    def _picture(
        self, condition: Condition, told: Conditioned, seed: int, image: UInt8[np.ndarray, "h w 3"]
    ) -> Picture:
        total = sum(weight for _, weight in told.used)
        shaped = {told.encoder, CHOOSER} - {""} if told.used else set()
        return Picture(
            image=image,
            seed=int(seed),
            generator=self.name,
            condition=condition.digest(),
            sources=tuple(
                Source(one.photo_id, weight / total, told.how, one.pool)
                for one, weight in told.used
            ),
            source_map=np.full(image.shape[:2], GENERATED),
            conditioned_on=tuple(sorted(shaped)),
        )

    @cached_property
    def pipeline(self) -> Any:
        """The diffusers pipeline, loaded on first use."""
        pipeline = self._injected or models.load(self.model, self._folder)
        pipeline.set_progress_bar_config(disable=True)
        if self._subject:
            word = models.add_subject(pipeline, self._subject, self._digest)
            self._word = word or self._word
        return pipeline

    @cached_property
    def _colours(self) -> Projection:
        return fit_projection(self.pipeline.vae, self._spread())

    @contextmanager
    def _subject_at(self, strength: float) -> Iterator[str]:
        """The subject's LoRA at this strength for the block; yields the subject's word."""
        tuned = self._digest and models.lora_of(self.pipeline, self._digest)
        if tuned:
            self.pipeline.enable_lora()
            self.pipeline.set_adapters([tuned], [strength])
        try:
            yield self._word if self._subject and strength > 0 else ""
        finally:
            if tuned:
                self.pipeline.disable_lora()


def sweep(
    generator: DiffusionGenerator, condition: Condition, seed: int, strengths: Sequence[float]
) -> list[Picture]:
    """One picture a strength, all else the same: how personal is too personal?"""
    return [
        generator.generate(replace(condition, strength=strength), [seed])[0]
        for strength in strengths
    ]


def check(condition: Condition, seeds: Sequence[int], multiple: int, tuned: bool) -> None:
    """Raise AlbumenError, one sentence, when this condition cannot be drawn.

    `tuned`: weights show the subject, so that nobody needs a photo.
    """
    check_numbers(condition, seeds, SIDES, multiple)
    unknown = sorted({one.role for one in condition.references} - set(ROLES))
    if unknown:
        raise AlbumenError(f"Reference role '{unknown[0]}' is not one of: {', '.join(ROLES)}.")
    seen = {one.shows for one in condition.references if one.role == "person"}
    for person in condition.people:
        if person.faces > 0 and person.person_id not in seen and not tuned:
            raise AlbumenError(
                f"'{person.label}' has no photo among the references, and this generator draws "
                "people from photos alone: brief it with 'person photos' among the needs."
            )
