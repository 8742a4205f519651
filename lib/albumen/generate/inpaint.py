"""Inpainting with MI-GAN (Sargsyan et al. 2023): what could be there, from what lies around."""

from itertools import pairwise

import numpy as np
from jaxtyping import Bool, UInt8

from albumen.generate.session import one_thread_session

WINDOW = 512  # pixels: the network's own size; larger holes are painted at reduced detail


def inpaint(
    image: UInt8[np.ndarray, "h w 3"], hole: Bool[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w 3"]:
    """Fill `hole`; every pixel outside it stays as it is.

    The network sees the square around the hole at 512 px, so a wide hole in a large picture is
    filled softly. For narrow holes all over a large picture use `inpaint_in_windows`.
    """
    if not hole.any():
        return image.copy()
    known = np.where(hole, 0, 255).astype(np.uint8)
    feeds = {"image": image.transpose(2, 0, 1)[None], "mask": known[None, None]}
    filled = one_thread_session("migan").run(None, feeds)[0][0].transpose(1, 2, 0)
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


def _spans(length: int) -> list[tuple[int, int]]:
    """Equal stretches that cover `length`, each small enough to leave context in a window."""
    count = 1 if length <= WINDOW * 5 // 4 else -(-length // (WINDOW * 3 // 4))
    edges = [round(k * length / count) for k in range(count + 1)]
    return list(pairwise(edges))
