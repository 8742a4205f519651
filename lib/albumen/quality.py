"""How well each photo would serve as a reference: sharp, well exposed, a large frontal face, and
one of each set of near-duplicates.

    list(measure(photos, cache))                          # reads pixels; resumable
    quality = load_quality(photos, faces, cache)          # a QUALITY table

Nothing is thrown away here: these are signals for whoever chooses.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float, Float32, UInt8
from PIL import Image

from albumen import shards
from albumen.errors import AlbumenError
from albumen.images import open_photo
from albumen.prints import BITS, soft_hash
from albumen.progress import Progress
from albumen.tables import QUALITY, TIME_SOURCES

SHARD = 64  # photos a file of the cache
VERSION = "quality-1"  # the cache's folder; a change to what is measured changes it
SIDE = 640  # pixels of the longer side that is measured: about what a reference is used at

BLUR = 1.0  # pixels: standard deviation of the blur that a sharp photo suffers from
NOISE = 0.1  # squared grey levels of gradient that are nothing, so that flat is not sharp
BLACK, WHITE = 3, 252  # of 255, all channels: JPEG moves what was clipped by about as much
REC_709 = np.array([0.2126, 0.7152, 0.0722])  # luminance of linear red, green and blue
_VALUES = np.arange(256) / 255
LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4)

# How far the nose stands out, in distances between the eyes. Of 692 faces of Labeled Faces in the
# Wild, turned up to 35 degrees, this gives the angles of MediaPipe's face mesh within 3.7 degrees
# (mean), with slope 1; the mesh's own nose stands out by .59.
NOSE = 0.57

# Cosines of soft hashes. None of 250,000 pairs of different photos (Flickr8k, DreamBench, camera
# snapshots) comes above .73, none of 2.1 million pairs of centred portraits of different people
# (Labeled Faces in the Wild) above .84; one man in one pose, taken twice, reaches .88. Copies that
# were recompressed, made smaller, brighter, warmer, turned by a degree or cropped by 2 % all stay
# above; cropped by 5 % in the middle 99 %, off centre 91 %, at one edge 85 %, to a corner 27 %.
RESEND = 0.85
# In a burst something moved. A talking face keeps .6 for three seconds and 95 % of cameras that
# move by 6 % of the frame keep .5; of different photos one pair in 2,400 has that, of portraits
# one in 200.
BURST = 0.5
BURST_SECONDS = 3.0
BLOCK = 64  # photos compared with all others at a time: bounds the memory

_ROWS = pa.schema(
    [
        ("photo_id", pa.string()),
        ("sharpness", pa.float32()),
        ("brightness", pa.float32()),
        ("clipped", pa.float32()),
        ("soft_hash", pa.list_(pa.float16(), BITS)),
        ("error", pa.string()),
    ]
)


def measure(photos: pd.DataFrame, cache: Path) -> Iterator[Progress]:
    """Measure every photo that `cache` lacks, in shards; yield progress after each.

    `photos` needs the columns photo_id and path. A photo that cannot be decoded is stored with its
    error (see `failures`). Killed between shards, it resumes at the next one.
    """

    def rows(shard: pd.DataFrame) -> pa.Table:
        pairs = zip(shard.photo_id, shard.path, strict=True)
        return pa.Table.from_pylist([_measure(*pair) for pair in pairs], _ROWS)

    return shards.fill(cache / VERSION, photos, SHARD, rows, "measured")


def load_quality(photos: pd.DataFrame, faces: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The QUALITY table of a PHOTOS and its FACES table, in the photos' order.

    Photos that failed are left out. Raises AlbumenError when a photo was never measured.
    """
    stored = shards.read(cache / VERSION, _ROWS)
    shards.lacking(cache / VERSION, photos, stored, "measured")
    rows = stored.set_index("photo_id").loc[photos.photo_id].reset_index()
    whole = (rows.error == "").to_numpy()
    photos, rows = photos[whole].reset_index(drop=True), rows[whole].reset_index(drop=True)
    table = rows[["photo_id", "sharpness", "brightness", "clipped"]].assign(
        megapixels=(photos.width * photos.height / 1e6).astype(np.float32)
    )
    timed = table.join(photos[["taken_utc", "taken_local", "time_source"]])
    hashes = np.array(rows.soft_hash.to_list(), np.float32).reshape(len(rows), BITS)
    table["duplicates"] = near_duplicates(hashes, timed)

    counts = faces.groupby("photo_id").size()
    table["faces"] = table.photo_id.map(counts).fillna(0).astype(np.int32)
    largest = faces.sort_values("pixels", ascending=False, kind="stable")
    largest = largest.drop_duplicates("photo_id")[["photo_id", "pixels", "landmarks"]]
    shown = photos[["photo_id", "width", "height"]].merge(largest, "left", on="photo_id")
    table["face_pixels"] = shown.pixels
    table["face_yaw"] = [
        np.nan
        if np.isnan(row.pixels)
        else yaw(np.reshape(row.landmarks, (5, 2)) * (row.width, row.height))
        for row in shown.itertuples()
    ]
    return table[QUALITY.names]


def failures(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The photos that could not be measured: photo_id and error, one sentence each."""
    return shards.failures(cache / VERSION, photos)


def sharpness(grey: UInt8[np.ndarray, "h w"]) -> float:
    """Share of its gradients' energy that a photo loses when blurred: 0 blurred .. 1 sharp.

    What is blurred already loses little (Crete et al. 2007). Across and down apart, and the lesser
    counts, since motion blurs one way only. Noise raises it, a blurred background hardly matters.
    """
    values = grey.astype(np.float32)
    blurred = cv2.GaussianBlur(values, (0, 0), BLUR)
    lost = []
    for across in (1, 0):
        before, after = (
            float((cv2.Sobel(one, -1, across, 1 - across, scale=1 / 8) ** 2).mean())
            for one in (values, blurred)
        )
        lost.append(max(before - after, 0) / (before + NOISE))
    return min(lost)


def brightness(photo: Image.Image) -> float:
    """Mean relative luminance of an RGB photo, linear, 0..1; middle grey is about .2 (sRGB)."""
    counts = np.reshape(photo.histogram(), (3, 256))
    return float(REC_709 @ counts @ LINEAR) / (photo.width * photo.height)


def clipped(photo: Image.Image) -> float:
    """Share of an RGB photo's pixels that are black or white and show nothing, 0..1."""
    values = np.asarray(photo)
    return float(((values.max(axis=2) <= BLACK) | (values.min(axis=2) >= WHITE)).mean())


def yaw(landmarks: Float[np.ndarray, "5 2"]) -> float:
    """How far a face is turned, degrees: 0 frontal, positive to the viewer's right.

    `landmarks`: eyes, nose and mouth corners as `faces.detect` gives them, in pixels. A turned head
    moves the nose off the line from between the eyes to the mouth, by NOSE * tan(yaw) of the eyes'
    distance, whatever its nod and tilt. To some 4 degrees, as noses and landmarks differ; beyond
    45 degrees the hidden eye is a guess, and so is this.
    """
    left, right, nose = landmarks[:3].astype(float)
    eyes, mouth = (left + right) / 2, landmarks[3:].mean(axis=0)
    down = mouth - eyes
    aside = np.array([down[1], -down[0]])  # to the viewer's right, of the upright face
    return float(np.degrees(np.arctan2((nose - eyes) @ aside, NOSE * abs((right - left) @ aside))))


def near_duplicates(hashes: Float32[np.ndarray, "n 64"], photos: pd.DataFrame) -> pd.Series:
    """For each photo the photo_id of the best of its near-duplicates, None where it has none.

    Near are the copies of a photo that were recompressed, made smaller or a little cropped, and
    photos taken within BURST_SECONDS that look alike. The best is the largest, then the sharpest,
    then the least clipped; it takes all that are near it and not another's yet, so that a chain of
    small changes does not tie first to last. `photos`: photo_id, megapixels, sharpness, clipped,
    taken_utc, taken_local, time_source, row by row with `hashes` (`prints.soft_hash`). Every pair
    is compared: n ** 2 / 2, half a minute for 100,000, in memory that grows with n only.
    """
    keys = {"megapixels": False, "sharpness": False, "clipped": True, "photo_id": True}
    order = photos.reset_index(drop=True).sort_values(list(keys), ascending=list(keys.values()))
    hashes, seconds = hashes[order.index], _seconds(order)
    best = np.full(len(order), -1)
    for start in range(0, len(order), BLOCK):
        cosines = hashes[start : start + BLOCK] @ hashes[start:].T
        for row, cosine in enumerate(cosines, start):
            if best[row] >= 0:
                continue
            alike = start + np.flatnonzero(cosine >= BURST)
            burst = np.abs(seconds[alike] - seconds[row]) <= BURST_SECONDS
            near = alike[(burst | (cosine[alike - start] >= RESEND)) & (best[alike] < 0)]
            if len(near) > 1:  # it is near itself
                best[near] = row
    ids = order.photo_id.to_numpy(object)
    groups = pd.Series(np.where(best >= 0, ids[best], None), order.index, object, "duplicates")
    return groups.sort_index().set_axis(photos.index)


def _seconds(photos: pd.DataFrame) -> Float[np.ndarray, " n"]:
    """When each photo was taken, in seconds; NaN where that is not known to the second."""
    utc = pd.to_datetime(photos.taken_utc, utc=True).dt.tz_localize(None)
    taken = utc.fillna(pd.to_datetime(photos.taken_local))
    taken = taken.where(photos.time_source.map(TIME_SOURCES) == "time")
    return (taken - pd.Timestamp(0)).dt.total_seconds().to_numpy()


def _measure(photo_id: str, path: str) -> dict[str, Any]:
    """The row of one photo."""
    try:
        photo = open_photo(path, SIDE)
    except AlbumenError as error:
        return {"photo_id": photo_id, "error": str(error)}
    # in one step, so that photos of any size are reduced alike
    photo.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    return {
        "photo_id": photo_id,
        "sharpness": sharpness(np.asarray(photo.convert("L"))),
        "brightness": brightness(photo),
        "clipped": clipped(photo),
        "soft_hash": soft_hash(photo).astype(np.float16),
        "error": "",
    }
