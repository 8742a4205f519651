"""Names in a prompt that are nobody's in the library."""

import re
from collections.abc import Iterable
from functools import cache

from albumen.brief.relations import who
from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.profile.vocabulary import concepts, themes

USUAL = {  # words beside those of the vocabulary that may start a sentence
    *("anything", "best", "breakfast", "dinner", "dream", "evening", "home", "inside", "interior"),
    *("lunch", "me", "morning", "mountain", "night", "outside", "picture", "portrait", "room"),
    *("something", "somewhere", "spring", "summer", "supper", "surprise", "view", "winter"),
}


def refuse_unknown(text: str, consent: Consent, labels: Iterable[str] = ()) -> None:
    """Raise AlbumenError for a capitalised word that stands where a person would.

    Where a person would stand: at the very start before "and", "at", "in", ..., or after "and",
    "with", "of" or a comma. After "in", "at", "to" it is a place and goes to the theme; so do words
    of `labels`, which the library knows, and words of the vocabulary of themes.
    """
    known = {word for label in labels for word in words_of(label)} | common()
    capital = r"(?=[^\W\d_a-z])[\w'-]+"
    place = r"(?=\s*(?:$|[,&]|\b(?:and|at|in|on|with|as|near|by)\b))"
    before = r"(?:^\s*|\band\s+|&\s*|\bwith\s+|\bof\s+|\bfor\s+|,\s*)"
    for found in re.finditer(rf"{before}({capital}(?:\s+{capital})?){place}", text):
        word = found.group(1)
        if not all(part[0].isupper() for part in word.split()) or set(words_of(word)) <= known:
            continue
        joined = re.match(r"\s*(?:[,&]|and\b)", text[found.end() :])
        if " " in word and not text[: found.start(1)].strip() and not joined:
            continue  # "Golden Gate at sunset": rather a place than a person
        raise AlbumenError(
            f"'{word}' in the prompt is nobody in this library: its consent file knows "
            f"{who(consent)}. Write the word in lower case if it is not a name."
        )


@cache
def common() -> set[str]:
    """Words that may well start a sentence and are no names."""
    phrases = " ".join([*themes(), *themes().values(), *concepts()])
    return {*words_of(phrases), *USUAL}


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return re.findall(r"[^\W\d_][\w-]*", text.lower())
