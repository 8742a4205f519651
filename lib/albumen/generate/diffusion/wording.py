"""A condition as the words that an image model reads.

The rule: "<style> of <who> <where>, <mood>, <daytime>". Who comes from the people's relations
("mum" is a woman) and from what the other references show; where is the theme. Whoever no relation
describes is "a person": a label may be a name, and the prompt may hold some, so neither is used.
A card's lettering stays out, too: it may hold names, and image models cannot spell.
"""

import re
from collections.abc import Sequence

from albumen.records import Condition, Look, Person, Reference

STYLES = {
    "photo": "a photo",
    "watercolour": "a watercolour painting",
    "oil": "an oil painting",
    "pencil": "a pencil drawing",
    "clay": "a claymation still",
    "comic": "a comic drawing",
}
RELATIONS = {
    **dict.fromkeys(("mum", "sister", "daughter", "aunt"), "a woman"),
    **dict.fromkeys(("dad", "brother", "son", "uncle"), "a man"),
    "grandma": "an elderly woman",
    "grandpa": "an elderly man",
}
DAYTIMES = {
    "sunrise": "at sunrise",
    "day": "in daylight",
    "sunset": "at sunset",
    "night": "at night",
}
NUMBERS = ("no", "one", "two", "three", "four", "five")
ORDINALS = ("first", "second", "third", "fourth", "fifth")
PREPOSITION = re.compile(
    r"(?:at|in|on|by|near|under|beside|before|above|inside|outside|along|among|through|with)\b",
    re.IGNORECASE,
)
SMILING = 0.5  # standard deviations of Look.smile from which somebody smiles
OLDER = 10.0  # years of Look.age from which it is said


def wording(condition: Condition, subject: str = "", images: Sequence[Reference] = ()) -> str:
    """The text prompt of `condition`.

    Args:
        subject: the word that stands for the first person, or the thing, that tuned weights show.
        images: references that the model is given as pictures; the text then says what each shows.
    """
    who = _people(condition, subject)
    who += [_a(one.shows) for one in condition.references if one.role in ("pet", "object")]
    where = condition.theme.strip() or ("" if who else "a beautiful place")
    if who and where and not PREPOSITION.match(where):
        where = f", {where}"  # "a photo of a person, mountains"
    elif not who:
        where = PREPOSITION.sub("", where, count=1).strip() if PREPOSITION.match(where) else where
    style = STYLES.get(condition.style, f"a picture in the style of {condition.style},")
    what = " ".join(filter(None, (_listed(who), where))).replace(" ,", ",")
    light = DAYTIMES.get(condition.daytime, "")
    added = [one for one in (condition.mood, light) if one and one.split()[-1] not in what.lower()]
    text = ", ".join([f"{style} of {what}", *added])
    return f"{text}. {_shown(images)}" if images else text


def _people(condition: Condition, subject: str) -> list[str]:
    """A phrase a person; people whom no relation describes are counted: "two people"."""
    if condition.subject == "scene":
        return [subject] if subject else []
    people = condition.people
    if not people and not any(one.role == "pet" for one in condition.references):
        people = (Person("nobody", "", 0, {}),)
    phrases = [RELATIONS.get(one.label, "a person") for one in people]
    if subject:
        phrases = [subject, *phrases[1:]]
    elif phrases.count("a person") == len(phrases) > 1:
        phrases = [f"{NUMBERS[min(len(phrases), 5)]} people"]
    return [_described(one, condition.look) for one in phrases]


def _described(phrase: str, look: Look) -> str:
    """ "a person" -> "a smiling older person"."""
    words = ["smiling"] if look.smile is not None and look.smile >= SMILING else []
    if look.age is not None and abs(look.age) >= OLDER:
        words.append("older" if look.age > 0 else "younger")
    first, _, rest = phrase.partition(" ")
    if not words or not rest:
        return phrase
    said = " ".join([*words, rest])
    return _a(said) if first in ("a", "an") else f"{first} {said}"


def _shown(images: Sequence[Reference]) -> str:
    """What each image shows: "Image 1 shows the first person. Image 2 shows the place."."""
    people = list(dict.fromkeys(one.shows for one in images if one.role == "person"))
    sentences = []
    for number, one in enumerate(images, 1):
        if one.role == "person":
            rank = f"{ORDINALS[min(people.index(one.shows), 4)]} " if len(people) > 1 else ""
            shows = f"the {rank}person"
        elif one.role == "base":
            shows = "the very place, which stays as it is"
        else:
            shows = f"the {one.shows}" if one.role in ("pet", "object") else "the place"
        sentences.append(f"Image {number} shows {shows}.")
    return " ".join(sentences)


def _a(words: str) -> str:
    """ "dog" -> "a dog"."""
    return f"{'an' if words[:1].lower() in tuple('aeiou') else 'a'} {words or 'thing'}"


def _listed(words: list[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"
