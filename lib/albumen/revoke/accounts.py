"""Which photos of a library's tables consent denies, and the account of its files without them.

Only the tables are read: consent can be taken back when the photos are elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from albumen.consent import NOT_ALLOWED, Consent, decide
from albumen.tables import WITHHELD

BESIDE = "named like a photo that is withheld"
ARCHIVE = re.compile(r"^(?:/[^/]*\.zip!|!)?/", re.IGNORECASE)  # a zip, at the top of the export


def denials(
    photos: pd.DataFrame, accounts: pd.DataFrame, consent: Consent, source: Path
) -> dict[str, str]:
    """photo_id -> why consent denies the photo.

    As in ingest, the folders on the way to a file count among its words, and a denial of one of its
    files holds for the photo; that it is not allowed only counts of the file that stands for it.
    """
    files = accounts.loc[accounts.photo_id.notna(), ["photo_id", "path"]]
    files = pd.concat([photos[["photo_id", "path"]], files]).drop_duplicates()
    files = files.merge(photos.drop(columns="path"), on="photo_id")
    folders = [_place(path, source).parts[:-1] for path in files.path]
    words = [[*own, *parts] for own, parts in zip(files.keywords, folders, strict=True)]
    why = decide(files.assign(keywords=words), consent)
    holds = (why != "") & (files.path.isin(photos.path) | ~why.isin(NOT_ALLOWED))
    return dict(zip(files.photo_id[holds], why[holds], strict=True))


def withheld(
    accounts: pd.DataFrame, consent: Consent, denied: Mapping[str, str], source: Path
) -> pd.DataFrame:
    """A RECONCILIATION table, still one row a file, that does not say where denied ones are.

    `denied`: photo_id -> why. Besides these photos' files, a path goes that consent denies by its
    words, and one of a file that is named like a denied photo beside it: its sidecar, or the
    original of an edit.
    """
    places = accounts.path.map(lambda path: _place(path, source))
    why = pd.Series([denied.get(one, "") for one in accounts.photo_id], dtype=object)
    begin = {(place.parent, one) for place in places[why != ""] for one in _beginnings(place)}
    stems = {(place.parent, place.stem) for place in places[why != ""]}
    others = accounts.photo_id.isna() & (accounts.path != WITHHELD)
    why[others] = _by_words(accounts.path[others], places[others], consent)
    for at in accounts.index[others & (why == "")]:
        place = places[at]
        named = {(place.parent, one) for one in _beginnings(place)}
        if (place.parent, place.stem) in begin or not stems.isdisjoint(named):
            why[at] = BESIDE
    going = why != ""
    skipped = going & (accounts.outcome != "sidecar")
    after = accounts.assign(
        path=accounts.path.mask(going, WITHHELD),
        outcome=accounts.outcome.mask(skipped, "skipped"),
        reason=accounts.reason.mask(going, why),
        photo_id=accounts.photo_id.mask(going, None),
    )
    return after.sort_values(["path", "outcome", "reason"], ignore_index=True)


def _by_words(paths: pd.Series, places: pd.Series, consent: Consent) -> pd.Series:
    """Why consent denies files of which nothing is known but the path; "" where it does not."""
    parts = [list(place.parts[:-1]) for place in places]
    unknown = {"photo_id": "", "title": "", "description": "", "time_source": ""}
    unknown |= dict.fromkeys(("lat", "lon", "taken_utc", "taken_local"))
    table = pd.DataFrame({"path": paths, **unknown}).assign(albums=parts, keywords=parts)
    table = table.assign(**{one: [[] for _ in parts] for one in ("people", "places", "faces")})
    why = decide(table, consent)
    return why.mask(why.isin(NOT_ALLOWED), "")


def _place(path: str, source: Path) -> PurePosixPath:
    """Where a file is within its export, the same for all parts of it."""
    return PurePosixPath(ARCHIVE.sub("", path.removeprefix(str(source))))


def _beginnings(place: PurePosixPath) -> Iterator[str]:
    """What a file's name begins with, up to the end of each of its words."""
    return (place.name[: end.start()] for end in re.finditer(r"(?<=[^\W_])(?=[\W_]|$)", place.name))
