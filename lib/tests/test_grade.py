"""Grading: light and colours move where a mood or a time of day says, and by how much is asked."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.errors import AlbumenError
from albumen.generate.colour import to_lab
from albumen.generate.grade import DAYTIMES, MOODS, grade
from albumen.generate.toning import _exposed, _sky
from albumen.profile import words

WORDS = [(mood, "") for mood in sorted(MOODS)] + [("", daytime) for daytime in DAYTIMES]


def landscape(side: int = 128) -> np.ndarray:
    """A blue sky over a green hill with a bright wall and detail; sRGB bytes."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    picture = np.empty((side, side, 3))
    picture[:] = [150, 190, 235]
    picture[rows > 0.55 + 0.1 * np.sin(6 * columns)] = [80, 120, 60]
    picture[(rows > 0.7) & (rows < 0.85) & (columns < 0.3)] = [200, 190, 180]
    texture = rng.normal(0, 12, (side, side, 1)) * (rows > 0.5)[..., None]
    return np.clip(picture + texture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def scene():
    return landscape()


def mean(image: np.ndarray, where=np.s_[:]) -> np.ndarray:
    return to_lab(image)[where].reshape(-1, 3).mean(0)


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(to_lab(first) - to_lab(second)).sum(2)


def test_every_mood_of_a_prompt_has_a_grade():
    assert set(words.MOODS) <= set(MOODS)


@given(st.integers(0, 2**32 - 1), st.sampled_from(WORDS))
def test_nothing_asked_changes_nothing(seed, asked):
    image = np.random.default_rng(seed).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert (grade(image, "", "", 1.0) == image).all()
    assert (grade(image, *asked, 0.0) == image).all()


@pytest.mark.parametrize("asked", WORDS)
def test_more_strength_is_further_away(scene, asked):
    before = scene.copy()
    steps = [difference(grade(scene, *asked, k / 4), scene) for k in range(5)]
    for less, more in pairwise(steps):
        assert (more >= less - 0.012).all()  # up to the rounding to bytes
        assert more.mean() > less.mean()
    assert (scene == before).all()
    assert (grade(scene, *asked, 1.0) == grade(scene, *asked, 1.0)).all()


@pytest.mark.parametrize("asked", [*WORDS, ("moody", "sunset")])
def test_any_shape_and_flat_pictures_are_graded(asked):
    for shape in [(1, 1, 3), (2, 33, 3), (40, 24, 3)]:
        for level in (0, 128, 255):
            graded = grade(np.full(shape, level, np.uint8), *asked, 1.0)
            assert graded.shape == shape and graded.dtype == np.uint8


def test_a_night_is_dark_and_blue_and_keeps_the_sun_s_order(scene):
    night = grade(scene, "", "night", 1.0)
    assert 0.15 < mean(night)[0] < 0.3 < mean(scene)[0]
    assert mean(night)[2] < mean(grade(scene, "", "day", 1.0))[2]
    # what was the darker half is still darker within the ground
    ground = np.s_[100:, 40:]
    order = [to_lab(one)[ground][..., 0].ravel() for one in (scene, night)]
    assert np.corrcoef(*order)[0, 1] > 0.95


def test_a_night_photo_stays_at_night(scene):
    once = grade(scene, "", "night", 1.0)
    again = grade(once, "", "night", 1.0)
    assert difference(once, again).mean() < 0.25 * difference(scene, once).mean()


def test_a_portrait_at_night_is_still_seen():
    rows, columns = np.mgrid[-1:1:128j, -1:1:128j]
    face = (np.hypot(columns / 0.5, rows / 0.7) < 1)[..., None]
    portrait = np.where(face, [205, 150, 125], [90, 90, 95]).astype(np.uint8)
    night = grade(portrait, "", "night", 1.0)
    skin, wall = mean(night, np.s_[54:74, 54:74]), mean(night, np.s_[:20, :20])
    assert skin[0] > wall[0] + 0.1 and skin[0] > 0.25
    assert skin[1] > wall[1] + 0.03  # warmer than what is around it


def test_a_lit_window_shines_at_night(scene):
    house = scene.copy()
    house[80:100, 50:70] = [255, 214, 150]
    night = to_lab(grade(house, "", "night", 1.0))
    window, beside = night[90, 60], night[110, 60]
    assert window[0] > 0.7 and window[2] > 0.15
    assert beside[0] < 0.35


def test_a_sunset_sky_is_warmest_at_the_horizon(scene):
    sky = to_lab(grade(scene, "", "sunset", 1.0))[:, 60]
    assert sky[68, 2] > sky[40, 2] > sky[2, 2]
    assert sky[68, 2] > 0.15 and to_lab(scene)[68, 60, 2] < 0


def test_the_sky_is_found_behind_leaves_and_not_in_a_room(scene):
    branches = scene.copy()
    branches[5:40:5, 20:60] = [40, 60, 30]
    share, height = _sky(to_lab(branches))
    assert share[30, 100] > 0.9 and share[22, 40] > 0.5 and share[20, 40] < 0.5
    assert share[110, 60] < 0.05
    assert height[0, 0] == 1 and height[-1, 0] == 0
    room = np.full((64, 64, 3), 60, np.uint8)
    assert _sky(to_lab(room))[0].max() == 0


def test_moods_go_where_their_names_say(scene):
    def of(mood):
        return grade(scene, mood, "", 1.0)

    def chroma(image):
        return np.hypot(*to_lab(image)[..., 1:].reshape(-1, 2).T).mean()

    def spread(image):
        return to_lab(image)[..., 0].std()

    assert mean(of("gloomy"))[0] < mean(scene)[0] < mean(of("joyful"))[0]
    assert chroma(of("gloomy")) < chroma(scene) < chroma(of("lively"))
    assert mean(of("cosy"))[2] > mean(scene)[2] + 0.03
    assert spread(of("calm")) < spread(scene) < spread(of("dramatic"))
    assert to_lab(of("dreamy"))[..., 0].min() > to_lab(scene)[..., 0].min()
    assert (of("cosy") == of("cozy")).all()


@given(st.floats(0.02, 0.8), st.floats(-2, 0))
def test_stops_scale_linear_light(luminance, stops):
    """A grey of linear luminance Y under s stops has the L* of Y 2^s, by the CIE's formula."""

    def lightness(y):
        return 1.16 * np.cbrt(y) - 0.16 if y > 216 / 24389 else y * 24389 / 27 / 100

    grey = np.zeros((1, 1, 3), np.float32)
    grey[..., 0] = lightness(luminance)
    lit = float(_exposed(grey, stops)[0, 0, 0])
    if luminance * 2**stops > 216 / 24389 and lit < 0.9:
        assert lit == pytest.approx(lightness(luminance * 2**stops), abs=1e-5)


def test_colour_keeps_its_chromaticity_under_less_light():
    """Compared with scaling linear RGB itself."""
    rgb = np.array([[[180, 90, 60], [70, 130, 160]]], np.uint8)
    linear = ((rgb / 255 + 0.055) / 1.055) ** 2.4 / 2
    expected = to_lab(np.rint(255 * (1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8))
    assert np.abs(_exposed(to_lab(rgb), -1.0) - expected).max() < 0.01


def test_larger_pictures_are_graded_alike(scene):
    large = cv2.resize(scene, (256, 256), interpolation=cv2.INTER_CUBIC)
    for asked in (("dramatic", ""), ("", "sunset")):
        reduced = cv2.resize(grade(large, *asked, 1.0), (128, 128), interpolation=cv2.INTER_AREA)
        assert difference(reduced, grade(scene, *asked, 1.0)).mean() < 0.06


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("angry", "", 1.0), "'angry' is not a mood: expected one of calm, cosy"),
        (("", "noon", 1.0), "'noon' is not a time of day: expected one of sunrise, day"),
        (("calm", "", 1.2), "Strength is 1.2, expected 0 to 1"),
        (("calm", "", float("nan")), "Strength is nan"),
    ],
)
def test_bad_input_is_said(scene, asked, message):
    with pytest.raises(AlbumenError, match=message):
        grade(scene, *asked)
