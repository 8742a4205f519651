"""The one look of every figure."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from skimage.color import lab2rgb

from albumen.records import Colour

INK = "#22313a"
MUTED = "#7b8a92"
GRID = "#e6e9eb"
# Okabe and Ito's colours (2008), told apart with any colour vision.
CYCLE = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c6d31", "#5e5e5e"]

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "axes.grid": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "figure.dpi": 110,
    "savefig.bbox": "tight",
    "text.parse_math": False,  # a "$" in an album's title is a dollar
}


@contextmanager
def look() -> Iterator[None]:
    """rcParams for the figures made inside the block."""
    with mpl.rc_context(RC):
        yield


class Shown(Figure):
    """A figure that a notebook shows, though no list of pyplot's holds it and keeps it alive."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight")
        return buffer.getvalue()


def figure(width: float, height: float) -> Figure:
    """A figure of `width` by `height` inches."""
    return Shown(figsize=(width, height), layout="constrained")


def show_image(axes: Axes, image: UInt8[np.ndarray, "h w 3"], title: str = "") -> None:
    """An image without ticks; the title below it, small."""
    axes.imshow(image, interpolation="antialiased")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_xlabel(title, fontsize=7.5, color=INK, labelpad=3)


def hex_of(colour: Colour) -> str:
    """A palette colour as #rrggbb."""
    return mpl.colors.to_hex(np.clip(lab2rgb(np.array(colour.lab)), 0, 1))
