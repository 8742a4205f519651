"""How an owner's interests hang together, and how far the photos bear them out."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from scipy.cluster import hierarchy as scipy_hierarchy

from albumen.plots.card_row import Thumbnail, doubtful
from albumen.plots.look import (
    CYCLE,
    GRID,
    INK,
    MUTED,
    clipped,
    count,
    empty,
    figure,
    head,
    ink_on,
    look,
    percent,
    shade,
    sheet,
    whose,
)
from albumen.profile.interests import DOUBTFUL, STABLE
from albumen.records import Profile

ROW, TREE, BAR, WIDTH = 0.56, 4.4, 1.1, 9.0  # inches: a leaf, the tree, the longest bar, all of it
TOP = 0.55
TICKS = 15  # numbers of interests that are each a tick


def dendrogram(linkage: Float[np.ndarray, "m 4"], profile: Profile, thumbnail: Thumbnail) -> Figure:
    """How interests join into broader ones: `linkage` as `profile.tree.hierarchy` gives it.

    The leaves are the interests with their medoid, name and weight, doubtful ones grey. Where two
    branches meet is how far apart they are. `thumbnail` gives a square image for a photo id.
    """
    title, interests = "How the interests join", profile.interests
    if not len(linkage):
        return empty(title, f"{count(len(interests), 'interest')}: nothing to join.")
    drawn = scipy_hierarchy.dendrogram(linkage, no_plot=True)
    furthest = float(linkage[:, 2].max()) or 1.0
    strongest = max(one.weight for one in interests) or 1.0
    bottom = TOP + ROW * len(interests)
    with look():
        fig, axes = sheet(WIDTH, bottom + 0.45)
        axes.text(0, 0.12, title, size=11, weight="bold")
        caption = "Ward linkage of their directions. Further left: less alike."
        axes.text(0, 0.3, caption + whose(profile), size=8, color=MUTED)
        for across, apart in zip(drawn["icoord"], drawn["dcoord"], strict=True):
            y = TOP + ROW * np.array(across) / 10  # SciPy's leaves are 10 apart, the first at 5
            axes.plot(TREE * (1 - np.array(apart) / furthest), y, color=INK, linewidth=1.2)
        _scale(axes, bottom + 0.05, furthest)
        for row, number in enumerate(drawn["leaves"]):
            _leaf(axes, TOP + ROW * (row + 0.5), number, profile, strongest, thumbnail)
    return fig


def _scale(axes: Axes, y: float, furthest: float) -> None:
    ticks = [one for one in MaxNLocator(4).tick_values(0, furthest) if one <= furthest]
    axes.plot([0, TREE], [y, y], color=GRID, linewidth=0.8)
    for tick in ticks:
        x = TREE * (1 - tick / furthest)
        axes.plot([x, x], [y, y + 0.05], color=MUTED, linewidth=0.8)
        axes.text(x, y + 0.18, f"{tick:g}", size=7.5, color=MUTED, ha="center")
    axes.text(TREE, y + 0.36, "distance", size=8, color=MUTED, ha="right")


def _leaf(
    axes: Axes,
    y: float,
    number: int,
    profile: Profile,
    strongest: float,
    thumbnail: Thumbnail,
) -> None:
    interest, side, left = profile.interests[number], ROW - 0.06, TREE + 0.08
    unsure = doubtful(interest, profile.trust)
    if interest.medoid:
        place = (left, left + side, y + side / 2, y - side / 2)
        axes.imshow(thumbnail(interest.medoid), extent=place, interpolation="antialiased")
    corner = (left + side + 0.1, y - 0.1)
    axes.add_patch(Rectangle(corner, 0.2, 0.2, facecolor=shade(number)))
    middle = {"va": "center_baseline"}
    chip = {"size": 7.5, "weight": "bold", "ha": "center", **middle}
    axes.text(corner[0] + 0.1, y, f"{number + 1}", color=ink_on(shade(number)), **chip)
    name = {"weight": "normal", "color": MUTED} if unsure else {"weight": "bold"}
    axes.text(corner[0] + 0.3, y, clipped(interest.name, 26), size=9.5, **name, **middle)
    bar, length = WIDTH - BAR - 0.45, BAR * interest.weight / strongest
    axes.add_patch(Rectangle((bar, y - 0.07), length, 0.14, facecolor=shade(number)))
    axes.text(bar + length + 0.06, y, percent(interest.weight), size=8, **middle)


def stability_plot(profile: Profile) -> Figure:
    """How many interests the photos bear out, beside chance, and how stable each of them is.

    Left, where numbers were tried: the score of each, that of libraries without interests, and how
    many were found. Right: each photographed interest's bootstrap Jaccard with the levels of Hennig
    (2007): below .6 it is doubtful, from .75 on stable.
    """
    seen = [(at, one) for at, one in enumerate(profile.interests) if one.members]
    with look():
        tried = bool(profile.trust.tried)
        fig = figure(9.5 if tried else 5.5, max(3.2, 0.27 * len(seen) + 1.3))
        *left, right = fig.subplots(1, 1 + tried, squeeze=False)[0]
        if left:
            _tried(left[0], profile, len(seen))
        right.set_title("How stable each is", fontsize=9.5)
        for low, high, name in ((0, DOUBTFUL, "doubtful"), (DOUBTFUL, STABLE, "fair")):
            right.axvline(high, color=MUTED, linestyle="--", linewidth=0.9)
            right.text((low + high) / 2, -0.9, name, color=MUTED, fontsize=7.5, ha="center")
        right.text((1 + STABLE) / 2, -0.9, "stable", color=MUTED, fontsize=7.5, ha="center")
        for row, (number, interest) in enumerate(seen):
            colour = shade(number)
            right.plot([0, interest.stability], [row, row], color=colour, lw=1.5, alpha=0.4)
            dot = {
                "ms": 8,
                "mfc": "white" if doubtful(interest, profile.trust) else colour,
                "mec": colour,
                "mew": 1.4,
            }
            right.plot(interest.stability, row, "o", **dot)
        names = [f"{clipped(one.name, 26)}  {number + 1}" for number, one in seen]
        right.set_yticks(range(len(seen)), names)
        right.tick_params(axis="y", length=0)
        right.set(xlim=(0, 1.02), ylim=(len(seen) - 0.4, -1.3), xlabel="bootstrap Jaccard")
        borne = profile.trust.interests and bool(seen)
        verdict = "are borne out by the photos" if borne else "are not borne out by the photos"
        title = f"How sure {clipped(profile.owner, 30)}'s interests are"
        head(fig, title, f"They {verdict}.{whose(profile)}")
    return fig


def _tried(axes: Axes, profile: Profile, interests: int) -> None:
    found = f"{interests}" if profile.trust.interests else "none"
    axes.set_title(f"How many are borne out: {found}", fontsize=9.5)
    tried = sorted(profile.trust.tried, key=lambda one: (one.interests, one.size))
    number = [one.interests for one in tried]
    score, chance = [one.score for one in tried], [one.chance for one in tried]
    axes.fill_between(number, chance, score, color=CYCLE[0], alpha=0.1, linewidth=0)
    axes.plot(number, score, "o-", color=CYCLE[0], ms=5)
    axes.plot(number, chance, "s--", color=MUTED, ms=4, lw=1)
    beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
    axes.annotate("these photos", (number[-1], score[-1]), color=CYCLE[0], **beside)
    axes.annotate("chance", (number[-1], chance[-1]), color=MUTED, **beside)
    if profile.trust.interests:
        axes.axvline(interests, color=CYCLE[3], linewidth=1.2, zorder=0)
    if len(set(number)) <= TICKS:
        axes.set_xticks(sorted(set(number)))
    axes.margins(x=0.08)
    axes.set_xlim(right=max(number) + 0.28 * max(np.ptp(number), 1))
    axes.set(xlabel="interests", ylabel="score")
    axes.grid(axis="y", color=GRID)
