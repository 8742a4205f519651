"""Interests on a map of the photos, with the photos themselves where there is room for them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from albumen.plots.card_row import Thumbnail
from albumen.plots.look import INK, MUTED, PALE, clipped, count, look, shade, sheet, whose
from albumen.records import Profile

WIDTH, HEIGHT = 10.0, 6.6  # of the map, inches as all that follow
TITLE = 0.55  # height of what is above it
MEDOID, PHOTO, LOOSE = 0.66, 0.34, 0.28  # sides of photos: a medoid, of an interest, of none
GAP = 0.03  # between photos
PICTURES = 250  # at most; the rest are dots
FAINT = 0.35  # opacity of photos in no interest
NEAR = 24  # places looked at for a label that covers no photo either
REACH = np.arange(0.1, 3.0, 0.1)  # how far a label may be from its medoid's edge
TURNS = np.deg2rad(np.array([270, 90, 0, 180, 225, 315, 45, 135]))  # below first


class Box(NamedTuple):
    """A rectangle around a middle."""

    x: float
    y: float
    width: float
    height: float


def interest_map(
    xy: Float[np.ndarray, "n 2"], photo_ids: Sequence[str], profile: Profile, thumbnail: Thumbnail
) -> Figure:
    """Photos at their map positions, framed in the colour of their interest, and its name.

    Medoids are large, photos in no interest small and pale. No photo covers another: one that
    finds no room is a dot. No name covers another name or a medoid. `thumbnail` gives a
    square image for a photo id. The map is for looking: the interests were found in embedding
    space, not on it.
    """
    of = {photo: at for at, one in enumerate(profile.interests) for photo in one.members}
    interest = np.array([of.get(photo, -1) for photo in photo_ids], int)
    at = _on_page(xy)
    medoids = _medoids(profile, photo_ids)
    with look():
        fig, axes = sheet(WIDTH, TITLE + HEIGHT)
        order = _order(profile, photo_ids, interest, list(medoids.values()))
        boxes = _boxes(at, interest, order, len(medoids))
        shown = np.isin(np.arange(len(at)), list(boxes))
        for photo, box in boxes.items():
            _photo(axes, box, thumbnail(photo_ids[photo]), int(interest[photo]))
        colours = [PALE if one < 0 else shade(int(one)) for one in interest[~shown]]
        area = float(np.clip(2e4 / max(len(at), 1), 6, 22))
        dots = {"s": area, "c": colours, "edgecolors": "white", "linewidths": 0.3, "zorder": 1}
        axes.scatter(*at[~shown].T, **dots)
        ends = {one: boxes.get(photo, Box(*at[photo], 0, 0)) for one, photo in medoids.items()}
        taken, photos = list(ends.values()), list(boxes.values())
        for number, end in ends.items():
            taken.append(_label(axes, number, profile.interests[number].name, end, taken, photos))
        named = f"{clipped(profile.owner, 30)}'s photos by likeness of what they show"
        axes.text(0, 0.12, named, size=11, weight="bold")
        inside = int((interest >= 0).sum())
        said = f"{inside:,} of {count(len(at), 'photo')} in an interest, the rest pale. "
        said += "Large: each interest's most typical photo. Dots: photos that find no room."
        axes.text(0, 0.3, said + whose(profile), size=8, color=MUTED)
    return fig


def _on_page(xy: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Map positions in inches from the upper left corner, within a medoid's half of the edge."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    part = (xy - low) / np.where(span > 0, span, 1.0)
    part[:, 1] = 1 - part[:, 1]
    room = np.array([WIDTH - MEDOID, HEIGHT - MEDOID])
    return part.astype(float) * room + [MEDOID / 2, TITLE + MEDOID / 2]


def _medoids(profile: Profile, photo_ids: Sequence[str]) -> dict[int, int]:
    """Interest -> which photo stands for it: the most typical one that is on the map."""
    place = {photo: at for at, photo in enumerate(photo_ids)}
    typical = [(one.medoid, *one.exemplars, *one.members) for one in profile.interests]
    found = [[place[photo] for photo in photos if photo in place] for photos in typical]
    return {number: photos[0] for number, photos in enumerate(found) if photos}


def _order(
    profile: Profile,
    photo_ids: Sequence[str],
    interest: Int[np.ndarray, " n"],
    medoids: Sequence[int],
) -> list[int]:
    """Which photos get room first: medoids, exemplars, members, the rest."""
    typical = {photo for one in profile.interests for photo in one.exemplars}
    rank = np.where([photo in typical for photo in photo_ids], 1, np.where(interest >= 0, 2, 3))
    rank[list(medoids)] = 0
    return np.argsort(rank, kind="stable").tolist()


def _boxes(
    at: Float[np.ndarray, "n 2"], interest: Int[np.ndarray, " n"], order: Sequence[int], large: int
) -> dict[int, Box]:
    """Photo -> where it is drawn, of those that find room in this order; `large` are medoids."""
    boxes: dict[int, Box] = {}
    for place, photo in enumerate(order):
        side = PHOTO if interest[photo] >= 0 else LOOSE
        for wanted in (MEDOID, side) if place < large else (side,):
            box = Box(*at[photo], wanted, wanted)
            if len(boxes) < PICTURES and not _meet(box, list(boxes.values()), GAP).any():
                boxes[photo] = box
                break
    return boxes


def _meet(box: Box, others: Sequence[Box], gap: float = 0.0) -> Bool[np.ndarray, " m"]:
    """Which of the others come nearer to the box than `gap`."""
    x, y, width, height = np.array(others, float).reshape(-1, 4).T
    across = np.abs(x - box.x) < (width + box.width) / 2 + gap
    return across & (np.abs(y - box.y) < (height + box.height) / 2 + gap)


def _photo(axes: Axes, box: Box, image: np.ndarray, interest: int) -> None:
    x, y, side, _ = box
    place = (x - side / 2, x + side / 2, y + side / 2, y - side / 2)
    alpha = FAINT if interest < 0 else 1.0
    axes.imshow(image, extent=place, alpha=alpha, interpolation="antialiased", zorder=2)
    if interest >= 0:
        thick = 3.0 if side == MEDOID else 1.8
        frame = {"fill": False, "edgecolor": shade(interest), "linewidth": thick, "zorder": 3}
        axes.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, **frame))


def _label(
    axes: Axes, number: int, name: str, medoid: Box, taken: Sequence[Box], photos: Sequence[Box]
) -> Box:
    """Write the name as near to its medoid as it meets no photo, or else nothing in `taken`."""
    frame = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": shade(number)}
    text = axes.text(
        *(medoid.x, medoid.y, f"{number + 1}  {clipped(name, 28)}"),
        **{"ha": "center", "va": "center", "weight": "bold", "size": 9, "color": INK},
        **{"bbox": {**frame, "linewidth": 1.5, "alpha": 0.93}, "zorder": 5},
    )
    width, height = _size(text)
    near = [box for box in _around(medoid, width, height) if not _meet(box, taken, GAP).any()]
    free = [box for box in near[:NEAR] if not _meet(box, photos).any()]
    box = (free or near or [Box(medoid.x, medoid.y, width, height)])[0]
    text.set_position((box.x, box.y))
    axes.plot([medoid.x, box.x], [medoid.y, box.y], color=shade(number), lw=1.2, zorder=1.5)
    return box


def _around(medoid: Box, width: float, height: float) -> Iterator[Box]:
    """Places on the page for a label of this size, the nearest to the medoid first."""
    for reach in REACH:
        for turn in TURNS:
            x = medoid.x + np.cos(turn) * ((medoid.width + width) / 2 + reach)
            y = medoid.y - np.sin(turn) * ((medoid.height + height) / 2 + reach)
            across = width / 2 <= x <= WIDTH - width / 2
            if across and TITLE + height / 2 <= y <= TITLE + HEIGHT - height / 2:
                yield Box(float(x), float(y), width, height)


def _size(text: Text) -> tuple[float, float]:
    """Width and height of a text with its frame, in inches."""
    drawn = text.get_window_extent()
    pad = 2 * 0.35 * text.get_fontsize() / 72
    return drawn.width / text.figure.dpi + pad, drawn.height / text.figure.dpi + pad
