"""Scores with their intervals."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from albumen.plots.look import CYCLE, GRID, MUTED, figure, look


def intervals(summary: pd.DataFrame, metrics: Sequence[str], order: Sequence[str]) -> Figure:
    """One panel a metric: a point and its interval for each method.

    `summary` has columns metric, method, mean, low, high, and optionally reference: a value
    (chance, a threshold) drawn as a dashed line.
    """
    with look():
        fig = figure(3.1 * len(metrics) + 0.8, 0.45 * len(order) + 1.1)
        axes = np.atleast_1d(fig.subplots(1, len(metrics), sharey=True))
        for axis, metric in zip(axes, metrics, strict=True):
            rows = summary[summary.metric == metric].set_index("method").reindex(order)
            for y, (row, colour) in enumerate(zip(rows.itertuples(), cycle(CYCLE), strict=False)):
                if np.isfinite(row.mean):
                    axis.plot([row.low, row.high], [y, y], color=colour, lw=3, alpha=0.45)
                    axis.plot(row.mean, y, "o", color=colour, ms=7)
                    axis.annotate(
                        f"{row.mean:.2f}", (row.mean, y), (0, 8), textcoords="offset points",
                        ha="center", fontsize=7.5,
                    )  # fmt: skip
            if "reference" in rows and rows.reference.notna().any():
                axis.axvline(rows.reference.dropna().iloc[0], color=MUTED, ls="--", lw=1)
            axis.set_title(metric.replace("_", " "), fontsize=9.5)
            axis.grid(axis="x", color=GRID)
            axis.set_ylim(len(order) - 0.5, -0.7)
        axes[0].set_yticks(range(len(order)), order)
    return fig


def paired_differences(differences: pd.DataFrame, title: str) -> Figure:
    """Each subject's difference between two methods (columns subject, difference, kind)."""
    rows = differences.sort_values("difference").reset_index(drop=True)
    with look():
        fig = figure(6.5, 0.28 * len(rows) + 1.0)
        axis = fig.subplots()
        kinds = list(dict.fromkeys(rows.kind))
        for kind, colour in zip(kinds, cycle(CYCLE), strict=False):
            part = rows[rows.kind == kind]
            axis.plot(part.difference, part.index, "o", color=colour, label=kind)
            axis.hlines(part.index, 0, part.difference, color=colour, lw=2, alpha=0.5)
        axis.axvline(0, color=MUTED, lw=1)
        axis.set_yticks(rows.index, rows.subject)
        axis.set_title(title)
        axis.legend(frameon=False, loc="lower right")
        axis.grid(axis="x", color=GRID)
    return fig


def durations(seconds: pd.DataFrame) -> Figure:
    """Seconds by notebook: the median as a bar, the range as a line (columns min, median, max)."""
    with look():
        fig = figure(6.5, 0.35 * len(seconds) + 0.8)
        axis = fig.subplots()
        axis.barh(seconds.notebook, seconds["median"], color=CYCLE[0], alpha=0.5, height=0.6)
        axis.hlines(seconds.notebook, seconds["min"], seconds["max"], color=CYCLE[0], lw=2)
        axis.set_xlabel("seconds")
        axis.invert_yaxis()
    return fig
