"""Programs under measurement: how long one runs, how much memory it takes, and how it is killed."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from albumen.errors import AlbumenError
from albumen.packages import download

OFTEN, RARELY = 0.05, 1.0  # seconds between two looks at memory and processor time
LOOK = 0.005  # seconds between two looks at what was written
PACKAGE = "libimage-exiftool-perl"  # Debian's

Moment = Callable[[float, set[str]], bool]  # of the seconds since the start and the new files


class Measured(NamedTuple):
    """One run of a program."""

    seconds: float
    cpu_s: float  # of all its processes together: other work on the machine hardly changes it
    peak_mb: float  # of all its processes together, MB of 10^6 bytes


class Look(NamedTuple):
    """What one process takes at one moment."""

    memory: int  # bytes, PSS: a page that processes share counts once
    cpu_s: float  # so far, without the processes it started


def measure(
    command: list[str], every: float = RARELY, output: int = subprocess.DEVNULL
) -> Measured:
    """Run a command to its end, looked at `every` so many seconds.

    To look often takes a tenth of the processors: the peak of a run that is looked at often and
    the seconds of one that is not are what to go by. Raises AlbumenError when the command fails.
    """
    start, peak, cpu = time.perf_counter(), 0, {}
    process = subprocess.Popen(command, stdout=output)
    while True:
        try:
            status = process.wait(every)
            break
        except subprocess.TimeoutExpired:
            looks = look(process.pid)
            peak = max(peak, sum(one.memory for one in looks.values()))
            cpu |= {pid: one.cpu_s for pid, one in looks.items()}
    seconds = time.perf_counter() - start
    if status:
        raise AlbumenError(f"{' '.join(command)} ended with status {status}.")
    return Measured(seconds, sum(cpu.values()), peak / 1e6)


def look(pid: int) -> dict[int, Look]:
    """A process and all below it, by their ids (proc(5): smaps_rollup, stat, task/*/children).

    One that ends meanwhile is left out.
    """
    looks, tree = {}, [pid]
    while tree:
        place = Path(f"/proc/{tree.pop()}")
        try:
            rollup = (place / "smaps_rollup").read_text().splitlines()
            memory = sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
            user, system = (place / "stat").read_text().rpartition(")")[2].split()[11:13]
            cpu_s = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
            looks[int(place.name)] = Look(1024 * memory, cpu_s)
            for thread in (place / "task").iterdir():
                tree += map(int, (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return looks


def kill(command: list[str], folder: Path, moment: Moment) -> bool:
    """Run a command that writes into `folder`; at the moment, kill it and all below it.

    Returns whether it was killed; False when it ended before.
    """
    before, new, start = files_in(folder), set(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None:
        new |= files_in(folder) - before
        if moment(time.perf_counter() - start, new):
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(LOOK)
    return process.wait() == -signal.SIGKILL


def after(seconds: float) -> Moment:
    """So long after the start."""
    return lambda elapsed, _: elapsed >= seconds


def written(files: int) -> Moment:
    """As soon as so many new files were seen in the workspace, temporary ones too."""
    return lambda _, new: len(new) >= files


def appears(name: str) -> Moment:
    """As soon as a file of this name is there."""
    return lambda _, new: any(path.endswith(f"/{name}") for path in new)


def files_in(folder: Path) -> set[str]:
    """The paths of all files below a folder, which may change meanwhile."""
    return {f"{place}/{name}" for place, _, names in os.walk(folder) for name in names}


def warm(folder: Path) -> None:
    """Read every byte once, so that it comes from memory afterwards."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as opened:
                while opened.read(2**22):
                    pass


def find_exiftool(folder: Path) -> list[str]:
    """The command: the one installed, else that of Debian's package, unpacked in `folder`.

    Raises AlbumenError with what is missing.
    """
    if installed := shutil.which("exiftool"):
        return [installed]
    for needed in ("perl", "dpkg-deb"):
        if shutil.which(needed) is None:
            raise AlbumenError(f"exiftool is not installed, and its package needs {needed}.")
    with tempfile.TemporaryDirectory() as into:
        archive = download("apt", PACKAGE, "", Path(into))
        if subprocess.run(["dpkg-deb", "-x", archive, folder / "exiftool"]).returncode:
            raise AlbumenError(f"{archive.name}, which holds exiftool, could not be unpacked.")
    system = folder / "exiftool" / "usr"
    return ["perl", f"-I{system / 'share/perl5'}", str(system / "bin/exiftool")]


def run_exiftool(command: list[str], folder: Path, into: Path) -> Measured:
    """`exiftool -j -r` of `folder`. Raises AlbumenError when it did not read every file."""
    warm(folder)
    with into.open("wb") as output:
        measured = measure([*command, "-j", "-r", str(folder)], output=output.fileno())
    read, there = len(json.loads(into.read_bytes())), sum(map(Path.is_file, folder.rglob("*")))
    if read != there:
        raise AlbumenError(f"exiftool read {read} files of {there}.")
    return measured
