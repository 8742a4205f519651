"""Colour statistics and the map between them."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from albumen.generate.colour import (
    GAINS,
    ColourStatistics,
    colour_map,
    match_colours,
    palette_statistics,
    statistics,
    to_lab,
    to_rgb,
)
from albumen.records import Colour


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)


def test_lab_is_that_of_skimage(picture):
    np.testing.assert_allclose(to_lab(picture) * 100, rgb2lab(picture), atol=0.5)


def test_lab_and_back(picture):
    assert np.abs(to_rgb(to_lab(picture)).astype(int) - picture).max() <= 1


def test_matching_reaches_mean_and_covariance_within_the_gains(picture):
    lab = to_lab(picture)
    here = statistics(lab)
    turn = np.array([[1.2, 0.1, 0], [0.1, 0.9, 0.05], [0, 0.05, 1.1]])
    target = ColourStatistics(np.array([0.4, 0.1, -0.05]), turn @ here.covariance @ turn.T)
    there = statistics(match_colours(lab, target, 1.0))
    np.testing.assert_allclose(there.mean, target.mean, atol=1e-4)
    np.testing.assert_allclose(there.covariance, target.covariance, atol=2e-4)


def test_gains_are_limited(picture):
    here = statistics(to_lab(picture))
    matrix, _ = colour_map(here, ColourStatistics(here.mean, 100 * here.covariance), 1.0)
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), GAINS[1], atol=1e-6)


def test_strength_0_changes_nothing_and_half_goes_half_way(picture):
    lab = to_lab(picture)
    here = statistics(lab)
    target = ColourStatistics(here.mean + 0.1, here.covariance)
    np.testing.assert_allclose(match_colours(lab, target, 0.0), lab, atol=1e-6)
    half = statistics(match_colours(lab, target, 0.5))
    np.testing.assert_allclose(half.mean, here.mean + 0.05, atol=1e-4)


def test_statistics_of_a_palette_are_weighted():
    palette = (Colour((50, 0, 0), 0.75), Colour((90, 40, -20), 0.25))
    np.testing.assert_allclose(palette_statistics(palette).mean, [0.6, 0.1, -0.05])
    # variance of L: .75 * .25 * .4^2, plus the noise
    assert palette_statistics(palette).covariance[0, 0] == pytest.approx(0.0301)
