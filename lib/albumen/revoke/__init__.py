"""Consent taken back: what was made from what is no longer allowed is removed.

What goes follows from consent.yaml as it is and from what lies on disk, so that the next purge
finishes one that was killed, and a file that its owner edited by hand is followed by `purge`, too.
Hence the order: consent first, then what only the library's tables can tell to be concerned
(report, runs, pictures), then what was computed of the photos, and the tables themselves last.
Photos are never touched.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from albumen import tables
from albumen.consent import Consent, Revocation, amend, read_consent
from albumen.consent.reading import file_of
from albumen.errors import AlbumenError
from albumen.generate.portrait import solution_file
from albumen.ingest import ingest
from albumen.profile.ratings import FILE as RATINGS
from albumen.report import write_report
from albumen.revoke.removal import Removal, files_under
from albumen.revoke.scope import ASIDE, Scope, find_scope
from albumen.revoke.taken import source_of
from albumen.revoke.traces import traces, traces_in
from albumen.revoke.workspace import from_workspace, scratch, whole_workspace

__all__ = ["LEFT", "follow", "purge", "revoke"]

PAGE = "index.html"
LEFT = "left"


def revoke(
    folder: Path, change: Revocation, results: Path, *, dry_run: bool = False
) -> pd.DataFrame:
    """Amend the consent file of the library in `folder` (`data/interim/<library>`), then `purge`.

    A library whose photos are gone can be revoked as a whole only. Returns as `purge`; raises
    ConsentError where the consent file cannot be amended, and then nothing is removed.
    """
    source = source_of(folder)
    if change.everything and not source.exists():
        return purge(folder, Consent("", given=False), results, dry_run=dry_run)
    if not dry_run:
        return purge(folder, amend(source, change), results)
    with tempfile.TemporaryDirectory() as trial:
        shutil.copy(file_of(source), trial)
        return purge(folder, amend(Path(trial), change), results, dry_run=True)


def follow(folder: Path, results: Path) -> pd.DataFrame:
    """Ingest the library anew by its consent as it is now, then `purge` what that leaves out.

    The tables tell less than the library: who a photo shows may stand in the sidecar of a copy, or
    in one that may be another photo's. Returns and raises as `purge`.
    """
    source = source_of(folder)
    ingest(source, folder.parent)
    return purge(folder, read_consent(source), results)


def purge(folder: Path, consent: Consent, results: Path, *, dry_run: bool = False) -> pd.DataFrame:
    """Remove everything that was derived from what `consent` does not allow, and look again.

    Photos that are denied or no longer listed, and people who may not be in the profile, take with
    them all that was made of the library's profile; people who may only not be depicted, what
    depicts them. A run goes where it may show any of that, and so if it does not tell.

    Returns what was removed, or would be: columns what, where, count (files, or rows of a table).
    Where `what` is LEFT, a file still holds an id of what was revoked: no stage writes such a one,
    and a human has to look at it. Raises AlbumenError where a file cannot be removed.
    """
    scope = find_scope(folder, consent, results)
    report = (results / PAGE).is_file()
    removed = []
    try:
        for one in _removals(folder, consent, results, scope):
            if not dry_run:
                one.carry_out()
            removed.append((one.what, str(one.where), one.count))
        if not dry_run and (results / ASIDE).exists():
            shutil.rmtree(results / ASIDE)
    except OSError as error:
        raise AlbumenError(f"Not all is removed, run it again when it can be: {error}.") from error
    if removed and not dry_run:
        if report:
            write_report(results)
        removed += [(LEFT, str(path), 1) for path in _left(folder, results, scope)]
    table = pd.DataFrame(removed, columns=["what", "where", "count"])
    return table.groupby(["what", "where"], sort=False, as_index=False)["count"].sum()


def _removals(folder: Path, consent: Consent, results: Path, scope: Scope) -> Iterator[Removal]:
    yield from scratch(folder)
    if scope.runs and (results / PAGE).is_file():  # it shows what they hold
        yield Removal("report", results / PAGE, 1, (results / PAGE,))
    for run in scope.runs:
        aside = results / ASIDE / f"{run.parent.name}-{run.name}"
        yield Removal("run", run, len(files_under(run)), (), aside=aside)
    yield from _ratings(folder, scope)
    if scope.trail or scope.profile:
        yield from _portraits(folder.parent / "portraits", scope)
        yield from _benchmark(folder.parent / "benchmark", scope)
    if not consent.given:
        yield whole_workspace(folder)
    elif scope.profile:
        yield from from_workspace(folder, consent, scope.taken)


def _ratings(folder: Path, scope: Scope) -> Iterator[Removal]:
    """Of the pictures that go, by whichever owner; the library's own go with its profile."""
    for path in sorted(folder.parent.glob(f"*/{RATINGS}")):
        own = path.parent == folder
        if own and scope.profile:
            continue
        table = tables.to_arrow(tables.read_table(path, tables.RATINGS), tables.RATINGS)
        stays = [
            scope.trail.isdisjoint(traces(" ".join([row["condition"], *photos, *people])))
            and not (own and (people - scope.taken.depicted or photos & scope.taken.shown))
            for row in table.to_pylist()
            for photos, people in [(set(row["photos"]), set(row["people"]))]
        ]
        if not all(stays):
            yield Removal("ratings", path, stays.count(False), (path,), table.filter(stays))


def _portraits(cache: Path, scope: Scope) -> Iterator[Removal]:
    """Solved people do not say who they are: those stay that a condition that stays asks for."""
    needed = {
        solution_file(person, cache)
        for condition in scope.kept
        for person in condition.people
        if "sface" in person.embeddings  # which every solution needs
    }
    files = [path for path in files_under(cache) if path not in needed]
    if files:
        yield Removal("portraits", cache, len(files), tuple(files))


def _benchmark(folder: Path, scope: Scope) -> Iterator[Removal]:
    """Its pictures, and all that it measured: against photos and faces of the library, too."""
    measured = [*files_under(folder / "readings"), *folder.glob("scores.parquet")]
    if measured:
        yield Removal("measurements", folder, len(measured), tuple(measured))
    rest = (path for path in files_under(folder) if path not in measured)
    going = [path for path in rest if not traces_in(path).isdisjoint(scope.trail)]
    if going:
        yield Removal("pictures", folder, len(going), tuple(going))


def _left(folder: Path, results: Path, scope: Scope) -> list[Path]:
    """Look again, at every file."""
    own = traces(" ".join(scope.taken.photos))  # another library may hold the same photo
    return [
        path
        for path in files_under(folder.parent, results)
        if not traces_in(path).isdisjoint(own if path.is_relative_to(folder) else scope.trail)
    ]
