"""What is seen of a picture while it is made: how far it is, and a preview; it can be stopped.

Both are calls from the model's own loop (diffusers' `callback_on_step_end`). Whatever they raise,
such as a KeyboardInterrupt, ends the picture.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from albumen.progress import Progress

FLAT_SIDE = 4  # cells of the latents that a projection is fitted on

Show = Callable[[Progress], None]
Preview = Callable[[UInt8[np.ndarray, "h w 3"]], None]


class Projection(NamedTuple):
    """Latents to colour, a cell a pixel: colour = latent @ weights + offset, 0..1."""

    weights: Float[Tensor, "c 3"]
    offset: Float[Tensor, "3"]


@torch.no_grad()
def fit_projection(vae: Any, spread: float) -> Projection:
    """The linear map that comes nearest to what the decoder makes of flat latents.

    Read off the decoder itself, so it fits any; about a second, once a model. `spread` is the
    standard deviation of the decoder's usual latents.
    """
    channels = vae.config.latent_channels
    generator = torch.Generator("cpu").manual_seed(0)
    flat = spread * torch.randn((2 * channels + 8, channels), generator=generator)
    latents = flat[..., None, None].expand(-1, -1, FLAT_SIDE, FLAT_SIDE)
    image = vae.decode(latents.to(vae.device, vae.dtype), return_dict=False)[0]
    seen = image.float().cpu().mean((2, 3)) / 2 + 0.5
    fitted = torch.linalg.lstsq(torch.cat([flat, torch.ones(len(flat), 1)], 1), seen).solution
    return Projection(fitted[:-1], fitted[-1])


def preview_of(latents: Float[Tensor, "c h w"], by: Projection) -> UInt8[np.ndarray, "h w 3"]:
    """A small picture, a pixel a latent cell."""
    colours = torch.einsum("chw,ck->hwk", latents.float().cpu(), by.weights) + by.offset
    return (colours.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


class Watch(NamedTuple):
    """Who looks on: `show` every step, `preview` every `every` steps but the last."""

    show: Show | None = None
    preview: Preview | None = None
    every: int = 2

    def arguments(
        self, before: int, total: int, each: int, what: str, look: Callable[[Tensor], Any]
    ) -> dict[str, Any]:
        """What makes a pipeline's call report; nothing if nobody looks on.

        `before` of `total` steps were taken already, and each of the call's counts `each` times,
        once a picture; `look` makes a preview of latents.
        """
        if self.show is None and self.preview is None:
            return {}

        def after(pipeline: Any, step: int, _: Any, given: dict[str, Any]) -> dict[str, Any]:
            if self.show is not None:
                self.show(Progress(before + each * (step + 1), total, what))
            due = (step + 1) % self.every == 0 and step + 1 < pipeline.num_timesteps
            if self.preview is not None and due:
                self.preview(look(given["latents"]))
            return given

        return {"callback_on_step_end": after, "callback_on_step_end_tensor_inputs": ["latents"]}
