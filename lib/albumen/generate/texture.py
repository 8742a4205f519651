"""What the styles share: seeded noise, strokes along the forms of a picture, colours as bytes."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8


def noise(
    rng: np.random.Generator, shape: tuple[int, ...], sigma: float
) -> Float[np.ndarray, "h w"]:
    """Smooth noise of mean 0 and variance 1; `sigma` in pixels."""
    return unit(cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), sigma))


def unit(field: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """The field at mean 0 and variance 1."""
    return (field - field.mean()) / (field.std() + 1e-6)


def to_bytes(image: Float[np.ndarray, "h w *c"]) -> UInt8[np.ndarray, "h w *c"]:
    """Values 0..1 as 0..255, what lies outside clipped."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def forms(grey: UInt8[np.ndarray, "h w"], scale: float) -> Float[np.ndarray, "h w"]:
    """The angle along which the picture changes least: a smoothed structure tensor's."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32) / 255, (0, 0), 2 * scale)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(one, (0, 0), 6 * scale) for one in (dx * dx, dy * dy, dx * dy))
    return 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2


def along(
    field: Float[np.ndarray, "h w *c"], angle: Float[np.ndarray, "h w"], reach: float
) -> Float[np.ndarray, "h w *c"]:
    """The mean of `field` along `angle`, `reach` pixels to both sides: line integrals, straight."""
    rows, columns = np.indices(angle.shape, dtype=np.float32)
    across, down = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    steps = np.linspace(-reach, reach, 9, dtype=np.float32)
    return sum(
        cv2.remap(
            field,
            columns + step * across,
            rows + step * down,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        for step in steps
    ) / len(steps)
