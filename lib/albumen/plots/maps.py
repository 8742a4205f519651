"""Where photos were taken, on a map."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from albumen.errors import WeightsError
from albumen.plots.look import GRID, LAND, MUTED, clipped, colours, count, empty, figure, head, look
from albumen.plots.outline import Outline, read_outline
from albumen.weights import weight

TITLE = "Where the photos were taken"
WIDTH, RATIO = 9.0, 0.5  # of the map: inches, and its height for that
CLOSEST = 5.0  # degrees that a view is high at least: the outline is no finer
APART = 64  # dots closer than this part of the map's width are drawn as one
STRETCH = 4.0  # at most, near the poles
GRATICULE = (1, 2, 5, 10, 15, 30, 60)  # degrees between its lines
COLUMNS = 6  # of the libraries' names below the map
SMALLEST, LARGEST = 18.0, 320.0  # areas of a dot, square points
KM = 111.2  # a degree of latitude


class View(NamedTuple):
    """The part of the world that a map shows, in degrees; its east may lie beyond 180."""

    west: float
    east: float
    south: float
    north: float
    stretch: float  # a degree of latitude is drawn so many times as long as one of longitude


def places(photos: pd.DataFrame, decimals: int = 1) -> Figure:
    """Where the photos of each library were taken: columns library, and lat and lon in degrees.

    A map of somebody's whereabouts shows where they live. Positions are therefore rounded to
    `decimals` of a degree (1: 11 km) before anything else, so that neither a dot nor the edge of
    the map tells more. The area of a dot is the number of its photos. The projection is
    equirectangular, true to shape in the middle of the map. Without the outline of land
    (`albumen weights fetch world-outline`) the map is drawn bare and says so.
    """
    found = photos[["library", "lat", "lon"]].dropna().round({"lat": decimals, "lon": decimals})
    if found.empty:
        return empty(TITLE, f"None of {count(len(photos), 'photo')} has a position.")
    step = 10.0**-decimals
    view = _view(found.lat.to_numpy(), found.lon.to_numpy())
    caption = (
        f"{len(found):,} of {count(len(photos), 'photo')} with a position, "
        f"rounded here to {step:g}° ({step * KM:.2g} km)."
    )
    with look():
        height = WIDTH * (view.north - view.south) * view.stretch / (view.east - view.west)
        rows = -(-photos.library.nunique() // COLUMNS)
        fig = figure(WIDTH, height + 0.6 + 0.36 * rows)
        axes = fig.subplots()
        try:
            _draw_land(axes, read_outline(weight("world-outline")))
        except WeightsError as error:
            why = f"No land is drawn. {error}"
            axes.text(0.01, 0.02, why, color=MUTED, fontsize=8, transform=axes.transAxes)
        head(fig, TITLE, caption)
        _frame(axes, view)
        _draw_dots(axes, _binned(found, view, step), photos.library)
    return fig


def _view(lat: Float[np.ndarray, " n"], lon: Float[np.ndarray, " n"]) -> View:
    """The positions with a margin, in the map's proportions; across the date line if shorter."""
    around = np.sort(lon % 360)
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(gaps.argmax())  # where nothing is: the map begins after it
    first, width = around[(widest + 1) % len(around)], 360 - gaps[widest]
    middle = (lat.min() + lat.max()) / 2
    stretch = 1 / max(np.cos(np.radians(middle)), 1 / STRETCH)
    height = max(1.3 * np.ptp(lat), CLOSEST)
    shown = min(max(1.3 * width, height * stretch / RATIO), 360)
    height = min(max(height, shown * RATIO / stretch), 180)
    west = (first + width / 2 + 180) % 360 - 180 - shown / 2
    south = np.clip(middle - height / 2, -90, 90 - height)
    return View(*map(float, (west, west + shown, south, south + height, stretch)))


def _binned(found: pd.DataFrame, view: View, step: float) -> pd.DataFrame:
    """The dots: columns library, lon (in the view), lat and photos, the largest first."""
    side = max(step, (view.east - view.west) / APART)
    lon = view.west + (found.lon - view.west) % 360
    cells = [found.library, (lon / side).round(), (found.lat * view.stretch / side).round()]
    grouped = found.assign(lon=lon).groupby(cells, sort=False)
    dots = grouped.agg(
        library=("library", "first"),
        lon=("lon", "mean"),
        lat=("lat", "mean"),
        photos=("lat", "size"),
    )
    return dots.sort_values("photos", ascending=False, kind="stable", ignore_index=True)


def _draw_land(axes: Axes, outline: Outline) -> None:
    """Thrice, a turn apart: the view may lie across the date line."""
    for turn in np.array([[-360, 0], [0, 0], [360, 0]]):
        rings = [Path(ring + turn, closed=True) for ring in outline.land]
        land = Path.make_compound_path(*rings)
        axes.add_patch(PathPatch(land, facecolor=LAND, edgecolor=LAND, linewidth=0.4, zorder=0.1))
        borders = [line + turn for line in outline.borders]
        axes.add_collection(LineCollection(borders, colors="white", linewidths=0.7, zorder=0.2))


def _frame(axes: Axes, view: View) -> None:
    """The view's limits, and its graticule named in degrees."""
    spans = (axes.xaxis, view.west, view.east, "WE"), (axes.yaxis, view.south, view.north, "SN")
    for axis, low, high, hemispheres in spans:
        apart = next(step for step in GRATICULE if high - low <= 7 * step)
        lines = range(math.ceil(low / apart) * apart, math.floor(high) + 1, apart)
        axis.set_ticks(lines, [_degrees(line, *hemispheres) for line in lines])
    axes.set(xlim=(view.west, view.east), ylim=(view.south, view.north), aspect=view.stretch)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=MUTED, labelsize=7.5)


def _degrees(value: int, negative: str, positive: str) -> str:
    """A degree with the letter of its hemisphere; beyond 180 comes the other one."""
    turned = (value + 180) % 360 - 180
    letter = "" if turned in (0, -180) else f" {positive if turned > 0 else negative}"
    return f"{abs(turned)}°{letter}"


def _draw_dots(axes: Axes, dots: pd.DataFrame, library: pd.Series) -> None:
    """The dots; above the map what their sizes mean, below it their colours."""
    colour_of = colours(library)
    most = int(dots.photos.max())

    def area(photos: pd.Series | int) -> pd.Series | float:
        return np.maximum(LARGEST * photos / max(most, 10), SMALLEST)

    style = {"alpha": 0.8, "linewidths": 0.8, "edgecolors": "white", "clip_on": False}
    axes.scatter(dots.lon, dots.lat, area(dots.photos), dots.library.map(colour_of), **style)
    key = {"frameon": False, "fontsize": 8, "borderaxespad": 0, "handletextpad": 0.4}
    sizes = sorted({1, round(most**0.5), most})
    handles = [axes.scatter([], [], area(size), MUTED, **style) for size in sizes]
    labels = [f"{size:,}" for size in sizes[:-1]] + [count(most, "photo")]
    above = {"loc": "lower right", "bbox_to_anchor": (1, 1.015), "ncols": len(sizes)}
    axes.add_artist(axes.legend(handles, labels, **above, **key))  # or the next one replaces it
    totals, located = library.value_counts(), dots.groupby("library").photos.sum()
    handles = [axes.scatter([], [], 50, one, **style) for one in colour_of.values()]
    labels = [
        f"{clipped(one, 22)}\n{located.get(one, 0):,} of {totals[one]:,}" for one in colour_of
    ]
    below = {"loc": "upper left", "bbox_to_anchor": (-0.01, -0.06), "ncols": COLUMNS}
    axes.legend(handles, labels, **below, **key)
