"""What people are to an owner: the words for relations and groups, and who is known by them."""

from collections.abc import Iterable

from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError

RELATIONS = {  # relation -> how it may be said
    "mum": ("mum", "mom", "mother", "mama", "mummy", "mommy"),
    "dad": ("dad", "father", "papa", "daddy"),
    "partner": ("partner", "wife", "husband", "girlfriend", "boyfriend", "spouse"),
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


def relation_of(person: PersonConsent) -> str:
    """A person's relation to the owner as RELATIONS spells it: "mum" for a consent's "Mother"."""
    return spelt(person.relation)


def spelt(relation: str) -> str:
    """A word for a relation as RELATIONS spells it; one that it lacks in lower case."""
    word = relation.strip().lower()
    return next((key for key, words in RELATIONS.items() if word in words), word)


def relation_words(consent: Consent) -> list[str]:
    """Every word for a relation, the longest first: the usual ones and the consent file's own."""
    own = [one.relation.lower() for one in consent.people.values() if one.relation]
    words = {*own, *(word for words in RELATIONS.values() for word in words)} - {"me"}
    return sorted(words, key=lambda word: (-len(word), word))


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


def nobody(word: str, consent: Consent) -> AlbumenError:
    """What is raised where a word of the prompt means nobody whom the library knows."""
    return AlbumenError(
        f"'{word}' in the prompt is nobody in this library: its consent file knows {who(consent)}."
    )
