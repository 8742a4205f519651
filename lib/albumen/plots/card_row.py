"""One interest as a row of a profile card."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from albumen.plots.look import (
    GRID,
    INK,
    MUTED,
    TIMES,
    clipped,
    count,
    ink_on,
    percent,
    shade,
)
from albumen.profile.interests import DOUBTFUL, STABLE
from albumen.profile.naming import UNCLEAR
from albumen.records import Interest, Trust

Thumbnail = Callable[[str], UInt8[np.ndarray, "s s 3"]]
WIDTH = 10.0  # inches, as all that follow
NAME, WEIGHT, STABILITY, SEEN, PHOTOS = 0.34, 2.7, 4.15, 5.2, 6.76  # where the columns begin
BAR, GAUGE = 0.9, 0.8  # lengths of the strongest weight and of a stability of 1
LINES = np.array([-0.15, 0.02, 0.17])  # of text, about the middle of a row
EXEMPLARS = 5
CHANGE = 0.02  # of a share; less is none
SMALL = {"size": 7.5, "va": "center_baseline"}


def columns(axes: Axes, y: float) -> None:
    """What the rows below say where."""
    titles = ("interest", "weight", "stability", "photographed", "most typical photos")
    for x, title in zip((NAME, WEIGHT, STABILITY, SEEN, PHOTOS), titles, strict=True):
        axes.text(x, y, title, size=8, color=MUTED)


def doubtful(interest: Interest, trust: Trust) -> bool:
    """Whether an interest read from photos is not to be relied on."""
    return bool(interest.members) and not (trust.interests and interest.stability >= DOUBTFUL)


def interest_row(
    axes: Axes, y: float, number: int, interest: Interest, strongest: float, trust: Trust
) -> None:
    """Three lines of text about `y`, and beside them the weight and the stability as marks.

    `strongest` is the weight whose bar is a full one.
    """
    first, second, third = y + LINES
    colour, stated = shade(number), not interest.members
    unsure = doubtful(interest, trust)
    ink = MUTED if unsure else INK
    axes.add_patch(Rectangle((0, first - 0.1), 0.2, 0.2, facecolor=colour))
    chip = {"size": 7.5, "weight": "bold", "ha": "center", "va": "center_baseline"}
    axes.text(0.1, first, f"{number + 1}", color=ink_on(colour), **chip)
    name = {"size": 11, "weight": "normal" if unsure else "bold", "va": "center_baseline"}
    axes.text(NAME, first, clipped(interest.name, 25), color=ink, **name)
    for line, text in zip((second, third), _also(interest), strict=False):
        axes.text(NAME, line, clipped(text, 41), color=MUTED, **SMALL)

    fill = {"facecolor": (colour, 0.15), "hatch": "//////"} if unsure else {"facecolor": colour}
    length = BAR * interest.weight / strongest
    place = (WEIGHT, first - 0.08)
    axes.add_patch(Rectangle(place, length, 0.16, edgecolor=colour, linewidth=0.6, **fill))
    at_end = {"size": 9, "va": "center_baseline"}
    axes.text(WEIGHT + length + 0.06, first, percent(interest.weight), color=ink, **at_end)
    for line, text in zip((second, third), _share(interest), strict=False):
        axes.text(WEIGHT, line, text, color=ink, **SMALL)

    if stated:
        axes.text(STABILITY, first, "stated by the owner: no photo", color=ink, **SMALL)
        return
    _gauge(axes, first, interest.stability, colour, unsure)
    level = "doubtful" if unsure else "stable" if interest.stability >= STABLE else "fair"
    axes.text(STABILITY, second, f"{interest.stability:.2f} {level}", color=ink, **SMALL)
    events = f", {count(interest.events, 'event')}" if interest.events else ""
    seen = f"{count(len(interest.members), 'photo')}{events}"
    axes.text(SEEN, first, seen, color=ink, **SMALL)
    if interest.lift is not None:
        lift = interest.lift
        said = f"{lift.ratio:.1f}{TIMES} others [{lift.low:.1f}, {lift.high:.1f}]"
        sure = "bold" if lift.low > 1 and not unsure else "normal"
        axes.text(SEEN, second, said, color=ink, weight=sure, **SMALL)


def exemplars(
    axes: Axes, y: float, height: float, interest: Interest, thumbnail: Thumbnail
) -> None:
    """The most typical photos, in a row of `height` about `y`."""
    apart = 0.05
    side = min(height - apart, (WIDTH - PHOTOS + apart) / EXEMPLARS - apart)
    for number, photo_id in enumerate(interest.exemplars[:EXEMPLARS]):
        left = PHOTOS + number * (side + apart)
        place = (left, left + side, y + side / 2, y - side / 2)
        axes.imshow(thumbnail(photo_id), extent=place, interpolation="antialiased")


def _also(interest: Interest) -> Iterator[str]:
    """What else the interest might be called, and how far its name is ahead of that."""
    terms = [term for term, _ in interest.terms if term != interest.name]
    if interest.name == UNCLEAR:
        yield f"perhaps {', '.join(terms[:3])}"
    else:
        yield ", ".join(terms[:3])
        if interest.margin and terms:
            yield f"ahead of {terms[0]} by {interest.margin:.1f} sd"


def _share(interest: Interest) -> Iterator[str]:
    """The share of the photos alone, where what was stated changed it, and that of late."""
    if interest.photographed and abs(interest.weight - interest.photographed) > CHANGE:
        yield f"{percent(interest.photographed)} of the photos"
    if interest.recent is not None:
        more = interest.recent - interest.photographed
        arrow = "▲" if more > CHANGE else "▼" if more < -CHANGE else "="
        yield f"{arrow} {percent(interest.recent)} lately"


def _gauge(axes: Axes, y: float, value: float, colour: str, unsure: bool) -> None:
    """A dot between 0 and 1, with Hennig's two levels."""
    axes.plot([STABILITY, STABILITY + GAUGE], [y, y], color=GRID, lw=3, solid_capstyle="butt")
    for level in (DOUBTFUL, STABLE):
        x = STABILITY + GAUGE * level
        axes.plot([x, x], [y - 0.07, y + 0.07], color=MUTED, lw=0.7)
    dot = {"ms": 7, "mfc": "white" if unsure else colour, "mec": colour, "mew": 1.3}
    axes.plot(STABILITY + GAUGE * value, y, "o", **dot)
