"""The one look of every figure."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle

import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.text import Annotation
from skimage.color import lab2rgb

from albumen.records import Colour, Profile

TIMES = "\N{MULTIPLICATION SIGN}"
INK = "#22313a"
MUTED = "#7b8a92"
GRID = "#e6e9eb"
PALE = "#c3cbd0"  # of photos in no interest
LAND = "#e3e8ea"
# Okabe and Ito's colours (2008), told apart with any colour vision.
CYCLE = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#8c6d31", "#5e5e5e"]
# Twelve more, each as far from all before it as colours get (CIEDE2000, the least over full,
# protan, deutan and tritan vision; Machado, Oliveira and Fernandes 2009). Twenty are too many to
# tell apart by colour alone: interests carry their number wherever they are drawn.
INTERESTS = [
    *CYCLE,
    *("#562f12", "#213b57", "#a1c4a8", "#7f75f8", "#c5098a", "#dbafc5"),
    *("#465a3e", "#665300", "#b6b37b", "#1f5c6b", "#57098b", "#62785a"),
]

# For what DejaVu Sans, which comes with matplotlib, cannot write: those of these that are there.
# A letter that none has is drawn as a box, and matplotlib warns of it.
FALLBACKS = [
    "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "Noto Sans CJK SC", "PingFang SC",
    "Microsoft YaHei", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic",
    "Noto Sans Devanagari", "Noto Sans Thai", "Nirmala UI", "Leelawadee UI", "Arial Unicode MS",
    "Noto Emoji", "Segoe UI Emoji",
]  # fmt: skip

RC = {
    "font.family": ["DejaVu Sans", *(f for f in FALLBACKS if f in get_font_names())],
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


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure whose axes are a page: in inches from its upper left corner, within a margin."""
    margin = 0.15
    fig = figure(width + 2 * margin, height + 2 * margin)
    fig.set_layout_engine("none")
    axes = fig.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-margin, width + margin), ylim=(height + margin, -margin), aspect="equal")
    axes.axis("off")
    return fig, axes


def head(fig: Figure, title: str, caption: str) -> None:
    """A title and, small below it, what was counted, rounded or left out."""
    place = {"x": 0.01, "ha": "left", "fontsize": 11, "weight": "bold"}
    above = fig.suptitle(f"{title}\n", **place)  # the second line is the caption's
    lifted = {"xytext": (0, 4), "textcoords": "offset points"}
    fig.add_artist(Annotation(caption, (0, 0), xycoords=above, fontsize=8, color=MUTED, **lifted))


def whose(profile: Profile) -> str:
    """A sentence that marks a figure of an owner who does not exist; else nothing."""
    return " Simulated owner." if profile.simulated else ""


def empty(title: str, why: str) -> Figure:
    """A figure that says why it shows nothing."""
    with look():
        fig = figure(9, 0.8)
        head(fig, title, why)
    return fig


def percent(share: float) -> str:
    """A share of 0..1 in words: what is there is never 0 %."""
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"


def clipped(text: str, width: int) -> str:
    """Text on one line of at most `width` characters, cut with "…"."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def count(number: int | np.integer, noun: str) -> str:
    """A number with its noun, in the plural where it is not 1."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, in the order of their first appearance."""
    return dict(zip(dict.fromkeys(names), cycle(CYCLE), strict=False))


def shade(number: int) -> str:
    """The colour of interest `number`, from 0."""
    return INTERESTS[number % len(INTERESTS)]


def ink_on(colour: str) -> str:
    """Ink or white, whichever is easier to read on the colour."""
    luminance = np.array(mpl.colors.to_rgb(colour)) ** 2.2 @ [0.2126, 0.7152, 0.0722]
    return "white" if luminance < 0.24 else INK


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
