"""A portrait of a person from face embeddings, or of somebody who does not exist.

The person's style is solved once, by ridge regression and refinement (`latent`), and cached; a look
(smile, yaw, age) is solved from there and cached, too. Each seed then varies expression, pose,
light and surroundings around it.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from safetensors.numpy import load_file, save_file

from albumen.errors import AlbumenError
from albumen.faces.networks import main_face
from albumen.generate import eyes
from albumen.generate.latent import RIDGES, STEPS, refine, settle, start, vary
from albumen.generate.stylegan import SIDE, W, render, sample_w
from albumen.records import Look, Person
from albumen.tables import whole_file

ALGORITHM = "2"  # of the solution: a change makes cached ones void
VARIATION = 0.5  # share of a random residual that a seed adds
LOOK_STEPS = 12  # of refinement after a look's linear change, which costs some identity
RANGES = {"identity": (0, 1), "smile": (-2, 2), "yaw": (-2, 2), "age": (-30, 30)}
ADULT = 18.0  # years: nobody is made to look younger than this
SMALLEST = 16  # pixels a side
OPEN = Look()  # the person; the seed says how they look


def portrait(
    person: Person | None,
    seed: int,
    size: int = 512,
    cache: Path | None = None,
    look: Look = OPEN,
) -> UInt8[np.ndarray, "s s 3"]:
    """An sRGB portrait of `person`, or of a random face where it is None; `size` px a side.

    `look.identity` goes on a straight line of styles from the random face of the seed to the
    person. The same arguments give the same bytes. Raises AlbumenError for a person without
    embeddings, a look out of range or a size that is not SMALLEST to SIDE.
    """
    if not SMALLEST <= size <= SIDE:
        raise AlbumenError(f"A portrait of {size} px was asked for, expected {SMALLEST} to {SIDE}.")
    return render(portrait_style(person, seed, cache, look), size)


def portrait_style(person: Person | None, seed: int, cache: Path | None, look: Look = OPEN) -> W:
    """The style vector of the portrait that `portrait` draws of these."""
    check_look(look)
    nobody = sample_w([seed])[0]
    nobody = settle(nobody, _goals(nobody, look))
    if person is None or look.identity == 0:
        return nobody
    w = vary(solve_look(person, look, cache), seed, VARIATION, _asked(look))
    return nobody + np.float32(look.identity) * (w - nobody)


def _asked(look: Look) -> tuple[str, ...]:
    """The attributes that `look` does not leave to the seed."""
    return tuple(name for name in ("smile", "yaw", "age") if getattr(look, name) is not None)


def _goals(w: W, look: Look) -> dict[str, float]:
    """What the face of `w` must show: smile and yaw in deviations, age in years."""
    goals = {name: float(getattr(look, name)) for name in _asked(look)}
    if "age" in goals:
        now = _age(w)
        goals["age"] = max(now + goals["age"], min(now, ADULT))
    return goals


def check_look(look: Look) -> None:
    """Raise AlbumenError when a control of `look` is out of its range."""
    for name, (low, high) in RANGES.items():
        value = getattr(look, name)
        if value is not None and not low <= value <= high:
            raise AlbumenError(f"The look's {name} is {value}, expected {low} to {high}.")


def conditioned_on(person: Person | None) -> tuple[str, ...]:
    """The recognisers that shape the person's portrait, and so may never score it."""
    if person is None:
        return ()
    for names in RIDGES:
        if set(names) <= set(person.embeddings):
            return names
    raise AlbumenError(
        f"'{person.label}' has embeddings of {', '.join(sorted(person.embeddings)) or 'nothing'}: "
        "a portrait needs those of sface."
    )


def solve_person(
    person: Person, cache: Path | None, seed: int = 0, steps: int = STEPS
) -> Float32[np.ndarray, "512"]:
    """The style vector whose face is the person's. Some 15 s of one core, once: see `cache`.

    Cached as safetensors in `solution_file`. None: not cached.
    """
    path = cache and solution_file(person, cache, seed, steps)
    return _cached(path, lambda: refine(start(_used(person)), _used(person), steps, seed))


def solve_look(person: Person, look: Look, cache: Path | None) -> W:
    """`solve_person` with the smile, yaw and age of `look`, of which None stays as it is.

    `settle`, which costs identity, then LOOK_STEPS of refinement towards both the person and the
    look: some 10 s, cached. Age is what HSE-FaceRes sees, relative to the unchanged face.
    """
    w = solve_person(person, cache)
    if not _asked(look):
        return w

    def solve() -> W:
        goals = _goals(w, look)
        changed, age = settle(w, goals), goals.pop("age", None)
        return refine(changed, _used(person), LOOK_STEPS, held=goals, age=age)

    return _cached(cache and look_file(person, cache, look), solve)


def _age(w: W) -> float:
    """Years of the face of `w`."""
    rgb = render(w, 256)
    face = main_face(rgb)
    if face is None:
        raise AlbumenError("The embeddings lead to no face: were they taken from a face?")
    return eyes.age(rgb, face.landmarks)


def solution_file(person: Person, cache: Path, seed: int = 0, steps: int = STEPS) -> Path:
    """Where `solve_person` keeps a person: under a digest of all it depends on, and no name."""
    return _file(person, cache, [seed, steps])


def look_file(person: Person, cache: Path, look: Look) -> Path:
    """Where `solve_look` keeps a person's look."""
    return _file(person, cache, [look.smile, look.yaw, look.age])


def _file(person: Person, cache: Path, settings: list[float | None]) -> Path:
    used = [[name, *vector.tolist()] for name, vector in _used(person).items()]
    digest = hashlib.sha256(json.dumps([ALGORITHM, *settings, used]).encode()).hexdigest()
    return cache / f"{digest[:16]}.safetensors"


def _cached(path: Path | None, solve: Callable[[], W]) -> W:
    if path and path.is_file():
        return load_file(path)["w"]
    w = solve()
    if path:
        with whole_file(path) as part:
            save_file({"w": w}, part)
    return w


def _used(person: Person) -> dict[str, Float32[np.ndarray, "d"]]:
    """The embeddings that shape the portrait."""
    return {
        name: np.asarray(person.embeddings[name], np.float32) for name in conditioned_on(person)
    }
