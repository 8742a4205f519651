"""The report: one page over the run folders, to open from disk.

It computes nothing: it shows the newest complete run of each notebook with its figures, tables
and pictures, and lists the rest. The page holds its own style, has no script and asks no network;
every text that comes from a library, a prompt or a file name is escaped by the templates.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from albumen.errors import AlbumenError
from albumen.parameters import read_notebook
from albumen.runs import CAPTION, MANIFEST, Run, find_runs
from albumen.tables import whole_file

ROWS = 30  # of a table
PICTURES = 24  # of a run
LETTERS = 120  # of a cell
EMPTY = "\N{EN DASH}"


def write_report(results: Path) -> Path:
    """Write `results/index.html` from the runs under `results/runs`; returns its path."""
    runs = find_runs(results)
    shown = [run for run in runs if run.state == "complete" and not run.notebook.startswith("_")]
    newest = {run.notebook: run for run in shown}  # the last one wins
    sections = [_section(run, results, runs) for run in newest.values()]
    rest = [_line(run, results) for run in reversed(runs) if newest.get(run.notebook) != run]
    # every variable of every template is escaped, whatever the template is called
    environment = Environment(
        loader=PackageLoader("albumen"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html").render(sections=sections, rest=rest)
    path = results / "index.html"
    with whole_file(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def _section(run: Run, results: Path, runs: Iterable[Run]) -> dict[str, Any]:
    """What the page shows of one complete run."""
    title, question = _title_and_question(run)
    later = [
        other
        for other in runs
        if other.notebook == run.notebook and other.name > run.name and other.state != "unfinished"
    ]
    pictures = [
        path for path in _files(run, "pictures", ".png") if path.with_suffix(".json").exists()
    ]
    return {
        **_line(run, results),
        "title": title,
        "question": question,
        "headline": [(key, number(value)) for key, value in run.headline.items()],
        "parameters": [(key, number(value)) for key, value in run.record["parameters"].items()],
        "figures": [_figure(path, results) for path in _files(run, "figures", ".png")],
        "tables": [_table(path, results) for path in _files(run, "tables", ".parquet")],
        "pictures": [_link(path, results) for path in pictures[:PICTURES]],
        "more_pictures": max(0, len(pictures) - PICTURES),
        "pictures_url": _url(run.folder / "pictures", results),
        "later": [_line(other, results) for other in later],
    }


def _line(run: Run, results: Path) -> dict[str, Any]:
    """One run in a line: what, when, how long, how it ended and where it lies."""
    record, git = run.record, run.record.get("git")
    memory = record.get("peak_memory_mib")
    pages = [
        run.folder / name for name in ("notebook.html", "notebook.ipynb", MANIFEST, "failed.json")
    ]
    return {
        "notebook": run.notebook,
        "name": run.name,
        "state": run.state,
        "message": record.get("message", ""),
        "started": _started(run),
        "seconds": _duration(record["seconds"]) if "seconds" in record else "",
        "memory": f"{memory / 1024:.1f} GiB" if memory else "",
        "commit": git["commit"][:10] + (" with changes" if git["dirty"] else "") if git else "",
        "links": [_link(path, results) for path in pages if path.is_file()],
    }


def _files(run: Run, kind: str, suffix: str) -> list[Path]:
    """A run's files of one kind by name; a table called "headline" comes first."""
    found = (run.folder / kind).glob(f"*{suffix}")
    return sorted(found, key=lambda path: (path.stem != "headline", path.name))


def _link(path: Path, results: Path) -> dict[str, str]:
    return {"url": _url(path, results), "text": path.name}


def _url(path: Path, results: Path) -> str:
    """Relative to the page, so that the folder can be moved or sent as it is."""
    return quote(path.resolve().relative_to(results.resolve()).as_posix())


def _title_and_question(run: Run) -> tuple[str, str]:
    """The heading and the text of the notebook's first cell; its name when it cannot be read."""
    try:
        cells = read_notebook(run.folder / "notebook.ipynb").cells
    except AlbumenError:
        return run.notebook, ""
    first = next((cell.source for cell in cells if cell.cell_type == "markdown"), "")
    heading, _, text = first.strip().partition("\n")
    return heading.lstrip("# ") or run.notebook, re.sub(r"[*`]", "", text).strip()


def _figure(path: Path, results: Path) -> dict[str, Any]:
    try:
        with Image.open(path) as image:
            caption, (width, height) = image.info.get(CAPTION), image.size
    except OSError:
        return {
            **_link(path, results),
            "broken": True,
            "caption": f"{path.name} is no whole image.",
        }
    caption = caption or path.stem.replace("_", " ").replace("-", " ").capitalize()
    size = {"width": width, "height": height}
    return {**_link(path, results), "broken": False, "caption": caption, **size}


def _table(path: Path, results: Path) -> dict[str, Any]:
    """The first rows of a table as texts, and how each column is set."""
    about = {**_link(path, results), "columns": [], "rows": [], "total": 0}
    try:
        file = pq.ParquetFile(path)
        empty = pa.RecordBatch.from_pylist([], schema=file.schema_arrow)
        head = next(file.iter_batches(ROWS), empty)
    except (pa.ArrowInvalid, OSError) as error:
        return {**about, "caption": f"{path.name} is not a readable table: {error}"}
    columns = [_cells(column.to_pylist()) for column in head.columns]
    caption = (file.schema_arrow.metadata or {}).get(CAPTION.encode(), b"").decode()
    return {
        **about,
        "caption": caption or path.stem.replace("_", " ").replace("-", " ").capitalize(),
        "columns": [
            {"name": field.name, "kind": _kind(field.type, cells)}
            for field, cells in zip(head.schema, columns, strict=True)
        ],
        "rows": list(zip(*columns, strict=True)),
        "total": file.metadata.num_rows,
    }


def _kind(kind: pa.DataType, cells: list[str]) -> str:
    """How a column is set: numbers to the right, sentences wide enough to read."""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    return "long" if any(len(cell) > LETTERS // 3 for cell in cells) else ""


def _cells(values: list[Any]) -> list[str]:
    """A column as texts; its floats share the decimals that give the largest three digits."""
    floats = [abs(one) for one in values if isinstance(one, float) and math.isfinite(one) and one]
    decimals = 2 - math.floor(math.log10(max(floats))) if floats else 0
    return [number(one, min(max(decimals, 0), 4)) for one in values]


def number(value: Any, decimals: int | None = None) -> str:
    """A value as a reader wants it: floats rounded (to three digits by default), digests cut.

    A float that would round to zero keeps one digit, so that a small p-value stays one.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if decimals is None:
            return _cells([value])[0]
        text = f"{value:,.{decimals}f}"
        return f"{value:.1g}" if value and not text.strip("-0.,") else text
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(number(one) for one in value) or EMPTY
    if isinstance(value, Mapping):
        return ", ".join(f"{number(key)}: {number(one)}" for key, one in value.items()) or EMPTY
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = str(value)
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return text[:12]
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _started(run: Run) -> str:
    """The time in the folder's name, which a failed run has, too."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ", run.name)
    return "{}-{}-{} {}:{} UTC".format(*found.groups()) if found else ""


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
