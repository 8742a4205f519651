"""What a stage finds of each photo, cached by the photo's content in Parquet files of a few each.

A shard is named by its photos and appears only when it is whole, so that a killed job goes on at
the next one. Every shard has the columns photo_id and error: one sentence where the photo could not
be read, else "".
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from albumen.errors import AlbumenError
from albumen.progress import Progress
from albumen.tables import whole_file

EMPTY = pa.schema([pa.field("photo_id", pa.string()), pa.field("error", pa.string())])


def fill(
    folder: Path,
    photos: pd.DataFrame,
    size: int,
    find: Callable[[pd.DataFrame], pa.Table],
    what: str,
) -> Iterator[Progress]:
    """Let `find` have the photos that `folder` lacks, `size` at a time, and store what it returns.

    `photos` needs the column photo_id, and what `find` needs. Yields the progress at the start and
    after each shard; `what` is the word for it, such as "embedded".
    """
    wanted = photos.drop_duplicates("photo_id")
    todo = wanted[~wanted.photo_id.isin(read(folder, columns=["photo_id"]).photo_id)]
    done = len(wanted) - len(todo)
    yield Progress(done, len(wanted), f"photos {what} before")
    for start in range(0, len(todo), size):
        shard = todo[start : start + size]
        digest = hashlib.sha256("".join(shard.photo_id).encode()).hexdigest()
        table = find(shard)
        with whole_file(folder / f"{digest[:16]}.parquet") as part:
            pq.write_table(table, part)
        done += len(shard)
        yield Progress(done, len(wanted), f"photos {what}")


def read(folder: Path, schema: pa.Schema = EMPTY, columns: list[str] | None = None) -> pd.DataFrame:
    """All that `folder` stores; `schema` is what there is if it stores nothing.

    A photo that two jobs stored at once is taken from one shard alone.
    """
    tables, seen = [], pa.array([], pa.string())
    for path in sorted(folder.glob("[!.]*.parquet")):
        table = pq.read_table(path, columns=columns)
        tables.append(table.filter(pc.invert(pc.is_in(table["photo_id"], seen))))
        seen = pa.concat_arrays([seen, pc.unique(table["photo_id"])])
    return (pa.concat_tables(tables) if tables else schema.empty_table()).to_pandas()


def lacking(folder: Path, photos: pd.DataFrame, stored: pd.DataFrame, what: str) -> None:
    """Raise AlbumenError if `stored` lacks one of the photos; `what` as in `fill`."""
    missing = int((~photos.photo_id.isin(stored.photo_id)).sum())
    if missing:
        raise AlbumenError(
            f"{missing} of {len(photos)} photos were never {what} (by {folder}): do that first."
        )


def failures(folder: Path, photos: pd.DataFrame) -> pd.DataFrame:
    """The photos that could not be read: photo_id and error, one sentence each."""
    stored = read(folder, columns=["photo_id", "error"])
    failed = stored[stored.photo_id.isin(photos.photo_id) & (stored.error != "")]
    return failed.drop_duplicates().sort_values("photo_id", ignore_index=True)
