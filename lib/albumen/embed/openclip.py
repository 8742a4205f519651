"""CLIP with both towers through open_clip, from weights of the model hub.

Nothing is downloaded here: the weights are looked up in the hub's local cache, at a pinned
revision, and if they are not there the error says how to get them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import LocalEntryNotFoundError
from jaxtyping import Float
from PIL import Image

from albumen.errors import WeightsError


class OpenClip:
    """An open_clip model of architecture `model` with the checkpoint `weights`; float32, CPU.

    Raises WeightsError when the checkpoint is not one of that architecture.
    """

    def __init__(self, model: str, weights: Path, name: str) -> None:
        self.name = name
        try:
            self._model, self._prepare = open_clip.create_model_from_pretrained(model, str(weights))
        except RuntimeError as error:
            raise WeightsError(
                f"{weights.name} does not fit the open_clip model '{model}': {error}"
            ) from error
        self._model.eval()
        self._tokens = open_clip.get_tokenizer(model)
        self.dim = int(open_clip.get_model_config(model)["embed_dim"])

    def embed_images(self, images: Sequence[Image.Image]) -> Float[np.ndarray, "n d"]:
        """Unit rows, one image at a time, prepared as the model was trained (centre crop)."""
        with torch.inference_mode():
            rows = [
                self._model.encode_image(self._prepare(image)[None], normalize=True)
                for image in images
            ]
        return self._rows(rows)

    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit rows; a text beyond the model's length is cut."""
        with torch.inference_mode():
            rows = [self._model.encode_text(self._tokens([t]), normalize=True) for t in texts]
        return self._rows(rows)

    def _rows(self, rows: list[torch.Tensor]) -> Float[np.ndarray, "n d"]:
        return torch.cat(rows).numpy() if rows else np.zeros((0, self.dim), np.float32)


class ViTB32(OpenClip):
    """ViT-B/32 trained on LAION-2B (Schuhmann et al. 2022), MIT licence, 605 MB."""

    name = "openclip-b32-laion2b-1"
    model, tag = "ViT-B-32", "laion2b_s34b_b79k"
    repo = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    revision = "1a25a446712ba5ee05982a381eed697ef9b435cf"
    file = "open_clip_model.safetensors"

    def __init__(self) -> None:
        try:
            path = hf_hub_download(
                self.repo, self.file, revision=self.revision, local_files_only=True
            )
        except LocalEntryNotFoundError as error:
            raise WeightsError(
                f"The open_clip model '{self.model}' with weights '{self.tag}' is not in the model "
                f"hub's cache: fetch it with `hf download {self.repo} {self.file} "
                f"--revision {self.revision}`."
            ) from error
        super().__init__(self.model, Path(path), type(self).name)
