"""The default embedder: CLIP ViT-B/16's image tower, and MiniLM for words.

No text tower of CLIP comes in a package, so words reach photos by a bridge: a fixed linear map from
CLIP's image space to the space of MiniLM (see `bridge`). It understands things and kinds of place;
it is not CLIP's text search, and knows little of actions, numbers and people.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import onnxruntime
from jaxtyping import Float
from PIL import Image

from albumen.embed import bridge
from albumen.weights import weight

CLIP_DIM = 512
SIDE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # Radford et al. 2021, its code
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(weight("clip-b16-image")), options, providers=["CPUExecutionProvider"]
    )


def clip_vector(image: Image.Image) -> Float[np.ndarray, "512"]:
    """CLIP's unit vector of one RGB image, squashed to a square so that nothing is cut off.

    Always a batch of one: the network's activations are quantised over the whole batch, and a
    neighbour would move the vector.
    """
    small = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32) / 255
    pixels = ((small - MEAN) / STD).transpose(2, 0, 1)[None]
    (vector,) = _session().run(["image_embeds"], {"pixel_values": pixels})
    return bridge.unit(vector[0])


class Embedded:
    """CLIP's image vector beside its translation into words; about 60 ms of one core a photo."""

    name = "embedded-clip-b16-2"
    dim = CLIP_DIM + bridge.TEXT_DIM

    def embed_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit rows [n, 896], one image at a time."""
        rows = []
        for image in images:
            part = bridge.unit(clip_vector(image) - bridge.asset()["clip_mean"])
            rows.append(bridge.image_row(part, bridge.translate(part)))
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit rows [n, 896]."""
        return bridge.text_rows(texts, CLIP_DIM)
