"""What a demo library is made of: a TOML file, and a table of photos beside it.

The TOML names the packages, places, libraries, their albums and people; a row of the table is one
photo: the package it comes out of, its SHA-256, and where it goes.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from albumen.errors import AlbumenError
from albumen.packages import CLIENTS

FORMAT = 1  # raise it when the same recipe would give other bytes
FORMS = ("takeout", "folder")
TRAITS = ("favourite", "archived", "trashed", "partner", "edited", "older", "twin")


@dataclass(frozen=True)
class Package:
    """Where photos come from."""

    name: str
    client: str
    version: str  # as pinned; apt may give a later one, whose files are then checked by hash
    licence: str
    credit: str


@dataclass(frozen=True)
class Photo:
    """One row of the table: a photo and its place in a library."""

    library: str
    album: str  # "" for a photo in no album
    theme: str  # what it shows; "" for a photo outside every theme
    package: str
    member: str
    bytes: int
    sha256: str
    name: str  # file name in the export; "" for one made from the time
    people: tuple[str, ...]
    place: str  # a key of the recipe's places, or ""
    traits: tuple[str, ...]
    licence: str  # "" for the package's
    credit: str  # "" for the package's


@dataclass(frozen=True)
class Simulated:
    """How the portraits of a person who does not exist are made."""

    seed: int
    portraits: int
    albums: tuple[str, ...]  # the portraits are dealt to these in equal runs


@dataclass(frozen=True)
class Somebody:
    """An entry of the consent file, and the simulation behind it, if it is one."""

    name: str
    relation: str
    kind: str
    profile: bool
    generate: bool
    simulated: Simulated | None


@dataclass(frozen=True)
class Album:
    """An album, and when its photos were taken."""

    title: str
    start: datetime  # UTC
    days: int = 1


@dataclass(frozen=True)
class Plan:
    """One library of the recipe."""

    name: str
    form: str  # takeout, folder
    owner: str
    albums: dict[str, Album]
    people: tuple[Somebody, ...]
    photos: tuple[Photo, ...]


@dataclass(frozen=True)
class Recipe:
    """Everything `assemble` needs to know."""

    packages: dict[str, Package]
    places: dict[str, tuple[float, float]]  # degrees, north and east positive
    plans: tuple[Plan, ...]
    digest: str  # of the two files and FORMAT


def read_recipe(path: Path) -> Recipe:
    """Read a recipe and its table.

    Raises AlbumenError naming the file and the entry that is missing, unknown or used twice.
    """
    try:
        text = path.read_bytes()
        data = tomllib.loads(text.decode())
        table = path.parent / data["table"]
        rows = table.read_bytes()
        packages = {name: Package(name, **one) for name, one in data["packages"].items()}
        places = {name: (float(lat), float(lon)) for name, (lat, lon) in data["places"].items()}
        photos = [_photo(row) for row in csv.DictReader(rows.decode().splitlines())]
        plans = tuple(_plan(name, one, photos) for name, one in data["libraries"].items())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AlbumenError(f"{path} is no recipe of a demo library: {error}.") from error
    digest = hashlib.sha256(b"\0".join([str(FORMAT).encode(), text, rows])).hexdigest()
    recipe = Recipe(packages, places, plans, digest)
    _check(recipe, photos, table)
    return recipe


def _photo(row: dict[str, str]) -> Photo:
    unknown = set(row) ^ {field.name for field in fields(Photo)}
    if unknown:
        raise ValueError(f"columns missing or unknown: {sorted(map(str, unknown))}")
    lists = {key: tuple(filter(None, row[key].split(";"))) for key in ("people", "traits")}
    return Photo(**{**row, **lists, "bytes": int(row["bytes"])})


def _plan(name: str, data: dict[str, Any], photos: Iterable[Photo]) -> Plan:
    return Plan(
        name,
        data["form"],
        data["owner"],
        {title: Album(title, **one) for title, one in data.get("albums", {}).items()},
        tuple(_somebody(who, one) for who, one in data.get("people", {}).items()),
        tuple(photo for photo in photos if photo.library == name),
    )


def _somebody(name: str, data: dict[str, Any]) -> Somebody:
    simulated = data.get("simulated")
    if simulated:
        simulated = Simulated(**{**simulated, "albums": tuple(simulated["albums"])})
    return Somebody(name, **{**data, "simulated": simulated or None})


def _check(recipe: Recipe, photos: list[Photo], table: Path) -> None:
    """Refuse what would only show as a strange library later."""
    known = {plan.name: plan for plan in recipe.plans}
    seen: set[str] = set()
    for photo, before in zip(photos, [None, *photos], strict=False):
        plan = known.get(photo.library)
        alone = before is None or (before.library, before.album) != (photo.library, photo.album)
        names = {one.name for one in plan.people} if plan else set()
        problems = {
            f"unknown library '{photo.library}'": plan is None,
            f"unknown package '{photo.package}'": photo.package not in recipe.packages,
            f"unknown place '{photo.place}'": photo.place and photo.place not in recipe.places,
            f"unknown album '{photo.album}'": plan is None or photo.album not in plan.albums,
            f"unknown people {photo.people}": not names.issuperset(photo.people),
            f"unknown traits {photo.traits}": not set(TRAITS).issuperset(photo.traits),
            "the trait 'twin' without a photo before it": "twin" in photo.traits and alone,
            f"the same photo as an earlier row: {photo.sha256[:12]}": photo.sha256 in seen,
        }
        wrong = [what for what, is_wrong in problems.items() if is_wrong]
        if wrong:
            raise AlbumenError(f"{table}: the row of {photo.member} has {wrong[0]}.")
        seen.add(photo.sha256)
    for plan in recipe.plans:
        if plan.form not in FORMS:
            raise AlbumenError(f"Library '{plan.name}': form '{plan.form}' is not one of {FORMS}.")
    for package in recipe.packages.values():
        if package.client not in CLIENTS:
            raise AlbumenError(f"Package '{package.name}': client is not one of {CLIENTS}.")
