"""FLUX.2 [klein]: several photos are given as they are, and the text says what each shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from albumen.errors import AlbumenError
from albumen.generate.diffusion import models
from albumen.generate.diffusion.base import Conditioned, DiffusionGenerator
from albumen.generate.diffusion.crops import crop
from albumen.generate.diffusion.wording import wording
from albumen.records import Condition, Reference

MOST = 4  # photos that are given
SIDE = 768  # pixels of a photo's longer side, at most: each costs as much as a picture of its size
LEAST = 64  # of its shorter side, by the model
LONGEST = 8.0  # longer over shorter side, by the model


class KleinGenerator(DiffusionGenerator):
    """Draws from words and photos.

    The model has no dial for how much a photo counts: the condition's strength is the share of the
    references that it is given, those of the largest weight first, every person once before
    anybody twice.
    """

    @contextmanager
    def _conditioned(self, condition: Condition) -> Iterator[Conditioned]:
        chosen = choose(condition)
        images = [self._image(one) for one in chosen]
        used = tuple((one, 1.0) for one in chosen)  # the model weighs them itself
        with self._subject_at(condition.strength) as word:
            prompt = wording(condition, word, chosen)
            yield Conditioned(
                prompt, {"image": images} if images else {}, used, "reference image", ""
            )

    def _image(self, reference: Reference) -> Image.Image:
        image = crop(reference, self.open_photo, SIDE)
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        if min(image.size) < LEAST or max(image.size) > LONGEST * min(image.size):
            raise AlbumenError(
                f"Photo {reference.photo_id[:12]} has {image.width} x {image.height} pixels, "
                f"expected {LEAST} at least and one side at most {LONGEST:.0f} times the other."
            )
        return image

    def _decodable(self, latents: Tensor, size: tuple[int, int]) -> Float[Tensor, "c h w"]:
        cell = 2 * self.pipeline.vae_scale_factor
        columns, rows = size[0] // cell, size[1] // cell
        grid = latents[:1].float().cpu().transpose(1, 2).unflatten(2, (rows, columns))
        mean, spread = self._statistics()
        return self.pipeline._unpatchify_latents(grid * spread + mean)[0]

    def _spread(self) -> float:
        return float(self._statistics()[1].mean())

    def _statistics(self) -> tuple[Float[Tensor, "1 c 1 1"], Float[Tensor, "1 c 1 1"]]:
        vae = self.pipeline.vae
        mean, variance = (
            one.float().cpu().view(1, -1, 1, 1) for one in (vae.bn.running_mean, vae.bn.running_var)
        )
        return mean, (variance + vae.config.batch_norm_eps).sqrt()


def choose(condition: Condition) -> tuple[Reference, ...]:
    """At most MOST references, as many as the strength says, in the condition's order."""
    count = int(np.ceil(condition.strength * min(len(condition.references), MOST)))
    turns: dict[tuple[str, str], int] = {}
    ranked = []
    by_weight = sorted(enumerate(condition.references), key=lambda pair: -pair[1].weight)
    for place, one in by_weight:
        who = (one.role, one.shows)
        turns[who] = turns.get(who, 0) + 1
        ranked.append((turns[who], -one.weight, place))
    chosen = sorted(place for _, _, place in sorted(ranked)[:count])
    return tuple(condition.references[place] for place in chosen)


flux2_klein = partial(KleinGenerator, models.KLEIN)
