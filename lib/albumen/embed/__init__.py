"""Embedders: photos and words to unit vectors of one space, and the cache of a library's vectors.

A new one is a class with these four members and a line in EMBEDDERS; the contract test finds it.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float
from PIL import Image

from albumen import registry, shards
from albumen.errors import AlbumenError
from albumen.images import open_photo
from albumen.progress import Progress

EMBEDDERS = {
    "embedded": "albumen.embed.embedded:Embedded",
    "efficientnet-lite0": "albumen.embed.efficientnet:EfficientNetLite0",
    "openclip-b32": "albumen.embed.openclip:ViTB32",
}

SHARD = 64  # photos a file of the cache
BATCH = 8  # photos decoded at a time: a shard of large ones would not fit in memory
AT_LEAST = 256  # pixels of the shortest side that are decoded


@runtime_checkable
class Embedder(Protocol):
    """Images and texts to unit rows of one space."""

    name: str  # with its version: names the cache's folder, goes into tables and metrics
    dim: int

    def embed_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit rows of RGB images; an image's row does not depend on its neighbours."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit rows of texts in the space of the images."""
        ...


def make(name: str) -> Embedder:
    """The embedder registered under `name`."""
    return registry.make(name, EMBEDDERS)


def embed_photos(photos: pd.DataFrame, embedder: Embedder, cache: Path) -> Iterator[Progress]:
    """Embed every photo that `cache` lacks, in shards; yield progress at the start and after each.

    `photos` needs the columns photo_id and path. Rows are stored as float16 under the photo's
    content hash and the embedder's name. A photo that cannot be decoded becomes a row with its
    error. Killed between shards, it resumes at the next one.
    """

    def rows(shard: pd.DataFrame) -> pa.Table:
        pairs = list(zip(shard.photo_id, shard.path, strict=True))
        parts = (pairs[start : start + BATCH] for start in range(0, len(pairs), BATCH))
        return _table([row for part in parts for row in _embed(part, embedder)], embedder.dim)

    return shards.fill(cache / embedder.name, photos, SHARD, rows, "embedded")


def load_vectors(
    photos: pd.DataFrame, embedder_name: str, cache: Path
) -> tuple[pd.DataFrame, Float[np.ndarray, "n d"]]:
    """The photos without those that failed, and their unit vectors (float32), row by row.

    `embedder_name` is a key of EMBEDDERS or an embedder's own name. Raises AlbumenError when a
    photo was never embedded.
    """
    folder = _folder(embedder_name, cache)
    stored = shards.read(folder)
    shards.lacking(folder, photos, stored, f"embedded with '{embedder_name}'")
    rows = stored.set_index("photo_id").loc[photos.photo_id]
    whole = (rows.error == "").to_numpy()
    vectors = np.array(rows.vector[whole].to_list(), np.float32).reshape(whole.sum(), -1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # float16 rounded them
    return photos[whole].reset_index(drop=True), vectors


def failures(photos: pd.DataFrame, embedder_name: str, cache: Path) -> pd.DataFrame:
    """The photos that could not be embedded: photo_id and error, one sentence each."""
    return shards.failures(_folder(embedder_name, cache), photos)


def text_scores(
    embedder: Embedder, vectors: Float[np.ndarray, "n d"], texts: Sequence[str]
) -> Float[np.ndarray, "n t"]:
    """How well each photo shows each text, as a z-score over these photos (0 where all are equal).

    What all these photos share is taken out first, so that no photo is near to every text; a
    z-score then says which stand out, as cosines of different texts are not on one scale.
    """
    rows = embedder.embed_texts(texts)
    spoken = np.any(rows != 0, axis=0)  # the dimensions in which texts lie
    parts = vectors[:, spoken] - vectors[:, spoken].mean(axis=0)
    length = np.linalg.norm(parts, axis=1, keepdims=True)
    scores = parts / np.where(length > 1e-6, length, 1) @ rows[:, spoken].T
    spread = scores.std(axis=0)
    return (scores - scores.mean(axis=0)) / np.where(spread > 1e-6, spread, np.inf)


def _embed(
    photos: Sequence[tuple[str, str]], embedder: Embedder
) -> list[tuple[str, str, np.ndarray | None]]:
    """Rows of photo_id, error, vector for (photo_id, path) pairs."""
    images, errors = {}, {}
    for photo_id, path in photos:
        try:
            images[photo_id] = open_photo(path, AT_LEAST)
        except AlbumenError as error:
            errors[photo_id] = str(error)
    vectors = dict(zip(images, embedder.embed_images(list(images.values())), strict=True))
    return [(photo_id, errors.get(photo_id, ""), vectors.get(photo_id)) for photo_id, _ in photos]


def _table(rows: list[tuple[str, str, np.ndarray | None]], dim: int) -> pa.Table:
    ids, errors, vectors = zip(*rows, strict=True)
    halves = [None if vector is None else vector.astype(np.float16) for vector in vectors]
    return pa.table(
        {
            "photo_id": pa.array(ids, pa.string()),
            "error": pa.array(errors, pa.string()),
            "vector": pa.array(halves, pa.list_(pa.float16(), dim)),
        }
    )


def _folder(embedder_name: str, cache: Path) -> Path:
    """The folder of an embedder given by registry key or by its own name."""
    if embedder_name in EMBEDDERS:
        module, attr = EMBEDDERS[embedder_name].split(":")
        embedder_name = getattr(import_module(module), attr).name
    return cache / embedder_name
