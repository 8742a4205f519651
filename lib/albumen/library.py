"""One library's tables, side by side, after consent: what mapping and briefing read."""

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from PIL import Image

from albumen import tables
from albumen.consent import Consent, filter_photos, read_consent
from albumen.embed import load_vectors
from albumen.errors import ConsentError
from albumen.images import open_photo


@dataclass(frozen=True)
class Library:
    """The photos of one library that consent allows, with their vectors and faces."""

    name: str
    consent: Consent
    photos: pd.DataFrame  # tables.PHOTOS, only photos that were embedded
    vectors: Float[np.ndarray, "n d"]  # unit rows, aligned with photos
    faces: pd.DataFrame  # tables.FACES, of these photos
    embedder: str
    quality: pd.DataFrame = field(  # tables.QUALITY, of these photos, where it was measured
        default_factory=lambda: tables.QUALITY.empty_table().to_pandas()
    )
    looks: pd.DataFrame = field(  # tables.LOOKS, likewise
        default_factory=lambda: tables.LOOKS.empty_table().to_pandas()
    )

    def open(self, photo_id: str, at_least: int | None = None) -> Image.Image:
        """Decode one photo. ConsentError when it is not among the allowed ones."""
        rows = self.photos.loc[self.photos.photo_id == photo_id, "path"]
        if rows.empty:
            raise ConsentError(f"Photo {photo_id[:12]} is not a photo that '{self.name}' may use.")
        return open_photo(rows.iloc[0], at_least)

    def only(self, photo_ids: Collection[str]) -> "Library":
        """The same library reduced to these photos."""
        keep = self.photos.photo_id.isin(photo_ids).to_numpy()
        return dataclasses.replace(
            self,
            photos=self.photos[keep].reset_index(drop=True),
            vectors=self.vectors[keep],
            faces=_of(self.faces, photo_ids),
            quality=_of(self.quality, photo_ids),
            looks=_of(self.looks, photo_ids),
        )

    def with_vectors(self, vectors: Float[np.ndarray, "n d"]) -> "Library":
        """The same photos with other vectors, for controls."""
        return dataclasses.replace(self, vectors=vectors.astype(self.vectors.dtype))


def opener(*libraries: Library) -> Callable[[str, int | None], Image.Image]:
    """A function that decodes a photo of any of these libraries, by id and least side in pixels."""
    home = {photo_id: one for one in libraries for photo_id in one.photos.photo_id}

    def open_any(photo_id: str, at_least: int | None = None) -> Image.Image:
        if photo_id not in home:
            names = ", ".join(f"'{one.name}'" for one in libraries)
            raise ConsentError(f"Photo {photo_id[:12]} is not a photo that {names} may use.")
        return home[photo_id].open(photo_id, at_least)

    return open_any


def load_library(folder: Path, embedder: str) -> Library:
    """Load what ingest, embed, faces, quality and looks wrote under `folder`.

    `folder` is `data/interim/<library>`. Consent is read again from the library itself, so that
    photos and names that its owner took back since they were ingested are already gone here.
    """
    consent = read_consent(Path(tables.read_json(folder / "library.json")["source"]))
    photos = filter_photos(tables.read_table(folder / "photos.parquet", tables.PHOTOS), consent)
    faces = tables.read_table(folder / "faces.parquet", tables.FACES)
    photos, vectors = load_vectors(photos, embedder, folder / "embeddings")
    faces = _of(faces, photos.photo_id)
    quality = _of(tables.read_table(folder / "quality.parquet", tables.QUALITY), photos.photo_id)
    there = quality.duplicates.isin(photos.photo_id)  # a group's best photo may be gone
    quality["duplicates"] = quality.duplicates.astype(object).where(there, None)
    looks = _of(tables.read_table(folder / "looks.parquet", tables.LOOKS), photos.photo_id)
    named = faces.name.isin([name for name, one in consent.people.items() if one.profile])
    faces["name"] = faces.name.astype(object).where(named, None)
    return Library(folder.name, consent, photos, vectors, faces, embedder, quality, looks)


def _of(table: pd.DataFrame, photo_ids: Collection[str] | pd.Series) -> pd.DataFrame:
    return table[table.photo_id.isin(photo_ids)].reset_index(drop=True)
