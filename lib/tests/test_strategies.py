"""Strategies: each picks what its name says, and says why in words that are true."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albumen.brief.strategies import COHERENT, DUPLICATE, STRATEGIES, compare, pick
from albumen.errors import AlbumenError


def table(count: int, seed: int = 0, dim: int = 6) -> pd.DataFrame:
    """Candidates that differ in everything."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, dim)) + 1.0
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "photo_id": [f"{number:02d}{rng.integers(1 << 30):08x}" for number in range(count)],
            "vector": list(vectors.astype(np.float32)),
            "score": rng.normal(size=count),
            "quality": rng.normal(size=count),
            "shot": [f"sharpness {number / 100:.2f}" for number in range(count)],
            "why": [f"reason {number}" for number in range(count)],
        }
    )


def on_circle(*degrees: float, **columns) -> pd.DataFrame:
    angles = np.radians(degrees)
    made = table(len(degrees)).assign(vector=list(np.stack([np.cos(angles), np.sin(angles)], 1)))
    return made.assign(**columns)


def rows(name: str, candidates: pd.DataFrame, count: int = 4, **options) -> list[int]:
    return [one.row for one in pick(name, candidates, count, "photos of the sea", **options)]


@pytest.mark.parametrize("name", STRATEGIES)
@settings(deadline=None, max_examples=25)
@given(count=st.integers(1, 12), wanted=st.integers(1, 6), seed=st.integers(0, 99))
def test_the_contract_of_every_strategy(name, count, wanted, seed) -> None:
    candidates = table(count, seed)
    picks = pick(name, candidates, wanted, "photos of the sea", seed=seed)
    places = [one.row for one in picks]
    assert 1 <= len(places) <= min(wanted, count)
    assert len(set(places)) == len(places) and set(places) <= set(range(count))
    assert all(one.why and not one.why.endswith(".") for one in picks)
    assert pick(name, candidates, wanted, "photos of the sea", seed=seed) == picks
    # the order of the table says nothing
    turned = candidates.iloc[::-1].reset_index(drop=True)
    again = pick(name, turned, wanted, "photos of the sea", seed=seed)
    assert list(turned.photo_id.iloc[[one.row for one in again]]) == list(
        candidates.photo_id.iloc[places]
    )
    assert [one.why for one in again] == [one.why for one in picks]


@pytest.mark.parametrize("name", STRATEGIES)
def test_nothing_comes_of_nothing(name) -> None:
    assert pick(name, table(3).iloc[:0], 4, "photos") == []
    assert pick(name, table(3), 0, "photos") == []
    (only,) = pick(name, table(1), 4, "photos")
    assert only.row == 0 and only.why.endswith("there is no other")


def test_an_unknown_strategy_is_named_with_the_known() -> None:
    with pytest.raises(AlbumenError, match=r"'best' is not a strategy.*medoid"):
        pick("best", table(3), 2, "photos")


def test_random_draws_by_seed_and_says_so() -> None:
    candidates = table(12)
    drawn = {tuple(sorted(rows("random", candidates, 3, seed=seed))) for seed in range(20)}
    assert len(drawn) > 10
    why = pick("random", candidates, 3, "photos of the sea", seed=7)[0].why
    assert why == "drawn at random of 12 photos of the sea (seed 7)"
    # every photo has its turn: 400 draws of 3 of 12, a quarter each, within four deviations
    counts = np.bincount(
        [row for seed in range(400) for row in rows("random", candidates, 3, seed=seed)]
    )
    assert np.abs(counts - 100).max() < 4 * np.sqrt(400 * 0.25 * 0.75)


def test_the_medoid_is_in_the_middle() -> None:
    candidates = on_circle(0, 10, 20, 30, 90)
    picks = pick("medoid", candidates, 2, "photos of the sea")
    assert [one.row for one in picks] == [3, 2]
    mean = np.mean(np.cos(np.radians([30, 20, 10, 60])))
    assert picks[0].why == f"most typical of 5 photos of the sea (mean cosine {mean:.2f})"
    assert picks[1].why.startswith("2nd most typical of 5 photos of the sea")


def test_quality_takes_the_best_technically() -> None:
    candidates = on_circle(0, 1, 2, 3, quality=[0.1, 2.0, -1.0, 1.0])
    picks = pick("quality", candidates, 3, "photos of the sea")
    assert [one.row for one in picks] == [1, 3, 0]
    assert picks[0].why == "best technically of 4 photos of the sea (sharpness 0.01)"
    assert [one.why[:3] for one in picks[1:]] == ["2nd", "3rd"]


def test_the_farthest_are_far_and_good() -> None:
    # 180 degrees is farthest and blurred: it is not among the better half
    candidates = on_circle(0, 30, 70, 80, 90, 180, quality=[1.0, 1, 1, -1, -2, -9])
    picks = pick("farthest", candidates, 3, "photos of the sea")
    assert [one.row for one in picks] == [1, 2, 0]
    assert picks[0].why == "most typical of the 3 technically better of 6 photos of the sea"
    assert picks[1].why.startswith(
        f"most unlike those already picked (nearest cosine {np.cos(np.radians(40)):.2f}) of the 3"
    )
    # enough for the asking, even of the worse half
    assert len(rows("farthest", candidates, 5)) == 5


def test_profile_takes_the_best_that_is_coherent_and_no_duplicate() -> None:
    #          best, its duplicate, good, incoherent, fair
    candidates = on_circle(0, 5, 40, 120, 60, score=[5.0, 4.9, 4.0, 4.8, 3.8])
    picks = pick("profile", candidates, 4, "photos of the sea")
    assert [one.row for one in picks] == [0, 4, 2]  # 60 degrees: 3.8 - .5 beats 4.0 - .77
    assert picks[0].why == "reason 0"
    assert picks[1].why == "reason 4; for variety before 1 with a higher score"


@settings(deadline=None, max_examples=50)
@given(count=st.integers(2, 15), seed=st.integers(0, 999))
def test_profile_keeps_its_two_promises(count, seed) -> None:
    candidates = table(count, seed, dim=3)
    chosen = np.stack(candidates.vector.to_list())[rows("profile", candidates)]
    assert (chosen @ chosen[0] >= COHERENT - 1e-6).all()
    assert all(a @ b < DUPLICATE for a, b in itertools.combinations(chosen, 2))


def test_what_is_pinned_is_kept_away_from() -> None:
    candidates = on_circle(0, 20, 40, 60, quality=[1.0, 1, 1, 2], score=[1.0, 1.0, 1.0, 1.0])
    pinned = np.array([[1.0, 0.0]])
    assert rows("farthest", candidates, 1, pinned=pinned) == [3]
    assert rows("profile", candidates, 1, pinned=pinned) == [3]


def test_strategies_are_compared_by_what_they_pick() -> None:
    candidates = on_circle(0, 10, 20, 30, 40, 50, quality=[0, 0, 0, 0, 1, 3.0]).assign(
        taste=1.0, right=[True, True, False, False, False, False], score=[3.0, 2, 1, 0, 0, 0]
    )
    made = compare(candidates, count=2)
    assert list(made.index) == list(STRATEGIES)
    assert made.quality["quality"] == 2.0 and made.quality["quality"] == made.quality.max()
    assert made.variety["farthest"] == made.variety.max()
    # picks of `quality`: 50 and 40 degrees
    assert made.variety["quality"] == pytest.approx(1 - np.cos(np.radians(10)))
    assert made.taste.eq(1.0).all() and made.right["quality"] == 0.0
    alone = compare(candidates.iloc[:1], count=2)
    assert alone.picks.eq(1).all() and alone.variety.isna().all()


def test_reasons_hold_no_names_of_files() -> None:
    for name in STRATEGIES:
        for one in pick(name, table(6), 3, "photos of the sea"):
            assert not re.search(r"[0-9a-f]{12}|/", one.why)
