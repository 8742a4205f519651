"""Does the picture show this person? Faces of the picture against held-out faces of the person.

Every function takes faces as a recogniser's vectors, one row a face. The recogniser must not have
conditioned the picture: a generator that optimised it would be marking its own work.
"""

import math
from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float

from albumen.errors import AlbumenError

# what a recogniser's vectors are compared by, as its authors do
SIMILARITY = {"mobilefacenet": "cosine", "sface": "cosine", "dlib": "distance"}

Faces = Float[np.ndarray, "f d"]


def check_judge(recogniser: str, conditioned_on: Collection[str]) -> None:
    """Raise AlbumenError when `recogniser` shaped or selected the picture it is to score."""
    if recogniser in conditioned_on:
        raise AlbumenError(
            f"'{recogniser}' conditioned this picture and cannot score its likeness: "
            f"use a recogniser other than {', '.join(sorted(conditioned_on))}."
        )


def face_similarity(
    faces: Faces, others: Float[np.ndarray, "g d"], recogniser: str
) -> Float[np.ndarray, "f g"]:
    """Similarity of each face to each other: cosine, or 1 - Euclidean distance (dlib).

    On the second scale .4 is dlib's own threshold for the same person. Raises AlbumenError for a
    recogniser without an entry in SIMILARITY.
    """
    if recogniser not in SIMILARITY:
        raise AlbumenError(f"'{recogniser}' is not one of: {', '.join(sorted(SIMILARITY))}.")
    faces, others = faces.astype(float), others.astype(float)
    if SIMILARITY[recogniser] == "distance":
        return 1 - np.linalg.norm(faces[:, None] - others[None], axis=2)
    lengths = np.linalg.norm(faces, axis=1)[:, None] * np.linalg.norm(others, axis=1)
    return faces @ others.T / lengths


def face_found(faces: Faces) -> float:
    """1 when the picture has a face, else 0: reported beside every likeness."""
    return float(len(faces) > 0)


def likeness(
    faces: Faces,
    held_out: Float[np.ndarray, "h d"],
    recogniser: str,
    conditioned_on: Collection[str] = (),
) -> float:
    """Mean similarity to the held-out faces of the picture's best face (`face_similarity`'s scale).

    Of several faces one is assigned to the person, the most similar. A picture without a face
    scores 0. Raises AlbumenError when the recogniser conditioned the picture or the person has no
    held-out face.
    """
    check_judge(recogniser, conditioned_on)
    if not len(held_out):
        raise AlbumenError("The person has no held-out face to compare with.")
    if not len(faces):
        return 0.0
    return float(face_similarity(faces, held_out, recogniser).mean(axis=1).max())


def calibrated_likeness(
    faces: Faces,
    held_out: Float[np.ndarray, "h d"],
    own: Float[np.ndarray, "o d"],
    strangers: Float[np.ndarray, "s d"],
    recogniser: str,
    conditioned_on: Collection[str] = (),
) -> float:
    """(s - mean impostor) / (mean genuine - mean impostor), from real pairs of this person.

    Genuine pairs are the held-out faces with `own`, the person's other real faces; impostor pairs
    the held-out faces with `strangers`. 0: as similar as a stranger; 1: as another real photo.
    A picture without a face scores 0. NaN where genuine pairs do not exceed impostor pairs, or one
    kind is missing: nothing can be calibrated there.
    """
    score = likeness(faces, held_out, recogniser, conditioned_on)
    if not len(own) or not len(strangers):
        return math.nan
    genuine = face_similarity(own, held_out, recogniser).mean()
    impostor = face_similarity(strangers, held_out, recogniser).mean()
    if genuine <= impostor:
        return math.nan
    return float((score - impostor) / (genuine - impostor)) if len(faces) else 0.0


def likeness_rank1(
    faces: Faces,
    target: str,
    gallery: Mapping[str, Float[np.ndarray, "h d"]],
    recogniser: str,
    conditioned_on: Collection[str] = (),
) -> float:
    """1 when `target` is the most similar identity of the gallery (held-out faces), else 0.

    Chance is one over the gallery's size. 0 without a face.
    """
    if target not in gallery:
        raise AlbumenError("The person to be recognised is not in the gallery.")
    scores = {
        identity: likeness(faces, held_out, recogniser, conditioned_on)
        for identity, held_out in gallery.items()
    }
    others = [score for identity, score in scores.items() if identity != target]
    return float(len(faces) > 0 and scores[target] > max(others, default=-math.inf))
