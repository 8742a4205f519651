"""People, pets and objects into a scene: side by side, lit like it, and standing on its ground."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.layers import Layer
from albumen.generate.layout import HEAD, Placed, Thing, arrange

DEFOCUS = 1 / 320  # blur of what is behind a person, as a share of the picture's side
LEAST_CHROMA = 0.05  # Lab / 100: below it a scene counts as black and white, and so do layers
TINT = 0.3  # how much of the scene's light colour falls on a layer


class Composition(NamedTuple):
    """A picture and the layer each pixel shows (-1: the scene; -2: a painted part of a layer)."""

    image: UInt8[np.ndarray, "h w 3"]
    shown: Int[np.ndarray, "h w"]


def compose(
    scene: UInt8[np.ndarray, "h w 3"],
    portraits: Sequence[UInt8[np.ndarray, "s s 3"]],
    things: Sequence[Thing],
    seed: int,
    heads: tuple[float, float] = HEAD,
) -> Composition:
    """Place people, pets and objects side by side in the lower part of `scene`, in seeded order.

    `heads`: smallest and largest side of a portrait as a share of the picture's height, where the
    room allows it. Layers are numbered as given, portraits first. Faces never overlap, shoulders
    may; objects share one place and overlap with nothing.
    """
    image, shown = scene, np.full(scene.shape[:2], -1)
    if portraits:
        image = cv2.GaussianBlur(scene, (0, 0), DEFOCUS * max(scene.shape[:2]))
    light = _light(scene)
    for one in arrange(portraits, things, scene.shape[1::-1], seed, heads):
        image, shown = _put(image, shown, one, _relight(one.layer, light))
    return Composition(image, shown)


def _put(
    image: UInt8[np.ndarray, "h w 3"],
    shown: Int[np.ndarray, "h w"],
    placed: Placed,
    colours: UInt8[np.ndarray, "v u 3"],
) -> tuple[UInt8[np.ndarray, "h w 3"], Int[np.ndarray, "h w"]]:
    """Put one layer over the picture; what lies outside is cut."""
    height, width = shown.shape
    index, layer, left, bottom = placed
    tall, wide = layer.matte.shape
    top = bottom - tall
    rows, columns = slice(max(top, 0), bottom), slice(max(left, 0), min(left + wide, width))
    part = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    matte = np.zeros((height, width), np.float32)
    matte[rows, columns] = layer.matte[part]
    front = np.zeros((height, width, 3), np.float32)
    front[rows, columns] = colours[part]
    behind = image.astype(np.float32)
    if bottom < height:
        behind *= 1 - _shadow(matte, bottom)[..., None]
    # a little of what is behind shines over the edge, as it does through a lens
    reach = max(height, width) / 110
    wrap = 0.3 * matte * (1 - cv2.GaussianBlur(matte, (0, 0), reach))
    front += wrap[..., None] * (cv2.GaussianBlur(behind, (0, 0), 2 * reach) - front)
    mixed = behind + matte[..., None] * (front - behind)
    shown = shown.copy()
    covered = matte > 0.5
    shown[covered] = index
    painted = np.zeros((height, width), bool)
    painted[rows, columns] = layer.painted[part]
    shown[covered & painted] = -2
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8), shown


def _shadow(matte: Float[np.ndarray, "h w"], bottom: int) -> Float[np.ndarray, "h w"]:
    """Darkness 0..1 on the ground along the lower outline, where that is near the lowest point."""
    solid = matte > 0.5
    tall = max(int(solid.any(1).sum()), 1)
    lowest = matte.shape[0] - 1 - solid[::-1].argmax(0)
    touches = solid.any(0) & (lowest >= bottom - tall // 5)
    depth = max(tall // 16, 2)
    below = np.arange(matte.shape[0])[:, None] - lowest
    ground = (touches & (below >= -depth) & (below < max(depth // 2, 1))).astype(np.float32)
    near = cv2.GaussianBlur(ground, (0, 0), depth / 2)
    return np.clip(0.45 * near + 0.35 * cv2.GaussianBlur(ground, (0, 0), 2.0 * depth), 0, 0.7)


class _Light(NamedTuple):
    lightness: float  # mean of the scene
    colour: Float[np.ndarray, "2"]  # a, b of its brightest fifth
    chroma: float  # of its most colourful twentieth: 0 in black and white


def _light(scene: UInt8[np.ndarray, "h w 3"]) -> _Light:
    lab = to_lab(scene)
    chroma = float(np.quantile(np.hypot(lab[..., 1], lab[..., 2]), 0.95))
    bright = lab[lab[..., 0] >= np.quantile(lab[..., 0], 0.8)]
    return _Light(float(lab[..., 0].mean()), bright[:, 1:].mean(0), chroma)


def _relight(layer: Layer, light: _Light) -> UInt8[np.ndarray, "h w 3"]:
    """The layer's colours under the scene's light: exposure and tint, both held back."""
    lab = to_lab(layer.colours)
    solid = layer.matte > 0.9
    own = float(lab[..., 0][solid].mean()) if solid.any() else 0.55
    lab[..., 0] *= np.clip((light.lightness / max(own, 0.05)) ** 0.4, 0.62, 1.12)
    lab[..., 1:] *= min(light.chroma / LEAST_CHROMA, 1)
    lab[..., 1:] += np.clip(TINT * light.colour, -0.05, 0.05)
    return to_rgb(lab)
