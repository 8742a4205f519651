"""A profile as a card, and a map of interests with thumbnails."""

import textwrap
from collections.abc import Callable
from itertools import cycle

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.figure import Figure, SubFigure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from albumen.plots.look import CYCLE, GRID, INK, MUTED, figure, hex_of, look, show_image
from albumen.records import Profile

Thumbnail = Callable[[str], UInt8[np.ndarray, "s s 3"]]
EXEMPLARS = 5


def profile_card(profile: Profile, thumbnail: Thumbnail) -> Figure:
    """Interests with their weight, stability and exemplars; the palette; the people.

    `thumbnail` gives a square image for a photo id.
    """
    rows = max(len(profile.interests), 1)
    with look():
        fig = figure(9.5, 1.25 * rows + 1.9)
        top, body, foot = fig.subfigures(3, 1, height_ratios=[0.55, 1.15 * rows, 1.0])
        sure = (
            f"{profile.trust.stability:.2f}" if profile.trust.stability is not None else "unknown"
        )
        top.text(0.01, 0.55, f"{profile.owner}'s profile", fontsize=16, weight="bold", va="center")
        top.text(
            0.99,
            0.55,
            f"{profile.photos} photos, {len(profile.interests)} interests, "
            f"{profile.trust.noise:.0%} in none · stability {sure} · {profile.embedder}",
            ha="right",
            va="center",
            color=MUTED,
        )
        axes = body.subplots(
            rows, EXEMPLARS + 1, squeeze=False, width_ratios=[2.6] + [1] * EXEMPLARS
        )
        for axis in axes.flat:
            axis.axis("off")
        for row, interest, colour in zip(axes, profile.interests, cycle(CYCLE), strict=False):
            text = row[0]
            text.set(xlim=(0, 1), ylim=(0, 1))
            text.text(0, 0.80, interest.name, fontsize=12, weight="bold", color=colour)
            text.barh(0.58, 1, height=0.12, color=GRID, align="center")
            text.barh(0.58, interest.weight, height=0.12, color=colour, align="center")
            facts = f"{interest.weight:.0%} of photos · stability {interest.stability:.2f}"
            text.text(0, 0.30, facts, color=INK)
            others = ", ".join(term for term, _ in interest.terms[1:4])
            text.text(0, 0.08, textwrap.shorten(others, 46), color=MUTED, fontsize=8)
            for axis, photo_id in zip(row[1:], interest.exemplars, strict=False):
                axis.axis("on")
                show_image(axis, thumbnail(photo_id))
        if not profile.interests:
            axes[0, 0].text(0, 0.5, "No clear interests.", fontsize=12)
        _foot(foot, profile)
    return fig


def _foot(foot: SubFigure, profile: Profile) -> None:
    palette, people = foot.subplots(1, 2, width_ratios=[1.2, 1])
    for axis in (palette, people):
        axis.axis("off")
        axis.set(xlim=(0, 1), ylim=(0, 1))
    left = 0.0
    for colour in profile.palette:
        palette.barh(0.45, colour.weight, left=left, height=0.5, color=hex_of(colour))
        left += colour.weight
    palette.text(0, 0.85, "palette", color=MUTED)
    people.text(0, 0.85, "people and pets", color=MUTED)
    known = [
        f"{one.name} ({one.relation or one.kind}): {one.photos} photos"
        for one in sorted(profile.people, key=lambda one: one.relation != "me")
    ]
    people.text(0, 0.72, "\n".join(known[:5]) or "none named", va="top", fontsize=8)


def interest_map(
    xy: Float[np.ndarray, "n 2"],
    photo_ids: list[str],
    profile: Profile,
    thumbnail: Thumbnail,
    side: float = 0.30,
) -> Figure:
    """Photos as thumbnails at their map positions, framed in the colour of their interest.

    The map is for looking: the clusters were found in embedding space, not on it.
    """
    interest_of = {
        photo_id: number
        for number, interest in enumerate(profile.interests)
        for photo_id in interest.members
    }
    with look():
        fig = figure(9.5, 6.6)
        axes = fig.subplots()
        axes.set_title(f"{profile.owner}'s photos by likeness of what they show")
        axes.scatter(xy[:, 0], xy[:, 1], s=0)
        for photo_id, (x, y) in zip(photo_ids, xy, strict=True):
            number = interest_of.get(photo_id)
            edge = GRID if number is None else CYCLE[number % len(CYCLE)]
            image = OffsetImage(thumbnail(photo_id), zoom=side)
            frame = {"edgecolor": edge, "linewidth": 2.2, "boxstyle": "square,pad=0.05"}
            axes.add_artist(AnnotationBbox(image, (x, y), pad=0, bboxprops=frame))
        for number, interest in enumerate(profile.interests):
            where = np.array([p in set(interest.members) for p in photo_ids])
            if where.any():
                x, y = np.median(xy[where], axis=0)
                box = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": "none", "alpha": 0.85}
                colour = CYCLE[number % len(CYCLE)]
                axes.text(x, y, interest.name, ha="center", weight="bold", color=colour, bbox=box)
        axes.margins(0.08)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
    return fig
