"""Prompt + profile + library -> a condition, and in words what was filled in from where."""

import hashlib
from collections.abc import Collection

from albumen.brief import filling, gathering
from albumen.brief.formats import checked, size_of
from albumen.brief.gathering import Given
from albumen.brief.looks import SEEDED, joined
from albumen.brief.persons import may_be_depicted, require_permission
from albumen.brief.prompt import STYLES, Words, parse, plain
from albumen.brief.references import require_pins
from albumen.brief.relations import listing
from albumen.brief.strategies import STRATEGIES, check_strategy
from albumen.brief.usecases import USE_CASES, Asked, use_case
from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.faces import mean_embedding, usable
from albumen.library import Library
from albumen.records import Condition, Look, Person, Profile, Reference

__all__ = ["STRATEGIES", "STYLES", "USE_CASES", "brief", "parse", "person_id"]

MAX_PEOPLE = 3
CONDITIONING = ("sface", "dlib")  # what a portrait is made from; the third recogniser only judges
SQUARE, GROUP = (1, 1), (3, 2)  # formats where none is asked for: side by side takes width
NEEDS = frozenset({"faces", "references"})


def brief(
    prompt: str,
    profile: Profile,
    library: Library,
    embedder: Embedder,
    stock: Library,
    *,
    strength: float = 1.0,
    style: str = "",
    size: tuple[int, int] | None = None,
    strategy: str = "profile",
    look: Look = SEEDED,
    pin: Collection[str] = (),
    ban: Collection[str] = (),
    needs: frozenset[str] = NEEDS,
) -> Condition:
    """Turn a short prompt into a Condition.

    What the prompt leaves open is filled from the profile, and `filled_in` says so. Strength says
    how much of the owner is in the picture:

    - at 0 nothing: people are nobody, photos the stock's, and the profile is not looked at;
    - above 0 people and pets are themselves, references come from the owner where any fit, an open
      place is the strongest interest, and the owner's palette is given;
    - in proportion the owner's taste counts in the choice of references, colours are moved to the
      palette (by the generator), and the owner's things are taken to a desert island;
    - from .5 the style and the mood are the owner's, where the prompt leaves them open.

    Args:
        stock: public photos that belong to no owner; used at strength 0, and where the library
            has nothing that fits, which `filled_in` then says.
        style: one of STYLES, whatever the prompt names.
        size: width and height in pixels; by default what the prompt's words for a format mean,
            and without any 512 x 512, or as much in the format GROUP for a group's portrait.
        strategy: how references are picked, one of STRATEGIES.
        look: how people look; what it says wins over the prompt's words.
        pin, ban: photo ids that must, or must not, be references.
        needs: of the generator. Without "faces" people have no embeddings, without "references"
            there are none, and with "person photos" there are references of each person, too.

    Raises AlbumenError (ConsentError) naming the word when the prompt asks for somebody unknown,
    not permitted or without a usable face, for a theme that no photo shows, for what cannot be
    drawn, and when an argument is out of its range.
    """
    if not 0 <= strength <= 1:
        raise AlbumenError(f"strength is {strength}: expected a number from 0 to 1.")
    if style and style not in STYLES:
        raise AlbumenError(f"'{style}' is not a style: the styles are {', '.join(STYLES)}.")
    check_strategy(strategy)
    asked = use_case(plain(prompt), profile, strength)
    words = parse(asked.prompt, library.consent, _labels(library))
    filled = list(asked.filled)
    if strength > 0:
        filled += words.whom
    if words.light:
        filled.append(f"'{words.light}' was taken for the light of {words.daytime}.")
    named = _named(words, asked, library, strength, filled)
    kinds = {name: library.consent.people[name].kind for name in named}
    pets = {name: label for name, label in named.items() if kinds[name] == "pet"}
    persons = {name: label for name, label in named.items() if name not in pets}
    people = tuple(
        _person(name, label, number, library, strength, needs)
        for number, (name, label) in enumerate(persons.items())
    )
    theme, interest = filling.place(words, asked, set(named), profile, library, strength, filled)

    given = Given(profile, library, stock, embedder, strength, strategy, tuple(pin), tuple(ban))
    references: tuple[Reference, ...] = ()
    if "references" in needs:
        if theme:
            references += gathering.place(
                theme,
                words.sought if theme == words.theme else theme,
                interest,
                asked,
                given,
                filled,
            )
        references += gathering.company(pets, words, asked, given, filled)
    if "person photos" in needs and strength > 0:
        references += gathering.portraits(persons, people, given)
    if references:
        require_pins(given.pin, references)
    if strength > 0 and theme and profile.palette:
        filled.append("Colours lean towards the palette of your photos.")
    usual = size_of(GROUP if len(people) > 1 and not theme else SQUARE)
    shown = bool(named) or any(one.role == "pet" for one in references)
    return Condition(
        prompt=prompt,
        owner=library.name if strength > 0 else "",
        subject="portrait in scene" if shown and theme else "portrait" if shown else "scene",
        theme=theme,
        style=style or words.style or filling.style(profile, strength, filled) or "photo",
        people=people,
        references=references,
        palette=profile.palette if strength > 0 else (),
        mood=words.mood or (filling.mood(profile, strength, filled) if theme else ""),
        strength=strength,
        size=checked(size or words.size or asked.size or usual),
        filled_in=tuple(dict.fromkeys(filled)),
        daytime=words.daytime,
        look=joined(words.look, look),
        lettering=asked.lettering,
        strategy=strategy,
    )


def person_id(library: str, name: str) -> str:
    """What a Condition calls a person of a library: 16 hexadecimal digits, no name."""
    return hashlib.sha256(f"{library}/{name}".encode()).hexdigest()[:16]


def _labels(library: Library) -> set[str]:
    """What the library calls its photos: albums, keywords and places."""
    photos = library.photos
    rows = (*photos.albums, *photos.keywords, *photos.places)
    return {label for row in rows for label in row}


def _named(
    words: Words, asked: Asked, library: Library, strength: float, filled: list[str]
) -> dict[str, str]:
    """Whom the picture shows: name -> label. A card leaves out who may not be depicted."""
    named = dict(zip(words.people, words.labels, strict=True))
    for name, label in dict(named).items():
        if asked.lettering and not may_be_depicted(library.consent, name):
            del named[name]
        else:
            require_permission(library.consent, name, label)
    people = [name for name in named if library.consent.people[name].kind == "person"]
    if strength > 0:
        seen = set(library.faces.name[usable(library.faces)])
        faceless = [name for name in people if name in words.grouped and name not in seen]
        for name in faceless:
            filled.append(f"{listing([named.pop(name)])} was left out: no usable face.")
        people = [name for name in people if name in named]
    if len(people) > MAX_PEOPLE:
        first = sorted(people, key=lambda name: name in words.grouped)[:MAX_PEOPLE]
        if not set(people) - set(first) <= words.grouped:
            raise AlbumenError(
                f"The prompt names {len(people)} people: at most {MAX_PEOPLE} fit in one picture."
            )
        who = listing(named[name] for name in people if name in first)
        filled.append(f"Of {len(people)} people {MAX_PEOPLE} fit in one picture: {who}.")
        named = {
            name: label for name, label in named.items() if name in first or name not in people
        }
    return named


def _person(
    name: str, label: str, number: int, library: Library, strength: float, needs: frozenset[str]
) -> Person:
    """Somebody as embeddings; at strength 0 nobody of this library, whose face is invented."""
    if strength == 0:
        return Person(f"nobody-{number}", label, 0, {})
    embeddings = {
        recogniser: tuple(
            round(float(x), 6) for x in mean_embedding(library.faces, name, recogniser)
        )
        for recogniser in (CONDITIONING if "faces" in needs else ())
    }
    faces = int((library.faces.name == name).sum())
    return Person(person_id(library.name, name), label, faces, embeddings)
