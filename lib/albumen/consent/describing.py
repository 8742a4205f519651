"""A Consent in words and as a table, for its owner to read."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from albumen.consent.rules import Circle, Consent, DateRange, PersonConsent
from albumen.consent.words import key, keys


def describe(consent: Consent) -> list[str]:
    """What the file allows and denies, a sentence each."""
    if not consent.given:
        return [f"{consent.owner} does not allow this library to be used."]
    albums = "any album" if consent.albums is None else _listed(consent.albums, "no album")
    dates = "on any day" if consent.dates is None else _listed(map(_span, consent.dates), "never")
    sentences = [f"{consent.owner} allows photos in {albums}, taken {dates}."]
    if consent.photos:
        sentences.append(f"Allowed besides are the photos {_listed(sorted(consent.photos))}.")
    for kind in ("people", "albums", "photos", "labels", "places"):
        denied = getattr(consent, f"deny_{kind}")
        if denied:
            sentences.append(f"Denied are the {kind} {_listed(sorted(map(_place, denied)))}.")
    if consent.minors:
        sentences.append(f"Denied as minors are {_listed(sorted(consent.minors))}.")
    profile = [name for name, entry in consent.people.items() if entry.profile]
    generate = [name for name, entry in consent.people.items() if entry.generate]
    return [
        *sentences,
        f"In the profile may be {_listed(profile)}; everybody else stays unnamed.",
        f"Depicted may be {_listed(generate)}.",
    ]


def people_table(consent: Consent, photos: pd.DataFrame) -> pd.DataFrame:
    """Everybody whom the file lists: their permissions, and in how many of the photos they are.

    `photos`: a PHOTOS table. Columns: name, relation, kind, profile, generate, photos, minor,
    denied.
    """
    counts = Counter(one for people in photos.people for one in keys(people))
    minors, denied = keys(consent.minors), keys(consent.deny_people)
    people = {key(name): (name, entry) for name, entry in consent.people.items()}
    for name in sorted(consent.deny_people | consent.minors):
        people.setdefault(key(name), (name, PersonConsent()))
    rows = [
        (
            name,
            entry.relation,
            entry.kind,
            entry.profile,
            entry.generate,
            counts[one],
            one in minors,
            one in denied,
        )
        for one, (name, entry) in people.items()
    ]
    columns = "name", "relation", "kind", "profile", "generate", "photos", "minor", "denied"
    return pd.DataFrame(rows, columns=columns)


def _listed(words: Iterable[str], none: str = "nobody") -> str:
    return ", ".join(words) or none


def _place(place: str | Circle) -> str:
    if isinstance(place, Circle):
        return f"{place.km:g} km around {place.lat:g}, {place.lon:g}"
    return place


def _span(days: DateRange) -> str:
    return " ".join(
        f"{word} {day}" for word, day in (("from", days.first), ("to", days.last)) if day
    )
