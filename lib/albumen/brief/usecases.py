"""Seed use cases: prompts that mean more than their words say, and what each of them sets.

A use case says what stands for its words ("my dream house": the kind of house the owner's
photos show most), and what the picture gets besides: things of the owner's, a place that is kept,
a greeting. The rest of the prompt is read as that of any other.
"""

import re
from dataclasses import dataclass

from albumen.brief.formats import size_of
from albumen.profile.naming import LEAST, UNCLEAR
from albumen.records import Interest, Profile

ITS = r"(?:\b(?:my|our|an?|the)\s+)?"
ROOMS = (
    r"(?:(?:living|dining|bath|bed|guest|laundry|play|family|sitting)[\s-]?room|lounge|kitchen|"
    r"office|study|hall(?:way)?|house|home|flat|apartment|garden|terrace|balcony|patio|studio|room)"
)
HOUSES = ("houses", "castles", "villages", "barns", "windmills", "boats")
AWAY = (  # where one goes on holiday
    *("beach", "sea", "coast", "islands", "lighthouse", "harbour", "boats", "sailing", "lakes"),
    *("rivers", "waterfall", "mountains", "snow", "skiing", "hills", "forest", "autumn", "fields"),
    *("meadows", "desert", "canyons", "caves", "night sky", "under water", "wildlife", "city"),
    *("city at night", "old town", "castles", "villages", "ruins", "temples", "monuments"),
    *("hiking", "climbing", "camping", "whales and dolphins", "swimming", "museums", "churches"),
)


@dataclass(frozen=True)
class UseCase:
    """What a prompt with this pattern sets."""

    pattern: str
    instead: str | None = None  # stands for the words of the pattern; None: they stay
    among: tuple[str, ...] = ()  # themes; the owner's strongest of them stands for the words
    usual: str = ""  # stands for them where the profile has none of these themes
    otherwise: str = ""  # what photos show instead, where none clearly shows what is asked for
    things: int = 0  # of the owner's to put into the scene, at most
    base: bool = False  # one photo's very place is kept
    greeting: str = ""  # of a card; "{}" is who it is for


USE_CASES = {
    "dream house": UseCase(
        rf"{ITS}\bdream\s+(?:house|home|cottage|villa|residence)\b",
        among=HOUSES,
        otherwise="the interior of a home",
    ),
    "vacation": UseCase(
        rf"{ITS}\b(?:ideal|dream|perfect|best|favou?rite)\s+"
        r"(?:vacation|holidays?|trip|getaway|journey)\b",
        among=AWAY,
        usual="beach",
    ),
    "desert island": UseCase(
        rf"{ITS}\bdesert(?:ed)?[\s-]island(?:\s+(?:essentials|picks|things|favou?rites|discs))?\b",
        instead="a sandy beach",
        things=4,
    ),
    "redesign": UseCase(
        r"\b(?:re-?(?:design|decorat|furnish|styl|model)|renovat|make\s?over)"
        rf"(?:e|es|ed|ing)?(?:\s+of)?\s+((?:my|our|the)\s+(?:[\w-]+\s+)??{ROOMS})\b",
        instead=r"\1",
        base=True,
    ),
    **{
        f"{occasion} card": UseCase(
            rf"{ITS}(?:happy\s+|merry\s+)?{said}\s+(?:greetings?\s+)?card\b",
            instead="",
            greeting=greeting,
        )
        for occasion, said, greeting in (
            ("birthday", r"\bbirthday", "Happy birthday, {}!"),
            ("Christmas", r"\b(?:christmas|xmas|x-mas)", "Merry Christmas, {}!"),
            ("thank-you", r"\bthank[\s-]?you", "Thank you, {}!"),
            ("get-well", r"\bget[\s-]well(?:[\s-]soon)?", "Get well soon, {}!"),
            ("anniversary", r"\b(?:wedding\s+)?anniversary", "Happy anniversary, {}!"),
            ("congratulations", r"\b(?:congratulations?|graduation)", "Congratulations, {}!"),
            ("New Year", r"\bnew\s+year(?:'s)?(?:\s+eve)?", "Happy New Year, {}!"),
            ("Valentine", r"\bvalentine(?:'?s)?(?:\s+day)?", "Happy Valentine's Day, {}!"),
            ("Easter", r"\beaster", "Happy Easter, {}!"),
        )
    },
}
CARD = (4, 5)  # width, height
RECEIVER = (
    r"\s*(?:for|to)\s+(?P<to>[^,.;:]+?)"
    r"(?=\s*(?:$|[,.;:]|\b(?:with|at|in|on|from|showing|by|near|as|saying|that|smiling)\b))"
)
SAYING = r"\s*,?\s*\b(?:saying|that says|which says|with the words?)\s+[\"'](.{1,60}?)[\"'](?!\w)"
SENDER = r"\s*\bfrom\s+(?:me|us|all of us)\b"
ADDRESS = {  # how people are written to as they are called; others are dear
    *("mum", "mom", "mama", "mummy", "mommy", "dad", "daddy", "papa", "grandma", "granny", "gran"),
    *("grandpa", "grandad", "granddad", "auntie", "all"),
}
LONGEST = 40  # letters of a name on a card


@dataclass(frozen=True)
class Asked:
    """A prompt in the words that a use case means, and what else it sets."""

    prompt: str
    case: str = ""  # key of USE_CASES; "" for a prompt of none
    theme: str = ""  # that the profile chose for the words of the case
    interest: Interest | None = None  # whose photos show it
    otherwise: str = ""
    things: int = 0
    base: bool = False
    lettering: str = ""
    size: tuple[int, int] | None = None
    filled: tuple[str, ...] = ()


def use_case(prompt: str, profile: Profile, strength: float) -> Asked:
    """The prompt with what its use case sets; of no use case, as it is."""
    for name, case in USE_CASES.items():
        found = re.search(case.pattern, prompt, re.IGNORECASE)
        if not found:
            continue
        if case.greeting:
            return _card(prompt, name, case, found)
        if case.among:
            return _chosen(prompt, name, case, found, profile, strength)
        return Asked(
            f"{prompt[: found.start()]}{found.expand(case.instead)}{prompt[found.end() :]}",
            name,
            things=case.things,
            base=case.base,
        )
    return Asked(prompt)


def _chosen(
    prompt: str, name: str, case: UseCase, found: re.Match[str], profile: Profile, strength: float
) -> Asked:
    """The owner's strongest interest in one of the case's themes stands for its words."""
    if strength == 0:
        return Asked(prompt, name, otherwise=case.otherwise)
    said = found.group().strip()
    best = next(
        (
            (interest, theme)
            for interest in sorted(profile.interests, key=lambda one: -one.weight)
            if (theme := _theme_of(interest, case.among))
        ),
        None,
    )
    if best is None:
        told = f"No interest of yours says what '{said}' is: '{case.usual}' was taken."
        theme, interest = case.usual, None
    else:
        interest, theme = best
        part = share(interest, profile)
        told = f"The place was left open: '{theme}', your strongest interest of that kind ({part})."
    return Asked(
        f"{prompt[: found.start()]} {theme or said} {prompt[found.end() :]}",
        name,
        theme=theme,
        interest=interest if interest and interest.members and interest.name == theme else None,
        otherwise=case.otherwise,
        filled=(told,) if theme else (),
    )


def share(interest: Interest, profile: Profile) -> str:
    """How much an interest weighs, in words; what is stated makes it more than photos."""
    whole = "your preference" if "stated" in profile.made_from else "your photos"
    return f"{interest.weight:.0%} of {whole}"


def _theme_of(interest: Interest, among: tuple[str, ...]) -> str:
    """The interest's name, or the best sure term of an unclear one, if it is among these."""
    if interest.name != UNCLEAR:
        return interest.name if interest.name in among else ""
    return next((term for term, z in interest.terms if z >= LEAST and term in among), "")


def _card(prompt: str, name: str, case: UseCase, found: re.Match[str]) -> Asked:
    """A card: its greeting, and what is left to show."""
    before, after = prompt[: found.start()], prompt[found.end() :]
    words = re.search(SAYING, after, re.IGNORECASE)
    after = re.sub(SENDER, " ", re.sub(SAYING, " ", after, flags=re.I), flags=re.I)
    to = re.match(RECEIVER, after, re.IGNORECASE)
    greeted = _receiver(to["to"]) if to else ""
    rest = f"{before} {after[: to.start()] + to['to'] + after[to.end() :] if to else after}"
    greeting = case.greeting.format(greeted) if greeted else case.greeting.replace(", {}", "")
    return Asked(
        rest if re.search(r"\w", rest) else "a picture",
        name,
        lettering=words[1] if words else greeting,
        size=size_of(CARD),
    )


def _receiver(to: str) -> str:
    """Who a card is for, as it says it: "mum", "dear sister", "Alma"; "" for oneself."""
    name = re.search(r"(?:[^\W\d_a-z][\w'-]*\s?)+$", to.strip())
    if name and len(name[0]) <= LONGEST:
        return name[0].strip()
    words = re.sub(r"^(?:my|our|an?|the|dear)\s+", "", to.strip(), flags=re.IGNORECASE)
    if words.lower() in ("me", "myself", "") or len(words) > LONGEST:
        return ""
    parts = re.split(r"\s+(?:and|&)\s+(?:my\s+)?", words)
    called = all(part.lower() in ADDRESS for part in parts)
    return " and ".join(parts) if called else f"dear {' and '.join(parts)}"
