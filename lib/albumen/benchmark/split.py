"""Which photos may condition a picture, and which are held out to score it.

Whole albums are held out (whole days where there are none): a photo of the same afternoon is half
a copy. Near-duplicates end on one side together.
"""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, UInt64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from albumen.errors import AlbumenError
from albumen.faces import usable
from albumen.library import Library
from albumen.prints import aligned_share, nearest_hash, print_of

HELD_OUT = 1 / 3  # of the photos, about
TOLERANCE = 0.1  # of that share, before it costs more than a balanced taste gains
FACES = 2  # of every person who may be depicted, on each side
DUPLICATE_BITS = 12  # of 64: near enough to be looked at; different portraits come as near
SAME_BITS = 4  # near enough not to be: a photo recompressed or made smaller
DUPLICATE_SHARE = 0.75  # of one photo that the other explains: two portraits reach .6, copies .83
EXHAUSTIVE = 14  # groups up to which every split is tried
STARTS = 64  # of the search beyond
PRINT_SIDE = 256  # pixels decoded to take a photo's print


class Split(NamedTuple):
    """Photo ids of the two sides, sorted, and what could not be had, as sentences."""

    conditioning: tuple[str, ...]
    held_out: tuple[str, ...]
    notes: tuple[str, ...]


def split(library: Library, prints: UInt64[np.ndarray, "n v"] | None = None) -> Split:
    """Hold out about a third of the photos, by album, else by day.

    Of all splits (a search where there are many groups) the one that leaves every person whom
    consent allows to be depicted FACES faces on both sides, holds out about HELD_OUT, and shows
    the same kinds of photo on both sides. The same library gives the same split. `prints` are
    those of `prints_of`, where they are known already. Raises AlbumenError when the library is
    one group, which cannot be split.
    """
    labels = _groups(library, prints_of(library) if prints is None else prints)
    count = int(labels.max()) + 1
    if count < 2:
        raise AlbumenError(
            f"'{library.name}' cannot be split: all of its {len(labels)} photos are of one album "
            "or day, expected two or more."
        )
    people = _people(library)
    faces = np.array([np.bincount(labels[rows], minlength=count) for rows in people.values()])
    faces = faces.reshape(len(people), count)
    sizes = np.bincount(labels, minlength=count)
    sums = np.zeros((count, library.vectors.shape[1]))
    np.add.at(sums, labels, library.vectors.astype(float))
    held = _search(sizes, faces, sums)[labels]
    sides = [tuple(sorted(library.photos.photo_id[side])) for side in (~held, held)]
    return Split(*sides, tuple(_notes(people, held)))


def prints_of(library: Library) -> UInt64[np.ndarray, "n v"]:
    """Perceptual hashes [n, views] of the library's photos, row by row (`albumen.prints`)."""
    if library.photos.empty:
        raise AlbumenError(f"'{library.name}' has no photo that may be used.")
    return np.stack([print_of(library.open(one, PRINT_SIDE)) for one in library.photos.photo_id])


def _groups(library: Library, prints: UInt64[np.ndarray, "n v"]) -> Int[np.ndarray, " n"]:
    """Each photo's group, 0 and up: photos of an album or day, and their near-duplicates."""
    keys = [_key(row) for row in library.photos.itertuples()]
    number = {key: i for i, key in enumerate(sorted(set(keys)))}
    labels = np.array([number[key] for key in keys], dtype=int)
    bits = np.array([nearest_hash(own[0], prints) for own in prints])
    near = (bits <= DUPLICATE_BITS) & (labels[:, None] != labels)
    links = [
        (labels[a], labels[b])
        for a, b in np.argwhere(near).tolist()
        if bits[a, b] <= SAME_BITS or _same(library, a, b)
    ]
    a, b = np.array(links, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(number),) * 2)
    return connected_components(graph, directed=False)[1][labels].astype(int)


def _same(library: Library, a: int, b: int) -> bool:
    one, other = (library.open(library.photos.photo_id[row], PRINT_SIDE) for row in (a, b))
    return aligned_share(one, other) >= DUPLICATE_SHARE


def _key(photo: tuple) -> str:
    if photo.albums:
        return f"album {photo.albums[0]}"
    taken = photo.taken_local if pd.notna(photo.taken_local) else photo.taken_utc
    return f"day {taken.date()}" if pd.notna(taken) else f"photo {photo.photo_id}"


def _people(library: Library) -> dict[str, Int[np.ndarray, " f"]]:
    """For everybody who may be depicted, the row of the photo of each usable face."""
    row = {photo_id: i for i, photo_id in enumerate(library.photos.photo_id)}
    faces = library.faces[usable(library.faces)] if len(library.faces) else library.faces
    return {
        entry.relation or f"person {i}": np.array(
            [row[one] for one in faces.photo_id[faces.name == name]], dtype=int
        )
        for i, (name, entry) in enumerate(library.consent.people.items(), start=1)
        if entry.generate and entry.kind == "person"
    }


def _search(
    sizes: Int[np.ndarray, " g"], faces: Int[np.ndarray, "p g"], sums: Float[np.ndarray, "g d"]
) -> Bool[np.ndarray, " g"]:
    """The groups to hold out."""
    count = len(sizes)
    if count <= EXHAUSTIVE:
        sides = np.array(list(itertools.product([False, True], repeat=count))[1:-1])
        return sides[_costs(sides, sizes, faces, sums).argmin()]
    rng = np.random.default_rng(0)
    found = [_descend(rng.random(count) < HELD_OUT, sizes, faces, sums) for _ in range(STARTS)]
    return min(found, key=lambda one: one[0])[1]


def _descend(
    side: Bool[np.ndarray, " g"],
    sizes: Int[np.ndarray, " g"],
    faces: Int[np.ndarray, "p g"],
    sums: Float[np.ndarray, "g d"],
) -> tuple[float, Bool[np.ndarray, " g"]]:
    """Move one group at a time to the other side while that costs less."""
    cost = float(_costs(side[None], sizes, faces, sums)[0])
    while True:
        moved = side ^ np.eye(len(side), dtype=bool)
        costs = _costs(moved, sizes, faces, sums)
        if costs.min() >= cost:
            return cost, side
        cost, side = float(costs.min()), moved[costs.argmin()]


def _costs(
    sides: Bool[np.ndarray, "m g"],
    sizes: Int[np.ndarray, " g"],
    faces: Int[np.ndarray, "p g"],
    sums: Float[np.ndarray, "g d"],
) -> Float[np.ndarray, " m"]:
    """Cost of each way to hold groups out: missing faces first, then the share, then the taste."""
    sides = sides.astype(float)
    share = sides @ sizes / sizes.sum()
    lacking = sum(
        (np.maximum(FACES - faces @ one.T, 0) ** 2).sum(axis=0) for one in (sides, 1 - sides)
    )
    off = np.abs(share - HELD_OUT)
    means = [one @ sums for one in (sides, 1 - sides)]
    lengths = np.prod([np.linalg.norm(mean, axis=1) for mean in means], axis=0)
    apart = 1 - (means[0] * means[1]).sum(axis=1) / np.maximum(lengths, 1e-9)
    empty = (share == 0) | (share == 1)
    return 1e6 * empty + 1e3 * lacking + 100 * np.maximum(off - TOLERANCE, 0) + apart + off


def _notes(people: dict[str, Int[np.ndarray, " f"]], held: Bool[np.ndarray, " n"]) -> list[str]:
    notes = []
    for label, rows in people.items():
        out, kept = int(held[rows].sum()), int((~held[rows]).sum())
        if min(out, kept) < FACES:
            notes.append(
                f"'{label}' has {kept} faces to condition on and {out} held out: no split by "
                f"album or day leaves {FACES} on both sides."
            )
    return notes
