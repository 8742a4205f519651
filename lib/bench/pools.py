"""Labelled photos that simulated owners are dealt from: the demo's, or any folder of subjects."""

from pathlib import Path

import numpy as np
import pandas as pd

from albumen import embed
from albumen.images import open_photo
from albumen.library import Library, load_library
from albumen.profile.vocabulary import unit
from albumen.simulated import LEAST_IN_POOL, Pool

EMBEDDER = "embedded"
INTERIM, RECIPE = Path("data/interim"), Path("data/recipes/demo.csv")
OWNERS, STOCK = ("rowan", "marin", "hazel"), "stock"
NO_THEME = "mixed"
LEAST = 6  # photos of a theme
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def demo_libraries() -> dict[str, Library]:
    """The demo's libraries, the stock last, as notebook 01 left them."""
    return {name: load_library(INTERIM / name, EMBEDDER) for name in (*OWNERS, STOCK)}


def demo_pool(columns: int | None = None) -> Pool:
    """The demo's photos by the themes of its recipe; of `columns` only the first, unit rows again.

    The embedder's first 512 columns are CLIP's.
    """
    libraries = demo_libraries().values()
    photo_ids = pd.concat([one.photos.photo_id for one in libraries])
    vectors = np.concatenate([one.vectors for one in libraries])
    themes = photo_ids.map(pd.read_csv(RECIPE).set_index("sha256").theme).to_numpy()
    counts = pd.Series(themes).map(pd.Series(themes).value_counts()).to_numpy()
    kept = (counts >= LEAST) & (themes != NO_THEME)
    return Pool(unit(vectors[kept, :columns]), tuple(themes[kept]), EMBEDDER)


def folder_pool(folder: Path) -> Pool:
    """The photos of a folder that holds a folder a subject; subjects of few photos are left out."""
    paths = [path for path in sorted(folder.glob("*/*")) if path.suffix.lower() in ENDINGS]
    names = pd.Series([path.parent.name for path in paths], dtype=object)
    kept = names.map(names.value_counts()) >= LEAST_IN_POOL
    embedder = embed.make(EMBEDDER)
    images = (open_photo(str(path), embed.AT_LEAST) for path in np.array(paths)[kept])
    vectors = np.concatenate([embedder.embed_images([one]) for one in images])
    return Pool(vectors, tuple(names[kept]), EMBEDDER)
