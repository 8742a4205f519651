"""Examine an export's files in worker processes, in shards that are kept until all are done.

A shard's file is named by the files it holds, with their sizes and times, so that a killed run
goes on where it stood and a file that changed since is examined anew. What shards hold was found
before consent was applied: they are readable by their owner alone and removed at the end.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from pyarrow.feather import read_table, write_feather

from albumen.images import HEIF
from albumen.ingest.workers import Map
from albumen.metadata.contents import examine_all
from albumen.metadata.files import File
from albumen.progress import Progress
from albumen.tables import whole_file

VERSION = "1"  # of what a shard holds: change it with the schema, or with what a file is taken for
SHARD = 512  # files
CODED = pa.dictionary(pa.int32(), pa.string())
FOUND = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("folder", CODED),
        pa.field("name", pa.string()),
        pa.field("what", CODED),
        pa.field("reason", CODED),
        pa.field("photo_id", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("orientation", pa.int8()),
        pa.field("whole", pa.bool_()),
        pa.field("labels", pa.string()),  # JSON of Labels
        pa.field("people", pa.list_(pa.string())),  # whom they name
    ]
)


def examine_files(
    files: list[File], scratch: Path, run: Map, show: Callable[[Progress], None]
) -> pa.Table:
    """What every file is: FOUND, row by row as `files`. Resumes from the shards in `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = (files[start : start + SHARD] for start in range(0, len(files), SHARD))
    shards = {scratch / _name(part): part for part in parts}
    todo = {path: part for path, part in shards.items() if not path.exists()}
    done = len(files) - sum(map(len, todo.values()))
    show(Progress(done, len(files), "files examined before"))
    for path, columns in zip(todo, run(examine_all, todo.values()), strict=True):
        with whole_file(path) as part:
            table = pa.table({name: columns[name] for name in FOUND.names}, FOUND)
            write_feather(table, part, compression="uncompressed")
        path.chmod(0o600)
        done += len(todo[path])
        show(Progress(done, len(files), "files examined"))
    tables = [read_table(path, memory_map=True) for path in shards]
    return pa.concat_tables([FOUND.empty_table(), *tables]).unify_dictionaries().combine_chunks()


def _name(files: list[File]) -> str:
    digest = hashlib.sha256(f"{VERSION} {HEIF}".encode())
    for file in files:
        digest.update(repr(tuple(file)).encode("utf-8", "backslashreplace"))
    return f"{digest.hexdigest()[:32]}.arrow"
