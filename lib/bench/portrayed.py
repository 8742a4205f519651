"""One person of a folder of photos: what their photos show, and portraits made from a few of them.

Everything is kept as JSON under a digest of what it was made from, and solved people by
`generate.portrait`, so that a killed run goes on where it stood.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from albumen import tables
from albumen.errors import AlbumenError
from albumen.faces import RECOGNISERS, main_face
from albumen.generate.eyes import age
from albumen.generate.portrait import ALGORITHM, portrait, solve_person
from albumen.generate.stylegan import render
from albumen.prints import aligned_share, phash
from albumen.records import Look, Person
from albumen.threads import pin_threads
from bench.photographed import Rgb, grey, read_photo, scorer, small

CONDITIONING = 3  # photos; likeness is scored on the others
LEAST = 6  # photos with a face
SETTINGS = (("sface", "faceres"), ("sface", "dlib"))  # what a portrait is made from
MAIN = SETTINGS[0]  # dlib and MobileFaceNet take no part
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
COUNTS = (1, 2, 3, 5)  # conditioning photos; beyond the most, at least two are left to score on
SIDE = 512
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


class Job(NamedTuple):
    """What one worker does."""

    folder: Path  # of the person's photos
    into: Path
    counts: bool  # whether other numbers of photos are tried
    settings: tuple[tuple[str, ...], ...]
    pictures: Path | None  # where a sheet goes

    @property
    def person(self) -> str:
        return person_id(self.folder.name)


def person_id(name: str) -> str:
    """A digest: neither what is kept nor what is printed names anybody."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def photos_in(folder: Path) -> list[Path]:
    """The folder's photos by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)


def portrayed(job: Job) -> dict[str, Any]:
    """Everything measured of one person; see `read_photo` and `_faces`. Some minutes of one core.

    Who cannot be portrayed has the entry "left_out", which says why.
    """
    pin_threads(1)
    photos = [
        _kept(job, f"photo-{path.stem}", lambda path=path: read_photo(path))
        for path in photos_in(job.folder)
    ]
    seen = [one for one in photos if "turn" in one]
    if len(seen) < LEAST:
        return {"person": job.person, "left_out": f"{len(seen)} photos with a face"}
    name = "-".join(["faces", *map("+".join, job.settings), *(["counts"] if job.counts else [])])
    try:
        faces = _kept(job, name, lambda: list(_faces(job, seen)))
    except AlbumenError as error:
        return {"person": job.person, "left_out": str(error)}
    if job.pictures is not None:
        _sheet(job, seen)
    return {"person": job.person, "photos": seen, "faces": faces}


def _kept(job: Job, name: str, measure: Callable[[], Any]) -> Any:
    file = job.into / job.person / f"{name}-{ALGORITHM}.json"
    if not file.is_file():
        tables.write_json(measure(), file)
    return tables.read_json(file)


def person_of(photos: list[dict[str, Any]], names: tuple[str, ...]) -> Person:
    """The person of these photos as `names` see them."""
    embeddings = {}
    for name in names:
        mean = np.mean([one["vectors"][name] for one in photos], axis=0)
        embeddings[name] = tuple((mean if name == "dlib" else mean / np.linalg.norm(mean)).tolist())
    return Person("", "the person", len(photos), embeddings)


def _faces(job: Job, photos: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every portrait made of the person and what recognisers see in it."""
    for kind, names, count, identity, rgb in made(job, photos):
        face = main_face(rgb)
        row = {"kind": kind, "setting": "+".join(names), "photos": count, "identity": identity}
        if face is None:
            yield row | {"vectors": None}
            continue
        vectors = {
            k: RECOGNISERS[k](rgb, face.landmarks).tolist() for k in ("dlib", "mobilefacenet")
        }
        picture = Image.fromarray(rgb)
        yield row | {
            "vectors": vectors,
            "age": age(rgb, face.landmarks),
            "crop": small(grey(rgb, face)),
            "vector": scorer().embed_images([picture])[0].tolist(),
            "hash": int(phash(picture)),
            "shares": [
                aligned_share(picture, Image.open(one["file"]))
                for one in (photos[:count] if kind == "solved" else ())
            ],
        }


def made(
    job: Job, photos: list[dict[str, Any]]
) -> Iterator[tuple[str, tuple[str, ...], int, float, Rgb]]:
    """Kind, recognisers, number of photos and identity of each portrait, and the portrait."""
    cache = job.into / "people"
    for names in job.settings:
        person = person_of(photos[:CONDITIONING], names)
        yield "solved", names, CONDITIONING, 1.0, render(solve_person(person, cache), SIDE)
    person = person_of(photos[:CONDITIONING], MAIN)
    for identity in STRENGTHS:
        rgb = portrait(person, 0, SIDE, cache, look=Look(identity=identity))
        yield "portrait", MAIN, CONDITIONING, identity, rgb
    for count in COUNTS if job.counts and len(photos) >= max(COUNTS) + 2 else ():
        solved = solve_person(person_of(photos[:count], MAIN), cache)
        yield "count", MAIN, count, 1.0, render(solved, SIDE)


def _sheet(job: Job, photos: list[dict[str, Any]]) -> None:
    """The conditioning photos, a held-out one, and every portrait, in a row."""
    file = job.pictures / f"{job.person}.png"
    if file.is_file():
        return
    row = [Image.open(one["file"]).convert("RGB") for one in photos[: CONDITIONING + 1]]
    row += [Image.fromarray(rgb) for *_, rgb in made(job, photos)]
    sheet = Image.new("RGB", (200 * len(row), 200))
    for at, picture in enumerate(row):
        sheet.paste(picture.resize((200, 200)), (200 * at, 0))
    with tables.whole_file(file) as part:
        sheet.save(part, "png")
