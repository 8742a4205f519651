"""Animations: a portrait that turns its head, a scene that a camera drifts past; endless loops.

    animation = animate(make("embedded", open_photo, cache), condition, seed=0)
    save_animation(animation, condition, folder)

They are made from the same conditions as pictures. A portrait is drawn anew for every frame, from
styles around the person's; anything else is drawn once and seen by a moving camera.
"""

import dataclasses
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate import Generator
from albumen.generate.embedded import EmbeddedGenerator
from albumen.generate.framing import continue_portrait, portrait_side
from albumen.generate.gate import SIDES, STEP, check
from albumen.generate.grade import grade
from albumen.generate.lettering import letter
from albumen.generate.motion import (
    MARGIN,
    Layers,
    drift,
    outlines,
    turn_head,
    without,
)
from albumen.generate.parts import FACE
from albumen.generate.pictures import DIGITS
from albumen.generate.portrait import conditioned_on, portrait_style
from albumen.generate.provenance import xmp_packet
from albumen.generate.style import apply_style
from albumen.generate.stylegan import SIDE
from albumen.generate.watermark import write_mark
from albumen.progress import Progress
from albumen.records import Condition, Source, to_json
from albumen.tables import whole_file, write_json

FORMS = ("webp", "gif")
FRAMES = (2, 240)
SECONDS = (0.2, 60.0)
SMOOTH = 2.0  # frames over which what is painted around a portrait is averaged: it would flicker
PAD = 0.06  # share of the side by which a drawn scene is continued for a style that has an edge
QUALITY = 88  # of WebP

Frames = UInt8[np.ndarray, "n h w 3"]
Show = Callable[[Progress], None]


@dataclass(frozen=True)
class Animation:
    """An endless loop with its sources; the first frame follows the last."""

    frames: Frames = field(repr=False)  # sRGB
    fps: float
    seed: int
    generator: str
    condition: str  # digest
    kind: str  # portrait, drift
    composite: bool  # pixels of photos are in it
    sources: tuple[Source, ...]
    conditioned_on: tuple[str, ...] = ()  # encoders that shaped it: never score with them


def animate(
    generator: Generator,
    condition: Condition,
    seed: int,
    *,
    frames: int = 24,
    seconds: float = 3.0,
    show: Show = lambda _: None,
) -> Animation:
    """The picture of `condition` and `seed`, moving: a loop of `seconds`.

    A portrait of one person by the embedded generator turns its head and smiles. Any other picture
    is passed by a camera, what is near faster than what is far; without a source map nobody stands
    in front. Style, mood and greeting are those of the picture. `show` hears of the progress. The
    same arguments give the same bytes. Raises AlbumenError for numbers out of FRAMES and SECONDS,
    and whatever `generate` raises.
    """
    for what, value, (low, high) in (("frames", frames, FRAMES), ("seconds", seconds, SECONDS)):
        if not low <= value <= high:
            raise AlbumenError(f"{value} {what} were asked for, expected {low} to {high}.")
    alone = condition.subject == "portrait" and len(condition.people) <= 1
    turns = alone and isinstance(generator, EmbeddedGenerator)
    move = _portrait if turns else _drift
    images, sources, used, composite = move(generator, condition, seed, frames, show)
    if condition.lettering:
        images = [letter(one, condition.lettering, condition.palette) for one in images]
    return Animation(
        frames=np.stack(images),
        fps=frames / seconds,
        seed=seed,
        generator=generator.name,
        condition=condition.digest(),
        kind="portrait" if turns else "drift",
        composite=composite,
        sources=sources,
        conditioned_on=used,
    )


def save_animation(
    animation: Animation, condition: Condition, folder: Path, form: str = "webp"
) -> Path:
    """Write `<digest>-<seed>.webp` (or .gif), its sources beside it and the condition.

    Every frame bears the invisible watermark, and the file the same XMP as a picture. Each file is
    whole or not there. Raises AlbumenError for another form, and when the animation was not made
    from `condition`.
    """
    if form not in FORMS:
        raise AlbumenError(f"'{form}' is not a form of animation: expected {' or '.join(FORMS)}.")
    if animation.condition != condition.digest():
        raise AlbumenError(
            f"The animation of seed {animation.seed} was made from condition "
            f"{animation.condition[:DIGITS]}, not from {condition.digest()[:DIGITS]}."
        )
    stem = f"{animation.condition[:DIGITS]}-{animation.seed}"
    write_json(to_json(condition), folder / f"{animation.condition[:DIGITS]}.condition.json")
    record = {
        one.name: getattr(animation, one.name)
        for one in dataclasses.fields(animation)
        if one.name not in ("frames", "sources")
    }
    record |= {"sources": [to_json(one) for one in animation.sources], "form": form}
    write_json(record | {"frames": len(animation.frames)}, folder / f"{stem}.animation.json")
    path = folder / f"{stem}.{form}"
    with whole_file(path) as part:
        part.write_bytes(_encoded(animation, form))
    return path


Moved = tuple[list[np.ndarray], tuple[Source, ...], tuple[str, ...], bool]


def _portrait(
    generator: EmbeddedGenerator, condition: Condition, seed: int, frames: int, show: Show
) -> Moved:
    check(condition, [seed])
    person = condition.people[0] if condition.people else None
    known = person if person is not None and person.embeddings else None
    side = portrait_side(condition.size)
    w = portrait_style(known, seed, generator.cache, condition.look)
    images = []
    for done, face in enumerate(turn_head(w, frames, min(side, SIDE)), 1):
        if side > SIDE:
            face = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
        image, painted = continue_portrait(face, condition.size)
        images.append(image)
        show(Progress(done, frames, "frames drawn"))
    images = [_finished(one, condition, seed) for one in _steady(np.stack(images), painted)]
    if known is None:
        return images, (), (), False
    source = Source(known.person_id, float((~painted).mean()), FACE)
    return images, (source,), conditioned_on(known), False


def _drift(generator: Generator, condition: Condition, seed: int, frames: int, show: Show) -> Moved:
    size = tuple(_rounded(side * MARGIN) for side in condition.size)
    # style and greeting come later: an edge of paper and a greeting don't move with the camera
    plain = dataclasses.replace(condition, size=size, style="photo", lettering="")
    (picture,) = generator.generate(plain, [seed])
    show(Progress(0, frames, "picture drawn"))
    opacity = outlines(picture)
    layers = Layers(
        _styled(picture.image, condition.style, seed),
        opacity,
        _styled(without(picture.image, opacity), condition.style, seed),
    )
    images = []
    for done, image in enumerate(drift(layers, frames, condition.size), 1):
        images.append(image)
        show(Progress(done, frames, "frames drawn"))
    composite = picture.source_map is not None and bool((picture.source_map >= 0).any())
    return images, picture.sources, picture.conditioned_on, composite


def _finished(image: np.ndarray, condition: Condition, seed: int) -> np.ndarray:
    """What the generator does to a portrait after it is drawn."""
    return apply_style(grade(image, condition.mood, condition.daytime, 1.0), condition.style, seed)


def _steady(images: Frames, painted: np.ndarray) -> Frames:
    """Frames whose `painted` pixels change slowly, round the loop: each was painted by itself."""
    if not painted.any():
        return images
    count = len(images)
    apart = np.minimum(np.arange(count), count - np.arange(count))
    weights = np.exp(-0.5 * (apart / SMOOTH) ** 2)
    weights = np.stack([np.roll(weights, k) for k in range(count)]) / weights.sum()
    steady = images.copy()
    values = images[:, painted].astype(np.float32)
    steady[:, painted] = np.rint(np.tensordot(weights, values, 1)).astype(np.uint8)
    return steady


def _styled(image: np.ndarray, style: str, seed: int) -> np.ndarray:
    """`image` in a style whose border, if it has one, lies outside."""
    pad = round(PAD * max(image.shape[:2]))
    padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    return np.ascontiguousarray(apply_style(padded, style, seed)[pad:-pad, pad:-pad])


def _rounded(side: float) -> int:
    """A side that a generator draws; where that is less than asked for, frames are enlarged."""
    return min(-(-round(side) // STEP) * STEP, SIDES[1])


def _encoded(animation: Animation, form: str) -> bytes:
    said = animation.condition, animation.seed, animation.generator, animation.sources
    packet = xmp_packet(*said, animation.composite)
    first, *rest = (
        Image.fromarray(write_mark(one, animation.condition)) for one in animation.frames
    )
    unit = 10 if form == "gif" else 1  # GIF counts hundredths of a second
    times = unit * np.diff(
        np.rint(np.arange(len(animation.frames) + 1) * 1000 / animation.fps / unit)
    )
    settings = {"save_all": True, "append_images": rest, "loop": 0}
    settings["duration"] = times.astype(int).tolist()
    data = io.BytesIO()
    if form == "webp":
        first.save(data, "WEBP", quality=QUALITY, method=4, xmp=packet, **settings)
        return data.getvalue()
    first.save(data, "GIF", disposal=1, optimize=False, **settings)
    # XMP part 3, 1.1.2: an application extension before the trailer, then a magic that lets readers
    # that take the packet for sub-blocks find its end
    magic = bytes([1, *range(255, -1, -1), 0])
    return data.getvalue()[:-1] + b"\x21\xff\x0bXMP DataXMP" + packet + magic + b"\x3b"
