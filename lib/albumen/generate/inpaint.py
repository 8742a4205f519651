"""Inpainting with MI-GAN (Sargsyan et al. 2023): what could be there, from what lies around."""

from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from albumen.generate.session import one_thread_session

WINDOW = 512  # pixels: the network's own size; larger holes are painted at reduced detail


def inpaint(
    image: UInt8[np.ndarray, "h w 3"], hole: Bool[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """Fill `hole`; every pixel outside it stays as it is, and what is inside counts for nothing.

    The network sees the square around the hole at 512 px, so a wide hole in a large picture is
    filled softly. For narrow holes all over a large picture use `inpaint_in_windows`.
    """
    if not hole.any():
        return image.copy()
    # the network mixes its border with what the hole held: let that be what lies around
    whole = np.where(hole[..., None], _surroundings(image, hole), image)
    enlarged = WINDOW / min(image.shape[:2])
    if enlarged > 1:  # pictures below its own size come out dark
        size = [round(side * enlarged) for side in image.shape[1::-1]]
        large = cv2.resize(whole, size, interpolation=cv2.INTER_CUBIC)
        mask = cv2.resize(hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        filled = cv2.resize(_fill(large, mask), hole.shape[::-1], interpolation=cv2.INTER_AREA)
    else:
        filled = _fill(whole, hole)
    return np.where(hole[..., None], filled, image)


def inpaint_in_windows(
    image: UInt8[np.ndarray, "h w 3"], hole: Bool[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """Fill narrow holes at full detail: window after window, each seeing what was filled before."""
    image, hole = image.copy(), hole.copy()
    for top, bottom in _spans(image.shape[0]):
        for left, right in _spans(image.shape[1]):
            # a margin of context on every side that is not the picture's edge
            frame = np.s_[
                max(top - WINDOW // 8, 0) : bottom + WINDOW // 8,
                max(left - WINDOW // 8, 0) : right + WINDOW // 8,
            ]
            if not hole[top:bottom, left:right].any():
                continue
            filled = image.copy()
            filled[frame] = inpaint(np.ascontiguousarray(image[frame]), hole[frame])
            image[top:bottom, left:right] = filled[top:bottom, left:right]
            hole[top:bottom, left:right] = False
    return image


def _fill(image: UInt8[np.ndarray, "h w 3"], hole: Bool[np.ndarray, "h w"]) -> np.ndarray:
    known = np.where(hole, 0, 255).astype(np.uint8)
    feeds = {"image": image.transpose(2, 0, 1)[None], "mask": known[None, None]}
    return one_thread_session("migan").run(None, feeds)[0][0].transpose(1, 2, 0)


def _surroundings(
    image: UInt8[np.ndarray, "h w 3"], hole: Bool[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """At every pixel the mean of the known ones around it, from as near as there are any."""
    weight = (~hole).astype(np.float32)
    colours = image * weight[..., None]
    found = np.zeros(image.shape, np.float32)
    missing = np.ones(hole.shape, bool)
    side = 3
    while missing.any() and side < 4 * max(hole.shape):
        near = cv2.blur(weight, (side, side), borderType=cv2.BORDER_REFLECT)
        mean = cv2.blur(colours, (side, side), borderType=cv2.BORDER_REFLECT)
        here = missing & (near > 1e-6)
        found[here] = mean[here] / near[here][:, None]
        missing &= ~here
        side = 2 * side + 1
    return np.rint(np.clip(found, 0, 255)).astype(np.uint8)


def _spans(length: int) -> list[tuple[int, int]]:
    """Equal stretches that cover `length`, each small enough to leave context in a window."""
    count = 1 if length <= WINDOW * 5 // 4 else -(-length // (WINDOW * 3 // 4))
    edges = [round(k * length / count) for k in range(count + 1)]
    return list(pairwise(edges))
