"""Find and embed the faces of a library's photos, once for each photo's content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import UInt8
from PIL import Image

from albumen import shards
from albumen.errors import AlbumenError
from albumen.faces.networks import RECOGNISERS, detect
from albumen.images import open_photo
from albumen.progress import Progress
from albumen.tables import FACES

SHARD = 64  # photos a file of the cache
AT_LEAST = 1080  # pixels of the shortest side that are decoded: faces are embedded from these
# the cache's folder; a change to detection or a recogniser changes it
VERSION = "-".join(["yunet", *RECOGNISERS, "1"])

# what naming fills in, and an unnamed face's cell
UNNAMED = {"name": None, "name_reason": "", "confidence": np.nan, "group": np.nan}
# a shard's rows: one a face, and one without a face for a photo that has none or an error
_ROWS = pa.schema(
    [pa.field(field.name, field.type) for field in FACES if field.name not in UNNAMED]
).append(pa.field("error", pa.string()))


def find_faces(photos: pd.DataFrame, cache: Path) -> Iterator[Progress]:
    """Find the faces of every photo that `cache` lacks, in shards; yield progress after each.

    `photos`: columns photo_id, path, width and height of a PHOTOS table. A photo that cannot be
    decoded is stored with its error (see `face_failures`). Killed between shards, it resumes at
    the next one.
    """

    def rows(shard: pd.DataFrame) -> pa.Table:
        found = (row for photo in shard.itertuples(index=False) for row in _search(photo))
        return pa.Table.from_pylist(list(found), _ROWS)

    return shards.fill(cache / VERSION, photos, SHARD, rows, "searched for faces")


def load_faces(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The FACES table of `photos`, nobody named yet, in the photos' order.

    Raises AlbumenError when a photo was never searched.
    """
    stored = shards.read(cache / VERSION, _ROWS)
    shards.lacking(cache / VERSION, photos, stored, "searched for faces")
    order = {photo_id: place for place, photo_id in enumerate(photos.photo_id)}
    faces = stored[stored.face_id.notna() & stored.photo_id.isin(list(order))]
    place = faces.photo_id.map(order)  # a stable sort keeps each photo's faces in their order
    ordered = faces.loc[place.sort_values(kind="stable").index].assign(**UNNAMED)
    return ordered[FACES.names].reset_index(drop=True)


def crop_face(photo: Image.Image, face: Any, side: int = 160) -> UInt8[np.ndarray, "s s 3"]:
    """The square around a face of the FACES table, half as large again as its box, `side` px.

    At the photo's edge the square moves inwards; it is never larger than the photo.
    """
    half = min(0.75 * max(face.w * photo.width, face.h * photo.height), min(photo.size) / 2)
    x = np.clip((face.x + face.w / 2) * photo.width, half, photo.width - half)
    y = np.clip((face.y + face.h / 2) * photo.height, half, photo.height - half)
    box = (x - half, y - half, x + half, y + half)
    return np.asarray(photo.resize((side, side), Image.Resampling.LANCZOS, box=box))


def face_failures(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The photos that could not be searched: photo_id and error, one sentence each."""
    return shards.failures(cache / VERSION, photos)


def _search(photo: Any) -> list[dict[str, Any]]:
    """The rows of one photo."""
    try:
        rgb = np.asarray(open_photo(photo.path, AT_LEAST))
    except AlbumenError as error:
        return [{"photo_id": photo.photo_id, "error": str(error)}]
    size = np.array([rgb.shape[1], rgb.shape[0]], float)
    rows = []
    for index, face in enumerate(detect(rgb)):
        corners = np.clip([face.box[:2] / size, (face.box[:2] + face.box[2:]) / size], 0, 1)
        rows.append(
            {
                "face_id": f"{photo.photo_id}#{index}",
                "photo_id": photo.photo_id,
                **dict(zip("xy", corners[0], strict=True)),
                **dict(zip("wh", corners[1] - corners[0], strict=True)),
                "landmarks": (face.landmarks / size).reshape(-1),
                "score": face.score,
                "pixels": face.pixels * photo.width / rgb.shape[1],
                **{name: run(rgb, face.landmarks) for name, run in RECOGNISERS.items()},
                "error": "",
            }
        )
    return rows or [{"photo_id": photo.photo_id, "error": ""}]
