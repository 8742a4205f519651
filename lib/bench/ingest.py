"""How fast and how lean ingest is, beside exiftool: `python -m bench.ingest` (Linux).

A library is generated twice, small and large. The same files are read by `exiftool -j -r` (every
tag of every file as JSON, unpacked) and by `albumen ingest` (from the zips: metadata, SHA-256 of
every photo, sidecars matched, consent, tables), each after its bytes were read once, so that none
waits for the disk. Then ingest is killed, at random moments, while it writes its tables, and again
and again on its way, and run to its end: its tables are compared with those of the run that nobody
disturbed. The last line printed is one JSON object; the status is 1 if a table is not as planned.
"""

import argparse
import itertools
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from albumen import tables
from albumen.errors import AlbumenError
from bench.generated import ALBUM, FILES_A_PART, SIDECAR, entries, expected, write_library
from bench.photos import DENIED, Photo, plan
from bench.programs import (
    OFTEN,
    RARELY,
    Measured,
    Moment,
    after,
    appears,
    find_exiftool,
    kill,
    measure,
    run_exiftool,
    warm,
    written,
)

LARGE, SMALL, KILLS = 20_000, 2_000, 3  # photos, photos, kills at random moments
QUICK = 200, 20, 1  # the same, for a look
DOUBLINGS = 8
BYTES_A_PHOTO = 360_000  # on disk, zipped and unpacked
TABLES = {"photos.parquet": tables.PHOTOS, "reconciliation.parquet": tables.RECONCILIATION}


class Library(NamedTuple):
    """A generated library on disk."""

    photos: list[Photo]
    folder: Path  # the zips and consent.yaml


def main() -> int:
    """Measure, print a table and one JSON line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few photos, for a look")
    parser.add_argument("--folder", type=Path, help="where there is room (8 GB); emptied after")
    chosen = parser.parse_args()
    large, small, kills = QUICK if chosen.quick else (LARGE, SMALL, KILLS)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-", dir=chosen.folder) as name:
            record = bench(Path(name), large, small, kills)
    except AlbumenError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(record))
    return 0 if record["as_planned"] and record["resumed_identical"] else 1


def bench(folder: Path, large: int, small: int, kills: int) -> dict[str, Any]:
    """Measure libraries of `large` and `small` photos in `folder`; prints and returns the record.

    Raises AlbumenError without room, without exiftool, or when a program fails.
    """
    free, needed = shutil.disk_usage(folder).free, (large + small) * BYTES_A_PHOTO
    if free < needed:
        raise AlbumenError(f"{folder} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} are needed.")
    exiftool = find_exiftool(folder)
    shares = np.random.default_rng(0).uniform(0.1, 0.9, kills)
    few, many = (generate(folder / f"library-{count}", count) for count in (small, large))
    files, size = unpack(many.folder, folder / "unpacked")
    say(f"exiftool reads {files} files: this takes a while")
    other = run_exiftool(exiftool, folder / "unpacked", folder / "exiftool.json")
    shutil.rmtree(folder / "unpacked")
    watched = [run_ingest(one, folder / "watched", OFTEN).peak_mb for one in (few, many)]
    brief, ours = (run_ingest(one, folder / "whole", RARELY) for one in (few, many))
    differing = check(few, folder / "whole") + check(many, folder / "whole")
    survived = [interrupt(few, folder, [after(brief.seconds * share)]) for share in shares]
    survived += [interrupt(few, folder, [appears(name)]) for name in TABLES]
    # again and again, after one new file, two, four, ... until it ends before it can be killed
    survived.append(interrupt(many, folder, [written(2**power) for power in range(DOUBLINGS)]))
    record = {
        "photos_per_s": round(large / ours.seconds, 1),
        "ratio_exiftool": round(other.seconds / ours.seconds, 2),
        f"peak_mb_{short(small)}": round(watched[0], 1),
        f"peak_mb_{short(large)}": round(watched[1], 1),
        "photos": large,
        "files": files,
        "mb": round(size / 1e6),
        "cores": os.cpu_count(),
        "ingest_s": round(ours.seconds, 2),
        "ingest_cpu_s": round(ours.cpu_s, 2),
        "exiftool_s": round(other.seconds, 2),
        "exiftool_cpu_s": round(other.cpu_s, 2),
        "kills": sum(hit for hit, _ in survived),
        "resumed_identical": all(same for _, same in survived),
        "as_planned": not differing,
    }
    report(record, small, differing)
    return record


def generate(folder: Path, count: int) -> Library:
    """Write a library of `count` photos."""
    photos, start = plan(count), time.monotonic()
    # a small library has parts, too
    for path in write_library(photos, folder, min(FILES_A_PART, count)):
        say(f"{count} photos: {path.name} written, {time.monotonic() - start:.0f} s")
    return Library(photos, folder)


def unpack(library: Path, into: Path) -> tuple[int, int]:
    """Unpack the zips; returns the number of files and their bytes."""
    for path in sorted(library.glob("*.zip")):
        say(f"unpacking {path.name}")
        with zipfile.ZipFile(path) as archive:
            archive.extractall(into)
    sizes = [path.stat().st_size for path in into.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def run_ingest(library: Library, into: Path, every: float) -> Measured:
    """`albumen ingest` of a library, looked at `every` so many seconds."""
    say(f"albumen ingest reads {len(library.photos)} photos")
    warm(library.folder)
    return measure(command(library, into), every)


def command(library: Library, into: Path) -> list[str]:
    """What reads a library into the folder `into`."""
    program = [sys.executable, "-m", "albumen.cli"]
    return [*program, "ingest", str(library.folder), "--into", str(into)]


def check(library: Library, into: Path) -> Counter[str]:
    """In how many photos, by column, and by how many files the tables differ from the plan."""
    folder = into / library.folder.name
    photos, accounts = (tables.read_table(folder / name, TABLES[name]) for name in TABLES)
    planned = expected(library.photos)
    found = {row.path.rpartition("/")[2]: seen(row) for row in photos.itertuples(index=False)}
    differing = Counter({"photos": len(planned.keys() ^ found.keys())})
    for name in planned.keys() & found.keys():
        differing.update(key for key, value in planned[name].items() if found[name][key] != value)
    files = list(entries(library.photos))
    totals = {
        "files": (len(files) + 1, len(accounts)),  # and consent.yaml
        "files imported": (len(planned), sum(accounts.outcome == "imported")),
        "sidecars": (
            sum(entry.kind in (SIDECAR, ALBUM) for entry in files),
            sum(accounts.outcome == "sidecar"),
        ),
        "files withheld": (
            sum(entry.photo is not None and DENIED in entry.photo.people for entry in files),
            sum(accounts.path == "(withheld)"),
        ),
    }
    differing.update({what: abs(there - due) for what, (due, there) in totals.items()})
    return +differing


def seen(row: Any) -> dict[str, Any]:
    """A row of the photos table in the words of `expected`."""
    return {
        "taken_utc": row.taken_utc,
        "position": None if np.isnan(row.lat) else (round(row.lat, 5), round(row.lon, 5)),
        "albums": row.albums,
        "people": sorted(row.people),
        "keywords": sorted(row.keywords),
        "rating": None if np.isnan(row.rating) else int(row.rating),
        "description": row.description,
        "favourite": row.favourite,
        "archived": "archived" in row.flags,
        "matched": row.match_rule != "none",
        "size": (row.width, row.height),
    }


def interrupt(library: Library, folder: Path, moments: list[Moment]) -> tuple[int, bool]:
    """Start ingest and kill it at the first moment, at the second, ...; then let it end.

    Returns how many times it was killed before it had ended by itself, after which no further one
    is tried, and whether its tables are byte for byte those in `folder`/whole.
    """
    into = folder / "killed"
    killed = itertools.takewhile(
        bool, (kill(command(library, into), into, moment) for moment in moments)
    )
    kills = sum(killed)
    rest = measure(command(library, into)).seconds
    same = all(
        (into / library.folder.name / name).read_bytes()
        == (folder / "whole" / library.folder.name / name).read_bytes()
        for name in TABLES
    )
    shutil.rmtree(into)
    say(f"{len(library.photos)} photos: killed {kills} times, ended in {rest:.1f} s more")
    return kills, same


def short(count: int) -> str:
    """20000 -> 20k."""
    return f"{count // 1000}k" if count % 1000 == 0 else str(count)


def report(record: dict[str, Any], small: int, differing: Counter[str]) -> None:
    """Print the record for a reader, and what differs from the plan."""
    large = record["photos"]
    lean, full = (record[f"peak_mb_{short(count)}"] for count in (small, large))
    print(f"library    {large:,} photos, {record['files']:,} files, {record['mb']:,} MB")
    print(f"ingest     {record['ingest_s']:,} s, {record['photos_per_s']:,} photos a second")
    print(f"exiftool   {record['exiftool_s']:,} s, {record['ratio_exiftool']} times as long")
    print(f"memory     {lean} MB at {small:,} photos, {full} MB at {large:,}: x {full / lean:.2f}")
    same = "the same tables" if record["resumed_identical"] else "OTHER TABLES"
    print(f"killed     {record['kills']} times, then {same}")
    print(f"tables     {'as planned' if record['as_planned'] else 'NOT AS PLANNED'}")
    for what, count in differing.items():
        print(f"           {what}: {count} differ")


def say(what: str) -> None:
    """Progress, apart from the results."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
