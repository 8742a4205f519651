"""What pictures are judged against: real photos and faces that conditioned none of them."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8, UInt64

from albumen.benchmark.grid import Owner, person_of
from albumen.benchmark.split import prints_of
from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.faces import RECOGNISERS, detect, usable
from albumen.library import Library, opener
from albumen.metrics.copying import Bounds, audit_bounds

# the faces of an sRGB picture as one recogniser's vectors, one row a face
FindFaces = Callable[[UInt8[np.ndarray, "h w 3"]], Float[np.ndarray, "f d"]]


@dataclass(frozen=True)
class Pool:
    """The photos that a picture could be a copy of, and when it is one."""

    photo_ids: tuple[str, ...]
    vectors: Float[np.ndarray, "n d"]  # of the encoder that scores
    prints: UInt64[np.ndarray, "n v"]
    bounds: Bounds
    open: Callable = field(repr=False)  # photo_id, least side -> PIL image
    fresh: tuple[str, ...] = ()  # held out: no picture was made from them


class Faces(NamedTuple):
    """One person's real faces, as one recogniser's vectors."""

    held_out: Float[np.ndarray, "h d"]
    conditioning: Float[np.ndarray, "c d"]


@dataclass(frozen=True)
class Judge:
    """Everything a picture is scored with."""

    scorer: Embedder  # no generator's and no brief's encoder
    recogniser: str
    find_faces: FindFaces = field(repr=False)
    pools: dict[str, Pool]  # by maker; "" is nobody's: the stock photos
    held_out: dict[str, Float[np.ndarray, "h d"]]  # owner -> held-out photos
    people: dict[tuple[str, str], Faces]  # (owner, name), everybody named
    subjects: dict[tuple[str, str], tuple[str, str]]  # (owner, relation) -> key of people
    simulated: frozenset[tuple[str, str]]  # keys of people who do not exist

    def digest(self) -> str:
        """Names what a picture is read with: both encoders, and the photos it may be a copy of."""
        pools = {maker: [pool.photo_ids, pool.fresh] for maker, pool in self.pools.items()}
        text = json.dumps([self.scorer.name, self.recogniser, pools], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def kind(self, owner: str, subject: str) -> str:
        """simulated, real, or "" for a scene."""
        if not subject:
            return ""
        return "simulated" if self.subjects.get((owner, subject)) in self.simulated else "real"


def face_finder(recogniser: str) -> FindFaces:
    """A function that finds and embeds every face of a picture with one of `RECOGNISERS`."""
    if recogniser not in RECOGNISERS:
        raise AlbumenError(f"'{recogniser}' is not one of: {', '.join(sorted(RECOGNISERS))}.")

    def find_faces(rgb: UInt8[np.ndarray, "h w 3"]) -> Float[np.ndarray, "f d"]:
        rows = [RECOGNISERS[recogniser](rgb, face.landmarks) for face in detect(rgb)]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float32)

    return find_faces


def make_judge(
    owners: Mapping[str, Owner],
    stock: Library,
    scorer: Embedder,
    recogniser: str,
    find_faces: FindFaces,
    simulated: Mapping[str, Collection[str]],
) -> Judge:
    """Gather what pictures are judged against.

    `stock` holds vectors of `scorer`. `simulated`: owner -> names of people who do not exist;
    scores on them flatter the generator that made them and are kept apart. Raises AlbumenError when
    `scorer` is the encoder that selects references: it would mark its own work.
    """
    for owner in owners.values():
        if owner.library.embedder == scorer.name:
            raise AlbumenError(
                f"'{scorer.name}' selects the references of '{owner.library.name}' and cannot "
                "score the pictures: use another encoder."
            )
    theirs = prints_of(stock)
    pools = {"": _pool([stock], [theirs], ())}
    for name, owner in owners.items():
        pools[name] = _pool([owner.judged, stock], [owner.prints, theirs], owner.split.held_out)
    return Judge(
        scorer=scorer,
        recogniser=recogniser,
        find_faces=find_faces,
        pools=pools,
        held_out={
            name: owner.judged.only(owner.split.held_out).vectors for name, owner in owners.items()
        },
        people={
            (name, person): faces
            for name, owner in owners.items()
            for person, faces in _people(owner, recogniser).items()
        },
        subjects={
            (name, entry.relation): (name, person)
            for name, owner in owners.items()
            for person, entry in owner.library.consent.people.items()
            if person_of(owner.library.consent, entry.relation) == person
        },
        simulated=frozenset((owner, name) for owner, names in simulated.items() for name in names),
    )


def _pool(
    libraries: list[Library], prints: list[UInt64[np.ndarray, "_ v"]], fresh: Collection[str]
) -> Pool:
    vectors = np.concatenate([library.vectors for library in libraries])
    prints = np.concatenate(prints)
    ids = [one for library in libraries for one in library.photos.photo_id]
    bounds = audit_bounds(vectors, prints)
    return Pool(tuple(ids), vectors, prints, bounds, opener(*libraries), tuple(fresh))


def _people(owner: Owner, recogniser: str) -> dict[str, Faces]:
    faces = owner.library.faces
    if faces.empty:
        return {}
    faces = faces[usable(faces) & faces.name.notna()]
    vectors = np.array(faces[recogniser].tolist(), float).reshape(len(faces), -1)
    held = faces.photo_id.isin(owner.split.held_out).to_numpy()
    names = faces.name.to_numpy()
    return {
        name: Faces(vectors[(names == name) & held], vectors[(names == name) & ~held])
        for name in sorted(set(names))
    }
