"""Styles keep shape and geometry and repeat."""

import numpy as np
import pytest

from albumen.errors import AlbumenError
from albumen.generate.style import STYLES, apply_style
from albumen.profile import words


@pytest.fixture(scope="module")
def picture():
    """A bright disc on a dark gradient, with noise; not square."""
    rows, columns = np.mgrid[0:128, 0:192]
    light = 40 + 60 * rows / 128 + 120 * ((rows - 60) ** 2 + (columns - 110) ** 2 < 35**2)
    noise = np.random.default_rng(0).normal(0, 4, (128, 192, 3))
    return np.clip(light[..., None] * [1, 0.9, 0.7] + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_keeps_the_form_and_repeats(picture, style):
    before = picture.copy()
    styled = apply_style(picture, style, 3)
    assert styled.shape == picture.shape and styled.dtype == np.uint8
    assert (picture == before).all()
    assert (styled == apply_style(picture, style, 3)).all()
    # what was brighter stays brighter, where it was
    assert styled[45:75, 95:125].mean() > styled[45:75, 30:60].mean() + 20


@pytest.mark.parametrize("style", sorted(set(STYLES) - {"photo"}))
def test_seeds_and_styles_differ(picture, style):
    styled = apply_style(picture, style, 3)
    assert (styled != picture).mean() > 0.5
    assert (styled != apply_style(picture, style, 4)).any()


def test_photo_is_the_picture(picture):
    assert (apply_style(picture, "photo", 0) == picture).all()


def test_pencil_is_grey_on_light_paper(picture):
    drawing = apply_style(picture, "pencil", 0)
    assert (drawing == drawing[..., :1]).all()
    assert np.median(drawing) > 127


def test_oil_flattens_noise(picture):
    painted = apply_style(picture, "oil", 0)
    patch = np.s_[5:25, 5:25]
    blurred = picture[patch].astype(float).std(axis=(0, 1)).mean()
    assert painted[patch].astype(float).std(axis=(0, 1)).mean() < 1.5 * blurred
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) < len(
        np.unique(picture.reshape(-1, 3), axis=0)
    )


def test_watercolour_leaves_paper_at_the_border(picture):
    painted = apply_style(picture, "watercolour", 0)
    border = np.concatenate([painted[0], painted[-1], painted[:, 0], painted[:, -1]])
    assert np.median(border) == 255 and np.median(painted) < 200


def test_clay_is_lit_from_the_upper_left_and_bears_fingerprints():
    rows, columns = np.mgrid[-64:64, -64:64]
    disc = np.where((np.hypot(rows, columns) < 40)[..., None], [190, 150, 90], [60, 70, 110])
    grey = apply_style(disc.astype(np.uint8), "clay", 0).astype(float).mean(2)
    rim = np.abs(np.hypot(rows, columns) - 36) < 3
    towards = (rows + columns) / np.maximum(np.hypot(rows, columns), 1)
    assert grey[rim & (towards < -1.2)].mean() > grey[rim & (towards > 1.2)].mean() + 5
    # lumps and fingerprints on what was flat
    flat = np.full((128, 128, 3), 150, np.uint8)
    assert apply_style(flat, "clay", 0).astype(float).std() > 2
    assert abs(apply_style(flat, "clay", 0).astype(float).mean() - 150) < 40


def test_comic_has_black_lines_between_flat_colours(picture):
    page = apply_style(picture, "comic", 0)
    rows, columns = np.mgrid[0:128, 0:192]
    away = np.abs(np.hypot(rows - 60, columns - 110) - 35)
    light = page.astype(float).mean(2)
    assert light[away < 2].min() < 45 < light[(away > 8) & (away < 20)].mean()
    inside = page[45:75, 95:125].reshape(-1, 3)
    assert inside.std(0).mean() < 0.7 * picture[45:75, 95:125].reshape(-1, 3).std(0).mean()


def test_words_for_styles_are_those_of_the_generator():
    assert set(words.STYLES) == set(STYLES)
    said = [one for spoken in words.STYLES.values() for one in spoken]
    assert len(said) == len(set(said))


@pytest.mark.parametrize("style", STYLES)
def test_small_and_flat_pictures_are_styled(style):
    for shape in [(16, 16, 3), (8, 40, 3)]:
        flat = np.full(shape, 255, np.uint8)
        assert apply_style(flat, style, 0).shape == shape


def test_an_unknown_style_is_named():
    with pytest.raises(AlbumenError, match="'cubism' is not one of: photo, watercolour"):
        apply_style(np.zeros((8, 8, 3), np.uint8), "cubism", 0)
