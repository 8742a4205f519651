"""The declared schema of every table, and reading and writing with validation, atomically.

A stage reads only tables and records that an earlier stage wrote. Parquet for tables, JSON for
records; a file appears under its name only when it is whole.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from albumen.errors import AlbumenError

STRINGS = pa.list_(pa.string())
UTC = pa.timestamp("us", tz="UTC")
LOCAL = pa.timestamp("us")
SIMULATED = "simulated"  # the source of photos that nobody took
WITHHELD = "(withheld)"  # the path of a file that consent denies
TIME_SOURCES = {  # what a photo's time was taken from, and how much of it that tells
    "sidecar": "time",
    "exif": "time",
    "xmp": "time",
    "index": "time",
    "name": "time",
    "day in name": "day",
    "day in index": "day",
    "period in index": "year",  # its beginning: no more than the year is sure
    "folder's year": "year",
    "unknown": "",
}
BOX = pa.struct(  # a rectangle that the metadata names, in fractions of the upright photo
    [
        *(pa.field(side, pa.float32(), nullable=False) for side in ("x", "y", "w", "h")),
        pa.field("name", pa.string(), nullable=False),  # "": nobody who may be named
        pa.field("kind", pa.string(), nullable=False),  # face, pet, other
    ]
)

PHOTOS = pa.schema(
    [
        pa.field("photo_id", pa.string(), nullable=False),  # SHA-256 of the file's bytes, hex
        pa.field("path", pa.string(), nullable=False),  # a file, or ARCHIVE.zip!/member
        pa.field("taken_utc", UTC),
        pa.field("taken_local", LOCAL),
        pa.field("tz_source", pa.string(), nullable=False),  # exif, position, unknown
        pa.field("time_source", pa.string(), nullable=False),  # a key of TIME_SOURCES
        pa.field("lat", pa.float64()),  # degrees, north positive
        pa.field("lon", pa.float64()),  # degrees, east positive
        pa.field("albums", STRINGS, nullable=False),
        pa.field("people", STRINGS, nullable=False),  # names the owner gave, pets included
        pa.field("faces", pa.list_(BOX), nullable=False),  # boxes in the metadata
        pa.field("keywords", STRINGS, nullable=False),  # every level of a hierarchy is one
        pa.field("places", STRINGS, nullable=False),  # names of places
        pa.field("title", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
        pa.field("favourite", pa.bool_(), nullable=False),
        pa.field("rating", pa.int8()),  # -1 rejected, 0..5 stars
        pa.field("width", pa.int32(), nullable=False),  # pixels, after orientation
        pa.field("height", pa.int32(), nullable=False),
        # takeout, osxphotos, digikam, lightroom, kphotoalbum, subjects, folder
        pa.field("source", pa.string(), nullable=False),
        pa.field("match_rule", pa.string(), nullable=False),  # how the sidecar was found
        pa.field("flags", STRINGS, nullable=False),  # archived, edited, creation, partner, ...
    ]
)

RECONCILIATION = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),  # "(withheld)" where consent denies it
        pa.field("outcome", pa.string(), nullable=False),  # imported, merged, sidecar, skipped
        pa.field("reason", pa.string(), nullable=False),  # why it was merged or skipped
        pa.field("photo_id", pa.string()),  # only where imported or merged
    ]
)

FACES = pa.schema(
    [
        pa.field("face_id", pa.string(), nullable=False),  # photo_id#index
        pa.field("photo_id", pa.string(), nullable=False),
        pa.field("x", pa.float32(), nullable=False),  # box, fractions of the oriented photo
        pa.field("y", pa.float32(), nullable=False),
        pa.field("w", pa.float32(), nullable=False),
        pa.field("h", pa.float32(), nullable=False),
        pa.field(
            "landmarks", pa.list_(pa.float32(), 10), nullable=False
        ),  # x, y of five, fractions
        pa.field("score", pa.float32(), nullable=False),  # detector's confidence, 0..1
        pa.field("pixels", pa.float32(), nullable=False),  # eye-to-mouth distance in the photo, px
        pa.field("name", pa.string()),  # null: unnamed, and then unused
        pa.field("name_reason", pa.string(), nullable=False),
        pa.field("confidence", pa.float32()),  # 0..1 that the name is right; null: unnamed
        pa.field("group", pa.int32()),  # faces taken for one person; null: too unclear to group
        pa.field("sface", pa.list_(pa.float32(), 128), nullable=False),  # unit vector
        pa.field("dlib", pa.list_(pa.float32(), 128), nullable=False),  # as dlib gives it
        pa.field("mobilefacenet", pa.list_(pa.float32(), 192), nullable=False),  # unit vector
    ]
)

QUALITY = pa.schema(
    [
        pa.field("photo_id", pa.string(), nullable=False),
        pa.field("megapixels", pa.float32(), nullable=False),
        pa.field("sharpness", pa.float32(), nullable=False),  # 0 blurred .. 1 sharp
        pa.field("brightness", pa.float32(), nullable=False),  # mean luminance, 0..1
        pa.field("clipped", pa.float32(), nullable=False),  # share of pixels black or white, 0..1
        pa.field("faces", pa.int32(), nullable=False),  # found, of any size
        pa.field("face_pixels", pa.float32()),  # eye-to-mouth distance of the largest, px
        pa.field("face_yaw", pa.float32()),  # of the largest, degrees, 0 frontal
        pa.field("duplicates", pa.string()),  # photo_id of the best of its near-duplicates
    ]
)

RATINGS = pa.schema(  # of generated pictures, by a library's owner; none of their pixels
    [
        pa.field("picture", pa.string(), nullable=False),  # SHA-256 of its size and pixels, hex
        pa.field("condition", pa.string(), nullable=False),  # digest
        pa.field("theme", pa.string(), nullable=False),  # what its scene shows; "": only people
        pa.field("style", pa.string(), nullable=False),
        pa.field("photos", STRINGS, nullable=False),  # ids of those that may be in it
        pa.field("people", STRINGS, nullable=False),  # ids, as in conditions, of those depicted
        pa.field("encoder", pa.string(), nullable=False),  # whose space the vector is in
        pa.field("vector", pa.list_(pa.float32()), nullable=False),  # the picture's, unit
        pa.field("value", pa.float64(), nullable=False),  # -1 disliked .. 1 liked
        pa.field("rated_utc", UTC, nullable=False),
    ]
)

PALETTE = 8  # colours of a photo, at most
LOOKS = pa.schema(
    [
        pa.field("photo_id", pa.string(), nullable=False),
        # L, a, b (CIELAB, D65) and share of each colour, the largest first; 0 where there are fewer
        pa.field("palette", pa.list_(pa.float32(), 4 * PALETTE), nullable=False),
        pa.field("lightness", pa.float32(), nullable=False),  # mean L*, 0..100
        pa.field("contrast", pa.float32(), nullable=False),  # standard deviation of L*
        pa.field("colourfulness", pa.float32(), nullable=False),  # Hasler and Suesstrunk's M3, >= 0
        pa.field("warmth", pa.float32(), nullable=False),  # Ou's warm-cool; grey is -.5
        pa.field("detail", pa.float32(), nullable=False),  # mean gradient, L* a pixel at 128 px
        pa.field("symmetry", pa.float32(), nullable=False),  # left to right, -1..1
    ]
)

SCORES = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),  # whom the picture is judged for
        pa.field("subject", pa.string(), nullable=False),  # "me", "mum", ...; "" for a scene
        pa.field("kind", pa.string(), nullable=False),  # of person: simulated, real; "" for none
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("seed", pa.int64()),  # null: over all seeds of the prompt
        pa.field("method", pa.string(), nullable=False),  # own profile, other owner's profile, ...
        pa.field("maker", pa.string(), nullable=False),  # whose profile made it; "" for nobody's
        pa.field("generator", pa.string(), nullable=False),
        pa.field("picture", pa.string(), nullable=False),  # its key; "" where there is none
        pa.field("depicts", pa.string(), nullable=False),  # portrait, scene, portrait in scene
        pa.field("metric", pa.string(), nullable=False),
        pa.field("encoder", pa.string(), nullable=False),  # that scored; "" for none
        pa.field("value", pa.float64()),  # null: missing, never 0
        pa.field("higher_is_better", pa.bool_()),  # null: neither direction
        pa.field("note", pa.string(), nullable=False),  # why missing, or the audit's reason
    ]
)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it if the block succeeds, removed if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=path.suffix)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_table(table: pd.DataFrame | pa.Table, path: Path, schema: pa.Schema) -> None:
    """Write `table` as Parquet, its columns exactly those of `schema`.

    Raises AlbumenError naming the missing, unknown or ill-typed column.
    """
    arrow = table if isinstance(table, pa.Table) else to_arrow(table, schema, path.name)
    with whole_file(path) as part:  # without pandas' own metadata, which names its version
        pq.write_table(arrow.cast(schema).replace_schema_metadata(), part)


def to_arrow(table: pd.DataFrame, schema: pa.Schema, name: str = "table") -> pa.Table:
    """A frame as an Arrow table of `schema`. Raises AlbumenError as `write_table`."""
    missing = [column for column in schema.names if column not in table.columns]
    unknown = [column for column in table.columns if column not in schema.names]
    if missing or unknown:
        raise AlbumenError(f"{name}: missing columns {missing}, unknown columns {unknown}.")
    for field in schema:
        if not field.nullable and table[field.name].isna().any():
            raise AlbumenError(f"{name}: column {field.name} has empty cells.")
    if table.empty:  # which has no types to convert
        return schema.empty_table()
    try:
        arrow = pa.Table.from_pandas(table, schema=schema, preserve_index=False)
        arrow.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise AlbumenError(f"{name}: a column does not fit its schema: {error}") from error
    return arrow.replace_schema_metadata()


def to_frame(arrow: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame, its lists as lists."""
    frame = arrow.to_pandas()
    for field in arrow.schema:
        if pa.types.is_list(field.type):
            frame[field.name] = [list(cell) for cell in frame[field.name]]
    return frame


def read_table(path: Path, schema: pa.Schema) -> pd.DataFrame:
    """Read a table that `write_table` wrote; lists come back as lists, in the schema's order.

    Raises AlbumenError when the file is missing or its columns are not the schema's.
    """
    if not path.is_file():
        raise AlbumenError(f"{path} does not exist: run the stage that writes it first.")
    try:
        arrow = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise AlbumenError(f"{path} is not a readable Parquet file: {error}") from error
    if arrow.schema.names != schema.names:
        raise AlbumenError(f"{path} has columns {arrow.schema.names}, expected {schema.names}.")
    return to_frame(arrow.cast(schema))


def write_json(record: Any, path: Path) -> None:
    """Write `record` as JSON: sorted keys, no NaN (it is not valid JSON), one trailing newline."""
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file; AlbumenError when it is missing or not JSON."""
    if not path.is_file():
        raise AlbumenError(f"{path} does not exist: run the stage that writes it first.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AlbumenError(f"{path} is not JSON: {error}") from error
