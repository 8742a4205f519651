"""Faces that do not exist: a style vector w of 512 numbers becomes a 1024 px portrait.

The network is MobileStyleGAN (Belousov 2021, arXiv:2104.04767), distilled from the StyleGAN2 of
FFHQ: a mapping network takes Gaussian z to w, a synthesis network takes w to a picture.
Both run in OpenVINO, on one thread and in float32, so the same w gives the same bytes.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import openvino
from jaxtyping import Float, Float32, UInt8

from albumen.weights import weight

SIDE = 1024  # pixels of a portrait's side, as the network makes it
TRUNCATION = 0.8  # w is drawn this close to the mean: fewer broken faces, less variety
MEAN_SAMPLES = 4096  # latents behind the mean

# the synthesis network's layer that a linear head can already turn into a picture
FEATURES = "Add_641"  # 128 channels
FEATURES_SIDE = 256

ASSET = Path(__file__).parents[1] / "assets" / "portrait.safetensors"  # made by fit_portrait

ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}

W = Float32[np.ndarray, "512"]


def sample_w(seeds: Sequence[int]) -> Float32[np.ndarray, "n 512"]:
    """One style vector a seed, truncated towards the mean by TRUNCATION."""
    w = np.empty((len(seeds), 512), np.float32)
    for row, seed in enumerate(seeds):  # one at a time: a seed's w doesn't depend on the others
        z = np.random.default_rng(seed).standard_normal((1, 512)).astype(np.float32)
        w[row] = _map(z)[0]
    return mean_w() + np.float32(TRUNCATION) * (w - mean_w())


def render(w: Float[np.ndarray, "512"], size: int = 512) -> UInt8[np.ndarray, "s s 3"]:
    """The sRGB portrait of style `w`, `size` pixels a side (at most 1024). About 0.3 s."""
    image = _synthesis()(np.asarray(w, np.float32)[None])[0][0]
    return to_pixels(image, size)


def to_pixels(image: Float[np.ndarray, "3 h w"], size: int) -> UInt8[np.ndarray, "s s 3"]:
    """The network's -1..1 planes as sRGB bytes, reduced to `size` by averaging."""
    pixels = ((np.clip(image, -1, 1) + 1) * 127.5).round().astype(np.uint8).transpose(1, 2, 0)
    if size != pixels.shape[0]:
        pixels = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels)


@cache
def mean_w() -> W:
    """The mean style, over MEAN_SAMPLES latents."""
    z = np.random.default_rng(0).standard_normal((MEAN_SAMPLES, 512)).astype(np.float32)
    return np.concatenate([_map(row[None]) for row in z]).mean(axis=0)


def _map(z: Float32[np.ndarray, "1 512"]) -> Float32[np.ndarray, "1 512"]:
    return np.array(_mapping()(z)[0])


@cache
def _mapping() -> openvino.CompiledModel:
    model = openvino.Core().read_model(weight("mapping-xml"), weight("mapping-bin"))
    return openvino.Core().compile_model(model, "CPU", ONE_THREAD)


@cache
def _synthesis() -> openvino.CompiledModel:
    model = openvino.Core().read_model(weight("synthesis-xml"), weight("synthesis-bin"))
    return openvino.Core().compile_model(model, "CPU", ONE_THREAD)
