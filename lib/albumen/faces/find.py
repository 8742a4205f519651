"""Find and embed the faces of a library's photos, once for each photo's content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.faces.networks import RECOGNISERS, detect
from albumen.images import open_photo
from albumen.progress import Progress
from albumen.tables import FACES, whole_file

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
    wanted = photos.drop_duplicates("photo_id")
    todo = wanted[~wanted.photo_id.isin(_read(cache).photo_id)]
    done = len(wanted) - len(todo)
    yield Progress(done, len(wanted), "photos searched before")
    for start in range(0, len(todo), SHARD):
        shard = list(todo[start : start + SHARD].itertuples(index=False))
        rows = [row for photo in shard for row in _search(photo)]
        digest = hashlib.sha256("".join(photo.photo_id for photo in shard).encode()).hexdigest()
        with whole_file(cache / VERSION / f"{digest[:16]}.parquet") as part:
            pq.write_table(pa.Table.from_pylist(rows, _ROWS), part)
        done += len(shard)
        yield Progress(done, len(wanted), "photos searched for faces")


def load_faces(photos: pd.DataFrame, cache: Path) -> pd.DataFrame:
    """The FACES table of `photos`, nobody named yet, in the photos' order.

    Raises AlbumenError when a photo was never searched.
    """
    stored = _read(cache)
    missing = int((~photos.photo_id.isin(stored.photo_id)).sum())
    if missing:
        raise AlbumenError(
            f"{missing} of {len(photos)} photos were never searched for faces in {cache}: "
            "find the faces first."
        )
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
    stored = _read(cache)
    failed = stored[stored.photo_id.isin(photos.photo_id) & (stored.error != "")]
    return failed[["photo_id", "error"]].sort_values("photo_id", ignore_index=True)


def _read(cache: Path) -> pd.DataFrame:
    shards = sorted((cache / VERSION).glob("[!.]*.parquet"))
    tables = [pq.read_table(path, schema=_ROWS) for path in shards]
    return pa.concat_tables([_ROWS.empty_table(), *tables]).to_pandas()


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
