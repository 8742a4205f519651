"""Examine an export's files in worker processes, in shards that are kept until all are done.

A shard's file is named by the files it holds, with their sizes and times, so that a killed run
goes on where it stood and a file that changed since is examined anew. What shards hold was found
before consent was applied: they are readable by their owner alone and removed at the end.
"""

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from albumen.images import HEIF
from albumen.ingest.contents import examine
from albumen.ingest.files import File
from albumen.ingest.labels import to_text
from albumen.progress import Progress
from albumen.tables import whole_file

VERSION = "1"  # of what a shard holds: change it with the schema, or with what a file is taken for
SHARD = 256  # files
FEW = 4 * SHARD  # files for which starting workers takes longer than it saves
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
    ]
)


def examine_files(
    files: list[File], scratch: Path, workers: int, show: Callable[[Progress], None]
) -> pa.Table:
    """What every file is: FOUND, row by row as `files`. Resumes from the shards in `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = (files[start : start + SHARD] for start in range(0, len(files), SHARD))
    shards = [(part, scratch / _name(part)) for part in parts]
    todo = [(shard, path) for shard, path in shards if not path.exists()]
    done = len(files) - sum(len(shard) for shard, _ in todo)
    show(Progress(done, len(files), "files examined before"))
    for examined in _work(todo, workers if len(files) > FEW else 1):
        done += examined
        show(Progress(done, len(files), "files examined"))
    tables = [pq.read_table(path, schema=FOUND) for _, path in shards]
    return pa.concat_tables([FOUND.empty_table(), *tables]).unify_dictionaries()


def cores() -> int:
    """How many processes may run at once."""
    return len(os.sched_getaffinity(0))


def _work(todo: list[tuple[list[File], Path]], workers: int) -> Iterator[int]:
    """Examine the shards; yields how many files each one had."""
    if workers <= 1 or len(todo) <= 1:
        for shard, path in todo:
            yield _examine_shard(shard, path)
        return
    # a notebook's process has threads, which must not be forked; its server imports but once
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(workers, context, initializer=_leave_interrupts) as pool:
        futures = [pool.submit(_examine_shard, shard, path) for shard, path in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """An interrupt is the parent's to handle: workers finish their shard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _examine_shard(files: list[File], path: Path) -> int:
    columns: dict[str, list] = {name: [] for name in FOUND.names}
    for file in files:
        content = examine(file)
        for name, value in (*file._asdict().items(), *content._asdict().items()):
            if name in columns:
                columns[name].append(to_text(value) if name == "labels" else value)
    with whole_file(path) as part:
        pq.write_table(pa.table(columns, schema=FOUND), part)
    path.chmod(0o600)
    return len(files)


def _name(files: list[File]) -> str:
    digest = hashlib.sha256(f"{VERSION} {HEIF}".encode())
    for file in files:
        digest.update(repr(tuple(file)).encode("utf-8", "backslashreplace"))
    return f"{digest.hexdigest()[:32]}.parquet"
