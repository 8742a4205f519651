"""Interests over time and how they join: tables against cases worked by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from albumen.errors import AlbumenError
from albumen.profile.timeline import timeline
from albumen.profile.tree import hierarchy
from albumen.records import Interest, Profile, Trust


def profile(*interests: tuple[str, tuple[float, ...]]) -> Profile:
    """An owner whose interests have these photos (a letter each) and directions."""
    found = tuple(
        Interest(letters, (), letters[0], (), tuple(letters), 0.5, 0.8, 0.5, direction)
        for letters, direction in interests
    )
    return Profile("Robin", "stub", found, (), (), 9, Trust(True), (), {})


def photos(**taken: tuple[str | None, str]) -> pd.DataFrame:
    """Photos by letter with their local time and what it was taken from."""
    when = [when for when, _ in taken.values()]
    local = pd.Series(pd.to_datetime(when, format="ISO8601"))
    return pd.DataFrame(
        {
            "photo_id": list(taken),
            "taken_local": local,
            "taken_utc": local.dt.tz_localize("UTC"),
            "time_source": [source for _, source in taken.values()],
        }
    )


TWO = profile(("ab", (1.0, 0.0)), ("cdef", (0.0, 1.0)))


def rows(table: pd.DataFrame) -> list[tuple[str, int, float, int]]:
    assert list(table.columns) == ["period", "interest", "share", "photos"]
    plain = table.assign(period=table.period.astype(str), share=table.share.fillna(-1.0))
    return [tuple(row) for row in plain.itertuples(index=False)]


def test_shares_are_of_the_photos_of_their_period() -> None:
    table = timeline(
        TWO,
        photos(
            a=("2020-01-05", "exif"),
            c=("2020-03-31 23:59", "sidecar"),
            d=("2020-02-01", "day in name"),
            e=("2020-12-01", "exif"),
            z=("2021-05-05", "exif"),  # in no interest
        ),
    )
    assert rows(table) == [
        *(("2020Q1", 0, pytest.approx(1 / 3), 1), ("2020Q1", 1, pytest.approx(2 / 3), 2)),
        *(("2020Q2", 0, -1.0, 0), ("2020Q2", 1, -1.0, 0)),  # nothing was photographed
        *(("2020Q3", 0, -1.0, 0), ("2020Q3", 1, -1.0, 0)),
        *(("2020Q4", 0, 0.0, 0), ("2020Q4", 1, 1.0, 1)),
    ]


def test_a_burst_counts_as_its_weights_say() -> None:
    """Three shots of a burst, a third each, beside one other photo."""
    day = photos(**{letter: ("2020-01-05", "exif") for letter in "acde"})
    table = timeline(TWO, day, weights=np.array([1.0, 1 / 3, 1 / 3, 1 / 3]))
    half = pytest.approx(0.5)
    assert rows(table) == [("2020Q1", 0, half, 1), ("2020Q1", 1, half, 3)]


def test_a_year_is_no_quarter() -> None:
    """Of a photo whose folder tells the year alone, only the year is known."""
    table = photos(a=("2020-01-01", "folder's year"), c=("2020-05-01", "exif"))
    assert rows(timeline(TWO, table)) == [("2020Q2", 0, 0.0, 0), ("2020Q2", 1, 1.0, 1)]
    assert rows(timeline(TWO, table, "year")) == [("2020", 0, 0.5, 1), ("2020", 1, 0.5, 1)]


def test_local_time_decides_and_utc_stands_in() -> None:
    table = photos(a=("2020-01-31 23:30", "exif"), c=("2020-02-10", "exif"))
    table.loc[0, "taken_utc"] += pd.Timedelta(hours=2)
    table.loc[1, "taken_local"] = pd.NaT
    months = timeline(TWO, table, "month")
    assert months[months.photos > 0].period.astype(str).tolist() == ["2020-01", "2020-02"]


def test_without_dates_there_are_no_rows() -> None:
    assert timeline(TWO, photos(a=(None, "unknown"))).empty
    assert timeline(dataclasses.replace(TWO, interests=()), photos(a=("2020", "exif"))).empty


def test_an_unknown_period_is_one_sentence() -> None:
    with pytest.raises(AlbumenError, match="'week' is no period: expected month, quarter, year"):
        timeline(TWO, photos(a=("2020-01-01", "exif")), "week")


def test_the_nearest_interests_join_first() -> None:
    """Ward: two points join at their distance, a third at sqrt(4/3) times that to their mean."""
    directions = (1.0, 0.0), (0.0, 1.0), (-0.6, -0.8)
    tree = hierarchy(profile(*(("a", direction) for direction in directions)))
    first, second = tree
    assert sorted(first[:2]) == [0, 1] and sorted(second[:2]) == [2, 3]
    assert tree[:, 2] == pytest.approx([np.sqrt(2), np.sqrt(4 / 3 * 2.9)])
    assert tree[:, 3].tolist() == [2, 3]


@pytest.mark.parametrize("interests", [0, 1])
def test_nothing_joins_alone(interests: int) -> None:
    assert hierarchy(profile(*[("a", (1.0, 0.0))] * interests)).shape == (0, 4)
