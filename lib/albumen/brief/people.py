"""Whom a prompt names: by name, by what they are to the owner ("my mum"), or as a group ("us").

Names and relations come from the library's consent file; a group's members are taken from it too,
and of family, friends and "us" only those who may be depicted. "mum's garden" is a place, and
depicts nobody.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from albumen.brief.persons import may_be_depicted
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError
from albumen.profile.vocabulary import concepts, themes

RELATIONS = {  # relation -> how it may be said
    "mum": ("mum", "mom", "mother", "mama", "mummy", "mommy"),
    "dad": ("dad", "father", "papa", "daddy"),
    "partner": ("partner", "wife", "husband", "girlfriend", "boyfriend", "spouse", "fiancé"),
    "brother": ("brother",),
    "sister": ("sister",),
    "son": ("son",),
    "daughter": ("daughter",),
    "grandma": ("grandma", "grandmother", "granny", "nan", "gran"),
    "grandpa": ("grandpa", "grandfather", "grandad", "granddad"),
    "aunt": ("aunt", "auntie"),
    "uncle": ("uncle",),
    "cousin": ("cousin",),
    "friend": ("friend", "best friend"),
    "child": ("child", "kid"),
    "dog": ("dog", "puppy"),
    "cat": ("cat", "kitten"),
    "rabbit": ("rabbit", "bunny"),
    "horse": ("horse", "pony"),
}
GROUPS = {  # group -> the relations in it
    "parents": ("mum", "dad"),
    "grandparents": ("grandma", "grandpa"),
    "kids": ("son", "daughter", "child"),
    "children": ("son", "daughter", "child"),
    "siblings": ("brother", "sister"),
    "pets": (),
}
ADDRESS = {"mum", "dad", "grandma", "grandpa"}  # said without "my", as a name is
NUMBERS = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5}
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


def relation_of(person: PersonConsent) -> str:
    """A person's relation to the owner as RELATIONS spells it: "mum" for a consent's "Mother"."""
    return _spelt(person.relation)


def listing(labels: Iterable[str]) -> str:
    """Labels of people as their owner is told of them: "you, your mum and Kit"."""
    own = {*RELATIONS, *GROUPS}
    said = ["you" if one == "me" else f"your {one}" if one in own else one for one in labels]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def who(consent: Consent) -> str:
    """The people a prompt can name, for messages: 'Rowan (me), Alma (mum)'."""
    known = [
        f"{name} ({person.relation})" if person.relation else name
        for name, person in consent.people.items()
        if person.profile
    ]
    return ", ".join(known) or "nobody"


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


def refuse_unknown(text: str, consent: Consent, labels: Iterable[str] = ()) -> None:
    """Raise AlbumenError for a capitalised word that stands where a person would.

    Where a person would stand: at the very start before "and", "at", "in", ..., or after "and",
    "with", "of" or a comma. After "in", "at", "to" it is a place and goes to the theme; so do words
    of `labels`, which the library knows, and words of the vocabulary of themes.
    """
    known = {word for label in labels for word in _words(label)} | _common()
    capital = r"(?=[^\W\d_a-z])[\w'-]+"
    place = r"(?=\s*(?:$|[,&]|\b(?:and|at|in|on|with|as|near|by)\b))"
    before = r"(?:^\s*|\band\s+|&\s*|\bwith\s+|\bof\s+|\bfor\s+|,\s*)"
    for found in re.finditer(rf"{before}({capital}(?:\s+{capital})?){place}", text):
        word = found.group(1)
        if not all(part[0].isupper() for part in word.split()) or set(_words(word)) <= known:
            continue
        if " " in word and not text[: found.start(1)].strip():
            continue  # two capitals at the very start: rather a place than a person
        raise AlbumenError(
            f"'{word}' in the prompt is nobody in this library: its consent file knows "
            f"{who(consent)}. Write the word in lower case if it is not a name."
        )


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
    spelt = {first: names for first, names in firsts.items() if first not in consent.people}
    spelt |= {name: [name] for name in consent.people}
    kin = rf"(?:(?:my|our)\s+(?:\w+\s+)?({'|'.join(_said(consent))})\s+)?"
    for word in sorted(spelt, key=lambda one: (-len(one), one)):
        for found in _finditer(rf"(?<!\w){kin}({re.escape(word)})", text):
            said, name = found.group(2), spelt[word][0]
            lower = word[0].isupper() and said[0].islower()
            if not _free(spans, found) or (lower and not _stands(text, found)):
                continue
            if len(spelt[word]) > 1:
                raise AlbumenError(f"'{said}' may be {' or '.join(spelt[word])}: say which.")
            relation = found.group(1)
            label = _spelt(relation) if relation else name
            if _claim(spans, found, [(name, label)]) and relation:
                known = consent.people[name].relation
                if _spelt(relation) != _spelt(known):
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
    plurals = GROUPS | {f"{word}s": (key,) for key, words in RELATIONS.items() for word in words}
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
                raise _nobody(found.group(), consent)
            if _claim(spans, found, members[:count], group=True) and count < len(members):
                notes.append(
                    f"'{found.group()}' was taken for the first {count} of {len(members)} whom "
                    "consent.yaml lists."
                )


def _claim_relations(text: str, consent: Consent, spans: list[_Span], notes: list[str]) -> None:
    """ "my mum", "my rabbit", "the dog" of the library, and "mum" as one calls her."""
    for word in _said(consent):
        relation = _spelt(word)
        having = [name for name, one in consent.people.items() if relation_of(one) == relation]
        having.sort(key=lambda name: not may_be_depicted(consent, name))
        pet = bool(having) and consent.people[having[0]].kind == "pet"
        for found in _finditer(rf"\b(my\s+|our\s+|the\s+)?(?:dear\s+)?{re.escape(word)}\b", text):
            own = (found.group(1) or "").strip().lower()
            before = _words(text[: found.start()])[-1:]
            if not own and (relation not in ADDRESS or ARTICLES.intersection(before)):
                continue
            if (own == "the" and not pet) or not _free(spans, found):
                continue
            if not having:
                raise _nobody(found.group(), consent)
            name = re.match(r"\s+([A-Z][\w-]+)" + AFTER, text[found.end() :])
            if name and name[1] not in consent.people and name[1].lower() not in _common():
                raise _nobody(f"{found.group()} {name[1]}", consent)
            if _claim(spans, found, [(having[0], relation)]) and len(having) > 1:
                notes.append(
                    f"'{found.group()}' was taken for the first of {len(having)} whom consent.yaml "
                    "lists: a name says which."
                )


def _nobody(word: str, consent: Consent) -> AlbumenError:
    return AlbumenError(
        f"'{word}' in the prompt is nobody in this library: its consent file knows {who(consent)}."
    )


def _said(consent: Consent) -> list[str]:
    """Every word for a relation, the longest first: the usual ones and the consent file's own."""
    own = [one.relation.lower() for one in consent.people.values() if one.relation]
    words = {*own, *(word for words in RELATIONS.values() for word in words)} - {"me"}
    return sorted(words, key=lambda word: (-len(word), word))


def _spelt(relation: str) -> str:
    word = relation.strip().lower()
    return next((key for key, words in RELATIONS.items() if word in words), word)


def _stands(text: str, found: re.Match[str]) -> bool:
    """Whether a person can stand at this place of the text."""
    before, after = text[: found.start()], text[found.end() :]
    stands = re.search(BEFORE, before, re.IGNORECASE) and re.match(AFTER, after, re.IGNORECASE)
    return stands is not None


def _finditer(pattern: str, text: str) -> Iterable[re.Match[str]]:
    """Where a pattern that names somebody stands, and not as the owner of something."""
    return re.finditer(rf"{pattern}(?!\w){OWNED}", text, re.IGNORECASE)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_][\w-]*", text.lower())


@cache
def _common() -> set[str]:
    """Words that may well start a sentence and are no names."""
    phrases = " ".join([*themes(), *themes().values(), *concepts()])
    return {*_words(phrases), *USUAL}


USUAL = {
    *("anything", "best", "breakfast", "dinner", "dream", "evening", "home", "inside", "interior"),
    *("lunch", "me", "morning", "mountain", "night", "outside", "picture", "portrait", "room"),
    *("something", "somewhere", "spring", "summer", "supper", "surprise", "view", "winter"),
}
