"""Where people, pets and objects stand in a picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from albumen.generate.layers import Layer, fade, fitted, person_layer

HEAD = (0.46, 0.54)  # side of a portrait as a share of the picture's height: a head of .38 to .45
ALIKE = (0.94, 1.06)  # how much the heads of one picture differ in size
TIGHT = 1.55  # largest side of a portrait, in the room each has: hair may overlap, faces do not
PET = (0.42, 0.5)  # height of a pet as a share of the picture's
BESIDE = 0.85  # of that beside people
GROUND = 0.96  # where paws stand, as a share of the picture's height

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
LOW = 0.19  # height of the front row of two, so that the one behind is not too far up
GAP = 0.02  # of the height, between the tops of the front row and the ground of the one behind
FURTHER = 0.8  # size of what stands behind


class Thing(NamedTuple):
    """A pet or an object, cut out."""

    layer: Layer
    shows: str  # its word
    pet: bool


class Placed(NamedTuple):
    """A layer and where its lower left corner is, in pixels of the picture."""

    index: int
    layer: Layer
    left: int
    bottom: int


def arrange(
    portraits: Sequence[UInt8[np.ndarray, "s s 3"]],
    things: Sequence[Thing],
    size: tuple[int, int],
    seed: int,
    heads: tuple[float, float] = HEAD,
) -> list[Placed]:
    """Everybody side by side in the lower part of a picture of `size`, in an order by `seed`.

    Who is further behind comes first. For `heads` and the numbers of layers see `compose`.
    """
    rng = np.random.default_rng(seed)
    width, height = size
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
        side = min(height * head * rng.uniform(*ALIKE), TIGHT * room)
        layer = person_layer(portrait, round(side))
        placed.append(_stand(index, layer, order[index], centres, (height, width)))
    for slot, (index, one) in zip(order[len(portraits) :], pets, strict=False):
        tall = height * rng.uniform(*PET) * (BESIDE if portraits else 1.0)
        layer = fitted(one.layer, round(tall), round(room * 0.92))
        placed.append(_stand(index, layer, slot, centres, (height, width)))
    if objects:
        left = 0.0 if count == 1 else order[-1] * room
        scale = OBJECT * (BESIDE if count > 1 else 1.0) * height
        placed += _rows(objects, left, room, scale, height, rng)
    return placed


def _stand(
    index: int, layer: Layer, slot: int, centres: Sequence[float], shape: tuple[int, int]
) -> Placed:
    """Where a layer stands; a side that the photo cut goes to the picture's edge or fades."""
    height, width = shape
    bottom = round(height * GROUND) if layer.grounded else height
    wide = layer.matte.shape[1]
    sides = layer.cut & {"left", "right"}
    if len(sides) == 1 and slot in (0, len(centres) - 1):
        to_left = "left" in sides if len(centres) == 1 else slot == 0
        if to_left != ("left" in sides):
            layer = layer._replace(colours=layer.colours[:, ::-1], matte=layer.matte[:, ::-1])
        return Placed(index, layer, 0 if to_left else width - wide, bottom)
    for side in sorted(sides):
        layer = layer._replace(matte=fade(layer.matte, axis=1, end=side == "right"))
    return Placed(index, layer, round(width * centres[slot] - wide / 2), bottom)


def _rows(
    objects: Sequence[tuple[int, Thing]],
    left: float,
    room: float,
    scale: float,
    height: int,
    rng: np.random.Generator,
) -> list[Placed]:
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
        shrink = min(FURTHER**depth, fill / sum(wide[k] for k in row))
        if len(rows) > 1 and depth == 0:
            shrink = min(shrink, LOW * height / max(tall[k] for k in row))
        gap = (room * ROW[0] - shrink * sum(wide[k] for k in row)) / len(row)
        at = left + room * (1 - ROW[0]) / 2
        for k in row:
            layer = fitted(layers[k], round(shrink * tall[k]), round(shrink * wide[k]) + 1)
            place = at + gap * rng.uniform(0.35, 0.65)
            placed.insert(0, Placed(k, layer, round(place), round(ground)))
            at += gap + shrink * wide[k]
        ground -= shrink * max(tall[k] for k in row) + GAP * height
    return placed
