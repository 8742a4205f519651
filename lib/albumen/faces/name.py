"""Give faces the names that the owner gave to their photos, each with its reason.

A photo with one name and one face seeds that name's group. Every other face takes one of its own
photo's names, the one whose group it is like, by two recognisers that must agree; otherwise it
stays unnamed and unused.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment

from albumen.consent import NAME_WITHHELD, Consent
from albumen.errors import AlbumenError
from albumen.faces.networks import SAME_DLIB, SAME_SFACE

MIN_PIXELS = 12.0  # between eyes and mouth: less is too little to recognise
MIN_SCORE = 0.7  # of the detector
# A face against the mean of a group lies nearer than against one face of it, so less is allowed.
MATCH_DLIB = 0.55

Vectors = Float[np.ndarray, "n 128"]


def usable(faces: pd.DataFrame) -> pd.Series:
    """Which faces are large and certain enough to recognise."""
    return (faces.pixels >= MIN_PIXELS) & (faces.score >= MIN_SCORE)


def name_faces(faces: pd.DataFrame, photos: pd.DataFrame, consent: Consent) -> pd.DataFrame:
    """`faces` with name and name_reason filled in; name is None where nobody is recognised.

    `photos` is a PHOTOS table after `consent.filter_photos`. Only a person whom consent allows in
    the profile is ever named, only in photos whose `people` list them; pets never are.
    """
    people = {name for name, one in consent.people.items() if one.kind == "person" and one.profile}
    pets = {name for name, one in consent.people.items() if one.kind == "pet"}
    shown = {
        photo_id: [name for name in dict.fromkeys(names) if name not in pets]
        for photo_id, names in zip(photos.photo_id, photos.people, strict=True)
    }
    faces = faces.reset_index(drop=True)
    large = usable(faces)
    reasons = np.where(large, "the photo has no name to give", "too small or unclear to recognise")
    named = faces.assign(name=None, name_reason=reasons.astype(object))

    others = {
        one
        for one, flags in zip(photos.photo_id, photos["flags"], strict=True)
        if NAME_WITHHELD in flags
    }
    seeds: dict[str, list[int]] = {}
    for photo_id, rows in faces[large].groupby("photo_id", sort=False):
        names = shown.get(photo_id, [])
        if len(names) == len(rows) == 1 and names[0] in people and photo_id not in others:
            seeds.setdefault(names[0], []).append(rows.index[0])
    groups = {name: _alike(faces, rows) for name, rows in seeds.items()}
    for name, rows in groups.items():
        named.loc[rows, "name"] = name
        named.loc[rows, "name_reason"] = "the photo's only clear face and only name"

    for photo_id, rows in faces[large & named.name.isna()].groupby("photo_id", sort=False):
        taken = set(named.name[named.photo_id == photo_id].dropna())
        names = [name for name in shown.get(photo_id, []) if name in people and name not in taken]
        _match(named, rows.index, {name: groups[name] for name in names if name in groups})
        if names and not any(name in groups for name in names):
            named.loc[rows.index, "name_reason"] = "no photo shows this name and one face alone"
    named["name"] = named.name.astype(object).where(named.name.notna(), None)
    return named


def mean_embedding(faces: pd.DataFrame, name: str, recogniser: str) -> Float[np.ndarray, "d"]:
    """The mean vector of the usable faces of `name`; a unit vector for recognisers of cosines.

    Raises AlbumenError when there is none.
    """
    mine = faces[(faces.name == name) & usable(faces)]
    if mine.empty:
        raise AlbumenError(
            f"There is no usable face of {name}: expected a photo that names {name} and shows "
            f"one face alone, at least {MIN_PIXELS:.0f} px between eyes and mouth."
        )
    mean = np.stack(list(mine[recogniser])).astype(float).mean(axis=0)
    return mean if recogniser == "dlib" else mean / np.linalg.norm(mean)


def _alike(faces: pd.DataFrame, rows: list[int]) -> list[int]:
    """`rows` without those unlike the group's medoid: a name given to the wrong photo."""
    if len(rows) < 3:  # of two that differ, nothing says which is wrong
        return rows
    dlib, sface = _vectors(faces, rows, "dlib"), _vectors(faces, rows, "sface")
    distances = np.linalg.norm(dlib[:, None] - dlib[None], axis=2)
    medoid = distances.sum(axis=1).argmin()
    same = (distances[medoid] < SAME_DLIB) | (sface @ sface[medoid] > SAME_SFACE)
    return [row for row, keep in zip(rows, same, strict=True) if keep]


def _match(named: pd.DataFrame, rows: pd.Index, groups: dict[str, list[int]]) -> None:
    """Name the faces `rows` of one photo after `groups`, each name at most once."""
    if not groups:
        return
    dlib_means = np.stack([_vectors(named, group, "dlib").mean(0) for group in groups.values()])
    sface_means = np.stack([_vectors(named, group, "sface").mean(0) for group in groups.values()])
    sface_means /= np.linalg.norm(sface_means, axis=1, keepdims=True)
    distances = np.linalg.norm(_vectors(named, rows, "dlib")[:, None] - dlib_means[None], axis=2)
    cosines = _vectors(named, rows, "sface") @ sface_means.T
    fits = (distances < MATCH_DLIB) & (cosines > SAME_SFACE)
    named.loc[rows, "name_reason"] = [
        f"unlike everybody named in the photo (nearest at distance {nearest:.2f})"
        for nearest in distances.min(axis=1)
    ]
    face, name = linear_sum_assignment(np.where(fits, distances, 1e3))
    for i, j in zip(face, name, strict=True):
        if fits[i, j]:
            known = list(groups)[j]
            named.loc[rows[i], "name"] = known
            named.loc[rows[i], "name_reason"] = (
                f"of the photo's faces and names, the likeliest pair: distance "
                f"{distances[i, j]:.2f} from the mean of {len(groups[known])} faces"
            )


def _vectors(faces: pd.DataFrame, rows: list[int] | pd.Index, recogniser: str) -> Vectors:
    return np.stack(list(faces.loc[rows, recogniser])).astype(float)


def separation(faces: pd.DataFrame) -> tuple[float, float]:
    """Median dlib distance of pairs with the same name, and of pairs with different names.

    `faces`: named faces. NaN where there is no such pair. The same person is under SAME_DLIB.
    """
    vectors = np.stack(list(faces.dlib)).astype(float)
    first, second = np.triu_indices(len(faces), k=1)
    distances = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    names = faces.name.to_numpy()
    same = names[first] == names[second]
    within, between = (
        float(np.median(part)) if len(part) else float("nan")
        for part in (distances[same], distances[~same])
    )
    return within, between
