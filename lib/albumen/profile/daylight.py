"""When photos were taken, in the words people have for it, and where the sun stood then.

Each function takes a PHOTOS table and gives a word a photo, missing where it is not known: a time
without a zone tells no sun, and UTC without a zone no morning.
"""

import numpy as np
import pandas as pd
from astral import Observer
from astral.sun import elevation
from jaxtyping import Float

from albumen.tables import TIME_SOURCES

# Degrees. There is no one definition of golden and blue hour; these are PhotoPills', which astral
# has too: golden from 6 above the horizon to 4 below, blue from there to the end of civil twilight.
SUN = {"night": -90, "blue hour": -6, "golden hour": -4, "day": 6}  # from where each begins
HOURS = {"night": 0, "morning": 5, "midday": 11, "afternoon": 14, "evening": 18, "late": 22}
SEASONS = ("winter", "spring", "summer", "autumn")  # of the north, whole months from December on
TROPIC = 23.44  # degrees of latitude within which the year has no such seasons


def sun_elevation(photos: pd.DataFrame) -> Float[np.ndarray, "n"]:
    """Degrees of the sun's centre above the horizon, refraction included; NaN where unknown.

    NOAA's formulas, to a few hundredths of a degree.
    """
    known = (
        photos.taken_utc.notna() & photos.lat.notna() & photos.lon.notna() & _sure(photos, "time")
    )
    degrees = np.full(len(photos), np.nan)
    degrees[known] = [
        elevation(Observer(one.lat, one.lon), one.taken_utc.to_pydatetime())
        for one in photos[known].itertuples()
    ]
    return degrees


def sun(photos: pd.DataFrame) -> pd.Series:
    """Where the sun stood: a key of SUN. It says nothing of clouds, walls and lamps."""
    return _cut(pd.Series(sun_elevation(photos), photos.index), SUN)


def time_of_day(photos: pd.DataFrame) -> pd.Series:
    """The part of the day by the local clock."""
    local = pd.to_datetime(photos.taken_local).where(_sure(photos, "time"))
    return _cut(local.dt.hour, HOURS).replace("late", "night")


def season(photos: pd.DataFrame) -> pd.Series:
    """The season by month and hemisphere, where the position is known and not in the tropics."""
    # on a month's last evening UTC may be a day ahead: that is near enough for a season
    utc = pd.to_datetime(photos.taken_utc, utc=True).dt.tz_localize(None)
    taken = pd.to_datetime(photos.taken_local).fillna(utc)
    lat = photos.lat.astype(float)
    known = taken.notna() & (lat.abs() > TROPIC) & _sure(photos, "time", "day")
    quarter = taken[known].dt.month % 12 // 3 + 2 * (lat[known] < 0)
    return (quarter % 4).map(dict(enumerate(SEASONS))).reindex(photos.index).astype(object)


def part_of_week(photos: pd.DataFrame) -> pd.Series:
    """Weekend on Saturdays and Sundays, else weekday, by the local date."""
    local = pd.to_datetime(photos.taken_local).where(_sure(photos, "time", "day"))
    days = local.dropna().dt.day_of_week
    words = days.map(lambda day: "weekend" if day >= 5 else "weekday")
    return words.reindex(photos.index).astype(object)


def _sure(photos: pd.DataFrame, *kinds: str) -> pd.Series:
    """Whether the time tells this much."""
    return photos.time_source.map(TIME_SOURCES).isin(kinds)


def _cut(values: pd.Series, starts: dict[str, int]) -> pd.Series:
    """The word whose range each value is in, by where the ranges begin."""
    ends = [*starts.values(), np.inf]
    return pd.cut(values.astype(float), ends, right=False, labels=list(starts)).astype(object)
