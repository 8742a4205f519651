"""Photos as the embeddings that an IP-Adapter takes: made once, kept, and enough from then on.

A file of the cache is named by a digest of the encoder, the photo's id and its box, and holds one
tensor. Beware: it is made from hundreds of numbers a patch of the photo, and tells much of it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from albumen.errors import AlbumenError
from albumen.records import Reference
from albumen.tables import whole_file

ALGORITHM = "1"  # of the embedding: a change makes cached ones void
SIDE = 224  # pixels of the encoder's input

Embedding = Float[Tensor, "2 1 *t d"]  # the negative first


def encode(pipeline: Any, adapter: int, image: Image.Image) -> Embedding:
    """The image encoder's features that this adapter was trained on, and those of no image.

    One image at a time: in a batch the last digits depend on its size.
    """
    hidden = len(width_of(pipeline, adapter)) == 2
    positive, negative = pipeline.encode_image(image, pipeline.device, 1, hidden)
    return torch.stack([negative, positive])


def key(reference: Reference, encoder: str, hidden: bool, dtype: torch.dtype) -> str:
    """What an embedding depends on, as a digest."""
    box = reference.box and list(reference.box)
    facts = [ALGORITHM, encoder, hidden, str(dtype), reference.photo_id, box]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def read(path: Path) -> Embedding:
    """A cached embedding. Raises AlbumenError when the file is damaged."""
    try:
        return load_file(path)["embedding"]
    except (SafetensorError, KeyError) as error:
        raise AlbumenError(f"{path} is no image embedding: remove it, it is made again.") from error


def write(embedding: Embedding, path: Path) -> None:
    """Write a file that appears only when it is whole."""
    with whole_file(path) as part:
        save_file({"embedding": embedding.contiguous().cpu()}, part)


def gather(found: list[Embedding], guidance: bool) -> Float[Tensor, "g n *t d"]:
    """The references of one adapter side by side; without guidance no negative."""
    both = torch.cat(found, dim=1)
    return both if guidance else both[1:]


def nothing(pipeline: Any, adapter: int, guidance: bool) -> Float[Tensor, "g 1 *t d"]:
    """What stands for the references of an adapter that has none: it is not listened to."""
    shape = (1 + guidance, 1, *width_of(pipeline, adapter))
    return torch.zeros(shape, dtype=pipeline.unet.dtype)


def width_of(pipeline: Any, adapter: int) -> tuple[int, ...]:
    """The shape of one image's embedding: (d,) pooled, or (1, d) for any number of patches."""
    layer = pipeline.unet.encoder_hid_proj.image_projection_layers[adapter]
    if hasattr(layer, "image_embeds"):
        return (layer.image_embeds.in_features,)
    return (1, layer.proj_in.in_features)


def check(pipeline: Any, given: list[Tensor], guidance: bool) -> None:
    """Raise AlbumenError unless every adapter has embeddings of its shape.

    (2, n, d) with the negative first under guidance, (1, n, d) without; (., n, t, d) for an adapter
    that looks at patches. diffusers takes the one for the other and draws something wrong.
    """
    adapters = len(pipeline.unet.encoder_hid_proj.image_projection_layers)
    if len(given) != adapters:
        raise AlbumenError(f"Image embeddings for {len(given)} adapters, expected {adapters}.")
    for adapter, one in enumerate(given):
        width = width_of(pipeline, adapter)
        expected = (1 + guidance, "n", *(("t",) if len(width) == 2 else ()), width[-1])
        fits = one.ndim == len(expected) and one.shape[0] == expected[0]
        if not fits or one.shape[-1] != width[-1] or 0 in one.shape:
            raise AlbumenError(
                f"Image embeddings have the shape {tuple(one.shape)}, expected "
                f"({', '.join(map(str, expected))})"
                f"{', the negative first, as guidance is on' if guidance else ' without guidance'}."
            )
