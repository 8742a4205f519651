"""What files on disk tell of photos, people and libraries: ids in their bytes, names in their code.

A trace is how an id, a digest or a run appears elsewhere: hexadecimal digits, of which the first
twelve are what file names, tables and notebooks may cut them to, or the name of a run's folder.
"""

import ast
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from albumen.errors import AlbumenError
from albumen.parameters import read_notebook, tagged
from albumen.records import Condition, condition_from_json, steps_from_json
from albumen.tables import read_json

DIGITS = 12
TRACE = re.compile(rb"\d{8}T\d{6}Z-[0-9a-f]{8}|[0-9a-f]{%d,}" % DIGITS)


def traces(text: str | bytes) -> set[str]:
    """Every trace in a text."""
    found = TRACE.findall(text.encode() if isinstance(text, str) else text)
    return {one.decode() if b"T" in one else one[:DIGITS].decode() for one in found}


def traces_in(path: Path) -> set[str]:
    """Every trace in a file's name and content; Parquet packs its texts, so they are read."""
    found = traces(path.name) | traces(path.read_bytes())
    if path.suffix != ".parquet":
        return found
    try:
        file = pq.ParquetFile(path)
        texts = [field.name for field in file.schema_arrow if "string" in str(field.type)]
        return found | traces(repr(file.read(texts).to_pylist()))
    except pa.ArrowInvalid:  # cut off while it was written: nobody can read more of it
        return found


def read_by(run: Path) -> set[str] | None:
    """The strings in a run's executed code, a path by its last part; None where it has no code.

    There a run names the libraries it reads: in the cell of its given parameters or in the code.
    The cell of default parameters does not count.
    """
    try:
        notebook = read_notebook(run / "notebook.ipynb")
        defaults = tagged(notebook, "parameters")
        code = [
            ast.parse(cell.source)
            for index, cell in enumerate(notebook.cells)
            if cell.cell_type == "code" and index not in defaults
        ]
    except (AlbumenError, SyntaxError):
        return None
    texts = {
        node.value
        for cell in code
        for node in ast.walk(cell)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {part for text in texts for part in (Path(text).name, Path(text).stem)}


def conditions(benchmark: Path, results: Path) -> dict[Path, tuple[Condition, ...] | None]:
    """What pictures were made from, by the file that says so; None: it is broken.

    Such files lie beside pictures and animations; a chain of refinements has a condition a step,
    of which there may be no picture.
    """
    files = [
        *(benchmark / "cells").glob("*.json"),
        *benchmark.rglob("*.condition.json"),
        *results.rglob("*.condition.json"),
        *results.rglob("*chain.json"),
    ]
    return {path: _conditions(path) for path in sorted(files)}


def _conditions(path: Path) -> tuple[Condition, ...] | None:
    try:
        data = read_json(path)
        if isinstance(data, list):
            return tuple(step.condition for step in steps_from_json(data))
        return (condition_from_json(data.get("condition", data)),)
    except (AlbumenError, AttributeError, KeyError, TypeError):
        return None
