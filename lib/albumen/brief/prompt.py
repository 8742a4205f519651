"""The words of a prompt: who, in which style, and what the scene shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.profile.words import MOODS, STYLES

OTHER_STYLES = (
    *("claymation", "clay", "anime", "manga", "cartoon", "comic", "pixel art", "origami"),
    *("low poly", "3d render", "mosaic", "woodcut", "linocut", "pastel", "charcoal", "lego"),
)
RELATIONS = {
    "mum": ("mum", "mom", "mother", "mama"),
    "dad": ("dad", "father", "papa"),
    "partner": ("partner", "wife", "husband", "girlfriend", "boyfriend", "spouse"),
    "brother": ("brother",),
    "sister": ("sister",),
    "son": ("son",),
    "daughter": ("daughter",),
    "grandma": ("grandma", "grandmother", "granny", "nan"),
    "grandpa": ("grandpa", "grandfather", "grandad"),
    "aunt": ("aunt",),
    "uncle": ("uncle",),
    "friend": ("friend", "best friend"),
    "dog": ("dog", "puppy"),
    "cat": ("cat", "kitten"),
    "horse": ("horse", "pony"),
}
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


@dataclass(frozen=True)
class Words:
    """A parsed prompt."""

    people: tuple[str, ...]  # names in the library, in the prompt's order
    labels: tuple[str, ...]  # the words that named them
    theme: str  # what the scene shows; "" when only people are asked for
    open: bool  # the theme leaves the place to the profile
    style: str  # "" when the prompt names none
    mood: str


def parse(prompt: str, consent: Consent) -> Words:
    """Find people, style, mood and theme in `prompt`.

    Names and relations come from the library's consent file. Raises AlbumenError naming the word
    when a person, a relation or a style is not known, or when the prompt is empty.
    """
    if not prompt.strip():
        raise AlbumenError("The prompt is empty: say who or what the picture should show.")
    rest = " ".join(prompt.split())
    for word in OTHER_STYLES:
        if _whole(word).search(rest):
            raise AlbumenError(f"'{word}' is not a style here: the styles are {', '.join(STYLES)}.")
    style, rest = _take_style(rest)
    found, rest = _take_people(rest, consent)
    _refuse_unknown_names(rest, consent)
    mood = next((word for word in MOODS if _whole(word).search(rest)), "")
    theme = _strip(rest)
    words = set(re.findall(r"[\w'-]+", theme.lower())) - FILLER
    return Words(
        people=tuple(name for name, _ in found),
        labels=tuple(label for _, label in found),
        theme=theme if words else "",
        open=words <= OPEN and bool(words or not found),
        style=style,
        mood=mood,
    )


def who(consent: Consent) -> str:
    """The people a prompt can name, for messages: 'Rowan (me), Alma (mum)'."""
    known = [
        f"{name} ({person.relation})" if person.relation else name
        for name, person in consent.people.items()
        if person.profile
    ]
    return ", ".join(known) or "nobody"


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _take_style(text: str) -> tuple[str, str]:
    """The style a prompt names ("in watercolour", ", oil painting of") and the text without it."""
    for style, words in STYLES.items():
        for word in words:
            joined = rf",?\s*\b(?:as an?|in|an?)?\s*{_whole(word).pattern}(?:\s+style)?(?:\s+of)?"
            found = re.search(joined, text, re.IGNORECASE)
            if found:
                return style, f"{text[: found.start()]} {text[found.end() :]}".strip()
    return "", text


def _take_people(text: str, consent: Consent) -> tuple[list[tuple[str, str]], str]:
    """People in the order the prompt names them, and the text with them cut out."""
    spans: list[tuple[int, int, str, str]] = []

    def claim(found: re.Match[str], names: Iterable[str], label: str) -> None:
        taken = any(found.start() < end and start < found.end() for start, end, _, _ in spans)
        if not taken:
            spans.extend((found.start(), found.end(), name, label) for name in names)

    for name in sorted(consent.people, key=len, reverse=True):
        for found in _whole(name).finditer(text):
            claim(found, [name], name)
    for found in re.finditer(r"\b(?:me|myself)\b", text):
        claim(found, [consent.owner], "me")
    family = [
        name
        for name, person in consent.people.items()
        if person.generate and person.kind == "person" and person.relation not in ("", "friend")
    ]
    for found in re.finditer(r"\b(?:my|our)\s+family\b", text, re.IGNORECASE):
        claim(found, family, "family")
    for relation, words in RELATIONS.items():
        for word in words:
            for found in re.finditer(rf"\b(?:my|our)\s+{word}\b", text, re.IGNORECASE):
                names = [n for n, p in consent.people.items() if p.relation == relation]
                if not names:
                    raise AlbumenError(
                        f"'{found.group()}' in the prompt is nobody in this library: "
                        f"its consent file knows {who(consent)}."
                    )
                claim(found, names[:1], relation)
    spans.sort()
    for start, end, _, _ in sorted(set(spans), reverse=True):
        text = text[:start] + " " * (end - start) + text[end:]
    people: dict[str, str] = {}
    for _, _, name, label in spans:
        people.setdefault(name, label)
    return list(people.items()), text


def _refuse_unknown_names(text: str, consent: Consent) -> None:
    """A capitalised word where a person would stand is a name, and must be known.

    Where a person would stand: at the very start before "and", "at", "in", ..., or after "and",
    "with", "of" or a comma. After "in", "at", "to" it is a place and goes to the theme.
    """
    place = r"(?=\s*(?:$|,|\band\b|\bat\b|\bin\b|\bon\b|\bwith\b|\bas\b|\bnear\b|\bby\b))"
    for found in re.finditer(rf"(?:^|\band\s+|\bwith\s+|\bof\s+|,\s*)([A-Z][\w'-]+){place}", text):
        word = found.group(1)
        at_start = found.start(1) == 0
        if at_start and word.lower() in COMMON:
            continue
        raise AlbumenError(
            f"'{word}' in the prompt is nobody in this library: its consent file knows "
            f"{who(consent)}. Write the word in lower case if it is not a name."
        )


# Words that may well start a sentence and are no names.
COMMON = {
    *OPEN,
    *FILLER,
    *("mountains", "mountain", "beach", "beaches", "sunset", "sunrise", "forest", "lake", "sea"),
    *("city", "street", "house", "home", "room", "garden", "flowers", "food", "snow", "winter"),
    *("summer", "spring", "autumn", "night", "morning", "evening", "harbour", "boats", "castle"),
    *("river", "waterfall", "desert", "island", "park", "kitchen", "bedroom", "interior", "sky"),
}


def _strip(text: str) -> str:
    """Without the joining words and commas that stood around what was cut out."""
    text = re.sub(r"\s+", " ", text).strip(" ,.;:!?")
    joint = r"(?:and|with|of|,|&|a portrait|portrait|an? picture|picture|an? image|together)"
    while (shorter := re.sub(rf"^(?:{joint})(?:\s+|$)", "", text, flags=re.IGNORECASE)) != text:
        text = shorter.strip(" ,")
    while (shorter := re.sub(rf"(?:^|\s+)(?:{joint})$", "", text, flags=re.IGNORECASE)) != text:
        text = shorter.strip(" ,")
    return re.sub(r"\s+,", ",", re.sub(r",(\s*,)+", ",", text))
