"""How a prompt wants its people to look: expression, where they look, older or younger."""

import dataclasses
import re

from albumen.errors import AlbumenError
from albumen.records import Look

ADULT = 18  # years
OLDEST = 30.0  # years that a face may be made older or younger
LIMITS = {
    "identity": (0.0, 1.0),
    "smile": (-2.0, 2.0),
    "yaw": (-2.0, 2.0),
    "age": (-OLDEST, OLDEST),
}
SEEDED = Look()  # leaves it to the seed
TURN = r"(?:looking|look|facing|turned|turning|gazing)\s+(?:to\s+)?(?:the\s+|her\s+|his\s+)?"
SMILES = {  # phrase -> standard deviations over faces
    r"laughing|with a (?:big|broad) smile|beaming|grinning": 2.0,
    r"with a (?:slight|faint|small|soft) smile|smiling (?:slightly|softly|a little)": 0.6,
    r"not smiling|unsmiling|without a smile": -1.2,
    r"smiling|with a smile|cheerful-looking": 1.2,
    r"(?:looking )?(?:serious|earnest|stern|solemn)": -1.2,
    r"with a (?:serious|neutral|straight) (?:face|look)": -1.2,
}
YAWS = {  # positive: to the viewer's right
    rf"{TURN}left": -1.2,
    rf"{TURN}right": 1.2,
    rf"{TURN}sideways|in profile|from the side": 2.0,
    r"(?:looking|facing)\s+(?:straight ahead|straight|ahead|(?:at|into) the camera)": 0.0,
}
NUMBERS = dict(
    zip(
        (
            *("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
            *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
            *("eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy"),
        ),
        (1, *range(1, 21), 30, 40, 50, 60, 70),
        strict=True,
    )
)
NUMBER = rf"(\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
CHILD = (
    r"(?:as|like|into)\s+(?:an?\s+|the\s+)?(?:(?!with|of|and|in|at|for|to|by|on)[\w-]+\s+){0,2}?"
    r"(?:child|children|kids?|bab(?:y|ies)|toddlers?|infants?|newborns?|boys?|girls?|teen(?:ager)?s?|"
    r"schoolboys?|schoolgirls?|minors?|adolescents?|youngsters?)\b"
    r"|\b(?:baby|toddler|teen(?:age|aged)?|adolescent|child|school)\s+"
    r"(?:me|version|photo|picture|portrait)\b"
    r"|\b(?:in|from|during)\s+(?:my|our|her|his|their)?\s*(?:childhood|youth|teens)\b|\bchildhood\b"
    r"|\bwhen\s+(?:i|we|she|he|they)\s+(?:was|were)\b"
)
AGED = (
    rf"(?:\baged?\s+|\bat\s+(?:the\s+)?age\s+(?:of\s+)?){NUMBER}\b|\b{NUMBER}[\s-]years?[\s-]old\b"
)
AGES = {  # phrase -> years older than the photos
    r"as (?:an? )?(?:very )?old (?:man|woman|lady|gentleman|person|couple|people)": 30.0,
    r"(?:in|of) old age|as (?:pensioners?|(?:an? )?elderly (?:man|woman|person|couple))": 30.0,
    r"(?:looking )?much older": 20.0,
    r"(?:looking )?much younger": -20.0,
    r"(?:looking )?(?:a (?:bit|little) )older": 5.0,
    r"(?:looking )?(?:a (?:bit|little) )younger": -5.0,
    r"(?:looking )?\bolder\b": 10.0,
    r"(?:looking )?\byounger\b|as (?:an? )?young (?:man|woman|lady|couple|adults?)": -10.0,
}


def refuse_children(prompt: str) -> None:
    """Raise AlbumenError when a prompt about people wants anybody to look like a child."""
    said = re.search(CHILD, prompt, re.IGNORECASE)
    told = re.search(AGED, prompt, re.IGNORECASE)
    if told and _number(told.group(1) or told.group(2)) < ADULT:
        said = told
    if said:
        raise AlbumenError(
            f"'{said.group().strip()}' in the prompt: nobody is made to look like a child here."
        )


def take_look(text: str) -> tuple[Look, str]:
    """The look that a prompt about people asks for, and the text without it.

    "looking left" is to the viewer's left. Raises AlbumenError for more years than OLDEST older or
    younger, and for an age in years: what is known of a face is how it looks, not how old it is.
    """
    age, text = _take_age(text)
    smile, text = _take_first(SMILES, text)
    yaw, text = _take_first(YAWS, text)
    return Look(smile=smile, yaw=yaw, age=age), text


def joined(asked: Look, given: Look) -> Look:
    """The look of the prompt with that of the call, which wins wherever it says something.

    Raises AlbumenError naming the control that is outside its range.
    """
    said = dataclasses.asdict(given)
    usual = dataclasses.asdict(SEEDED)
    values = dataclasses.asdict(asked)
    values |= {name: value for name, value in said.items() if value != usual[name]}
    for name, (low, high) in LIMITS.items():
        value = values[name]
        if value is not None and not low <= value <= high:
            raise AlbumenError(f"look: {name} is {value}: expected {low:g} to {high:g}.")
    return Look(**values)


def _take_age(text: str) -> tuple[float | None, str]:
    told = re.search(AGED, text, re.IGNORECASE)
    if told:
        raise AlbumenError(
            f"'{told.group().strip()}' in the prompt: say how many years older or younger than in "
            f"the photos, such as 'ten years older', up to {OLDEST:.0f}."
        )
    counted = re.search(
        rf"\b{NUMBER}\s+(year|decade)s?\s+(older|younger|ago|on|later|from now)\b"
        rf"|\bin\s+{NUMBER}\s+(year|decade)s?'?(?:\s+time)?\b",
        text,
        re.IGNORECASE,
    )
    if not counted:
        return _take_first(AGES, text)
    number, unit = counted.group(1) or counted.group(4), counted.group(2) or counted.group(5)
    years = _number(number) * (10 if unit.lower() == "decade" else 1)
    if years > OLDEST:
        raise AlbumenError(
            f"'{counted.group()}' in the prompt: a face can be made up to {OLDEST:.0f} years older "
            "or younger."
        )
    sign = -1.0 if (counted.group(3) or "").lower() in ("younger", "ago") else 1.0
    return sign * years, _without(text, counted)


def _take_first(phrases: dict[str, float], text: str) -> tuple[float | None, str]:
    """The value of the first phrase that the text holds, and the text without it."""
    for phrase, value in phrases.items():
        found = re.search(rf"(?<!\w)(?:{phrase})(?!\w)", text, re.IGNORECASE)
        if found:
            return value, _without(text, found)
    return None, text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else NUMBERS[word.lower()]
