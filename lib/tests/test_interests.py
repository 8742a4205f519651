"""Interests are found where there are any, counted right, sure of themselves, and not invented."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, silhouette_score

from albumen.errors import AlbumenError
from albumen.profile import interests
from albumen.profile.agreement import jaccard, silhouette
from albumen.profile.clusterers import CLUSTERERS
from albumen.profile.interests import find_interests
from albumen.profile.space import few_dimensions, without_interests
from albumen.profile.vocabulary import unit


def groups(
    kinds: int, each: int, *, dim: int = 64, spread: float = 0.5, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows around random directions (nearly von Mises-Fisher), and which each is around."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(kinds), each)
    centres = rng.normal(size=(kinds, dim))
    return unit(centres[truth] + spread * rng.normal(size=(len(truth), dim))), truth


def one_cloud(photos: int, seed: int) -> np.ndarray:
    """One Gaussian of uneven covariance, on the sphere."""
    rng = np.random.default_rng(seed)
    return unit(rng.normal(size=(photos, 64)) * np.linspace(2, 0.2, 64) + 1)


@pytest.mark.parametrize("kinds", [2, 4, 6, 12])
def test_separated_interests_are_found_and_counted(kinds: int) -> None:
    vectors, truth = groups(kinds, 12, seed=kinds)
    found = find_interests(vectors)
    assert adjusted_rand_score(truth, found.labels) > 0.98
    assert found.apart and found.p == 0.01  # the least that 99 null libraries allow
    assert found.stability > 0.9 and (found.jaccard > 0.9).all() and found.seeds > 0.95


@pytest.mark.parametrize("method", CLUSTERERS)
def test_every_method_finds_clear_interests(method: str) -> None:
    vectors, truth = groups(5, 20)
    found = find_interests(vectors, method=method)
    assert adjusted_rand_score(truth, found.labels) > 0.95 and (found.jaccard > 0.85).all()


def test_an_interest_of_few_photos_stands_by_itself() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), [150, 100, 40, 10])
    vectors = unit(rng.normal(size=(4, 64))[truth] + 0.6 * rng.normal(size=(300, 64)))
    assert adjusted_rand_score(truth, find_interests(vectors).labels) > 0.95


@pytest.mark.parametrize("photos", [40, 100])
def test_photos_without_groups_are_not_told_apart(photos: int) -> None:
    for seed in range(4):
        found = find_interests(one_cloud(photos, seed), seed=seed)
        assert not found.apart and found.stability is None and set(found.labels) == {0}


def test_shuffled_photos_are_not_told_apart() -> None:
    rng = np.random.default_rng(0)
    vectors, _ = groups(5, 30)
    shuffled = np.stack([rng.permutation(column) for column in vectors.T], axis=1)
    assert find_interests(vectors).apart and not find_interests(shuffled).apart


def test_an_interest_of_one_occasion_is_less_sure() -> None:
    vectors, truth = groups(4, 24)
    occasions = np.where(truth == 0, 0, 1 + np.arange(len(truth)) // 3)  # the first at one party
    found = find_interests(vectors, occasions=occasions, clusters=4)
    party = found.jaccard[found.labels[0]]
    # drawn with replacement, an occasion is left out 1 time in e
    assert party < 0.85 < np.delete(found.jaccard, found.labels[0]).min()
    assert party == pytest.approx(1 - np.exp(-1), abs=0.15)


def test_weights_decide_which_is_the_strongest() -> None:
    vectors, truth = groups(3, 20)
    heavy = find_interests(vectors, np.where(truth == 2, 3.0, 1.0))
    assert set(heavy.labels[truth == 2]) == {0}


def test_what_weighs_almost_nothing_is_no_interest() -> None:
    vectors, truth = groups(3, 20)
    found = find_interests(vectors, np.where(truth == 2, 0.01, 1.0))
    assert set(found.labels[truth == 2]) == {-1} and len(found.jaccard) == 2


def test_a_fixed_number_of_interests_is_kept() -> None:
    assert len(find_interests(one_cloud(90, 0), clusters=3, method="kmeans").jaccard) == 3


def test_more_interests_than_photos_allow_are_refused() -> None:
    for wanted in (0, 7):
        with pytest.raises(AlbumenError, match=f"{wanted} interests .* expected 1 to 6"):
            find_interests(np.eye(20), clusters=wanted)


@pytest.mark.parametrize("wanted", [8, 10])
def test_more_interests_than_can_be_found_again_are_refused(wanted: int) -> None:
    # of 40 photos "linked" makes ten cells, of a draw of them six
    with pytest.raises(AlbumenError, match=f"{wanted} interests cannot be made of 40 photos"):
        find_interests(one_cloud(40, 0), clusters=wanted)
    assert len(find_interests(one_cloud(40, 0), clusters=4).jaccard) > 1


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(AlbumenError, match="'magic' is no way to cluster: expected linked, ward"):
        find_interests(np.eye(20), method="magic")


def test_rows_that_are_no_numbers_are_counted_and_the_first_is_named() -> None:
    vectors = np.eye(20)
    vectors[[3, 7]] = np.nan
    with pytest.raises(AlbumenError, match=r"2 of 20 embeddings .* the first in row 3"):
        find_interests(vectors)


def test_bursts_alone_make_no_interests() -> None:
    assert not find_interests(np.repeat(np.eye(3), 10, axis=0)).apart  # three different photos
    assert not find_interests(np.repeat(np.eye(1, 8), 30, axis=0)).apart  # all alike


def test_nothing_has_no_interests() -> None:
    assert len(find_interests(np.zeros((0, 8))).labels) == 0


def test_one_giant_interest_leaves_the_small_one_seen() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1], [285, 15])
    vectors = unit(rng.normal(size=(2, 64))[truth] + 0.5 * rng.normal(size=(300, 64)))
    found = find_interests(vectors)
    assert found.apart and set(found.labels[truth == 1]).isdisjoint(found.labels[truth == 0])


def test_more_photos_than_are_clustered_are_dealt_to_the_interests() -> None:
    vectors, truth = groups(6, 400)
    assert len(vectors) > interests.AT_MOST
    assert adjusted_rand_score(truth, find_interests(vectors).labels) > 0.98


def test_two_seeds_give_the_same_interests() -> None:
    vectors, _ = groups(6, 15, spread=1.0)
    first, *rest = (find_interests(vectors, seed=seed).labels for seed in range(4))
    assert min(adjusted_rand_score(first, other) for other in rest) >= 0.95


THREADS = """
import sys, numpy as np
from threadpoolctl import threadpool_limits
from albumen.profile.agreement import jaccard, silhouette
from albumen.profile.interests import find_interests
from albumen.profile.space import few_dimensions, without_interests
rows = np.repeat(np.eye(64)[:4] * 6, 60, axis=0)
vectors = np.random.default_rng(0).normal(size=rows.shape) + rows
with threadpool_limits(int(sys.argv[1])):
    found = find_interests(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
print(found.labels.tolist(), found.jaccard.tolist(), found.tried)
"""


def test_one_or_two_threads_give_the_same_bits() -> None:
    one, two = (
        subprocess.run([sys.executable, "-c", THREADS, n], capture_output=True, check=True).stdout
        for n in "12"
    )
    assert one == two and b"0, 0" in one


@given(st.integers(0, 1000), st.integers(2, 6))
def test_the_silhouette_is_that_of_scikit_learn(seed: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    points = unit(rng.normal(size=(40, 5)))
    labels = np.append(np.arange(kinds), rng.integers(0, kinds, 40 - kinds))
    expected = silhouette_score(points, labels, metric="cosine")
    assert silhouette(points, labels) == pytest.approx(expected)


def test_jaccard_by_hand() -> None:
    mine, theirs = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 1, 0, 0, -1, 0])
    best, share = jaccard(mine, theirs, np.ones(6))
    np.testing.assert_allclose(best, [2 / 3, 1 / 4])  # of {0,1,2} with {0,1}; {3,4} with {2,3,5}
    np.testing.assert_allclose(share, [3 / 5, 2 / 5])


def test_a_null_library_has_the_covariance_of_the_library() -> None:
    vectors, _ = groups(4, 30)
    space = few_dimensions(vectors)
    rows = without_interests(space, np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(rows.T), np.cov(space.T), atol=1e-9)
    np.testing.assert_allclose(rows.mean(axis=0), space.mean(axis=0), atol=1e-9)
    assert np.linalg.norm(rows - space) > 1  # but other photos
    lengths = np.linalg.norm(rows, axis=1)  # nearly on the sphere
    assert np.abs(lengths - np.linalg.norm(space, axis=1)).mean() < 0.1
