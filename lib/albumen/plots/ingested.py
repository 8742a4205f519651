"""What was ingested: what became of every file, when photos were taken, whom they show."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int, UInt8
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from albumen.plots.look import (
    CYCLE,
    GRID,
    INK,
    MUTED,
    clipped,
    colours,
    count,
    empty,
    figure,
    head,
    look,
    show_image,
)
from albumen.tables import TIME_SOURCES, WITHHELD

Image = UInt8[np.ndarray, "h w 3"]
MONTHLY = 12  # years up to which a timeline has a bar a month, and from which a bar a year
OUTCOMES = {
    "imported": CYCLE[2],
    "merged": CYCLE[4],
    "sidecar": "#b3bdc2",
    "skipped": CYCLE[1],
    "withheld": CYCLE[3],
}


def timeline(photos: pd.DataFrame) -> Figure:
    """Photos a month, or a year where they span more than `MONTHLY` years; one row a library.

    Columns library, taken_utc, taken_local (which counts where it is known) and time_source. A
    photo of which its folder tells no more than the year is spread evenly over that year and drawn
    hatched; photos without a date are counted beside their library's name.
    """
    title = "When the photos were taken"
    when = photos.taken_local.fillna(photos.taken_utc.dt.tz_localize(None))
    vague = photos.time_source.map(TIME_SOURCES) == "year"
    dated = photos[["library"]].assign(when=when, vague=vague)
    dated = dated[when.notna()]
    if dated.empty:
        return empty(title, f"None of {count(len(photos), 'photo')} has a date.")
    first, last = dated.when.dt.year.min(), dated.when.dt.year.max()
    unit = "month" if last - first < MONTHLY else "year"
    bins = pd.period_range(f"{first}-01", f"{last}-12", freq=unit[0].upper())
    counted = photos.library.value_counts()
    with look():
        fig = figure(9, 0.85 * len(counted) + 0.9)
        rows = fig.subplots(len(counted), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (library, colour) in zip(rows, colours(photos.library).items(), strict=True):
            part = dated[dated.library == library]
            _draw_years(axis, part, bins, colour)
            year_only, undated = int(part.vague.sum()), int(counted[library] - len(part))
            notes = [count(counted[library], "photo")]
            notes += [f"{year_only:,} with no more than a year"] if year_only else []
            notes += [f"{undated:,} without a date"] if undated else []
            axis.set_title(clipped(library, 50), fontsize=9)
            axis.set_title(", ".join(notes), fontsize=8, color=MUTED, weight="normal", loc="right")
        caption = f"Photos a {unit}: {len(dated):,} of {count(len(photos), 'photo')} with a date."
        if dated.vague.any():
            caption += " Hatched: only the year is known, the photos are spread over it."
        head(fig, title, caption)
    return fig


def _draw_years(axis: Axes, part: pd.DataFrame, bins: pd.PeriodIndex, colour: str) -> None:
    """One library's bars: what is dated, and on top of it what only has a year."""
    edges = date2num([*bins.start_time, bins[-1].end_time])
    left, width = edges[:-1], np.diff(edges)
    dated = part.when[~part.vague].dt.to_period(bins.freq).value_counts()
    dated = dated.reindex(bins, fill_value=0).to_numpy()
    years = part.when[part.vague].dt.year.value_counts().reindex(bins.year, fill_value=0).to_numpy()
    spread = years / (bins.year == bins.year[0]).sum()  # over twelve months, or over one year
    faint = {"facecolor": (colour, 0.25), "edgecolor": colour, "hatch": "//////", "linewidth": 0}
    axis.bar(left, dated, width, align="edge", color=colour, edgecolor="white", linewidth=0.3)
    axis.bar(left, spread, width, bottom=dated, align="edge", **faint)
    axis.xaxis_date()
    axis.set_xlim(edges[0], edges[-1])
    most = int((dated + spread).max())
    axis.set_yticks([most] if most else [])
    axis.spines["left"].set_visible(False)
    axis.tick_params(length=0, labelsize=8, labelcolor=MUTED)


def reconciliation(files: pd.DataFrame) -> Figure:
    """What became of every file: a cascade a library, whose steps add up to what was found.

    `files`: RECONCILIATION tables with a column library. What consent withholds, be it a photo or
    its sidecar, is counted as withheld.
    """
    title = "What became of every file"
    if files.empty:
        return empty(title, "No file was found.")
    outcome = files.outcome.mask(files.path == WITHHELD, "withheld")
    outcome = outcome.astype(pd.CategoricalDtype(list(OUTCOMES), ordered=True))
    counts = files.groupby([outcome, "reason", "library"], observed=True).size()
    counts = counts.unstack(fill_value=0)[list(dict.fromkeys(files.library))]
    order = counts.sum(axis=1).rename("files").reset_index()
    counts = counts.iloc[order.sort_values(["outcome", "files"], ascending=[True, False]).index]
    names = [f"{one}: {clipped(why, 46)}" if why else one for one, why in counts.index]
    fills = [OUTCOMES[one] for one, _ in counts.index]
    total = outcome.value_counts(sort=False).reindex(OUTCOMES)
    with look():
        labels = 0.4 + 0.075 * max(map(len, names))  # inches
        fig = figure(labels + 1.4 * counts.shape[1], 0.24 * len(names) + 1.2)
        columns = fig.subplots(1, counts.shape[1], sharey=True, squeeze=False)[0]
        for axis, library in zip(columns, counts, strict=True):
            _draw_cascade(axis, counts[library].to_numpy(), fills)
            axis.set_title(clipped(library, 20), fontsize=9)
        columns[0].set_yticks(range(1 + len(names)), ["found", *names], fontsize=8)
        parts = ", ".join(f"{number:,} {one}" for one, number in total.items())
        head(fig, title, f"{count(len(files), 'file')} found: {parts}.")
    return fig


def _draw_cascade(axis: Axes, steps: Int[np.ndarray, " n"], fills: Sequence[str]) -> None:
    """The sum as a bar, and below it its parts, each where the one before it ends."""
    widths = np.array([steps.sum(), *steps])
    starts = np.array([0, 0, *steps[:-1].cumsum()])
    beside = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": 7.5}
    for y, (start, width, fill) in enumerate(zip(starts, widths, [INK, *fills], strict=True)):
        if width:  # outlined, so that one of thousands is seen
            axis.barh(y, width, 0.72, start, color=fill, edgecolor=fill, linewidth=0.8)
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axis.annotate(f"{width:,}", (start + width, y), bbox=paper, **beside)
    axis.set(xlim=(0, 1.25 * widths[0]), xticks=[], ylim=(len(widths) - 0.4, -0.6))
    axis.spines["bottom"].set_visible(False)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(length=0)


def people_found(people: pd.DataFrame, crops: Sequence[Sequence[Image]]) -> Figure:
    """A strip a person: who it is, how often and how surely, and some of the faces.

    `people`: a row a person, columns name, library, photos, faces, confidence (the median of their
    faces', 0..1, or missing) and lowest (that of their least sure face). `crops`: each person's
    faces in the rows' order, square, the best first.
    """
    title = "People that the libraries name"
    if people.empty:
        return empty(title, "Nobody is named.")
    columns = max(map(len, crops))
    named = f"{count(len(people), 'name')} on {count(people.faces.sum(), 'face')}"
    with look():
        fig = figure(2.1 + 0.95 * columns, 0.98 * len(people) + 0.5)
        ratios = [2.1] + [0.95] * columns
        rows = fig.subplots(len(people), 1 + columns, squeeze=False, width_ratios=ratios)
        for axes, person, faces in zip(rows, people.itertuples(), crops, strict=True):
            for axis in axes:
                axis.axis("off")
            lines = [f"{count(person.faces, 'face')} in {count(person.photos, 'photo')}"]
            if pd.notna(person.confidence):
                lines.append(f"confidence {person.confidence:.2f}, lowest {person.lowest:.2f}")
            axes[0].set(xlim=(0, 1), ylim=(0, 1))
            axes[0].text(0, 0.78, clipped(person.name, 22), fontsize=11, weight="bold")
            axes[0].text(0, 0.54, clipped(person.library, 30))
            axes[0].text(0, 0.42, "\n".join(lines), color=MUTED, fontsize=8, va="top")
            for axis, face in zip(axes[1:], faces, strict=False):
                axis.axis("on")
                show_image(axis, face)
        head(fig, title, f"{named}, the best of which are shown.")
    return fig
