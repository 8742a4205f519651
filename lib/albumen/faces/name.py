"""Give faces the names that the owner gave, each with its reason and how sure it is.

The surest evidence comes first, and weaker evidence takes no name back:

1. the owner's word on this face (`corrections`);
2. a box in the metadata that carries the name (`match_boxes`);
3. the photo's only name on its only clear face;
4. in a photo that lists names: the listed person whom the face is like, by two recognisers that
   agree, or whose group it is in;
5. in a photo that lists nobody: the one name of the face's group, if both recognisers are sure.

The first three are direct: they need no likeness, and the others compare with them. Only people
whom consent allows in the profile are named, and nobody in a box whose name is withheld.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped
from scipy.optimize import linear_sum_assignment

from albumen.consent import NAME_WITHHELD, Consent
from albumen.faces.boxes import match_boxes
from albumen.faces.confidence import confidences
from albumen.faces.corrections import Corrections, Resolved, nameable, resolve
from albumen.faces.group import group_faces
from albumen.faces.known import usable
from albumen.faces.networks import SAME_DLIB, SAME_SFACE
from albumen.faces.odds import evidence

# A face against the mean of a group lies nearer than against one face of it, so less is allowed.
MATCH_DLIB = 0.55
# Where no list of names supports it, likeness must be surer. Against means of 2 and more faces, 1
# in 200,000 of LFW's strangers passes both, and 95 in 100 of people's own other photos.
SURE_DLIB = 0.5
SURE_SFACE = 0.45
MAJORITY = 0.75  # of a group's direct names that must be one for the group to take it
WITNESSES = 2  # photos that must give a group its name before those that list nobody take it

UNCLEAR = "too small or unclear to recognise"
NO_NAME = "the photo has no name to give"
MARKED = "the metadata marks this face without a name that may be used"

Rows = Int[np.ndarray, "r"]


class _Naming(NamedTuple):
    """What is known of every face so far; the first four are filled in place."""

    name: Shaped[np.ndarray, "n"]  # None: nobody
    reason: Shaped[np.ndarray, "n"]
    by: Shaped[np.ndarray, "n"]  # owner, box, sole, listed, group; "": nobody
    free: Bool[np.ndarray, "n"]  # clear, unnamed, and nothing forbids to name it
    group: Float[np.ndarray, "n"]
    face_id: Shaped[np.ndarray, "n"]
    said: Resolved  # by the owner
    sface: Float[np.ndarray, "n 128"]
    dlib: Float[np.ndarray, "n 128"]

    def give(self, face: int | np.integer, name: str, by: str, reason: str) -> None:
        self.name[face], self.by[face], self.reason[face] = name, by, reason
        self.free[face] = False

    def may_be(self, face: int | np.integer, name: str) -> bool:
        """Whether the face is free, and the owner does not deny it this name."""
        return bool(self.free[face]) and (self.face_id[face], name) not in self.said.no


class _Mean(NamedTuple):
    """The mean of some faces."""

    sface: Float[np.ndarray, "128"]  # unit vector
    dlib: Float[np.ndarray, "128"]
    faces: int


def name_faces(
    faces: pd.DataFrame,
    photos: pd.DataFrame,
    consent: Consent,
    corrections: Corrections | None = None,
) -> pd.DataFrame:
    """`faces` with name, name_reason, confidence and group; name None where nobody is recognised.

    `photos` is a PHOTOS table after `consent.filter_photos`, `corrections` what `read_corrections`
    read (see `Resolved.unheeded` for what of them has no effect).
    """
    people = nameable(consent)
    pets = {name for name, one in consent.people.items() if one.kind == "pet"}
    faces = faces.reset_index(drop=True)
    clear = usable(faces).to_numpy()
    naming = _Naming(
        name=np.full(len(faces), None, object),
        reason=np.where(clear, NO_NAME, UNCLEAR).astype(object),
        by=np.full(len(faces), "", object),
        free=clear.copy(),
        group=group_faces(faces),
        face_id=faces.face_id.to_numpy(object),
        said=resolve(corrections or Corrections(), faces.face_id, people),
        sface=np.array(faces.sface.tolist(), float).reshape(-1, 128),
        dlib=np.array(faces.dlib.tolist(), float).reshape(-1, 128),
    )
    rows_of = faces.groupby("photo_id", sort=False).indices
    shown = [one for one in photos.itertuples(index=False) if one.photo_id in rows_of]

    open_names = {}  # that a photo lists and nothing places in it
    for photo in shown:
        rows = rows_of[photo.photo_id]
        placed = _name_marked(naming, faces.iloc[rows], photo, people)
        listed = [name for name in dict.fromkeys(photo.people) if name not in pets]
        open_names[photo.photo_id] = [one for one in listed if one in people - placed]
        if len(listed) == 1 and NAME_WITHHELD not in photo.flags:
            _name_sole(naming, rows[clear[rows]], open_names[photo.photo_id])
    _drop_unlike(naming)

    means = {name: _mean(naming, naming.name == name) for name in {*naming.name} - {None}}
    groups = _names_of_groups(naming, MAJORITY, 1)
    for photo in shown:
        _name_listed(naming, rows_of[photo.photo_id], open_names[photo.photo_id], means, groups)

    groups = _names_of_groups(naming, 1, WITNESSES)
    group_means = {one: _mean(naming, (naming.group == one) & (naming.by != "")) for one in groups}
    for photo in shown:
        lists = len(photo.people) or any(box["name"] for box in photo.faces)
        if not lists and NAME_WITHHELD not in photo.flags:
            _name_grouped(naming, rows_of[photo.photo_id], group_means, groups)
    return faces.assign(
        name=pd.Series(naming.name, faces.index, object),
        name_reason=naming.reason,
        confidence=confidences(naming.name, naming.by, naming.group, evidence(faces)),
        group=naming.group,
    )


def _name_marked(
    naming: _Naming, faces: pd.DataFrame, photo: Any, people: Collection[str]
) -> set[str]:
    """Rules 1 and 2 for the faces of one photo; gives all names whose place they settle."""
    boxes = match_boxes(faces, photo.faces, people)
    said = {
        face: naming.said.yes[face_id]
        for face, face_id in faces.face_id.items()
        if face_id in naming.said.yes
    }
    for place, face in enumerate(faces.index):
        boxed = boxes.get(place)
        if boxed == "" and (face not in said or NAME_WITHHELD in photo.flags):
            naming.free[face], naming.reason[face] = False, MARKED
        elif face in said:
            naming.give(face, said[face], "owner", "the owner says so")
        elif boxed and boxed not in said.values() and naming.may_be(face, boxed):
            naming.give(face, boxed, "box", "a box in the metadata carries the name")
    return {*said.values(), *(box["name"] for box in photo.faces)}


def _name_sole(naming: _Naming, clear: Rows, names: Sequence[str]) -> None:
    """Rule 3 for the clear faces of a photo that lists one name, which is in `names` if open."""
    if len(clear) == len(names) == 1 and naming.may_be(clear[0], names[0]):
        naming.give(clear[0], names[0], "sole", "the photo's only clear face and only name")


def _drop_unlike(naming: _Naming) -> None:
    """Take back what rule 3 gave to a face unlike the name's medoid: its photo is labelled wrongly.

    The medoid by squared distance is the face nearest to the mean.
    """
    for name in {*naming.name} - {None}:
        rows = np.flatnonzero(naming.name == name)
        if len(rows) < 3:  # of two that differ, nothing says which is wrong
            continue
        dlib, sface = naming.dlib[rows], naming.sface[rows]
        medoid = np.linalg.norm(dlib - dlib.mean(axis=0), axis=1).argmin()
        near = np.linalg.norm(dlib - dlib[medoid], axis=1) < SAME_DLIB
        unlike = ~near & (sface @ sface[medoid] <= SAME_SFACE) & (naming.by[rows] == "sole")
        naming.name[rows[unlike]], naming.by[rows[unlike]] = None, ""
        naming.free[rows[unlike]] = True


def _names_of_groups(naming: _Naming, share: float, witnesses: int) -> dict[float, str]:
    """The name of each group in which at least `share` of the names, and `witnesses`, are one.

    A group has a face a photo, so that its names are as many photos; the owner's word on a face
    counts as WITNESSES.
    """
    votes = pd.Series(np.where(naming.by == "owner", WITNESSES, 1)[naming.by != ""])
    keys = [pd.Series(column[naming.by != ""]) for column in (naming.group, naming.name)]
    votes = votes.groupby(keys).sum()
    clear = votes >= np.maximum(votes.groupby(level=0).transform("sum") * share, witnesses)
    return dict(votes.index[clear])


def _name_listed(
    naming: _Naming,
    rows: Rows,
    names: Sequence[str],
    means: Mapping[str, _Mean],
    groups: Mapping[float, str],
) -> None:
    """Rule 4 for the faces of one photo and its open names, each given at most once."""
    free = rows[naming.free[rows]]
    names = [name for name in names if name not in naming.name[rows]]
    known = [name for name in names if name in means]
    if names and not known:
        naming.reason[free] = "nothing shows which face is this name's in any photo"
    if not (len(free) and known):
        return
    distances, cosines = _likeness(naming, free, [means[name] for name in known])
    of_group = np.array([groups.get(group, "") for group in naming.group[free]], object)[:, None]
    grouped = of_group == np.array(known, object)
    alike = (distances < MATCH_DLIB) & (cosines > SAME_SFACE) & (of_group == "")
    allowed = np.array([[naming.may_be(face, name) for name in known] for face in free])
    fits = (grouped | alike) & allowed
    naming.reason[free] = [
        f"unlike everybody named in the photo (nearest at distance {nearest:.2f})"
        for nearest in distances.min(axis=1)
    ]
    for i, j in zip(*linear_sum_assignment(np.where(fits, distances, 1e3)), strict=True):
        if fits[i, j]:
            reason = (
                f"of the photo's faces and names, the likeliest pair: distance "
                f"{distances[i, j]:.2f} from the mean of {means[known[j]].faces} faces"
            )
            naming.give(free[i], known[j], "listed", reason)


def _name_grouped(
    naming: _Naming, rows: Rows, means: Mapping[float, _Mean], groups: Mapping[float, str]
) -> None:
    """Rule 5 for the faces of one photo that lists nobody, each name given at most once."""
    sure = []
    for face in rows:
        if (group := naming.group[face]) in groups and naming.may_be(face, groups[group]):
            distances, cosines = _likeness(naming, np.array([face]), [means[group]])
            if distances[0, 0] < SURE_DLIB and cosines[0, 0] > SURE_SFACE:
                sure.append((distances[0, 0], face, groups[group], means[group].faces))
    for distance, face, name, count in sorted(sure):
        if name not in naming.name[rows]:
            reason = (
                "the photo lists nobody, and the face's group has one name: distance "
                f"{distance:.2f} from the mean of its {count} named faces"
            )
            naming.give(face, name, "group", reason)


def _mean(naming: _Naming, chosen: Bool[np.ndarray, "n"]) -> _Mean:
    sface = naming.sface[chosen].mean(axis=0)
    return _Mean(sface / np.linalg.norm(sface), naming.dlib[chosen].mean(axis=0), int(chosen.sum()))


def _likeness(
    naming: _Naming, rows: Rows, means: Sequence[_Mean]
) -> tuple[Float[np.ndarray, "r m"], Float[np.ndarray, "r m"]]:
    """dlib's distances and SFace's cosines of the faces with the means."""
    dlib = np.stack([mean.dlib for mean in means])
    distances = np.linalg.norm(naming.dlib[rows][:, None] - dlib, axis=2)
    return distances, naming.sface[rows] @ np.stack([mean.sface for mean in means]).T
