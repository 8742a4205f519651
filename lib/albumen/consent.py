"""What a library's owner allows, read from `consent.yaml` and enforced before a photo is decoded.

Nothing is allowed by default: without the file no photo is read, and a person whom it does not
list is nobody the profile knows.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from albumen.errors import ConsentError
from albumen.images import MEMBER

FILE = "consent.yaml"
KEYS = ("consent", "owner", "albums", "deny", "people", "minors")
DENY_KEYS = ("people", "albums", "photos")
PERSON_KEYS = {"relation": str, "kind": str, "profile": bool, "generate": bool}
KINDS = ("person", "pet")
NAME_WITHHELD = "name withheld"  # flag of a photo that shows somebody who may not be named
ID_PREFIX = 12  # a denied photo may be given by this many characters of its id, as shown to users


@dataclass(frozen=True)
class PersonConsent:
    """What is allowed with one person or pet."""

    relation: str = ""  # to the owner, whose own is "me"
    kind: str = "person"  # person, pet
    profile: bool = False  # may be named, counted and recognised
    generate: bool = False  # may be depicted


@dataclass(frozen=True)
class Consent:
    """One owner's consent. Names and titles are compared without regard to case."""

    owner: str
    albums: tuple[str, ...] | None = None  # None: all
    deny_people: frozenset[str] = frozenset()
    deny_albums: frozenset[str] = frozenset()
    deny_photos: frozenset[str] = frozenset()  # photo ids or file names
    people: dict[str, PersonConsent] = field(default_factory=dict)  # the owner included
    minors: frozenset[str] = frozenset()


def read_consent(library_folder: Path) -> Consent:
    """Read `consent.yaml` in the root of an export's folder, or beside it if that is one zip.

    Raises ConsentError, one sentence with the file and the key, when it is missing, does not say
    `consent: true`, or holds a key or a value that has no meaning (a misspelt denial must not
    pass for none).
    """
    folder = library_folder if library_folder.is_dir() else library_folder.parent
    path = folder / FILE
    if not path.is_file():
        raise ConsentError(
            f"{folder} has no {FILE}: its owner has to allow its use there with 'consent: true'."
        )
    try:
        data = yaml.load(path.read_bytes(), Loader=_UniqueKeys)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise ConsentError(f"{path} is not readable YAML: {detail}.") from error
    try:
        return _consent(data)
    except ConsentError as error:
        raise ConsentError(f"{path}: {error}") from None


def decide(photos: pd.DataFrame, consent: Consent) -> pd.Series:
    """Why each photo of a PHOTOS table may not be used, in words without names; "" if it may.

    A denied person or minor counts as shown where the owner named them, and where a title, file
    name, description, keyword or album title holds their name as a word: in doubt the photo goes.
    A file name is that of the copy in the table; ingest judges all copies of a photo together.
    """
    denied_people, minors = _keys(consent.deny_people), _keys(consent.minors)
    denied_albums, denied_photos = _keys(consent.deny_albums), _keys(consent.deny_photos)
    allowed = None if consent.albums is None else _keys(consent.albums)
    named = _pattern([*consent.deny_people, *consent.minors])

    def reason(photo: Any) -> str:
        people, albums = _keys(photo.people), _keys(photo.albums)
        file = file_name(photo.path)
        if denied_photos & {_key(file), _key(photo.title), photo.photo_id} or any(
            len(denied) >= ID_PREFIX and photo.photo_id.startswith(denied)
            for denied in denied_photos
        ):
            return "the photo is denied"
        if albums & denied_albums:
            return "in a denied album"
        if people & denied_people:
            return "shows a person who is denied"
        if people & minors:
            return "shows a minor"
        words = (photo.title, file, photo.description, *photo.keywords, *photo.albums)
        if any(named.search(unicodedata.normalize("NFC", text)) for text in words):
            return "its text names a person who is denied"
        if allowed is not None and not albums & allowed:
            return "in no allowed album"
        return ""

    reasons = [reason(photo) for photo in photos.itertuples(index=False)]
    return pd.Series(reasons, index=photos.index, dtype=object)


def filter_photos(photos: pd.DataFrame, consent: Consent) -> pd.DataFrame:
    """The photos that `decide` allows, without what consent does not allow of the rest.

    From `people` go the names that are not allowed in the profile, from `albums` the titles that
    are not allowed; those names go from keywords, titles and descriptions, too. Names that stay
    are spelt as in the consent file. A photo that lost a name gets the flag NAME_WITHHELD: somebody
    else is in it, so that its one face need not be the one name's.
    """
    known = {_key(name): name for name, entry in consent.people.items() if entry.profile}
    titles = None if consent.albums is None else _keys(consent.albums)
    kept = photos[decide(photos, consent) == ""].reset_index(drop=True)
    named = {name for people in photos.people for name in people}
    hidden = _pattern(sorted(name for name in {*named, *consent.people} if _key(name) not in known))

    def cleaned(text: str) -> str:
        return hidden.sub("…", unicodedata.normalize("NFC", text))

    return kept.assign(
        people=[
            [known[_key(name)] for name in people if _key(name) in known] for people in kept.people
        ],
        flags=[
            sorted({*flags, NAME_WITHHELD})
            if any(_key(name) not in known for name in people)
            else flags
            for flags, people in zip(kept["flags"], kept.people, strict=True)
        ],
        albums=[
            [title for title in albums if titles is None or _key(title) in titles]
            for albums in kept.albums
        ],
        keywords=[[word for word in words if cleaned(word) == word] for words in kept.keywords],
        title=[cleaned(title) for title in kept.title],
        description=[cleaned(text) for text in kept.description],
    )


def file_name(path: str) -> str:
    """The last part of a photo's path, in or out of an archive."""
    return path.rpartition(MEMBER)[2].rpartition("/")[2]


class _UniqueKeys(yaml.SafeLoader):
    """YAML where a key given twice is an error: of two denials the second would hide the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' is given twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _consent(data: Any) -> Consent:
    data = _mapping(data, "the file", KEYS)
    if data.get("consent") is not True:
        raise ConsentError("'consent' must be true for the library to be used.")
    owner = data.get("owner")
    if not isinstance(owner, str) or not owner.strip():
        raise ConsentError("'owner' must be the owner's name.")
    albums = data.get("albums", "all")
    deny = _mapping(data.get("deny"), "'deny'", DENY_KEYS)
    denied = {key: frozenset(_names(deny.get(key, []), f"'deny: {key}'")) for key in DENY_KEYS}
    minors = frozenset(_names(data.get("minors", []), "'minors'"))
    owner = _clean(owner)
    return Consent(
        owner=owner,
        albums=None if albums == "all" else _names(albums, "'albums' (a list, or all)"),
        deny_people=denied["people"],
        deny_albums=denied["albums"],
        deny_photos=denied["photos"],
        people=_people(data.get("people"), owner, _keys({*denied["people"], *minors})),
        minors=minors,
    )


def _people(data: Any, owner: str, denied: set[str]) -> dict[str, PersonConsent]:
    given = {_key(owner): (owner, {})}  # the file's consent is the owner's own
    for name, entry in _mapping(data, "'people'").items():
        if _key(name) in given and given[_key(name)][1]:
            raise ConsentError(f"'people' lists '{name}' twice.")
        given[_key(name)] = (owner if _key(name) == _key(owner) else _clean(name), entry)
    people = {}
    for name, entry in given.values():
        where = f"'people: {name}'"
        entry = _mapping(entry, where, tuple(PERSON_KEYS))
        for key, value in entry.items():
            if not isinstance(value, PERSON_KEYS[key]):
                kind = "true or false" if PERSON_KEYS[key] is bool else "text"
                raise ConsentError(f"{where}: '{key}' must be {kind}, not {value!r}.")
        mine = name == owner
        allowed = PersonConsent(
            relation=entry.get("relation", "me" if mine else ""),
            kind=entry.get("kind", "person"),
            profile=entry.get("profile", mine),
            generate=entry.get("generate", mine and entry.get("profile", True)),
        )
        if allowed.kind not in KINDS:
            raise ConsentError(f"{where}: 'kind' must be {' or '.join(KINDS)}.")
        if mine != (allowed.relation == "me"):
            raise ConsentError(f"{where}: 'relation' me is the owner's, and only theirs.")
        if allowed.generate and not allowed.profile:
            raise ConsentError(f"{where}: 'generate: true' needs 'profile: true'.")
        if _key(name) in denied:
            allowed = PersonConsent(allowed.relation, allowed.kind)
        people[name] = allowed
    return people


def _mapping(data: Any, where: str, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConsentError(f"{where} must be keys with values, not {type(data).__name__}.")
    for key in data:
        if not isinstance(key, str):
            raise ConsentError(f"{where} has the key {key!r}: expected text (quote it).")
        if keys is not None and key not in keys:
            raise ConsentError(f"{where} has the unknown key '{key}': known are {', '.join(keys)}.")
    return data


def _names(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(
        isinstance(name, str) and name.strip() for name in data
    ):
        raise ConsentError(f"{where} must be a list of names.")
    return tuple(_clean(name) for name in data)


def _clean(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", _clean(name).casefold())


def _keys(names: Iterable[str]) -> set[str]:
    return {_key(name) for name in names}


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the names as whole words; scripts without case write no spaces around words."""
    words = []
    for name in sorted(map(_clean, names), key=len, reverse=True):
        word = re.escape(name).replace(r"\ ", r"[\s_]+")
        cased = name.lower() != name.upper()
        words.append(rf"(?<![^\W\d_]){word}(?![^\W\d_])" if cased else word)
    return re.compile("|".join(words) or r"(?!)", re.IGNORECASE)
