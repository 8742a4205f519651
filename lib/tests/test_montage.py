"""Labelling against enumeration, blending against a direct solve."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from albumen.generate import montage


def _problem(seed: int, shape: tuple[int, int, int]):
    rng = np.random.default_rng(seed)
    unary = rng.random(shape, np.float32)
    return unary, montage.differences(rng.random((*shape, 3), np.float32))


def _least(unary, gaps, smoothness):
    layers, height, width = unary.shape
    return min(
        montage.energy(np.array(labels).reshape(height, width), unary, gaps, smoothness)
        for labels in itertools.product(range(layers), repeat=height * width)
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", [(2, 1, 8), (3, 6, 1)])
def test_a_chain_is_labelled_exactly(seed, shape):
    unary, gaps = _problem(seed, shape)
    labels = montage.label(unary, gaps, 0.7, iterations=60)
    assert montage.energy(labels, unary, gaps, 0.7) == pytest.approx(_least(unary, gaps, 0.7))


def test_a_small_grid_is_labelled_nearly_exactly():
    for seed in range(10):
        unary, gaps = _problem(seed, (2, 2, 3))
        found = montage.energy(montage.label(unary, gaps, 0.5, 60), unary, gaps, 0.5)
        assert found <= 1.1 * _least(unary, gaps, 0.5)


def test_a_seam_goes_where_the_layers_agree():
    # two layers that differ everywhere but in column 5; each is wanted on its side
    layers = np.zeros((2, 8, 12, 3), np.float32)
    layers[1] = 1
    layers[1, :, 5:7] = 0
    unary = np.zeros((2, 8, 12), np.float32)
    unary[1, :, 0], unary[0, :, -1] = 50, 50
    labels = montage.label(unary, montage.differences(layers), 4.0, 40)
    assert (labels[:, :5] == 0).all() and (labels[:, 7:] == 1).all()


def test_energy_of_a_worked_case():
    # one row, two pixels, labels (0, 1): unary 1 + 2; layers 3 apart at the first, 5 at the second
    unary = np.array([[[1, 9]], [[9, 2]]], np.float32)
    gaps = np.zeros((2, 2, 1, 2), np.float32)
    gaps[0, 1, 0] = gaps[1, 0, 0] = [3, 5]
    expected = 1 + 2 + 2 * (3 + 5 + montage.SWITCH)
    assert montage.energy(np.array([[0, 1]]), unary, gaps, 2.0) == pytest.approx(expected)


def test_small_regions_join_what_surrounds_them():
    labels = np.zeros((20, 20), int)
    labels[:, 10:] = 1
    labels[3:5, 3:5] = 2  # 1 % of the picture
    labels[9, 9] = 1  # touches its own layer: no region of its own
    merged = montage.merge_small(labels, 0.02)
    labels[3:5, 3:5] = 0
    assert (merged == labels).all()


def test_merging_ends_where_regions_of_one_layer_touch_at_a_corner():
    labels = (np.indices((6, 6)).sum(0) % 2).astype(int)
    assert len(np.unique(montage.merge_small(labels, 0.2))) == 1


def test_a_montage_of_one_layer_scores_worst():
    _, gaps = _problem(0, (2, 6, 6))
    assert montage.seam_score(np.zeros((6, 6), int), np.zeros_like(gaps)) == 9


def test_blending_equals_a_direct_solve():
    rng = np.random.default_rng(1)
    height, width, screening = 5, 7, 0.03
    layers = rng.random((2, height, width, 1))
    labels = rng.integers(0, 2, (height, width))
    rows, matrix, right = [], [], []
    index = np.arange(height * width).reshape(height, width)

    def equation(terms, value, weight):
        row = np.zeros(height * width)
        for pixel, factor in terms:
            row[pixel] = factor
        matrix.append(np.sqrt(weight) * row)
        right.append(np.sqrt(weight) * value)

    for y in range(height):
        for x in range(width):
            equation([(index[y, x], 1)], layers[labels[y, x], y, x, 0], screening)
            for v, u in ((y, x + 1), (y + 1, x)):
                if v < height and u < width:
                    pair = labels[y, x], labels[v, u]
                    wanted = np.mean([layers[k, v, u, 0] - layers[k, y, x, 0] for k in pair])
                    equation([(index[v, u], 1), (index[y, x], -1)], wanted, 1.0)
    rows = sp.csr_matrix(np.array(matrix))
    exact = spsolve((rows.T @ rows).tocsc(), rows.T @ np.array(right)).reshape(height, width)
    blended = montage.blend(layers, labels, screening)[..., 0]
    np.testing.assert_allclose(blended, exact, atol=1e-10)


def test_blending_one_layer_gives_it_back():
    layers = np.random.default_rng(0).random((2, 16, 24, 3), np.float32)
    blended = montage.blend(layers, np.ones((16, 24), int), 1e-3)
    np.testing.assert_allclose(blended, layers[1], atol=2e-4)


def test_enlarging_keeps_halves():
    labels = np.repeat([[0, 0, 1, 1]], 4, axis=0)
    large = montage.enlarge(labels, (64, 32))
    assert large.shape == (32, 64)
    assert (large[:, :24] == 0).all() and (large[:, 40:] == 1).all()
