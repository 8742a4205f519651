"""Interests over time: how much of what was photographed in each period each of them is."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.errors import AlbumenError
from albumen.records import Profile
from albumen.tables import TIME_SOURCES

PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}


def timeline(
    profile: Profile,
    photos: pd.DataFrame,
    period: str = "quarter",
    weights: Float[np.ndarray, "n"] | None = None,
) -> pd.DataFrame:
    """Each interest's part in each period, by the local time where it is known.

    `photos` has the columns photo_id, taken_local, taken_utc and time_source of tables.PHOTOS; one
    of which no more than the year is known counts in years only, one without a date nowhere.
    `weights` say how much each photo counts, row by row with `photos`, equally by default; with
    those of `weights.photo_weights` a burst does not fill its quarter.
    Returns a row for each period from the first to the last and each interest: period (pd.Period),
    interest (its place in `profile.interests`), share (of the period's photos that are in an
    interest, weighted, 0..1; NaN where there are none) and photos (how many it has there). No rows
    when no date is known. Raises AlbumenError when `period` is not month, quarter or year.
    """
    if period not in PERIODS:
        raise AlbumenError(f"'{period}' is no period: expected {', '.join(PERIODS)}.")
    of = {photo: at for at, one in enumerate(profile.interests) for photo in one.members}
    precise = photos.time_source.map(TIME_SOURCES).isin(
        ["time", "day", "year"] if period == "year" else ["time", "day"]
    )
    when = photos.taken_local.fillna(photos.taken_utc.dt.tz_localize(None))
    dated = photos.photo_id.isin(of) & precise & when.notna()
    periods = when[dated].dt.to_period(PERIODS[period])
    span = pd.period_range(periods.min(), periods.max()) if len(periods) else []
    rows = pd.MultiIndex.from_product(
        [span, range(len(profile.interests))], names=["period", "interest"]
    )
    places = photos.photo_id[dated].map(of).astype(int)
    each = pd.Series(1.0 if weights is None else weights, photos.index)[dated]
    counted = pd.DataFrame({"period": periods, "interest": places, "photos": 1, "weight": each})
    sums = counted.groupby(["period", "interest"]).sum()
    table = sums.reindex(rows, fill_value=0).reset_index()
    table["share"] = table.weight / table.groupby("period").weight.transform("sum")
    return table[["period", "interest", "share", "photos"]]
