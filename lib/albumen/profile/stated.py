"""What an owner says they like: `preferences.yaml`, beside `consent.yaml`.

Only the owner writes it, by hand or by pressing Save in the survey. There need be none, and every
key may be left out:

    likes: {beach: 1, fog over the harbour: 0.5}  # themes or free words, and how much: up to 1
    dislikes: {cars: 1}
    styles: {watercolour: 0.7, photo: 0.3}        # how much, up to 1
    palette: [warm, navy, "#e0a030"]              # tones, and colours by name or in hexadecimal
    moods: [calm]
    weights: {photos: 1, survey: 1, ratings: 1}   # of the three voices, see `merging`
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PIL import ImageColor
from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from albumen.errors import AlbumenError
from albumen.profile.words import MOODS, STYLES, TONES
from albumen.tables import whole_file

FILE = "preferences.yaml"
LONGEST = 80  # characters of a word
LEAST, HEAVIEST = 0.001, 100.0  # of a strength, of the three weights
PLAIN = re.compile(r"[a-z]([\w -]*\w)?", re.IGNORECASE)
HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)

Strengths = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Weights:
    """How much each voice counts in the merged profile; 0 silences it."""

    photos: float = 1.0
    survey: float = 1.0
    ratings: float = 1.0


@dataclass(frozen=True)
class Stated:
    """What an owner says of their taste, in their order; strengths above 0 to 1."""

    likes: Strengths = ()
    dislikes: Strengths = ()
    styles: Strengths = ()
    palette: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    weights: Weights = Weights()


def read_stated(library_folder: Path) -> Stated:
    """Read `preferences.yaml` in an export's folder, or beside it if that is one zip.

    Nothing is stated where there is no file. Raises AlbumenError, one sentence with the file and
    the key, when it is no YAML or a value is not what the key expects.
    """
    path = _path(library_folder)
    if not path.is_file():
        return Stated()
    try:
        data = YAML(typ="safe", pure=True).load(path.read_bytes())
    except (OSError, ValueError, RecursionError, YAMLError) as error:
        detail = " ".join(str(error).split())
        raise AlbumenError(f"{path} is not readable YAML: {detail}.") from error
    try:
        return _stated(data)
    except AlbumenError as error:
        raise AlbumenError(f"{path}: {error}") from None


def write_stated(library_folder: Path, stated: Stated) -> Path:
    """Write `preferences.yaml` where `read_stated` reads it, whole or not at all; say where.

    Keys that stay as they are keep their form and comments, so that what was read and is written
    back changes no byte. Raises AlbumenError when the file that is there cannot be read, or the
    new one not be written or read.
    """
    path, before = _path(library_folder), read_stated(library_folder)
    said = _plain(stated)
    _stated(said)
    if before == stated and path.is_file():
        return path
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 100, True
    data = yaml.load(path.read_bytes()) if path.is_file() else None
    if data is None:
        data = CommentedMap()
        data.yaml_set_start_comment("What I say I like, beside what my photos show.")
    for key in _keys(Stated):
        if getattr(before, key) == getattr(stated, key):
            continue
        data.pop(key, None)
        if key in said:
            kind = CommentedSeq if isinstance(said[key], list) else CommentedMap
            data[key] = kind(_quoted(said[key]))
            data[key].fa.set_flow_style()
    try:
        with whole_file(path) as part:
            yaml.dump(data, part)
    except OSError as error:
        raise AlbumenError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _path(library_folder: Path) -> Path:
    return (library_folder if library_folder.is_dir() else library_folder.parent) / FILE


def _keys(record: type) -> list[str]:
    return [field.name for field in fields(record)]


def _plain(stated: Stated) -> dict[str, Any]:
    """What the file says, without what is not said."""
    strengths = {key: _numbers(getattr(stated, key)) for key in ("likes", "dislikes", "styles")}
    words = {key: list(getattr(stated, key)) for key in ("palette", "moods")}
    weights = _numbers((key, getattr(stated.weights, key)) for key in _keys(Weights))
    said = {**strengths, **words, "weights": {} if stated.weights == Weights() else weights}
    return {key: value for key, value in said.items() if value}


def _numbers(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {word: int(value) if float(value).is_integer() else value for word, value in pairs}


def _quoted(said: Any) -> Any:
    """With quotes around words that are not plain: ruamel.yaml cannot read all it writes (":0")."""
    if isinstance(said, dict):
        return {_quoted(key): value for key, value in said.items()}
    if isinstance(said, list):
        return [_quoted(word) for word in said]
    return said if PLAIN.fullmatch(said) else DoubleQuotedScalarString(said)


def _stated(data: Any) -> Stated:
    data = {} if data is None else data
    known = _keys(Stated)
    if not isinstance(data, dict) or not set(data) <= set(known):
        raise AlbumenError(f"expected the keys {', '.join(known)}, and no other.")
    likes, dislikes = (_strengths(data, key) for key in ("likes", "dislikes"))
    both = {word.casefold() for word, _ in likes} & {word.casefold() for word, _ in dislikes}
    if both:
        raise AlbumenError(f"'{min(both)}' is said to be liked and disliked.")
    weights = _map(data, "weights")
    for key, value in weights.items():
        if key not in _keys(Weights):
            raise AlbumenError(f"'weights' holds {key!r}: expected {', '.join(_keys(Weights))}.")
        if value != 0:
            _number(f"weights: {key}", value, HEAVIEST)
    return Stated(
        likes,
        dislikes,
        _strengths(data, "styles", STYLES),
        _words(data, "palette", (*TONES, "a colour's name", "#rrggbb"), _is_colour),
        _words(data, "moods", MOODS, lambda word: word in MOODS),
        Weights(**{key: float(value) for key, value in weights.items()}),
    )


def _map(data: dict[str, Any], key: str) -> dict[Any, Any]:
    given = data.get(key, {})
    if not isinstance(given, dict):
        raise AlbumenError(f"'{key}' must say how much of what, such as {{word: 0.5}}.")
    return given


def _strengths(data: dict[str, Any], key: str, among: Iterable[str] = ()) -> Strengths:
    """The words of a key, each once, with a strength above 0 to 1."""
    given = _map(data, key)
    for word, value in given.items():
        if among and word not in among:
            raise AlbumenError(f"'{key}' holds {word!r}: expected one of {', '.join(among)}.")
        if not isinstance(word, str) or not word.strip() or len(word) > LONGEST:
            raise AlbumenError(f"'{key}' holds {word!r}: expected text of up to {LONGEST} letters.")
        if not word.isprintable():
            raise AlbumenError(f"'{key}' holds {word!r}: expected words on one line.")
        _number(f"{key}: {word}", value, 1)
    if len({word.casefold() for word in given}) < len(given):
        raise AlbumenError(f"'{key}' holds a word twice.")
    return tuple((word, float(value)) for word, value in given.items())


def _number(what: str, value: Any, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not LEAST <= value <= most:
        raise AlbumenError(f"'{what}' is {value!r}: expected a number from {LEAST} to {most:g}.")


def _words(
    data: dict[str, Any], key: str, expected: Iterable[str], fits: Callable[[str], bool]
) -> tuple[str, ...]:
    """The words of a key that is a list, each once and each one that fits."""
    given = data.get(key, [])
    if not isinstance(given, list):
        raise AlbumenError(f"'{key}' must be a list, such as [{next(iter(expected))}].")
    for word in given:
        if not isinstance(word, str) or not fits(word):
            raise AlbumenError(f"'{key}' holds {word!r}: expected one of {', '.join(expected)}.")
    if len(set(given)) < len(given):
        raise AlbumenError(f"'{key}' holds a word twice.")
    return tuple(given)


def _is_colour(word: str) -> bool:
    return word in TONES or word in ImageColor.colormap or HEX.fullmatch(word) is not None
