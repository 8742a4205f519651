"""An owner against others, against an earlier self, and against the truth."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from albumen.plots.look import (
    CYCLE,
    GRID,
    INK,
    MUTED,
    TIMES,
    clipped,
    colours,
    empty,
    figure,
    head,
    look,
    percent,
)

ARROW = "\N{RIGHTWARDS ARROW}"
MORE, LESS = CYCLE[0], CYCLE[3]
RATIOS = np.array([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20])  # ticks; what lies beyond is an arrow
SAME = 0.995  # cosine from which two directions are one
STATUS = {"kept": MUTED, "gained": CYCLE[0], "lost": CYCLE[3], "new": CYCLE[2], "gone": CYCLE[5]}
METRICS = {
    "js": ("Jensen-Shannon distance", "between true and mapped weights, lower is better"),
    "ari": ("ARI", "of interests against the truth, higher is better"),
    "nmi": ("NMI", "of interests against the truth, higher is better"),
}


def lift_plot(table: pd.DataFrame, title: str = "What is typical of this owner") -> Figure:
    """How many times more of each theme an owner's photos show than others' do.

    Columns theme, share and population (of the owner's occasions and of others', 0..1), ratio,
    low and high (of its 95 % interval); a row a theme, drawn from the highest ratio down. Blue and
    red are themes whose interval leaves out 1.
    """
    if table.empty:
        return empty(title, "No theme was compared.")
    rows = table.sort_values("ratio", ascending=False, kind="stable").reset_index(drop=True)
    shown = rows[["ratio", "low", "high"]].clip(RATIOS[0], RATIOS[-1])
    with look():
        fig = figure(8.5, 0.27 * len(rows) + 1.15)
        axes = fig.subplots()
        for y, (row, seen) in enumerate(zip(rows.itertuples(), shown.itertuples(), strict=True)):
            colour = MORE if row.low > 1 else LESS if row.high < 1 else MUTED
            axes.plot([seen.low, seen.high], [y, y], color=colour, lw=3, alpha=0.4)
            marker = "o" if row.ratio == seen.ratio else "<" if row.ratio < 1 else ">"
            axes.plot(seen.ratio, y, marker, color=colour, ms=6.5)
            said = f"{percent(row.share)} against {percent(row.population)}"
            axes.text(1.02, y, said, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        axes.axvline(1, color=INK, linewidth=1.1)
        axes.set_xscale("log")
        low, high = min(shown.low.min(), 0.5) / 1.15, max(shown.high.max(), 2) * 1.15
        ticks = RATIOS[(low <= RATIOS) & (high >= RATIOS)]
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([f"{tick:g}{TIMES}" for tick in ticks])
        axes.set_yticks(range(len(rows)), [clipped(one, 30) for one in rows.theme])
        axes.set(xlim=(low, high), ylim=(len(rows) - 0.4, -0.6))
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        caption = "Share of the owner's occasions over others' mean, with 95 % intervals; "
        head(fig, title, caption + "grey: no clear difference. Right: both shares.")
    return fig


def difference_plot(
    table: pd.DataFrame, before: str = "before", after: str = "after", title: str = "What changed"
) -> Figure:
    """Weights of interests in two profiles, of two owners or of one over time.

    `table` as `profile.change.difference` gives it: a row a pair of interests or a single one,
    columns interest_before, interest_after (None without a match), cosine, weight_before,
    weight_after and status. An arrow leads from a weight to the other; an interest that only one
    of them has is a dot.
    """
    if table.empty:
        return empty(title, "Neither profile has interests.")
    with look():
        fig = figure(9, 0.34 * len(table) + 1.3)
        axes = fig.subplots()
        names = []
        for y, row in enumerate(table.itertuples()):
            colour, ends = STATUS[row.status], []
            if row.status != "new":
                axes.plot(row.weight_before, y, "o", ms=7, mfc="white", mec=colour, mew=1.5)
                ends.append((row.interest_before, row.weight_before))
            if row.status != "gone":
                axes.plot(row.weight_after, y, "o", ms=7, color=colour)
                ends.append((row.interest_after, row.weight_after))
            said = {"new": f"only {clipped(after, 20)}", "gone": f"only {clipped(before, 20)}"}
            said = said.get(row.status, row.status)
            if len(ends) == 2:
                arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 4}
                (_, start), (_, end) = ends
                axes.annotate("", (end, y), (start, y), arrowprops=arrow)
                said += f", cosine {row.cosine:.2f}" if row.cosine < SAME else ""
            called = dict.fromkeys(clipped(name, 22) for name, _ in ends)
            names.append(f" {ARROW} ".join(called))
            beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 8}
            axes.text(1.02, y, said, color=colour, **beside)
        most = max(table.weight_before.max(), table.weight_after.max())
        axes.set(xlim=(-0.02 * most, 1.06 * most), ylim=(len(table) - 0.4, -0.6), xlabel="weight")
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_yticks(range(len(table)), names)
        axes.tick_params(axis="y", length=0)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        caption = f"Hollow: {clipped(before, 40)}. Filled: {clipped(after, 40)}."
        head(fig, title, f"{caption} Interests are paired by their directions.")
    return fig


def recovery_plot(table: pd.DataFrame) -> Figure:
    """How well methods recover what is known of simulated owners, by the size of their library.

    Columns size (photos), method, metric ("js", "ari", ...), mean, low and high (of its 95 %
    interval) and owners (whom the mean is over); a panel a metric. The first method is drawn
    strongest. The figure says that these owners are simulated.
    """
    title = "Recovery of known preferences"
    if table.empty:
        return empty(title, "Nothing was measured.")
    shades, metrics = colours(table.method), list(dict.fromkeys(table.metric))
    sizes = sorted(table["size"].unique())
    with look():
        fig = figure(4.6 * len(metrics) + 0.4, 4.0)
        panels = fig.subplots(1, len(metrics), squeeze=False)[0]
        for axes, metric in zip(panels, metrics, strict=True):
            for number, (method, colour) in enumerate(shades.items()):
                mine = (table.metric == metric) & (table.method == method)
                rows = table[mine].sort_values("size")
                style = {"color": colour, "marker": "o"}
                style |= {"lw": 1.5, "ls": "--", "ms": 4} if number else {"lw": 2.4, "ms": 6}
                axes.fill_between(rows["size"], rows.low, rows.high, color=colour, alpha=0.16, lw=0)
                label = clipped(method, 40)
                axes.plot(rows["size"], rows["mean"], label=label, **style)
            name, meaning = METRICS.get(metric, (metric, ""))
            axes.set_title(f"{name}\n", fontsize=10)
            axes.text(0, 1.02, meaning, transform=axes.transAxes, color=MUTED, fontsize=8)
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(FixedLocator(sizes))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_xticklabels([f"{size:,}" for size in sizes])
            axes.set_xlabel("photos in the library")
            axes.set_ylim(bottom=min(0, table[table.metric == metric].low.min()))
            axes.grid(axis="y", color=GRID)
        handles, labels = panels[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower left", ncols=len(labels), frameon=False)
        fewest, most = table.owners.min(), table.owners.max()
        owners = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        head(fig, title, f"Simulated owners: {owners} a size. Bands: 95 % intervals of the mean.")
    return fig
