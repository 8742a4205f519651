"""Names, titles and labels compared as people read them: without case, spacing or composition."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

LETTERS = re.compile(r"[^\W\d_]+")
LEVELS = re.compile(r"[/|]")  # between the levels of a keyword's hierarchy


def clean(name: str) -> str:
    """The name in NFC, with single spaces."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


@lru_cache(maxsize=2**16)  # a library repeats its names and titles
def key(name: str) -> str:
    """What two spellings of one name share."""
    return unicodedata.normalize("NFC", clean(name).casefold())


def keys(names: Iterable[str]) -> set[str]:
    """The key of each name."""
    return {key(name) for name in names}


@lru_cache(maxsize=2**16)
def levels(label: str) -> frozenset[str]:
    """The keys of a label's levels: "Family/Alma" has two; of one without any, its own."""
    return frozenset(key(one) for one in LEVELS.split(label) if one.strip()) or frozenset(
        {key(label)}
    )


class Words(NamedTuple):
    """Names to be found in text as whole words; see `words_of`.

    A library can have hundreds of names and most texts hold none: a text is tried against the
    pattern only if it has the first word of some name.
    """

    pattern: re.Pattern[str]
    starts: frozenset[str]  # the first word of each name; the first character if it has no case

    def found_in(self, text: str) -> bool:
        """Whether the text holds one of the names."""
        text = unicodedata.normalize("NFC", text)
        return self._may_be_in(text) and self.pattern.search(text) is not None

    def hidden_in(self, text: str) -> str:
        """The text in NFC, an ellipsis in place of each of the names."""
        text = unicodedata.normalize("NFC", text)
        before = ""
        while before != text and self._may_be_in(text):  # a name may end where a hidden one began
            before, text = text, self.pattern.sub("…", text)
        return text

    def _may_be_in(self, text: str) -> bool:
        return bool(self.starts) and not (
            self.starts.isdisjoint(LETTERS.findall(_fold(text))) and self.starts.isdisjoint(text)
        )


def words_of(names: Iterable[str]) -> Words:
    """The names as whole words, the longest first.

    Between a name's words may be underscores, as in a file name. Scripts without case write no
    spaces around words, so there a name is found anywhere.
    """
    names = sorted(map(clean, names), key=len, reverse=True)
    cased = [name for name in names if _has_case(name)]
    caseless = [name for name in names if not _has_case(name)]
    patterns = [
        rf"(?<![^\W\d_])(?i:{_any_of(cased)})(?![^\W\d_])" if cased else "",
        _any_of(caseless),
    ]
    starts = [LETTERS.findall(_fold(name))[0] for name in cased] + [name[0] for name in caseless]
    return Words(re.compile("|".join(filter(None, patterns)) or r"(?!)"), frozenset(starts))


def _has_case(name: str) -> bool:
    return name.lower() != name.upper() and LETTERS.search(name) is not None


def _any_of(names: list[str]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"[\s_]+") for name in names)


def _fold(text: str) -> str:
    """The text so that what `re.IGNORECASE` takes for one word is spelt as one.

    It knows an i with and without its dot, and U+0345 as no letter, which case folding makes one.
    """
    text = text.replace("\u0345", " ").casefold()
    return text.replace("i\u0307", "i").replace("\u0131", "i")
