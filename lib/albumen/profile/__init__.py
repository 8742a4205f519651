"""From a library to its owner's preference profile: interests, palette, people, and how sure."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.interests import Clusters, find_interests, near_duplicate_weights
from albumen.profile.naming import name_interests
from albumen.profile.palette import palette
from albumen.records import Colour, Interest, Known, Profile, Trust

UNFIT = frozenset({"creation", "edited", "screenshot"})  # flags: not what the owner took
PORTRAIT = 0.25  # a face taller than this share of the photo makes it a picture of somebody
FAVOURITE = 2.0  # weight of a favourite
EXEMPLARS = 5
FEW = 10  # photos below which interests cannot be told apart
PALETTE_PHOTOS = 200  # looked at, spread over the library
TEMPERATURE = 0.1  # of the soft maximum over interests, in cosine


def map_profile(
    library: Library, embedder: Embedder, *, clusters: int | None = None, seed: int = 0
) -> Profile:
    """Map the owner's interests, palette and people.

    Edited copies, screenshots and portraits do not count as interests (people are a section of
    their own), near-duplicates share one photo's weight, favourites count twice. `clusters` fixes
    the number of interests; by default it is chosen (see `interests`). What cannot be known is
    said in `notes`. The same library, embedder and seed give the same profile.

    Raises AlbumenError when the library's vectors are not this embedder's.
    """
    if library.vectors.shape[1] != embedder.dim:
        raise AlbumenError(
            f"'{library.name}' was embedded with '{library.embedder}', not '{embedder.name}'."
        )
    fit, portrait = usable(library.photos), _portraits(library)
    used = fit & ~portrait
    photos, vectors = library.photos[used].reset_index(drop=True), library.vectors[used]
    weights = near_duplicate_weights(vectors) * np.where(photos.favourite, FAVOURITE, 1.0)
    wanted = clusters if clusters is not None or len(photos) >= FEW else 1
    found = find_interests(vectors, weights, clusters=wanted, seed=seed)
    colours, unseen = _colours(library, photos.photo_id.tolist(), seed)
    left_out = int((~fit).sum()), int((fit & portrait).sum())
    return Profile(
        owner=library.consent.owner,
        embedder=embedder.name,
        interests=_interests(photos, vectors, weights, found, embedder) if len(photos) else (),
        palette=colours,
        people=_people(library),
        photos=len(library.photos),
        trust=Trust(
            interests=found.apart,
            noise=float((found.labels < 0).mean()) if len(photos) else 0.0,
            silhouette=found.silhouette,
            stability=found.stability,
        ),
        notes=tuple(_notes(len(photos), *left_out, found, unseen)),
        made_from={
            "photo_ids_sha256": _digest(library.photos.photo_id),
            "used": len(photos),
            "clusters": clusters,
            "gain": {str(k): round(gain, 4) for k, gain in found.gain.items()},
            "seed": seed,
        },
    )


def score(profile: Profile, vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n"]:
    """How well photos or pictures suit the owner, -1..1 in cosine; higher suits better.

    The soft maximum over the interests, t log sum(weight exp(cos / t)) with the weights summing to
    1 and t = 0.1: it is enough to suit one interest, and a strong one counts a little more.
    `vectors` are unit rows of the embedder that made the profile. Raises AlbumenError when the
    profile has no interests or was made by an embedder of another dimension.
    """
    if not profile.interests:
        raise AlbumenError(f"The profile of {profile.owner} has no interests to score against.")
    directions = np.array([one.direction for one in profile.interests])
    if directions.shape[1] != vectors.shape[1]:
        raise AlbumenError(
            f"The profile of {profile.owner} was made with '{profile.embedder}': "
            f"its directions have {directions.shape[1]} numbers, these vectors {vectors.shape[1]}."
        )
    weights = np.array([one.weight for one in profile.interests])
    cosines = vectors.astype(np.float64) @ directions.T
    highest = cosines.max(axis=1, keepdims=True)
    mixed = np.exp((cosines - highest) / TEMPERATURE) @ (weights / weights.sum())
    return highest[:, 0] + TEMPERATURE * np.log(mixed)


def usable(photos: pd.DataFrame) -> Bool[np.ndarray, "n"]:
    """Which photos are as their owner took them."""
    return np.array([not UNFIT & set(flags) for flags in photos["flags"]], bool)


def _portraits(library: Library) -> Bool[np.ndarray, "n"]:
    large = library.faces[library.faces.h > PORTRAIT]
    return library.photos.photo_id.isin(large.photo_id).to_numpy()


def _interests(
    photos: pd.DataFrame,
    vectors: Float[np.ndarray, "n d"],
    weights: Float[np.ndarray, "n"],
    found: Clusters,
    embedder: Embedder,
) -> tuple[Interest, ...]:
    """The clusters as records, the strongest first as they come."""
    names = name_interests(vectors, found.labels, _labels(photos), embedder)
    ids = photos.photo_id.to_numpy()
    interests = []
    for one, naming in enumerate(names):
        inside = np.flatnonzero(found.labels == one)
        mean = np.average(vectors[inside], axis=0, weights=weights[inside])
        direction = mean / np.linalg.norm(mean)
        cosines = vectors[inside] @ direction
        ranked = inside[np.argsort(-cosines, kind="stable")]
        interests.append(
            Interest(
                name=naming.name,
                terms=naming.terms,
                margin=naming.margin,
                concepts=naming.concepts,
                medoid=str(ids[ranked[0]]),
                exemplars=tuple(ids[_spread(ranked, vectors)]),
                members=tuple(ids[inside]),
                weight=float(weights[inside].sum() / weights.sum()),
                stability=float(found.jaccard[one]),
                concentration=float(cosines.mean()),
                direction=tuple(round(float(value), 6) for value in direction),
            )
        )
    return tuple(interests)


def _spread(ranked: np.ndarray, vectors: Float[np.ndarray, "n d"]) -> list[int]:
    """The most typical photos that are no near-duplicates of one another."""
    chosen: list[int] = []
    for photo in ranked:
        if all(vectors[photo] @ vectors[other] < 0.9 for other in chosen):
            chosen.append(int(photo))
        if len(chosen) == EXEMPLARS:
            break
    return chosen


def _labels(photos: pd.DataFrame) -> list[set[str]]:
    """What the owner calls each photo: albums and keywords, without the names of people."""
    people = {name.casefold() for names in photos.people for name in names}
    return [
        {label for label in (*albums, *keywords) if label.casefold() not in people}
        for albums, keywords in zip(photos.albums, photos.keywords, strict=True)
    ]


def _colours(library: Library, photo_ids: list[str], seed: int) -> tuple[tuple[Colour, ...], int]:
    """The palette of photos spread evenly over the library, and how many could not be read."""
    step = max(len(photo_ids) / PALETTE_PHOTOS, 1)
    images, unseen = [], 0
    for place in np.arange(0, len(photo_ids), step).astype(int):
        try:
            images.append(library.open(photo_ids[place], at_least=64))
        except AlbumenError:
            unseen += 1
    return palette(images, seed=seed), unseen


def _people(library: Library) -> tuple[Known, ...]:
    """Whom consent allows in the profile, the most photographed first."""
    known = []
    for name, consent in library.consent.people.items():
        if consent.profile:
            faces = library.faces[library.faces.name == name]
            tagged = library.photos.photo_id[[name in names for names in library.photos.people]]
            seen = len({*tagged, *faces.photo_id})
            known.append(Known(name, consent.relation, consent.kind, seen, len(faces)))
    return tuple(sorted(known, key=lambda one: (-one.photos, one.name)))


def _digest(photo_ids: pd.Series) -> str:
    return hashlib.sha256("\n".join(sorted(photo_ids)).encode()).hexdigest()


def _notes(used: int, unfit: int, portraits: int, found: Clusters, unseen: int) -> Iterable[str]:
    """What the profile cannot know, as sentences."""
    if unfit:
        yield f"{unfit} edited copies, creations or screenshots were left out of the interests."
    if portraits:
        yield f"{portraits} portraits were left out of the interests: they count for the people."
    if not used:
        yield "No photo is left to read interests from."
    elif used < FEW:
        yield f"Only {used} photos are left: too few to tell interests apart."
    elif not found.apart:
        yield "No clear interests: the photos do not fall into groups, and are read as one."
    else:
        loose = int((found.labels < 0).sum())
        if loose:
            yield f"{loose} of {used} photos belong to no interest: they are few of their kind."
        if found.jaccard.min() < 0.6:  # Hennig 2007: below, a cluster is not to be trusted
            yield "Some interests are doubtful: drawn again, the photos would group differently."
    if unseen:
        yield f"{unseen} photos could not be read for the palette."
    yield "Interests are what was photographed and kept, which is not all that is liked."
