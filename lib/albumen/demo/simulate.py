"""Portraits of people who do not exist, each varied as a person's photos vary.

A seed gives a style w (see generate.stylegan). Its variations add what style varies by once
identity is known (the residual components of the portrait asset), a smile, a turn of the head and
light, then framing and exposure; recognisers mostly take the results for one person.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from safetensors.numpy import load_file

from albumen.generate.stylegan import ASSET, SIDE, render, sample_w

VARIATION = 0.5  # of the spread that faces of one identity have; more, and likeness is lost
ATTRIBUTES = {"smile": 1.5, "yaw": 1.1, "light": 0.8}  # at most, in standard deviations of each
SMALLEST_CROP = 0.86  # share of the portrait's side
OUTPUT = 768  # pixels a side


def portraits(seed: int, count: int) -> Iterator[UInt8[np.ndarray, "s s 3"]]:
    """`count` sRGB portraits of the person of `seed`; 0.4 s each.

    The same seed gives the same person, the same position in the series the same portrait.
    """
    w = sample_w([seed])[0]
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        yield expose(crop(render(w + variation(rng), SIDE), rng), rng)


def variation(rng: np.random.Generator) -> Float[np.ndarray, "512"]:
    """A change of style that keeps identity: expression, pose, hair, clothes, background."""
    tensors = _tensors()
    residuals = tensors["residuals"]
    # summed without BLAS, whose rounding differs with its number of threads
    change = (VARIATION * rng.standard_normal(len(residuals))[:, None] * residuals).sum(axis=0)
    for name, most in ATTRIBUTES.items():
        change = change + rng.uniform(-most, most) * tensors[name]
    return change


def crop(image: UInt8[np.ndarray, "h w 3"], rng: np.random.Generator) -> Image.Image:
    """A square of SMALLEST_CROP to all of the portrait, a little off its centre."""
    side = image.shape[0]
    kept = round(side * rng.uniform(SMALLEST_CROP, 1))
    left, top = (round(rng.uniform(0, side - kept)) for _ in range(2))
    return Image.fromarray(image).resize(
        (OUTPUT, OUTPUT), Image.Resampling.LANCZOS, (left, top, left + kept, top + kept)
    )


def expose(image: Image.Image, rng: np.random.Generator) -> UInt8[np.ndarray, "s s 3"]:
    """Another exposure and white balance, as another camera and hour would give."""
    gamma = np.exp(rng.normal(0, 0.12))
    balance = np.exp(rng.normal(0, 0.03, 3))
    levels = (np.asarray(image) / 255.0) ** gamma * (balance / balance.mean())
    return (levels.clip(0, 1) * 255).round().astype(np.uint8)


@cache
def _tensors() -> dict[str, Float[np.ndarray, "..."]]:
    return {name: tensor.astype(float) for name, tensor in load_file(ASSET).items()}
