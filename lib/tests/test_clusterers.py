"""Every clusterer keeps the same contract: groupings of the sizes asked, that take any photo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from albumen.profile.clusterers import CLUSTERERS, SIZES
from albumen.profile.vocabulary import unit


def points(seed: int, count: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return unit(
        rng.normal(size=(5, 8))[rng.integers(0, 5, count)] + rng.normal(size=(count, 8)) / 3
    )


@pytest.mark.parametrize("method", CLUSTERERS)
@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_groups_are_numbered_from_0_and_no_more_than_asked(method: str, seed: int) -> None:
    rows, sizes = points(seed), SIZES.get(method, (2, 3, 7))
    found = CLUSTERERS[method](rows, np.ones(len(rows)), sizes, 0, 2)
    assert {size for one in found for size in one.groups} == {s for s in sizes if s <= len(rows)}
    for one in found:
        nearest = one.nearest(rows)
        assert one.centres.shape[1] == 8 and nearest.max() < len(one.centres)
        for size, groups in one.groups.items():
            labels = set(groups.tolist()) - {-1}
            assert labels == set(range(len(labels)))
            if method == "hdbscan":  # the size is the least photos of a group
                assert all((groups == label).sum() >= size for label in labels)
            else:
                assert len(labels) <= size and -1 not in groups


@pytest.mark.parametrize("method", CLUSTERERS)
def test_the_same_seed_gives_the_same_groups(method: str) -> None:
    first, second = (
        CLUSTERERS[method](points(1), np.ones(60), (3, 5), 7, 2)[0].groups for _ in range(2)
    )
    assert all(np.array_equal(first[size], second[size]) for size in first)


def test_ward_is_that_of_scipy() -> None:
    rows = points(2)
    (found,) = CLUSTERERS["ward"](rows, np.ones(60), (4,), 0, 1)
    expected = fcluster(linkage(rows, "ward"), 4, "maxclust")
    assert adjusted_rand_score(found.groups[4][found.nearest(rows)], expected) == 1


@pytest.mark.parametrize("method", ["linked", "ward"])
def test_a_tree_is_cut_into_as_many_groups_as_asked(method: str) -> None:
    rows = points(4, 12)  # three cells, or twelve leaves
    sizes = (2, 3) if method == "linked" else (2, 5, 12)
    (found,) = CLUSTERERS[method](rows, np.ones(12), sizes, 0, 1)
    assert {size: groups.max() + 1 for size, groups in found.groups.items()} == {
        size: size for size in sizes
    }


def test_hdbscan_is_that_of_scikit_learn_and_deals_others_to_the_nearest() -> None:
    rows = points(3)
    (found,) = CLUSTERERS["hdbscan"](rows, np.ones(60), (5,), 0, 1)
    expected = HDBSCAN(min_cluster_size=5, copy=True).fit_predict(rows)
    assert np.array_equal(found.groups[5][found.nearest(rows)], expected)


def test_weights_move_the_centres_of_k_means() -> None:
    rows = unit(np.array([[1.0, 0], [1, 0.1], [0, 1], [0.1, 1]]))
    (found,) = CLUSTERERS["kmeans"](rows, np.array([9.0, 1, 1, 1]), (2,), 0, 4)
    heavy = found.centres[found.nearest(rows[:1])[0]]
    np.testing.assert_allclose(heavy, (9 * rows[0] + rows[1]) / 10)


def test_linked_leaves_few_by_themselves_where_k_means_cuts_many_in_two() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [300, 300, 8])
    rows = unit(rng.normal(size=(3, 16))[truth] + 0.6 * rng.normal(size=(608, 16)))
    weights = np.ones(len(rows))
    score = {}
    for method in ("linked", "kmeans"):
        (found,) = CLUSTERERS[method](rows, weights, (3,), 0, 4)
        score[method] = adjusted_rand_score(truth, found.groups[3][found.nearest(rows)])
    assert score["linked"] > 0.95 > score["kmeans"]
