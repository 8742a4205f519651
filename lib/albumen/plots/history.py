"""Interests over time."""

import numpy as np
import pandas as pd
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from albumen.plots.look import (
    GRID,
    MUTED,
    clipped,
    count,
    empty,
    figure,
    head,
    look,
    percent,
    shade,
    whose,
)
from albumen.records import Profile

THIN = 5  # photos below which a period's shares say little
NUMBERED = 24  # periods up to which each one's photos are written


def interest_timeline(table: pd.DataFrame, profile: Profile) -> Figure:
    """A row an interest: its share of each period's photos; below, how many photos those are.

    `table` as `profile.timeline.timeline` gives it. Rows rather than a stacked area: the share of
    each can be read, periods without photos stay empty, and those of few are pale. What was stated
    and not photographed has no row.
    """
    title = f"{clipped(profile.owner, 30)}'s interests over time"
    if table.empty:
        return empty(title, "No photo of an interest has a date that is precise enough.")
    periods = pd.PeriodIndex(table.period.unique())
    edges = date2num([*periods.start_time, periods[-1].end_time])
    left, width = edges[:-1], np.diff(edges)
    total = table.groupby("period").photos.sum().reindex(periods).to_numpy()
    most = float(table.share.max())
    seen = [at for at, one in enumerate(profile.interests) if one.members]
    names = [f"{clipped(profile.interests[at].name, 26)}  {at + 1}" for at in seen]
    bars = {"align": "edge", "linewidth": 0.4, "edgecolor": "white"}
    with look():
        fig = figure(9.5, 0.4 * len(names) + 1.7)
        upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[0.4 * len(names), 0.5])
        for row, number in enumerate(seen):
            rows = table[table.interest == number].set_index("period")
            share = rows.share.reindex(periods).fillna(0).to_numpy()
            faint = [(shade(number), 0.35 if few else 1.0) for few in total < THIN]
            upper.bar(left, -0.86 * share / most, width, bottom=row + 0.43, color=faint, **bars)
        upper.set(ylim=(len(names) - 0.45, -0.55))
        upper.set_yticks(range(len(names)), names)
        upper.hlines(np.arange(len(names)) + 0.43, *edges[[0, -1]], color=GRID, linewidth=0.8)
        lower.bar(left, total, width, color=MUTED, alpha=0.6, **bars)
        if len(periods) <= NUMBERED:
            for x, number in zip(left + width / 2, total, strict=True):
                said = f"{number:,}" if number else ""
                lower.text(x, number, said, ha="center", va="bottom", fontsize=7)
        lower.set_yticks([total.max() / 2], ["photos"])
        lower.set_ylim(0, 1.3 * total.max())
        lower.xaxis_date()
        for axis in (upper, lower):
            axis.tick_params(axis="y", length=0)
            axis.spines[["left", "bottom"]].set_visible(False)
        upper.tick_params(axis="x", length=0)
        lower.set_xlim(*edges[[0, -1]])
        unit = {"M": "month", "Q": "quarter", "Y": "year"}[periods.freqstr[0]]
        caption = f"Share of each {unit}'s photos, a full row {percent(most)}; "
        caption += (
            f"pale: {unit}s of fewer than {THIN} photos. {count(total.sum(), 'photo')} with a date."
        )
        head(fig, title, caption + whose(profile))
    return fig
