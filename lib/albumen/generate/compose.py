"""People, pets and objects into a scene: side by side, lit like it, and standing somewhere."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.layers import Layer, fade, fitted, person_layer

HEAD = (0.46, 0.54)  # side of a portrait as a share of the picture's height: a head of .38 to .45
ALIKE = (0.94, 1.06)  # how much the heads of one picture differ in size
HEAD_WIDTH = 0.66  # of a portrait's side
PET = (0.42, 0.5)  # height of a pet as a share of the picture's
BESIDE = 0.85  # of that beside people
GROUND = 0.96  # where paws stand, as a share of the picture's height
DEFOCUS = 1 / 320  # blur of what is behind a person, as a share of the picture's side
LEAST_CHROMA = 0.05  # Lab / 100: below it a scene counts as black and white, and so do layers
TINT = 0.3  # how much of the scene's light colour falls on a layer

OBJECT = 0.34  # height of a thing of a metre as a share of the picture's, standing alone
COMPRESSED = 0.4  # power of sizes: true to scale a cup beside a car would be a dot
USUAL = 0.4  # metres: the height of a thing that METRES does not know
METRES = {
    **dict.fromkeys(("car", "van", "boat", "horse", "surfboard", "tent"), 1.6),
    **dict.fromkeys(("bicycle", "bike", "motorbike", "motorcycle", "guitar", "sofa"), 1.1),
    **dict.fromkeys(("armchair", "chair", "table", "suitcase", "drum", "umbrella"), 0.8),
    **dict.fromkeys(("book", "hat", "camera", "shoe", "boot", "vase", "flower", "plant"), 0.25),
    **dict.fromkeys(("cup", "mug", "coffee", "cake", "cupcake", "phone", "watch", "fruit"), 0.1),
}
ROW = (0.94, 0.92)  # share of the width that a row fills at the most, and of it that things do
FRONT = 0.95  # where the front row stands, as a share of the picture's height
GAP = 0.02  # of the height, between the tops of the front row and the ground of the one behind
FURTHER = 0.8  # size of what stands behind


class Thing(NamedTuple):
    """A pet or an object, cut out."""

    layer: Layer
    shows: str  # its word
    pet: bool


class Composition(NamedTuple):
    """A picture and the layer each pixel shows (-1: the scene; -2: a painted part of a layer)."""

    image: UInt8[np.ndarray, "h w 3"]
    shown: Int[np.ndarray, "h w"]


class _Placed(NamedTuple):
    """A layer and where its lower left corner is, in pixels of the picture."""

    index: int
    layer: Layer
    left: int
    bottom: int


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
    rng = np.random.default_rng(seed)
    height, width = scene.shape[:2]
    numbered = list(enumerate(things, len(portraits)))
    pets = [(k, one) for k, one in numbered if one.pet]
    objects = [(k, one) for k, one in numbered if not one.pet]
    count = len(portraits) + len(pets) + bool(objects)
    order = [int(slot) for slot in rng.permutation(count)]
    # one stands near the middle; several share the width
    centres = [rng.uniform(0.42, 0.58)] if count == 1 else list((np.arange(count) + 0.5) / count)
    room = width / count
    head = rng.uniform(*heads)
    placed = []
    for index, portrait in enumerate(portraits):
        side = min(height * head * rng.uniform(*ALIKE), 0.95 * room / HEAD_WIDTH)
        layer = person_layer(portrait, round(side))
        placed.append(_stand(index, layer, order[index], centres, scene.shape[:2]))
    for slot, (index, one) in zip(order[len(portraits) :], pets, strict=False):
        tall = height * rng.uniform(*PET) * (BESIDE if portraits else 1.0)
        layer = fitted(one.layer, round(tall), round(room * 0.92))
        placed.append(_stand(index, layer, slot, centres, scene.shape[:2]))
    if objects:
        left = 0.0 if count == 1 else order[-1] * room
        scale = OBJECT * (BESIDE if count > 1 else 1.0) * height
        placed += _rows(objects, left, room, scale, height, rng)
    return _paint(scene, placed, bool(portraits))


def _stand(
    index: int, layer: Layer, slot: int, centres: Sequence[float], shape: tuple[int, int]
) -> _Placed:
    """Where a layer stands; a side that the photo cut goes to the picture's edge or fades."""
    height, width = shape
    bottom = round(height * GROUND) if layer.grounded else height
    wide = layer.matte.shape[1]
    sides = layer.cut & {"left", "right"}
    if len(sides) == 1 and slot in (0, len(centres) - 1):
        to_left = "left" in sides if len(centres) == 1 else slot == 0
        if to_left != ("left" in sides):
            layer = layer._replace(colours=layer.colours[:, ::-1], matte=layer.matte[:, ::-1])
        return _Placed(index, layer, 0 if to_left else width - wide, bottom)
    for side in sorted(sides):
        layer = layer._replace(matte=fade(layer.matte, axis=1, end=side == "right"))
    return _Placed(index, layer, round(width * centres[slot] - wide / 2), bottom)


def _rows(
    objects: Sequence[tuple[int, Thing]],
    left: float,
    room: float,
    scale: float,
    height: int,
    rng: np.random.Generator,
) -> list[_Placed]:
    """Objects in one row on the ground, or two where one would be too tight; the back row first."""
    shapes = {k: one.layer.matte.shape for k, one in objects}
    tall = {k: scale * METRES.get(one.shows.lower(), USUAL) ** COMPRESSED for k, one in objects}
    layers = {k: one.layer for k, one in objects}
    wide = {k: tall[k] * shapes[k][1] / shapes[k][0] for k in tall}
    fill = room * ROW[0] * ROW[1]
    order = [int(k) for k in rng.permutation(sorted(tall))]
    rows = [order]
    if sum(wide.values()) > fill and len(order) > 2:
        order.sort(key=lambda k: tall[k])  # the lower ones in front hide nothing
        half = (len(order) + 1) // 2
        rows = [[int(k) for k in rng.permutation(row)] for row in (order[half:], order[:half])]
    placed = []
    ground = FRONT * height
    for depth, row in enumerate(reversed(rows)):
        shrink = FURTHER**depth * min(1.0, fill / (FURTHER**depth * sum(wide[k] for k in row)))
        gap = (room * ROW[0] - shrink * sum(wide[k] for k in row)) / len(row)
        at = left + room * (1 - ROW[0]) / 2
        for k in row:
            layer = fitted(layers[k], round(shrink * tall[k]), round(shrink * wide[k]) + 1)
            place = at + gap * rng.uniform(0.35, 0.65)
            placed.insert(0, _Placed(k, layer, round(place), round(ground)))
            at += gap + shrink * wide[k]
        ground -= shrink * max(tall[k] for k in row) + GAP * height
    return placed


def _paint(
    scene: UInt8[np.ndarray, "h w 3"], placed: Sequence[_Placed], defocus: bool
) -> Composition:
    """Put the layers over the scene, one after another."""
    image, shown = scene, np.full(scene.shape[:2], -1)
    if defocus:
        image = cv2.GaussianBlur(scene, (0, 0), DEFOCUS * max(scene.shape[:2]))
    light = _light(scene)
    for one in placed:
        image, shown = _put(image, shown, one, _relight(one.layer, light))
    return Composition(image, shown)


def _put(
    image: UInt8[np.ndarray, "h w 3"],
    shown: Int[np.ndarray, "h w"],
    placed: _Placed,
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
