"""Statistics against hand-worked cases, published tables and scipy's own tests."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from albumen import stats
from albumen.errors import AlbumenError

SCORES = st.lists(st.floats(-10, 10), min_size=1, max_size=8)


def table(rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["subject", "prompt", "seed", "value"])


def test_every_subject_weighs_the_same_however_many_pictures_it_has():
    rows = [("a", "p", seed, 1.0) for seed in range(9)] + [("b", "p", 0, 0.0)]
    assert stats.cluster_bootstrap(table(rows)).mean == 0.5


def test_missing_scores_are_counted_and_never_zero():
    rows = [("a", "p", 0, 0.4), ("a", "p", 1, math.nan), ("b", "q", 0, math.nan)]
    interval = stats.cluster_bootstrap(table(rows))
    assert (interval.mean, interval.subjects, interval.scores, interval.missing) == (0.4, 1, 1, 2)
    nothing = stats.cluster_bootstrap(table([("a", "p", 0, math.nan)]))
    assert math.isnan(nothing.mean) and nothing.subjects == 0 and nothing.missing == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=6), st.integers(0, 3))
def test_the_interval_contains_the_mean_and_repeats_with_its_seed(subjects, seed):
    rows = [
        (f"s{i}", f"p{j % 3}", j, value)
        for i, values in enumerate(subjects)
        for j, value in enumerate(values)
    ]
    interval = stats.cluster_bootstrap(table(rows), draws=400, seed=seed)
    assert interval.low - 1e-9 <= interval.mean <= interval.high + 1e-9
    assert interval == stats.cluster_bootstrap(table(rows[::-1]), draws=400, seed=seed)


def test_one_level_of_clusters_agrees_with_scipys_bootstrap():
    values = np.random.default_rng(3).normal(size=40)
    rows = [(f"s{i}", "p", 0, value) for i, value in enumerate(values)]
    ours = stats.cluster_bootstrap(table(rows), draws=20_000)
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high], abs=0.02)


def test_pictures_of_one_subject_do_not_narrow_the_interval():
    few = [(f"s{i}", "p", 0, float(i)) for i in range(6)]
    many = [(f"s{i}", "p", seed, float(i)) for i in range(6) for seed in range(20)]
    narrow, wide = (stats.cluster_bootstrap(table(rows), draws=4000) for rows in (many, few))
    assert narrow.high - narrow.low == pytest.approx(wide.high - wide.low, rel=0.1)


def test_seeds_within_prompts_are_resampled_too():
    rows = [("a", "p", 0, 0.0), ("a", "p", 1, 1.0)]
    interval = stats.cluster_bootstrap(table(rows))
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_other_than_three_levels_are_refused():
    with pytest.raises(AlbumenError, match="three levels"):
        stats.cluster_bootstrap(table([("a", "p", 0, 1.0)]), levels=("subject",))


def test_all_signs_alike_give_the_smallest_exact_p():
    assert stats.sign_flip(np.arange(1.0, 10.0)) == 2 / 2**9
    assert stats.sign_flip(np.array([1.0, 1.0, 1.0])) == 0.25


def test_sign_flip_by_hand():
    # sums of +-1 +-2 +-4 are -7, -5, ..., 7: four of the eight are at least as far out as 5
    assert stats.sign_flip(np.array([-1.0, 2.0, 4.0])) == 0.5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9))
def test_sign_flip_agrees_with_scipys_exact_permutation_test(values):
    differences = np.array(values).round(3)
    p = stats.sign_flip(differences)
    theirs = scipy_stats.permutation_test(
        (differences, np.zeros_like(differences)),
        lambda x, y, axis=-1: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    ).pvalue
    assert 0 < p <= 1
    assert p == pytest.approx(theirs)


def test_more_subjects_than_can_be_enumerated_come_near_the_normal_limit():
    differences = np.random.default_rng(0).normal(0.35, 1, 40)
    z = differences.sum() / math.sqrt((differences**2).sum())
    assert stats.sign_flip(differences) == pytest.approx(2 * scipy_stats.norm.sf(abs(z)), abs=0.01)
    assert stats.sign_flip(np.ones(40)) == pytest.approx(1 / 10_001)


def test_missing_differences_are_left_out():
    with_gap = np.array([1.0, math.nan, 2.0, 3.0])
    assert stats.sign_flip(with_gap) == 0.25
    assert stats.cohens_dz(with_gap) == 2.0
    assert math.isnan(stats.sign_flip(np.array([math.nan])))


def test_holm_by_hand():
    # sorted .005 x 4, .01 x 3, .03 x 2, .04 x 1, then never below the one before
    adjusted = stats.holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    gaps = stats.holm(np.array([0.5, math.nan, 0.04]))
    assert gaps[[0, 2]] == pytest.approx([0.5, 0.08]) and math.isnan(gaps[1])


def test_effect_size_by_hand_and_where_there_is_none():
    assert stats.cohens_dz(np.array([0.0, 2.0])) == pytest.approx(1 / math.sqrt(2))
    assert math.isnan(stats.cohens_dz(np.array([3.0])))
    assert math.isnan(stats.cohens_dz(np.array([0.1, 0.1, 0.1])))


def test_detectable_effect_agrees_with_power_tables():
    # G*Power: 34 pairs are needed for dz = .5, and 199 for dz = .2, at alpha .05 and power .8
    assert stats.detectable_effect(34) <= 0.5 < stats.detectable_effect(33)
    assert stats.detectable_effect(199) <= 0.2 < stats.detectable_effect(198)
    assert math.isnan(stats.detectable_effect(1))


def test_wilson_interval_of_a_published_example():
    # Newcombe (1998), table I: 81 of 263 and 0 of 20
    found = stats.wilson(np.arange(263) < 81)
    assert [found.low, found.high] == pytest.approx([0.2553, 0.3662], abs=5e-5)
    none = stats.wilson(np.zeros(20, bool))
    assert [none.low, none.high] == pytest.approx([0.0, 0.1611], abs=5e-5)
    assert math.isnan(stats.wilson([]).share)


def test_chance_by_hand():
    assert stats.above_chance(3, 3, 1 / 3) == pytest.approx(1 / 27)
    assert stats.above_chance(0, 3, 1 / 3) == 1.0
    assert math.isnan(stats.above_chance(0, 0, 1 / 3))
