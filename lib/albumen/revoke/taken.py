"""What a library's workspace holds that its consent does not allow."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from albumen import tables
from albumen.brief import person_id
from albumen.consent import Consent
from albumen.consent.words import key, keys
from albumen.revoke.accounts import denials
from albumen.revoke.removal import files_under

PHOTOS, RECONCILIATION = "photos.parquet", "reconciliation.parquet"
PROFILE, LIBRARY = "profile.json", "library.json"


class Taken(NamedTuple):
    """What consent takes from a workspace."""

    photos: dict[str, str]  # ids of photos that are denied, or no longer listed, and why
    names: frozenset[str]  # that the profile may not know, though a table has them
    faces: frozenset[str]  # ids of these people's faces, and of unnamed ones in their photos
    hidden: frozenset[str]  # names of everybody known who may not be depicted
    shown: frozenset[str]  # ids of photos that stay and show somebody of them
    depicted: frozenset[str]  # ids, as in conditions, of the people who may be


def find_taken(folder: Path, consent: Consent) -> Taken:
    """Compare what lies in `folder` (`data/interim/<library>`) with what `consent` allows now.

    Nothing is remembered of an earlier consent: a photo that was embedded and is not listed any
    more, or a name that is in a table and not in the profile, was taken back.
    """
    held = dict.fromkeys(_photo_ids(folder), "no longer in the library")
    if not consent.given:  # all goes, whatever its tables look like
        return Taken(held, *[frozenset()] * 5)
    photos = tables.read_table(folder / PHOTOS, tables.PHOTOS)
    accounts = tables.read_table(folder / RECONCILIATION, tables.RECONCILIATION)
    denied = denials(photos, accounts, consent, source_of(folder))
    kept = set(photos.photo_id) - set(denied)

    faces = _faces(folder)
    known = {*faces.name.dropna(), *_names_in_profile(folder)}
    known |= {name for names in photos.people for name in names}
    in_profile = [name for name, one in consent.people.items() if one.profile]
    depicted = [name for name, one in consent.people.items() if one.generate]
    names = _others(known, in_profile)
    hidden = _others({*known, *consent.people}, depicted)
    theirs = faces.name.isin(names) | (faces.name.isna() & faces.photo_id.isin(_of(names, photos)))
    shown = _of(hidden, photos) | set(faces.photo_id[faces.name.isin(hidden)])
    return Taken(
        {one: denied.get(one, why) for one, why in held.items() if one not in kept},
        names,
        frozenset(faces.face_id[theirs]),
        hidden,
        frozenset(shown & kept),
        frozenset(person_id(folder.name, name) for name in depicted),
    )


def source_of(folder: Path) -> Path:
    """Where the library of a workspace is: a folder or a zip."""
    return Path(tables.read_json(folder / LIBRARY)["source"])


def table_files(folder: Path) -> list[Path]:
    """The tables of a workspace that are keyed by photo, but for what a killed stage left."""
    return [
        path
        for path in files_under(folder)
        if path.suffix == ".parquet"
        and not is_scratch(path, folder)
        and "photo_id" in _columns(path)
    ]


def _columns(path: Path) -> list[str]:
    try:
        return pq.read_schema(path).names
    except pa.ArrowInvalid:  # no table: it goes as a whole with what it was made from
        return []


def is_scratch(path: Path, folder: Path) -> bool:
    """Whether a file is what a stage leaves when it is killed: it, or a folder, is hidden."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _photo_ids(folder: Path) -> set[str]:
    found = {one for interest in _profile(folder)["interests"] for one in interest["members"]}
    for path in table_files(folder):
        found.update(pq.read_table(path, columns=["photo_id"])["photo_id"].to_pylist())
    return found - {None}


def _names_in_profile(folder: Path) -> set[str]:
    return {one["name"] for one in _profile(folder)["people"]}


def _profile(folder: Path) -> dict:
    path = folder / PROFILE
    return tables.read_json(path) if path.is_file() else {"interests": [], "people": []}


def _faces(folder: Path) -> pd.DataFrame:
    columns = ["face_id", "photo_id", "name"]
    path = folder / "faces.parquet"
    if not path.is_file():
        return pd.DataFrame(columns=columns, dtype=object)
    return pq.read_table(path, columns=columns).to_pandas()


def _others(names: Collection[str], allowed: Collection[str]) -> frozenset[str]:
    """The names that are none of the allowed, whatever their case."""
    known = keys(allowed)
    return frozenset(name for name in names if key(name) not in known)


def _of(names: Collection[str], photos: pd.DataFrame) -> set[str]:
    """The ids of the photos that show one of them."""
    return set(photos.photo_id[[not set(names).isdisjoint(people) for people in photos.people]])
