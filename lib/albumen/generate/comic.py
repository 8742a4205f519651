"""Comic: flat colours and inked lines, as in a graphic novel.

Sizes are in pixels of a 512 px picture and grow with it.
"""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from albumen.generate.clay import pieces
from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.texture import along, forms, noise

FLAT = 0.8  # share of a piece's one colour, against the photo's
VIVID = np.array([0.97, 1.35, 1.35], np.float32)  # of lightness, a and b
PALE = np.array([0.06, 0, 0], np.float32)  # added to them: print has no shadows
LINE = 1.0  # pixels of a line's blur, and so its width
NEGATIVE = 0.985  # weight of the wider blur: below 1, so that even parts stay white
INKED = 0.004  # difference below which there is ink
SHARP = 60.0  # how suddenly
BLACK = 0.1  # lightness that is left under full ink
WOBBLE = 0.5  # pixels by which a hand leaves its line


def comic(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Pieces of one colour under the lines of a brush pen."""
    smooth = cv2.edgePreservingFilter(image, flags=1, sigma_s=25 * scale, sigma_r=0.35)
    smooth = to_lab(cv2.pyrMeanShiftFiltering(smooth, 7 * scale, 14, maxLevel=1))
    flat = FLAT * pieces(smooth, 0.7 * scale) + (1 - FLAT) * smooth
    paper = BLACK + (1 - BLACK) * _lines(image, scale, rng)
    return to_rgb((PALE + VIVID * flat) * paper[..., None])


def _lines(
    image: UInt8[np.ndarray, "h w 3"], scale: float, rng: np.random.Generator
) -> Float[np.ndarray, "h w"]:
    """1 where the paper is free, 0 under ink: a difference of Gaussians, averaged along the forms
    and thresholded softly (Winnemoeller et al. 2012, XDoG; Kang et al. 2007 for the flow)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    light = grey.astype(np.float32) / 255
    narrow, wide = (cv2.GaussianBlur(light, (0, 0), LINE * scale * k) for k in (1, 1.6))
    edges = along(narrow - NEGATIVE * wide, forms(grey, scale), 3 * scale)
    free = np.clip(1 + np.tanh(SHARP * (edges - INKED)), 0, 1)
    rows, columns = np.indices(grey.shape, dtype=np.float32)
    rows += WOBBLE * scale * noise(rng, grey.shape, 6 * scale)
    columns += WOBBLE * scale * noise(rng, grey.shape, 6 * scale)
    return cv2.remap(free, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
