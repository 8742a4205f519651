"""Photos in: a library becomes the photos table, and every file of it is accounted for.

Google Photos Takeouts (zips, read in place, or unpacked), exports of osxphotos, folders of digiKam,
Lightroom and KPhotoAlbum, data sets with a folder a subject, plain folders. Consent is applied
before a pixel is decoded; nothing is copied or changed.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

from albumen import tables
from albumen.consent import Consent, filter_photos, read_consent
from albumen.errors import AlbumenError
from albumen.ingest import takeout
from albumen.ingest.contents import ALBUM, MEDIA, UNTITLED
from albumen.ingest.copies import judged_together, look_beside
from albumen.ingest.examine import cores, examine_files
from albumen.ingest.files import BAD_ZIP, count, scan
from albumen.ingest.items import items_of
from albumen.ingest.kinds import TAKEOUT, kind_of, read_indexes
from albumen.ingest.labels import from_text
from albumen.ingest.merging import merge
from albumen.progress import Progress

SCRATCH = ".ingest"  # in a library's workspace, while it is being read
BATCH = 4096  # files merged at a time


class Ingested(NamedTuple):
    """One library as it was read."""

    name: str
    kind: str  # takeout, osxphotos, digikam, lightroom, kphotoalbum, subjects, folder
    evidence: str  # by which the kind was told, a phrase
    photos: pd.DataFrame  # tables.PHOTOS, what consent allows, by time then id
    reconciliation: pd.DataFrame  # tables.RECONCILIATION, one row a file found


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
    with tempfile.TemporaryDirectory() as temporary:
        folder = scratch or Path(temporary)
        found = examine_files(scan(source), folder, workers or cores(), show)
    _some_photo(found, source)
    kind, evidence = kind_of(found)
    rows, accounts = _merge(found, kind, consent)
    photos = filter_photos(_frame(rows), consent)
    photos = photos.sort_values(["taken_utc", "photo_id"], ignore_index=True)
    keys = [(name, "ascending") for name in ("path", "outcome", "reason")]
    reconciliation = _frame(accounts.sort_by(keys))
    balance(reconciliation, count(source))
    imported = reconciliation.photo_id[reconciliation.outcome == "imported"]
    if sorted(imported) != sorted(photos.photo_id):
        raise AlbumenError(f"{source}: the photos table is not what was imported.")
    return Ingested(_name(source), kind, evidence, photos, reconciliation)


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
    tables.write_table(ingested.photos, folder / "photos.parquet", tables.PHOTOS)
    tables.write_table(
        ingested.reconciliation, folder / "reconciliation.parquet", tables.RECONCILIATION
    )
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


def _merge(found: pa.Table, kind: str, consent: Consent) -> tuple[pa.Table, pa.Table]:
    """The PHOTOS and RECONCILIATION tables, unsorted, merged batch by batch."""
    said = read_indexes(found)
    near = look_beside(found, said)
    albums = _albums(found, kind)
    together, batches = judged_together(found, near)
    found = found.append_column("row", pa.array(np.arange(len(found))))
    found = found.append_column("together", pa.array(together))
    order = np.argsort(batches, kind="stable")
    photos, accounts = [], []
    for rows in _cut(order, batches[order]):
        items = items_of(found.take(rows).to_pylist(), near, said, albums)
        imported, accounted = merge(items, consent, kind)
        photos.append(pa.Table.from_pylist(imported, schema=tables.PHOTOS))
        accounts.append(pa.Table.from_pylist(accounted, schema=tables.RECONCILIATION))
    return pa.concat_tables(photos), pa.concat_tables(accounts)


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


def _frame(table: pa.Table) -> pd.DataFrame:
    """A table with the types that reading it back gives."""
    frame = table.to_pandas()
    for field in table.schema:
        if pa.types.is_list(field.type):
            frame[field.name] = [list(cell) for cell in frame[field.name]]
    return frame
