"""People and pets into a scene: cut out, scaled, lit like it, and standing somewhere.

A portrait shows head and neck only. It is first continued to the sides and downwards, so that the
shoulders leave the picture at its bottom edge and nobody floats.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from albumen.generate.colour import to_lab, to_rgb
from albumen.generate.cutout import foreground, person_matte, subject_matte, tighten
from albumen.generate.inpaint import inpaint

SIDES, ABOVE, BELOW = 0.42, 0.08, 0.13  # of the portrait's side, continued around it
SEAM = 0.03  # of the portrait's side, where the portrait and its continuation mix
SHOULDERS = 0.4  # how high clothes may reach beside the portrait, as a share of its side
CROWN = 0.5  # height of the flattest crown of a head, as a share of its half width
HEAD = (0.46, 0.54)  # side of a portrait as a share of the picture's height: a head of .38 to .45
HEAD_WIDTH = 0.66  # of a portrait's side
PET = (0.42, 0.5)  # height of a pet as a share of the picture's
GROUND = 0.96  # where paws stand, as a share of the picture's height
DEFOCUS = 1 / 320  # blur of what is behind a person, as a share of the picture's side
LEAST_CHROMA = 0.05  # Lab / 100: below it a scene counts as black and white, and so do layers
TINT = 0.3  # how much of the scene's light colour falls on a layer


class Layer(NamedTuple):
    """Somebody cut out, at the size they have in the picture."""

    colours: UInt8[np.ndarray, "h w 3"]
    matte: Float[np.ndarray, "h w"]  # opacity 0..1
    painted: Bool[np.ndarray, "h w"]  # continued by inpainting
    grounded: bool  # stands within the picture; otherwise leaves it at the bottom edge
    cut: str = ""  # the side (left, right) where the photo's edge cut it; both: "sides"


class Composition(NamedTuple):
    """A picture and the layer each pixel shows (-1: the scene; -2: a painted part of a layer)."""

    image: UInt8[np.ndarray, "h w 3"]
    shown: Int[np.ndarray, "h w"]


def person_layer(portrait: UInt8[np.ndarray, "s s 3"], side: int) -> Layer:
    """A portrait at `side` pixels, continued around and cut out."""
    head = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    wide, above, below = (round(side * share) for share in (SIDES, ABOVE, BELOW))
    seam = max(round(side * SEAM), 1)
    canvas = np.zeros((above + side + below, side + 2 * wide, 3), np.uint8)
    canvas[above : above + side, wide : wide + side] = head
    hole = np.ones(canvas.shape[:2], bool)
    hole[above + seam : above + side - seam, wide + seam : wide + side - seam] = False
    # 1 in the portrait, falling to 0 over the seam
    inside = np.zeros(hole.shape, np.uint8)
    inside[above : above + side, wide : wide + side] = 1
    inside = np.pad(inside, 1)  # distances count from the canvas's edge too
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    own = np.clip((depth - 1) / seam, 0, 1)[..., None]
    canvas = np.rint(own * canvas + (1 - own) * inpaint(canvas, hole)).astype(np.uint8)
    matte = _round_shoulders(_round_crown(person_matte(canvas), side), side)
    painted = own[..., 0] < 0.5
    return Layer(foreground(canvas, matte), tighten(matte), painted, grounded=False)


def pet_layer(photo: UInt8[np.ndarray, "h w 3"], height: int, width: int) -> Layer:
    """What stands out in `photo`, cut out and fitted into `height` by `width` pixels.

    Raises AlbumenError when nothing stands out.
    """
    matte = subject_matte(photo)
    rows, columns = np.flatnonzero((matte > 0.5).any(1)), np.flatnonzero((matte > 0.5).any(0))
    touches_bottom = rows[-1] >= photo.shape[0] - 3
    touches = (columns[0] <= 2, columns[-1] >= photo.shape[1] - 3)
    cut = {(True, False): "left", (False, True): "right", (True, True): "sides"}.get(touches, "")
    if rows[0] <= 2:
        matte = _fade(matte, axis=0)
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    colours, matte = foreground(photo, matte)[box], tighten(matte[box])
    scale = min(height / matte.shape[0], width / matte.shape[1])
    size = (max(round(matte.shape[1] * scale), 1), max(round(matte.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    matte = np.clip(cv2.resize(matte, size, interpolation=how), 0, 1)
    colours = cv2.resize(colours, size, interpolation=how)
    return Layer(colours, matte, np.zeros(matte.shape, bool), not touches_bottom, cut)


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
        matte = _fade(matte, axis=1)
    if layer.cut in ("right", "sides"):
        matte = _fade(matte, axis=1, end=True)
    return layer._replace(matte=matte), middle


def _round_crown(matte: Float[np.ndarray, "h w"], side: int) -> Float[np.ndarray, "h w"]:
    """Round hair that a portrait of `side` pixels cut flat; a round crown stays as it is."""
    top = int((matte > 0.5).any(1).argmax())
    temples = np.flatnonzero(matte[min(top + side // 4, matte.shape[0] - 1)] > 0.5)
    if not len(temples):
        return matte
    centre, half = (temples[0] + temples[-1]) / 2, (temples[-1] - temples[0] + 1) / 2
    rows, columns = np.indices(matte.shape)
    across = np.clip(1 - ((columns - centre) / half) ** 2, 0, 1)
    # an ellipse flatter than any head: only corners lie outside
    crown = top + CROWN * half * (1 - np.sqrt(across))
    soft = np.clip((rows - crown) / max(0.04 * half, 1) + 1, 0, 1)
    return (matte * soft).astype(np.float32)


def _round_shoulders(matte: Float[np.ndarray, "h w"], side: int) -> Float[np.ndarray, "h w"]:
    """Let the shoulders of a portrait of `side` pixels fall before the canvas ends."""
    height, width = matte.shape
    rows, columns = np.indices(matte.shape)
    across = np.abs(columns - (width - 1) / 2) / (width / 2)
    highest = height - SHOULDERS * side * np.sqrt(np.clip(1 - across**2, 0, 1))
    soft = np.clip((rows - highest) / max(0.02 * side, 1), 0, 1)
    beside = across > 1 / (1 + 2 * SIDES)
    return np.where(beside, matte * soft, matte).astype(np.float32)


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


def _fade(matte: Float[np.ndarray, "h w"], axis: int, end: bool = False) -> np.ndarray:
    """Let the first (or last) eighth of the matte along `axis` rise from 0."""
    length = matte.shape[axis]
    ramp = np.clip(np.arange(length) / max(length / 8, 1), 0, 1).astype(np.float32)
    ramp = ramp[::-1] if end else ramp
    return matte * (ramp[:, None] if axis == 0 else ramp[None])
