"""What a table of named faces says of a person. Only named faces answer; the rest stay unused."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from albumen.errors import AlbumenError

MIN_PIXELS = 12.0  # between eyes and mouth: less is too little to recognise
MIN_SCORE = 0.7  # of the detector


def usable(faces: pd.DataFrame) -> pd.Series:
    """Which faces are large and certain enough to recognise."""
    return (faces.pixels >= MIN_PIXELS) & (faces.score >= MIN_SCORE)


def mean_embedding(faces: pd.DataFrame, name: str, recogniser: str) -> Float[np.ndarray, "d"]:
    """The mean vector of the usable faces of `name`; a unit vector for recognisers of cosines.

    Raises AlbumenError when there is none.
    """
    mine = faces[(faces.name == name) & usable(faces)]
    if mine.empty:
        raise AlbumenError(
            f"There is no usable face of {name}: expected a box around one in the metadata, or a "
            f"photo that names {name} and shows one face alone, at least {MIN_PIXELS:.0f} px "
            "between eyes and mouth."
        )
    mean = np.stack(list(mine[recogniser])).astype(float).mean(axis=0)
    return mean if recogniser == "dlib" else mean / np.linalg.norm(mean)


def separation(faces: pd.DataFrame) -> tuple[float, float]:
    """Median dlib distance of pairs with the same name, and of pairs with different names.

    `faces`: named faces. NaN where there is no such pair. The same person is under SAME_DLIB.
    """
    vectors = np.stack(list(faces.dlib)).astype(float)
    first, second = np.triu_indices(len(faces), k=1)
    distances = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    names = faces.name.to_numpy()
    same = names[first] == names[second]
    within, between = (
        float(np.median(part)) if len(part) else float("nan")
        for part in (distances[same], distances[~same])
    )
    return within, between
