"""Fit assets/bridge.safetensors: `python -m albumen.embed.fit_bridge LIBRARY...`.

It was fitted on the demo libraries (data/raw/rowan, marin, hazel and stock, every photo of which
`sources.csv` credits), without their portraits and without any album, keyword or caption. The
target of a photo and of crops of it is ConSE, EfficientNet-Lite0's words for them. ImageNet has few
words for places and light, so the theme that the demo's recipe gives a photo ("forest", "night
sky") is mixed into its target. Names and searches are therefore optimistic on the demo libraries.

The share of the themes was chosen with each library held out of the fit in turn. At 0.35 (at 0)
13 (7) of 14 groups of photos get a fitting name when another library has their theme, but 1 (3) of
6 when none has, and 10 (13) of 30 objects that are no theme (DreamBooth's photos); captions find
their photo among the first ten of 510 of Flickr8k in 0.39 (0.37) of cases.

The same photos and themes give the same file. Nobody's own library is ever fitted on.

Arrays: clip_mean [512] and features_mean [1280], the mean unit vectors of the two image encoders;
clip_to_words [512, 384], the ridge from centred CLIP vectors to centred targets; conse_mean [384],
the mean ConSE vector; class_words [1000, 384], centred unit sentence vectors of the ImageNet
classes; text_mean [384], the mean sentence vector of the classes.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from PIL import Image
from safetensors.numpy import save_file
from timm.data import ImageNetInfo
from torchvision.models import EfficientNet_B0_Weights

from albumen.embed.bridge import STEP, class_probabilities, unit
from albumen.embed.efficientnet import features_and_logits
from albumen.embed.embedded import clip_vector
from albumen.embed.minilm import embed_sentences
from albumen.images import open_photo
from albumen.ingest import read_library
from albumen.tables import whole_file
from albumen.threads import pin_threads

CROPS = 8  # of each photo, beside the whole: more photos than there are
CROP_SIDE = (0.35, 0.8)  # of the photo's sides
RIDGE = 3.0  # times the mean eigenvalue of the Gram matrix
THEME_SHARE = 0.35  # of a theme in its photos' targets: with more, what is no theme suffers
NO_THEME = frozenset({"", "mixed"})  # a recipe's words that say nothing of a photo


def fit(photos: Sequence[str], themes: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays of the asset from the photos at these paths and their themes, "" for none."""
    words, text_mean = _class_words()
    rows = [(clip_vector(view), *features_and_logits(view)) for view in _views(photos)]
    clip, features, logits = (np.stack(column) for column in zip(*rows, strict=True))
    conse = class_probabilities(logits) @ words
    whole = np.arange(len(clip)) % (CROPS + 1) == 0  # means are those of whole photos
    clip_mean, conse_mean = clip[whole].mean(0), conse[whole].mean(0)
    target = targets(conse, [theme for theme in themes for _ in range(CROPS + 1)], text_mean)
    bridge = ridge(unit(clip - clip_mean), target - target[whole].mean(0), RIDGE)
    return {
        "clip_mean": clip_mean.astype(np.float16),
        "features_mean": unit(features)[whole].mean(0).astype(np.float16),
        "conse_mean": conse_mean.astype(np.float16),
        "text_mean": text_mean.astype(np.float16),
        **_bytes("clip_to_words", bridge),
        **_bytes("class_words", words),
    }


def targets(
    conse: Float[np.ndarray, "n t"], themes: Sequence[str], text_mean: Float[np.ndarray, "t"]
) -> Float[np.ndarray, "n t"]:
    """Unit rows of ConSE, mixed with the theme's sentence vector where a view has a theme."""
    rows = unit(conse)
    for theme in set(themes) - NO_THEME:
        views = np.array([one == theme for one in themes])
        words = unit(embed_sentences([theme])[0] - text_mean)
        rows[views] = unit((1 - THEME_SHARE) * rows[views] + THEME_SHARE * words)
    return rows


def ridge(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n t"], strength: float
) -> Float[np.ndarray, "d t"]:
    """Weights of a ridge regression; the penalty is `strength` times the mean eigenvalue of xx'."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    penalty = strength * (x * x).sum() / len(x)
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def _class_words() -> tuple[Float[np.ndarray, "1000 384"], Float[np.ndarray, "384"]]:
    """ImageNet's classes as the sum of the vectors of "name" and "name: definition"."""
    info = ImageNetInfo()
    names = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]
    defined = [info.index_to_description(n, detailed=True) for n in range(len(names))]
    vectors = (embed_sentences(names) + embed_sentences(defined)) / 2
    return unit(vectors - vectors.mean(0)), vectors.mean(0)


def _views(photos: Sequence[str]) -> Iterator[Image.Image]:
    """Every photo, followed by CROPS random parts of it."""
    for number, path in enumerate(photos):
        image, rng = open_photo(path, 512), np.random.default_rng(number)
        yield image
        for _ in range(CROPS):
            side = rng.uniform(*CROP_SIDE)
            left, top = rng.uniform(0, 1 - side, 2)
            box = np.array([left, top, left + side, top + side]) * (image.size * 2)
            yield image.crop(tuple(int(edge) for edge in box))


def _bytes(name: str, matrix: Float[np.ndarray, "r c"]) -> dict[str, np.ndarray]:
    """A matrix as signed bytes with a step for each row."""
    step = np.abs(matrix).max(1) / 127
    rows: Int[np.ndarray, "r c"] = np.rint(matrix / step[:, None]).astype(np.int8)
    return {name: rows, name + STEP: step.astype(np.float32)}


def _themes(sources: Path) -> dict[str, str]:
    """The recipe's theme of each photo, by its hash, from the table the demo writes."""
    with sources.open(encoding="utf-8", newline="") as lines:
        return {row["sha256"]: row["theme"] for row in csv.DictReader(lines)}


def main() -> None:
    """Fit on the libraries given on the command line."""
    parser = argparse.ArgumentParser(description="Fit the bridge from CLIP to sentence vectors.")
    parser.add_argument("library", nargs="+", type=Path, help="a library with its consent file")
    parser.add_argument("--sources", type=Path, help="sources.csv, by default beside the libraries")
    arguments = parser.parse_args()
    pin_threads(1)
    themes = _themes(arguments.sources or arguments.library[0].parent / "sources.csv")
    chosen: dict[str, str] = {}
    for library in arguments.library:
        photos = read_library(library).photos
        alone = photos[[not people for people in photos.people]]
        chosen |= dict(zip(alone.photo_id, alone.path, strict=True))
    target = Path(str(files("albumen").joinpath("assets/bridge.safetensors")))
    ids = sorted(chosen)
    named = [themes.get(photo_id, "") for photo_id in ids]
    arrays = fit([chosen[photo_id] for photo_id in ids], named)
    themed = sum(theme not in NO_THEME for theme in named)
    fitted_on = f"{len(ids)} photos of the demo libraries, {themed} with the recipe's theme"
    with whole_file(target) as part:
        save_file(arrays, part, {"fitted_on": fitted_on})
    print(f"{target}: fitted on {fitted_on}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
