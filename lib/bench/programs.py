"""Programs under measurement: how long one runs and how much memory it and all below it take."""

import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from albumen.errors import AlbumenError
from albumen.packages import download

EVERY = 0.05  # seconds between two looks at the memory
PACKAGE = "libimage-exiftool-perl"  # Debian's


class Measured(NamedTuple):
    """One run of a program."""

    seconds: float
    cpu_s: float  # of all its processes together; what other work on the machine hardly changes
    peak_mb: float  # of all its processes together, MB of 10^6 bytes


def measure(command: list[str], output: int = subprocess.DEVNULL) -> Measured:
    """Run a command to its end. Raises AlbumenError when it fails."""
    start, used, peak = time.perf_counter(), _cpu(), 0
    process = subprocess.Popen(command, stdout=output)
    while True:
        try:
            status = process.wait(EVERY)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, memory(process.pid))
    seconds = time.perf_counter() - start
    if status:
        raise AlbumenError(f"{' '.join(command)} ended with status {status}.")
    return Measured(seconds, _cpu() - used, peak / 1e6)


def _cpu() -> float:
    """Seconds of all processes below this one that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory(pid: int) -> int:
    """Bytes in memory of a process and all below it: PSS, where a shared page counts once.

    proc(5): smaps_rollup and task/*/children. A process that ends meanwhile counts nothing.
    """
    total, tree = 0, [pid]
    while tree:
        place = Path(f"/proc/{tree.pop()}")
        try:
            lines = (place / "smaps_rollup").read_text().splitlines()
            total += 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            for thread in (place / "task").iterdir():
                tree += (thread / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


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
        measured = measure([*command, "-j", "-r", str(folder)], output.fileno())
    read, there = len(json.loads(into.read_bytes())), sum(map(Path.is_file, folder.rglob("*")))
    if read != there:
        raise AlbumenError(f"exiftool read {read} files of {there}.")
    return measured
