"""Pluggable parts by name: a dict of "module:attr" strings, imported on use."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from albumen.errors import AlbumenError


def make(name: str, entries: Mapping[str, str], **options: Any) -> Any:
    """Call the factory registered under `name` with `options`.

    Raises AlbumenError naming the known entries when `name` is not one of them.
    """
    if name not in entries:
        raise AlbumenError(f"'{name}' is not one of: {', '.join(sorted(entries))}.")
    module, attr = entries[name].split(":")
    return getattr(import_module(module), attr)(**options)
