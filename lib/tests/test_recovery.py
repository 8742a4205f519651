"""What is recovered is measured rightly, and an easy library is recovered."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from albumen import recovery
from albumen.profile import score
from albumen.profile.vocabulary import unit
from albumen.records import Interest, Profile, Trust
from albumen.recovery import OURS, Mapped
from albumen.simulated import Owner, Pool, owner

DIM = 24


@pytest.fixture(scope="module")
def pool() -> Pool:
    """Six themes in directions of their own."""
    rng = np.random.default_rng(0)
    themes = np.repeat(np.arange(6), 10)
    rows = np.eye(6, DIM)[themes] + 0.1 * rng.standard_normal((60, DIM))
    return Pool(unit(rows), tuple(f"theme {one}" for one in themes), "made up")


@pytest.fixture(scope="module")
def robin(pool: Pool) -> Owner:
    return owner(pool, 300, seed=3, interests=4)


def shown(pool: Pool, one: Owner) -> np.ndarray:
    return np.array([pool.names.index(theme) for theme in one.themes])


def test_the_truth_is_at_no_distance_from_itself(pool: Pool, robin: Owner) -> None:
    labels = shown(pool, robin)
    share = robin.preferences[labels] / np.bincount(labels, minlength=6)[labels]
    found = recovery.compare(pool, robin, Mapped(labels, share))
    assert found["js"] == pytest.approx(0, abs=1e-6)
    assert found["ari"] == found["nmi"] == pytest.approx(1)
    assert found["known"] == 4


def test_nothing_found_is_as_far_as_can_be(pool: Pool, robin: Owner) -> None:
    found = recovery.compare(pool, robin, Mapped(np.full(300, -1), np.ones(300)))
    assert found["js"] == pytest.approx(1)
    assert found["ari"] == pytest.approx(0) and found["interests"] == 0


def test_one_interest_of_everything_is_not_told_apart() -> None:
    assert not Mapped(np.zeros(5, int), np.ones(5)).apart
    assert not Mapped(np.full(5, -1), np.ones(5)).apart
    assert Mapped(np.array([0, 0, 1, -1]), np.ones(4)).apart


def test_an_interest_is_what_most_of_its_labels_say(pool: Pool, robin: Owner) -> None:
    said = ["theme 1", "theme 1", "theme 2", "theme 2", "theme 2", "theme 5"]
    photos = robin.library.photos[:6].assign(albums=[[one] for one in said])
    library = dataclasses.replace(robin.library, photos=photos, vectors=robin.library.vectors[:6])
    one = dataclasses.replace(robin, library=library)
    mapped = Mapped(np.array([0, 0, 0, 1, 1, -1]), np.array([1.0, 1, 1, 4, 3, 9]))
    # the first three are of theme 1, by two to one; the last is in no interest
    expected = [0, 0.3, 0.7, 0, 0, 0, 0]
    assert recovery.recovered(pool, one, mapped) == pytest.approx(expected)


def test_an_easy_library_is_recovered_and_labels_do_not_change_its_clusters(pool: Pool) -> None:
    rows = recovery.study(
        pool, sizes=[400], owners=[1, 2], label_noise=(0.0, 0.3), methods=[OURS, "k-means"]
    )
    table = pd.DataFrame(rows)
    assert len(table) == 2 * 2 * 5  # each read off with the other's weights, and the truth
    assert not table.duplicated(["owner", "label_noise", "method"]).any()
    assert (table[table.method == recovery.KNOWN].ari == 1).all()
    ours = table[table.method == OURS]
    assert (ours.ari > 0.9).all() and (ours.js < 0.25).all()
    assert table.groupby(["owner", "method"]).ari.nunique().eq(1).all()
    weighted = table[table.method == recovery.UNWEIGHTED].ari.to_numpy()
    assert (weighted == ours.ari.to_numpy()).all()


def test_intervals_are_of_owners() -> None:
    rows = [
        {"size": 50, "owner": one, "label_noise": noise, "method": "m", "js": js + noise}
        for one, js in enumerate([0.1, 0.2, 0.6])
        for noise in (0.0, 0.2)
    ]
    (found,) = recovery.intervals(pd.DataFrame(rows), ["js"]).itertuples()
    assert found.mean == pytest.approx(0.4) and found.owners == 3
    assert 0.1 <= found.low < 0.4 < found.high <= 0.8


def test_differences_pair_each_owner_with_itself() -> None:
    rows = [
        {"size": 50, "owner": one, "label_noise": 0.0, "method": method, "js": js + one / 10}
        for one in range(3)
        for method, js in ((OURS, 0.1), ("other", 0.3))
    ]
    (found,) = recovery.differences(pd.DataFrame(rows)).itertuples()
    assert (found.method, found.owners) == ("other", 3)
    assert [found.mean, found.low, found.high] == pytest.approx([-0.2] * 3)
    assert found.p == pytest.approx(2 / 8)  # of the eight sign flips, all plus and all minus


def test_a_gaussian_keeps_mean_and_covariance_and_a_shuffle_the_columns() -> None:
    rng = np.random.default_rng(0)
    rows = unit(np.ones(3) * 9 + rng.standard_normal((4000, 3)) * [2.0, 1.0, 0.3])
    drawn = recovery.gaussian(rows, rng)
    assert drawn.mean(axis=0) == pytest.approx(rows.mean(axis=0), abs=0.02)
    assert np.cov(drawn.T) == pytest.approx(np.cov(rows.T), abs=0.002)
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1)


def test_a_shuffle_leaves_columns_that_know_nothing_of_one_another() -> None:
    rng = np.random.default_rng(0)
    rows = unit(rng.standard_normal((500, 1)) * [1, 1] + 0.1 * rng.standard_normal((500, 2)))
    rows = unit(np.hstack([rows, rng.standard_normal((500, 6))]))
    mixed = recovery.shuffled(rows, rng)
    assert np.corrcoef(rows.T)[0, 1] > 0.8 and abs(np.corrcoef(mixed.T)[0, 1]) < 0.2
    assert np.linalg.norm(mixed, axis=1) == pytest.approx(1)


def profile_of(*directions: np.ndarray) -> Profile:
    interests = tuple(
        Interest("", (), "", (), (), 1 / len(directions), 1.0, 1.0, tuple(map(float, one)))
        for one in directions
    )
    return Profile("Robin", "made up", interests, (), (), 9, Trust(True), (), {})


def test_an_album_is_its_owners_though_another_likes_everything() -> None:
    axes = np.eye(4)
    narrow, broad = profile_of(axes[0]), profile_of(*unit(axes + 1))
    others = unit(np.random.default_rng(0).random((50, 4)))
    album = unit(axes[[0, 0]] + 0.7)
    assert score(broad, album).mean() > score(narrow, album).mean()
    assert recovery.identify([narrow, broad], album, others) == 0
    assert recovery.identify([broad, narrow], album, others) == 1
    assert recovery.identify([narrow, profile_of(axes[1])], unit(axes[[1]] + 0.2), others) == 1
