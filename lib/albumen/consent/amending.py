"""Taking consent back: `consent.yaml` rewritten so that it denies what is revoked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml

from albumen.consent.editing import put, replace_file
from albumen.consent.reading import DENY_KEYS, content_of, file_of, parse
from albumen.consent.rules import Circle, Consent, PersonConsent, decide
from albumen.consent.words import clean, key
from albumen.errors import ConsentError


@dataclass(frozen=True)
class Revocation:
    """What an owner takes back; `permission` says what of the people."""

    people: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()  # ids, their first 12 characters or more, or file names
    labels: tuple[str, ...] = ()
    places: tuple[str | Circle, ...] = ()
    everything: bool = False
    permission: Literal["all", "profile", "generate"] = "all"  # all: their photos go

    def __post_init__(self) -> None:
        """Raises ConsentError for a blank name: it would deny nothing."""
        for kind in DENY_KEYS:
            if any(isinstance(one, str) and not one.strip() for one in getattr(self, kind)):
                raise ConsentError(f"'{kind}' to revoke must be names, not blank.")


def amend(library_folder: Path, change: Revocation) -> Consent:
    """Rewrite the consent file of an export's folder or zip, and return what it now says.

    The new file is read before it replaces the old one, whole, with the old one's mode and owner.
    What is denied already is not written again, so that a second time changes nothing; a name that
    nobody knows is written, too, and denies future photos (see `unmatched`). Raises ConsentError
    when the file is not valid, cannot be replaced, or is written in a way that can only be changed
    by hand (with anchors, or with a document's end).
    """
    path = file_of(library_folder).resolve()  # through a link, whose target stays where it is
    try:
        text = content_of(path).decode()
    except UnicodeDecodeError as error:
        raise ConsentError(f"{path} must be UTF-8 to be amended: {error}.") from error
    before = parse(text, path)
    after = _revoked(before, change)
    try:
        amended = _amended(text, before, change)
        understood = parse(amended, path) == after
    except (ConsentError, yaml.YAMLError):
        understood = False
    if not understood:
        raise ConsentError(
            f"{path} is written in a way (anchors, perhaps) that has to be amended by hand: "
            "nothing is changed yet."
        )
    if amended != text:
        replace_file(path, amended.encode())
    return after


def unmatched(change: Revocation, consent: Consent, photos: pd.DataFrame) -> list[str | Circle]:
    """What of a revocation neither the file names nor a photo of the PHOTOS table answers to."""
    named = {
        "people": {*consent.people, *consent.minors},
        "albums": set(consent.albums or ()),
        "photos": consent.photos,
    }

    def matches(kind: str, one: str | Circle) -> bool:
        denied = getattr(consent, f"deny_{kind}") | named.get(kind, set())
        if _id(one) in map(_id, denied):
            return True
        alone = Consent(consent.owner, **{f"deny_{kind}": frozenset({one})})
        return bool((decide(photos, alone) != "").any())

    return [one for kind in DENY_KEYS for one in getattr(change, kind) if not matches(kind, one)]


def _revoked(consent: Consent, change: Revocation) -> Consent:
    """The consent without what is revoked."""
    people = dict(consent.people)
    spelt = {key(name): name for name in people}
    for name in change.people:
        name = spelt.setdefault(key(name), clean(name))
        if change.permission == "all" and name not in people:
            continue
        entry = people.get(name, PersonConsent())
        keeps = change.permission == "generate" and entry.profile
        people[name] = replace(entry, profile=keeps, generate=False)
    denied = {
        f"deny_{kind}": getattr(consent, f"deny_{kind}") | frozenset(added)
        for kind, added in _added(consent, change).items()
    }
    return replace(consent, people=people, given=consent.given and not change.everything, **denied)


def _added(consent: Consent, change: Revocation) -> dict[str, list[str | Circle]]:
    """What has to be denied that is not yet, by kind."""
    added = {}
    for kind in DENY_KEYS:
        asked = getattr(change, kind)
        if kind == "people" and change.permission != "all":
            asked = ()
        known = set(map(_id, getattr(consent, f"deny_{kind}")))
        new = {_id(one): one if isinstance(one, Circle) else clean(one) for one in asked}
        added[kind] = [one for name, one in new.items() if name not in known]
    return added


def _amended(text: str, before: Consent, change: Revocation) -> str:
    """The file's text with what is revoked."""
    if change.everything:
        text = put(text, ["consent"], False)
    for kind, added in _added(before, change).items():
        if added:
            plain = [one._asdict() if isinstance(one, Circle) else one for one in added]
            text = put(text, ["deny", kind], plain)
    if change.permission != "all":
        for name in change.people:
            text = put(text, ["people", clean(name), "generate"], False)
            if change.permission == "profile":
                text = put(text, ["people", clean(name), "profile"], False)
    return text


def _id(one: str | Circle) -> str | Circle:
    return one if isinstance(one, Circle) else key(one)
