"""A profile as a card: what it says of its owner, and how sure each part of that is."""

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from albumen.plots.card_row import WIDTH, Thumbnail, columns, exemplars, interest_row
from albumen.plots.look import (
    CYCLE,
    GRID,
    INK,
    MUTED,
    TIMES,
    clipped,
    count,
    hex_of,
    look,
    percent,
    sheet,
)
from albumen.profile.interests import DOUBTFUL
from albumen.profile.naming import UNCLEAR
from albumen.records import Profile, Trait, Trust

TALL, SHORT, ALL_ROWS = 0.74, 0.54, 9.0  # inches: rows shrink so that many interests fit
FACETS, VALUES, LINE = 5, 4, 0.2  # facets side by side, the strongest of each, inches of one
FEW = 5  # photos below which shares say little
PEOPLE, STYLES, CLOSE = 6, 7, 0.165  # listed, and inches of one
SURE, UNSURE = CYCLE[2], CYCLE[3]
AGAINST = f"2.0{TIMES} is twice the share that photos of other owners have."
HEADING = {"size": 9, "weight": "bold"}
SMALL = {"size": 7.5}


def profile_card(profile: Profile, thumbnail: Thumbnail) -> Figure:
    """A profile on one page: its interests, what else its photos show, palette, people, styles.

    An interest that does not come back when photos are drawn again (Jaccard below .6, Hennig 2007)
    is pale, hatched and called doubtful. `thumbnail` gives a square image for a photo id.
    """
    interests = profile.interests
    row = float(np.clip(ALL_ROWS / max(len(interests), 1), SHORT, TALL))
    facets = _facets(profile.traits)
    bands = [facets[start : start + FACETS] for start in range(0, len(facets), FACETS)]
    said = [*profile.notes, *([AGAINST] if any(one.lift for one in profile.traits) else [])]
    notes = [line for note in said for line in textwrap.wrap(clipped(note, 400), 160)]
    heights = [0.95, 0.28 + row * len(interests) if interests else 0.45]
    heights += [0.42 + LINE * max(map(len, band)) for band in bands]
    listed = max(3, min(len(profile.people), PEOPLE + 1), min(len(profile.styles), STYLES))
    heights += [0.4 + CLOSE * listed]
    heights += [0.1 + 0.14 * len(notes)]
    tops = np.cumsum([0, *heights])
    with look():
        fig, axes = sheet(WIDTH, tops[-1])
        _head(axes, profile)
        if interests:
            columns(axes, tops[1] + 0.08)
        else:
            said = "No interests: there is no photo to read them from."
            axes.text(0, tops[1] + 0.2, said, size=11)
        strongest = max((one.weight for one in interests), default=0.0) or 1.0
        for number, interest in enumerate(interests):
            top = tops[1] + 0.2 + row * number
            _rule(axes, top)
            middle = top + row / 2
            interest_row(axes, middle, number, interest, strongest, profile.trust)
            exemplars(axes, middle, row, interest, thumbnail)
        for band, top in zip(bands, tops[2:], strict=False):
            _rule(axes, top)
            for place, traits in enumerate(band):
                _facet(axes, place * WIDTH / FACETS, top + 0.22, traits)
        _rule(axes, tops[-3])
        _foot(axes, tops[-3] + 0.22, profile)
        for number, line in enumerate(notes):
            axes.text(0, tops[-2] + 0.1 + 0.14 * number, line, size=7, color=MUTED)
    return fig


def _head(axes: Axes, profile: Profile) -> None:
    """Whose it is, whether they exist, what it was made from, and how far to trust it."""
    beside = {"xytext": (14, 0), "textcoords": "offset points", "va": "center"}
    box = {"boxstyle": "round,pad=0.4,rounding_size=0.3", "edgecolor": "none"}
    title = axes.text(0, 0.22, f"{clipped(profile.owner, 30)}'s profile", size=17, weight="bold")
    if profile.simulated:
        mark = {**HEADING, "color": "white", "bbox": {**box, "facecolor": UNSURE}}
        axes.annotate("SIMULATED OWNER", (1, 0.5), xycoords=title, **beside, **mark)
    made = f"{count(profile.photos, 'photo')}, {count(len(profile.interests), 'interest')}"
    made = f"{made} · {clipped(profile.embedder, 40)}"
    axes.text(WIDTH, 0.22, made, ha="right", color=MUTED, size=8.5)

    found = profile.trust.interests and any(one.members for one in profile.interests)
    loose = found and profile.trust.stability is not None and profile.trust.stability < DOUBTFUL
    said = (
        "The photos show no clear interests"
        if not found
        else "The photos fall into groups, but loosely"
        if loose
        else "The photos bear these interests out"
    )
    fill = {**box, "facecolor": (SURE if found and not loose else UNSURE, 0.16)}
    verdict = axes.text(0.06, 0.6, said, bbox=fill, **HEADING)
    trust = " · ".join(_trust(profile.trust))
    axes.annotate(trust, (1, 0.5), xycoords=verdict, color=INK, size=8.5, **beside)


def _trust(trust: Trust) -> Iterator[str]:
    if trust.p is not None:
        yield "null test p < 0.001" if trust.p < 0.001 else f"null test p = {trust.p:.3f}"
    again = {"with photos drawn again": trust.stability, "with other seeds": trust.seeds}
    known = [f"{value:.2f} {how}" for how, value in again.items() if value is not None]
    if known:
        yield f"ARI {', '.join(known)}"
    if trust.interests:
        yield f"{percent(trust.noise)} of the photos in none"


def _facets(traits: Sequence[Trait]) -> list[list[Trait]]:
    """The strongest traits of each facet that are there, facets in the order of their first.

    Of what is unclear there is nothing to show: it is what the shares of the others lack.
    """
    facets: dict[str, list[Trait]] = {}
    for trait in traits:
        if trait.share and trait.value != UNCLEAR:
            facets.setdefault(trait.facet, []).append(trait)
    return [sorted(one, key=lambda trait: -trait.share)[:VALUES] for one in facets.values()]


def _facet(axes: Axes, x: float, y: float, traits: Sequence[Trait]) -> None:
    """Values with their shares as bars; the column's width is all n photos that tell.

    Where those are few, the shares say little and are pale.
    """
    wide = WIDTH / FACETS - 0.22
    axes.text(x, y, clipped(traits[0].facet, 14), **HEADING)
    known = max(one.known for one in traits)
    ink, fill = (MUTED, (CYCLE[0], 0.35)) if known < FEW else (INK, CYCLE[0])
    axes.text(x + wide, y, f"n = {known:,}", size=7, color=MUTED, ha="right")
    for number, trait in enumerate(traits):
        line = y + 0.19 + LINE * number
        lift = "" if trait.lift is None else f"{trait.lift.ratio:.1f}{TIMES} "
        axes.text(x, line, clipped(trait.value, 21), color=ink, **SMALL)
        axes.text(x + wide, line, f"{lift}{percent(trait.share)}", ha="right", color=ink, **SMALL)
        for length, colour in ((wide, GRID), (wide * trait.share, fill)):
            axes.add_patch(Rectangle((x, line + 0.03), length, 0.035, facecolor=colour))


def _foot(axes: Axes, y: float, profile: Profile) -> None:
    """The palette, the people, and the styles where any were stated or rated."""
    second, third = 0.37 * WIDTH, 0.7 * WIDTH
    axes.text(0, y, "palette", **HEADING)
    left = 0.0
    for colour in profile.palette:
        width = (second - 0.3) * colour.weight
        axes.add_patch(Rectangle((left, y + 0.1), width, 0.45, facecolor=hex_of(colour)))
        left += width
    if not profile.palette:
        axes.text(0, y + 0.2, "no photo to read it from", **SMALL)

    axes.text(second, y, "people and pets", **HEADING)
    people = sorted(profile.people, key=lambda one: one.relation != "me")
    lines = [
        f"{clipped(one.name, 22)} ({clipped(one.relation or one.kind, 12)}), "
        f"{count(one.photos, 'photo')}"
        for one in people[:PEOPLE]
    ]
    lines += [f"and {len(people) - PEOPLE} more"] if len(people) > PEOPLE else []
    for number, line in enumerate(lines or ["none named"]):
        axes.text(second, y + 0.2 + CLOSE * number, line, **SMALL)

    if profile.styles:
        axes.text(third, y, "styles", **HEADING)
    for number, (style, weight) in enumerate(profile.styles[:STYLES]):
        text = f"{clipped(style, 28)} {percent(weight)}"
        axes.text(third, y + 0.2 + CLOSE * number, text, **SMALL)


def _rule(axes: Axes, y: float) -> None:
    axes.plot([0, WIDTH], [y, y], color=GRID, linewidth=0.8)
