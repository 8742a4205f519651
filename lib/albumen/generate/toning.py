"""What a grade does to a picture: light, curves, colours, sky and lens, in that order.

Lab is divided by 100, as everywhere in `generate`; a tint is a and b.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float

Tint = tuple[float, float]
Plane = Float[np.ndarray, "h w"]
Lab = Float[np.ndarray, "h w 3"]

OFFSET = 0.16  # L = 1.16 Y^(1/3) - .16: what light scales is L + OFFSET, a and b
BRIGHTER = 0.4  # stops that a picture is brightened by at most: noise is all there is in the dark
FULL = 0.9  # chroma from which colours are not strengthened: they would clip
REACH = 0.03  # blur of glow and clarity, as a share of the picture's side
SKIN = (0.35, 1.31)  # hue angles in CIELAB of skin of every shade, 20 to 75 degrees
SKIN_KEPT = 0.6  # share of the loss of colour that skin is spared
LAMP = (0.66, 0.78), (0.12, 0.28)  # lightness and b: no lamp below the first, surely one above
STRAW = 0.6  # b of what is too yellow for a lamp
LAMP_SIZE = 0.014  # share of the picture's side that a lamp measures at least
SKY = (0.5, 0.62)  # lightness: no sky below, surely sky above, where it is even
SKY_DETAIL = 0.012  # lightness a pixel of a 512 px picture that the sky has at most
SKY_SPREAD = 0.1  # distance from the sky's colours, in Lab, over which a pixel stops being sky
LEAST_SKY = 0.03  # share of the picture below which there is none
HORIZON = 2.0  # exponent of the height in the sky: warm light hugs the horizon


class Sky(NamedTuple):
    """What the sky becomes."""

    overhead: Tint
    horizon: Tint
    darker: float  # stops overhead
    brighter: float = 0.0  # stops at the horizon


class Grade(NamedTuple):
    """What is done to a picture at full strength."""

    exposure: float = 0.0  # stops
    contrast: float = 1.0  # slope of lightness at middle grey
    lift: float = 0.0  # lightness of black: faded
    chroma: float = 1.0
    shadows: Tint = (0.0, 0.0)
    highlights: Tint = (0.0, 0.0)
    clarity: float = 0.0  # share of the local contrast that is added
    glow: float = 0.0  # share of the light that spreads
    vignette: float = 0.0  # stops less in the corners
    level: float | None = None  # mean lightness that exposure is set for
    sky: Sky | None = None
    lamps: bool = False  # lit windows and lamps keep their light


def graded(lab: Lab, how: Grade) -> Lab:
    """Lab under one grade, in the order of a colourist: light, curves, colours, lens."""
    stops = how.exposure
    if how.level is not None:
        wanted = 3 * np.log2((how.level + OFFSET) / (float(lab[..., 0].mean()) + OFFSET))
        stops = min(wanted, BRIGHTER)
    lit = _exposed(lab, stops)
    sky, height = _sky(lab) if how.sky else (None, None)
    if how.sky:
        low = (1 - height) ** HORIZON
        lit = _exposed(lit, sky * (how.sky.brighter * low - how.sky.darker * (1 - low)))
    light, colour = lit[..., 0], lit[..., 1:]
    if how.clarity:
        light = light + how.clarity * (light - _blur(light))
    light = np.clip(light, 0, 1)
    # a cubic through 0, middle grey and 1 with the wanted slope in its middle
    light = light + (how.contrast - 1) * 4 * light * (1 - light) * (light - 0.5)
    light = how.lift + (1 - how.lift) * light
    colour = _coloured(colour, how.chroma)
    bright = (light * light * (3 - 2 * light))[..., None]
    sunlit = bright if sky is None else bright * (1 - sky)[..., None]
    colour = _tinted(colour, how.highlights, sunlit)
    colour = _tinted(colour, how.shadows, (1 - bright) * np.clip(light / 0.15, 0, 1)[..., None])
    if how.sky:
        colour = _sky_colour(colour, how.sky, sky, height)
    result = np.dstack([light, colour]).astype(np.float32)
    if how.lamps:
        result = _lamps(lab, result, sky)
    if how.glow:
        spread = _blur(result)
        screened = 1 - (1 - result[..., 0]) * (1 - spread[..., 0] ** 2)
        result += how.glow * (np.dstack([screened, spread[..., 1:]]) - result)
    return _exposed(result, -how.vignette * _corners(result.shape[:2]))


def _exposed(lab: Lab, stops: float | Plane) -> Lab:
    """As if so many stops more light had fallen on it; highlights roll off."""
    gain = np.asarray(2.0 ** np.asarray(stops, np.float32), np.float32)
    scale = np.cbrt(gain)
    light = lab[..., 0]
    # below Y = .009 L is proportional to light
    light = np.maximum((light + OFFSET) * scale - OFFSET, light * np.minimum(gain, 1))
    light = np.where(light > 0.9, 0.9 + 0.1 * np.tanh((light - 0.9) / 0.1), light)
    light = np.where(gain > 1, light, np.minimum(light, lab[..., 0]))
    return np.dstack([light, lab[..., 1:] * np.atleast_1d(scale)[..., None]])


def _coloured(colour: Float[np.ndarray, "h w 2"], factor: float) -> Float[np.ndarray, "h w 2"]:
    """More or less chroma; what is strong already gains less, and skin loses less."""
    chroma = np.hypot(colour[..., 0], colour[..., 1])[..., None]
    if factor > 1:
        return colour * (1 + (factor - 1) * np.clip(1 - chroma / FULL, 0, 1))
    hue = np.arctan2(colour[..., 1], colour[..., 0])[..., None]
    skin = np.clip(1 - np.abs(hue - sum(SKIN) / 2) / (SKIN[1] - SKIN[0]) * 2, 0, 1) ** 0.5
    return colour * (factor + (1 - factor) * SKIN_KEPT * skin)


def _tinted(
    colour: Float[np.ndarray, "h w 2"], tint: Tint, weight: Float[np.ndarray, "h w 1"]
) -> Float[np.ndarray, "h w 2"]:
    """Towards a tint, and not beyond: what has its hue already stays, so grading twice is safe."""
    length = float(np.hypot(*tint))
    if length == 0:
        return colour
    direction = np.array(tint, np.float32) / length
    missing = np.clip(length - colour @ direction, 0, length)
    return colour + weight * missing[..., None] * direction


def _sky(lab: Lab) -> tuple[Plane, Plane]:
    """How much each pixel is sky, 0..1, and how high in the sky: 1 overhead, 0 at the horizon.

    Sky is what is bright and even and reaches the top edge; then whatever has its colours above
    the horizon, such as what shines through leaves.
    """
    height, width = lab.shape[:2]
    scale = np.sqrt(height * width) / 512
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5 * scale)
    across, down = (cv2.Sobel(light, cv2.CV_32F, x, 1 - x, scale=scale / 8) for x in (1, 0))
    even = (np.hypot(across, down) < SKY_DETAIL) & (light > SKY[0])
    regions = cv2.connectedComponents(even.astype(np.uint8))[1]
    top = np.unique(regions[0])
    found = np.isin(regions, top[top > 0])
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    if found.mean() < LEAST_SKY:
        return np.zeros((height, width), np.float32), np.broadcast_to(1 - rows, (height, width))
    horizon = max(float(np.quantile(np.nonzero(found)[0], 0.98)), 1) / height
    # the sky's own colour, filled in where something stands before it
    weight = cv2.GaussianBlur(found.astype(np.float32), (0, 0), 24 * scale) + 1e-4
    near = cv2.GaussianBlur(lab * found[..., None], (0, 0), 24 * scale) / weight[..., None]
    distance = np.sqrt(((lab - near) ** 2).sum(2))
    share = np.clip(1.5 - distance / SKY_SPREAD, 0, 1) * np.clip(weight * 4, 0, 1)
    share *= np.clip((horizon - rows) / 0.06 + 0.5, 0, 1)
    share = np.maximum(share, found * np.clip((light - SKY[0]) / (SKY[1] - SKY[0]), 0, 1))
    share = cv2.GaussianBlur(share.astype(np.float32), (0, 0), 0.7 * scale)
    return share, np.broadcast_to(np.clip(1 - rows / horizon, 0, 1), (height, width))


def _sky_colour(
    colour: Float[np.ndarray, "h w 2"], sky: Sky, share: Plane, height: Plane
) -> Float[np.ndarray, "h w 2"]:
    """The sky from its horizon's colour to that overhead, where it has not got it yet."""
    low = ((1 - height) ** HORIZON)[..., None]
    wanted = low * np.array(sky.horizon, np.float32)
    wanted = wanted + (1 - low) * np.array(sky.overhead, np.float32)
    length = np.sqrt((wanted**2).sum(2)) + 1e-6
    has = np.clip((colour * wanted).sum(2) / length**2, 0, 1)
    has = float((share * has).sum() / (share.sum() + 1e-6))
    return colour + (0.85 * (1 - has) * share)[..., None] * (wanted - colour)


def _lamps(before: Lab, after: Lab, sky: Plane | None) -> Lab:
    """Warm bright spots keep their light, and light what is around them."""
    (dark, light), (cold, warm) = LAMP
    lit = np.clip((before[..., 0] - dark) / (light - dark), 0, 1)
    lit *= np.clip((before[..., 2] - cold) / (warm - cold), 0, 1)
    lit *= np.clip((STRAW - before[..., 2]) / 0.1, 0, 1)
    lit = lit if sky is None else lit * (1 - sky)
    # a lamp has a size: wet leaves have none, a sandy beach too much
    side = 2 * max(round(LAMP_SIZE * max(lit.shape) / 2), 1) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    lit = np.minimum(lit, cv2.morphologyEx(lit, cv2.MORPH_OPEN, disc))
    around = 2 * round(max(lit.shape) / 6) + 1
    lit *= np.clip(2 - 4 * cv2.blur(lit, (around, around)), 0, 1)
    halo = _blur(lit.astype(np.float32))[..., None]
    after = after + halo * np.array([0.25, 0.06, 0.25], np.float32)
    return after + (0.9 * lit)[..., None] * (before - after)


def _blur(field: Float[np.ndarray, "h w *c"]) -> Float[np.ndarray, "h w *c"]:
    return cv2.GaussianBlur(field, (0, 0), REACH * max(field.shape[:2]))


def _corners(shape: tuple[int, int]) -> Plane:
    """0 in the middle, rising to 1 in the corners."""
    rows, columns = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    return np.clip((rows[:, None] ** 2 + columns[None] ** 2) / 2, 0, 1) ** 1.5
