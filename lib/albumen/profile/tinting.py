"""A palette as its owner wishes it: warmer, muted, with more navy."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import ImageColor
from skimage.color import rgb2lab

from albumen.profile.words import TONES
from albumen.records import Colour


def tinted(palette: tuple[Colour, ...], wishes: Sequence[str], share: float) -> tuple[Colour, ...]:
    """`palette` a `share` (0 to 1) of the way to what is wished for.

    Tones (words.TONES) move the palette's own colours that part of the way in CIELAB. A named
    colour or #rrggbb weighs against one of its colours as `share` against the rest: at half, as
    much as one of them in the mean; at 1, or without a palette, there is nothing else.
    """
    for tone in (one for one in wishes if one in TONES):
        palette = tuple(replace(one, lab=_toned(one.lab, tone, share)) for one in palette)
    wished = [_lab(one) for one in wishes if one not in TONES]
    if not wished or not share:
        return palette
    taken = share * len(wished) / (share * len(wished) + (1 - share) * len(palette))
    mixed = [
        *(replace(one, weight=(1 - taken) * one.weight) for one in palette),
        *(Colour(lab, taken / len(wished)) for lab in wished),
    ]
    return tuple(sorted((one for one in mixed if one.weight), key=lambda one: -one.weight))


def _toned(lab: tuple[float, float, float], tone: str, share: float) -> tuple[float, float, float]:
    added, chroma = TONES[tone]
    factor = np.array([1.0, *[1 + share * (chroma - 1)] * 2])
    moved = np.array(lab) * factor + share * np.array(added)
    lightness, a, b = (round(float(value), 2) for value in moved)
    return min(max(lightness, 0.0), 100.0), a, b


def _lab(word: str) -> tuple[float, float, float]:
    rgb = np.array(ImageColor.getrgb(word), float) / 255
    lightness, a, b = (round(float(value), 2) for value in rgb2lab(rgb[None])[0])
    return lightness, a, b
