"""One step of a revocation: files that go, or a table that stays without some of its rows."""

import os
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from albumen.tables import whole_file


class Removal(NamedTuple):
    """What is removed, and how much of it."""

    what: str
    where: Path  # a file, or the folder of many
    count: int  # files, or rows of a table
    files: tuple[Path, ...]  # in the order in which they go
    rest: pa.Table | None = None  # what stays of the one file, a table
    aside: Path | None = None  # where the folder goes first, to be deleted at the end

    def carry_out(self) -> None:
        """Delete the files and the folders that this empties; or the one thing above instead."""
        if self.rest is not None:
            with whole_file(self.files[0]) as part:
                pq.write_table(self.rest, part)
            return
        if self.aside is not None:
            self.aside.parent.mkdir(parents=True, exist_ok=True)
            self.where.rename(self.aside)
            return
        for path in self.files:
            path.unlink(missing_ok=True)
        for folder, _, _ in os.walk(self.where, topdown=False):
            if not any(Path(folder).iterdir()):
                Path(folder).rmdir()


def files_under(*folders: Path) -> list[Path]:
    """Every file under the folders, links not followed; records last, since they tell of the rest.

    Deleted in this order, what a kill leaves of a folder still says what it was made from.
    """
    found = (path for folder in folders for path in folder.rglob("*"))
    files = (path for path in found if path.is_symlink() or path.is_file())
    return sorted(files, key=lambda path: (path.suffix == ".json", path))
