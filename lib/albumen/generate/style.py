"""Styles: a photo as a painting, a drawing, clay or comic. Geometry, and so a source map, stays.

Sizes are in pixels of a 512 px picture and grow with it.
"""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from albumen.errors import AlbumenError
from albumen.generate.clay import clay
from albumen.generate.comic import comic
from albumen.generate.texture import along, forms, noise, to_bytes, unit

REFERENCE = 512


def apply_style(
    image: UInt8[np.ndarray, "h w 3"], style: str, seed: int
) -> UInt8[np.ndarray, "h w 3"]:
    """`image` in the named style; AlbumenError listing the styles if it is none of them."""
    if style not in STYLES:
        raise AlbumenError(f"Style '{style}' is not one of: {', '.join(STYLES)}.")
    rng = np.random.default_rng(seed)
    scale = float(np.sqrt(image.shape[0] * image.shape[1])) / REFERENCE
    return STYLES[style](image, scale, rng)


def photo(image: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
    """As it is."""
    return image.copy()


def watercolour(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Transparent washes on paper: pigment that clouds, settles in the grain, gathers at edges.

    Density changes a colour C to C (1 - (1 - C)(d - 1)): least in white and in black (Bousseau et
    al. 2006, Interactive watercolor rendering).
    """
    shape = image.shape[:2]
    wash = cv2.edgePreservingFilter(image, flags=1, sigma_s=40 * scale, sigma_r=0.35)
    wash = cv2.pyrMeanShiftFiltering(wash, 7 * scale, 15, maxLevel=1)
    rows, columns = np.indices(shape, dtype=np.float32)
    rows += 0.7 * scale * noise(rng, shape, 5 * scale)
    columns += 0.7 * scale * noise(rng, shape, 5 * scale)
    wash = cv2.remap(wash, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    # thin paint: the paper shines through, most where little is on it
    light = 1 - 0.88 * (1 - wash.astype(np.float32) / 255) ** 1.2
    hsv = cv2.cvtColor(light, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * 1.3, 0, 1)
    light = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    grey = cv2.cvtColor(light, cv2.COLOR_RGB2GRAY)
    edges = np.clip(9 * (cv2.GaussianBlur(grey, (0, 0), 2 * scale) - grey), 0, 0.7)
    density = 0.1 * noise(rng, shape, 18 * scale) + 0.04 * noise(rng, shape, 6 * scale)
    density += 0.07 * noise(rng, shape, 1.1 * scale) + edges
    light = light * (1 - (1 - light) * density[..., None])
    return to_bytes(1 - (1 - light) * _paper_edge(rng, shape, scale)[..., None])


def oil(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Strokes of one colour that follow the forms, with the relief of bristles."""
    painted = image.astype(np.float32) / 255
    for radius in (3 * scale, 2 * scale):
        painted = _kuwahara(painted, max(round(radius), 1))
    angle = forms(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), scale)
    painted = along(painted, angle, 5 * scale)
    painted = 0.5 * painted + 0.5 * np.round(painted * 14) / 14
    hsv = cv2.cvtColor(painted, cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * 1.15, 0, 1)
    painted = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    bristles = unit(along(noise(rng, angle.shape, 0.8 * scale), angle, 7 * scale))
    relief = cv2.Sobel(bristles, cv2.CV_32F, 1, 1, ksize=3)
    relief = np.clip(relief / (3 * relief.std() + 1e-6), -1, 1)
    return to_bytes(painted * (1 + 0.04 * bristles + 0.05 * relief)[..., None])


def pencil(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Outlines by colour dodge, shadows hatched, on paper; grey."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    grey = cv2.bilateralFilter(grey, -1, 0.1, 1.6 * scale)  # no line for a grain of sand
    blurred = cv2.GaussianBlur(grey, (0, 0), 7 * scale)
    lines = np.clip(0.98 * grey / np.maximum(blurred, 1e-3), 0, 1) ** 1.8
    side = 2 * round(7 * scale) + 1
    stroke = np.zeros((side, side), np.float32)
    cv2.line(stroke, (0, side - 1), (side - 1, 0), 1.0, 1)
    hatching = unit(cv2.filter2D(rng.random(grey.shape, np.float32), -1, stroke / stroke.sum()))
    shade = np.clip(1 - np.clip(0.58 - grey, 0, 1) * (0.95 + 0.5 * hatching), 0, 1)
    drawing = 0.97 * lines * shade + 0.012 * hatching
    return cv2.cvtColor(to_bytes(drawing), cv2.COLOR_GRAY2RGB)


STYLES = {
    "photo": photo,
    "watercolour": watercolour,
    "oil": oil,
    "pencil": pencil,
    "clay": clay,
    "comic": comic,
}


def _kuwahara(image: Float[np.ndarray, "h w 3"], radius: int) -> Float[np.ndarray, "h w 3"]:
    """At every pixel the mean of the flattest of eight windows beside it (Kuwahara et al. 1976)."""
    side = 2 * radius + 1
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    mean = cv2.blur(image, (side, side))
    variance = cv2.blur(grey * grey, (side, side)) - cv2.blur(grey, (side, side)) ** 2
    best, result = np.full(grey.shape, np.inf, np.float32), mean
    height, width = grey.shape
    pad = radius
    mean = cv2.copyMakeBorder(mean, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    variance = cv2.copyMakeBorder(variance, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    diagonal = round(radius * 0.75)
    for dy, dx in (
        (-radius, 0),
        (radius, 0),
        (0, -radius),
        (0, radius),
        (-diagonal, -diagonal),
        (-diagonal, diagonal),
        (diagonal, -diagonal),
        (diagonal, diagonal),
    ):
        window = np.s_[pad + dy : pad + dy + height, pad + dx : pad + dx + width]
        flatter = variance[window] < best
        best = np.where(flatter, variance[window], best)
        result = np.where(flatter[..., None], mean[window], result)
    return result


def _paper_edge(
    rng: np.random.Generator, shape: tuple[int, int], scale: float
) -> Float[np.ndarray, "h w"]:
    """1 inside, falling unevenly to 0 at the border: paper that the brush did not reach."""
    rows, columns = np.indices(shape, dtype=np.float32)
    border = np.minimum(
        np.minimum(rows, shape[0] - 1 - rows), np.minimum(columns, shape[1] - 1 - columns)
    )
    border = border + 5 * scale * noise(rng, shape, 10 * scale)
    return np.clip((border - 5 * scale) / (3 * scale), 0, 1)
