"""The frozen records that pass between stages: profile, condition, picture.

A record is plain data: labels, ids, weights and embeddings, never pixels of a photo. Each writes
itself as JSON and reads itself back; a condition's digest names everything made from it.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int, UInt8


@dataclass(frozen=True)
class Lift:
    """How much more of something one owner's photos show than a population's do."""

    ratio: float  # the owner's share over the mean share of the population's owners; 1: as usual
    low: float  # of a 95 % interval
    high: float
    owners: int  # in the population


@dataclass(frozen=True)
class Interest:
    """One interest of an owner: a cluster of photos in embedding space."""

    name: str  # "unclear" is a name
    terms: tuple[tuple[str, float], ...]  # words and their z-scores, strongest first
    medoid: str  # photo_id; "" for an interest that was stated and has no photo
    exemplars: tuple[str, ...]  # photo_ids, the most typical first
    members: tuple[str, ...]  # photo_ids of every photo in it
    weight: float  # share of the owner's preference, 0..1: what everything after goes by
    stability: float  # mean bootstrap Jaccard, 0..1
    concentration: float  # mean cosine to the direction, -1..1
    direction: tuple[float, ...]  # unit vector in the embedder's space
    margin: float = 0.0  # z-score of the name less that of the next best; 0 where it is unclear
    concepts: tuple[tuple[str, float], ...] = ()  # its direction as a sparse mix of words, >= 0
    photographed: float = 0.0  # share of the weighted photos alone, 0..1, before what was stated
    recent: float | None = None  # that share when older photos fade; None where times are unknown
    events: int = 0  # separate occasions it was photographed at
    lift: Lift | None = None  # None without a population


@dataclass(frozen=True)
class Trait:
    """One thing that photos have besides their theme: golden light, the morning, Alma with Bo."""

    facet: str  # light, time of day, composition, mood, place, together, ...
    value: str
    share: float  # of the photos of which the facet is known, weighted, 0..1
    photos: int  # that show it
    known: int  # photos of which the facet is known
    lift: Lift | None = None


@dataclass(frozen=True)
class Colour:
    """One colour of a palette."""

    lab: tuple[float, float, float]  # CIELAB, D65
    weight: float  # 0..1, the palette's sum to 1


@dataclass(frozen=True)
class Known:
    """A person or pet of the library whom consent allows in the profile."""

    name: str
    relation: str  # "me", "mum", "dog", ...; "" if none is given
    kind: str  # person, pet
    photos: int  # photos that show them
    faces: int  # faces found and named


@dataclass(frozen=True)
class Tried:
    """One number of interests (or least size of one) that was tried."""

    size: int
    interests: int
    score: float  # how well the photos bear it out
    chance: float  # mean of the same score over libraries without interests


@dataclass(frozen=True)
class Trust:
    """How sure a profile's interests are."""

    interests: bool  # whether the photos fall into interests at all
    p: float | None = None  # of the null test; None where nothing could be tested
    noise: float = 0.0  # share of the photos that are in no interest, 0..1
    silhouette: float | None = None  # mean, cosine; None with fewer than two interests
    stability: float | None = None  # mean ARI over bootstraps; None with fewer than two interests
    seeds: float | None = None  # mean ARI to what other seeds would choose; None likewise
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What a library says of its owner, what it was made from and how sure it is."""

    owner: str
    embedder: str
    interests: tuple[Interest, ...]
    palette: tuple[Colour, ...]
    people: tuple[Known, ...]
    photos: int
    trust: Trust
    notes: tuple[str, ...]  # what it cannot know, as sentences
    made_from: dict[str, Any]  # settings, and the digest of the photo ids
    traits: tuple[Trait, ...] = ()
    styles: tuple[tuple[str, float], ...] = ()  # stated or rated, weights that sum to 1
    simulated: bool = False  # the owner does not exist


@dataclass(frozen=True)
class Person:
    """Somebody to depict, as face embeddings: no name and no pixels."""

    person_id: str  # digest of library and name
    label: str  # the word of the prompt that named them: "me", "mum"
    faces: int  # how many photographed faces the embeddings average
    embeddings: dict[str, tuple[float, ...]]  # recogniser -> mean embedding


@dataclass(frozen=True)
class Look:
    """How the people of a picture look. None leaves it to the seed."""

    identity: float = 1.0  # 0 nobody in particular .. 1 the person
    smile: float | None = None  # standard deviations over faces, -2..2
    yaw: float | None = None  # likewise, positive to the viewer's right
    age: float | None = None  # years older (negative: younger) than the embeddings look, -30..30


@dataclass(frozen=True)
class Reference:
    """A photo whose pixels the generator may use."""

    photo_id: str
    role: str  # scene, base (its very place is kept), pet, object, person
    weight: float  # 0..1, a role's sum to 1
    why: str  # one sentence for the user
    pool: str = "own"  # own, stock
    shows: str = ""  # a pet's or object's word; a person's person_id
    box: tuple[float, float, float, float] | None = (
        None  # x, y, w, h, shares of the photo; None: all
    )


@dataclass(frozen=True)
class Condition:
    """Everything a generator is told. What leaves the library is in here and nowhere else."""

    prompt: str
    owner: str
    subject: str  # portrait, scene, portrait in scene
    theme: str  # what the scene shows, in words
    style: str  # photo, watercolour, oil, pencil, clay, ...
    people: tuple[Person, ...]
    references: tuple[Reference, ...]
    palette: tuple[Colour, ...]
    mood: str
    strength: float  # 0 no personalisation .. 1 full
    size: tuple[int, int]  # width, height in pixels
    filled_in: tuple[str, ...] = ()  # what the prompt left open and the profile supplied
    daytime: str = ""  # sunrise, day, sunset, night: the light asked for; "" as the photos have it
    look: Look = Look()
    lettering: str = ""  # words written on the picture, such as a card's greeting
    strategy: str = "profile"  # how the references were picked

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hex: the same condition has the same digest."""
        text = json.dumps(to_json(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Wish:
    """What the user asks for; the brief makes a condition of it. None and "" leave it open."""

    prompt: str
    strength: float = 1.0  # 0 no personalisation .. 1 full
    style: str = ""
    size: tuple[int, int] | None = None  # width, height in pixels
    strategy: str = "profile"  # how references are picked
    pin: tuple[str, ...] = ()  # photo ids that must be references
    ban: tuple[str, ...] = ()  # photo ids that must not
    look: Look = Look()
    seed: int = 0


@dataclass(frozen=True)
class Step:
    """One condition in a chain of refinements."""

    wish: Wish
    condition: Condition
    change: str  # what is new against the step before, in words; "" for the first


@dataclass(frozen=True)
class Source:
    """One photo's part in a picture."""

    photo_id: str
    weight: float  # share of the picture's pixels, or of the face's embeddings
    how: str  # "scene pixels", "cut-out", "face embedding", ...
    pool: str = "own"  # own, stock


INPAINTED, GENERATED = -1, -2  # in a source map, where no photo supplied the pixel


@dataclass(frozen=True)
class Picture:
    """A generated picture with its sources."""

    image: UInt8[np.ndarray, "h w 3"] = field(repr=False)  # sRGB
    seed: int
    generator: str
    condition: str  # digest
    sources: tuple[Source, ...]
    # per pixel: index into `sources`, or INPAINTED or GENERATED
    source_map: Int[np.ndarray, "h w"] | None = field(default=None, repr=False)
    conditioned_on: tuple[
        str, ...
    ] = ()  # encoders that shaped or selected it: never score with them


def to_json(record: Any) -> Any:
    """A record as JSON types."""
    return json.loads(json.dumps(dataclasses.asdict(record), allow_nan=False))


def profile_from_json(data: dict[str, Any]) -> Profile:
    """The inverse of `to_json` for a Profile."""
    interests = tuple(
        Interest(
            **{
                **one,
                **{key: _pairs(one[key]) for key in ("terms", "concepts")},
                **{key: tuple(one[key]) for key in ("exemplars", "members", "direction")},
                "lift": _lift(one["lift"]),
            }
        )
        for one in data["interests"]
    )
    trust = data["trust"]
    return Profile(
        **{
            **data,
            "interests": interests,
            "palette": _palette(data["palette"]),
            "people": tuple(Known(**one) for one in data["people"]),
            "notes": tuple(data["notes"]),
            "trust": Trust(**{**trust, "tried": tuple(Tried(**one) for one in trust["tried"])}),
            "traits": tuple(Trait(**{**one, "lift": _lift(one["lift"])}) for one in data["traits"]),
            "styles": _pairs(data["styles"]),
        }
    )


def condition_from_json(data: dict[str, Any]) -> Condition:
    """The inverse of `to_json` for a Condition."""
    people = tuple(
        Person(**{**one, "embeddings": {k: tuple(v) for k, v in one["embeddings"].items()}})
        for one in data["people"]
    )
    return Condition(
        **{
            **data,
            "people": people,
            "references": tuple(
                Reference(**{**one, "box": one["box"] and tuple(one["box"])})
                for one in data["references"]
            ),
            "palette": _palette(data["palette"]),
            "size": tuple(data["size"]),
            "filled_in": tuple(data["filled_in"]),
            "look": Look(**data["look"]),
        }
    )


def steps_from_json(data: list[dict[str, Any]]) -> tuple[Step, ...]:
    """The inverse of `to_json` for each Step of a chain."""
    return tuple(
        Step(
            Wish(
                **{
                    **one["wish"],
                    **{key: tuple(one["wish"][key]) for key in ("pin", "ban")},
                    "size": one["wish"]["size"] and tuple(one["wish"]["size"]),
                    "look": Look(**one["wish"]["look"]),
                }
            ),
            condition_from_json(one["condition"]),
            one["change"],
        )
        for one in data
    )


def _palette(data: list[dict[str, Any]]) -> tuple[Colour, ...]:
    return tuple(Colour(tuple(one["lab"]), one["weight"]) for one in data)


def _pairs(data: list[list[Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((word, weight) for word, weight in data)


def _lift(data: dict[str, Any] | None) -> Lift | None:
    return None if data is None else Lift(**data)
