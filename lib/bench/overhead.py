"""What our diffusion backend adds to diffusers: the same small model, in turns with the bare call.

Processor seconds of one thread: other work on the machine hardly changes them.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import make
from albumen.generate.diffusion.adapter import scale
from albumen.generate.diffusion.models import SD15
from albumen.generate.diffusion.wording import wording
from albumen.records import Condition, Reference
from bench import tiny

WIDTH, SIDE = 128, 384  # of the model, and of its pictures in pixels: a run takes about a second

Pixels = UInt8[np.ndarray, "h w 3"]


def overheads(pairs: int, width: int = WIDTH, side: int = SIDE) -> pd.DataFrame:
    """Seconds of ours over seconds of theirs, a row a pair.

    photos: the photo is encoded for each picture, by both. embeds: it is not, by either; ours reads
    the embedding from its cache. regions: three references with an attention each, by their
    weights, against all three in one, as diffusers has them without masks. Raises AlbumenError
    unless ours and theirs draw the same picture (of regions, which are another one: do not).
    """
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8))
    pipeline = tiny.stable_diffusion(width)
    one, three = told(1, side), told(3, side)
    (embeds,) = pipeline.prepare_ip_adapter_image_embeds([[photo]], None, "cpu", 1, False)
    with tempfile.TemporaryDirectory(prefix="bench-generate-") as cache:

        def ours(condition: Condition, cache: Path | None) -> Pixels:
            """A new generator, so that nothing is held from the run before."""
            generator = make("sd15-lcm-ip", lambda *_: photo, cache, pipeline=pipeline)
            return generator.generate(condition, [0])[0].image

        def theirs(**references: Any) -> Pixels:
            return bare(pipeline, one, **references)

        ways = {
            "photos": (lambda: ours(one, None), lambda: theirs(ip_adapter_image=[[photo]])),
            "embeds": (
                lambda: ours(one, Path(cache)),
                lambda: theirs(ip_adapter_image_embeds=[embeds]),
            ),
            "regions": (
                lambda: ours(three, Path(cache)),
                lambda: theirs(ip_adapter_image_embeds=[embeds.repeat(1, 3, 1)]),
            ),
        }
        for name, (mine, other) in ways.items():  # and warms up
            if not np.array_equal(mine(), other()) and name != "regions":
                raise AlbumenError(f"Ours and the bare call draw different pictures from {name}.")
        return pd.DataFrame({name: paired(*way, pairs) for name, way in ways.items()})


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int) -> list[float]:
    """Ratios of seconds; who goes first takes turns, so that neither has the warmer machine."""
    ratios = []
    for pair in range(pairs):
        if pair % 2:
            mine, other = spent(ours), spent(theirs)
        else:
            other, mine = spent(theirs), spent(ours)
        ratios.append(mine / other)
    return ratios


def spent(run: Callable[[], Any]) -> float:
    """Processor seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def told(references: int, side: int) -> Condition:
    """A condition of so many photos of the mountains, for a square of `side` pixels."""
    photos = tuple(
        Reference(f"{k:064x}", "scene", 1 / references, "made up") for k in range(references)
    )
    return Condition(
        "the mountains", "", "scene", "mountains", "photo", (), photos, (), "", 1.0, (side, side)
    )


def bare(pipeline: Any, condition: Condition, **references: Any) -> Pixels:
    """What somebody writes who has diffusers alone."""
    pipeline.set_progress_bar_config(disable=True)
    pipeline.set_ip_adapter_scale(scale(condition.strength))
    output = pipeline(
        prompt=wording(condition),
        width=condition.size[0],
        height=condition.size[1],
        num_inference_steps=SD15.steps,
        guidance_scale=SD15.guidance,
        generator=[torch.Generator("cpu").manual_seed(0)],
        **references,
    )
    return np.asarray(output.images[0])
