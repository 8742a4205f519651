"""What everybody likes: a profile of several owners and of none, to measure a profile against."""

from collections.abc import Sequence

import numpy as np

from albumen.errors import AlbumenError
from albumen.profile.traits import OPEN
from albumen.profile.vocabulary import themes, unit
from albumen.records import Colour, Interest, Profile, Trait, Trust

OWNER = "population"
LEAST = 2  # owners; fewer are no population
NOTE = "The taste is the mean of other owners' profiles."


def population_profile(profiles: Sequence[Profile]) -> Profile:
    """The mean of these owners' interests, palettes and traits, each owner counting alike.

    Interests of one name are one: its weight is the mean of theirs, 0 for an owner without it, and
    its direction the mean of theirs by weight. Weights are then made to sum to 1. Nothing in it
    leads back to an owner: no photo ids and no people, of names only those of the public themes (an
    owner's own label may be a name), and of traits none whose values are places or people.

    Raises AlbumenError for fewer than LEAST profiles, or profiles of different embedders.
    """
    if len(profiles) < LEAST:
        raise AlbumenError(f"A population is {LEAST} owners or more, not {len(profiles)}.")
    embedders = sorted({one.embedder for one in profiles})
    if len(embedders) > 1:
        raise AlbumenError(f"The profiles are of different embedders: {', '.join(embedders)}.")
    return Profile(
        owner=OWNER,
        embedder=embedders[0],
        interests=_interests(profiles),
        palette=tuple(
            Colour(colour.lab, colour.weight / len(profiles))
            for one in profiles
            for colour in one.palette
        ),
        people=(),
        photos=sum(one.photos for one in profiles),
        trust=Trust(interests=any(one.trust.interests for one in profiles)),
        notes=(NOTE,),
        made_from={"owners": len(profiles)},
        traits=_traits(profiles),
    )


def _interests(profiles: Sequence[Profile]) -> tuple[Interest, ...]:
    named: dict[str, list[Interest]] = {}
    for profile in profiles:
        for one in profile.interests:
            if one.name in themes():
                named.setdefault(one.name, []).append(one)
    whole = sum(one.weight for group in named.values() for one in group)
    mean = [_interest(name, group, whole) for name, group in named.items()]
    return tuple(sorted(mean, key=lambda one: (-one.weight, one.name)))


def _interest(name: str, group: Sequence[Interest], whole: float) -> Interest:
    weights = np.array([one.weight for one in group])
    directions = np.array([one.direction for one in group])
    return Interest(
        name=name,
        terms=(),
        medoid="",
        exemplars=(),
        members=(),
        weight=float(weights.sum() / whole),
        stability=float(np.average([one.stability for one in group], weights=weights)),
        concentration=float(np.average([one.concentration for one in group], weights=weights)),
        direction=tuple(unit(weights @ directions).tolist()),
    )


def _traits(profiles: Sequence[Profile]) -> tuple[Trait, ...]:
    """The mean share of each value among the owners of whom its facet is known."""
    known: dict[str, dict[int, int]] = {}  # facet -> owner -> photos
    found: dict[tuple[str, str], list[Trait]] = {}
    for who, profile in enumerate(profiles):
        for one in profile.traits:
            if one.facet not in OPEN:
                known.setdefault(one.facet, {})[who] = one.known
                found.setdefault((one.facet, one.value), []).append(one)
    return tuple(
        Trait(
            facet,
            value,
            share=sum(one.share for one in same) / len(known[facet]),
            photos=sum(one.photos for one in same),
            known=sum(known[facet].values()),
        )
        for (facet, value), same in found.items()
    )
