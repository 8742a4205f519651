"""A portrait is square: at other sizes its background, neck and clothes are continued."""

import numpy as np
from jaxtyping import Bool, UInt8

from albumen.generate.inpaint import inpaint

# Of a portrait's side, what is seen of it down a wide picture and across a tall one: the less there
# is to continue below it, the fewer clothes the network has to invent.
SEEN_DOWN, SEEN_ACROSS = 0.88, 0.8
SPARE = 0.06  # of the picture's longer side: the network draws frames along its border
SEAM = 3  # pixels of the portrait that are painted again so that its edge goes


def portrait_side(size: tuple[int, int]) -> int:
    """Pixels of a square portrait that fills a picture of `size` (width, height) best."""
    width, height = size
    if width >= height:
        return min(round(height / SEEN_DOWN), width)
    return min(round(width / SEEN_ACROSS), height)


def continue_portrait(
    face: UInt8[np.ndarray, "s s 3"], size: tuple[int, int]
) -> tuple[UInt8[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """The square `face` in a picture of `size`, and which pixels were painted around it.

    What is larger than the picture is cut alike on both sides; room goes to both sides, too, but
    none above the hair, which would grow into it.
    """
    width, height = size
    side = face.shape[0]
    spare = round(SPARE * max(size))
    left = (width - side) // 2
    top = min((height - side) // 2, 0)
    canvas = np.zeros((height + 2 * spare, width + 2 * spare, 3), np.uint8)
    hole = np.ones(canvas.shape[:2], bool)
    rows = slice(max(top, 0), min(top + side, height))
    columns = slice(max(left, 0), min(left + side, width))
    seen = face[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    picture = np.s_[spare : spare + height, spare : spare + width]
    canvas[picture][rows, columns] = seen
    hole[picture][rows, columns] = False
    if (height, width) == seen.shape[:2]:
        return seen, hole[picture]
    # where the portrait ends within the picture
    for at, end, axis in ((rows, height, 0), (columns, width, 1)):
        inside = np.moveaxis(hole[picture], axis, 0)
        if at.start > 0:
            inside[at.start : at.start + SEAM] = True
        if at.stop < end:
            inside[at.stop - SEAM : at.stop] = True
    return inpaint(canvas, hole)[picture], hole[picture]
