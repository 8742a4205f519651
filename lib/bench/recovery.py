"""Does mapping find what is known to be there? `python -m bench.recovery [--pool FOLDER]` (Linux).

Simulated owners are dealt libraries from a pool of labelled photos (the demo's, or a folder that
holds a folder a subject) and mapped by our line and by today's practice; libraries without
interests are mapped, too. Then the demo's libraries: other seeds, other numbers of threads, and
whose album is it. Rows are kept in data/interim/bench-recovery by what they were made with, so
that a killed run goes on where it stood. The last line printed is one JSON object.
"""

import argparse
import hashlib
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from tqdm import tqdm

import albumen
from albumen import recovery, stats, tables
from albumen.embed import make
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.simulated import Pool
from bench import demo_owners
from bench.owners import AT_ONCE, OCCASIONS_ALIKE, PARTS
from bench.pools import EMBEDDER, INTERIM, OWNERS, demo_libraries, demo_pool, folder_pool

ROWS = INTERIM / "bench-recovery"
SIZES = 5000, 2000, 1000, 500, 200, 50  # photos; what takes longest comes first
NULL_SIZES = 1000, 500, 200, 100, 50
DRIFT_SIZE, ALBUM_SIZE = 1000, 300
WORKERS = 2


class Job(NamedTuple):
    """One owner's library and what is done with it: the name of one of PARTS."""

    part: str
    size: int
    owner: int

    @property
    def name(self) -> str:
        return f"{self.part}-{self.size}-{self.owner}.json"


def main() -> int:
    """Run what is not there yet, print tables and one JSON line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path, help="a folder of photos in a folder a subject")
    parser.add_argument("--owners", type=int, default=20, help="simulated owners at every size")
    chosen = parser.parse_args()
    try:
        print(json.dumps(bench(chosen.pool, chosen.owners)))
    except AlbumenError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def bench(pool: Path | None, owners: int) -> dict[str, Any]:
    """Measure with so many simulated owners; prints tables and returns the record."""
    jobs = [Job("study", size, one) for size in SIZES for one in range(owners)]
    jobs += [Job("nulls", size, one) for size in NULL_SIZES for one in range(owners)]
    jobs += [Job("drift", DRIFT_SIZE, one) for one in range(owners)]
    jobs += [Job("albums", ALBUM_SIZE, one) for one in range(0, owners, AT_ONCE)]
    rows = run(jobs, pool)
    libraries = demo_libraries()
    told = {"simulated": rows["albums"], "demo": pd.DataFrame(demo_owners.albums(libraries))}
    return {
        **recovered(rows["study"]),
        **apart(rows["study"], rows["nulls"], libraries),
        **same(libraries),
        "identification": {
            who: identified(who, table, owners)
            for (who, table), owners in zip(told.items(), (AT_ONCE, len(OWNERS)), strict=True)
        },
        "drift": drifted(rows["drift"]),
        "embedder": make(EMBEDDER).name,
        "owners": owners,
    }


def run(jobs: list[Job], pool: Path | None) -> dict[str, pd.DataFrame]:
    """The rows of all jobs by their part; those of an earlier run with the same code are read."""
    folder = ROWS / version(pool)
    todo = [job for job in jobs if not (folder / job.name).exists()]
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(WORKERS, context) as workers:
        running = {workers.submit(work, job, pool): job for job in todo}
        for one in tqdm(as_completed(running), "owners", len(jobs), initial=len(jobs) - len(todo)):
            tables.write_json(one.result(), folder / running[one].name)
    return {
        part: pd.DataFrame(
            [row for job in jobs if job.part == part for row in tables.read_json(folder / job.name)]
        )
        for part in PARTS
    }


def version(pool: Path | None) -> str:
    """What rows depend on, hashed: the code, and where the pool is."""
    code = Path(albumen.__file__).parent
    files = [*(code / "profile").glob("*.py"), code / "recovery.py", code / "simulated.py"]
    whole = hashlib.sha256(str(pool).encode())
    for path in sorted([*files, Path(__file__).with_name("owners.py")]):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def work(job: Job, folder: Path | None) -> list[dict[str, Any]]:
    """The rows of one job."""
    return list(PARTS[job.part](pool_of(folder), job.size, job.owner))


@cache
def pool_of(folder: Path | None) -> Pool:
    """The demo's photos, or those of a folder."""
    return folder_pool(folder) if folder else demo_pool()


def recovered(rows: pd.DataFrame) -> dict[str, Any]:
    """Print how near each method is to the truth; js, ari and nmi by size of the three methods."""
    found = recovery.intervals(rows)
    cells = found["mean"].round(3).astype(str) + " [" + found.low.round(3).astype(str)
    found["cell"] = cells + ", " + found.high.round(3).astype(str) + "]"
    for metric, part in found.groupby("metric", sort=False):
        say(f"{metric} by photos, mean over owners and label noise with 95 % intervals")
        print(part.pivot(index="method", columns="size", values="cell").to_string())
    noisy = rows.pivot_table("js", ["method", "label_noise"], "size", sort=False)
    say("js by label noise")
    print(noisy.sort_index(axis=1).round(3).to_string())
    ahead = recovery.differences(rows)
    say("js of ours less that of each other way, owner by owner (p: sign flips)")
    print(ahead.sort_values(["method", "size"]).round(4).to_string(index=False))
    ways = {recovery.OURS: "ours", "umap+hdbscan": "umap_hdbscan", "k-means": "kmeans"}
    means = found.set_index(["metric", "method", "size"])["mean"].round(4).sort_index()
    return {
        f"{metric}_{short}": {str(size): value for size, value in means[metric, way].items()}
        for metric in ("js", "ari", "nmi")
        for way, short in ways.items()
    }


def apart(
    rows: pd.DataFrame, nulls: pd.DataFrame, libraries: dict[str, Library]
) -> dict[str, float]:
    """Print how often interests are reported where there are none, and where there are."""
    say("reported as having interests: libraries without")
    false = nulls.groupby(["kind", "times", "size"], sort=False).apart.agg(["sum", "size"])
    print(false.unstack("size").to_string())
    ours = rows[(rows.method == recovery.OURS) & (rows.label_noise == 0)]
    real = ours.assign(apart=ours.interests > 1)[["size", "apart"]]
    demo = [recovery.albumen(libraries[name]).apart for name in OWNERS]
    real = pd.concat([real, pd.DataFrame({"size": "demo", "apart": demo})])
    say("reported as having interests: libraries with, by photos")
    print(real.groupby("size", sort=False).apart.agg(["sum", "size"]).T.to_string())
    harder = nulls.kind == OCCASIONS_ALIKE
    return {
        **share("null", nulls.apart[~harder]),
        **share("null_occasions_alike", nulls.apart[harder]),
        **share("real", real.apart),
    }


def share(what: str, hits: pd.Series) -> dict[str, float]:
    """A rate and its Wilson interval under names of their own."""
    found = stats.wilson(hits.to_numpy(bool))
    say(f"{what}: {found.count} of {found.n}")
    return {f"{what}_rate": round(found.share, 4), f"{what}_95": [found.low, found.high]}


def same(libraries: dict[str, Library]) -> dict[str, Any]:
    """Print whether another seed or another number of threads finds the same interests."""
    table, threads = demo_owners.seeds(libraries), demo_owners.same_on_threads()
    say("ARI between seeds")
    print(table.to_string())
    say(f"one seed, 1 thread and 2: {'the same' if threads else 'OTHER'} interests")
    return {
        "seeds_ari": table["mean"].astype(float).round(4).to_dict(),
        "seeds_ari_least": table.least.astype(float).round(4).to_dict(),
        "threads_identical": threads,
    }


def identified(who: str, rows: pd.DataFrame, owners: int) -> dict[str, float]:
    """Print how often an album's owner was told, against chance."""
    found = stats.wilson(rows.right.to_numpy(bool))
    p = stats.above_chance(found.count, found.n, 1 / owners)
    say(f"whose album: {who}, {owners} owners")
    print(rows.groupby("who")[[c for c in ("right", "ceiling") if c in rows]].agg(["sum", "size"]))
    return {**found._asdict(), "chance": 1 / owners, "p": p}


def drifted(rows: pd.DataFrame) -> dict[str, float]:
    """Print how near owners who drift are to what they liked last."""
    js = rows.pivot(index="owner", columns="half_life", values="js")
    none, some = (js[column].to_numpy() for column in sorted(js))
    p = stats.sign_flip(some - none)
    say(
        f"js to the last preferences: {some.mean():.3f} with a half-life, {none.mean():.3f} without"
    )
    return {"js_half_life": some.mean(), "js_none": none.mean(), "p": p}


def say(what: str) -> None:
    """A heading."""
    print(f"\n{what}")


if __name__ == "__main__":
    sys.exit(main())
