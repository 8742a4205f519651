"""What photos have besides a theme: light, colour, composition, mood, company, times and places.

A trait is told of the photos of which it can be known, and of no others: whose time, position or
face is missing counts neither for nor against it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.embed import Embedder
from albumen.library import Library
from albumen.profile import daylight
from albumen.profile.company import COMPANY, appearances, company, pairs, prominent
from albumen.profile.mood import MOODS, moods
from albumen.profile.naming import UNCLEAR
from albumen.profile.weights import usable
from albumen.profile.whereabouts import located, places
from albumen.records import Trait

# The 10th, 50th and 90th of 100 photos, by each measure, among 510 of Flickr8k: what is beyond is
# bright, muted, ..., by a stranger's photos and not by the owner's own middle.
USUAL = {
    "lightness": (31.8, 48.4, 62.2),
    "contrast": (14.9, 21.7, 28.3),
    "colourfulness": (21.5, 38.9, 68.3),
    "warmth": (-0.65, -0.40, -0.11),
    "detail": (3.2, 5.2, 7.5),
}
GREY = 4.0  # colourfulness up to which a photo is black and white; toned ones reach 3.9
SYMMETRIC = 0.7  # three in a hundred; below, halves that only happen to be alike come in
SQUARE = 1.05  # width over height, or height over width
PANORAMA = 2.0  # width over height
FACE = 0.1  # of the photo's height: a smaller one is not what it shows
MIDDLE = 1 / 12  # of the width: nearer to the middle than to a third of the photo
OPEN = ("with", "place")  # facets whose values are not a given list
OF_PEOPLE = ("framing", "company", "with")  # facets that portraits tell most of

Shows = Mapping[str, pd.Series | np.ndarray]  # value -> which photos show it


class Facet(NamedTuple):
    """Values of one kind, which photos show each, and of which photos it is known."""

    name: str
    shows: Shows
    known: pd.Series | np.ndarray


def traits(
    library: Library, weights: Float[np.ndarray, "n"], embedder: Embedder
) -> tuple[Trait, ...]:
    """The traits of a library; a facet that is known of no photo that counts has none.

    `weights` say how much each photo counts, row by row with `library.photos`. For facets of people
    all photos as their owner took them count alike instead, since portraits are in no interest. A
    word that no photo shows is told with a share of 0, but for pairs and places, which have no end.
    """
    alike = usable(library.photos).astype(float)
    found = []
    for facet in _facets(library, embedder):
        counts = alike if facet.name in OF_PEOPLE else weights
        known = np.asarray(facet.known, bool) & (counts > 0)
        for value, shows in facet.shows.items() if known.any() else ():
            shown = known & np.asarray(shows, bool)
            if facet.name in OPEN and not shown.any():
                continue
            share = float(counts[shown].sum() / counts[known].sum())
            found.append(Trait(facet.name, value, share, int(shown.sum()), int(known.sum())))
    return tuple(found)


def unusual(looks: pd.DataFrame) -> pd.DataFrame:
    """Looks by what is usual: 0 as most photos, 1 as the tenth with most of it, -1 with least."""
    return pd.DataFrame(
        {
            name: (looks[name].astype(float) - middle) / ((most - least) / 2)
            for name, (least, middle, most) in USUAL.items()
        }
    )


def _facets(library: Library, embedder: Embedder) -> Iterator[Facet]:
    photos = library.photos
    looks = library.looks.set_index("photo_id").reindex(photos.photo_id).set_axis(photos.index)
    yield from _pixels(looks)
    yield _words("mood", moods(library.vectors, unusual(looks), embedder), (*MOODS, UNCLEAR))
    yield from _composition(library)
    yield _words("sun", daylight.sun(photos), reversed(daylight.SUN))
    yield _words("time of day", daylight.time_of_day(photos), list(daylight.HOURS)[:-1])
    yield _words("season", daylight.season(photos), daylight.SEASONS)
    yield _words("week", daylight.part_of_week(photos), ("weekday", "weekend"))
    shown = appearances(library)
    yield _words("company", company(library, shown), COMPANY)
    yield Facet("with", pairs(shown), shown.any(axis=1))
    yield Facet("place", places(photos), located(photos) | (photos.places.str.len() > 0))


def _pixels(looks: pd.DataFrame) -> Iterator[Facet]:
    """Light and colour, by what is usual among other people's photos."""
    low, high = (
        {name: looks[name] < least for name, (least, _, _) in USUAL.items()},
        {name: looks[name] > most for name, (_, _, most) in USUAL.items()},
    )
    seen, grey = looks.lightness.notna(), looks.colourfulness < GREY
    light = {"bright": high["lightness"], "dark": low["lightness"]}
    light |= {"high contrast": high["contrast"], "low contrast": low["contrast"]}
    yield Facet("light", light, seen)
    colour = {"colourful": high["colourfulness"], "muted": low["colourfulness"] & ~grey}
    colour |= {"black and white": grey, "warm": high["warmth"], "cool": low["warmth"]}
    yield Facet("colour", colour, seen)
    how = {"busy": high["detail"], "minimal": low["detail"]}
    yield Facet("composition", how | {"symmetric": looks.symmetry > SYMMETRIC}, seen)


def _composition(library: Library) -> Iterator[Facet]:
    """The format, and for photos of one face, whether it is in the middle."""
    photos = library.photos
    ratio = photos.width.astype(float) / photos.height.astype(float)
    bounds = [PANORAMA, SQUARE, 1 / SQUARE, 0]
    names = ["panorama", "landscape", "square", "portrait"]
    words = np.select([ratio >= bound for bound in bounds], names, "")
    yield _words("format", pd.Series(words, photos.index, object).where(ratio.notna()), names)
    large = prominent(library.faces[library.faces.h >= FACE])
    alone = large[~large.photo_id.duplicated(keep=False)].set_index("photo_id")
    left, width = photos.photo_id.map(alone.x), photos.photo_id.map(alone.w)
    aside = (left + width / 2 - 0.5).abs()
    # a close face is not to the side for being turned: it must leave the middle free
    centred = aside <= np.maximum(MIDDLE, width / 2)
    where = {"face in the middle": centred, "face to the side": ~centred}
    yield Facet("framing", where, left.notna())


def _words(name: str, words: pd.Series, values: Iterable[str]) -> Facet:
    return Facet(name, {value: words == value for value in values}, words.notna())
