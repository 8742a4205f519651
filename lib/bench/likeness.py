"""Do portraits show the person? `python -m bench.likeness FOLDER` for a folder of photos a person.

People are those of FOLDER/identities.txt, one a line, or every folder with enough photos. Each is
portrayed from face embeddings of the first three photos and scored on all others, by recognisers
that took no part: dlib (distance, .6 is its author's bound) and MobileFaceNet (cosine, calibrated
by real pairs, and rank 1 among everybody here). Two processes; a killed run goes on where it
stood. Tables go to the screen and, as CSV, to --into; the last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from albumen.errors import AlbumenError
from bench.likeness_tables import CONTROL, copies, groups, scored, summed
from bench.portrayed import (
    CONDITIONING,
    LEAST,
    MAIN,
    SETTINGS,
    Job,
    person_id,
    photos_in,
    portrayed,
)

NAME = "+".join(MAIN)
COUNTED = 15  # people on whom other numbers of photos are tried, which takes as long again
WORKERS = 2


def main() -> int:
    """Portray everybody, print tables and one JSON line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds a folder of photos a person")
    parser.add_argument("--people", type=int, help="at most so many")
    parser.add_argument("--counted", type=int, default=COUNTED, help="people for other counts")
    parser.add_argument("--into", type=Path, default=Path("build/likeness"), help="what is kept")
    parser.add_argument("--pictures", type=Path, help="a folder outside git for sheets of faces")
    parser.add_argument(
        "--settings",
        nargs="+",
        default=["+".join(one) for one in SETTINGS],
        help="recognisers that portraits are made from; sface+faceres is judged",
    )
    parser.add_argument("--groups", type=Path, help="CSV of person (folder) and group, by eye")
    given = parser.parse_args()
    settings = tuple(tuple(one.split("+")) for one in given.settings)
    try:
        people = measure(
            given.folder, given.into, given.people, given.counted, given.pictures, settings
        )
        tables, summary = report(people, read_labels(given.groups))
    except AlbumenError as error:
        print(f"bench-likeness: {error}", file=sys.stderr)
        return 1
    for title, table in tables.items():
        if table.empty:  # nobody for whom other numbers of photos were tried
            continue
        print(f"\n{title}\n{table.round(3).to_string(index=False)}")
        table.to_csv(given.into / f"{title.split(':')[0].replace(' ', '-')}.csv", index=False)
    print(json.dumps(summary))
    return 0


def measure(
    folder: Path,
    into: Path,
    people: int | None = None,
    counted: int = COUNTED,
    pictures: Path | None = None,
    settings: tuple[tuple[str, ...], ...] = SETTINGS,
    workers: int = WORKERS,
) -> list[dict[str, Any]]:
    """What `portrayed` gives of each person, in the order of their list."""
    jobs = [
        Job(one, into, at < counted, settings, pictures)
        for at, one in enumerate(folders(folder)[:people])
    ]
    done: dict[str, dict[str, Any]] = {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        running = [pool.submit(portrayed, job) for job in jobs]
        for future in tqdm(as_completed(running), total=len(jobs), unit="person"):
            one = future.result()
            done[one["person"]] = one
    return [done[job.person] for job in jobs]


def folders(folder: Path) -> list[Path]:
    """The folders of the people to portray. Raises AlbumenError when there are fewer than two."""
    if not folder.is_dir():
        raise AlbumenError(f"{folder} is not a folder: expected one with a folder a person.")
    listed = folder / "identities.txt"
    if listed.is_file():
        names = [line.strip() for line in listed.read_text(encoding="utf-8").splitlines()]
        found = [folder / name for name in names if name and (folder / name).is_dir()]
    else:
        found = [one for one in sorted(folder.iterdir()) if one.is_dir()]
        found = [one for one in found if len(photos_in(one)) >= LEAST]
    if len(found) < 2:
        raise AlbumenError(f"{folder} has {len(found)} people with {LEAST} photos, expected two.")
    return found


def read_labels(file: Path | None) -> pd.DataFrame:
    """Groups told by eye: columns person and group. Raises AlbumenError for another file."""
    if file is None:
        return pd.DataFrame({"person": [], "group": []})
    try:
        labels = pd.read_csv(file)[["person", "group"]]
    except (OSError, ValueError, KeyError) as error:
        raise AlbumenError(f"{file} is not a CSV with columns person and group.") from error
    return labels.assign(person=labels.person.astype(str).map(person_id))


def report(
    people: list[dict[str, Any]], labels: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Tables by title, and the figures of the last line. Raises AlbumenError without people."""
    shown = [one for one in people if "faces" in one]
    if len(shown) < 2:
        raise AlbumenError(f"{len(shown)} people have {LEAST} photos with a face, expected two.")
    faces = scored(shown)
    solved = faces[faces.kind == "solved"]
    ours = solved[solved.setting == NAME]
    real = ours.assign(setting="a real photo", distance=ours.real)
    real[["calibrated", "rank1", "aged"]] = np.nan
    counted, seeded = (faces[faces.kind == kind] for kind in ("count", "portrait"))
    settings, copied = summed(pd.concat([solved, real]), "setting"), copies(shown)
    figures = settings.set_index("setting")
    first, audit = figures.loc[NAME], copied.set_index("made from").failed
    summary = {
        "dlib_median": first.median_distance,
        "under_06": first.under,
        "rank1": first.rank1,
        "calibrated": first.calibrated,
        "people": int(first.people),
        "left_out": len(people) - len(shown),
        "setting": NAME,
        "photos": CONDITIONING,
        "copies": int(audit[NAME]),
        "copies_of_the_photo_itself": int(audit[CONTROL]),
        "other_settings": {
            name: {"rank1": row.rank1, "calibrated": row.calibrated}
            for name, row in figures.drop([NAME, "a real photo"]).iterrows()
        },
    }
    return {
        "settings: what the portrait was made from": settings,
        "strength: one seed's portrait by identity": summed(seeded, "identity"),
        "photos: how many the portrait was made from": summed(counted, "photos"),
        "groups: people told apart by their photos": groups(ours, labels),
        "copies: portraits beside their references": copied,
    }, json.loads(json.dumps(summary), parse_float=lambda text: round(float(text), 4))


if __name__ == "__main__":
    sys.exit(main())
