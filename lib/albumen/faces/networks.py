"""Faces in a picture: where they are, and a vector of each by every recogniser.

Detection and landmarks are YuNet's (Wu et al. 2023). A recogniser is a function from the picture
and five landmarks to a vector: add one to RECOGNISERS, and its column to tables.FACES.
SFace (Zhong et al. 2021, arXiv:2205.12010) gives unit vectors, the same person above cosine .363;
dlib's ResNet (King 2017) gives vectors of length about 1.4, the same person under distance .6.
MobileFaceNet (Chen et al. 2018, arXiv:1804.07573) gives unit vectors. It conditions and selects
nothing anywhere, so that it can judge everything.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import cv2
import dlib
import numpy as np
import onnxruntime
import openvino
from jaxtyping import Float, Float32, UInt8

from albumen.weights import weight

Rgb = UInt8[np.ndarray, "h w 3"]
Landmarks = Float[np.ndarray, "5 2"]  # eyes, nose, mouth corners; the viewer's left first; x, y
Vector = Float32[np.ndarray, "d"]

DETECT_SIDES = (1280, 320)  # longest sides searched: small faces in the first, huge in the second
MIN_SCORE = 0.6
NMS_OVERLAP = 0.3
SAME_SFACE = 0.363  # cosine from which SFace's authors call two faces one person
SAME_DLIB = 0.6  # distance under which dlib's author does
SAME_MOBILEFACENET = 0.31  # cosine: the best of 250 pairs of Labeled Faces in the Wild

# where the landmarks lie in SFace's 112 px crop, as its authors (and ArcFace's) aligned it
SFACE_SIDE = 112
SFACE_LANDMARKS = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
# dlib's box from the landmarks, fitted to the boxes of its own detector
DLIB_BOX_SCALE = 2.32  # side, in the larger of eye distance and .95 eye-to-mouth distance
DLIB_BOX_CENTRE = 0.555  # of the way from the eyes to the mouth


class Face(NamedTuple):
    """One detected face, in pixels of the picture it was found in."""

    box: Float[np.ndarray, "4"]  # x, y, width, height
    landmarks: Landmarks
    score: float  # 0..1

    @property
    def pixels(self) -> float:
        """Distance between eyes and mouth, px: how much there is to recognise."""
        return float(np.linalg.norm(self.landmarks[:2].mean(0) - self.landmarks[3:].mean(0)))


def detect(rgb: Rgb) -> list[Face]:
    """Every face in `rgb`, the most certain first."""
    found = np.concatenate([_detect_at(rgb, side) for side in DETECT_SIDES])
    if not len(found):
        return []
    kept = cv2.dnn.NMSBoxes(found[:, :4].tolist(), found[:, 14].tolist(), MIN_SCORE, NMS_OVERLAP)
    rows = sorted((found[i] for i in np.reshape(kept, -1)), key=lambda row: -row[14])
    return [Face(row[:4], row[4:14].reshape(5, 2), float(row[14])) for row in rows]


def main_face(rgb: Rgb) -> Face | None:
    """The largest face of a portrait, None where there is none."""
    return max(detect(rgb), key=lambda face: face.pixels, default=None)


def _detect_at(rgb: Rgb, side: int) -> Float32[np.ndarray, "n 15"]:
    """YuNet's rows (box, landmarks, score) with the picture reduced to `side` at most."""
    scale = min(1.0, side / max(rgb.shape[:2]))
    size = [max(1, round(length * scale)) for length in rgb.shape[1::-1]]
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if scale < 1:
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    detector = _yunet()
    detector.setInputSize(size)
    rows = detector.detect(bgr)[1]
    if rows is None:
        return np.zeros((0, 15), np.float32)
    rows[:, :14] /= np.tile(np.divide(size, rgb.shape[1::-1]), 7).astype(np.float32)
    return rows


def similarity(source: Landmarks, target: Landmarks) -> Float[np.ndarray, "2 3"]:
    """The rotation, scale and shift that takes `source` nearest to `target` (least squares)."""
    x, y = source.T
    one, nil = np.ones(len(x)), np.zeros(len(x))
    system = np.concatenate([np.stack([x, -y, one, nil], 1), np.stack([y, x, nil, one], 1)])
    a, b, dx, dy = np.linalg.lstsq(system, target.T.reshape(-1), rcond=None)[0]
    return np.array([[a, -b, dx], [b, a, dy]])


def aligned(rgb: Rgb, landmarks: Landmarks) -> UInt8[np.ndarray, "112 112 3"]:
    """The face turned upright as SFace and MobileFaceNet want it.

    A large one is reduced first, against aliasing.
    """
    reduction = int(0.5 / np.linalg.norm(similarity(landmarks, SFACE_LANDMARKS)[:, 0]))
    if reduction > 1:
        height, width = (max(1, length // reduction) for length in rgb.shape[:2])
        landmarks = landmarks * (width / rgb.shape[1], height / rgb.shape[0])
        rgb = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    matrix = similarity(landmarks, SFACE_LANDMARKS)
    return cv2.warpAffine(rgb, matrix, (SFACE_SIDE, SFACE_SIDE))


def sface(rgb: Rgb, landmarks: Landmarks) -> Vector:
    """SFace's unit vector of the face, 128 numbers."""
    crop = aligned(rgb, landmarks)
    planes = crop.transpose(2, 0, 1)[None].astype(np.float32)  # its first layers normalise 0..255
    vector = _sface().run(None, {"data": planes})[0][0]
    return vector / np.linalg.norm(vector)


def dlib_resnet(rgb: Rgb, landmarks: Landmarks) -> Vector:
    """dlib's vector of the face, 128 numbers, not normalised."""
    eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
    span = max(np.linalg.norm(landmarks[0] - landmarks[1]), 0.95 * np.linalg.norm(eyes - mouth))
    half = DLIB_BOX_SCALE * span / 2
    x, y = eyes + DLIB_BOX_CENTRE * (mouth - eyes)
    box = dlib.rectangle(*(int(edge) for edge in (x - half, y - half, x + half, y + half)))
    shape_predictor, network = _dlib()
    rgb = np.ascontiguousarray(rgb)
    vector = network.compute_face_descriptor(rgb, shape_predictor(rgb, box))
    return np.array(vector, np.float32)


def mobilefacenet(rgb: Rgb, landmarks: Landmarks) -> Vector:
    """MobileFaceNet's unit vector of the face, 192 numbers."""
    crop = aligned(rgb, landmarks).astype(np.float32)
    return np.array(_mobilefacenet()((crop[None] - 127.5) / 128)[0][0])


RECOGNISERS: dict[str, Callable[[Rgb, Landmarks], Vector]] = {
    "sface": sface,
    "dlib": dlib_resnet,
    "mobilefacenet": mobilefacenet,
}


@cache
def _yunet() -> cv2.FaceDetectorYN:
    return cv2.FaceDetectorYN.create(
        str(weight("yunet")), "", (320, 320), MIN_SCORE, NMS_OVERLAP, 50
    )


@cache
def _sface() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: the file's old format warns of every weight
    return onnxruntime.InferenceSession(
        weight("sface"), options, providers=["CPUExecutionProvider"]
    )


@cache
def _mobilefacenet() -> openvino.CompiledModel:
    one_thread = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    core = openvino.Core()
    return core.compile_model(core.read_model(weight("mobilefacenet")), "CPU", one_thread)


@cache
def _dlib() -> tuple[Any, Any]:
    return (
        dlib.shape_predictor(str(weight("dlib-landmarks"))),
        dlib.face_recognition_model_v1(str(weight("dlib-resnet"))),
    )
