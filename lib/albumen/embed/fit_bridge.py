"""Fit assets/bridge.safetensors: `python -m albumen.embed.fit_bridge LIBRARY...`.

It was fitted on the demo libraries (data/raw/rowan, marin, hazel and stock, every photo of which
`sources.csv` credits), without their portraits and without any label or caption: the targets are
EfficientNet-Lite0's words for the same photos and for crops of them. The same photos give the same
file. Nobody's own library is ever fitted on.

Arrays: clip_mean [512] and features_mean [1280], the mean unit vectors of the two image encoders;
clip_to_words [512, 384], the ridge from centred CLIP vectors to centred ConSE vectors; conse_mean
[384], what that centring took off; class_words [1000, 384], centred unit sentence vectors of the
ImageNet classes; text_mean [384], the mean sentence vector of the classes.
"""

import argparse
from collections.abc import Iterator
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


def fit(
    photos: list[str],
) -> dict[str, np.ndarray]:
    """The arrays of the asset from the photos at these paths (see the module's docstring)."""
    words, text_mean = _class_words()
    rows = [(clip_vector(view), *features_and_logits(view)) for view in _views(photos)]
    clip, features, logits = (np.stack(column) for column in zip(*rows, strict=True))
    conse = class_probabilities(logits) @ words
    whole = np.arange(len(clip)) % (CROPS + 1) == 0  # means are those of whole photos
    clip_mean, conse_mean = clip[whole].mean(0), conse[whole].mean(0)
    bridge = ridge(unit(clip - clip_mean), conse - conse_mean, RIDGE)
    return {
        "clip_mean": clip_mean.astype(np.float16),
        "features_mean": unit(features)[whole].mean(0).astype(np.float16),
        "conse_mean": conse_mean.astype(np.float16),
        "text_mean": text_mean.astype(np.float16),
        **_bytes("clip_to_words", bridge),
        **_bytes("class_words", words),
    }


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


def _views(photos: list[str]) -> Iterator[Image.Image]:
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


def main() -> None:
    """Fit on the libraries given on the command line."""
    parser = argparse.ArgumentParser(description="Fit the bridge from CLIP to sentence vectors.")
    parser.add_argument("library", nargs="+", type=Path, help="a library with its consent file")
    pin_threads(1)
    chosen: dict[str, str] = {}
    for library in parser.parse_args().library:
        photos = read_library(library).photos
        alone = photos[[not people for people in photos.people]]
        chosen |= dict(zip(alone.photo_id, alone.path, strict=True))
    target = Path(str(files("albumen").joinpath("assets/bridge.safetensors")))
    arrays = fit([chosen[photo_id] for photo_id in sorted(chosen)])
    with whole_file(target) as part:
        save_file(arrays, part, {"fitted_on": f"{len(chosen)} photos of the demo libraries"})
    print(f"{target}: fitted on {len(chosen)} photos, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
