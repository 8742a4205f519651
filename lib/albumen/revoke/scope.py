"""Which runs and pictures what is taken back reaches."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from albumen.brief import person_id
from albumen.consent import Consent
from albumen.consent.words import words_of
from albumen.records import Condition
from albumen.revoke.removal import files_under
from albumen.revoke.taken import PHOTOS, Taken, find_taken
from albumen.revoke.traces import conditions, read_by, traces, traces_in
from albumen.runs import MANIFEST

ASIDE = ".removed"  # in the results: runs that go, until all is found that tells of them


class Scope(NamedTuple):
    """What a purge has to remove outside the library's tables, and what it must not."""

    taken: Taken
    profile: bool  # whether the profile goes, and so all that was made with it
    trail: frozenset[str] = frozenset()  # traces of what goes: photos, people, pictures
    runs: tuple[Path, ...] = ()  # that go
    kept: tuple[Condition, ...] = ()  # of the pictures that stay


def find_scope(folder: Path, consent: Consent, results: Path) -> Scope:
    """Find what goes with what `consent` takes from the library in `folder`."""
    taken = find_taken(folder, consent)
    profile = not consent.given or bool(taken.photos or taken.names)
    made = conditions(folder.parent / "benchmark", results)
    going = {path for path, one in made.items() if one and _shows(one, folder.name, taken, profile)}
    if not (profile or going):
        return Scope(taken, profile)
    going |= {path for path, one in made.items() if one is None}  # nobody knows what it shows
    depicted = {
        person.person_id
        for path in going
        if made[path] and made[path].owner == folder.name
        for person in made[path].people
    }
    hidden = {person_id(folder.name, name) for name in taken.hidden}
    ids = {*taken.photos} - _elsewhere(folder)
    names = (path.name for path in going)  # hold the digest of the condition
    trail = traces(" ".join([*ids, *(depicted - taken.depicted), *hidden, *names]))
    runs = _runs(results, folder.name, trail, profile)
    kept = [
        one for path, one in made.items() if path not in going and runs.isdisjoint(path.parents)
    ]
    return Scope(taken, profile, frozenset(trail), tuple(sorted(runs)), tuple(kept))


def _shows(condition: Condition, library: str, taken: Taken, profile: bool) -> bool:
    """Whether what was made from a condition must go."""
    own = condition.owner == library
    photos = {one.photo_id for one in condition.references if own or one.pool == "stock"}
    people = {one.person_id for one in condition.people}
    return (
        not photos.isdisjoint(taken.photos)
        or (own and (profile or not people <= taken.depicted or not photos.isdisjoint(taken.shown)))
        # nobody's picture still says what it was asked for
        or (not condition.owner and words_of(taken.names).found_in(condition.prompt))
    )


def _elsewhere(folder: Path) -> set[str]:
    """The ids of photos in the other libraries, whose owners allow them."""
    others = (path for path in folder.parent.glob(f"*/{PHOTOS}") if path.parent != folder)
    return {
        one
        for path in others
        for one in pq.read_table(path, columns=["photo_id"])["photo_id"].to_pylist()
    }


def _runs(results: Path, library: str, trail: set[str], profile: bool) -> set[Path]:
    """The run folders that hold a trace of what goes, or may show it without one.

    A figure shows photos and pictures without their ids. So when the profile goes, every run goes
    that reads the library; else every such run that is not complete, as its tables may be missing.
    What tells of a run that goes, as a comparison does, goes with it.
    """
    held = {
        run: {trace for path in files_under(run) for trace in traces_in(path)}
        for run in (results / "runs").glob("*/*")
        if run.is_dir()
    }
    going = {
        run
        for run, found in held.items()
        if not found.isdisjoint(trail)
        or (_may_read(run, library) and (profile or not (run / MANIFEST).is_file()))
    }
    away = set((results / ASIDE).glob("*"))  # by a purge that was killed
    while more := {run for run in held if not held[run].isdisjoint(_names(going | away))} - going:
        going |= more
    return going


def _may_read(run: Path, library: str) -> bool:
    reads = read_by(run)
    return reads is None or library in reads


def _names(runs: Iterable[Path]) -> set[str]:
    return traces(" ".join(run.name for run in runs))
