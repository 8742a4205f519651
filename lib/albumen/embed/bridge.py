"""Words beside pictures in one vector, for encoders that come without a text tower.

An image's vector is [sqrt(1-b) v ; sqrt(b) t]: v its visual part, t what it shows as a sentence
vector of MiniLM. A text's vector is [0 ; MiniLM(text)]. All parts are centred and of unit length,
so dot(image, image') = (1-b) cos(v, v') + b cos(t, t') and dot(image, text) = sqrt(b) cos(t, text).

For EfficientNet t is ConSE (Norouzi et al. 2014): the ImageNet classes' sentence vectors weighted
by their probabilities. For CLIP it is a fixed ridge regression on CLIP's vectors of ConSE, mixed
with the themes that the demo's recipe gives its photos. `fit_bridge` fits it and says from which
photos; it is the same for every library, so that the vectors of two owners can be compared.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from jaxtyping import Float
from safetensors.numpy import load_file

from albumen.embed import minilm

TEXT_DIM = minilm.DIM
TEXT_SHARE = 0.2  # b: the share of words in the similarity of two images
STEP = "_step"  # a matrix of bytes is stored beside its rows' steps
TEMPERATURE = 2.0  # softens ImageNet's class probabilities


@cache
def asset() -> dict[str, np.ndarray]:
    """The fitted arrays of assets/bridge.safetensors as float32; `fit_bridge` describes them."""
    with as_file(files("albumen").joinpath("assets/bridge.safetensors")) as path:
        stored = {name: array.astype(np.float32) for name, array in load_file(path).items()}
    steps = {name: stored.pop(name) for name in list(stored) if name.endswith(STEP)}
    for name, step in steps.items():
        stored[name.removesuffix(STEP)] *= step[:, None]
    return stored


def unit(vectors: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n d"]:
    """Rows of length 1 as float32; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def class_probabilities(logits: Float[np.ndarray, "*n 1000"]) -> Float[np.ndarray, "*n 1000"]:
    """Softmax of ImageNet logits at TEMPERATURE."""
    raised = np.exp((logits - logits.max(-1, keepdims=True)) / TEMPERATURE)
    return raised / raised.sum(-1, keepdims=True)


def conse(logits: Float[np.ndarray, "1000"]) -> Float[np.ndarray, "t"]:
    """A photo's unit sentence vector from its ImageNet logits."""
    return unit(class_probabilities(logits) @ asset()["class_words"] - asset()["conse_mean"])


def translate(part: Float[np.ndarray, "512"]) -> Float[np.ndarray, "t"]:
    """A photo's unit sentence vector from its centred CLIP vector."""
    return unit(part @ asset()["clip_to_words"])


def image_row(
    visual: Float[np.ndarray, "v"], words: Float[np.ndarray, "t"]
) -> Float[np.ndarray, "d"]:
    """Join the unit parts of one image into a unit vector."""
    return np.concatenate([np.sqrt(1 - TEXT_SHARE) * visual, np.sqrt(TEXT_SHARE) * words]).astype(
        np.float32
    )


def text_rows(texts: Sequence[str], visual_dim: int) -> Float[np.ndarray, "n d"]:
    """Unit rows of texts: nothing in the visual part."""
    words = unit(minilm.embed_sentences(texts) - asset()["text_mean"])
    return np.concatenate([np.zeros((len(texts), visual_dim), np.float32), words], axis=1)
