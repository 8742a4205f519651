"""Photos in: an export becomes the photos table, and every file of it is accounted for.

A Google Photos Takeout (zips, read in place, or unpacked) or a plain folder of photos. Consent is
applied before a photo is decoded; nothing is copied or changed.
"""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from albumen import tables
from albumen.consent import FILE, filter_photos, read_consent
from albumen.errors import AlbumenError
from albumen.ingest.contents import OTHER, PHOTO, UNREAD, Content, examine
from albumen.ingest.copies import describe, is_takeout
from albumen.ingest.files import BAD_ZIP, Export, File, count
from albumen.ingest.merging import merge


class Ingested(NamedTuple):
    """One library as it was read."""

    name: str
    kind: str  # takeout, folder
    photos: pd.DataFrame  # tables.PHOTOS, what consent allows, by time then id
    reconciliation: pd.DataFrame  # tables.RECONCILIATION, one row a file found


def read_library(source: Path) -> Ingested:
    """Read the export at `source`: a folder of zips, an unpacked one, a folder of photos, or a zip.

    A file that is broken, hostile or no photo becomes a row of the reconciliation. Raises
    ConsentError without a valid consent file, and AlbumenError when there is no photo at all.
    """
    source = source.resolve()
    if not source.exists():
        raise AlbumenError(f"{source} does not exist: expected a folder of photos or a Takeout.")
    if not source.is_dir() and source.suffix.lower() != ".zip":
        raise AlbumenError(f"{source} is neither a folder nor a zip.")
    consent = read_consent(source)
    with Export(source) as export:
        examined = [(file, _examine(export, file)) for file in export.found]
        _some_photo(examined, source)
        kind = "takeout" if is_takeout(examined) else "folder"
        rows, accounts = merge(describe(examined, kind), export, consent, kind)
    photos = filter_photos(_frame(rows, tables.PHOTOS), consent)
    photos = photos.sort_values(["taken_utc", "photo_id"], ignore_index=True)
    accounts.sort(key=lambda row: (row["path"], row["outcome"], row["reason"]))
    reconciliation = _frame(accounts, tables.RECONCILIATION)
    balance(reconciliation, count(source))
    imported = reconciliation.photo_id[reconciliation.outcome == "imported"]
    if sorted(imported) != sorted(photos.photo_id):
        raise AlbumenError(f"{source}: the photos table is not what was imported.")
    return Ingested(_name(source), kind, photos, reconciliation)


def ingest(source: Path, into: Path) -> Ingested:
    """Read the export at `source` and write its workspace: `into/<name>/`.

    Writes photos.parquet, reconciliation.parquet and, last, library.json, each whole or not at
    all; the same input gives the same bytes. Raises as `read_library`.
    """
    source = source.resolve()
    if into.resolve().is_relative_to(source):
        raise AlbumenError(f"{into} is inside {source}, which is never written to.")
    ingested = read_library(source)
    folder = into / ingested.name
    tables.write_table(ingested.photos, folder / "photos.parquet", tables.PHOTOS)
    tables.write_table(
        ingested.reconciliation, folder / "reconciliation.parquet", tables.RECONCILIATION
    )
    library = {"name": ingested.name, "source": str(source), "kind": ingested.kind}
    tables.write_json(library, folder / "library.json")
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


def _examine(export: Export, file: File) -> Content:
    if not file.folder and file.name == FILE:
        return Content(OTHER, "the consent file")
    return examine(export, file)


def _some_photo(examined: list[tuple[File, Content]], source: Path) -> None:
    if any(content.what in (PHOTO, UNREAD) for _, content in examined):
        return
    broken = [file.path for file, content in examined if content.reason == BAD_ZIP]
    if broken:
        raise AlbumenError(f"{broken[0]} is {BAD_ZIP}, and nothing else in {source} is a photo.")
    raise AlbumenError(f"{source} holds no photos: expected a Takeout or a folder of photos.")


def _name(source: Path) -> str:
    return source.name if source.is_dir() else source.stem


def _frame(rows: list[dict], schema: pa.Schema) -> pd.DataFrame:
    """Rows as a table with the types that reading it back gives."""
    table = pa.Table.from_pylist(rows, schema=schema).to_pandas()
    for field in schema:
        if pa.types.is_list(field.type):
            table[field.name] = [list(cell) for cell in table[field.name]]
    return table
