"""What goes from a library's workspace, and what stays of its tables."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from albumen import tables
from albumen.consent import Consent, filter_photos
from albumen.faces import RECOGNISERS
from albumen.revoke.accounts import withheld
from albumen.revoke.removal import Removal, files_under
from albumen.revoke.taken import (
    LIBRARY,
    PHOTOS,
    RECONCILIATION,
    Taken,
    is_scratch,
    source_of,
    table_files,
)

# what stays of a face whose person is nobody to the profile any more: its place in the photo, and
# a score that lets nobody be recognised in it
FORGOTTEN = {"name": None, "name_reason": "consent was taken back", "score": 0.0}
FORGOTTEN |= {"confidence": None, "group": None}


def whole_workspace(folder: Path) -> Removal:
    """Everything; last what says which photos there were, and where."""
    last = ["", RECONCILIATION, PHOTOS, LIBRARY]
    files = files_under(folder)
    files.sort(key=lambda path: last.index(path.name) if path.name in last else 0)
    return Removal("library", folder, len(files), tuple(files))


def scratch(folder: Path) -> Iterator[Removal]:
    """What a killed stage left: it may tell of photos that consent was never asked about."""
    files = [path for path in files_under(folder) if is_scratch(path, folder)]
    if files:
        yield Removal("scratch", folder, len(files), tuple(files))


def from_workspace(folder: Path, consent: Consent, taken: Taken) -> Iterator[Removal]:
    """What goes, in the order in which it must: the tables that tell it from the rest are last.

    A table keyed by photo loses rows. All else but the library's own record, the profile above
    all, was made from all photos and people together, and goes as a whole.
    """
    keyed = table_files(folder)
    stays = {*keyed, folder / LIBRARY}
    for path in files_under(folder):
        if path not in stays and not is_scratch(path, folder):
            yield Removal(path.stem, path, 1, (path,))
    for path in keyed:
        if path not in (folder / RECONCILIATION, folder / PHOTOS):
            yield from _from_table(path, folder, taken)

    path = folder / RECONCILIATION
    before = tables.read_table(path, tables.RECONCILIATION)
    after = withheld(before, consent, taken.photos, source_of(folder))
    count = int((after.path == tables.WITHHELD).sum() - (before.path == tables.WITHHELD).sum())
    if count:
        yield Removal("paths", path, count, (path,), tables.to_arrow(after, tables.RECONCILIATION))

    path = folder / PHOTOS
    before = tables.read_table(path, tables.PHOTOS)
    after = filter_photos(before[~before.photo_id.isin(list(taken.photos))], consent)
    was, rest = (tables.to_arrow(table, tables.PHOTOS) for table in (before, after))
    rows = {row["photo_id"]: row for row in was.to_pylist()}
    count = len(was) - sum(rows[row["photo_id"]] == row for row in rest.to_pylist())
    if count:
        yield Removal("photos", path, count, (path,), rest)


def _from_table(path: Path, folder: Path, taken: Taken) -> Iterator[Removal]:
    """A table without the photos that go, and without what tells the faces that go."""
    table = pq.read_table(path)
    photos, faces = (pa.array(list(some), pa.string()) for some in (taken.photos, taken.faces))
    going = pc.is_in(table["photo_id"], photos)
    changed = pc.and_(going, False)
    if "face_id" in table.column_names:
        known = pc.greater(table["score"], 0).fill_null(False)  # null: a photo without a face
        changed = pc.and_(known, pc.is_in(table["face_id"], faces))
        table = _forgotten(table, changed)
    if "duplicates" in table.column_names:  # of a photo that goes: of none that is known
        changed = pc.is_in(table["duplicates"], photos)
        alone = pc.if_else(changed, pa.scalar(None, pa.string()), table["duplicates"])
        at = table.column_names.index("duplicates")
        table = table.set_column(at, table.schema.field(at), alone)
    count = pc.sum(pc.or_(going, changed)).as_py()
    if not count:
        return
    rest = table.filter(pc.invert(going))
    what = path.relative_to(folder).parts[0].partition(".")[0]
    shard = path.parent != folder  # and so known by the photos that it was written for
    if shard and not len(rest):
        rest = None
    yield Removal(what, path.parent if shard else path, count, (path,), rest)


def _forgotten(table: pa.Table, faces: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The table with nothing left of some faces but where they are.

    Without their boxes, a photo of somebody would pass for one of a place.
    """
    zero = {one: [0.0] * table.schema.field(one).type.list_size for one in RECOGNISERS}
    for name, value in (FORGOTTEN | zero).items():
        if name in table.column_names:
            at = table.column_names.index(name)
            column = pc.if_else(faces, pa.scalar(value, table.schema.field(at).type), table[name])
            table = table.set_column(at, table.schema.field(at), column)
    return table
