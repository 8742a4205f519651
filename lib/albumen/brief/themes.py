"""What a prompt's scene is about, in the vocabulary of themes that photos are matched with.

A sentence such as "at the beach at sunset" is a poor query in a space of words and photos; the
themes it names ("beach", "sunset"), each with its descriptive phrases, are good ones.
"""

import re
from collections.abc import Sequence

from albumen.embed import Embedder
from albumen.profile.naming import themes

ALIKE = 0.38  # cosine from which a word that is no theme means the theme nearest to it
MOST = 3  # themes of a prompt
# A theme made of these alone leaves the place to the owner's profile.
OPEN = {
    *("anything", "best", "day", "dream", "escape", "favorite", "favourite", "getaway", "happy"),
    *("holiday", "holidays", "ideal", "like", "love", "perfect", "picture", "place", "scene"),
    *("something", "somewhere", "spot", "surprise", "trip", "vacation", "view", "weekend"),
    *("world", "would"),
}
FILLER = {
    *("a", "an", "the", "of", "in", "at", "on", "by", "with", "and", "to", "for", "as", "is"),
    *("my", "our", "i", "portrait", "picture", "image", "painting", "style", "from", "near"),
}

MEANS = {"home": "interiors", "indoors": "interiors", "sunrise": "sunset", "dawn": "sunset"}


def resolve(text: str, embedder: Embedder) -> tuple[str, ...]:
    """The themes that `text` names, in its order; () when it names none.

    A theme is named by its own words, singular or plural. A text without one means the themes whose
    vectors are nearest to its words, together or one by one, if they are at least ALIKE.
    """
    return named(text) or _nearest(text, embedder)


def named(text: str) -> tuple[str, ...]:
    """The themes that `text` names by their own words, in its order."""
    words = _words(text)
    found: dict[str, int] = {}
    taken: set[int] = set()
    for name in sorted(themes(), key=lambda name: -len(name.split())):
        at = _places(name, words)
        if at and not taken.intersection(at):
            found[name] = min(at)
            taken.update(at)
    return _first(found)


def _nearest(text: str, embedder: Embedder) -> tuple[str, ...]:
    """The themes nearest to the words of a text, where any are ALIKE."""
    words = _words(text)
    found: dict[str, int] = {}
    if words:
        names, rows = list(themes()), embedder.embed_texts(list(themes().values()))
        queries = {" ".join(words): 0, **{word: n for n, word in enumerate(words)}}
        alike = embedder.embed_texts(list(queries)) @ rows.T
        for place, row in zip(queries.values(), alike, strict=True):
            if row.max() >= ALIKE:
                found.setdefault(names[int(row.argmax())], place)
    return _first(found)


def _words(text: str) -> list[str]:
    words = re.findall(r"[a-z'-]+", text.lower())
    return [MEANS.get(word, word) for word in words if word not in FILLER | OPEN]


def _first(found: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(found, key=found.__getitem__)[:MOST])


def _places(name: str, words: Sequence[str]) -> list[int]:
    """Where the words of a theme's name stand among `words`; [] unless all of them do."""
    at = []
    for part in name.lower().split():
        forms = _forms(part)
        place = next((n for n, word in enumerate(words) if forms & _forms(word)), None)
        if place is None:
            return []
        at.append(place)
    return at


def _forms(word: str) -> set[str]:
    """A word and what may be its singular: enough to find "mountain" in "mountains"."""
    forms = {word}
    for ending, instead in (("s", ""), ("es", ""), ("ies", "y")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            forms.add(word.removesuffix(ending) + instead)
    return forms
