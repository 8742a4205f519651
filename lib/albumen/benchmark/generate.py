"""Make the grid's pictures: one record a picture, renamed into place, so a killed batch resumes."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from albumen import tables
from albumen.benchmark.grid import CONTROLS, Job
from albumen.errors import AlbumenError
from albumen.generate import Generator, make
from albumen.generate.pictures import save_picture
from albumen.images import open_photo as read_photo
from albumen.library import load_library, opener
from albumen.metrics.copying import largest_source_share
from albumen.progress import Progress
from albumen.records import to_json
from albumen.threads import pin_threads

MakeGenerators = Callable[[], Mapping[str, Generator]]


def generate_cells(
    jobs: Sequence[Job], make_generators: MakeGenerators, folder: Path, *, workers: int = 1
) -> Iterator[Progress]:
    """Make the pictures that `folder` lacks; yields progress at the start and after each batch.

    A picture is `pictures/<generator>-<version>/...png` and a record `cells/<key>.json`. One that
    cannot be made (AlbumenError) becomes a record with its sentence, and the rest goes on. With
    more than one worker, `make_generators` is called once in each process and must pickle; the
    pictures are the same, since every process runs on one thread.
    """
    todo = [job for job in jobs if not record_path(folder, job.key).is_file()]
    done = len(jobs) - len(todo)
    yield Progress(done, len(jobs), "pictures made before")
    batches = list(_by_person(todo).values())
    if workers <= 1 or len(batches) < 2:
        generators = make_generators() if todo else {}
        for job in (job for batch in batches for job in batch):
            _make(job, generators, folder)
            done += 1
            yield Progress(done, len(jobs), "pictures made")
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (make_generators,)) as pool:
        running = [pool.submit(_make_batch, batch, folder) for batch in batches]
        for finished in as_completed(running):
            done += finished.result()
            yield Progress(done, len(jobs), "pictures made")


def record_path(folder: Path, key: str) -> Path:
    """Where a picture's record lies."""
    return folder / "cells" / f"{key}.json"


def _by_person(jobs: Sequence[Job]) -> dict[tuple[str, ...], list[Job]]:
    """Jobs that share people go to one process: a person's latent is fitted once and cached."""
    batches: dict[tuple[str, ...], list[Job]] = {}
    for job in jobs:
        people = tuple(person.person_id for person in job.condition.people)
        batches.setdefault(people or (job.key,), []).append(job)
    return batches


_generators: Mapping[str, Generator] = {}  # of a worker process


def _start(make_generators: MakeGenerators) -> None:
    global _generators
    pin_threads(1)
    _generators = make_generators()


def _make_batch(batch: Sequence[Job], folder: Path) -> int:
    for job in batch:
        _make(job, _generators, folder)
    return len(batch)


def _make(job: Job, generators: Mapping[str, Generator], folder: Path) -> None:
    record: dict[str, Any] = {
        "key": job.key,
        "generator": job.generator,
        "seed": job.seed,
        "condition": to_json(job.condition),
        "error": "",
    }
    generator = generators[job.generator]
    try:
        generator.prepare(job.condition)
        started = time.perf_counter()
        (picture,) = generator.generate(job.condition, [job.seed])
    except AlbumenError as error:
        record["error"] = str(error)
    else:
        record["seconds"] = time.perf_counter() - started
        made_by = f"{job.generator}-{job.version}"
        path = save_picture(picture, job.condition, folder / "pictures" / made_by)
        share = largest_source_share(
            picture.source_map, [source.photo_id for source in picture.sources]
        )
        record["picture"] = path.relative_to(folder).as_posix()
        record["sources"] = [to_json(source) for source in picture.sources]
        record["conditioned_on"] = list(picture.conditioned_on)
        record["largest_source_share"] = None if np.isnan(share) else share
    tables.write_json(record, record_path(folder, job.key))


def open_generators(
    folders: Sequence[Path], embedder: str, generator: str, cache: Path
) -> dict[str, Generator]:
    """The generator and those of the controls over these workspaces, for `generate_cells`.

    Made anew in every worker process: a library's photos are opened there.
    """
    open_photo = opener(*(load_library(folder, embedder) for folder in folders))
    names = (generator, *CONTROLS.values())
    return {name: make(name, open_photo, cache) for name in names}


def open_picture(folder: Path, key: str) -> Image.Image | None:
    """A picture of the grid, or None where it could not be made."""
    record = tables.read_json(record_path(folder, key))
    return None if record["error"] else read_photo(str(folder / record["picture"]))
