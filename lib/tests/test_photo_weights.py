"""What counts, and how much: bursts, occasions, favourites, what others made, recency."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.consent import Consent
from albumen.library import Library
from albumen.profile.weights import fading, near_duplicates, occasions, photo_weights
from albumen.tables import FACES, PHOTOS


def photos_at(*hours: float, source: str = "exif") -> pd.DataFrame:
    """Photos so many hours after noon of a day in 2020; NaN for an unknown time."""
    count = len(hours)
    photos = pd.DataFrame({name: [None] * count for name in PHOTOS.names})
    local = pd.Timestamp("2020-06-01 12:00") + pd.to_timedelta(list(hours), unit="h")
    return photos.assign(
        photo_id=[f"{number:064x}" for number in range(count)],
        taken_local=local,
        taken_utc=pd.Series(local).dt.tz_localize("UTC"),
        time_source=np.where(np.isnan(hours), "unknown", source),
        flags=[[] for _ in hours],
        favourite=False,
        rating=np.nan,
    )


def library(photos: pd.DataFrame, vectors: np.ndarray | None = None, faces=None) -> Library:
    vectors = np.eye(len(photos), 64) if vectors is None else vectors
    faces = pd.DataFrame({name: [] for name in FACES.names}) if faces is None else faces
    return Library("robin", Consent(owner="Robin"), photos, vectors, faces, "stub")


def test_an_occasion_ends_after_six_hours_without_a_photo() -> None:
    assert occasions(photos_at(0, 1, 6.9, 13, 40)).tolist() == [0, 0, 0, 1, 2]
    assert occasions(photos_at(40, 0, 13, 1, 6.9)).tolist() == [2, 0, 1, 0, 0]  # in any order


def test_a_known_day_is_an_occasion_and_a_photo_without_time_one_by_itself() -> None:
    days = photos_at(0, 5, 30, source="day in name")
    assert occasions(days).tolist() == [0, 0, 1]
    assert len(set(occasions(photos_at(np.nan, np.nan, np.nan)))) == 3
    mixed = pd.concat([photos_at(0, 1), photos_at(np.nan, np.nan)], ignore_index=True)
    assert len(set(occasions(mixed))) == 3


def test_an_occasion_has_the_votes_of_its_logarithm() -> None:
    weight = photo_weights(library(photos_at(*range(7), 100))).weight
    assert weight[:7].sum() == pytest.approx(3)  # log2(1 + 7)
    assert weight[7] == pytest.approx(1)


def test_a_holiday_of_three_hundred_shots_does_not_drown_the_rest() -> None:
    hours = [*np.linspace(0, 100, 300), *(1000 + 100 * np.arange(10))]
    weight = photo_weights(library(photos_at(*hours), np.eye(310))).weight
    assert weight[300:].sum() > weight[:300].sum()


def test_a_burst_counts_once() -> None:
    vectors = np.eye(3, 64)[[0, 1, 2, 2, 2]]
    table = photo_weights(library(photos_at(0, 1, 2, 2.001, 2.002), vectors))
    np.testing.assert_allclose(table.different, [1, 1, 1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(table.weight, table.different * 2 / 3)  # log2(1 + 3) votes of 3


def test_the_same_view_on_another_day_is_no_burst() -> None:
    table = photo_weights(library(photos_at(0, 1, 50, 51), np.eye(2, 64)[[0, 1, 0, 1]]))
    assert (table.different == 1).all()


def test_duplicates_without_times_count_once() -> None:
    vectors = np.eye(2, 64)[[0, 1, 1, 1]]
    table = photo_weights(library(photos_at(*[np.nan] * 4), vectors))
    np.testing.assert_allclose(table.weight, [1, 1 / 3, 1 / 3, 1 / 3])
    assert table.occasion.tolist() == [0, 1, 1, 1]


def test_favourites_and_stars_count_twice_and_received_photos_a_quarter() -> None:
    photos = photos_at(0, 100, 200, 300, 400)
    photos.loc[1, "favourite"], photos.loc[2, "rating"] = True, 4
    photos.at[3, "flags"] = ["received"]
    photos.loc[4, "rating"] = -1
    table = photo_weights(library(photos))
    np.testing.assert_allclose(table.weight, [1, 2, 2, 0.25, 0])
    assert table.why.tolist() == ["", "", "", "", "rejected"]


@pytest.mark.parametrize("flag", ["creation", "edited", "screenshot", "document"])
def test_what_its_owner_did_not_take_does_not_count(flag: str) -> None:
    photos = photos_at(0, 100)
    photos.at[1, "flags"] = [flag]
    assert photo_weights(library(photos)).weight.tolist() == [1, 0]


def test_a_portrait_counts_for_people_but_a_doubtful_face_is_none() -> None:
    photos = photos_at(0, 100, 200)
    faces = pd.DataFrame(
        {"photo_id": photos.photo_id[:2], "h": 0.5, "score": [0.95, 0.62], "pixels": 90.0}
    ).reindex(columns=FACES.names)
    assert photo_weights(library(photos, faces=faces)).why.tolist() == ["a portrait", "", ""]


def test_a_half_life_halves() -> None:
    years = photos_at(*(np.array([0, -1, -2, -4]) * 365.25 * 24))
    np.testing.assert_allclose(fading(years, 2.0), [1, 0.5**0.5, 0.5, 0.25])
    unknown = pd.concat([years, photos_at(np.nan)], ignore_index=True)
    assert fading(unknown, 2.0)[4] == pytest.approx(0.5**0.75)  # of median age, 1.5 years
    assert photo_weights(library(years), half_life=2.0).weight.tolist()[2] == pytest.approx(0.5)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 100))
def test_different_photos_add_up_to_their_number(kinds: list[int], seed: int) -> None:
    occasion = np.random.default_rng(seed).integers(0, 3, len(kinds))
    alike, first = near_duplicates(np.eye(5)[kinds], occasion)
    alone = np.bincount(occasion)[occasion] == 1
    groups = {
        (-1 if one else at, kind) for one, at, kind in zip(alone, occasion, kinds, strict=True)
    }
    assert (1 / alike).sum() == pytest.approx(len(groups)) and len(set(first)) == len(groups)


def test_many_photos_without_times_are_compared_in_parts() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 32))
    vectors = np.concatenate([rows, rows])  # every one of them twice
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike, first = near_duplicates(vectors, np.arange(6000))
    assert (alike == 2).all() and (first == np.tile(np.arange(3000), 2)).all()
