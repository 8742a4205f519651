"""What the embedded generator will not draw, each said in one sentence before a pixel is made."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from albumen import embed
from albumen.errors import AlbumenError
from albumen.generate.grade import DAYTIMES, MOODS
from albumen.generate.numbers import check_numbers
from albumen.generate.places import CLOSE_UP, closest_face
from albumen.generate.scene import MOST
from albumen.generate.style import STYLES
from albumen.records import Condition, Reference

SUBJECTS = ("portrait", "portrait in scene", "scene")
ROLES = ("base", "object", "person", "pet", "scene")
SIDES = (256, 1536)  # pixels
STEP = 8
MOST_PEOPLE = 3
MOST_THINGS = 6  # pets and objects
# Cosine to the nearest of the other photos, by the embedded embedder. Of 4 photos of one album of
# the demo 98 in 100 times all reach it, of 4 drawn from all albums 1 in 5; what a brief picks is
# at .3 and more.
KIN = 0.1


def check(condition: Condition, seeds: Sequence[int]) -> None:
    """Raise AlbumenError when this condition cannot be drawn, whatever its photos show."""
    named = (
        ("Style", condition.style, tuple(STYLES)),
        ("Subject", condition.subject, SUBJECTS),
        ("Mood", condition.mood, ("", *MOODS)),
        ("Daytime", condition.daytime, ("", *DAYTIMES)),
        *(("Reference role", one.role, ROLES) for one in condition.references),
    )
    for what, word, words in named:
        if word not in words:
            known = ", ".join(filter(None, words))
            raise AlbumenError(f"{what} '{word}' is not one of: {known}.")
    check_numbers(condition, seeds, SIDES, STEP)
    _check_counts(condition)


def check_places(
    references: Sequence[Reference], photos: Sequence[Image.Image], theme: str
) -> None:
    """Raise AlbumenError when a photo shows somebody close up, or does not belong with the others.

    The brief only picks photos of the theme; but a condition may be written by hand, pinned photos
    come in whatever they show, and a beach and a kitchen make no place. `photos` are those of
    `references`, row by row, at any size.
    """
    for one, photo in zip(references, photos, strict=True):
        if (height := closest_face(photo)) > CLOSE_UP:
            raise AlbumenError(
                f"Photo {one.photo_id[:12]} shows a face of {height:.0%} of its height: "
                "a scene is made from places, so leave it out."
            )
    if len(photos) < 2:
        return
    vectors = embed.make("embedded").embed_images(photos)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    nearest = alike.max(1)
    # of two that are strangers to each other, the lighter one is named
    order = sorted(range(len(photos)), key=lambda k: (nearest[k], references[k].weight))
    if nearest[order[0]] < KIN:
        raise AlbumenError(
            f"Photo {references[order[0]].photo_id[:12]} does not belong with the others of the "
            f"scene '{theme}': leave it out."
        )


def _check_counts(condition: Condition) -> None:
    """Who and how many may be where."""
    places, bases, things = (
        [one for one in condition.references if one.role in roles]
        for roles in (("scene",), ("base",), ("pet", "object"))
    )
    if len(condition.people) > MOST_PEOPLE:
        raise AlbumenError(
            f"The condition has {len(condition.people)} people, expected at most {MOST_PEOPLE}."
        )
    if condition.subject == "portrait":
        if places or bases or things:
            raise AlbumenError(
                "A portrait is made from faces alone, not from photos: "
                "use the subject 'portrait in scene' for a place or a pet."
            )
        return
    if condition.subject == "scene" and condition.people:
        raise AlbumenError("A scene shows no people: use the subject 'portrait in scene'.")
    if len(bases) > 1:
        raise AlbumenError(f"The condition has {len(bases)} photos of the base, expected one.")
    if not 1 <= len(places) + len(bases) <= MOST:
        raise AlbumenError(
            f"The condition has {len(places)} photos of the scene '{condition.theme}', "
            f"expected 1 to {MOST}."
        )
    if sum(one.weight for one in places or bases) <= 0:
        raise AlbumenError("The weights of the scene's photos are all 0, expected a sum of 1.")
    if len(things) > MOST_THINGS:
        raise AlbumenError(
            f"The condition has {len(things)} pets and objects, expected at most {MOST_THINGS}."
        )
