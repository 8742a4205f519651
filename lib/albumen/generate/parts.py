"""Which photo or person each pixel of a picture is from, before and after it is finished."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Int, UInt8

from albumen.generate.lettering import card_window
from albumen.records import GENERATED, INPAINTED, Person, Reference, Source

FACE = "face embedding"
HOW = {"scene": "scene pixels", "base": "base pixels", "pet": "cut-out", "object": "cut-out"}

Map = Int[np.ndarray, "h w"]


class Draft(NamedTuple):
    """A picture before its style."""

    image: UInt8[np.ndarray, "h w 3"]
    parts: Map  # per pixel: index into `sources`, people among them; INPAINTED; GENERATED
    sources: tuple[Source, ...]  # their weights not counted yet


def source(one: Reference) -> Source:
    """The source of a photo, not counted yet."""
    return Source(one.photo_id, 0.0, HOW[one.role], one.pool)


def with_people(
    photos: Sequence[Source], people: Sequence[Person | None]
) -> tuple[tuple[Source, ...], list[int]]:
    """The sources with everybody who exists behind them, and where in a map each person is."""
    sources, indices = list(photos), []
    for person in people:
        exists = person is not None and person.embeddings
        indices.append(len(sources) if exists else GENERATED)
        if exists:
            sources.append(Source(person.person_id, 0.0, FACE))
    return tuple(sources), indices


def composed_parts(shown: Map, behind: Map, indices: Sequence[int]) -> Map:
    """The map of a composition: `behind`, and for the layers that are shown their `indices`."""
    return np.where(
        shown >= 0, np.array([*indices, 0])[shown], np.where(shown == -2, INPAINTED, behind)
    )


def in_card(parts: Map) -> Map:
    """The map of a picture on a card, whose paper is generated."""
    left, top, width, height = card_window(parts.shape[::-1])
    card = np.full(parts.shape, GENERATED)
    small = cv2.resize(parts.astype(np.int16), (width, height), interpolation=cv2.INTER_NEAREST)
    card[top : top + height, left : left + width] = small
    return card


def counted(parts: Map, sources: Sequence[Source]) -> tuple[Map, tuple[Source, ...]]:
    """The source map of a picture, in which people are GENERATED, and each source's share of it."""
    people = [k for k, one in enumerate(sources) if one.how == FACE]
    shares = [float((parts == k).mean()) for k in range(len(sources))]
    weighed = tuple(
        dataclasses.replace(one, weight=share) for one, share in zip(sources, shares, strict=True)
    )
    return np.where(np.isin(parts, people), GENERATED, parts), weighed
