"""Libraries as people name them, what they say to take back, and what they should know then."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from albumen import tables
from albumen.consent import FILE, Circle, Consent, Revocation, unmatched
from albumen.consent.reading import content_of, file_of, parse
from albumen.errors import AlbumenError
from albumen.revoke.taken import LIBRARY, PHOTOS, source_of

CIRCLE = re.compile(r"\s*([-+.\d]+)\s*,\s*([-+.\d]+)\s*,\s*([.\d]+)\s*")  # lat, lon, km


def find_workspace(library: str, interim: Path) -> Path:
    """The workspace in `interim` of a library, given by name or by the path of it or its photos.

    Raises AlbumenError with the list of those there are.
    """
    folders = [one.parent for one in sorted(interim.glob(f"*/{LIBRARY}"))]
    path = Path(library).resolve()
    for folder in folders:
        if library == folder.name or path in (folder.resolve(), source_of(folder)):
            return folder
    known = ", ".join(folder.name for folder in folders) or "none"
    raise AlbumenError(f"'{library}' is no library that was ingested; there are: {known}.")


def read_both(library: str, interim: Path) -> tuple[Consent, pd.DataFrame]:
    """A library's consent, given or not, and its PHOTOS table, empty for one not ingested yet."""
    if (Path(library) / FILE).is_file() and not (interim / Path(library).name / LIBRARY).is_file():
        source, photos = Path(library), tables.PHOTOS.empty_table().to_pandas()
    else:
        folder = find_workspace(library, interim)
        source, photos = source_of(folder), tables.read_table(folder / PHOTOS, tables.PHOTOS)
    path = file_of(source)
    return parse(content_of(path), path), photos


def change_of(
    said: Mapping[str, Sequence[str]],
    permission: Literal["all", "profile", "generate"],
    everything: bool,
) -> Revocation:
    """A Revocation as the command line says it: by person, album, photo, label and place.

    A place is a name or "latitude,longitude,kilometres". Raises AlbumenError where it is no place
    on the map, and for a permission without a person.
    """
    if permission != "all" and not said["person"]:
        raise AlbumenError(f"'{permission}' is to be taken back, and no person is named.")
    return Revocation(
        people=tuple(said["person"]),
        albums=tuple(said["album"]),
        photos=tuple(said["photo"]),
        labels=tuple(said["label"]),
        places=tuple(map(_place, said["place"])),
        everything=everything,
        permission=permission,
    )


def without_effect(change: Revocation, folder: Path) -> list[str]:
    """A sentence for each name in a revocation that nothing in the library answers to."""
    if change.everything:
        return []
    consent, photos = read_both(folder.name, folder.parent)
    return [
        f"Nothing in '{folder.name}' is {_called(one)} so far; it is denied all the same."
        for one in unmatched(change, consent, photos)
    ]


def beyond(results: Path, notebooks: Path) -> list[str]:
    """A sentence for each place that may show what was taken back and is a human's to clear."""
    published = sorted((results / "published").glob("*/"))
    shown = [
        path
        for path in sorted(notebooks.rglob("*.ipynb"))  # copies of the editor included
        if any(cell.get("outputs") for cell in tables.read_json(path).get("cells", ()))
    ]
    return [
        *(f"{path} was published by hand: see whether it shows any of this." for path in published),
        *(f"{path} holds what it showed when it was run by hand: clear it." for path in shown),
    ]


def _called(one: str | Circle) -> str:
    if isinstance(one, Circle):
        return f"within {one.km:g} km of {one.lat:g}, {one.lon:g}"
    return f"called '{one}'"


def _place(text: str) -> str | Circle:
    found = CIRCLE.fullmatch(text)
    if found is None:
        return text
    try:
        circle = Circle(*map(float, found.groups()))
    except ValueError:
        return text
    if not (abs(circle.lat) <= 90 and abs(circle.lon) <= 180 and circle.km > 0):
        raise AlbumenError(f"'{text}' is no place: expected latitude,longitude,kilometres.")
    return circle
