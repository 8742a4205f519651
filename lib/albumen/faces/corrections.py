"""What a library's owner says of single faces: `people.yaml`, beside `consent.yaml`.

Only the owner writes it, by hand or by pressing Save in the people editor; there need be none.
A face is its photo's id, of which 12 characters are enough, and its number in that photo:

    Robin: {is: [1a2b3c4d5e6f#0], is not: [9f8e7d6c5b4a#1]}
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.tables import whole_file

FILE = "people.yaml"
ID_PREFIX = 12  # characters of a photo's id that tell it from the others
FACE = re.compile(r"([0-9a-f]{12,64})#([0-9]{1,4})")
KEYS = ("is", "is not")


class Corrections(NamedTuple):
    """For each name the faces that are this person's, and those that are not."""

    yes: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    no: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Resolved(NamedTuple):
    """Corrections of the faces at hand, by face_id, with names as consent spells them."""

    yes: dict[str, str]  # face_id -> name
    no: frozenset[tuple[str, str]]  # face_id, name
    unheeded: tuple[str, ...]  # a sentence for each face or name that is not known


def nameable(consent: Consent) -> set[str]:
    """Whom consent lets be named: people, not pets, who are allowed in the profile."""
    return {name for name, one in consent.people.items() if one.kind == "person" and one.profile}


def read_corrections(library_folder: Path) -> Corrections:
    """Read `people.yaml` in an export's folder, or beside it if that is one zip.

    None where there is no file. Raises AlbumenError, one sentence with the file and the name, when
    it is no YAML, a face is not given as id and number, or a face is said to be two people, or to
    be somebody and not to be.
    """
    path = _path(library_folder)
    if not path.is_file():
        return Corrections()
    try:
        data = YAML(typ="safe", pure=True).load(path.read_bytes())
    except (OSError, ValueError, RecursionError, YAMLError) as error:
        detail = " ".join(str(error).split())
        raise AlbumenError(f"{path} is not readable YAML: {detail}.") from error
    try:
        return _corrections(data)
    except AlbumenError as error:
        raise AlbumenError(f"{path}: {error}") from None


def write_corrections(library_folder: Path, corrections: Corrections) -> Path:
    """Write `people.yaml` where `read_corrections` reads it, whole or not at all; say where.

    Comments and order of a file that is there stay. Raises AlbumenError when that file cannot be
    read, or the new one not be written or read.
    """
    read_corrections(library_folder)
    path, yaml = _path(library_folder), YAML()
    yaml.width = 100
    data = yaml.load(path.read_bytes()) if path.is_file() else None
    if data is None:
        data = CommentedMap()
        data.yaml_set_start_comment(
            "Whose faces these are: photo id (12 characters are enough) and number,\n"
            "Name: {is: [1a2b3c4d5e6f#0], is not: [9f8e7d6c5b4a#1]}"
        )
    said = {
        name: {
            key: list(faces[name])
            for key, faces in zip(KEYS, corrections, strict=True)
            if faces.get(name)
        }
        for name in [*corrections.yes, *corrections.no]
    }
    _corrections(said)
    for name in [name for name in data if not said.get(name)]:
        del data[name]
    for name, entry in said.items():
        old = data.setdefault(name, CommentedMap()) if entry else {}
        for key in KEYS:
            if key not in entry:
                old.pop(key, None)
            elif old.get(key) != entry[key]:
                old[key] = CommentedSeq(entry[key])
                old[key].fa.set_flow_style()
    try:
        with whole_file(path) as part:
            yaml.dump(data, part)
    except OSError as error:
        raise AlbumenError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def corrected(
    corrections: Corrections, yes: Mapping[str, Iterable[str]], no: Mapping[str, Iterable[str]]
) -> Corrections:
    """`corrections` with more said: the newer word replaces an older one about the same face."""
    is_, is_not = ({name: [*faces] for name, faces in old.items()} for old in corrections)

    def forget(said: dict[str, list[str]], name: str, face: str) -> None:
        said[name] = [one for one in said.get(name, []) if _short(one) != _short(face)]

    for name, faces in yes.items():
        for face in faces:
            for other in list(is_):
                forget(is_, other, face)
            forget(is_not, name, face)
            is_.setdefault(name, []).append(_short(face))
    for name, faces in no.items():
        for face in faces:
            forget(is_, name, face)
            forget(is_not, name, face)
            is_not[name].append(_short(face))
    return Corrections(
        *({name: tuple(faces) for name, faces in said.items() if faces} for said in (is_, is_not))
    )


def resolve(corrections: Corrections, face_ids: Iterable[str], people: Collection[str]) -> Resolved:
    """What the corrections say of these faces, `people` being those who may be named."""
    spelt = {_spelling(name): name for name in people}
    at_hand: dict[str, list[str]] = {}
    for face_id in face_ids:
        at_hand.setdefault(_short(face_id), []).append(face_id)
    unheeded: list[str] = []

    def each(said: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        for name, faces in said.items():
            if _spelling(name) not in spelt:
                unheeded.append(f"{FILE} has '{name}', whom consent does not let be named.")
                continue
            for face in faces:
                photo = face.partition("#")[0]
                found = [one for one in at_hand.get(_short(face), []) if one.startswith(photo)]
                if not found:
                    unheeded.append(f"{FILE} has {face}, which is no face of this library.")
                yield from ((one, spelt[_spelling(name)]) for one in found)

    yes, no = dict(each(corrections.yes)), frozenset(each(corrections.no))
    return Resolved(yes, no, tuple(dict.fromkeys(unheeded)))


def _path(library_folder: Path) -> Path:
    return (library_folder if library_folder.is_dir() else library_folder.parent) / FILE


def _spelling(name: str) -> str:
    """What the spellings of one name share."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


def _short(face: str) -> str:
    """The one way to write a face that its other ways share."""
    photo, _, number = face.partition("#")
    return f"{photo[:ID_PREFIX]}#{int(number)}"


def _corrections(data: Any) -> Corrections:
    if data is None:
        return Corrections()
    if not isinstance(data, dict):
        raise AlbumenError(f"expected names with faces, not {type(data).__name__}.")
    owners: dict[str, str] = {}
    said: tuple[dict, dict] = ({}, {})
    for name, entry in data.items():
        if not isinstance(name, str) or not name.strip():
            raise AlbumenError(f"{name!r} is no name: expected text (quote it).")
        if not isinstance(entry, dict) or not set(entry) <= set(KEYS):
            raise AlbumenError(f"'{name}' must have the keys 'is' and 'is not', and no other.")
        for key, faces in zip(KEYS, said, strict=True):
            given = entry.get(key, [])
            if not isinstance(given, list):
                raise AlbumenError(f"'{name}: {key}' must be a list of faces.")
            for face in given:
                if not isinstance(face, str) or not FACE.fullmatch(face):
                    raise AlbumenError(
                        f"'{name}: {key}' holds {face!r}: expected a photo's id and the face's "
                        "number, such as 1a2b3c4d5e6f#0."
                    )
            if given:
                faces[name] = tuple(given)
        for face in entry.get("is", []):
            if owners.setdefault(_short(face), name) != name:
                raise AlbumenError(f"{face} is said to be '{owners[_short(face)]}' and '{name}'.")
        both = {*map(_short, entry.get("is", []))} & {*map(_short, entry.get("is not", []))}
        if both:
            raise AlbumenError(f"{min(both)} is said to be '{name}' and not to be.")
    return Corrections(*said)
