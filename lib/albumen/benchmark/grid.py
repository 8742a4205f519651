"""The grid: owners x prompts x seeds x methods, and the pictures it needs.

A prompt's seeds are shared by all methods and owners, so comparisons are paired. A picture is made
once and judged for several: the own picture of one owner is another's "other owner's profile".
"""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import UInt64

from albumen.benchmark.split import Split, prints_of, split
from albumen.brief import brief
from albumen.brief.strategies import pick
from albumen.consent import Consent
from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.library import Library, load_library
from albumen.profile import map_profile
from albumen.profile.everybody import LEAST, NOTE, population_profile
from albumen.records import Condition, Profile, Reference

OWN = "own profile"
OTHER = "other owner's profile"
POPULATION = "population profile"  # own photos and faces, with what the other owners like
NONE = "no personalisation"
RANDOM = "random own photo"
RETURNED = "own photo returned"
METHODS = (OWN, OTHER, POPULATION, NONE, RANDOM, RETURNED)
CONTROLS = {RANDOM: "random-photo", RETURNED: "return-photo"}  # with a generator of their own
DRAWN = 32  # photos that a random one is drawn from, by the picture's seed


@dataclass(frozen=True)
class Prompt:
    """A prompt of the benchmark."""

    text: str
    subject: str = ""  # the relation it depicts: "me", "mum", ...; "" for a scene
    shows: str = ""  # the scene in words, for the prompt score; "" for the theme in the text


@dataclass(frozen=True)
class Owner:
    """One owner: the library in two embedding spaces, its split, and the profile of one side."""

    library: Library  # in the space that conditions
    judged: Library  # the same photos, row by row, in the space that scores
    prints: UInt64[np.ndarray, "n v"]  # their perceptual hashes
    split: Split
    profile: Profile  # of the conditioning photos only

    @property
    def conditioning(self) -> Library:
        """What a brief may see."""
        return self.library.only(self.split.conditioning)


class Job(NamedTuple):
    """One picture to make."""

    key: str  # generator, version, condition and seed: names its files
    generator: str
    version: str  # of the generators' code: with other code, other pictures
    condition: Condition
    seed: int


class Cell(NamedTuple):
    """One picture as evidence on one owner."""

    owner: str
    subject: str
    prompt: str
    seed: int
    method: str
    maker: str  # whose profile made it; "" for nobody's
    generator: str
    picture: str  # the job's key; "" where no condition could be made
    depicts: str  # the condition's subject
    shows: str  # the scene in words; "" where the prompt asks for none
    problem: str  # why there is no picture


# maker ("" for nobody), prompt, and OWN, POPULATION or NONE: whose taste it is
ConditionOf = Callable[[str, Prompt, str], Condition]


def prepare_owner(folder: Path, embedder: Embedder, scorer: str) -> Owner:
    """Load an owner's workspace, split it and map the profile of its conditioning side.

    `scorer` names the embedder that scores; both must have embedded the photos.
    """
    library, judged = load_library(folder, embedder.name), load_library(folder, scorer)
    common = set(library.photos.photo_id) & set(judged.photos.photo_id)
    library, judged = library.only(common), judged.only(common)
    prints = prints_of(library)
    sides = split(library, prints)
    profile = map_profile(library.only(sides.conditioning), embedder)
    return Owner(library, judged, prints, sides, profile)


def briefs(
    owners: Mapping[str, Owner],
    stock: Library,
    embedder: Embedder,
    *,
    style: str = "",
    size: tuple[int, int] = (512, 512),
) -> ConditionOf:
    """How the benchmark makes conditions: the brief of the maker, or of nobody for ""."""
    conditioning = {name: owner.conditioning for name, owner in owners.items()}

    def taste(name: str, method: str) -> Profile:
        others = [one.profile for other, one in owners.items() if other != name]
        return population_profile(others) if method == POPULATION else owners[name].profile

    def condition_of(maker: str, prompt: Prompt, method: str) -> Condition:
        # at strength 0 the library only says which words of the prompt are people
        name = maker or next(one for one in owners if has_subject(owners[one], prompt))
        condition = brief(
            prompt.text,
            taste(name, method),
            conditioning[name],
            embedder,
            stock,
            strength=1.0 if maker else 0.0,
            style=style,
            size=size,
        )
        said = (NOTE,) if method == POPULATION else ()
        return dataclasses.replace(condition, filled_in=(*condition.filled_in, *said))

    return condition_of


def grid(
    owners: Mapping[str, Owner],
    prompts: Sequence[Prompt],
    seeds: Sequence[int],
    condition_of: ConditionOf,
    generator: str,
) -> tuple[list[Job], list[Cell]]:
    """The pictures to make, each once, and the cells they fill.

    An owner without the prompt's subject has no cell for it. The other owner is the next one
    around the circle who has it; the population is all other owners, if they are LEAST or more. A
    condition that cannot be made becomes cells with the problem.
    """
    jobs: dict[str, Job] = {}
    cells: list[Cell] = []
    for prompt in prompts:
        able = [name for name in owners if has_subject(owners[name], prompt)]
        if not able:
            raise AlbumenError(f"No owner has the subject '{prompt.subject}' of '{prompt.text}'.")
        made = {maker: _attempt(condition_of, maker, prompt, OWN) for maker in able}
        made[""] = _attempt(condition_of, "", prompt, NONE)
        shows = _shows(prompt, made[""])
        for position, name in enumerate(able):
            makers = {OWN: name, NONE: "", RANDOM: name, RETURNED: name}
            if len(able) > 1:
                makers[OTHER] = able[(position + 1) % len(able)]
            if len(owners) > LEAST:
                makers[POPULATION] = name
            for method in (one for one in METHODS if one in makers):
                condition, used = made[makers[method]], CONTROLS.get(method, generator)
                if method == POPULATION:
                    condition = _attempt(condition_of, name, prompt, POPULATION)
                elif method == RANDOM:
                    condition = _random(owners[name], condition)
                elif method == RETURNED:
                    condition = _returned(owners[name], prompt, condition)
                for seed in seeds:
                    job = _job(used, condition, seed)
                    if job:
                        jobs[job.key] = job
                    cells.append(
                        Cell(
                            name,
                            prompt.subject,
                            prompt.text,
                            seed,
                            method,
                            makers[method],
                            used,
                            job.key if job else "",
                            _depicts(made[name], prompt),
                            shows,
                            "" if job else str(condition),
                        )
                    )
    return list(jobs.values()), cells


def person_of(consent: Consent, subject: str) -> str | None:
    """The name of the person who is `subject` to the owner and may be depicted, or None."""
    return next(
        (
            name
            for name, entry in consent.people.items()
            if entry.relation == subject and entry.kind == "person" and entry.generate
        ),
        None,
    )


def has_subject(owner: Owner, prompt: Prompt) -> bool:
    """Whether the prompt can be asked of this owner."""
    return not prompt.subject or person_of(owner.library.consent, prompt.subject) is not None


@cache
def code_version() -> str:
    """Eight digits of the source of all generators: a change in it makes pictures anew."""
    package = files("albumen") / "generate"
    sources = sorted(Path(str(package)).rglob("*.py"))
    return hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()[:8]


def _attempt(condition_of: ConditionOf, maker: str, prompt: Prompt, method: str) -> Condition | str:
    try:
        return condition_of(maker, prompt, method)
    except AlbumenError as error:
        return str(error)


def _job(generator: str, condition: Condition | str, seed: int) -> Job | None:
    if isinstance(condition, str):
        return None
    version = code_version()
    key = f"{generator}-{version}-{condition.digest()[:12]}-{seed}"
    return Job(key, generator, version, condition, seed)


def _shows(prompt: Prompt, plain: Condition | str) -> str:
    """The scene in words; "" where the prompt names none and each profile fills in its own."""
    if prompt.shows or isinstance(plain, str):
        return prompt.shows or prompt.text
    asked, found = (set(re.findall(r"\w+", text.lower())) for text in (prompt.text, plain.theme))
    return plain.theme if found <= asked else ""


def _depicts(condition: Condition | str, prompt: Prompt) -> str:
    if isinstance(condition, Condition):
        return condition.subject
    return "portrait in scene" if prompt.subject else "scene"


def _random(owner: Owner, condition: Condition | str) -> Condition | str:
    """The own condition with any of the owner's photos in it, whatever they show."""
    if isinstance(condition, str):
        return condition
    library = owner.conditioning
    table = pd.DataFrame({"photo_id": library.photos.photo_id, "vector": list(library.vectors)})
    seed = int(condition.digest()[:8], 16)
    picks = pick("random", table, DRAWN, "photos", seed=seed)
    photos = tuple(
        Reference(table.photo_id[one.row], "scene", 1 / len(picks), one.why) for one in picks
    )
    return dataclasses.replace(condition, references=photos, people=(), strategy="random")


def _returned(owner: Owner, prompt: Prompt, condition: Condition | str) -> Condition | str:
    """The own condition with a single photo in it: one of the person, else the first reference."""
    if isinstance(condition, str):
        return condition
    library = owner.conditioning
    chosen = [one.photo_id for one in condition.references if one.pool == "own"]
    if prompt.subject:
        name = person_of(library.consent, prompt.subject)
        faces = library.faces[library.faces.name == name]
        chosen = faces.sort_values(
            ["pixels", "photo_id"], ascending=[False, True]
        ).photo_id.tolist()
    elif not chosen and owner.profile.interests:
        chosen = [owner.profile.interests[0].medoid]  # the brief found only stock photos
    if not chosen:
        return f"No photo of '{owner.library.name}' can stand in for '{prompt.text}'."
    photo = Reference(chosen[0], "scene", 1.0, "returned unchanged")
    return dataclasses.replace(condition, references=(photo,), people=())
