"""The references of a condition: the place, who and what is put into it, photos of people."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from albumen.brief.persons import may_be_depicted
from albumen.brief.prompt import Words
from albumen.brief.ranking import CLEARLY, scenery
from albumen.brief.references import (
    SCENE_REFERENCES,
    choose_base,
    choose_objects,
    choose_pet,
    choose_scene,
    person_photos,
    rank,
)
from albumen.brief.themes import named as named_themes
from albumen.brief.themes import resolve
from albumen.brief.usecases import Asked
from albumen.embed import Embedder
from albumen.library import Library
from albumen.records import Interest, Person, Profile, Reference

References = tuple[Reference, ...]


class Given(NamedTuple):
    """What references are picked from, and how."""

    profile: Profile
    library: Library
    stock: Library
    embedder: Embedder
    strength: float
    strategy: str
    pin: Sequence[str]
    ban: Sequence[str]


def place(
    theme: str,
    sought: str,
    interest: Interest | None,
    asked: Asked,
    given: Given,
    filled: list[str],
) -> References:
    """Photos of the scene; the first is of the very place, where that is kept.

    `sought` is what photos are to show of the theme: a light can be drawn.
    """
    sources = (given.profile, given.library, given.stock, given.embedder, given.strength)
    how = {"strategy": given.strategy, "ban": given.ban, "filled": filled}
    ranked = rank(sought, interest, *sources)
    if asked.otherwise and ranked.fits.max() < CLEARLY:
        filled.append(f"No photo shows '{theme}' clearly: '{asked.otherwise}' was looked for.")
        ranked = rank(asked.otherwise, None, *sources)
    if not asked.base:
        chosen = choose_scene(ranked, theme, pin=given.pin, **how)
    else:
        base = choose_base(ranked, theme, pin=given.pin, **how)
        pin = [one for one in given.pin if one != base.photo_id]
        others = ranked[ranked.photo_id != base.photo_id]
        left = others[~others.photo_id.isin(given.ban)]
        more = SCENE_REFERENCES - 1 if left.fits.any() or pin else 0
        chosen = (base, *(choose_scene(others, theme, pin=pin, count=more, **how) if more else ()))
    if interest is None and not named_themes(sought):
        meant = " and ".join(resolve(sought, given.embedder))
        if meant and any(f"shows {meant}" in one.why for one in chosen):
            filled.append(f"'{theme}' was taken for {meant}, the nearest that photos show.")
    return chosen


def company(
    pets: Mapping[str, str], words: Words, asked: Asked, given: Given, filled: list[str]
) -> References:
    """Photos of pets and things to cut out; `pets`: name -> label.

    Essentials are at most `asked.things`: the owner's pet, and things their interests are of, as
    many as the strength says.
    """
    how = {"strategy": given.strategy, "ban": given.ban}
    most = round(asked.things * given.strength)
    if most and not pets:
        pets = _companion(given)
    chosen: References = ()
    for name, label in pets.items():
        chosen += choose_pet(
            *(name, label, given.library, given.stock, given.embedder, given.strength, filled),
            **how,
        )
    count = max(len(words.objects), most - len(chosen) if most else 0)
    if not count:
        return chosen
    how["ban"] = [*given.ban, *(one.photo_id for one in chosen)]
    return chosen + choose_objects(
        words.objects or None,
        *(given.library, given.stock, given.profile, given.embedder, given.strength),
        filled=filled,
        count=count,
        **how,
    )


def portraits(names: Collection[str], people: Sequence[Person], given: Given) -> References:
    """Photos of each person, for generators that need pixels."""
    return tuple(
        photo
        for name, person in zip(names, people, strict=True)
        for photo in person_photos(
            *(given.library, name, person.person_id),
            strategy=given.strategy,
            pin=given.pin,
            ban=given.ban,
        )
    )


def _companion(given: Given) -> dict[str, str]:
    """The pet photographed most that may be depicted and cut out: name -> label."""
    photos = given.library.photos
    free = set(scenery("own", given.library, to_cut=True).photo_id) - set(given.ban)
    seen = {name for people in photos.people[photos.photo_id.isin(free)] for name in people}
    for one in given.profile.people:
        allowed = may_be_depicted(given.library.consent, one.name)
        if one.kind == "pet" and one.name in seen and allowed:
            return {one.name: one.relation or "pet"}
    return {}
