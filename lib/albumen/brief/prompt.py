"""The words of a prompt: who, in which style, mood, light and format, and what the scene shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from albumen.brief.formats import take_size
from albumen.brief.looks import SEEDED, refuse_children, take_look
from albumen.brief.people import take_people
from albumen.brief.strangers import refuse_unknown
from albumen.brief.themes import FILLER, OPEN
from albumen.consent import Consent
from albumen.consent.words import clean
from albumen.errors import AlbumenError
from albumen.profile.words import MOODS, STYLES
from albumen.records import Look

OTHER_STYLES = (
    *("anime", "manga", "pixel art", "origami", "low poly", "3d render"),
    *("mosaic", "woodcut", "linocut", "pastel", "charcoal", "lego", "impressionist", "cubist"),
    *("pop art", "stained glass", "gouache", "crayon"),
)
NO_STYLE = r"(?!\s+(?:lamps?|pots?|vases?|tennis|courts?|cases?|bottles?|rigs?|tiles?)\b)"
DAYTIMES = {  # light -> how a prompt may say it; the first is the light's own name
    "sunset": (
        *("sunset", "sundown", "golden hour", "dusk", "twilight", "(?:in the )?evening"),
        *("evening light", "setting sun"),
    ),
    "sunrise": (
        *("sunrise", "dawn", "daybreak", "first light", "(?:early )?(?:in the )?morning"),
        *("morning light", "rising sun"),
    ),
    "night": (
        *("night", "night-?time", "midnight", "after dark", "blue hour", "moonlight", "moonlit"),
        *("starlit", "starry", "under the stars", "under the moon"),
    ),
    "day": (
        *("by day", "daylight", "daytime", "midday", "noon", "(?:in the )?afternoon", "sunny"),
        *("bright sunshine", "sunshine"),
    ),
}
SCENES = ("sunset", "sundown", "sunrise", "dawn", "starry", "under the stars")  # and no mere light
OBJECTS = (  # what can be cut out of a photo and put into a scene
    *("bicycle", "bike", "guitar", "violin", "cello", "piano", "drum", "trumpet", "flute"),
    *("camera", "telescope", "typewriter", "radio", "record player", "laptop", "computer"),
    *("teddy bear", "teddy", "doll", "toy", "mug", "cup", "teapot", "vase", "lamp", "clock"),
    *("chair", "armchair", "book", "bag", "backpack", "suitcase", "umbrella", "hat", "helmet"),
    *("skateboard", "surfboard", "snowboard", "ball", "football", "kite", "tent", "canoe"),
    *("kayak", "boat", "car", "van", "motorcycle", "motorbike", "scooter", "plant", "shoes"),
    *("boots", "sunglasses", "watch", "sculpture", "painting", "bottle", "cake"),
)
SPELT = {"cozy": "cosy"}
PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u00d7", "''\"\"x")


@dataclass(frozen=True)
class Words:
    """A parsed prompt."""

    people: tuple[str, ...]  # names in the library, in the prompt's order
    labels: tuple[str, ...]  # the words that named them
    theme: str  # what the scene shows; "" when only people are asked for
    sought: str  # the theme without mere light, in which photos are looked for
    open: bool  # the theme leaves the place to the profile
    style: str  # "" when the prompt names none
    mood: str
    daytime: str = ""  # a key of DAYTIMES; "" when the prompt names none
    objects: tuple[str, ...] = ()  # things of the owner's, such as "red bicycle"
    size: tuple[int, int] | None = None  # pixels, None when the prompt names no format
    look: Look = SEEDED
    grouped: frozenset[str] = frozenset()  # of the people, those whom a group's word named
    whom: tuple[str, ...] = ()  # how words that may mean several people were taken, as sentences
    light: str = ""  # the words that daytime was read off, if they are others


def parse(prompt: str, consent: Consent, labels: Iterable[str] = ()) -> Words:
    """Find people, things, style, mood, light, format, looks and theme in `prompt`.

    Names and relations come from the library's consent file; `labels` are its albums, places and
    keywords, which are no people. Light and mood stay in the theme, since photos show them.

    Raises AlbumenError naming the word when a person, a relation or a style is not known, when a
    format or a look cannot be drawn, or when the prompt is empty.
    """
    rest = plain(prompt)
    if not rest:
        raise AlbumenError("The prompt is empty: say who or what the picture should show.")
    style, rest = _take_style(rest)
    for word in OTHER_STYLES:
        if _whole(word).search(rest):
            raise AlbumenError(f"'{word}' is not a style here: the styles are {', '.join(STYLES)}.")
    size, rest = take_size(rest)
    found = take_people(rest, consent)
    look, rest = SEEDED, found.rest
    if found.people:
        refuse_children(plain(prompt))
        look, rest = take_look(rest)
    objects, rest = _take_objects(rest)
    refuse_unknown(rest, consent, labels)
    mood = next((word for word in MOODS if _whole(word).search(rest)), "")
    daytime, said = _daytime(rest)
    theme, sought = _strip(rest), _strip(_without_light(rest))
    left = set(re.findall(r"[^\W_][\w'-]*", sought.lower())) - FILLER - {mood}
    is_open = left <= OPEN and bool(
        left or (daytime and said not in SCENES) or not (found.people or objects)
    )
    return Words(
        people=tuple(found.people),
        labels=tuple(found.people.values()),
        theme=theme if left or said in SCENES else "",
        sought=sought or theme,
        open=is_open,
        style=style,
        mood=SPELT.get(mood, mood),
        daytime=daytime,
        objects=objects,
        size=size,
        look=look,
        grouped=found.grouped,
        whom=found.notes,
        light="" if daytime in said else said,
    )


def plain(prompt: str) -> str:
    """The prompt in NFC with single spaces and straight quotes, as the patterns here expect it."""
    return clean(prompt).translate(PLAIN)


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _take_style(text: str) -> tuple[str, str]:
    """The style a prompt names ("in watercolour", ", oil painting of") and the text without it."""
    for style, words in STYLES.items():
        for word in sorted(words, key=len, reverse=True):
            joined = (
                rf",?\s*\b(?:as an?|in|an?)?\s*{_whole(word).pattern}{NO_STYLE}"
                r"(?:\s+(?:style|figures?|figurines?|version|film))?(?:\s+of)?"
            )
            found = re.search(joined, text, re.IGNORECASE)
            if found:
                return style, f"{text[: found.start()]} {text[found.end() :]}".strip()
    return "", text


def _take_objects(text: str) -> tuple[tuple[str, ...], str]:
    """The owner's things that are named with "my" or "our", and the text without them."""
    things = "|".join(sorted(OBJECTS, key=len, reverse=True))
    pattern = r"(?:\b(?:and|on|with|in|by|riding|driving|playing|holding)\s+)*\b(?:my|our)\s+"
    pattern += rf"((?:(?!my|our|and|in|at|on|with)[\w-]+\s+){{0,2}}?(?:{things}))\b"
    pattern += r"(?!'s|\s+(?:shop|shops|park|race|rack|rental|shelf|shelves)\b)"
    found = [one.group(1) for one in re.finditer(pattern, text, re.IGNORECASE)]
    return tuple(dict.fromkeys(found)), re.sub(pattern, " ", text, flags=re.IGNORECASE)


def _daytime(text: str) -> tuple[str, str]:
    """The light that a text names first, and the words that name it."""
    found = [
        (match.start(), -len(match.group()), daytime, match.group().lower())
        for daytime, phrases in DAYTIMES.items()
        for phrase in phrases
        for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", text, re.IGNORECASE)
    ]
    return min(found)[2:] if found else ("", "")


def _without_light(text: str) -> str:
    """The text without phrases of light that are no scene of their own."""
    for phrases in DAYTIMES.values():
        for phrase in phrases:
            if phrase not in SCENES:
                text = re.sub(rf"(?<!\w){phrase}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def _strip(text: str) -> str:
    """Without the joining words and commas that stood around what was cut out."""
    text = re.sub(r"\s+", " ", text).strip(" ,.;:!?&")
    joint = r"(?:and|with|of|,|&|a portrait|portrait|an? picture|picture|an? image|image|together)"
    ends = rf"(?:{joint[3:-1]}|in|at|on|by|for|as|an?|the|my|our|is|are|in front|next to)"
    while (shorter := re.sub(rf"^(?:{joint}|is|are)(?:\s+|$)", "", text, flags=re.I)) != text:
        text = shorter.strip(" ,&")
    while (shorter := re.sub(rf"(?:^|\s+){ends}$", "", text, flags=re.IGNORECASE)) != text:
        text = shorter.strip(" ,&")
    return re.sub(r"\s+,", ",", re.sub(r",(\s*,)+", ",", text))
