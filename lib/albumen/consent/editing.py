"""YAML text changed at one place, every other byte kept, comments and layout included.

The parser that reads the file says where each value lies, and the new text goes there. (A round
trip through ruamel.yaml lays the file out anew, and it reads YAML 1.2, where the unquoted photo id
4e1234567890 is a number that comes back as `.inf`.)
"""

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from albumen.consent.words import key
from albumen.errors import ConsentError

NULL = "tag:yaml.org,2002:null"


def put(text: str, path: list[str], value: bool | list[Any]) -> str:
    """YAML text with a value at a path of keys, or with a list's items before those there."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for depth, name in enumerate(path):
        entries = {key(entry.value): under for entry, under in node.value}
        if key(name) not in entries:
            return _insert(text, node, _nested(path[depth:], value), last=depth == 0)
        node = entries[key(name)]
        if node.tag == NULL:
            return _overwrite(text, node, _nested(path[depth + 1 :], value))
    if isinstance(value, list):
        return _insert(text, node, value)
    return _overwrite(text, node, value)


def _nested(path: list[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _insert(text: str, node: yaml.CollectionNode, value: Any, last: bool = False) -> str:
    """The text with more in a list or mapping: first, where no comment after the rest moves."""
    parts = (
        [_flow({name: one})[1:-1] for name, one in value.items()]
        if isinstance(value, dict)
        else [_flow([one])[1:-1] for one in value]
    )
    at, column = node.start_mark.index, node.start_mark.column
    if node.flow_style:
        new = ", ".join([*parts, ""] if node.value else parts)
        return text[: at + 1] + new + text[at + 1 :]
    newline = "\r\n" if "\r\n" in text else "\n"
    if last:
        return text + newline * (not text.endswith("\n")) + newline.join(parts) + newline
    dash = "- " if isinstance(value, list) else ""
    new = "".join(f"{dash}{part}{newline}{' ' * column}" for part in parts)
    return text[:at] + new + text[at:]


def _overwrite(text: str, node: yaml.Node, value: Any) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    space = " " * (start == end)  # nothing stands there, right behind the key's colon
    return text[:start] + space + _flow(value) + text[end:]


def _flow(value: Any) -> str:
    """The value as YAML on one line."""
    line = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=sys.maxsize
    )
    return line.removesuffix("...\n").strip()


def replace_file(path: Path, content: bytes) -> None:
    """Put a new file in the old one's place: whole, and nobody else's to read than before."""
    try:
        old = path.stat()
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=path.suffix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fchown(handle, old.st_uid, old.st_gid)
                os.fchmod(handle, stat.S_IMODE(old.st_mode))
                os.fsync(handle)  # what is revoked stays so if the power fails
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ConsentError(f"{path} cannot be replaced: {error}.") from error
