"""Cards: the picture where the geometry says, the greeting readable and inside its margins."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.errors import AlbumenError
from albumen.generate.colour import to_lab
from albumen.generate.lettering import READABLE, _colours, card_window, contrast, letter
from albumen.records import Colour

GREETING = "Happy birthday, mum!"
PALETTE = (Colour((70.0, -10.0, -30.0), 0.6), Colour((55.0, 30.0, 40.0), 0.4))
SHAPES = [(256, 256), (512, 512), (288, 512), (512, 288)]

labs = st.tuples(st.floats(0, 100), st.floats(-90, 90), st.floats(-90, 90))
palettes = st.lists(st.builds(Colour, labs, st.floats(0.01, 1)), min_size=1, max_size=6).map(tuple)


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def ink(card: np.ndarray) -> np.ndarray:
    """Where dark letters are: below the picture, inside the rule."""
    height, width = card.shape[:2]
    _, top, _, tall = card_window((width, height))
    dark = to_lab(card)[..., 0] < 0.5
    edge = round(0.04 * min(card.shape[:2]))
    dark[: top + tall + 2] = False
    dark[height - edge :] = False
    dark[:, :edge] = dark[:, width - edge :] = False
    return dark


@pytest.mark.parametrize("shape", SHAPES)
def test_the_picture_is_where_the_geometry_says(shape):
    image = picture(*shape)
    card = letter(image, GREETING, PALETTE)
    assert card.shape == image.shape and card.dtype == np.uint8
    left, top, width, height = card_window(shape[::-1])
    assert left > 0 and top > 0 and left + width < shape[1] and top + height < shape[0]
    assert width / height == pytest.approx(shape[1] / shape[0], rel=0.01)
    inside = card[top : top + height, left : left + width]
    reduced = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    assert (inside == reduced).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_greeting_is_large_centred_and_clear_of_all_edges(shape):
    card = letter(picture(*shape), GREETING, PALETTE)
    rows, columns = np.nonzero(ink(card))
    _, top, _, tall = card_window(shape[::-1])
    assert rows.min() > top + tall + 2
    assert rows.max() < shape[0] * 0.955
    assert np.ptp(columns) > 0.3 * shape[1]
    assert (columns.min() + columns.max()) / 2 == pytest.approx(shape[1] / 2, abs=0.02 * shape[1])


@given(palettes)
def test_ink_is_readable_on_paper(palette):
    paper, letters, _ = _colours(palette)
    assert contrast(letters, paper) >= READABLE


def test_contrast_is_wcag_s():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (255, 255, 255)) == 1
    # published: #767676 is the lightest grey that passes AA on white, #777777 fails
    assert contrast((0x76,) * 3, (255,) * 3) >= 4.5 > contrast((0x77,) * 3, (255,) * 3)
    assert contrast((255, 0, 0), (255, 255, 255)) == pytest.approx(4.0, abs=0.005)


def test_the_letters_have_that_contrast_on_the_card():
    card = letter(picture(512, 512), GREETING, PALETTE)
    zone = card[430:490, 40:470].reshape(-1, 3)
    luminance = zone @ (0.2126, 0.7152, 0.0722)
    dark, light = zone[luminance.argmin()], np.median(zone[luminance > 200], axis=0).astype(int)
    assert contrast(dark.tolist(), light.tolist()) > 6.5  # the grain of the paper costs a little


def test_a_long_greeting_wraps_into_even_lines():
    words = "Happy birthday, dear grandma, all the best for the next ninety years, from all of us"
    long = ink(letter(picture(512, 512), words, PALETTE)).any(1)
    short = ink(letter(picture(512, 512), GREETING, PALETTE)).any(1)

    def tall(rows):  # of the tallest run of rows with ink
        edges = np.flatnonzero(np.diff(np.concatenate([[0], rows, [0]])))
        return (edges[1::2] - edges[::2]).max(), len(edges) // 2

    assert tall(short)[0] > tall(long)[0]
    assert tall(long)[1] >= 2


def test_line_breaks_are_kept_and_spaces_are_not():
    one = letter(picture(256, 256), "Joy\nto you", PALETTE)
    assert (one != letter(picture(256, 256), "Joy to you", PALETTE)).any()
    assert (one == letter(picture(256, 256), "  Joy \n to \t you ", PALETTE)).all()


@pytest.mark.parametrize(
    "words", ["Grüße, Æsa", "Жизнь", "Χρόνια πολλά", "Joyeux anniversaire ♥", "e\u0301te"]
)
def test_letters_of_many_languages(words):
    assert ink(letter(picture(256, 256), words, PALETTE)).sum() > 40


def test_composed_and_decomposed_letters_are_the_same():
    cards = [letter(picture(256, 256), words, PALETTE) for words in ("été", "e\u0301te\u0301")]
    assert (cards[0] == cards[1]).all()


def test_the_same_card_again_and_another_palette():
    image = picture(256, 256)
    before = image.copy()
    card = letter(image, GREETING, PALETTE)
    assert (image == before).all()
    assert (card == letter(image, GREETING, PALETTE)).all()
    assert (card != letter(image, GREETING, ())).any()
    assert (letter(image, " ", PALETTE) == image).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("all the best " * 60, "has 779 characters, which is too much for a card"),
        ("x" * 200, "has 200 characters, which is too much for a card"),
        ("a\n" * 30, "too much for a card"),
        ("生日快乐", "has '生', which no font here can draw"),
        ("Hi\x07", "has '\x07', which no font here can draw"),
    ],
)
def test_what_cannot_be_set_is_said(words, message):
    with pytest.raises(AlbumenError, match=message):
        letter(picture(256, 256), words, PALETTE)
