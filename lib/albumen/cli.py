"""The command line: `albumen weights | demo-library | ingest | consent | run | inspect | ...`.

It runs in the project's folder. Bad input ends it with one sentence and status 2, an interrupt
with 130. What a command needs is imported when it is chosen, so that `--help` is quick.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Iterable, Sequence
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from albumen.errors import AlbumenError
from albumen.progress import Progress

if TYPE_CHECKING:
    from pandas import DataFrame

    from albumen.runs import Run

NOTEBOOKS, RESULTS = Path("notebooks"), Path("results")
RAW, INTERIM = Path("data/raw"), Path("data/interim")
RECIPE = Path("data/recipes/demo.toml")
DEMO = NOTEBOOKS / "presets" / "demo.yaml"
BENCHMARK = "04_benchmark"  # whose headline the demo prints
REVOCABLE = {
    "person": "NAME",
    "album": "TITLE",
    "photo": "ID|FILE",
    "label": "LABEL",
    "place": "NAME|LAT,LON,KM",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        chosen.command(chosen)
    except AlbumenError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: what was finished is kept; run it again to go on.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="albumen", description="From a photo library to measured personal pictures."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    weights = commands.add_parser("weights", help="list or fetch the models' weight files")
    actions = weights.add_subparsers(required=True, metavar="list|fetch")
    listing = actions.add_parser("list", help="every weight file, its use, licence and state")
    listing.set_defaults(command=weights_list)
    fetch = actions.add_parser("fetch", help="bring weight files into the cache")
    which = fetch.add_mutually_exclusive_group(required=True)
    which.add_argument("names", nargs="*", default=[], metavar="NAME")
    which.add_argument("--all", action="store_true", help="the embedded set; no hub model")
    fetch.set_defaults(command=weights_fetch)

    library = commands.add_parser("demo-library", help="assemble the demo library of real photos")
    library.add_argument("--recipe", type=Path, default=RECIPE, metavar="FILE")
    library.add_argument("--into", type=Path, default=RAW, metavar="FOLDER")
    library.set_defaults(command=demo_library)

    ingest_ = commands.add_parser("ingest", help="read a photo library: Takeout zips or a folder")
    ingest_.add_argument("path", type=Path, metavar="PATH", help="a folder with consent.yaml")
    ingest_.add_argument("--into", type=Path, default=INTERIM, metavar="FOLDER")
    ingest_.set_defaults(command=ingest)

    consent = commands.add_parser("consent", help="what a library's owner allows, and takes back")
    actions = consent.add_subparsers(required=True, metavar="show|revoke")
    show = actions.add_parser("show", help="what consent.yaml says, and the people it lists")
    show.add_argument("library", metavar="LIBRARY", help="its name, or the path of its photos")
    show.set_defaults(command=consent_show)
    revoke = actions.add_parser(
        "revoke",
        help="deny it in consent.yaml and remove what was made from it",
        description="Without options: remove what consent.yaml, edited by hand, does not allow.",
    )
    revoke.add_argument("library", metavar="LIBRARY", help="its name, or the path of its photos")
    for kind, metavar in REVOCABLE.items():
        revoke.add_argument(f"--{kind}", action="append", default=[], metavar=metavar)
    revoke.add_argument(
        "--only",
        choices=["generate", "profile"],
        default="all",
        help="of a person: to be depicted, or to be in the profile as well, but not their photos",
    )
    revoke.add_argument("--all", action="store_true", help="the library as a whole")
    revoke.add_argument("--dry-run", action="store_true", help="say what would go, change nothing")
    revoke.add_argument("--yes", action="store_true", help="do not ask")
    revoke.set_defaults(command=consent_revoke)

    run_ = commands.add_parser("run", help="run a notebook into a run folder")
    run_.add_argument("notebook", metavar="NOTEBOOK", help="its name or its path")
    run_.add_argument(
        "-p", dest="pairs", action="append", default=[], metavar="NAME=VALUE", help="a parameter"
    )
    run_.add_argument("-f", dest="preset", type=Path, metavar="PRESET", help="a file of parameters")
    run_.set_defaults(command=run)

    inspect_ = commands.add_parser("inspect", help="what a picture's file tells of how it was made")
    inspect_.add_argument("file", type=Path, metavar="FILE", help="PNG, JPEG, WebP or GIF")
    inspect_.set_defaults(command=inspect)

    report_ = commands.add_parser("report", help="write results/index.html from the run folders")
    report_.set_defaults(command=report)

    demo_ = commands.add_parser("demo", help="all of it: weights, demo library, notebooks, report")
    demo_.set_defaults(command=demo)
    return parser


def weights_list(_: argparse.Namespace) -> None:
    """Print the weight files and the hub models, a table each."""
    from albumen import hub, weights

    shown = ["name", "cached", "MB", "use", "licence", "trained_on"]
    for heading, table in (
        ("Embedded set (fetched by --all)", weights.listing()),
        ("Models of the Hugging Face hub (fetched only by name, large)", hub.listing()),
    ):
        megabytes = [f"{size / 1e6:,.1f}" for size in table.bytes]
        print(heading, _columns(table.assign(MB=megabytes)[shown]), "", sep="\n")


def weights_fetch(chosen: argparse.Namespace) -> None:
    """Fetch the named weight files and hub models, or all of the embedded set."""
    from albumen.hub import fetch_model, hub_models
    from albumen.weights import fetch, pinned

    for name in chosen.names:
        if name not in pinned() and name not in hub_models():
            raise AlbumenError(f"'{name}' is no weight file and no hub model: see `weights list`.")
    names = pinned() if chosen.all else [name for name in chosen.names if name in pinned()]
    if names:
        _show(fetch(names), "weights")
    for name in chosen.names:
        if name in hub_models():
            _show(fetch_model(name), f"hub model {name}")


def demo_library(chosen: argparse.Namespace) -> None:
    """Assemble the demo library and say which photos could not be had."""
    from albumen.demo import assemble, left_out
    from albumen.threads import pin_threads

    pin_threads()
    _show(assemble(chosen.recipe, chosen.into), "demo library")
    for sentence in left_out(chosen.into):
        print(sentence)


def ingest(chosen: argparse.Namespace) -> None:
    """Read a library into its workspace; say what it is and what became of its files."""
    # the server that starts the workers imports while this process does
    multiprocessing.set_forkserver_preload(["albumen.ingest"])
    forkserver.ensure_running()
    from albumen.ingest import ingest as read

    with tqdm(desc="ingest", unit=" files") as bar:
        ingested = read(chosen.path, chosen.into, show=lambda step: _update(bar, step))
    outcomes = ingested.file_rows["outcome"].value_counts().to_pylist()
    counts = sorted((one["values"], one["counts"]) for one in outcomes)
    found = ", ".join(f"{count} {outcome}" for outcome, count in counts)
    print(f"{ingested.name} is a library of the kind {ingested.kind}, by {ingested.evidence}.")
    print(f"{len(ingested.photo_rows)} photos ({found or 'no files'}).")


def consent_show(chosen: argparse.Namespace) -> None:
    """Print what a library's owner allows."""
    from albumen.consent import describe, people_table
    from albumen.revoke.library import read_both

    consent, photos = read_both(chosen.library, INTERIM)
    print(*describe(consent), sep="\n")
    print(_columns(people_table(consent, photos)))


def consent_revoke(chosen: argparse.Namespace) -> None:
    """Take consent back, after a look at what goes with it and a question to whoever is there."""
    import pandas as pd

    from albumen.revoke import LEFT, follow, revoke
    from albumen.revoke.library import beyond, change_of, find_workspace, without_effect

    folder = find_workspace(chosen.library, INTERIM)
    change = change_of({kind: getattr(chosen, kind) for kind in REVOCABLE}, chosen.only, chosen.all)
    for sentence in without_effect(change, folder):
        print(sentence)
    asked = sys.stdin.isatty() and not chosen.yes
    if asked or chosen.dry_run:
        print(_removed(revoke(folder, change, RESULTS, dry_run=True), "would go"))
    if chosen.dry_run:
        return
    if asked and input("Take it back and remove this for good? [y/N] ").lower() not in ("y", "yes"):
        print("Nothing is changed.")
        return
    done = revoke(folder, change, RESULTS)
    if not chosen.all:
        done = pd.concat([done, follow(folder, RESULTS)], ignore_index=True)
    left = done.what == LEFT
    print(_removed(done[~left], "removed"))
    for sentence in () if done.empty else beyond(RESULTS, NOTEBOOKS):
        print(sentence)
    if left.any():
        files = ", ".join(done["where"][left])
        raise AlbumenError(f"An id of what was revoked is left, and yours to remove, in {files}.")


def run(chosen: argparse.Namespace) -> None:
    """Run one notebook and print where its run lies and what it came to."""
    from albumen.execute import run_notebook
    from albumen.parameters import declared, parse, read_notebook, read_preset

    notebook = find_notebook(chosen.notebook)
    name = notebook.stem
    parameters: dict[str, Any] = {}
    if chosen.preset:
        preset = read_preset(chosen.preset)
        if name not in preset:
            raise AlbumenError(f"{chosen.preset} has no section '{name}': {', '.join(preset)}.")
        parameters |= preset[name]
    parameters |= parse(declared(read_notebook(notebook), name), chosen.pairs, name)
    print(_outcome(run_notebook(notebook, parameters, RESULTS, progress=True)))


def inspect(chosen: argparse.Namespace) -> None:
    """Print what a picture's file tells: its provenance, its watermark, the prompt beside it."""
    from albumen.generate.provenance import inspect_file

    print(_columns(inspect_file(chosen.file)))


def report(_: argparse.Namespace) -> None:
    """Write the report and print where it is."""
    from albumen.report import write_report

    print(f"Report: {write_report(RESULTS)}")


def demo(_: argparse.Namespace) -> None:
    """Everything from weights to report, with the parameters of the demo preset."""
    from albumen.execute import run_notebook
    from albumen.parameters import check, declared, read_notebook, read_preset

    preset = read_preset(DEMO)
    notebooks = {name: find_notebook(name) for name in preset}
    for name, path in notebooks.items():  # before the long work, not after it
        check(declared(read_notebook(path), name), preset[name], name)
    weights_fetch(argparse.Namespace(all=True, names=[]))
    demo_library(argparse.Namespace(recipe=RECIPE, into=RAW))
    try:
        for name, path in notebooks.items():
            done = run_notebook(path, preset[name], RESULTS, progress=True)
            if name == BENCHMARK:
                print(_outcome(done))
    finally:
        report(argparse.Namespace())  # it shows what failed, too


def find_notebook(name: str) -> Path:
    """The notebook at the path `name`, or called so in notebooks/.

    Raises AlbumenError with the list of those there are.
    """
    for path in (Path(name), NOTEBOOKS / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path
    if not NOTEBOOKS.is_dir():
        raise AlbumenError(
            f"There is no folder {NOTEBOOKS}/ here: run this in the project's folder."
        )
    there = ", ".join(sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
    raise AlbumenError(f"There is no notebook '{name}'; there are: {there or 'none'}.")


def _show(steps: Iterable[Progress], what: str) -> None:
    """Go through `steps` behind a bar."""
    with tqdm(desc=what, unit="") as bar:
        for step in steps:
            _update(bar, step)


def _update(bar: tqdm, step: Progress) -> None:
    bar.total, bar.n = step.total, step.done
    bar.set_postfix_str(step.what, refresh=False)
    bar.refresh()


def _outcome(done: "Run") -> str:
    """Where a run lies, its headline and, if it saved one, its table `headline`."""
    import pandas as pd

    from albumen.report import number

    width = max(map(len, done.headline), default=0)
    lines = [f"  {label:<{width}}  {number(value)}" for label, value in done.headline.items()]
    table = done.folder / "tables" / "headline.parquet"
    if table.is_file():
        lines.append(_columns(pd.read_parquet(table)))
    return "\n".join([f"{done.notebook}: {done.folder}", *lines])


def _removed(table: "DataFrame", verb: str) -> str:
    """What a revocation removes, as lines."""
    if table.empty:
        return "There is nothing to remove."
    return f"{_columns(table)}\n{table['count'].sum()} files and rows {verb}."


def _columns(table: "DataFrame") -> str:
    """A table as aligned lines."""
    from albumen.report import number

    lines = [list(table.columns), *table.map(number).to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
