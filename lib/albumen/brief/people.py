"""Whom a prompt names: by name, by what they are to the owner ("my mum"), or as a group ("us").

Names and relations come from the library's consent file; a group's members are taken from it too,
and of family, friends and "us" only those who may be depicted. "mum's garden" is a place, and
depicts nobody.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from albumen.brief.persons import may_be_depicted
from albumen.brief.relations import (
    ADDRESS,
    GROUPS,
    NUMBERS,
    RELATIONS,
    listing,
    nobody,
    relation_of,
    relation_words,
    spelt,
)
from albumen.brief.strangers import common, words_of
from albumen.consent import Consent
from albumen.errors import AlbumenError

ARTICLES = {"a", "an", "the", "his", "her", "their", "your", "every", "any", "another"}
OWNED = r"(?!'s\b|'\s+\w)"  # not "mum's garden"
# What may stand before and after somebody; names in lower case must stand so, since "rose" in
# "rose garden" is nobody.
BEFORE = r"(?:^|,|&|\b(?:and|with|of|for|from|to|me|my \w+))\s*$"
AFTER = (
    r"\s*(?:$|[,.;:!?&]|\b(?:and|at|in|on|with|as|near|by|under|smiling|laughing|looking|having|"
    r"is|are)\b)"
)


class Found(NamedTuple):
    """The people of a prompt."""

    people: dict[str, str]  # name -> the word for them, in the prompt's order
    grouped: frozenset[str]  # of them, those whom only a group's word named
    rest: str  # the prompt without them
    notes: tuple[str, ...]  # how what has several meanings was taken


class _Span(NamedTuple):
    start: int
    end: int
    people: tuple[tuple[str, str], ...]  # name, label
    group: bool


def take_people(text: str, consent: Consent) -> Found:
    """Find the people that `text` names.

    Raises AlbumenError naming the word when a relation or a group is nobody's in the library.
    """
    spans: list[_Span] = []
    notes: list[str] = []

    _claim_names(text, consent, spans, notes)
    for found in _finditer(r"(?<!\w)(?:me|myself|self-portrait|selfie)", text):
        _claim(spans, found, [(consent.owner, "me")])
    _claim_groups(text, consent, spans, notes)
    _claim_relations(text, consent, spans, notes)
    spans.sort()
    for one in reversed(spans):
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    people: dict[str, str] = {}
    for one in spans:
        for name, label in one.people:
            people.setdefault(name, label)
    named = {name for one in spans if not one.group for name, _ in one.people}
    return Found(people, frozenset(people) - named, text, tuple(dict.fromkeys(notes)))


def _free(spans: list[_Span], found: re.Match[str]) -> bool:
    return all(found.end() <= one.start or one.end <= found.start() for one in spans)


def _claim(
    spans: list[_Span],
    found: re.Match[str],
    people: Iterable[tuple[str, str]],
    group: bool = False,
) -> bool:
    """Give a part of the text to these people, unless it is somebody's already."""
    free = _free(spans, found)
    if free:
        spans.append(_Span(found.start(), found.end(), tuple(people), group))
    return free


def _claim_names(text: str, consent: Consent, spans: list[_Span], notes: list[str]) -> None:
    """Whole names, the longest first; then first names that are one person's alone."""
    firsts: dict[str, list[str]] = {}
    for name in consent.people:
        firsts.setdefault(name.split()[0], []).append(name)
    calls = {first: names for first, names in firsts.items() if first not in consent.people}
    calls |= {name: [name] for name in consent.people}
    kin = rf"(?:(?:my|our)\s+(?:\w+\s+)?({'|'.join(relation_words(consent))})\s+)?"
    for word in sorted(calls, key=lambda one: (-len(one), one)):
        for found in _finditer(rf"(?<!\w){kin}({re.escape(word)})", text):
            said, name = found.group(2), calls[word][0]
            lower = word[0].isupper() and said[0].islower()
            if not _free(spans, found) or (lower and not _stands(text, found)):
                continue
            if len(calls[word]) > 1:
                raise AlbumenError(f"'{said}' may be {' or '.join(calls[word])}: say which.")
            relation = found.group(1)
            label = spelt(relation) if relation else name
            if _claim(spans, found, [(name, label)]) and relation:
                known = consent.people[name].relation
                if spelt(relation) != spelt(known):
                    called = f"'{known}'" if known else "no relation"
                    notes.append(
                        f"'{found.group()}' was taken for {said}, whom consent.yaml gives {called}."
                    )


def _claim_groups(text: str, consent: Consent, spans: list[_Span], notes: list[str]) -> None:
    """ "my family", "us", "my parents", "my two kids", "my friends"."""
    family = [
        (name, relation_of(person) or "family")
        for name, person in consent.people.items()
        if person.kind == "person" and relation_of(person) not in ("", "friend")
    ]
    family = [(name, label) for name, label in family if may_be_depicted(consent, name)]
    pair = [one for one in family if one[1] in ("me", "partner")]
    sets = [
        (r"(?:(?:my|our|the)\s+(?:whole\s+)?family|all of us)", family),
        (r"(?:(?:both|the two)\s+of\s+)?\bus", pair if len(pair) > 1 else family),
    ]
    for pattern, members in sets:
        for found in _finditer(rf"\b{pattern}\b", text):
            if found.group().endswith("US") or not _free(spans, found):  # the country
                continue
            if not members:
                raise AlbumenError(
                    f"'{found.group()}' in the prompt is nobody who may be depicted: "
                    "the library's consent.yaml says for whom 'generate: true'."
                )
            if _claim(spans, found, members, group=True):
                listed = listing(label for _, label in members)
                notes.append(f"'{found.group()}' was taken for {listed}.")
    plurals = {f"{word}s": (key,) for key, words in RELATIONS.items() for word in words} | GROUPS
    amount = rf"(?:({'|'.join([*NUMBERS, '2', '3', '4'])})\s+)?"
    for group, relations in plurals.items():
        for found in _finditer(rf"\b(?:my|our)\s+{amount}{group}\b", text):
            members = [
                (name, relation_of(person) or group)
                for name, person in consent.people.items()
                if relation_of(person) in relations or (group == "pets" and person.kind == "pet")
            ]
            if group == "friends":  # of whom not all need to have agreed
                members = [one for one in members if may_be_depicted(consent, one[0])] or members
            said = (found.group(1) or "").lower()
            count = NUMBERS.get(said) or (int(said) if said else len(members))
            if not members or count > len(members):
                raise nobody(found.group(), consent)
            if _claim(spans, found, members[:count], group=True) and count < len(members):
                notes.append(
                    f"'{found.group()}' was taken for the first {count} of {len(members)} whom "
                    "consent.yaml lists."
                )


def _claim_relations(text: str, consent: Consent, spans: list[_Span], notes: list[str]) -> None:
    """ "my mum", "my rabbit", "the dog" of the library, and "mum" as one calls her."""
    for word in relation_words(consent):
        relation = spelt(word)
        having = [name for name, one in consent.people.items() if relation_of(one) == relation]
        having.sort(key=lambda name: not may_be_depicted(consent, name))
        pet = bool(having) and consent.people[having[0]].kind == "pet"
        for found in _finditer(rf"\b(my\s+|our\s+|the\s+)?(?:dear\s+)?{re.escape(word)}\b", text):
            own = (found.group(1) or "").strip().lower()
            before = words_of(text[: found.start()])[-1:]
            if not own and (relation not in ADDRESS or ARTICLES.intersection(before)):
                continue
            if (own == "the" and not pet) or not _free(spans, found):
                continue
            if not having:
                raise nobody(found.group(), consent)
            name = re.match(r"\s+([A-Z][\w-]+)" + AFTER, text[found.end() :])
            if name and name[1] not in consent.people and name[1].lower() not in common():
                raise nobody(f"{found.group()} {name[1]}", consent)
            if _claim(spans, found, [(having[0], relation)]) and len(having) > 1:
                notes.append(
                    f"'{found.group()}' was taken for the first of {len(having)} whom consent.yaml "
                    "lists: a name says which."
                )


def _stands(text: str, found: re.Match[str]) -> bool:
    """Whether a person can stand at this place of the text."""
    before, after = text[: found.start()], text[found.end() :]
    stands = re.search(BEFORE, before, re.IGNORECASE) and re.match(AFTER, after, re.IGNORECASE)
    return stands is not None


def _finditer(pattern: str, text: str) -> Iterable[re.Match[str]]:
    """Where a pattern that names somebody stands, and not as the owner of something."""
    return re.finditer(rf"{pattern}(?!\w){OWNED}", text, re.IGNORECASE)
