"""How each photo looks, whatever it shows: its colours, its light, how much is going on in it.

    list(measure(photos, cache))                          # reads pixels; resumable
    looks = load_looks(photos, cache)                     # a LOOKS table

All of it is taken from the photo made small, so that what counts is what is seen at a glance and
the number of its pixels does not. Where the subject sits is not among it: the centres of spectral
residual, gradients, and colours unlike the border's agreed with a trained network's (U2-Net, 500
photos) on which subjects are off-centre with an AUC of .67 to .72 at best. Nor is a horizon.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float, UInt8
from PIL import Image
from skimage.color import rgb2lab
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from albumen import shards
from albumen.errors import AlbumenError
from albumen.images import open_photo
from albumen.progress import Progress
from albumen.tables import LOOKS, PALETTE

SHARD = 64  # photos a file of the cache
VERSION = "looks-1"  # the cache's folder; a change to what is measured changes it
SIDE = 128  # pixels of the longer side that is measured
PALETTE_SIDE = 48  # and of the longer side that the palette is taken from

HALF = 64  # pixels of the square in which the halves are compared
BLUR = 1.5  # of its pixels: a mirrored tree has other leaves
SHIFT = 3  # of its pixels: how far from the middle the axis may lie
FLAT = 4.0  # squared lightness that is nothing, so that what is even is not symmetric

_ROWS = pa.schema([field.with_nullable(True) for field in LOOKS] + [("error", pa.string())])


def measure(photos: pd.DataFrame, cache: Path) -> Iterator[Progress]:
    """Measure every photo that `cache` lacks, in shards; yield progress after each.

    `photos` needs the columns photo_id and path. A photo that cannot be decoded is stored with its
    error (see `failures`). Killed between shards, it resumes at the next one.
    """

    def rows(shard: pd.DataFrame) -> pa.Table:
        pairs = zip(shard.photo_id, shard.path, strict=True)
        with threadpool_limits(limits=1):  # k-means adds up in the order in which threads finish
            return pa.Table.from_pylist([_measure(*pair) for pair in pairs], _ROWS)

    return shards.fill(cache / VERSION, photos, SHARD, rows, "looked at")


def load_looks(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The LOOKS table of a PHOTOS table, in its order.

    Photos that failed are left out. Raises AlbumenError when a photo was never measured.
    """
    stored = shards.read(cache / VERSION, _ROWS)
    shards.lacking(cache / VERSION, photos, stored, "looked at")
    rows = stored.set_index("photo_id").loc[photos.photo_id].reset_index()
    return rows.loc[rows.error == "", LOOKS.names].reset_index(drop=True)


def failures(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The photos that could not be measured: photo_id and error, one sentence each."""
    return shards.failures(cache / VERSION, photos)


def palette(lab: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "k 4"]:
    """PALETTE colours of a photo by k-means in CIELAB: L, a, b, share, the largest first.

    Rows of zeros where the photo has fewer colours.
    """
    pixels = lab.reshape(-1, 3)
    colours = min(PALETTE, len(np.unique(pixels.round(1), axis=0)))
    fitted = KMeans(colours, n_init=1, random_state=0).fit(pixels)
    shares = np.bincount(fitted.labels_, minlength=colours) / len(pixels)
    order = np.argsort(-shares, kind="stable")
    rows = np.zeros((PALETTE, 4), np.float32)
    rows[:colours] = np.column_stack([fitted.cluster_centers_, shares])[order]
    return rows


def colourfulness(rgb: UInt8[np.ndarray, "h w 3"]) -> float:
    """How colourful people find a photo (Hasler and Suesstrunk 2003, M3).

    Their words for it: 0 not at all, 15 slightly, 33 moderately, 45 averagely, 59 quite, 82 highly,
    109 extremely.
    """
    red, green, blue = np.moveaxis(rgb.astype(float), 2, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def warmth(lab: Float[np.ndarray, "h w 3"]) -> float:
    """How warm people find the colours: below -.5 cool, grey -.5, above it warm (orange most).

    Warm-cool of single colours (Ou et al. 2004, part I), which holds for several in the mean (part
    II). The mean of b alone takes grass for warm.
    """
    chroma, hue = np.hypot(lab[..., 1], lab[..., 2]), np.arctan2(lab[..., 2], lab[..., 1])
    return float((-0.5 + 0.02 * chroma**1.07 * np.cos(hue - np.radians(50))).mean())


def detail(lightness: Float[np.ndarray, "h w"]) -> float:
    """How much is going on: the mean gradient of lightness, L* a pixel."""
    across, down = (
        cv2.Sobel(lightness, cv2.CV_64F, x, 1 - x, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
        for x in (1, 0)
    )
    return float(np.hypot(across, down).mean())


def symmetry(lightness: Float[np.ndarray, "h w"]) -> float:
    """How much the left half mirrors the right: a correlation, -1..1.

    Each row's mean is taken out, or any level horizon would be a symmetry.
    """
    small = cv2.resize(lightness, (HALF, HALF), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), BLUR)
    small -= small.mean(axis=1, keepdims=True)
    best = -1.0
    for shift in range(-SHIFT, SHIFT + 1):
        part = small[:, max(shift, 0) : HALF + min(shift, 0)]
        best = max(best, (part * part[:, ::-1]).sum() / ((part**2).sum() + FLAT * part.size))
    return float(best)


def _measure(photo_id: str, path: str) -> dict[str, Any]:
    """The row of one photo."""
    try:
        photo = open_photo(path, SIDE)
    except AlbumenError as error:
        return {"photo_id": photo_id, "error": str(error)}
    # in one step, so that photos of any size are reduced alike
    photo.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    rgb = np.asarray(photo)
    lab = rgb2lab(rgb)
    photo.thumbnail((PALETTE_SIDE, PALETTE_SIDE), Image.Resampling.BOX, reducing_gap=None)
    return {
        "photo_id": photo_id,
        "palette": palette(rgb2lab(np.asarray(photo))).ravel().tolist(),
        "lightness": float(lab[..., 0].mean()),
        "contrast": float(lab[..., 0].std()),
        "colourfulness": colourfulness(rgb),
        "warmth": warmth(lab),
        "detail": detail(lab[..., 0]),
        "symmetry": symmetry(lab[..., 0]),
        "error": "",
    }
