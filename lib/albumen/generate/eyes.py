"""What a face is refined towards a person with: a crop of it, and a recogniser of that crop."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import cv2
import dlib
import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor
from torch.nn import functional as F

from albumen.faces.networks import (
    DLIB_BOX_CENTRE,
    DLIB_BOX_SCALE,
    SFACE_LANDMARKS,
    SFACE_SIDE,
    similarity,
)
from albumen.generate import recognise
from albumen.weights import weight

Rgb = UInt8[np.ndarray, "h w 3"]
Landmarks = Float[np.ndarray, "5 2"]
Matrix = Float[np.ndarray, "2 3"]

DLIB_SIDE = 150
# where dlib's own five landmarks (eye corners, nose) lie in its crop, shares of a side, before the
# PADDING around it: dlib/image_transforms/interpolation.h, get_face_chip_details
DLIB_CORNERS = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
DLIB_PADDING = 0.25

FACERES_SIDE = 224
FACERES_LANDMARKS = 2 * (SFACE_LANDMARKS - (56, 64)) + FACERES_SIDE / 2

JITTER = (0.02, 0.015, 0.011)  # of a crop: scale, shear, and shift in shares of its side


class Eye(NamedTuple):
    """One recogniser, from a square crop around a face to its vector."""

    side: int  # of the crop, px
    place: Callable[[Rgb, Landmarks], Matrix]  # from a picture with landmarks into the crop
    see: Callable[[Tensor], Tensor]  # n x 3 x side x side, sRGB 0..255, to n x d


def eye(name: str) -> Eye:
    """The recogniser `name`: sface, dlib or faceres."""
    return {
        "sface": Eye(
            SFACE_SIDE, lambda rgb, marks: similarity(marks, SFACE_LANDMARKS), recognise.sface
        ),
        "dlib": Eye(DLIB_SIDE, _place_dlib, recognise.dlib_resnet),
        "faceres": Eye(
            FACERES_SIDE, lambda rgb, marks: similarity(marks, FACERES_LANDMARKS), recognise.faceres
        ),
    }[name]


def measured(landmarks: Landmarks) -> dict[str, np.floating]:
    """Smile (mouth width) and yaw (nose off the middle of the eyes), in eye distances."""
    left, right, nose, *mouth = landmarks
    eyes = np.linalg.norm(right - left)
    return {
        "smile": np.linalg.norm(mouth[1] - mouth[0]) / eyes,
        "yaw": (nose[0] - (left[0] + right[0]) / 2) / eyes,
    }


def faceres(rgb: Rgb, landmarks: Landmarks) -> Float32[np.ndarray, "1024"]:
    """HSE-FaceRes' unit vector of a photographed face."""
    with torch.no_grad():
        return F.normalize(recognise.faceres(_crop(rgb, landmarks)), dim=1)[0].numpy()


def age(rgb: Rgb, landmarks: Landmarks) -> float:
    """Years that HSE-FaceRes gives a photographed face."""
    with torch.no_grad():
        return float(recognise.years(_crop(rgb, landmarks))[0])


def _crop(rgb: Rgb, landmarks: Landmarks) -> Float[Tensor, "1 3 224 224"]:
    matrix = similarity(landmarks, FACERES_LANDMARKS)
    reduction = int(0.5 / np.linalg.norm(matrix[:, 0]))
    if reduction > 1:  # a large face is reduced first, against aliasing
        size = (max(1, rgb.shape[1] // reduction), max(1, rgb.shape[0] // reduction))
        scale = np.divide(size, rgb.shape[1::-1])
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        matrix = similarity(landmarks * scale, FACERES_LANDMARKS)
    crop = cv2.warpAffine(rgb, matrix, (FACERES_SIDE, FACERES_SIDE))
    return torch.from_numpy(crop.transpose(2, 0, 1)[None].astype(np.float32))


def jittered(
    image: Float[Tensor, "1 3 h w"], place: Matrix, side: int, rng: np.random.Generator
) -> Float[Tensor, "1 3 s s"]:
    """The crop at `place` of a picture of -1..1, 0..255, jittered and perhaps mirrored.

    Differentiable in the picture.
    """
    scale, shear, move = JITTER
    jitter = np.eye(3)
    jitter[0, 0] += scale * rng.standard_normal()
    jitter[1, 1] += scale * rng.standard_normal()
    jitter[0, 1] = shear * rng.standard_normal()
    jitter[:2, 2] = move * side * rng.standard_normal(2)
    to_crop = jitter @ np.vstack([place, (0, 0, 1)])
    y, x = np.mgrid[:side, :side]
    places = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(to_crop)[:2].T
    grid = (places + 0.5) * 2 / image.shape[-1] - 1  # grid_sample's -1..1 spans the whole picture
    grid = torch.from_numpy(grid[None].astype(np.float32))
    crop = (F.grid_sample(image.clamp(-1, 1), grid, align_corners=False) + 1) * 127.5
    return crop.flip(3) if rng.random() < 0.5 else crop


def _place_dlib(rgb: Rgb, landmarks: Landmarks) -> Matrix:
    """Where dlib's own landmarks say, as `networks.dlib_resnet` finds them."""
    eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
    span = max(np.linalg.norm(landmarks[0] - landmarks[1]), 0.95 * np.linalg.norm(eyes - mouth))
    half = DLIB_BOX_SCALE * span / 2
    x, y = eyes + DLIB_BOX_CENTRE * (mouth - eyes)
    box = dlib.rectangle(*(int(edge) for edge in (x - half, y - half, x + half, y + half)))
    parts = _shape_predictor()(rgb, box).parts()
    corners = (DLIB_CORNERS + DLIB_PADDING) / (1 + 2 * DLIB_PADDING) * DLIB_SIDE
    return similarity(np.array([(part.x, part.y) for part in parts], float), corners)


@cache
def _shape_predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(str(weight("dlib-landmarks")))
