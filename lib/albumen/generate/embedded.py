"""The embedded generator: portraits from face embeddings, scenes from references; CPU, no hub."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Int, UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate.colour import palette_statistics
from albumen.generate.compose import compose
from albumen.generate.inpaint import inpaint
from albumen.generate.portrait import conditioned_on, portrait, solve_person
from albumen.generate.scene import INPAINTED, MOST, ZOOM, paint_scene
from albumen.generate.style import STYLES, apply_style
from albumen.records import Condition, Person, Picture, Reference, Source

GENERATED = -2  # in a source map
SIDES = (256, 1536)  # pixels
STEP = 8
PALETTE = 0.4  # how far a scene's colours move to the profile's at full strength
HEADROOM = 0.88  # of a portrait's side that must be seen
LARGEST = 1024  # pixels of the side of a face as the network makes it
FACE_SIDE = 768  # of a face that will be made smaller
PET_SIDE = 1024  # of a photo whose pet will be made smaller
CLOSE = (0.7, 0.76)  # a group's portraits, as shares of the picture's height
MOST_PEOPLE = 3

Map = Int[np.ndarray, "h w"]
Pixels = UInt8[np.ndarray, "h w 3"]


class EmbeddedGenerator:
    """Draws people from their face embeddings and places from the pixels of references.

    "portrait": one person, or up to MOST_PEOPLE before a plain backdrop.
    "scene": a place from one to four references, with the pets among the references in it.
    "portrait in scene": the people and the pets, side by side in such a scene.
    A person without embeddings, or nobody where somebody is needed, is a face that does not exist.
    """

    name = "embedded"
    needs = frozenset({"faces", "references"})

    def __init__(
        self, open_photo: Callable[[str, int | None], Image.Image], cache: Path | None = None
    ) -> None:
        self.open_photo = open_photo
        self.cache = cache

    def prepare(self, condition: Condition) -> None:
        """Solve the latent of every person who has none in the cache; nothing without a cache."""
        if self.cache is not None:
            for person in condition.people:
                if person.embeddings:
                    solve_person(person, self.cache)

    def generate(self, condition: Condition, seeds: Sequence[int]) -> list[Picture]:
        """One picture a seed. Raises AlbumenError for a condition that cannot be drawn."""
        check(condition, seeds)
        return [self._draw(condition, seed) for seed in seeds]

    def _draw(self, condition: Condition, seed: int) -> Picture:
        if condition.subject != "portrait":
            image, source_map, sources = self._scene(condition, seed)
        elif len(condition.people) > 1:
            image, source_map, sources = self._group(condition, seed)
        else:
            image, source_map, sources = self._portrait(condition, seed)
        known = [person for person in condition.people if person.embeddings]
        used = {name for person in known for name in conditioned_on(person)}
        if condition.references and condition.subject != "portrait":
            used.add("embedded")  # the encoder that chose the references
        return Picture(
            image=apply_style(image, condition.style, seed),
            seed=seed,
            generator=self.name,
            condition=condition.digest(),
            sources=sources,
            source_map=source_map,
            conditioned_on=tuple(sorted(used)),
        )

    def _portrait(self, condition: Condition, seed: int) -> tuple[Pixels, Map, tuple[Source, ...]]:
        width, height = condition.size
        person = condition.people[0] if condition.people else None
        # the face fills the picture; where it is wider than a face, the background is continued
        side = max(height, min(width, round(height / HEADROOM)))
        face = self._face(person, seed, side)
        top = (side - height) // 2
        left = max((side - width) // 2, 0)
        face = face[top : top + height, left : left + width]
        source_map = np.full((height, width), INPAINTED)
        start = (width - face.shape[1]) // 2
        source_map[:, start : start + face.shape[1]] = GENERATED
        image = np.zeros((height, width, 3), np.uint8)
        image[:, start : start + face.shape[1]] = face
        image = inpaint(image, source_map == INPAINTED)
        share = float((source_map == GENERATED).mean())
        return image, source_map, _face_sources([person], [share])

    def _group(self, condition: Condition, seed: int) -> tuple[Pixels, Map, tuple[Source, ...]]:
        backdrop = _backdrop(condition.size)
        composed = compose(backdrop, self._faces(condition.people, seed), (), seed, CLOSE)
        source_map = np.where(composed.shown == -2, INPAINTED, GENERATED)
        shares = [float((composed.shown == k).mean()) for k in range(len(condition.people))]
        return composed.image, source_map, _face_sources(condition.people, shares)

    def _scene(self, condition: Condition, seed: int) -> tuple[Pixels, Map, tuple[Source, ...]]:
        places, pets = (_by_role(condition, role) for role in ("scene", "pet"))
        people: tuple[Person | None, ...] = ()
        if condition.subject == "portrait in scene":
            people = condition.people or (() if pets else (None,))
        needed = round(max(condition.size) / ZOOM)
        scene = paint_scene(
            [self.open_photo(one.photo_id, needed) for one in places],
            [one.weight for one in places],
            condition.size,
            seed,
            palette_statistics(condition.palette) if condition.palette else None,
            PALETTE * condition.strength,
        )
        image, source_map = scene.image, scene.source_map
        if not people and not pets:
            return image, source_map, _photo_sources(places, "scene pixels", source_map, 0)
        photos = [np.asarray(self.open_photo(one.photo_id, PET_SIDE)) for one in pets]
        composed = compose(image, self._faces(people, seed), photos, seed)
        shown = composed.shown
        source_map = np.where(shown == -2, INPAINTED, source_map)
        source_map[(shown >= 0) & (shown < len(people))] = GENERATED
        for k in range(len(pets)):
            source_map[shown == len(people) + k] = len(places) + k
        sources = _photo_sources(places, "scene pixels", source_map, 0)
        sources += _photo_sources(pets, "cut-out", source_map, len(places))
        sources += _face_sources(people, [float((shown == k).mean()) for k in range(len(people))])
        return composed.image, source_map, sources

    def _faces(self, people: Sequence[Person | None], seed: int) -> list[Pixels]:
        """A portrait a person, each with a seed of its own; the first has the picture's."""
        seeds = [seed, *np.random.default_rng(seed).integers(2**31, size=len(people))]
        return [
            self._face(person, int(one), FACE_SIDE)
            for person, one in zip(people, seeds, strict=False)
        ]

    def _face(self, person: Person | None, seed: int, side: int) -> Pixels:
        known = person if person is not None and person.embeddings else None
        face = portrait(known, seed, min(side, LARGEST), self.cache)
        if side <= LARGEST:
            return face
        return cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)


def check(condition: Condition, seeds: Sequence[int]) -> None:
    """Raise AlbumenError, one sentence, when this condition cannot be drawn."""
    if condition.style not in STYLES:
        raise AlbumenError(f"Style '{condition.style}' is not one of: {', '.join(STYLES)}.")
    if not 0 <= condition.strength <= 1:
        raise AlbumenError(f"Strength is {condition.strength}, expected 0 to 1.")
    low, high = SIDES
    if any(side % STEP or not low <= side <= high for side in condition.size):
        width, height = condition.size
        raise AlbumenError(
            f"Size is {width} x {height} pixels, expected multiples of {STEP} from {low} to {high}."
        )
    wrong = [seed for seed in seeds if not isinstance(seed, int | np.integer) or seed < 0]
    if wrong:
        raise AlbumenError(f"Seed {wrong[0]!r} is not a whole number of 0 or more.")
    unknown = sorted({one.role for one in condition.references} - {"scene", "pet"})
    if unknown:
        raise AlbumenError(f"Reference role '{unknown[0]}' is not one of: pet, scene.")
    if len(condition.people) > MOST_PEOPLE:
        raise AlbumenError(
            f"The condition has {len(condition.people)} people, expected at most {MOST_PEOPLE}."
        )
    if condition.subject == "portrait":
        _check_portrait(condition)
    elif condition.subject in ("scene", "portrait in scene"):
        _check_scene(condition)
    else:
        raise AlbumenError(
            f"Subject '{condition.subject}' is not one of: portrait, portrait in scene, scene."
        )


def _check_portrait(condition: Condition) -> None:
    if condition.references:
        raise AlbumenError(
            "A portrait is made from faces alone, not from photos: "
            "use the subject 'portrait in scene' for a place or a pet."
        )


def _check_scene(condition: Condition) -> None:
    places = _by_role(condition, "scene")
    if not 1 <= len(places) <= MOST:
        raise AlbumenError(
            f"The condition has {len(places)} photos of the scene '{condition.theme}', "
            f"expected 1 to {MOST}."
        )
    if sum(one.weight for one in places) <= 0:
        raise AlbumenError("The weights of the scene's photos are all 0, expected a sum of 1.")
    if condition.subject == "scene" and condition.people:
        raise AlbumenError("A scene shows no people: use the subject 'portrait in scene'.")


def _by_role(condition: Condition, role: str) -> list[Reference]:
    return [one for one in condition.references if one.role == role]


def _photo_sources(
    references: list[Reference], how: str, source_map: Map, first: int
) -> tuple[Source, ...]:
    """A source a reference, its weight the share of pixels that the map gives it."""
    return tuple(
        Source(one.photo_id, float((source_map == first + k).mean()), how, one.pool)
        for k, one in enumerate(references)
    )


def _face_sources(people: Sequence[Person | None], shares: Sequence[float]) -> tuple[Source, ...]:
    """A source a person who exists, its weight the share of pixels that show them."""
    return tuple(
        Source(person.person_id, share, "face embedding")
        for person, share in zip(people, shares, strict=True)
        if person is not None and person.embeddings
    )


def _backdrop(size: tuple[int, int]) -> Pixels:
    """A studio's warm paper, lit from the middle."""
    rows, columns = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    light = 0.82 - 0.22 * (0.5 * columns**2 + 0.7 * (rows + 0.2) ** 2)
    return np.rint(light[..., None] * np.array([250, 232, 208])).astype(np.uint8)
