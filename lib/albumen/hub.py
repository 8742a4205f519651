"""Models of the Hugging Face hub, pinned by commit: hub.toml names them, nothing else is reached.

They lie in the hub's own cache ($HF_HUB_CACHE, else ~/.cache/huggingface/hub), where other programs
find them, too. `local_folder` never uses the network; `fetch_model` does, for the one it is given.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pandas as pd

from albumen.errors import WeightsError
from albumen.progress import Progress


@dataclass(frozen=True)
class HubModel:
    """One entry of hub.toml."""

    name: str
    use: str
    repo: str
    revision: str  # a commit's full hash
    files: tuple[str, ...]  # patterns of paths within the repository
    bytes: int  # of the weights, about
    licence: str
    trained_on: str
    seen: str  # where the revision was read

    def __str__(self) -> str:
        return f"'{self.name}' ({self.repo} at revision {self.revision})"


@cache
def hub_models() -> dict[str, HubModel]:
    """Every entry of hub.toml by name."""
    text = resources("albumen").joinpath("hub.toml").read_text(encoding="utf-8")
    return {
        name: HubModel(name=name, **{**entry, "files": tuple(entry["files"])})
        for name, entry in tomllib.loads(text).items()
    }


def hub_model(name: str) -> HubModel:
    """The entry `name`; WeightsError with the list of names if there is none."""
    if name not in hub_models():
        raise WeightsError(f"'{name}' is no hub model: expected one of {', '.join(hub_models())}.")
    return hub_models()[name]


def local_folder(name: str) -> Path:
    """The folder of the hub's cache that holds the model's files as in its repository.

    Without the network. Raises WeightsError with the command that fetches it where the pinned
    revision is not there or lacks a file.
    """
    model = hub_model(name)
    command = f"run `albumen weights fetch {name}` where the hub can be reached"
    try:
        folder = Path(_snapshot(model, model.files, local_files_only=True))
    except OSError as error:
        raise WeightsError(f"Hub model {model} is not cached: {command}.") from error
    for pattern in model.files:
        if not any(path.is_file() for path in folder.glob(pattern)):
            raise WeightsError(f"Hub model {model} is cached without {pattern}: {command}.")
    return folder


def is_cached(model: HubModel) -> bool:
    """Whether `local_folder` has it."""
    try:
        local_folder(model.name)
    except WeightsError:
        return False
    return True


def fetch_model(name: str) -> Iterator[Progress]:
    """Bring a model into the hub's cache; yield progress after each file.

    Files already there are not fetched again. Raises WeightsError with one sentence when the hub
    cannot be reached, has no such revision or lacks a file; no other revision is taken instead.
    """
    from httpx2 import HTTPError  # what the hub's client lets through of its own client

    model = hub_model(name)
    if is_cached(model):
        yield Progress(1, 1, f"{name}: cached")
        return
    try:
        planned = _snapshot(model, model.files, dry_run=True)
        for done, file in enumerate(planned, 1):
            _snapshot(model, (file.filename,))
            yield Progress(done, len(planned), f"{name}: {file.filename}")
    except (OSError, HTTPError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise WeightsError(
            f"Hub model {model} could not be fetched: {type(error).__name__}: {reason}; "
            f"put that right, then run `albumen weights fetch {name}` again."
        ) from error
    local_folder(name)


def listing() -> pd.DataFrame:
    """Every hub model, a row each: name, use, repo, licence, trained_on, cached (bool), bytes."""
    columns = ["name", "use", "repo", "licence", "trained_on", "cached", "bytes"]
    rows = [{**vars(model), "cached": is_cached(model)} for model in hub_models().values()]
    return pd.DataFrame(rows)[columns]


def _snapshot(model: HubModel, files: tuple[str, ...], **how: Any) -> Any:
    """huggingface_hub's answer for these files; imported late, as it takes a while."""
    from huggingface_hub import snapshot_download

    return snapshot_download(model.repo, revision=model.revision, allow_patterns=list(files), **how)
