"""What the styles share: seeded noise, and colours as bytes."""

import numpy as np
from cv2 import GaussianBlur
from jaxtyping import Float, UInt8


def noise(
    rng: np.random.Generator, shape: tuple[int, ...], sigma: float
) -> Float[np.ndarray, "h w"]:
    """Smooth noise of mean 0 and variance 1; `sigma` in pixels."""
    return unit(GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), sigma))


def unit(field: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """The field at mean 0 and variance 1."""
    return (field - field.mean()) / (field.std() + 1e-6)


def to_bytes(image: Float[np.ndarray, "h w *c"]) -> UInt8[np.ndarray, "h w *c"]:
    """Values 0..1 as 0..255, what lies outside clipped."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
