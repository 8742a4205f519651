"""Prompt + profile + library -> a condition, and in words what was filled in from where."""

import hashlib

from albumen.brief.prompt import STYLES, Words, parse
from albumen.brief.references import choose_pet, choose_scene, rank
from albumen.embed import Embedder
from albumen.errors import AlbumenError, ConsentError
from albumen.faces import mean_embedding
from albumen.library import Library
from albumen.records import Condition, Interest, Person, Profile, Reference

__all__ = ["STYLES", "brief", "parse", "person_id"]

MAX_PEOPLE = 3
CONDITIONING = ("sface", "dlib")  # what a portrait is made from; the third recogniser only judges


def brief(
    prompt: str,
    profile: Profile,
    library: Library,
    embedder: Embedder,
    stock: Library,
    *,
    strength: float = 1.0,
    style: str = "",
    size: tuple[int, int] = (512, 512),
    pin: tuple[str, ...] = (),
    ban: tuple[str, ...] = (),
) -> Condition:
    """Turn a short prompt into a Condition.

    Args:
        stock: public photos that belong to no owner; used at strength 0, and where the library
            has nothing that fits, which `filled_in` then says.
        strength: 0 uses nothing of the owner, 1 all of it: weight of taste in the choice of
            references and of the owner's palette.
        style: one of STYLES, where the prompt names none; without either, at a strength above 0,
            it is the style that the profile favours.
        size: width and height in pixels.
        pin, ban: photo ids that must, or must not, be scene references.

    Raises AlbumenError (ConsentError) naming the word when the prompt asks for somebody unknown,
    not permitted or without a usable face, or for a theme that no photo shows.
    """
    if not 0 <= strength <= 1:
        raise AlbumenError(f"strength is {strength}: expected a number from 0 to 1.")
    if style and style not in STYLES:
        raise AlbumenError(f"'{style}' is not a style: the styles are {', '.join(STYLES)}.")
    words = parse(prompt, library.consent)
    filled: list[str] = []
    people, pets = _people(words, library, strength)
    theme, interest = _theme(words, profile, bool(pets), strength, filled)

    references: tuple[Reference, ...] = ()
    if theme:
        ranked = rank(theme, interest, profile, library, stock, embedder, strength)
        references = choose_scene(ranked, theme, pin=pin, ban=ban, filled=filled)
    for pet, label in pets:
        references += choose_pet(pet, label, library, stock, embedder, strength, filled)
    if strength > 0 and theme and profile.palette:
        filled.append("Colours lean towards the palette of your photos.")
    if strength > 0 and profile.styles and not (words.style or style):
        style, _ = max(profile.styles, key=lambda one: one[1])
        filled.append(f"The style was left open: {style}, which you favour.")
    shown = bool(people) or bool(pets)
    return Condition(
        prompt=prompt,
        owner=library.name if strength > 0 else "",
        subject="portrait in scene" if shown and theme else "portrait" if shown else "scene",
        theme=theme,
        style=words.style or style or "photo",
        people=people,
        references=references,
        palette=profile.palette if strength > 0 else (),
        mood=words.mood,
        strength=strength,
        size=size,
        filled_in=tuple(filled),
    )


def person_id(library: str, name: str) -> str:
    """What a Condition calls a person of a library: 16 hexadecimal digits, no name."""
    return hashlib.sha256(f"{library}/{name}".encode()).hexdigest()[:16]


def _people(
    words: Words, library: Library, strength: float
) -> tuple[tuple[Person, ...], list[tuple[str, str]]]:
    """The people as embeddings, and the pets as (name, label)."""
    consent = library.consent
    pets = []
    people = []
    for name, label in zip(words.people, words.labels, strict=True):
        entry = consent.people[name]
        if not entry.generate or name in consent.minors:
            raise ConsentError(
                f"'{label}' may not be depicted: the library's consent.yaml does not say "
                f"'generate: true' for them."
            )
        if entry.kind == "pet":
            pets.append((name, label))
        elif strength == 0:
            # Somebody, but nobody of this library: the generator invents a face.
            people.append(Person(f"nobody-{len(people)}", label, 0, {}))
        else:
            faces = int((library.faces.name == name).sum())
            embeddings = {
                recogniser: tuple(
                    round(float(x), 6) for x in mean_embedding(library.faces, name, recogniser)
                )
                for recogniser in CONDITIONING
            }
            people.append(Person(person_id(library.name, name), label, faces, embeddings))
    if len(people) > MAX_PEOPLE:
        raise AlbumenError(
            f"The prompt names {len(people)} people: at most {MAX_PEOPLE} fit in one picture."
        )
    return tuple(people), pets


def _theme(
    words: Words, profile: Profile, pets: bool, strength: float, filled: list[str]
) -> tuple[str, Interest | None]:
    """What the scene shows: the prompt's words, or the profile's strongest interest."""
    if words.theme and not words.open:
        return words.theme, None
    if not words.open and not pets:
        return "", None  # only people were asked for
    named = [one for one in profile.interests if one.name != "unclear"]
    if strength == 0 or not named:
        why = "no personalisation" if strength == 0 else "the profile names no interest"
        filled.append(f"The place was left open; with {why} it is 'a beautiful landscape'.")
        return "a beautiful landscape", None
    best = max(named, key=lambda one: one.weight)
    stated = "stated" in profile.made_from  # then weights are not those of the photos alone
    share = f"{best.weight:.0%} of {'your preference' if stated else 'your photos'}"
    filled.append(f"The place was left open: '{best.name}', your strongest interest ({share}).")
    return best.name, best if best.members else None  # without photos its name is all there is
