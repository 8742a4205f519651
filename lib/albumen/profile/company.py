"""Who is in the photos, and with whom: only people and pets whom consent allows in the profile."""

import itertools

import numpy as np
import pandas as pd

from albumen.library import Library

COMPANY = ("one person", "two people", "a group")
MOST = 10  # pairs told of
# The detector's score from which a face without a name counts: of those in the demo libraries that
# score less, four of five are leaves, beans, boats and oranges.
CERTAIN = 0.8
PROMINENT = 0.5  # of the largest face's size: smaller ones are the background's


def appearances(library: Library) -> pd.DataFrame:
    """Whether each photo shows each of them, by its labels or a named face.

    A column of bools a name, the most photographed first; rows as in `library.photos`.
    """
    photos, faces = library.photos, library.faces
    shown = {
        name: np.array([name in names for names in photos.people], bool)
        | photos.photo_id.isin(faces.photo_id[faces.name == name]).to_numpy()
        for name, person in library.consent.people.items()
        if person.profile
    }
    order = sorted(shown, key=lambda name: (-shown[name].sum(), name))
    return pd.DataFrame({name: shown[name] for name in order}, photos.index)


def pairs(shown: pd.DataFrame) -> dict[str, pd.Series]:
    """Two names, "A with B" -> whether each photo shows both: the MOST photographed pairs.

    Pairs that are never seen together are left out. `shown` is as `appearances` gives it.
    """
    both = {(a, b): shown[a] & shown[b] for a, b in itertools.combinations(shown, 2)}
    together = sorted((pair for pair in both if both[pair].any()), key=lambda p: -both[p].sum())
    return {f"{a} with {b}": both[a, b] for a, b in together[:MOST]}


def company(library: Library, shown: pd.DataFrame) -> pd.Series:
    """How many people each photo shows, a word of COMPANY; missing without any.

    Prominent faces count besides names, those of strangers too. Who is turned away and not named
    is missed. `shown` is as `appearances` gives it.
    """
    people = [name for name in shown.columns if library.consent.people[name].kind == "person"]
    seen = library.photos.photo_id.map(prominent(library.faces).groupby("photo_id").size())
    count = np.maximum(shown[people].sum(axis=1), seen.fillna(0))
    return count.clip(upper=3).map(dict(enumerate(COMPANY, 1))).astype(object)


def prominent(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces of a FACES table that surely are some, without the small ones of a background."""
    sure = faces[faces.name.notna() | (faces.score >= CERTAIN)]
    return sure[sure.pixels >= PROMINENT * sure.groupby("photo_id").pixels.transform("max")]
