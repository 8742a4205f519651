"""A notebook's parameters: which it declares, and whether given values fit them.

papermill accepts misspelt names and any type in silence; here both are refused before a kernel
starts. The cell tagged `parameters` is parsed, never run: each line assigns a literal, annotated
or plain, of one of the types int, float, bool, str, list[...] and dict[...] of these.
"""

import ast
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from albumen.errors import AlbumenError
from albumen.tables import read_json

RUN_FOLDER = "run_folder"  # declared by every notebook, filled in by the runner alone
SCALARS = {"int": int, "float": float, "bool": bool, "str": str}


@dataclass(frozen=True)
class Declared:
    """One parameter as the notebook declares it."""

    name: str
    type: str  # "int", "list[str]", "dict[str, float]", ...
    default: Any


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook of nbformat 4; AlbumenError when it is missing or none."""
    data = read_json(path)
    try:
        cells = data.get("cells") if isinstance(data, dict) else None
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise nbformat.ValidationError("it has no cells")  # what validate takes for granted
        nbformat.validate(data)
    except nbformat.ValidationError as error:
        detail = str(error).splitlines()[0]
        raise AlbumenError(f"{path} is not a Jupyter notebook: {detail}.") from error
    return nbformat.read(path, as_version=4)


def tagged(notebook: nbformat.NotebookNode, tag: str) -> list[int]:
    """The positions of the cells that carry `tag`."""
    cells = enumerate(notebook.cells)
    return [index for index, cell in cells if tag in cell.metadata.get("tags", ())]


def declared(notebook: nbformat.NotebookNode, name: str) -> dict[str, Declared]:
    """The parameters of the notebook called `name`, in order.

    Raises AlbumenError when there is not one cell tagged `parameters`, or when a line of it is
    anything but a literal of an allowed type.
    """
    cells = tagged(notebook, "parameters")
    if len(cells) != 1:
        raise AlbumenError(f"{name} has {len(cells)} cells tagged 'parameters', expected one.")
    try:
        lines = ast.parse(notebook.cells[cells[0]].source).body
    except SyntaxError as error:
        raise AlbumenError(f"{name}: its parameters cell is not Python: {error}.") from error
    found = {}
    for line in lines:
        one = _declaration(line, f"{name}, parameters cell, line {line.lineno}")
        if one.name in found:
            raise AlbumenError(f"{name} declares the parameter '{one.name}' twice.")
        found[one.name] = one
    if RUN_FOLDER not in found or found[RUN_FOLDER].type != "str":
        raise AlbumenError(f"{name} does not declare '{RUN_FOLDER}: str = ...' as a parameter.")
    return found


def _declaration(line: ast.stmt, where: str) -> Declared:
    if isinstance(line, ast.AnnAssign) and line.value:
        target, annotation = line.target, ast.unparse(line.annotation)
    elif isinstance(line, ast.Assign) and len(line.targets) == 1:
        target, annotation = line.targets[0], None
    else:
        raise AlbumenError(f"{where}: expected 'name: type = literal'.")
    try:
        default = ast.literal_eval(line.value)
    except (ValueError, TypeError) as error:
        raise AlbumenError(f"{where}: expected a literal, not a derived value.") from error
    if not isinstance(target, ast.Name):
        raise AlbumenError(f"{where}: expected 'name: type = literal'.")
    kind = annotation or _type_of(default)
    if kind is None or not _is_allowed(kind):
        raise AlbumenError(
            f"{where}: '{target.id}' must be annotated as int, float, bool, str, or a list[...] "
            f"or dict[...] of these."
        )
    if not _fits(default, kind):
        raise AlbumenError(f"{where}: '{target.id}' is {default!r}, which is no {kind}.")
    return Declared(target.id, kind, _as(default, kind))


def check(declarations: Mapping[str, Declared], given: Mapping[str, Any], name: str) -> dict:
    """Every parameter's value: the given ones over the defaults.

    Raises AlbumenError for an unknown name (with the closest known ones) and a value of another
    type; an int passes for a float, nothing else is converted.
    """
    values = {key: one.default for key, one in declarations.items()}
    for key, value in given.items():
        one = known(declarations, key, name)
        if not _fits(value, one.type):
            raise AlbumenError(f"{name}: '{key}' is {value!r}, expected {one.type}.")
        values[key] = _as(value, one.type)
    return values


def known(declarations: Mapping[str, Declared], key: str, name: str) -> Declared:
    """The declaration of `key`; AlbumenError with the closest known names when there is none."""
    if key == RUN_FOLDER:
        raise AlbumenError(f"{name}: '{RUN_FOLDER}' is filled in by the run and cannot be given.")
    if key not in declarations:
        names = [one for one in declarations if one != RUN_FOLDER]
        close = difflib.get_close_matches(str(key), names, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names)}."
        raise AlbumenError(f"{name} has no parameter '{key}'; {hint}")
    return declarations[key]


def parse(declarations: Mapping[str, Declared], pairs: Iterable[str], name: str) -> dict[str, Any]:
    """Read "parameter=value" texts as the declared types; lists and dicts are written as YAML.

    A text stays as it is typed: `prompt=yes` is the word. Raises AlbumenError for the rest.
    """
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise AlbumenError(f"'{pair}' is no parameter: expected name=value.")
        one = known(declarations, key.strip(), name)
        try:
            # BaseLoader leaves every scalar a text, so that the declared type decides, not YAML
            loaded = text if one.type in SCALARS else yaml.load(text, Loader=yaml.BaseLoader)
            values[one.name] = _read(loaded, one.type)
        except (ValueError, yaml.YAMLError) as error:
            raise AlbumenError(f"{name}: '{one.name}' is {text!r}, expected {one.type}.") from error
    return values


def read_preset(path: Path) -> dict[str, dict[str, Any]]:
    """A preset file: for each notebook it names, parameters and their values.

    Raises AlbumenError when it is missing or no such mapping.
    """
    try:
        data = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise AlbumenError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, yaml.YAMLError) as error:
        raise AlbumenError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    sections = data.items() if isinstance(data, dict) else [(None, None)]
    if not all(isinstance(k, str) and isinstance(v, dict | None) for k, v in sections):
        raise AlbumenError(f"{path}: expected notebook names, each with 'parameter: value' lines.")
    return {notebook: parameters or {} for notebook, parameters in sections}


def _parts(kind: str) -> tuple[str, list[str]]:
    """'dict[str, float]' as 'dict', ['str', 'float']."""
    outer, _, inner = kind.partition("[")
    return outer, [part.strip() for part in inner.rstrip("]").split(",")] if inner else []


def _is_allowed(kind: str) -> bool:
    outer, inner = _parts(kind)
    if outer in ("list", "dict"):
        return len(inner) == (1 if outer == "list" else 2) and all(one in SCALARS for one in inner)
    return outer in SCALARS and not inner


def _type_of(value: Any) -> str | None:
    """The type of an unannotated literal; None when it cannot be told."""
    if isinstance(value, list) and value:
        kinds = {_type_of(one) for one in value}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else None
    if isinstance(value, dict) and value:
        keys, kinds = {_type_of(one) for one in value}, {_type_of(one) for one in value.values()}
        return f"dict[{keys.pop()}, {kinds.pop()}]" if len(keys) == len(kinds) == 1 else None
    return next((name for name, kind in SCALARS.items() if type(value) is kind), None)


def _fits(value: Any, kind: str) -> bool:
    outer, inner = _parts(kind)
    if outer == "list":
        return isinstance(value, list) and all(_fits(one, inner[0]) for one in value)
    if outer == "dict":
        return isinstance(value, dict) and all(
            _fits(key, inner[0]) and _fits(one, inner[1]) for key, one in value.items()
        )
    if outer == "float":
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is SCALARS[outer]  # exactly: True is no int here


def _as(value: Any, kind: str) -> Any:
    """A value that fits, its ints made floats where floats are declared."""
    outer, inner = _parts(kind)
    if outer == "list":
        return [_as(one, inner[0]) for one in value]
    if outer == "dict":
        return {_as(key, inner[0]): _as(one, inner[1]) for key, one in value.items()}
    return SCALARS[outer](value)


def _read(text: Any, kind: str) -> Any:
    """Texts, as YAML's BaseLoader gives them, as the type `kind`. ValueError when they are not."""
    outer, inner = _parts(kind)
    if outer == "list" and isinstance(text, list):
        return [_read(one, inner[0]) for one in text]
    if outer == "dict" and isinstance(text, dict):
        return {_read(key, inner[0]): _read(one, inner[1]) for key, one in text.items()}
    if outer in SCALARS and isinstance(text, str):
        value = _truth(text) if outer == "bool" else text
        if _fits(value := SCALARS[outer](value), kind):
            return value
    raise ValueError(f"not {kind}")


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"
