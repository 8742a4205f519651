"""Motion: a portrait that turns its head, and a camera that drifts past a picture in layers.

Both go once round a circle, so the last frame leads to the first.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from albumen.errors import AlbumenError
from albumen.generate.cutout import person_matte
from albumen.generate.inpaint import inpaint
from albumen.generate.latent import shift
from albumen.generate.stylegan import render
from albumen.records import GENERATED, INPAINTED, Picture

Pixels = UInt8[np.ndarray, "h w 3"]

YAW, SMILE = 0.6, 0.3  # standard deviations over faces: more, and hair and surroundings change too
MARGIN = 1.12  # of the drawn picture's side to a frame's: room for the camera
TRAVEL = 0.028  # how far what is nearest moves to either side, as a share of a frame's width
RISE = 0.25  # of that up and down
APPROACH = 0.03  # how much larger what is nearest becomes
HORIZON = 0.45  # share of the height above which all is equally far
FAR = 0.2  # movement of what is farthest, as a share of that of what is nearest
RIM = 0.016  # share of the side by which what is behind somebody is painted beyond their outline
CROWN, TORSO = 0.05, 0.25  # share of the height that is painted above and below at most
AROUND = 0.2  # of a person's box, seen with it to find their outline


class Layers(NamedTuple):
    """A picture in two layers: what moves as one before what recedes upwards."""

    front: Pixels
    opacity: Float32[np.ndarray, "h w"]
    behind: Pixels


def turn_head(
    w: Float[np.ndarray, "512"], frames: int, side: int
) -> Iterator[UInt8[np.ndarray, "s s 3"]]:
    """The face of style `w` looking to one side and the other, with a smile that comes and goes.

    The first frame is the face as it is.
    """
    for angle in _circle(frames):
        turned = shift(w, yaw=YAW * np.sin(angle), smile=SMILE * (1 - np.cos(angle)))
        yield render(turned, side)


def outlines(picture: Picture) -> Float32[np.ndarray, "h w"]:
    """Opacity 0..1 of the people, pets and objects that were put into a picture.

    The source map has what a network drew of them. Crowns and shoulders that were painted on belong
    to them, too: what was painted right above and below, and what the outline of one person shows.
    Without a source map nothing is known to stand in front.
    """
    if picture.source_map is None:
        return np.zeros(picture.image.shape[:2], np.float32)
    cut = [k for k, one in enumerate(picture.sources) if one.how == "cut-out"]
    drawn = ((picture.source_map == GENERATED) | np.isin(picture.source_map, cut)).astype(np.uint8)
    height, width = drawn.shape
    crown, torso = (np.ones((round(share * height), 1), np.uint8) for share in (CROWN, TORSO))
    near = cv2.dilate(drawn, crown, anchor=(0, 0)) | cv2.dilate(
        drawn, torso, anchor=(0, len(torso) - 1)
    )
    opacity = (drawn | near & (picture.source_map == INPAINTED)).astype(np.float32)
    count, _, stats, _ = cv2.connectedComponentsWithStats(drawn)
    for left, top, wide, tall, area in stats[1:count]:
        if area < RIM * height * width:
            continue
        beside, above = round(AROUND * wide), round(AROUND * tall)
        box = np.s_[max(top - above, 0) :, max(left - beside, 0) : left + wide + beside]
        with suppress(AlbumenError):  # nobody is recognised: what was drawn is then all there is
            matte = person_matte(np.ascontiguousarray(picture.image[box]))
            opacity[box] = np.maximum(opacity[box], matte)
    return np.clip(cv2.GaussianBlur(opacity, (0, 0), 1.0), 0, 1)


def without(image: Pixels, opacity: Float32[np.ndarray, "h w"]) -> Pixels:
    """What could be behind: the picture without what `opacity` covers."""
    reach = 2 * round(RIM * max(opacity.shape)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    hole: Bool[np.ndarray, "h w"] = cv2.dilate((opacity > 0.05).astype(np.uint8), disc) > 0
    return inpaint(image, hole)


def drift(layers: Layers, frames: int, size: tuple[int, int]) -> Iterator[Pixels]:
    """Frames of `size` (width, height) from a camera that circles before `layers`.

    What is nearest, the front and the lower edge, moves most. `layers` are larger than a frame, of
    the same shape.
    """
    height, width = layers.behind.shape[:2]
    scale = min(width / size[0], height / size[1]) / MARGIN  # drawn pixels a pixel of a frame
    rows, columns = np.indices(size[::-1], dtype=np.float32)
    rows = (rows - (size[1] - 1) / 2) * scale
    columns = (columns - (size[0] - 1) / 2) * scale
    ground = np.clip(rows / (scale * size[1]) + 0.5 - HORIZON, 0, None) / (1 - HORIZON)
    depth = FAR + (1 - FAR) * ground
    front = np.dstack([layers.front.astype(np.float32), 255 * layers.opacity])
    behind = layers.behind.astype(np.float32)
    for angle in _circle(frames):

        def seen(image: np.ndarray, near: np.ndarray | float, angle: float = angle) -> np.ndarray:
            closer = 1 + APPROACH * near * (1 - np.cos(angle)) / 2
            step = TRAVEL * scale * size[0] * near
            x = columns / closer + (width - 1) / 2 + step * np.sin(angle)
            y = rows / closer + (height - 1) / 2 + RISE * step * (1 - np.cos(angle)) / 2
            return cv2.remap(
                image,
                x.astype(np.float32),
                y.astype(np.float32),
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT,
            )

        back, before = seen(behind, depth), seen(front, 1.0)
        opacity = np.clip(before[..., 3:] / 255, 0, 1)
        frame = back + opacity * (before[..., :3] - back)
        yield np.rint(np.clip(frame, 0, 255)).astype(np.uint8)


def _circle(frames: int) -> Float[np.ndarray, "n"]:
    """Angles of so many frames on a full circle, the first 0; the circle closes after the last."""
    return 2 * np.pi * np.arange(frames) / frames
