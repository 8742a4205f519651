"""Stable Diffusion with IP-Adapters: references are seen once, as embeddings, and then no more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from albumen.errors import AlbumenError
from albumen.generate.diffusion import adapter, embeddings, models
from albumen.generate.diffusion.base import Conditioned, DiffusionGenerator
from albumen.generate.diffusion.crops import crop
from albumen.generate.diffusion.wording import wording
from albumen.records import Condition, Reference


class AdaptedGenerator(DiffusionGenerator):
    """Draws from words and from the embeddings of references.

    The condition's strength and the references' weights set how loudly those speak; where people
    and a place are shown together, each has a region of the picture (`adapter.parts`).
    """

    def __init__(
        self,
        model: models.Model,
        open_photo: Callable[[str, int | None], Image.Image],
        cache: Path | None = None,
        *,
        keep_encoder: bool = True,
        encoder: str = models.ENCODER_NAME,
        style_only: bool = False,
        **options: Any,
    ) -> None:
        """Loads nothing yet; `options` are those of `DiffusionGenerator`.

        Args:
            keep_encoder: False gives the image encoder's memory back after every `prepare`.
            encoder: the image encoder's name, in pictures and for the cache.
            style_only: references of places and things give their style and nothing else.
        """
        super().__init__(model, open_photo, cache, **options)
        self._keep_encoder, self._encoder, self._style_only = keep_encoder, encoder, style_only
        if style_only:
            self.name += "+style"
        self._held: dict[str, embeddings.Embedding] = {}

    def prepare(self, condition: Condition) -> None:
        """Load the model and embed the references that the cache lacks; only these are opened."""
        super().prepare(condition)
        for part in self._parts(condition):
            self._embedding(part.reference, part.adapter)
        if not self._keep_encoder:
            self.drop_encoder()

    def drop_encoder(self) -> None:
        """Let go of the image encoder; it is loaded again for a photo that is not cached."""
        self.pipeline.register_modules(image_encoder=None)

    @contextmanager
    def _conditioned(self, condition: Condition) -> Iterator[Conditioned]:
        pipeline, guided = self.pipeline, self.model.guidance > 1
        count = self._adapters()
        spoken = self._parts(condition)
        said = adapter.voices(spoken, count, condition)
        given = []
        for number in range(count):
            mine = [part.reference for part in spoken if part.adapter == number]
            found = [self._embedding(one, number) for one in mine]
            given.append(
                embeddings.gather(found, guided)
                if found
                else embeddings.nothing(pipeline, number, guided)
            )
        embeddings.check(pipeline, given, guided)
        only = self.model.style if self._style_only else None
        scales = [
            adapter.blocks_of(pipeline.unet, voice.scale, None if number else only)
            for number, voice in enumerate(said)
        ]
        arguments: dict[str, Any] = {
            "ip_adapter_image_embeds": [one.to(pipeline.device, pipeline.dtype) for one in given]
        }
        if any(voice.mask is not None for voice in said):
            masks = [voice.mask for voice in said]
            arguments["cross_attention_kwargs"] = {"ip_adapter_masks": masks}
        used = tuple((part.reference, part.weight) for part in spoken)
        with self._subject_at(condition.strength) as word, adapter.speaking(pipeline, scales):
            yield Conditioned(
                wording(condition, word), arguments, used, "image embedding", self._encoder
            )

    def _parts(self, condition: Condition) -> tuple[adapter.Part, ...]:
        """Nobody speaks at strength 0."""
        return adapter.parts(condition, self._adapters()) if condition.strength > 0 else ()

    def _adapters(self) -> int:
        projection = self.pipeline.unet.encoder_hid_proj
        if projection is None or not hasattr(projection, "image_projection_layers"):
            raise AlbumenError("The pipeline has no IP-Adapter: load one into it first.")
        return len(projection.image_projection_layers)

    def _embedding(self, reference: Reference, number: int) -> embeddings.Embedding:
        """Of one reference for one adapter: held, cached, or made now."""
        hidden = len(embeddings.width_of(self.pipeline, number)) == 2
        key = embeddings.key(reference, self._encoder, hidden, self.pipeline.dtype)
        path = self.cache and self.cache / f"{key}.safetensors"
        if key not in self._held and path and path.is_file():
            self._held[key] = embeddings.read(path)
        if key not in self._held:
            self._held[key] = self._encode(reference, number)
            if path:
                embeddings.write(self._held[key], path)
        return self._held[key]

    def _encode(self, reference: Reference, number: int) -> embeddings.Embedding:
        if self.pipeline.image_encoder is None:
            if self._injected is not None:
                raise AlbumenError(
                    f"Photo {reference.photo_id[:12]} has no cached embedding, "
                    "and the pipeline has no image encoder (any more)."
                )
            models.load_encoder(self.pipeline, self._folder)
        image = crop(reference, self.open_photo, embeddings.SIDE)
        return embeddings.encode(self.pipeline, number, image)

    def _decodable(self, latents: Tensor, size: tuple[int, int]) -> Float[Tensor, "c h w"]:
        return latents[0] / self.pipeline.vae.config.scaling_factor

    def _spread(self) -> float:
        return 1 / self.pipeline.vae.config.scaling_factor


sd15_lcm_ip = partial(AdaptedGenerator, models.SD15)
sdxl_ip = partial(AdaptedGenerator, models.SDXL)
