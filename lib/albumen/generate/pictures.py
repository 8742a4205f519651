"""Pictures on disk: a PNG that tells how it was made, its record, and where each pixel is from.

A picture is four files: `<digest>-<seed>.png`, the same with `.json` and `.map.png`, and
`<digest>.condition.json`, where the digest is the condition's first twelve digits. No file name
holds a word of the prompt.
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt8
from PIL import Image, PngImagePlugin

from albumen.errors import AlbumenError
from albumen.generate.provenance import packet_of, xmp_packet
from albumen.generate.watermark import write_mark
from albumen.images import decode, read_bytes
from albumen.records import Condition, Picture, Source, to_json
from albumen.tables import read_json, whole_file, write_json

DIGITS = 12  # of the condition's digest
MAP_OFFSET = 2  # added to a source map for its PNG: 0 generated, 1 inpainted, 2 the first source
EXPORTS = {"jpeg": ".jpg", "webp": ".webp"}
QUALITY = 95  # of an export


def save_picture(picture: Picture, condition: Condition, folder: Path) -> Path:
    """Write the picture's files into `folder`, each whole or not at all; returns the PNG's path.

    The PNG's pixels carry the watermark, some 42 dB from the picture's: the record's
    `pixels_sha256` is of the picture's, `saved_sha256` of the PNG's. Raises AlbumenError when the
    picture was not made from `condition`.
    """
    if picture.condition != condition.digest():
        raise AlbumenError(
            f"The picture of seed {picture.seed} was made from condition "
            f"{picture.condition[:DIGITS]}, not from {condition.digest()[:DIGITS]}."
        )
    stem = f"{picture.condition[:DIGITS]}-{picture.seed}"
    marked = write_mark(picture.image, picture.condition)
    write_json(to_json(condition), folder / f"{picture.condition[:DIGITS]}.condition.json")
    if picture.source_map is not None:
        _write(folder / f"{stem}.map.png", _png((picture.source_map + MAP_OFFSET).astype(np.uint8)))
    write_json(
        {
            "seed": picture.seed,
            "generator": picture.generator,
            "condition": picture.condition,
            "sources": [to_json(source) for source in picture.sources],
            "conditioned_on": list(picture.conditioned_on),
            "pixels_sha256": _pixels_digest(picture.image),
            "saved_sha256": _pixels_digest(marked),
            "map": picture.source_map is not None,
        },
        folder / f"{stem}.json",
    )
    path = folder / f"{stem}.png"
    composite = picture.source_map is not None and bool((picture.source_map >= 0).any())
    xmp = xmp_packet(picture.condition, picture.seed, picture.generator, picture.sources, composite)
    _write(path, _png(marked, xmp))
    return path


def export(picture: Path, folder: Path, form: str = "jpeg") -> Path:
    """A PNG of `save_picture` as JPEG or WebP in `folder`, watermark and XMP with it; its path.

    Raises AlbumenError for another `form`, and for a PNG that is not whole.
    """
    if form not in EXPORTS:
        raise AlbumenError(f"'{form}' is not one of the forms: {', '.join(EXPORTS)}.")
    data = read_bytes(str(picture))
    image, xmp = decode(data, picture.name), packet_of(data, picture.name)
    path = folder / f"{picture.stem}{EXPORTS[form]}"
    with whole_file(path) as part:
        image.save(part, form, quality=QUALITY, xmp=xmp)
    return path


def load_picture(path: Path) -> Picture:
    """The picture that `save_picture` wrote to `path`.

    Raises AlbumenError when a file is missing or the pixels are not those that were saved.
    """
    record = read_json(path.with_suffix(".json"))
    image = np.asarray(decode(read_bytes(str(path)), path.name))
    try:
        sources = tuple(Source(**one) for one in record["sources"])
        fields = {key: record[key] for key in ("seed", "generator", "condition")}
        if record["saved_sha256"] != _pixels_digest(image):
            raise AlbumenError(f"{path.name} is not the picture that {path.stem}.json describes.")
        source_map = _read_map(path.with_suffix(".map.png")) if record["map"] else None
        used = tuple(record["conditioned_on"])
    except (KeyError, TypeError) as error:
        raise AlbumenError(f"{path.stem}.json is not a picture's record: {error}.") from error
    return Picture(image, **fields, sources=sources, source_map=source_map, conditioned_on=used)


def _read_map(path: Path) -> Int[np.ndarray, "h w"]:
    with Image.open(io.BytesIO(read_bytes(str(path)))) as stored:
        return np.asarray(stored.convert("L")).astype(np.int64) - MAP_OFFSET


def _png(pixels: UInt8[np.ndarray, "h w *c"], xmp: bytes = b"") -> bytes:
    info = PngImagePlugin.PngInfo()
    if xmp:
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", pnginfo=info)
    return data.getvalue()


def _write(path: Path, data: bytes) -> None:
    with whole_file(path) as part:
        part.write_bytes(data)


def _pixels_digest(image: UInt8[np.ndarray, "h w 3"]) -> str:
    """SHA-256 of size and pixels: the same however the PNG was compressed."""
    shape = json.dumps(list(image.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(image).tobytes()).hexdigest()
