"""References as pictures: the part of a photo that is meant, opened at the size that is needed."""

import math
from collections.abc import Callable

from PIL import Image

from albumen.errors import AlbumenError
from albumen.records import Reference

LEAST = 32  # pixels of a crop's side: with fewer there is nothing to see


def crop(
    reference: Reference, open_photo: Callable[[str, int | None], Image.Image], side: int
) -> Image.Image:
    """The reference's box of its photo (all of it without one), upright RGB.

    `side`: pixels that the crop's shorter side should have, where the photo has as many. Raises
    AlbumenError when the box is none, or holds too few pixels.
    """
    x, y, width, height = reference.box or (0.0, 0.0, 1.0, 1.0)
    within = min(x, y) >= 0 and min(width, height) > 0 and max(x + width, y + height) <= 1.001
    if not within:
        raise AlbumenError(
            f"The box of photo {reference.photo_id[:12]} is {reference.box}, "
            "expected x, y, width, height as shares of the photo, 0 to 1."
        )
    photo = reference.photo_id[:12]
    image = open_photo(reference.photo_id, math.ceil(side / min(width, height)))
    box = (
        round(x * image.width),
        round(y * image.height),
        min(round((x + width) * image.width), image.width),
        min(round((y + height) * image.height), image.height),
    )
    part = image.crop(box)
    if min(part.size) < LEAST:
        raise AlbumenError(
            f"The box of photo {photo} holds {part.width} x {part.height} pixels, "
            f"expected at least {LEAST} a side."
        )
    return part
