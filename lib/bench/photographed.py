"""What one photo of a person shows: vectors of its face, and what groups are told apart by."""

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from albumen.embed import Embedder, make
from albumen.errors import AlbumenError
from albumen.faces import RECOGNISERS, Face, main_face
from albumen.faces.networks import aligned
from albumen.generate.eyes import age, faceres
from albumen.images import open_photo
from albumen.prints import print_of

SCORER = "efficientnet-lite0"  # of the copy audit

Rgb = UInt8[np.ndarray, "h w 3"]


def read_photo(path: Path) -> dict[str, Any]:
    """The main face of one photo: vectors by recogniser, and what groups are told apart by.

    Without "turn" where there is no face, or no photo ("error").
    """
    try:
        photo = open_photo(str(path))
    except AlbumenError as error:
        return {"file": str(path), "error": str(error)}
    rgb = np.asarray(photo)
    face = main_face(rgb)
    read = {
        "file": str(path),
        "prints": print_of(photo).tolist(),
        "vector": scorer().embed_images([photo])[0].tolist(),
    }
    if face is None:
        return read
    return read | {
        "vectors": {name: run(rgb, face.landmarks).tolist() for name, run in RECOGNISERS.items()}
        | {"faceres": faceres(rgb, face.landmarks).tolist()},
        "age": age(rgb, face.landmarks),
        "turn": turn(face),
        "skin": skin(rgb, face),
        "crop": small(grey(rgb, face)),
    }


@cache
def scorer() -> Embedder:
    """The encoder of the copy audit."""
    return make(SCORER)


def turn(face: Face) -> float:
    """How far the nose is off the middle of the eyes, in eye distances: .5 is a profile."""
    left, right, nose = face.landmarks[:3]
    along = (right - left) / np.square(right - left).sum()
    return float(abs((nose - (left + right) / 2) @ along))


def skin(rgb: Rgb, face: Face) -> float:
    """Individual typology angle of the cheeks, degrees: under 10 brown, under -30 dark.

    Chardonnet et al. 1991, classes of Del Bino and Bernerd 2013. As photographed: dim light
    darkens skin, flash lightens it.
    """
    left, right, _, *mouth = face.landmarks
    half = max(1, round(0.12 * float(np.linalg.norm(right - left))))
    cheeks = []
    for eye, corner in zip((left, right), mouth, strict=True):
        x, y = np.round(eye + 0.6 * (corner - eye)).astype(int)
        patch = rgb[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1]
        cheeks.append(patch.reshape(-1, 3))
    lab = cv2.cvtColor(np.concatenate(cheeks)[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light, _, yellow = np.median(lab[0], axis=0)
    return float(np.degrees(np.arctan2(light - 50, max(yellow, 1e-3))))


def grey(rgb: Rgb, face: Face) -> UInt8[np.ndarray, "112 112"]:
    """The face turned upright."""
    return cv2.cvtColor(aligned(rgb, face.landmarks), cv2.COLOR_RGB2GRAY)


def small(crop: UInt8[np.ndarray, "112 112"]) -> list[list[int]]:
    """The face as copies are told by: 28 px a side."""
    return cv2.resize(crop, (28, 28), interpolation=cv2.INTER_AREA).tolist()
