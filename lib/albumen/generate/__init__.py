"""Generators: a condition and a seed become a picture that knows its sources.

A new one is a class with these members and a line in GENERATORS; the contract test finds it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from PIL import Image

from albumen import registry
from albumen.records import Condition, Picture

# photo_id and, if any size will do, the shortest side needed -> the upright RGB photo
OpenPhoto = Callable[[str, int | None], Image.Image]


@runtime_checkable
class Generator(Protocol):
    name: str  # goes into every picture
    needs: frozenset[str]  # of faces, references, person photos, gpu, hub

    def prepare(self, condition: Condition) -> None:
        """What is done once for the people of a condition, so that it counts for no picture."""
        ...

    def generate(self, condition: Condition, seeds: Sequence[int]) -> list[Picture]:
        """One picture a seed. Same condition, seed, threads and versions: the same bytes."""
        ...


GENERATORS = {
    "embedded": "albumen.generate.embedded:EmbeddedGenerator",
    "sd15-lcm-ip": "albumen.generate.diffusion.adapted:sd15_lcm_ip",
    "sdxl-ip": "albumen.generate.diffusion.adapted:sdxl_ip",
    "flux2-klein": "albumen.generate.diffusion.klein:flux2_klein",
    "return-photo": "albumen.generate.baselines:ReturnPhoto",
    "random-photo": "albumen.generate.baselines:RandomPhoto",
}


def make(name: str, open_photo: OpenPhoto, cache: Path | None = None, **options: Any) -> Generator:
    """The generator `name`; `cache` is a folder for what it computes once a person or a photo.

    `open_photo` is the only way to a photo, so that consent stays in charge of it. `options` are
    the generator's own. A model of the hub is loaded on first use, not here.
    """
    return registry.make(name, GENERATORS, open_photo=open_photo, cache=cache, **options)
