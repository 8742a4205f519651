"""From a library to its owner's preference profile: interests, palette, people, and how sure."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.interests import DOUBTFUL, Clusters, find_interests
from albumen.profile.naming import name_interests
from albumen.profile.palette import palette_of
from albumen.profile.traits import traits
from albumen.profile.weights import fading, photo_weights, usable
from albumen.records import Interest, Known, Profile, Trust
from albumen.tables import SIMULATED, TIME_SOURCES

__all__ = ["map_profile", "score", "usable"]

EXEMPLARS = 5
FEW = 10  # photos below which interests cannot be told apart
RECENT = 2.0  # years after which a photo counts half for what is recent
TEMPERATURE = 0.1  # of the soft maximum over interests, in cosine


def map_profile(
    library: Library,
    embedder: Embedder,
    *,
    method: str = "linked",
    clusters: int | None = None,
    half_life: float | None = None,
    seed: int = 0,
) -> Profile:
    """Map the owner's interests, palette, traits and people.

    Edited copies, screenshots, documents and portraits do not count as interests (people are a
    section of their own); bursts and long occasions count less a photo, favourites more (see
    `weights`), and with `half_life` in years old photos less. `method` is one of CLUSTERERS;
    `clusters` fixes the number of interests (for hdbscan the least photos of one); by default it is
    chosen (see `interests`). What cannot be known is said in `notes`. The same library, embedder
    and seed give the same profile.

    Raises AlbumenError when the library's vectors are not this embedder's or hold NaN, and when
    `method`, `clusters` or `half_life` cannot be.
    """
    if library.vectors.shape[1] != embedder.dim:
        raise AlbumenError(
            f"'{library.name}' was embedded with '{library.embedder}', not '{embedder.name}'."
        )
    broken = library.photos.photo_id[~np.isfinite(library.vectors).all(axis=1)]
    if len(broken):
        raise AlbumenError(
            f"{len(broken)} of the {len(library.photos)} embeddings of '{library.name}' are not "
            f"numbers, the first that of photo {broken.iloc[0][:12]}: embed these photos again."
        )
    if half_life is not None and not half_life > 0:
        raise AlbumenError(f"half_life is {half_life}: expected years above 0, or none.")
    table = photo_weights(library, half_life=half_life)
    used = (table.why == "").to_numpy()
    photos, vectors = library.photos[used].reset_index(drop=True), library.vectors[used]
    counted = table[used].reset_index(drop=True)
    wanted = clusters if clusters is not None or len(photos) >= FEW else 1
    weights, occasions = counted.weight.to_numpy(), counted.occasion.to_numpy()
    found = find_interests(vectors, weights, occasions, method=method, clusters=wanted, seed=seed)
    each = np.where(used, 1.0, 0.0)
    return Profile(
        owner=library.consent.owner,
        embedder=embedder.name,
        interests=_interests(photos, vectors, counted, found, embedder) if len(photos) else (),
        palette=palette_of(library, each, seed=seed),
        people=_people(library),
        photos=len(library.photos),
        trust=Trust(
            interests=found.apart,
            p=found.p,
            noise=float((found.labels < 0).mean()) if len(photos) else 0.0,
            silhouette=found.silhouette,
            stability=found.stability,
            seeds=found.seeds,
            tried=found.tried,
        ),
        notes=tuple(_notes(table, found, len(library.looks))),
        made_from={
            "photo_ids_sha256": _digest(library.photos.photo_id),
            "used": len(photos),
            "method": method,
            "clusters": clusters,
            "half_life": half_life,
            "seed": seed,
        },
        traits=traits(library, table.weight.to_numpy(), embedder),
        simulated=bool((library.photos.source == SIMULATED).any()),
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


def _interests(
    photos: pd.DataFrame,
    vectors: Float[np.ndarray, "n d"],
    counted: pd.DataFrame,
    found: Clusters,
    embedder: Embedder,
) -> tuple[Interest, ...]:
    """The clusters as records, the strongest first as they come."""
    names = name_interests(vectors, found.labels, _labels(photos), embedder)
    ids, weights = photos.photo_id.to_numpy(), counted.weight.to_numpy()
    total = weights[found.labels >= 0].sum()
    recent = _recent(photos, weights, found.labels)
    interests = []
    for one, naming in enumerate(names):
        inside = np.flatnonzero(found.labels == one)
        mean = np.average(vectors[inside], axis=0, weights=weights[inside])
        direction = mean / np.linalg.norm(mean)
        cosines = vectors[inside] @ direction
        ranked = inside[np.argsort(-cosines, kind="stable")]
        share = float(weights[inside].sum() / total)
        interests.append(
            Interest(
                name=naming.name,
                terms=naming.terms,
                margin=naming.margin,
                concepts=naming.concepts,
                medoid=str(ids[ranked[0]]),
                exemplars=tuple(ids[_spread(ranked, vectors)]),
                members=tuple(ids[inside]),
                weight=share,
                photographed=share,
                recent=None if recent is None else float(recent[one]),
                events=int(counted.occasion[inside].nunique()),
                stability=float(found.jaccard[one]),
                concentration=float(cosines.mean()),
                direction=tuple(round(float(value), 6) for value in direction),
            )
        )
    return tuple(interests)


def _recent(
    photos: pd.DataFrame, weights: Float[np.ndarray, "n"], labels: Int[np.ndarray, "n"]
) -> Float[np.ndarray, "k"] | None:
    """Each interest's share when photos count half every RECENT years; None where times lack."""
    if not photos.time_source.map(TIME_SOURCES).ne("").any():
        return None
    inside = labels >= 0
    left = (weights * fading(photos, RECENT))[inside]
    return np.bincount(labels[inside], left) / left.sum()


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


def _notes(table: pd.DataFrame, found: Clusters, looked_at: int) -> Iterable[str]:
    """What the profile cannot know, as sentences."""
    out = table.why[table.why != ""].value_counts(sort=False)
    if len(out):
        reasons = ", ".join(f"{why} ({count})" for why, count in out.items())
        yield f"{out.sum()} of {len(table)} photos do not count for the interests: {reasons}."
    used = int((table.why == "").sum())
    if not used:
        yield "No photo is left to read interests from."
    elif used < FEW:
        yield f"Only {used} photos are left: too few to tell interests apart."
    elif not found.apart:
        yield (
            "No clear interests: the photos do not fall into groups more than photos without any "
            "would, and are read as one."
        )
    else:
        loose = int((found.labels < 0).sum())
        if loose:
            yield f"{loose} of {used} photos belong to no interest: they are few of their kind."
        doubtful = int((found.jaccard < DOUBTFUL).sum())
        if doubtful:
            yield (
                f"{doubtful} of {len(found.jaccard)} interests are doubtful: drawn again, the "
                "photos would group differently."
            )
    if used and table.occasion[table.why == ""].nunique() == used:
        yield "No photo shares an occasion with another: times or near-duplicates tell nothing."
    if looked_at < len(table):
        yield f"{len(table) - looked_at} photos were not looked at for palette and light."
    yield "Interests are what was photographed and kept, which is not all that is liked."
