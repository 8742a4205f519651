"""People and pets into a scene: placed side by side, lit like it, and standing somewhere."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.layers import Layer, fade, person_layer, pet_layer

HEAD = (0.46, 0.54)  # side of a portrait as a share of the picture's height: a head of .38 to .45
HEAD_WIDTH = 0.66  # of a portrait's side
PET = (0.42, 0.5)  # height of a pet as a share of the picture's
GROUND = 0.96  # where paws stand, as a share of the picture's height
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
    pets: Sequence[UInt8[np.ndarray, "_ _ 3"]],
    seed: int,
    heads: tuple[float, float] = HEAD,
) -> Composition:
    """Place people and pets side by side in the lower part of `scene`, in an order by `seed`.

    `heads`: smallest and largest side of a portrait as a share of the picture's height, where the
    room allows it. Layers are numbered as given, portraits first. Faces never overlap, shoulders
    may. Raises AlbumenError when no pet stands out in its photo.
    """
    height, width = scene.shape[:2]
    rng = np.random.default_rng(seed)
    count = len(portraits) + len(pets)
    order = rng.permutation(count)
    # one stands near the middle; several share the width
    centres = [rng.uniform(0.42, 0.58)] if count == 1 else (np.arange(count) + 0.5) / count
    room = width / count
    image, shown = scene, np.full((height, width), -1)
    if portraits:
        image = cv2.GaussianBlur(scene, (0, 0), DEFOCUS * max(height, width))
    light = _light(scene)
    for layer_index in range(count):
        slot = int(np.flatnonzero(order == layer_index)[0])
        if layer_index < len(portraits):
            side = height * rng.uniform(*heads)
            side = round(min(side, 0.95 * room / HEAD_WIDTH))
            layer = person_layer(portraits[layer_index], side)
        else:
            tall = round(height * rng.uniform(*PET) * (0.85 if portraits else 1.0))
            layer = pet_layer(pets[layer_index - len(portraits)], tall, round(room * 0.92))
        layer = layer._replace(colours=_relight(layer, light))
        layer, left = _beside(layer, slot, count, width, centres[slot])
        bottom = round(height * GROUND) if layer.grounded else height
        image, shown = _place(image, shown, layer, layer_index, left, bottom)
    return Composition(image, shown)


def _beside(layer: Layer, slot: int, count: int, width: int, centre: float) -> tuple[Layer, int]:
    """The layer's left column; a side that the photo cut goes to the picture's edge or fades."""
    wide = layer.matte.shape[1]
    middle = round(width * centre - wide / 2)
    if layer.cut in ("left", "right") and slot in (0, count - 1):
        to_left = layer.cut == "left" if count == 1 else slot == 0
        if to_left != (layer.cut == "left"):
            layer = layer._replace(colours=layer.colours[:, ::-1], matte=layer.matte[:, ::-1])
        return layer, 0 if to_left else width - wide
    matte = layer.matte
    if layer.cut in ("left", "sides"):
        matte = fade(matte, axis=1)
    if layer.cut in ("right", "sides"):
        matte = fade(matte, axis=1, end=True)
    return layer._replace(matte=matte), middle


def _place(
    image: UInt8[np.ndarray, "h w 3"],
    shown: Int[np.ndarray, "h w"],
    layer: Layer,
    index: int,
    left: int,
    bottom: int,
) -> tuple[UInt8[np.ndarray, "h w 3"], Int[np.ndarray, "h w"]]:
    """Put one layer over the picture; what lies outside is cut."""
    height, width = shown.shape
    tall, wide = layer.matte.shape
    top = bottom - tall
    rows, columns = slice(max(top, 0), bottom), slice(max(left, 0), min(left + wide, width))
    part = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    matte = np.zeros((height, width), np.float32)
    matte[rows, columns] = layer.matte[part]
    front = np.zeros((height, width, 3), np.float32)
    front[rows, columns] = layer.colours[part]
    behind = image.astype(np.float32)
    if layer.grounded:
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
    """Darkness 0..1 on the ground: the lowest part of the matte, flattened and softened."""
    height = matte.shape[0]
    tall = max(int((matte > 0.5).any(1).sum()), 1)
    feet = matte[max(bottom - tall // 5, 0) : bottom].max(0)
    depth = max(tall // 16, 2)
    ground = np.zeros_like(matte)
    ground[max(bottom - depth, 0) : min(bottom + depth // 2, height)] = feet
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
