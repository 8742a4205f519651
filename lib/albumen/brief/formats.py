"""The picture's size, from what a prompt says of its format."""

import math
import re

from albumen.errors import AlbumenError

SIDE = 512  # pixels a side of a square picture; other formats have as many pixels
STEP = 8  # sizes are multiples of it
LEAST, MOST = 64, 2048  # pixels of a side
WIDEST = 4.0  # width over height, or height over width
PICTURE = r"(?:format|orientation|crop|aspect(?:\s+ratio)?|canvas|shot|version)"
KIND = rf"(?:{PICTURE}|picture|image|photo|photograph|painting|drawing|portrait|card|print|scene)"
AS = r"(?:(?:as|for|in)\s+)?(?:an?\s+|my\s+)?"
FORMATS = {  # phrase -> width, height
    rf"{AS}\b(?:web\s+)?banner": (3, 1),
    rf"{AS}\b(?:(?:smart)?phone|mobile)\s+(?:wallpaper|background)": (9, 16),
    rf"{AS}\block\s?screen": (9, 16),
    rf"{AS}\b(?:desktop\s+|computer\s+)?wallpaper": (16, 9),
    rf"{AS}\b(?:portrait|upright|vertical)[\s-]+(?:format|orientation|mode)": (2, 3),
    rf"{AS}\b(?:landscape|horizontal)[\s-]+(?:format|orientation|mode)": (3, 2),
    rf"{AS}\b(?:widescreen|wide[\s-]screen)": (16, 9),
    rf"{AS}\bpostcard": (3, 2),
    rf"{AS}\b(?:square|wide|ultra-?wide|tall|panorama|panoramic)[\s-]+{PICTURE}": None,
}
WORDS = {"square": (1, 1), "ultrawide": (21, 9), "wide": (16, 9), "tall": (2, 3), "panoram": (2, 1)}
RATIO = (
    r"(?:\b(?:in|as)\s+)?(?:an?\s+)?(?<![\d:.])(\d{1,4})\s?([:x])\s?(\d{1,4})(?![\d:])"
    rf"(?:\s*(?:px|pixels)\b|\s+{PICTURE}\b)?"
)
PIXELS = r"(?:\b(?:in|at)\s+)?\b(\d{1,5})\s?(?:px|pixels)\b"


def size_of(ratio: tuple[float, float], side: int = SIDE) -> tuple[int, int]:
    """Width and height of about side x side pixels in this ratio, multiples of STEP.

    Raises AlbumenError when the ratio is wider or taller than WIDEST.
    """
    wide, high = ratio
    if not (wide > 0 and high > 0 and 1 / WIDEST <= wide / high <= WIDEST):
        raise AlbumenError(
            f"The format {wide}:{high} cannot be drawn: expected 1:{WIDEST:g} to {WIDEST:g}:1."
        )
    root = math.sqrt(wide / high)
    return round(side * root / STEP) * STEP, round(side / root / STEP) * STEP


def checked(size: tuple[int, int]) -> tuple[int, int]:
    """The size, if a picture can have it; AlbumenError otherwise."""
    if len(size) != 2 or not all(isinstance(one, int) and LEAST <= one <= MOST for one in size):
        told = " x ".join(map(str, size))
        raise AlbumenError(
            f"The size {told} cannot be drawn: expected a width and a height from {LEAST} to "
            f"{MOST} pixels."
        )
    return size


def take_size(text: str) -> tuple[tuple[int, int] | None, str]:
    """The size that a prompt asks for, None where it asks for none, and the text without it.

    Raises AlbumenError when a picture cannot have it.
    """
    side, text = _take_side(text)
    found = re.search(RATIO, text)
    if found and not re.search(r"\b(?:at|around|about|until|till)\s*$", text[: found.start()]):
        wide, high = int(found.group(1)), int(found.group(3))
        text = f"{text[: found.start()]} {text[found.end() :]}"
        if min(wide, high) >= LEAST:  # pixels
            return _rounded(wide, high), text
        if found.group(2) == "x" and max(wide, high) >= LEAST:
            return checked((wide, high)), text
        return size_of((wide, high), side), text
    for phrase, ratio in FORMATS.items():
        found = re.search(rf"{phrase}\b(?:\s+of\b)?", text, re.IGNORECASE)
        if found:
            ratio = ratio or _ratio(found.group())
            return size_of(ratio, side), f"{text[: found.start()]} {text[found.end() :]}"
    for word in ("square", "ultra-wide", "ultrawide", "wide", "tall", "panoramic", "upright"):
        alone = rf"(?:^|(?<=,))\s*{word}\s*(?=,|$)|\b{word}[\s-]+(?={KIND})"  # not a market square
        found = re.search(alone, text, re.IGNORECASE)
        if found:
            ratio = _ratio(word) if word != "upright" else (2, 3)
            return size_of(ratio, side), f"{text[: found.start()]} {text[found.end() :]}"
    return (None if side == SIDE else (side, side)), text


def _take_side(text: str) -> tuple[int, str]:
    """Pixels a side, where one number is said."""
    found = re.search(rf"(?<![x:\d]){PIXELS}", text, re.IGNORECASE)
    if not found or re.search(r"[x:]\s?$", text[: found.start()]):
        return SIDE, text
    side = _rounded(int(found.group(1)), int(found.group(1)))[0]
    return side, f"{text[: found.start()]} {text[found.end() :]}"


def _rounded(wide: int, high: int) -> tuple[int, int]:
    wide, high = checked((wide, high))
    size_of((wide, high))  # refuses what is too wide
    return round(wide / STEP) * STEP, round(high / STEP) * STEP


def _ratio(word: str) -> tuple[int, int]:
    word = word.lower().replace("-", "")
    return next(ratio for part, ratio in WORDS.items() if part in word)
