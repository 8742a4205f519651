"""Run a notebook with parameters into a run folder of its own.

Names and types are checked before a kernel starts. The manifest is written last, so a folder that
has one is a whole run; a run that stops leaves failed.json in its place.
"""

import copy
import hashlib
import json
import logging
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import papermill
import zmq
from jinja2 import PackageLoader
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbconvert import HTMLExporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from albumen import runs
from albumen.errors import AlbumenError
from albumen.parameters import RUN_FOLDER, check, declared, read_notebook, tagged
from albumen.runs import Run
from albumen.tables import read_json, write_json

KERNEL = "python3"
STARTS = 3  # kernels starting at once can collide on ports (papermill #511): try again
# what results depend on and a kernel reads before its first line
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "OPENCV_LOG_LEVEL": "ERROR",  # its new engine warns once for each network it loads
}


def run_notebook(
    notebook: Path, parameters: Mapping[str, Any], results: Path, *, progress: bool = False
) -> Run:
    """Execute `notebook` in its own folder with `parameters` and return its complete run.

    The run folder is made under `results/runs`; the notebook gets it, relative to its own folder,
    as the parameter `run_folder`. `progress` shows a bar of cells on stderr. Raises AlbumenError
    for bad parameters, before a kernel starts, and for a cell that fails, named in the sentence.
    """
    source = read_notebook(notebook)
    values = check(declared(source, notebook.stem), parameters, notebook.stem)
    del values[RUN_FOLDER]
    _check_kernel()
    started = datetime.now(UTC)
    about = _about(notebook, source, values)
    folder = _new_folder(results / "runs" / notebook.stem, started, about["digest"])
    try:
        executed = _execute(notebook, source, values, folder, progress)
        headline = _headline(folder)
    except PapermillExecutionError as error:
        raise _failed(folder, notebook.stem, source, error) from error
    except (RuntimeError, zmq.ZMQError, KeyboardInterrupt) as error:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        message = f"{notebook.stem} stopped because its kernel did ({what})."
        write_json({"error": type(error).__name__, "message": message}, folder / runs.FAILED)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise AlbumenError(message) from error
    _write_html(executed, notebook, folder)
    manifest = {
        **about,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
        "peak_memory_mib": executed.metadata.get("peak_memory_mib"),
        "headline": headline,
        "files": runs.file_hashes(folder),
    }
    write_json(manifest, folder / runs.MANIFEST)
    return runs.read_run(folder)


class _Engine(NBClientEngine):
    """papermill's engine with a fixed environment; a kernel start is retried, a cell never."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        for attempt in range(1, STARTS + 1):
            client = _Client(
                nb_man,
                kernel_name=kernel_name,
                startup_timeout=options["start_timeout"],
                timeout=None,
                coalesce_streams=True,  # a bar's steps become its last state
            )
            try:
                client.execute(
                    env={**os.environ, **ENVIRONMENT},
                    transport_encryption="auto",  # others of this machine do not listen
                )
                return
            except (RuntimeError, zmq.ZMQError):
                states = {cell.metadata.papermill.status for cell in nb_man.nb.cells}
                if states != {nb_man.PENDING} or attempt == STARTS:
                    raise


class _Client(PapermillNotebookClient):
    """Notes the kernel's peak memory while there still is a kernel."""

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        status = Path(f"/proc/{getattr(self.km.provisioner, 'pid', None)}/status")
        if status.is_file():  # only Linux tells
            peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            self.nb.metadata["peak_memory_mib"] = int(peak[1]) >> 10 if peak else None


papermill_engines.register("albumen", _Engine)


def _execute(
    notebook: Path, source: NotebookNode, values: dict[str, Any], folder: Path, progress: bool
) -> NotebookNode:
    output = str(folder / "notebook.ipynb").replace("{", "{{").replace("}", "}}")
    inside = os.path.relpath(folder, notebook.resolve().parent)
    return papermill.execute_notebook(
        copy.deepcopy(source),
        output,  # papermill formats it with the parameters
        {**values, RUN_FOLDER: Path(inside).as_posix()},
        engine_name="albumen",
        kernel_name=KERNEL,
        language="python",  # stripping may have taken it out of the notebook
        cwd=notebook.resolve().parent,
        progress_bar={"desc": notebook.stem, "leave": True} if progress else False,
    )


def _check_kernel() -> None:
    """The kernel must be this environment's Python, or the manifest's versions would be wrong."""
    try:
        command = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel as error:
        raise AlbumenError(f"There is no Jupyter kernel '{KERNEL}': install ipykernel.") from error
    # jupyter_client puts the running interpreter in place of a bare name
    if Path(command).name != command and Path(command) != Path(sys.executable):
        raise AlbumenError(f"Jupyter kernel '{KERNEL}' is {command}, expected {sys.executable}.")


def _about(notebook: Path, source: NotebookNode, values: dict[str, Any]) -> dict[str, Any]:
    """What a run can be told from beforehand; its digest names source, parameters and versions."""
    cells = [[cell.cell_type, cell.source] for cell in source.cells]
    about = {
        "notebook": notebook.stem,
        "source_sha256": _sha256(cells),
        "parameters": values,
        "versions": runs.versions(),
        "environment": ENVIRONMENT,
        "weights_sha256": hashlib.sha256(
            files("albumen").joinpath("weights.toml").read_bytes()
        ).hexdigest(),
    }
    return {
        **about,
        "digest": _sha256(about),
        "seeds": {key: value for key, value in values.items() if "seed" in key},
        "platform": f"{platform.platform()}, {os.cpu_count()} processors",
        "git": _git(notebook.resolve().parent),
    }


def _sha256(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _git(folder: Path) -> dict[str, Any] | None:
    """The commit and whether files differ from it; None outside a repository or without git."""
    answers = []
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain"]):
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *command], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        answers.append(done.stdout.strip())
    return {"commit": answers[0], "dirty": bool(answers[1])}


def _new_folder(parent: Path, started: datetime, digest: str) -> Path:
    """A folder nobody has: runs of one second with one digest are told apart by a number."""
    name = f"{started:%Y%m%dT%H%M%SZ}-{digest[:8]}"
    parent.mkdir(parents=True, exist_ok=True)
    count = 1
    while True:
        folder = parent / (name if count == 1 else f"{name}-{count}")
        try:
            folder.mkdir()
            return folder.resolve()
        except FileExistsError:
            count += 1


def _headline(folder: Path) -> list[list[Any]]:
    path = folder / runs.HEADLINE
    return read_json(path) if path.is_file() else []


def _failed(
    folder: Path, name: str, source: NotebookNode, error: PapermillExecutionError
) -> AlbumenError:
    """Write failed.json for the cell that failed and return the sentence to raise."""
    # papermill puts the given parameters into a cell of their own after the parameters cell
    index = error.cell_index - (error.cell_index > tagged(source, "parameters")[0])
    cell = source.cells[index]
    value = next(iter((error.evalue or "").strip().splitlines()), "no message")
    message = f"{name} failed in cell {index + 1} ('{cell.id}'): {error.ename}: {value}"
    record = {
        "error": error.ename,
        "message": message,
        "cell": {"number": index + 1, "id": cell.id, "source": cell.source},
        "traceback": strip_ansi("\n".join(error.traceback)),
    }
    write_json(record, folder / runs.FAILED)
    return AlbumenError(message)


def _write_html(executed: NotebookNode, notebook: Path, folder: Path) -> None:
    """The executed notebook as one page that needs no network."""
    quiet = logging.getLogger(__name__)
    quiet.setLevel(logging.ERROR)  # nbconvert warns of every figure without an alternative text
    exporter = HTMLExporter(
        log=quiet,
        template_file="notebook.html.j2",
        extra_loaders=[PackageLoader("albumen")],
        embed_images=True,
    )
    place = {"name": notebook.stem, "path": str(notebook.resolve().parent)}
    page, _ = exporter.from_notebook_node(executed, resources={"metadata": place})
    (folder / "notebook.html").write_text(page, encoding="utf-8")
