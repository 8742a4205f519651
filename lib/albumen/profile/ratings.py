"""What an owner says of generated pictures: `ratings.parquet` in the library's workspace.

A rating keeps the picture's vector, so that it counts for whatever interests a later profile has,
and no pixel.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from PIL import Image

from albumen import tables
from albumen.embed import Embedder
from albumen.errors import AlbumenError
from albumen.profile import TEMPERATURE
from albumen.records import Condition, Interest, Picture

FILE = "ratings.parquet"
STARS = 5
APART = 0.25  # cosine of pictures to interests they are not of: .1 to .3 for photos of the demo


def rate(
    folder: Path, picture: Picture, condition: Condition, embedder: Embedder, value: float
) -> None:
    """Write down in `folder` (`data/interim/<library>`) how much its owner likes a picture.

    `value` is from -1 (thumb down) to 1 (thumb up); `stars` turns 1 to 5 into one. Of a picture
    that is rated again the newer word counts. Raises AlbumenError when the value is no such number
    or the picture was not made from `condition`.
    """
    if not -1 <= value <= 1:
        raise AlbumenError(f"A rating is from -1 to 1, not {value}.")
    if picture.condition != condition.digest():
        raise AlbumenError("The rated picture was not made from this condition.")
    (vector,) = embedder.embed_images([Image.fromarray(picture.image)])
    row = {
        "picture": _digest(picture),
        "condition": picture.condition,
        "theme": condition.theme,
        "style": condition.style,
        "photos": [one.photo_id for one in condition.references],
        "people": [one.person_id for one in condition.people if one.embeddings],
        "encoder": embedder.name,
        "vector": vector.astype(np.float32),
        "value": float(value),
        "rated_utc": datetime.now(UTC),
    }
    before = read_ratings(folder)
    kept = before[before.picture != row["picture"]].to_dict("records")
    table = pd.DataFrame([*kept, row], columns=tables.RATINGS.names)
    tables.write_table(table, folder / FILE, tables.RATINGS)


def read_ratings(folder: Path) -> pd.DataFrame:
    """The RATINGS table of a library's workspace; empty where nothing was rated."""
    path = folder / FILE
    if not path.is_file():
        return tables.RATINGS.empty_table().to_pandas()
    return tables.read_table(path, tables.RATINGS)


def stars(number: int) -> float:
    """1 to 5 stars as a value from -1 to 1. Raises AlbumenError for any other number."""
    if number not in range(1, STARS + 1):
        raise AlbumenError(f"{number} stars: expected 1 to {STARS}.")
    return (number - 1) / (STARS - 1) * 2 - 1


def of_scenes(ratings: pd.DataFrame, encoder: str) -> pd.DataFrame:
    """The ratings that tell of interests: of scenes, with vectors of this encoder.

    Who likes a portrait likes whom it shows.
    """
    return ratings[(ratings.theme != "") & (ratings.encoder == encoder)].reset_index(drop=True)


def responsibilities(
    interests: tuple[Interest, ...], vectors: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, "n k"]:
    """How much of what each picture shows is each interest; what rows lack to 1 is none of them.

    The softmax of the cosines, with one of APART for "none", at the temperature at which
    `profile.score` mixes interests.
    """
    cosines = vectors.astype(np.float64) @ np.array([one.direction for one in interests]).T
    shares = np.exp((cosines - APART) / TEMPERATURE)
    return shares / (1 + shares.sum(axis=1, keepdims=True))


def _digest(picture: Picture) -> str:
    """As the record of a saved picture has it: SHA-256 of size and pixels."""
    shape = json.dumps(list(picture.image.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(picture.image).tobytes()).hexdigest()
