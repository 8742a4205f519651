"""How fast and how lean mapping is, beside UMAP and HDBSCAN: `python -m bench.profile` (Linux).

A simulated owner's library (real photos' CLIP vectors, dealt and varied; 512 numbers each) is made
twice, small and large. Each is mapped from the same files by our line (near-duplicates, occasions
and weights, then interests with null test and stability) and by UMAP to ten dimensions and
HDBSCAN, with default settings but for `n_jobs`; UMAP gets no seed, which would keep it to one core.
Each runs in a process of its own that may use every core, and is timed after it was warmed up on
WARM photos: imports and numba's compiling do not count. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import HDBSCAN

from albumen import recovery, tables
from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.recovery import Mapped
from albumen.simulated import owner
from bench.pools import EMBEDDER, demo_pool
from bench.programs import OFTEN, RARELY, Measured, measure

PHOTOS, GROWTH = 100_000, 10
COLUMNS, DIMENSIONS = 512, 10
WARM = 5_000  # enough for UMAP to search neighbours as it does among many
THREADS = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"  # which make pins for everything else


def main() -> int:
    """Measure, print a table and one JSON line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=PHOTOS, help="fewer, for a look")
    parser.add_argument("--map", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    try:
        if chosen.map:
            map_folder(chosen.map[0], Path(chosen.map[1]))
            return 0
        with tempfile.TemporaryDirectory(prefix="bench-profile-") as name:
            record = bench(Path(name), chosen.photos)
    except AlbumenError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(record))
    return 0


def bench(folder: Path, photos: int) -> dict[str, Any]:
    """Map a library of `photos` photos and one of a tenth; prints and returns the record."""
    for name in THREADS:
        os.environ.pop(name, None)
    pool = demo_pool(COLUMNS)
    rows = []
    for size in (photos // GROWTH, photos):
        one = owner(pool, size, seed=0)
        tables.write_table(one.library.photos, folder / "photos.parquet", tables.PHOTOS)
        np.save(folder / "vectors.npy", one.library.vectors)
        for way in WAYS:
            say(f"{way} maps {size:,} photos")
            watched = run(way, folder, OFTEN)
            if way == OURS:  # looked at often it is slower, and theirs takes long enough as it is
                run(way, folder, RARELY)
            mapped = Mapped(np.load(folder / "labels.npy"), np.load(folder / "weights.npy"))
            rows.append(
                {
                    "way": way,
                    "photos": size,
                    "seconds": round(tables.read_json(folder / "seconds.json"), 2),
                    "peak_mb": round(watched.peak_mb),
                    **recovery.compare(pool, one, mapped),
                }
            )
    table = pd.DataFrame(rows)
    print(table.round(4).to_string(index=False))
    print(f"{os.cpu_count()} cores; ari, nmi and js against the owner's known themes")
    return summary(table.set_index(["way", "photos"]), photos)


def run(way: str, folder: Path, every: float) -> Measured:
    """Map what is in the folder, in a process of its own."""
    return measure([sys.executable, "-m", "bench.profile", "--map", way, str(folder)], every)


def map_folder(way: str, folder: Path) -> None:
    """What that process does: read, warm up, map; leaves labels, weights and seconds."""
    photos = tables.read_table(folder / "photos.parquet", tables.PHOTOS)
    library = Library(
        "bench",
        Consent(owner=""),
        photos,
        np.load(folder / "vectors.npy"),
        tables.FACES.empty_table().to_pandas(),
        EMBEDDER,
    )
    WAYS[way](library.only(photos.photo_id[:WARM]))
    start = time.perf_counter()
    mapped = WAYS[way](library)
    tables.write_json(time.perf_counter() - start, folder / "seconds.json")
    np.save(folder / "labels.npy", mapped.labels)
    np.save(folder / "weights.npy", mapped.weights)


def umap_hdbscan(library: Library) -> Mapped:
    """Their line on every core, every photo counting the same."""
    import umap

    points = umap.UMAP(n_components=DIMENSIONS, n_jobs=-1).fit_transform(library.vectors)
    return Mapped(HDBSCAN(n_jobs=-1, copy=True).fit_predict(points), np.ones(len(points)))


OURS, THEIRS = "albumen", "umap+hdbscan"
WAYS: dict[str, Callable[[Library], Mapped]] = {OURS: recovery.albumen, THEIRS: umap_hdbscan}


def summary(table: pd.DataFrame, photos: int) -> dict[str, Any]:
    """The figures to go by; table: a row a way and number of photos."""
    ours, theirs = table.loc[OURS, photos], table.loc[THEIRS, photos]
    small = table.loc[OURS, photos // GROWTH]
    return {
        "ratio_umap_hdbscan": round(theirs.seconds / ours.seconds, 2),
        "growth_10x": round(ours.seconds / small.seconds, 2),
        "ari_ours": round(ours.ari, 4),
        "ari_umap_hdbscan": round(theirs.ari, 4),
        "peak_mb": ours.peak_mb,
        "js_ours": round(ours.js, 4),
        "js_umap_hdbscan": round(theirs.js, 4),
        "ours_s": ours.seconds,
        "umap_hdbscan_s": theirs.seconds,
        "ours_s_small": small.seconds,
        "peak_mb_umap_hdbscan": theirs.peak_mb,
        "photos": photos,
        "cores": os.cpu_count(),
    }


def say(what: str) -> None:
    """Progress, apart from the results."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
