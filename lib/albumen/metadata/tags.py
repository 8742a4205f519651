"""Keywords and their hierarchies: which levels are words, which are people, which are places."""

from collections.abc import Iterable, Sequence
from itertools import islice

from albumen.metadata.labels import Labels, clean

MAX_TAGS = 1000  # of one photo, of each kind; more were made by no person
MAX_LEVELS = 20  # of a hierarchy
MAX_LENGTH = 250  # characters of one; what is longer is no name and no word
PEOPLE = {  # roots under which programs, or their users, keep people
    *("people", "persons", "personen", "personnes", "personas", "persone", "pessoas"),
    *("leute", "mensen", "osoby", "ludzie"),
}
PLACES = {
    *("places", "place", "locations", "location", "orte", "lieux", "lugares", "luoghi", "locais"),
    *("plaatsen", "miejsca"),
}


def sort_tags(flat: Iterable[str], paths: Iterable[Sequence[str]] = ()) -> Labels:
    """Keywords, people and places, as Labels without anything else.

    `flat`: keywords as they stand; some programs write whole paths among them, with "|", or with
    "/" from a root of people or places. `paths`: hierarchies, from the root. Every level is a
    keyword, but for two roots: under one of PEOPLE the leaf is a person, under one of PLACES every
    level is a place, and the root itself is the program's word, not the owner's.
    """
    words: dict[str, None] = {}
    people: dict[str, None] = {}
    places: dict[str, None] = {}
    found = dict.fromkeys(filter(None, map(_path, islice(paths, MAX_TAGS))))
    for tag in filter(None, map(read_tag, islice(flat, MAX_TAGS))):
        path = _path(tag.split("|" if "|" in tag else "/"))
        if "|" in tag or (len(path) > 1 and path[0].casefold() in PEOPLE | PLACES):
            found[path] = None
        else:
            words[tag] = None
    parents = {path[:depth] for path in found for depth in range(1, len(path))}
    for root, *levels in (path for path in found if path and path not in parents):
        if levels and root.casefold() in PEOPLE:
            words |= dict.fromkeys(levels[:-1])
            people[levels[-1]] = None
        elif levels and root.casefold() in PLACES:
            places |= dict.fromkeys(levels)
        else:
            words |= dict.fromkeys((root, *levels))
    return tidy(
        Labels(
            people=tuple(people)[:MAX_TAGS],
            keywords=tuple(words)[:MAX_TAGS],
            places=tuple(places)[:MAX_TAGS],
        )
    )


def tidy(labels: Labels) -> Labels:
    """The labels without keywords that are said otherwise: names, and paths of known levels.

    Programs repeat names of people and places among the flat keywords. Whom a photo shows is for
    consent to decide, and neither a person nor a place is an interest.
    """
    names = {name.casefold() for name in (*labels.people, *labels.places)}
    known = names | {word.casefold() for word in labels.keywords}
    keywords = []
    for word in labels.keywords:
        levels = word.casefold().split("/")
        if word.casefold() not in names and (len(levels) == 1 or not known.issuperset(levels)):
            keywords.append(word)
    return labels._replace(keywords=tuple(keywords))


def _path(levels: Iterable[object]) -> tuple[str, ...]:
    return tuple(filter(None, map(read_tag, islice(levels, MAX_LEVELS))))


def read_tag(value: object) -> str:
    """A word or a name as it is kept, cut to MAX_LENGTH; "" if it is none."""
    return clean(value)[:MAX_LENGTH].strip()
