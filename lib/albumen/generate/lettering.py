"""A card: the picture on coloured paper, a greeting set below it.

Paper and ink are taken from the palette, the ink darkened until it is easy to read. The fonts are
those that matplotlib ships.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont

from albumen.errors import AlbumenError
from albumen.generate.colour import to_rgb
from albumen.generate.texture import noise, to_bytes
from albumen.records import Colour

PICTURE = 0.75  # side of the picture as a share of the card's: it keeps its shape
TOP = 0.06  # share of the card's height above it
TEXT = (0.06, 0.055)  # margins beside the greeting, and below it and above, as shares of the card
LARGEST, SMALLEST = 0.085, 0.028  # size of the letters as a share of the card's shorter side
LEADING = 1.22  # from line to line, in sizes
FRAME = 0.022  # distance of the rule from the card's edge, as a share of its shorter side
READABLE = 7.0  # contrast of ink and paper: WCAG 2.2, level AAA
PAPER = (0.95, 0.035)  # lightness and greatest chroma of the paper, Lab / 100
INK = 0.38  # lightness at which the ink starts
PLAIN = (Colour((80.0, 4.0, 14.0), 0.7), Colour((40.0, 20.0, 10.0), 0.3))  # without a palette
# The first that has every letter sets the greeting.
FONTS = ("STIXGeneralBolIta", "DejaVuSerif-BoldItalic", "DejaVuSerif", "DejaVuSans")

Pixels = UInt8[np.ndarray, "h w 3"]


class _Set(NamedTuple):
    """A greeting broken into lines of one size."""

    lines: list[str]
    font: ImageFont.FreeTypeFont


def card_window(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the picture sits in a card of `size` (width, height): left, top, width, height."""
    width, height = (round(PICTURE * side) for side in size)
    return (size[0] - width) // 2, round(TOP * size[1]), width, height


def letter(image: Pixels, words: str, palette: tuple[Colour, ...]) -> Pixels:
    """A card of the image's size with `words` on it; "" gives the image as it is.

    The whole image, reduced, fills `card_window`. Lines break between words, and where `words`
    does. Raises AlbumenError for a greeting that is too long or has letters no font draws.
    """
    words = "\n".join(" ".join(line.split()) for line in words.strip().splitlines())
    words = unicodedata.normalize("NFC", words)
    if not words:
        return image.copy()
    height, width = image.shape[:2]
    left, top, wide, tall = card_window((width, height))
    paper, ink, accent = _colours(palette or PLAIN)
    card = _paper((height, width), paper)
    shade = np.zeros((height, width), np.float32)
    shade[top : top + tall, left : left + wide] = 1
    shade = cv2.GaussianBlur(shade, (0, 0), max(min(width, height) / 90, 1))
    card *= 1 - 0.35 * shade[..., None]
    sheet = Image.fromarray(to_bytes(card / 255))
    small = cv2.resize(image, (wide, tall), interpolation=cv2.INTER_AREA)
    sheet.paste(Image.fromarray(small), (left, top))
    draw = ImageDraw.Draw(sheet)
    _rule(draw, (width, height), accent)
    across, along = round(TEXT[0] * width), round(TEXT[1] * height)
    area = (across, top + tall + along // 3, width - across, height - along)
    _set(draw, words, area, min(width, height), ink)
    return np.array(sheet)


def contrast(first: Sequence[int], second: Sequence[int]) -> float:
    """The contrast of two sRGB colours 0..255, 1 to 21 (WCAG 2.2, relative luminance)."""
    dark, light = sorted(_luminance(one) for one in (first, second))
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: Sequence[int]) -> float:
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _colours(palette: tuple[Colour, ...]) -> tuple[tuple[int, ...], ...]:
    """Paper, ink and the colour of the rule, sRGB: hues of the palette in a card's lightnesses."""
    lab = np.array([one.lab for one in palette]) / 100
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    main = lab[int(np.argmax([one.weight for one in palette]))]
    # what is colourful and common gives the ink
    strong = lab[int(np.argmax(chroma * np.sqrt([one.weight for one in palette])))]
    held = min(1.0, PAPER[1] / max(float(np.hypot(*main[1:])), 1e-6))
    paper = _rgb((PAPER[0], *(held * main[1:])))
    lightness = INK
    while contrast(_rgb((lightness, *strong[1:])), paper) < READABLE:
        lightness -= 0.02
    ink = (lightness, *strong[1:])
    return paper, _rgb(ink), _rgb((0.62, *(0.8 * strong[1:])))


def _rgb(lab: Sequence[float]) -> tuple[int, ...]:
    return tuple(int(one) for one in to_rgb(np.array([[lab]], np.float32))[0, 0])


def _paper(shape: tuple[int, int], colour: tuple[int, ...]) -> Float[np.ndarray, "h w 3"]:
    """Laid paper, its grain the same for every card of a size."""
    rng = np.random.default_rng(0)
    grain = noise(rng, shape, 0.8) + noise(rng, shape, 2.5)
    return np.array(colour, np.float32) + 1.1 * grain[..., None]


def _rule(draw: ImageDraw.ImageDraw, size: tuple[int, int], colour: tuple[int, ...]) -> None:
    """A double line around the card."""
    short = min(size)
    inset, thick = round(FRAME * short), max(round(short / 340), 1)
    for step, weight in ((0, 2 * thick), (4 * thick, thick)):
        edge = inset + step
        box = (edge, edge, size[0] - 1 - edge, size[1] - 1 - edge)
        draw.rounded_rectangle(box, radius=round(short / 40), outline=colour, width=weight)


def _set(
    draw: ImageDraw.ImageDraw,
    words: str,
    area: tuple[int, int, int, int],
    short: int,
    ink: tuple[int, ...],
) -> None:
    """Write `words` in the middle of `area` (left, top, right, bottom), as large as they fit."""
    left, top, right, bottom = area
    fitted = _fit(words, right - left, bottom - top, short)
    pitch = LEADING * fitted.font.size
    # the middle of a line is that of its small letters, whatever it says
    first = (top + bottom) / 2 - pitch * (len(fitted.lines) - 1) / 2 + 0.28 * fitted.font.size
    for index, line in enumerate(fitted.lines):
        where = ((left + right) / 2, round(first + index * pitch))
        draw.text(where, line, fill=ink, font=fitted.font, anchor="ms")


def _fit(words: str, width: int, height: int, short: int) -> _Set:
    """Lines and the largest size with which `words` fit into `width` x `height` pixels."""
    name = _font_for(words)
    for size in range(round(LARGEST * short), round(SMALLEST * short) - 1, -1):
        font = _font(name, size)
        lines = _broken(words, font, width)
        if lines and (LEADING * (len(lines) - 1) + 1) * size <= height:
            # as narrow as the same number of lines allows: no last word by itself
            best = lines
            for narrower in range(width, width // 4, -max(width // 60, 1)):
                again = _broken(words, font, narrower)
                if len(again) != len(lines):
                    break
                best = again
            return _Set(best, font)
    raise AlbumenError(
        f"The greeting has {len(words)} characters, which is too much for a card: shorten it."
    )


def _broken(words: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines no wider than `width`; none when a single word is."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split():
            if font.getlength(word) > width:
                return []
            longer = f"{line} {word}".strip()
            if font.getlength(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _font_for(words: str) -> str:
    for name in FONTS:
        letters = _letters(name)
        missing = [one for one in words if one != "\n" and ord(one) not in letters]
        if not missing:
            return name
    raise AlbumenError(f"The greeting has '{missing[0]}', which no font here can draw.")


@cache
def _letters(name: str) -> frozenset[int]:
    return frozenset(FT2Font(_path(name)).get_charmap())


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_path(name), size)


def _path(name: str) -> str:
    return f"{matplotlib.get_data_path()}/fonts/ttf/{name}.ttf"
