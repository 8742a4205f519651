"""What a prompt leaves open, filled from the profile and said in words.

How much is filled is a matter of strength, see `albumen.brief.brief`.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from albumen.brief.prompt import Words
from albumen.brief.ranking import scenery
from albumen.brief.relations import listing
from albumen.brief.things import THINGS
from albumen.brief.usecases import Asked, share
from albumen.library import Library
from albumen.profile.naming import UNCLEAR
from albumen.profile.words import MOODS
from albumen.records import Interest, Profile

HALF = 0.5  # strength from which style and mood are filled
NOBODYS = "a beautiful landscape"  # an open place without a profile
PREVAILS = 1 / 3  # share of the photos that a mood must have
LEADS = 0.5  # and of those whose mood is clear


def place(
    words: Words,
    asked: Asked,
    named: Collection[str],
    profile: Profile,
    library: Library,
    strength: float,
    filled: list[str],
) -> tuple[str, Interest | None]:
    """What the scene shows: the prompt's words, or the profile's strongest interest.

    Of people alone there is none; pets, things and a card without its receiver need one. `named`:
    whom of the prompt's people the picture shows.
    """
    if asked.theme and words.theme.split()[-len(asked.theme.split()) :] == asked.theme.split():
        return asked.theme, asked.interest
    if words.theme and not words.open:
        return words.theme, None
    unseen = [name for name in words.people if name not in named] if asked.lettering else []
    if unseen and not named:
        album = haunt(unseen, library) if strength > 0 else ""
        shows = f"'{album}', an album with photos of them" if album else "a scene instead"
        who = listing(words.labels)
        filled.append(f"For {who} consent.yaml does not allow pictures: the card shows {shows}.")
        if album:
            return album, None
    pets = any(library.consent.people[name].kind == "pet" for name in named)
    if not (words.open or pets or words.objects or (unseen and not named)):
        return "", None
    best = [one for one in profile.interests if one.name != UNCLEAR] if strength > 0 else []
    what = "interest"
    if (named or words.objects) and any(one.name in THINGS for one in best):
        places = [one for one in best if one.name not in THINGS]  # nobody stands in a meal
        best, what = (places, "interest in a place") if places else (best, what)
    if not best:
        why = "no personalisation" if strength == 0 else "the profile names no interest"
        filled.append(f"The place was left open; with {why} it is '{NOBODYS}'.")
        return NOBODYS, None
    first = max(best, key=lambda one: one.weight)
    part = share(first, profile)
    filled.append(f"The place was left open: '{first.name}', your strongest {what} ({part}).")
    return first.name, first if first.members else None  # without photos its name is all there is


def haunt(names: Sequence[str], library: Library) -> str:
    """The album with the most photos of these people that holds scenery, too; "" if none does."""
    shown = [not set(names).isdisjoint(people) for people in library.photos.people]
    albums = Counter(one for row in library.photos.albums[shown] for one in row)
    scenes = {label for labels in scenery("own", library).labels for label in labels}
    ranked = sorted(albums.items(), key=lambda one: (-one[1], one[0]))
    return next((album for album, _ in ranked if album in scenes), "")


def mood(profile: Profile, strength: float, filled: list[str]) -> str:
    """The mood that the owner states, else the one that prevails among the photos, else ""."""
    if strength < HALF:
        return ""
    moods = [one for one in profile.traits if one.facet == "mood" and one.value in MOODS]
    stated = profile.made_from.get("stated", {}).get("moods", ())
    liked = [one for one in moods if one.value in stated]
    best = max(liked or moods, key=lambda one: one.share, default=None)
    if best is None:
        return ""
    clear = sum(one.share for one in moods)
    if not liked and (best.share < PREVAILS or best.share < LEADS * clear):
        return ""
    why = "which you say you like" if liked else f"as {best.share:.0%} of your photos are"
    filled.append(f"The mood was left open: {best.value}, {why}.")
    return best.value


def style(profile: Profile, strength: float, filled: list[str]) -> str:
    """The style that the owner favours, else ""."""
    if strength < HALF or not profile.styles:
        return ""
    best, _ = max(profile.styles, key=lambda one: one[1])
    filled.append(f"The style was left open: {best}, which you favour.")
    return best
