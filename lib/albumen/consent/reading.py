"""`consent.yaml` read into a Consent; a key or value that has no meaning is an error."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from albumen.consent.rules import Circle, Consent, DateRange, PersonConsent
from albumen.consent.words import clean, key, keys
from albumen.errors import ConsentError

FILE = "consent.yaml"
KEYS = ("consent", "owner", "albums", "dates", "photos", "deny", "people", "minors")
DENY_KEYS = ("people", "albums", "photos", "labels", "places")
PERSON_KEYS = {"relation": str, "kind": str, "profile": bool, "generate": bool}
KINDS = ("person", "pet")
DAY = "a day such as 2019-06-01"


def read_consent(library_folder: Path) -> Consent:
    """Read `consent.yaml` in the root of an export's folder, or beside it if that is one zip.

    Raises ConsentError, one sentence with the file and the key, when it is missing, does not say
    `consent: true`, or holds a key or a value that has no meaning (a misspelt denial must not
    pass for none).
    """
    path = file_of(library_folder)
    consent = parse(content_of(path), path)
    if not consent.given:
        raise ConsentError(f"{path}: 'consent' must be true for the library to be used.")
    return consent


def file_of(library_folder: Path) -> Path:
    """The consent file of an export's folder or zip; ConsentError when there is none."""
    folder = library_folder if library_folder.is_dir() else library_folder.parent
    path = folder / FILE
    if not path.is_file():
        raise ConsentError(
            f"{folder} has no {FILE}: its owner has to allow its use there with 'consent: true'."
        )
    return path


def content_of(path: Path) -> bytes:
    """The file's bytes; ConsentError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConsentError(f"{path} cannot be read: {error}.") from error


def parse(text: bytes | str, path: Path) -> Consent:
    """A Consent from the text of its file at `path`, given or not.

    Raises ConsentError, see `read_consent`.
    """
    try:
        data = yaml.load(text, Loader=_UniqueKeys)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise ConsentError(f"{path} is not readable YAML: {detail}.") from error
    try:
        return _consent(data)
    except ConsentError as error:
        raise ConsentError(f"{path}: {error}") from None


class _UniqueKeys(yaml.SafeLoader):
    """YAML where a key given twice is an error: of two denials the second would hide the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        given = [self.construct_object(name, deep=True) for name, _ in node.value]
        for index, name in enumerate(given):
            if name in given[:index]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{name}' is given twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _consent(data: Any) -> Consent:
    data = _mapping(data, "the file", KEYS)
    if not isinstance(data.get("consent"), bool):
        raise ConsentError("'consent' must be true for the library to be used.")
    owner = data.get("owner")
    if not isinstance(owner, str) or not owner.strip():
        raise ConsentError("'owner' must be the owner's name.")
    albums, dates = data.get("albums", "all"), data.get("dates", "all")
    deny = _mapping(data.get("deny"), "'deny'", DENY_KEYS)
    denied = {
        f"deny_{kind}": frozenset(
            (_places if kind == "places" else _names)(deny.get(kind, []), f"'deny: {kind}'")
        )
        for kind in DENY_KEYS
    }
    minors = frozenset(_names(data.get("minors", []), "'minors'"))
    owner = clean(owner)
    return Consent(
        owner=owner,
        albums=None if albums == "all" else _names(albums, "'albums' (a list, or all)"),
        dates=None if dates == "all" else _dates(dates),
        photos=frozenset(_names(data.get("photos", []), "'photos'")),
        people=_people(data.get("people"), owner, keys({*denied["deny_people"], *minors})),
        minors=minors,
        given=data["consent"],
        **denied,
    )


def _people(data: Any, owner: str, denied: set[str]) -> dict[str, PersonConsent]:
    given = {key(owner): (owner, {})}  # the file's consent is the owner's own
    for name, entry in _mapping(data, "'people'").items():
        if key(name) in given and given[key(name)][1]:
            raise ConsentError(f"'people' lists '{name}' twice.")
        given[key(name)] = (owner if key(name) == key(owner) else clean(name), entry)
    people = {}
    for name, entry in given.values():
        where = f"'people: {name}'"
        entry = _mapping(entry, where, tuple(PERSON_KEYS))
        for field, value in entry.items():
            if not isinstance(value, PERSON_KEYS[field]):
                kind = "true or false" if PERSON_KEYS[field] is bool else "text"
                raise ConsentError(f"{where}: '{field}' must be {kind}, not {value!r}.")
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
        if key(name) in denied:
            allowed = PersonConsent(allowed.relation, allowed.kind)
        people[name] = allowed
    return people


def _dates(data: Any) -> tuple[DateRange, ...]:
    if not isinstance(data, list):
        raise ConsentError("'dates' must be all, or a list of ranges {from: DAY, to: DAY}.")
    ranges = []
    for number, one in enumerate(data, start=1):
        where = f"range {number} of 'dates'"
        ends = _mapping(one, where, ("from", "to"))
        if not ends:
            raise ConsentError(f"{where} must have 'from' or 'to', {DAY}.")
        days = {end: _day(value, f"{where} '{end}'") for end, value in ends.items()}
        first, last = days.get("from"), days.get("to")
        if first and last and first > last:
            raise ConsentError(f"{where} is from {first}, after its end, {last}.")
        ranges.append(DateRange(first, last))
    return tuple(ranges)


def _day(value: Any, where: str) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # the sentence below says what is expected
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ConsentError(f"{where} must be {DAY}, not {value!r}.")


def _places(data: Any, where: str) -> tuple[str | Circle, ...]:
    if not isinstance(data, list):
        raise ConsentError(f"{where} must be a list of names and circles.")
    return tuple(
        _circle(place, where) if isinstance(place, dict) else _names([place], where)[0]
        for place in data
    )


def _circle(data: dict, where: str) -> Circle:
    data = _mapping(data, f"a circle in {where}", Circle._fields)
    values = [data.get(name) for name in Circle._fields]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        circle = Circle(*map(float, values))
        if abs(circle.lat) <= 90 and abs(circle.lon) <= 180 and 0 < circle.km < math.inf:
            return circle
    raise ConsentError(
        f"a circle in {where} must have 'lat' from -90 to 90 and 'lon' from -180 to 180, in "
        f"degrees, and 'km' above 0: {data}."
    )


def _mapping(data: Any, where: str, known: tuple[str, ...] | None = None) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConsentError(f"{where} must be keys with values, not {type(data).__name__}.")
    for name in data:
        if not isinstance(name, str):
            raise ConsentError(f"{where} has the key {name!r}: expected text (quote it).")
        if known is not None and name not in known:
            raise ConsentError(
                f"{where} has the unknown key '{name}': known are {', '.join(known)}."
            )
    return data


def _names(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(
        isinstance(name, str) and name.strip() for name in data
    ):
        raise ConsentError(f"{where} must be a list of names.")
    return tuple(clean(name) for name in data)
