"""What several widgets are put together from."""

import io
from collections.abc import Sequence

import ipywidgets
import numpy as np
from jaxtyping import UInt8
from PIL import Image


def picture(pixels: UInt8[np.ndarray, "h w 3"]) -> ipywidgets.Image:
    """Pixels as an image widget of their own size."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=90)
    height, width = pixels.shape[:2]
    return ipywidgets.Image(value=encoded.getvalue(), format="jpeg", width=width, height=height)


def row(tiles: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    """Widgets side by side, in as many lines as they need."""
    return ipywidgets.Box(tiles, layout={"flex_flow": "row wrap"})
