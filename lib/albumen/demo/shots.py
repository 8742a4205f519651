"""A library's photos as its account holds them: named, dated, and each with where it is from."""

import hashlib
import io
from collections import Counter
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from PIL import Image, ImageEnhance

from albumen import weights
from albumen.demo.recipe import Album, Package, Photo, Plan, Recipe, Somebody
from albumen.demo.simulate import portraits
from albumen.demo.takeout import Shot
from albumen.images import decode

PORTRAIT_QUALITY = 92  # JPEG
EDITED_QUALITY = 90
MINUTES_APART = 11  # between two photos of one day
UNFILED_DAYS_APART = 47  # between two photos in no album
COLUMNS = (
    *("library", "album", "file", "theme", "package", "version", "member", "sha256", "bytes"),
    *("licence", "credit", "simulated", "what"),
)

Row = dict[str, str]  # of the list of sources: COLUMNS


def photo_shots(plan: Plan, recipe: Recipe, folder: Path) -> Iterator[tuple[Shot, Row]]:
    """The real photos, each as the account holds it and with where it is from.

    `folder` holds those that could be had, under their SHA-256. Names and times of photos do not
    depend on which others could be.
    """
    for photo, name, taken in _named(plan):
        data = folder / photo.sha256
        if not data.is_file():
            continue
        edited = _edit(data.read_bytes()) if "edited" in photo.traits else None
        position = recipe.places.get(photo.place)
        row = _photo_row(photo, name, recipe.packages[photo.package])
        yield (
            Shot(name, data, taken, photo.album, photo.people, position, photo.traits, edited),
            row,
        )


def _photo_row(photo: Photo, name: str, package: Package) -> Row:
    edited = ", and an edited copy of it" if "edited" in photo.traits else ""
    return {
        "library": photo.library,
        "album": photo.album,
        "file": name,
        "theme": photo.theme,
        "package": package.name,
        "version": package.version,
        "member": photo.member,
        "sha256": photo.sha256,
        "bytes": str(photo.bytes),
        "licence": photo.licence or package.licence,
        "credit": photo.credit or package.credit,
        "simulated": "no",
        "what": f"real photo{edited}",
    }


def _named(plan: Plan) -> Iterator[tuple[Photo, str, datetime]]:
    """Every photo with its file name and the time it was taken, by its place in its album."""
    sizes = Counter(photo.album for photo in plan.photos)
    counts: Counter[str] = Counter()
    name = ""
    for index, photo in enumerate(plan.photos):
        taken = _moment(plan.albums[photo.album], counts[photo.album], sizes[photo.album])
        counts[photo.album] += 1
        if plan.form == "folder":
            name = f"{photo.album}-{index:02}{_suffix(photo)}"
        elif "twin" in photo.traits:  # the photo before it came with the same name
            stem, _, suffix = name.rpartition(".")
            name = f"{stem}(1).{suffix}"
        else:
            name = photo.name or f"IMG_{taken:%Y%m%d_%H%M%S}{_suffix(photo)}"
        yield photo, name, taken


def _suffix(photo: Photo) -> str:
    return PurePosixPath(photo.member).suffix.lower().replace(".jpeg", ".jpg")


def _moment(album: Album, index: int, size: int) -> datetime:
    """The `index`-th of `size` moments of an album, spread over its days."""
    if not album.title:
        return album.start + timedelta(days=UNFILED_DAYS_APART * index, minutes=97 * index)
    a_day = -(-size // album.days)
    return album.start + timedelta(
        days=index // a_day, minutes=MINUTES_APART * (index % a_day), seconds=17 * index
    )


def portrait_shots(plan: Plan) -> Generator[str, None, list[tuple[Shot, Row]]]:
    """The portraits of the simulated people of one library."""
    people = [one for one in plan.people if one.simulated]
    drawn = []
    for number, somebody in enumerate(people):
        simulated = somebody.simulated
        run = -(-simulated.portraits // len(simulated.albums))
        for index, image in enumerate(portraits(simulated.seed, simulated.portraits)):
            album = plan.albums[simulated.albums[index // run]]
            # a face a person in turn, as at a gathering
            place = (index % run) * len(people) + number
            taken = _moment(album, place, run * len(people))
            file = io.BytesIO()
            Image.fromarray(image).save(file, "JPEG", quality=PORTRAIT_QUALITY)
            shot = Shot(
                f"IMG_{taken:%Y%m%d_%H%M%S}.jpg",
                file.getvalue(),
                taken,
                album.title,
                (somebody.name,),
            )
            drawn.append((shot, _portrait_row(plan, somebody, index, shot)))
        yield f"{plan.name}: portraits of {somebody.relation}"
    return drawn


def _portrait_row(plan: Plan, somebody: Somebody, index: int, shot: Shot) -> Row:
    pinned = weights.pinned()["synthesis-bin"]
    return {
        "library": plan.name,
        "album": shot.album,
        "file": shot.name,
        "theme": "",
        "package": pinned.package,
        "version": pinned.version,
        "member": f"{pinned.member}: seed {somebody.simulated.seed}, portrait {index}",
        "sha256": hashlib.sha256(shot.content()).hexdigest(),
        "bytes": str(len(shot.content())),
        "licence": f"{pinned.licence}; {pinned.trained_on}",
        "credit": "generated",
        "simulated": "yes",
        "what": "portrait of a simulated person, who does not exist",
    }


def _edit(data: bytes) -> bytes:
    """A brighter, more colourful copy, as a phone's edit makes it."""
    image = ImageEnhance.Color(decode(data, "the photo to edit")).enhance(1.25)
    file = io.BytesIO()
    ImageEnhance.Brightness(image).enhance(1.1).save(file, "JPEG", quality=EDITED_QUALITY)
    return file.getvalue()
