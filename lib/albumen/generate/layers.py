"""Who is put into a scene: people and pets, cut out at the size they will have.

A portrait shows head and neck only. It is first continued to the sides and downwards, so that the
shoulders leave the picture at its bottom edge and nobody floats.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from albumen.generate.cutout import NoOutline, foreground, person_matte, subject_matte, tighten
from albumen.generate.inpaint import inpaint

SIDES, ABOVE, BELOW = 0.42, 0.08, 0.13  # of the portrait's side, continued around it
SEAM = 0.03  # of the portrait's side, where the portrait and its continuation mix
CHIN = 0.72  # of the portrait's side, where the head ends at the latest
STRAND = 0.03  # of the portrait's side: what joins two people by less than twice this is cut
SHOULDERS = 0.4  # how high clothes may reach beside the portrait, as a share of its side
SIDE_CURVE = 0.35  # depth of the curve of hair cut at a side, as a share of half its height
TOUCH = 0.12  # of its width or height that lies along a photo's edge from which that cuts it
CROWN = 0.5  # height of the flattest crown of a head, as a share of its half width


class Layer(NamedTuple):
    """Somebody cut out, at the size they have in the picture."""

    colours: UInt8[np.ndarray, "h w 3"]
    matte: Float[np.ndarray, "h w"]  # opacity 0..1
    painted: Bool[np.ndarray, "h w"]  # continued by inpainting
    cut: frozenset[str]  # the edges (left, right, top, bottom) at which the photo ended

    @property
    def grounded(self) -> bool:
        """Whether it stands within the picture; otherwise it leaves it at the bottom edge."""
        return "bottom" not in self.cut


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
    matte = person_matte(canvas)
    chin = above + round(CHIN * side)
    matte = np.concatenate([_head_alone(matte[:chin], side), matte[chin:]])
    matte = _round_crown(matte, side)
    matte = _round_side(matte, wide + seam, wide - seam)
    matte = _round_side(matte[:, ::-1], wide + seam, wide - seam)[:, ::-1]
    matte = _round_shoulders(matte, side)
    painted = own[..., 0] < 0.5
    return Layer(foreground(canvas, matte), tighten(matte), painted, frozenset({"bottom"}))


def cut_out(photo: UInt8[np.ndarray, "h w 3"], whole: bool = False) -> Layer:
    """What stands out in `photo`, at the photo's scale.

    Raises NoOutline when nothing does, and, where it must be `whole`, when the photo's edge cuts
    it anywhere but below, where it can stand in the ground.
    """
    matte = subject_matte(photo)
    rows, columns = np.flatnonzero((matte > 0.5).any(1)), np.flatnonzero((matte > 0.5).any(0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    solid = matte[box] > 0.5
    edges = {
        "left": (columns[0] <= 2, solid[:, :3].any(1)),
        "right": (columns[-1] >= photo.shape[1] - 3, solid[:, -3:].any(1)),
        "top": (rows[0] <= 2, solid[:3].any(0)),
        "bottom": (rows[-1] >= photo.shape[0] - 3, solid[-3:].any(0)),
    }
    cut = frozenset(
        side for side, (at_edge, along) in edges.items() if at_edge and along.mean() > TOUCH
    )
    if whole and cut - {"bottom"}:
        raise NoOutline(f"The photo's edge cuts it ({', '.join(sorted(cut))}).")
    if "top" in cut:
        matte = fade(matte, axis=0)
    colours, matte = foreground(photo, matte)[box], tighten(matte[box])
    return Layer(colours, matte, np.zeros(matte.shape, bool), cut)


def fitted(layer: Layer, height: int, width: int) -> Layer:
    """The layer at the largest size that fits into `height` by `width` pixels."""
    tall, wide = layer.matte.shape
    scale = min(height / tall, width / wide)
    size = (max(round(wide * scale), 1), max(round(tall * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    matte = np.clip(cv2.resize(layer.matte, size, interpolation=how), 0, 1)
    painted = cv2.resize(layer.painted.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    colours = cv2.resize(layer.colours, size, interpolation=how)
    return layer._replace(colours=colours, matte=matte, painted=painted)


def _head_alone(matte: Float[np.ndarray, "h w"], side: int) -> Float[np.ndarray, "h w"]:
    """Of what lies above the chin only what hangs together with the face, by more than a strand.

    Somebody beside the head belongs to the portrait's background, even if shoulders touch.
    """
    strand = max(round(STRAND * side), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * strand + 1, 2 * strand + 1))
    solid = np.pad((matte > 0.5).astype(np.uint8), ((0, 1), (0, 0)), mode="edge")
    regions = cv2.connectedComponents(cv2.erode(solid, disc))[1][:-1]
    face = regions[matte.shape[0] * 2 // 3, matte.shape[1] // 2]
    if face == 0:
        return matte
    reach = cv2.dilate((regions == face).astype(np.uint8), disc, iterations=2)
    return matte * cv2.blur(reach.astype(np.float32), (3, 3))


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


def _round_side(
    matte: Float[np.ndarray, "h w"], inside: int, outside: int
) -> Float[np.ndarray, "h w"]:
    """Round hair that the portrait's left edge cut: opaque at one column, gone at the other."""
    cut = np.flatnonzero((matte[:, inside] > 0.5) & (matte[:, outside] < 0.5))
    if not len(cut):
        return matte
    centre, half = (cut[0] + cut[-1]) / 2, (cut[-1] - cut[0] + 1) / 2
    rows, columns = np.indices(matte.shape)
    along = np.clip(1 - ((rows - centre) / half) ** 2, 0, 1)
    edge = outside + SIDE_CURVE * half * (1 - np.sqrt(along))
    soft = np.clip((columns - edge) / max(0.1 * half, 2), 0, 1)
    return np.where(np.abs(rows - centre) <= half, matte * soft, matte).astype(np.float32)


def _round_shoulders(matte: Float[np.ndarray, "h w"], side: int) -> Float[np.ndarray, "h w"]:
    """Let the shoulders of a portrait of `side` pixels fall before the canvas ends."""
    height, width = matte.shape
    rows, columns = np.indices(matte.shape)
    across = np.abs(columns - (width - 1) / 2) / (width / 2)
    highest = height - SHOULDERS * side * np.sqrt(np.clip(1 - across**2, 0, 1))
    soft = np.clip((rows - highest) / max(0.02 * side, 1), 0, 1)
    beside = across > 1 / (1 + 2 * SIDES)
    return np.where(beside, matte * soft, matte).astype(np.float32)


def fade(matte: Float[np.ndarray, "h w"], axis: int, end: bool = False) -> np.ndarray:
    """Let the first (or last) eighth of the matte along `axis` rise from 0."""
    length = matte.shape[axis]
    ramp = np.clip(np.arange(length) / max(length / 8, 1), 0, 1).astype(np.float32)
    ramp = ramp[::-1] if end else ramp
    return matte * (ramp[:, None] if axis == 0 else ramp[None])
