"""Run folders: what a notebook saves in its own, and reading and comparing finished ones.

`results/runs/<notebook>/<UTC time>-<digest>/` is one run; results/README.md describes its files.
A run is complete when manifest.json lies in it, failed when failed.json does. The time stands in
the folder's name and the manifest alone, so that equal runs have equal figures, tables, pictures.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from albumen.errors import AlbumenError
from albumen.tables import read_json, whole_file, write_json

MANIFEST, FAILED, HEADLINE = "manifest.json", "failed.json", "headline.json"
INTERACTIVE = "_interactive"  # where a notebook saves when it is run by hand: no run
RENDERED = ("notebook.ipynb", "notebook.html")  # hold times, so they differ between equal runs
CAPTION = "caption"  # key of the PNG's text and the Parquet file's metadata
PACKAGES = (
    *("albumen", "numpy", "scipy", "scikit-learn", "scikit-image", "umap-learn", "numba"),
    *("torch", "torchvision", "onnxruntime", "openvino", "dlib-bin", "opencv-python-headless"),
    *("pillow", "pandas", "pyarrow", "matplotlib", "papermill", "ipykernel"),
)
# what every reader of a manifest relies on
MANIFEST_KEYS = {"parameters", "started", "seconds", "peak_memory_mib", "git", "headline", "files"}


@dataclass(frozen=True)
class Run:
    """One run folder."""

    notebook: str  # the notebook's name, without .ipynb
    folder: Path
    state: str  # complete, failed, unfinished, unreadable
    record: dict[str, Any]  # manifest.json or failed.json; {"message": why} where neither is there

    @property
    def name(self) -> str:
        """The folder's name; names of one notebook sort by time."""
        return self.folder.name

    @property
    def headline(self) -> dict[str, str | int | float | bool | None]:
        """What a complete run came to, in the notebook's order; empty for any other."""
        return dict(self.record.get("headline", []))


def save_figure(figure: Figure, run_folder: str | Path, name: str, caption: str = "") -> Path:
    """Save `figure` as figures/<name>.png (150 dpi), the same bytes for the same figure.

    `caption`: one sentence, what to look at; it is kept in the PNG's text.
    """
    path = _artefact(run_folder, "figures", name, ".png")
    # matplotlib would write its own version into "Software"
    with whole_file(path) as part:
        metadata = {"Software": None, CAPTION: caption or None}
        figure.savefig(part, format="png", dpi=150, bbox_inches="tight", metadata=metadata)
    return path


def save_table(table: pd.DataFrame, run_folder: str | Path, name: str, caption: str = "") -> Path:
    """Save `table` without its index as tables/<name>.parquet, the same bytes for the same table.

    Raises AlbumenError when a column holds values of different types.
    """
    path = _artefact(run_folder, "tables", name, ".parquet")
    try:
        arrow = pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        detail = " ".join(str(part) for part in error.args)
        raise AlbumenError(f"Table '{name}' has a column of mixed types: {detail}.") from error
    # pandas' own metadata names its version
    with whole_file(path) as part:
        pq.write_table(arrow.replace_schema_metadata({CAPTION: caption} if caption else None), part)
    return path


def save_headline(run_folder: str | Path, numbers: Mapping[str, Any]) -> Path:
    """Save what the run comes to, label by label in this order, for the manifest and the report.

    Raises AlbumenError when a value is not text, a finite number, true, false or None.
    """
    path = Path(run_folder) / HEADLINE
    # pairs, since the keys of a JSON file are sorted
    write_json([[key, _plain(key, value)] for key, value in numbers.items()], path)
    return path


def versions(*packages: str) -> dict[str, str]:
    """The installed versions of `packages`, or of all that matter to results, and of Python."""
    names = packages or PACKAGES
    return {"python": python_version(), **{name: version(name) for name in names}}


def find_runs(results: Path) -> list[Run]:
    """Every run under `results/runs`, by notebook and then by time, the newest last."""
    folders = sorted((results / "runs").glob("*/*/"))
    return [read_run(one) for one in folders if one.parent.name != INTERACTIVE]


def read_run(folder: Path) -> Run:
    """One run as its folder tells it; a broken manifest makes it `unreadable`, with the reason."""
    notebook = folder.parent.name
    try:
        if (folder / MANIFEST).is_file():
            manifest = read_json(folder / MANIFEST)
            if not isinstance(manifest, dict) or not manifest.keys() >= MANIFEST_KEYS:
                raise AlbumenError(f"{folder / MANIFEST} lacks fields of a manifest.")
            return Run(notebook, folder, "complete", manifest)
        if (folder / FAILED).is_file():
            record = read_json(folder / FAILED)
            if not isinstance(record, dict) or "message" not in record:
                raise AlbumenError(f"{folder / FAILED} does not say what failed.")
            return Run(notebook, folder, "failed", record)
    except AlbumenError as error:
        return Run(notebook, folder, "unreadable", {"message": str(error)})
    message = "It is still going on, or it was killed."
    return Run(notebook, folder, "unfinished", {"message": message})


def reproduced(first: Run, second: Run) -> pd.DataFrame:
    """Which files two complete runs share, byte for byte: columns file, same (bool).

    The executed notebooks are left out. A file that only one run has is not the same.
    """
    hashes = []
    for run in (first, second):
        if run.state != "complete":
            raise AlbumenError(f"{run.folder} is no complete run: {run.record['message']}")
        files = run.record["files"]
        hashes.append({name: files[name] for name in files if name not in RENDERED})
    names = sorted(hashes[0].keys() | hashes[1].keys())
    same = [hashes[0].get(name) == hashes[1].get(name) for name in names]
    return pd.DataFrame({"file": names, "same": pd.Series(same, dtype=bool)})


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a run folder but the manifest, by its relative path."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            with path.open("rb") as file:
                hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def _artefact(run_folder: str | Path, kind: str, name: str, suffix: str) -> Path:
    """Where an artefact goes: plain names only, since no file name may carry a prompt or person."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise AlbumenError(f"'{name}' cannot name a file: expected a-z, 0-9, '-' and '_'.")
    return Path(run_folder) / kind / (name + suffix)


def _plain(key: str, value: Any) -> str | int | float | bool | None:
    """A numpy scalar as Python's; AlbumenError for anything that is no JSON scalar."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and value - value == 0:  # neither infinite nor NaN
        return value
    raise AlbumenError(f"Headline '{key}' is {value!r}, expected text, a finite number or None.")
