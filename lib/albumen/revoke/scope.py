"""Which runs and pictures what is taken back reaches."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from albumen.brief import person_id
from albumen.consent import Consent
from albumen.consent.words import words_of
from albumen.profile.everybody import NOTE as EVERYBODY
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
    showing = {
        path: [one for one in found or () if _shows(one, folder.name, taken, profile)]
        for path, found in made.items()
    }
    if not (profile or any(showing.values())):
        return Scope(taken, profile)
    # of a broken file nobody knows what it shows
    going = {path for path, found in made.items() if showing[path] or found is None}
    shown = [one for path in going for one in showing[path]]
    depicted = {
        person.person_id for one in shown if one.owner == folder.name for person in one.people
    }
    hidden = {person_id(folder.name, name) for name in taken.hidden}
    ids = {*taken.photos} - _elsewhere(folder)
    # a condition's digest is in the names of what was made from it
    named = [*(path.name for path in going), *(one.digest() for one in shown)]
    trail = traces(" ".join([*ids, *(depicted - taken.depicted), *hidden, *named]))
    runs = _runs(results, folder.name, trail, profile, going)
    kept = [
        one
        for path, found in made.items()
        if path not in going and runs.isdisjoint(path.parents)
        for one in found or ()
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
        # what everybody likes is the mean of profiles, of which this one may be
        or (profile and EVERYBODY in condition.filled_in)
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


def _runs(
    results: Path, library: str, trail: set[str], profile: bool, going_files: Collection[Path]
) -> set[Path]:
    """The run folders that hold a file or a trace of what goes, or may show it without one.

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
        or any(path.is_relative_to(run) for path in going_files)
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
