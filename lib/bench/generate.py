"""What generating costs: `python -m bench.generate` (Linux).

First what our backend adds to diffusers (see `overhead`): medians of ratios of pairs of runs. Then
every generator that runs without hub and GPU, each in a fresh process of one thread, on conditions
briefed from the demo's libraries: seconds and processor seconds a picture (medians), peak memory.
The last line is one JSON object.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from albumen import embed, records, tables
from albumen.brief import brief
from albumen.errors import AlbumenError
from albumen.generate import OpenPhoto, make
from albumen.library import load_library, opener
from albumen.profile import map_profile
from albumen.records import Condition
from albumen.threads import pin_threads
from bench.pools import EMBEDDER, INTERIM, OWNERS, STOCK, demo_libraries

PAIRS = 15  # of runs of the same model


class Case(NamedTuple):
    """What one process draws: a picture a seed."""

    generator: str
    prompt: str
    size: tuple[int, int]
    pictures: int


PERSON = "person"  # the one-off refinement of a portrait, for each owner: a picture stands for one
CASES = {
    PERSON: Case("embedded", "portrait of me", (512, 512), len(OWNERS)),
    "scene": Case("embedded", "the mountains", (512, 512), 7),
    "scene_1024": Case("embedded", "the mountains", (1024, 1024), 5),
    "portrait": Case("embedded", "portrait of me", (512, 512), 7),
    "portrait_1024": Case("embedded", "portrait of me", (1024, 1024), 5),
    "portrait_in_scene": Case("embedded", "me in the mountains", (512, 512), 7),
    "tiny_diffusion": Case("sd15-lcm-ip", "the mountains", (512, 512), 7),
}


def main() -> int:
    """Measure, print tables and one JSON line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=PAIRS, help="fewer, for a look")
    parser.add_argument("--case", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    pin_threads(1)
    try:
        if chosen.case:
            print(json.dumps(run_case(chosen.case[0], Path(chosen.case[1]))))
            return 0
        record = bench(chosen.pairs)
    except AlbumenError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(record))
    return 0


def bench(pairs: int) -> dict[str, Any]:
    """Everything, each figure a median of this one run; prints the tables, returns the record."""
    from bench.overhead import overheads

    say("our backend beside the bare call")
    ratios = overheads(pairs)
    print(ratios.describe(percentiles=[0.25, 0.5, 0.75]).round(4).to_string())
    with tempfile.TemporaryDirectory(prefix="bench-generate-") as folder:
        say("briefs")
        brief_cases(Path(folder))
        rows = {name: in_own_process(name, Path(folder)) for name in CASES}
    table = pd.DataFrame(rows).T
    print(table.round(3).to_string())
    print(f"{os.cpu_count()} cores, one thread a process")
    return summary(ratios, table)


def summary(ratios: pd.DataFrame, table: pd.DataFrame) -> dict[str, Any]:
    """The figures to go by. Ratios: a column a way, a row a pair; table: a row a case."""
    over = ratios.median() - 1
    return {
        "backend_overhead": round(over["photos"], 4),
        "backend_overhead_embeds": round(over["embeds"], 4),
        "regions_cost": round(over["regions"], 4),
        **{f"{name}_s": round(row.seconds, 3) for name, row in table.iterrows()},
        **{f"{name}_cpu_s": round(row.cpu_s, 3) for name, row in table.iterrows()},
        "peak_mb": round(table.peak_mb.max()),
        **{f"{name}_mb": round(row.peak_mb) for name, row in table.iterrows()},
        "cores": os.cpu_count(),
    }


def in_own_process(name: str, folder: Path) -> dict[str, float]:
    """A case in a fresh process: median seconds, on the clock and of the processor, and peak MB."""
    say(name)
    command = [sys.executable, "-m", "bench.generate", "--case", name, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise AlbumenError(f"{name}: {run.stderr.strip().splitlines()[-1]}")
    return json.loads(run.stdout.splitlines()[-1])


def run_case(name: str, folder: Path) -> dict[str, float]:
    """What that process does. Loading models and solving people counts for no picture."""
    conditions = [
        records.condition_from_json(one) for one in tables.read_json(folder / f"{name}.json")
    ]
    libraries = [load_library(INTERIM / one, EMBEDDER) for one in (*OWNERS, STOCK)]
    run = people if name == PERSON else pictures
    spent = run(CASES[name], conditions, opener(*libraries), folder / "cache")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # kB on Linux
    clock, cpu = np.median(spent, axis=0)
    return {"pictures": len(spent), "seconds": clock, "cpu_s": cpu, "peak_mb": peak / 1e6}


def people(
    case: Case, conditions: Sequence[Condition], open_photo: OpenPhoto, cache: Path
) -> list[tuple[float, float]]:
    """Seconds to solve somebody's portrait, once a condition; `cache` then holds it."""
    generator = make(case.generator, open_photo, cache)
    generator.generate(replace(conditions[0], people=()), [0])  # loads what is needed
    return [timed(partial(generator.prepare, one)) for one in conditions]


def pictures(
    case: Case, conditions: Sequence[Condition], open_photo: OpenPhoto, cache: Path
) -> list[tuple[float, float]]:
    """Seconds of each picture, after a first one that loads what is needed."""
    options: dict[str, Any] = {}
    if case.generator != "embedded":
        from bench import overhead, tiny  # heavy, and not what the others' memory is

        options = {"pipeline": tiny.stable_diffusion(overhead.WIDTH)}
    (condition,) = conditions
    generator = make(case.generator, open_photo, cache, **options)
    generator.prepare(condition)
    generator.generate(condition, [0])
    seeds = range(1, case.pictures + 1)
    return [timed(partial(generator.generate, condition, [seed])) for seed in seeds]


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of a call: on the clock, and of the processor."""
    clock, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - cpu


def brief_cases(folder: Path) -> None:
    """Leave each case's conditions in `folder`: of the first owner, or for PERSON of every one."""
    embedder = embed.make(EMBEDDER)
    libraries = demo_libraries()
    stock = libraries[STOCK]
    profiles = {name: map_profile(libraries[name], embedder) for name in OWNERS}
    for name, case in CASES.items():
        needs = make(case.generator, opener(stock)).needs
        conditions = [
            brief(
                case.prompt,
                profiles[owner],
                libraries[owner],
                embedder,
                stock,
                style="photo",
                size=case.size,
                needs=needs,
            )
            for owner in (OWNERS if name == PERSON else OWNERS[:1])
        ]
        tables.write_json([records.to_json(one) for one in conditions], folder / f"{name}.json")


def say(what: str) -> None:
    """Progress, apart from the results."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
