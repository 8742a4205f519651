"""What IP-Adapters are told: which reference speaks where in the picture, and how loudly.

Each reference has an attention of its own, mixed in by its weight; those that share a region share
a weight of 1. A pipeline may hold two adapters, one for places and things and one for people; with
a single one, everything goes through that.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from albumen.errors import AlbumenError
from albumen.records import Condition, Reference

FULL = 0.7  # scale at strength 1; with more, adapters drown the text
PERSON_TOP = 0.15  # of a person's region in a scene, as a share of the picture's height

Box = tuple[float, float, float, float]  # left, top, right, bottom, shares of the picture


class Part(NamedTuple):
    """One reference's part in a picture."""

    reference: Reference
    adapter: int
    weight: float  # 0..1; those of one region sum to 1
    box: Box | None  # where it speaks; None: everywhere but in the people's boxes


class Voice(NamedTuple):
    """What one adapter is told."""

    scale: float | list[float]  # one a mask
    mask: Float[Tensor, "1 n h w"] | None  # None: one reference, everywhere


def scale(strength: float) -> float:
    """The adapters' scale for a strength of 0 to 1: 0 is no adapter at all, bit for bit."""
    return FULL * strength


def parts(condition: Condition, adapters: int) -> tuple[Part, ...]:
    """Who speaks where: people side by side, each in a region of their own if anybody else does.

    `adapters`: how many the pipeline holds; with two, the second is the people's. Raises
    AlbumenError when the weights of a region are all 0.
    """
    shown = [one.shows for one in condition.references if one.role == "person"]
    people = list(dict.fromkeys(shown))
    boxes: dict[str, Box | None] = dict.fromkeys(people)
    if len(people) > 1 or (people and len(shown) < len(condition.references)):
        boxes = dict(zip(people, _columns(len(people), condition.subject), strict=True))
    places = [
        boxes.get(one.shows) if one.role == "person" else None for one in condition.references
    ]
    total = dict.fromkeys(places, 0.0)
    for one, box in zip(condition.references, places, strict=True):
        total[box] += one.weight
    if not all(weight > 0 for weight in total.values()):
        raise AlbumenError("The weights of the references are 0, expected a sum of 1 a role.")
    return tuple(
        Part(one, adapters - 1 if one.role == "person" else 0, one.weight / total[box], box)
        for one, box in zip(condition.references, places, strict=True)
    )


def _columns(count: int, subject: str) -> list[Box]:
    """A box a person, from left to right; one alone has the middle half."""
    top = 0.0 if subject == "portrait" else PERSON_TOP
    if count == 1:
        return [(0.25, top, 0.75, 1.0)]
    return [(k / count, top, (k + 1) / count, 1.0) for k in range(count)]


def voices(spoken: Sequence[Part], adapters: int, condition: Condition) -> list[Voice]:
    """An entry an adapter, a mask a reference; scale 0 for an adapter without references."""
    taken = [part.box for part in spoken if part.box]
    result = []
    for adapter in range(adapters):
        mine = [part for part in spoken if part.adapter == adapter]
        loud = [
            scale(condition.strength) * part.weight * _wanted(part.reference, condition)
            for part in mine
        ]
        if len(mine) > 1 or (mine and taken):
            result.append(Voice(loud, _masks([part.box for part in mine], taken, condition.size)))
        else:
            result.append(Voice(loud[0] if mine else 0.0, None))
    return result


def _wanted(reference: Reference, condition: Condition) -> float:
    """A person is wanted as much as the look says, all else whole."""
    return condition.look.identity if reference.role == "person" else 1.0


def _masks(
    boxes: Sequence[Box | None], taken: Sequence[Box], size: tuple[int, int]
) -> Float[Tensor, "1 n h w"]:
    """1 where a reference speaks; one without a box speaks where none is taken."""
    from diffusers.image_processor import IPAdapterMaskProcessor

    drawn = []
    for own in boxes:
        mask = Image.new("L", size, 0 if own else 255)
        for left, top, right, bottom in [own] if own else taken:
            corners = (left * size[0], top * size[1], right * size[0] - 1, bottom * size[1] - 1)
            ImageDraw.Draw(mask).rectangle(corners, fill=255 if own else 0)
        drawn.append(mask)
    planes = IPAdapterMaskProcessor().preprocess(drawn, height=size[1], width=size[0])
    return planes.transpose(0, 1)


def blocks_of(unet: Any, value: float | list[float], only: tuple[str, str, int] | None) -> Any:
    """A scale for `set_ip_adapter_scale`: all blocks, or `only` one attention of one block.

    `only` is like ("up", "block_0", 1), the style of Stable Diffusion XL (Wang et al. 2024,
    arXiv:2404.02733). Raises AlbumenError where the U-Net has no such attention.
    """
    if only is None:
        return value
    side, block, which = only
    count = unet.config.layers_per_block + (side == "up")
    number = int(block.removeprefix("block_"))
    have = unet.up_blocks if side == "up" else unet.down_blocks
    if number >= len(have) or not hasattr(have[number], "attentions") or which >= count:
        raise AlbumenError(f"The model has no attention {which} in {side} {block}.")
    listening = [0.0] * count
    listening[which] = value
    return {side: {block: listening}}


@contextmanager
def speaking(pipeline: Any, scales: Sequence[Any]) -> Iterator[None]:
    """Set the adapters' scales for the block, whatever they were, and put them back after it."""
    with_scale = {
        name: processor
        for name, processor in pipeline.unet.attn_processors.items()
        if hasattr(processor, "scale")
    }
    before = {name: list(processor.scale) for name, processor in with_scale.items()}
    try:
        pipeline.set_ip_adapter_scale(list(scales))
        yield
    finally:
        for name, processor in with_scale.items():
            processor.scale = before[name]
