"""Faces of one person brought together, before anybody is named.

Average linkage (Sokal and Michener 1958) on the log odds of pairs, by chains of nearest neighbours
(Murtagh 1983), with one rule besides: two faces of one photo are two people. Neither a mean nor
that rule lets a merged group be nearer to a third than its nearer half was, which is what makes
the chains exact; and means are products (see `odds`), so nothing as large as all pairs is kept.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from albumen.faces.known import usable
from albumen.faces.odds import Evidence, evidence, log_odds

# Mean log odds from which groups merge: twenty to one. At this, precision and recall of 948 people
# of LFW are the same, .976; the 60 others have 1.000 and .981 (lib/bench/faces_lfw.py).
SAME = 3.0
TIE = 1e-3  # log odds that rounding may differ by: nearer than that is as near

Labels = Int[np.ndarray, "n"]


def group_faces(faces: pd.DataFrame) -> Float[np.ndarray, "n"]:
    """The group of each row of a FACES table, NaN where the face is not `usable`.

    Groups are numbered from 0 by the smallest face_id in them, whatever the order of the rows. A
    face like no other is a group of its own. Time grows with the square of the faces, memory with
    their number.
    """
    groups = np.full(len(faces), np.nan)
    clear = np.flatnonzero(usable(faces))
    clear = clear[np.argsort(faces.face_id.to_numpy(str)[clear], kind="stable")]
    photos = pd.factorize(faces.photo_id.to_numpy()[clear])[0]
    linked = link(evidence(faces.iloc[clear]), photos)
    groups[clear] = pd.factorize(linked)[0]  # numbered as they first appear
    return groups


def link(faces: Evidence, photos: Labels, same: float = SAME) -> Labels:
    """A label for each face, shared by those of one person; `photos` are the photos' numbers.

    Groups merge while their mean log odds are `same` or more.
    """
    vectors, offsets = faces.vectors.copy(), faces.offsets.copy()
    sizes = np.ones(len(photos))
    home = np.arange(len(photos))  # the row whose group a face is in
    apart = _others(photos)  # faces that share a photo with a face of the group
    waiting = np.ones(len(photos), bool)
    chain: list[int] = []  # each the nearest of the one before
    while chain or waiting.any():
        if not chain:
            chain = [int(waiting.argmax())]
        tip = chain[-1]
        odds = log_odds(
            Evidence(vectors[tip : tip + 1], offsets[tip : tip + 1]), Evidence(vectors, offsets)
        )[0]
        odds[~(waiting & np.isfinite(odds))] = -np.inf  # a vector that is no number is like none
        odds[home[apart[tip]]] = odds[tip] = -np.inf
        nearest = int(odds.argmax())
        if odds[nearest] < same:  # and nothing will ever be nearer: the group is whole
            waiting[tip] = False
            chain.pop()
        elif len(chain) > 1 and odds[chain[-2]] >= odds[nearest] - TIE:
            into = chain[-2]
            share = sizes[tip] / (sizes[tip] + sizes[into])
            vectors[into] += share * (vectors[tip] - vectors[into])
            offsets[into] += share * (offsets[tip] - offsets[into])
            sizes[into] += sizes[tip]
            apart[into] = np.concatenate([apart[into], apart[tip]])
            home[home == tip] = into
            waiting[tip] = False
            del chain[-2:]
        else:
            chain.append(nearest)
    return home


def _others(photos: Labels) -> list[Int[np.ndarray, "_"]]:
    """For each face the other faces of its photo."""
    together = pd.Series(np.arange(len(photos))).groupby(photos).indices
    return [rows[rows != face] for face, rows in enumerate(together[one] for one in photos)]
