"""Photos in: a library becomes the photos table, and every file of it is accounted for.

Google Photos Takeouts (zips, read in place, or unpacked), exports of osxphotos, folders of digiKam,
Lightroom and KPhotoAlbum, data sets with a folder a subject, plain folders. Consent is applied
before a pixel is decoded; nothing is copied or changed.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int
from pyarrow.feather import read_table, write_feather

from albumen import tables
from albumen.consent import Consent, filter_photos, read_consent
from albumen.errors import AlbumenError
from albumen.ingest.copies import Near, judged_together, look_beside, path_in
from albumen.ingest.examine import examine_files
from albumen.ingest.items import items_of
from albumen.ingest.kinds import TAKEOUT, kind_of, read_indexes
from albumen.ingest.merging import merge
from albumen.ingest.workers import Map, cores, pool, uncollected
from albumen.metadata import takeout
from albumen.metadata.contents import ALBUM, MEDIA, UNTITLED
from albumen.metadata.files import BAD_ZIP, count, scan
from albumen.metadata.labels import Labels, from_text, names_in
from albumen.progress import Progress

SCRATCH = ".ingest"  # in a library's workspace, while it is being read
BATCH = 1024  # files merged at a time
PHOTO_ORDER, FILE_ORDER = ("taken_utc", "photo_id"), ("path", "outcome", "reason")
FEW = 1024  # files for which starting workers takes longer than it saves


@dataclass(frozen=True)
class Ingested:
    """One library as it was read."""

    name: str
    kind: str  # takeout, osxphotos, digikam, lightroom, kphotoalbum, subjects, folder
    evidence: str  # by which the kind was told, a phrase
    photo_rows: pa.Table  # tables.PHOTOS, what consent allows, by time then id
    file_rows: pa.Table  # tables.RECONCILIATION, one row a file found

    @cached_property
    def photos(self) -> pd.DataFrame:
        """The photos table, as reading it back gives it."""
        return tables.to_frame(self.photo_rows)

    @cached_property
    def reconciliation(self) -> pd.DataFrame:
        """The reconciliation table, as reading it back gives it."""
        return tables.to_frame(self.file_rows)


def read_library(
    source: Path,
    scratch: Path | None = None,
    workers: int | None = None,
    show: Callable[[Progress], None] = lambda _: None,
) -> Ingested:
    """Read the library at `source`: a folder of zips, an unpacked one, a folder of photos, a zip.

    What was examined lies in the folder `scratch`, from which a killed run goes on; without one in
    a temporary folder. `workers`: processes, by default one a core. `show` hears of the progress.
    A file that is broken, hostile or no photo becomes a row of the reconciliation. Raises
    ConsentError without a valid consent file, and AlbumenError when there is no photo at all.
    """
    source = source.resolve()
    if not source.exists():
        raise AlbumenError(f"{source} does not exist: expected a folder of photos or a Takeout.")
    if not source.is_dir() and source.suffix.lower() != ".zip":
        raise AlbumenError(f"{source} is neither a folder nor a zip.")
    consent = read_consent(source)
    with uncollected(), tempfile.TemporaryDirectory() as temporary:
        folder = scratch or Path(temporary)
        files, expected = scan(source), count(source)
        with pool(1 if len(files) <= FEW else workers or cores()) as run:
            found = examine_files(files, folder, run, show)
            del files
            _some_photo(found, source)
            kind, evidence = kind_of(found)
            merged = list(_merge(found, kind, consent, folder, run))
            del found
        photos = _sorted([part for part, _ in merged], PHOTO_ORDER)
        accounts = _sorted([part for _, part in merged], FILE_ORDER)
    imported = accounts.filter(pc.equal(accounts["outcome"], "imported"))
    ids = [table.sort_by("photo_id")["photo_id"] for table in (imported, photos)]
    if len(accounts) != expected or not ids[0].equals(ids[1]):
        raise AlbumenError(
            f"{source}: {len(accounts)} files are accounted for and {len(photos)} photos imported; "
            f"expected {expected} and {len(imported)}."
        )
    return Ingested(_name(source), kind, evidence, photos, accounts)


def ingest(
    source: Path,
    into: Path,
    workers: int | None = None,
    show: Callable[[Progress], None] = lambda _: None,
) -> Ingested:
    """Read the library at `source` and write its workspace: `into/<name>/`.

    Writes photos.parquet, reconciliation.parquet and, last, library.json, each whole or not at
    all; the same input gives the same bytes, also where an earlier run was killed. Raises as
    `read_library`.
    """
    source = source.resolve()
    if into.resolve().is_relative_to(source):
        raise AlbumenError(f"{into} is inside {source}, which is never written to.")
    folder = into / _name(source)
    ingested = read_library(source, folder / SCRATCH, workers, show)
    tables.write_table(ingested.photo_rows, folder / "photos.parquet", tables.PHOTOS)
    tables.write_table(ingested.file_rows, folder / "reconciliation.parquet", tables.RECONCILIATION)
    library = {"name": ingested.name, "source": str(source), "kind": ingested.kind}
    tables.write_json(library, folder / "library.json")
    shutil.rmtree(folder / SCRATCH)  # it holds what consent withholds
    return ingested


def balance(reconciliation: pd.DataFrame, found: int | None = None) -> pd.DataFrame:
    """Count files by outcome and reason: columns outcome, reason, files.

    Raises AlbumenError when the counts do not add up to the files `found`.
    """
    counts = reconciliation.groupby(["outcome", "reason"]).size().rename("files").reset_index()
    if found is not None and counts.files.sum() != found:
        raise AlbumenError(
            f"The reconciliation accounts for {counts.files.sum()} files, but {found} were found."
        )
    return counts


def _sorted(parts: list[Path], order: tuple[str, ...]) -> pa.Table:
    """The parts of a table, read once nothing else needs memory any more."""
    table = pa.concat_tables([read_table(part, memory_map=False) for part in parts])
    return table.sort_by([(name, "ascending") for name in order])


def _merge(
    found: pa.Table, kind: str, consent: Consent, scratch: Path, run: Map
) -> Iterator[tuple[Path, Path]]:
    """Merge batch by batch; the files in `scratch` with each one's PHOTOS and RECONCILIATION."""
    said = read_indexes(found)
    near = look_beside(found, said)
    together, batches = judged_together(found, near)
    found = found.append_column("row", pa.array(np.arange(len(found))))
    found = found.append_column("together", pa.array(together))
    order = np.argsort(batches, kind="stable")
    parts = enumerate(found.take(rows) for rows in _cut(order, batches[order]))
    inputs = (
        (scratch / f"merged-{at}", part, _near_to(part, near), _indexed(part, said))
        for at, part in parts
    )
    names = {*pc.unique(pc.list_flatten(found["people"])).to_pylist()}
    names |= {name for labels in said.values() for name in names_in(labels)}
    one_batch = partial(_merge_batch, _albums(found, kind), consent, kind, frozenset(names))
    return run(one_batch, inputs)


def _near_to(part: pa.Table, near: dict[int, Near]) -> dict[int, Near]:
    """Take what lies beside some files out of `near`, so that memory does not hold it twice."""
    return {row: near.pop(row) for row in part["row"].to_pylist() if row in near}


def _indexed(part: pa.Table, said: Mapping[str, Labels]) -> dict[str, Labels]:
    """What the library's index says of some files."""
    names = zip(part["folder"].to_pylist(), part["name"].to_pylist(), strict=True)
    paths = (path_in(*name) for name in names if said)
    return {path: said[path] for path in paths if path in said}


def _merge_batch(
    albums: Mapping[str, tuple[str, ...]],
    consent: Consent,
    kind: str,
    names: frozenset[str],  # of everybody whom the library names
    batch: tuple[Path, pa.Table, Mapping[int, Near], Mapping[str, Labels]],
) -> tuple[Path, Path]:
    """Write PHOTOS and RECONCILIATION of files that belong together; it runs in a worker."""
    path, found, near, said = batch
    columns = found.to_pydict()
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    imported, accounted = merge(items_of(rows, near, said, albums), consent, kind)
    photos = tables.to_frame(pa.Table.from_pylist(imported, schema=tables.PHOTOS))
    photos = tables.to_arrow(filter_photos(photos, consent, names), tables.PHOTOS)
    accounts = pa.Table.from_pylist(accounted, schema=tables.RECONCILIATION)
    paths = path.with_suffix(".photos.arrow"), path.with_suffix(".files.arrow")
    for table, part in zip((photos, accounts), paths, strict=True):
        write_feather(table, part, compression="uncompressed")
    return paths


def _cut(order: Int[np.ndarray, " n"], numbers: Int[np.ndarray, " n"]) -> list[np.ndarray]:
    """`order` in parts of about BATCH rows, equal ones of the sorted `numbers` in one."""
    starts = np.flatnonzero(np.diff(numbers)) + 1
    at = np.searchsorted(starts, np.arange(BATCH, len(order), BATCH))
    return np.split(order, np.unique(starts[at[at < len(starts)]]))


def _albums(found: pa.Table, kind: str) -> dict[str, tuple[str, ...]]:
    """The albums that each folder stands for.

    In a Takeout those that its album file names, elsewhere every folder on the way, so that
    denying "Trips" denies what lies below it.
    """
    folders = pc.unique(found["folder"]).to_pylist()
    parts = {folder: tuple(folder.split("/")) if folder else () for folder in folders}
    if kind != TAKEOUT:
        return {folder: tuple(dict.fromkeys(names)) for folder, names in parts.items()}
    titles: dict[tuple[str, ...], set[str]] = {}
    of_albums = found.filter(pc.is_in(found["what"], pa.array([ALBUM, UNTITLED])))
    for row in of_albums.to_pylist():
        title = from_text(row["labels"]).title
        titles.setdefault(parts[row["folder"]], set()).update({title} - {""})
    return {folder: takeout.folder_albums(names, titles) for folder, names in parts.items()}


def _some_photo(found: pa.Table, source: Path) -> None:
    if pc.any(pc.is_in(found["what"], pa.array(MEDIA))).as_py():
        return
    broken = found.filter(pc.equal(found["reason"], BAD_ZIP))["path"].to_pylist()
    if broken:
        raise AlbumenError(f"{broken[0]} is {BAD_ZIP}, and nothing else in {source} is a photo.")
    raise AlbumenError(f"{source} holds no photos: expected a Takeout or a folder of photos.")


def _name(source: Path) -> str:
    return source.name if source.is_dir() else source.stem
