"""A portrait of a person from face embeddings, or of somebody who does not exist.

The person's style is solved once, by ridge regression and refinement (`latent`), and cached; each
seed then varies expression, pose, light and surroundings around it.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from safetensors.numpy import load_file, save_file

from albumen.errors import AlbumenError
from albumen.generate.latent import RIDGES, STEPS, refine, start, vary
from albumen.generate.stylegan import render, sample_w
from albumen.records import Person
from albumen.tables import whole_file

ALGORITHM = "1"  # of the solution: a change makes cached ones void
VARIATION = 0.5  # share of a random residual that a seed adds


def portrait(
    person: Person | None, seed: int, size: int = 512, cache: Path | None = None
) -> UInt8[np.ndarray, "s s 3"]:
    """An sRGB portrait of `person`, or of a random face where it is None; `size` px a side.

    The same arguments give the same bytes. Raises AlbumenError for a person without embeddings.
    """
    if person is None:
        return render(sample_w([seed])[0], size)
    return render(vary(solve_person(person, cache), seed, VARIATION), size)


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
    if path and path.is_file():
        return load_file(path)["w"]
    embeddings = _used(person)
    w = refine(start(embeddings), embeddings["sface"], steps, seed)
    if path:
        with whole_file(path) as part:
            save_file({"w": w}, part)
    return w


def solution_file(person: Person, cache: Path, seed: int = 0, steps: int = STEPS) -> Path:
    """Where `solve_person` keeps a person: under a digest of all it depends on, and no name."""
    used = [[name, *vector.tolist()] for name, vector in _used(person).items()]
    digest = hashlib.sha256(json.dumps([ALGORITHM, seed, steps, used]).encode()).hexdigest()
    return cache / f"{digest[:16]}.safetensors"


def _used(person: Person) -> dict[str, Float32[np.ndarray, "d"]]:
    """The embeddings that shape the portrait."""
    return {
        name: np.asarray(person.embeddings[name], np.float32) for name in conditioned_on(person)
    }
