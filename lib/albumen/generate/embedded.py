"""The embedded generator: portraits from face embeddings, scenes from references; CPU, no hub."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate.colour import palette_statistics
from albumen.generate.compose import compose
from albumen.generate.cutout import NoOutline
from albumen.generate.framing import continue_portrait, portrait_side
from albumen.generate.gate import check, check_places
from albumen.generate.grade import grade
from albumen.generate.layers import cut_out
from albumen.generate.layout import Thing
from albumen.generate.lettering import letter
from albumen.generate.parts import (
    Draft,
    composed_parts,
    counted,
    in_card,
    source,
    with_people,
)
from albumen.generate.places import ZOOM
from albumen.generate.portrait import conditioned_on, portrait, solve_look
from albumen.generate.scene import Scene, paint_scene, redesign
from albumen.generate.style import apply_style
from albumen.records import (
    GENERATED,
    INPAINTED,
    Condition,
    Look,
    Person,
    Picture,
    Reference,
    Source,
)

PALETTE = 0.4  # how far a scene's colours move to the profile's at full strength
FACE_SIDE = 768  # of a face that will be made smaller
LARGEST = 1024  # pixels of the side of a face as the network makes it
CLOSE = (0.7, 0.76)  # a group's portraits, as shares of the picture's height
THUMB = 256  # pixels of the shortest side of photos that are only compared

Pixels = UInt8[np.ndarray, "h w 3"]


class EmbeddedGenerator:
    """Draws people from their face embeddings and places from the pixels of references.

    "portrait": one person, or up to three before a plain backdrop.
    "scene": a place from one to four references of role "scene"; with one of role "base" that very
    place, changed. Whoever is seen in these photos is left out. References of role "pet" and
    "object" are cut out and put into it; what cannot be cut out is a source of weight 0 that says
    why. Photos of role "person" are ignored.
    "portrait in scene": the people and the pets, side by side in such a scene.
    A person without embeddings, or nobody where somebody is needed, is a face that does not exist.

    `strength` moves the scene's colours to the owner's palette, in a straight line from not at all
    at 0 to PALETTE of the way at 1; how much a face is the person's own is `look.identity`.
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
                    solve_look(person, condition.look, self.cache)

    def generate(self, condition: Condition, seeds: Sequence[int]) -> list[Picture]:
        """One picture a seed. Raises AlbumenError for a condition that cannot be drawn."""
        check(condition, seeds)
        places = _by_role(condition, "base", "scene")
        photos = [self.open_photo(one.photo_id, THUMB) for one in places]
        check_places(places, photos, condition.theme)
        return [self._draw(condition, int(seed)) for seed in seeds]

    def _draw(self, condition: Condition, seed: int) -> Picture:
        if condition.subject != "portrait":
            draft = self._scene(condition, seed)
        elif len(condition.people) > 1:
            draft = self._group(condition, seed)
        else:
            draft = self._portrait(condition, seed)
        image = grade(draft.image, condition.mood, condition.daytime, 1.0)
        image = apply_style(image, condition.style, seed)
        parts = draft.parts
        if condition.lettering:
            image = letter(image, condition.lettering, condition.palette)
            parts = in_card(parts)
        known = [person for person in condition.people if person.embeddings]
        used = {name for person in known for name in conditioned_on(person)}
        if condition.subject != "portrait":
            used.add("embedded")  # the encoder that chose the references, and among layouts
        source_map, sources = counted(parts, draft.sources)
        return Picture(
            image=image,
            seed=seed,
            generator=self.name,
            condition=condition.digest(),
            sources=sources,
            source_map=source_map,
            conditioned_on=tuple(sorted(used)),
        )

    def _portrait(self, condition: Condition, seed: int) -> Draft:
        person = condition.people[0] if condition.people else None
        face = self._face(person, seed, portrait_side(condition.size), condition.look)
        image, painted = continue_portrait(face, condition.size)
        sources, (index,) = with_people([], [person])
        return Draft(image, np.where(painted, INPAINTED, index), sources)

    def _group(self, condition: Condition, seed: int) -> Draft:
        faces = self._faces(condition.people, seed, condition.look)
        composed = compose(_backdrop(condition.size), faces, (), seed, CLOSE)
        sources, indices = with_people([], condition.people)
        backdrop = np.full(composed.shown.shape, GENERATED)
        return Draft(composed.image, composed_parts(composed.shown, backdrop, indices), sources)

    def _scene(self, condition: Condition, seed: int) -> Draft:
        places = _by_role(condition, "base", "scene")
        scene = self._place(condition, places, seed)
        references = _by_role(condition, "pet", "object")
        things, left_out = self._things(references, max(condition.size))
        people: tuple[Person | None, ...] = ()
        if condition.subject == "portrait in scene":
            people = condition.people or (() if references else (None,))
        photos = [source(one) for one in (*places, *things)]
        sources, indices = with_people([*photos, *left_out], people)
        if not people and not things:
            return Draft(scene.image, scene.source_map, sources)
        faces = self._faces(people, seed, condition.look)
        composed = compose(scene.image, faces, list(things.values()), seed)
        indices += range(len(places), len(photos))
        return Draft(
            composed.image, composed_parts(composed.shown, scene.source_map, indices), sources
        )

    def _place(self, condition: Condition, places: Sequence[Reference], seed: int) -> Scene:
        """The place alone. Its map counts `places`, a base first."""
        needed = round(max(condition.size) / ZOOM)
        photos = [self.open_photo(one.photo_id, needed) for one in places]
        weights = [one.weight for one in places]
        palette = palette_statistics(condition.palette) if condition.palette else None
        colours = condition.size, seed, palette, PALETTE * condition.strength
        if places[0].role == "base":
            return redesign(photos[0], photos[1:], weights[1:], *colours)
        return paint_scene(photos, weights, *colours)

    def _things(
        self, references: Sequence[Reference], side: int
    ) -> tuple[dict[Reference, Thing], tuple[Source, ...]]:
        """What could be cut out, and a source that says why for each that could not.

        Raises AlbumenError when nothing of what was asked for can be cut out.
        """
        things, left_out = {}, []
        for one in references:
            photo = np.asarray(self.open_photo(one.photo_id, side))
            try:
                layer = cut_out(photo, whole=one.role == "object")
            except NoOutline as error:
                left_out.append(Source(one.photo_id, 0.0, f"left out: {error}", one.pool))
            else:
                things[one] = Thing(layer, one.shows, one.role == "pet")
        if references and not things:
            names = ", ".join(one.shows or one.role for one in references)
            raise AlbumenError(f"Nothing could be cut out of the photos of: {names}.")
        return things, tuple(left_out)

    def _faces(self, people: Sequence[Person | None], seed: int, look: Look) -> list[Pixels]:
        """A portrait a person, each with a seed of its own; the first has the picture's."""
        seeds = [seed, *np.random.default_rng(seed).integers(2**31, size=len(people))]
        return [
            self._face(person, int(one), FACE_SIDE, look)
            for person, one in zip(people, seeds, strict=False)
        ]

    def _face(self, person: Person | None, seed: int, side: int, look: Look) -> Pixels:
        known = person if person is not None and person.embeddings else None
        face = portrait(known, seed, min(side, LARGEST), self.cache, look)
        if side <= LARGEST:
            return face
        return cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)


def _by_role(condition: Condition, *roles: str) -> list[Reference]:
    """The references of these roles, in the roles' order."""
    return [one for role in roles for one in condition.references if one.role == role]


def _backdrop(size: tuple[int, int]) -> Pixels:
    """A studio's warm paper, lit from the middle."""
    rows, columns = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    light = 0.82 - 0.22 * (0.5 * columns**2 + 0.7 * (rows + 0.2) ** 2)
    return np.rint(light[..., None] * np.array([250, 232, 208])).astype(np.uint8)
