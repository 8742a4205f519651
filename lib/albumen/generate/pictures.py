"""Pictures on disk: a PNG that says it is generated, its sources, and where each pixel came from.

A picture is four files: `<digest>-<seed>.png`, the same with `.json` and `.map.png`, and
`<digest>.condition.json`, where the digest is the condition's first twelve digits. No file name
holds a word of the prompt.
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from albumen.errors import AlbumenError
from albumen.images import decode, read_bytes
from albumen.records import Condition, Picture, Source, to_json
from albumen.tables import read_json, whole_file, write_json

DIGITS = 12  # of the condition's digest
MAP_OFFSET = 2  # added to a source map for its PNG: 0 generated, 1 inpainted, 2 the first source

_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
   Iptc4xmpExt:DigitalSourceType="{type}"/>
 </rdf:RDF>
</x:xmpmeta>"""


def save_picture(picture: Picture, condition: Condition, folder: Path) -> Path:
    """Write the picture's files into `folder`, each whole or not at all; returns the PNG's path.

    Raises AlbumenError when the picture was not made from `condition`.
    """
    if picture.condition != condition.digest():
        raise AlbumenError(
            f"The picture of seed {picture.seed} was made from condition "
            f"{picture.condition[:DIGITS]}, not from {condition.digest()[:DIGITS]}."
        )
    stem = f"{picture.condition[:DIGITS]}-{picture.seed}"
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
            "map": picture.source_map is not None,
        },
        folder / f"{stem}.json",
    )
    path = folder / f"{stem}.png"
    _write(path, _png(picture.image, _digital_source_type(picture)))
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
        if record["pixels_sha256"] != _pixels_digest(image):
            raise AlbumenError(f"{path.name} is not the picture that {path.stem}.json describes.")
        source_map = _read_map(path.with_suffix(".map.png")) if record["map"] else None
        used = tuple(record["conditioned_on"])
    except (KeyError, TypeError) as error:
        raise AlbumenError(f"{path.stem}.json is not a picture's record: {error}.") from error
    return Picture(image, **fields, sources=sources, source_map=source_map, conditioned_on=used)


def _read_map(path: Path) -> np.ndarray:
    with Image.open(io.BytesIO(read_bytes(str(path)))) as stored:
        return np.asarray(stored.convert("L")).astype(np.int64) - MAP_OFFSET


def _digital_source_type(picture: Picture) -> str:
    """IPTC's word for it: a composite as soon as pixels of a photo are in it."""
    photos = any(one.how != "face embedding" and one.weight > 0 for one in picture.sources)
    return _TYPES + (
        "compositeWithTrainedAlgorithmicMedia" if photos else "trainedAlgorithmicMedia"
    )


def _png(pixels: np.ndarray, source_type: str | None = None) -> bytes:
    info = PngImagePlugin.PngInfo()
    if source_type:
        info.add_itxt("XML:com.adobe.xmp", _XMP.format(type=source_type))
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", pnginfo=info)
    return data.getvalue()


def _write(path: Path, data: bytes) -> None:
    with whole_file(path) as part:
        part.write_bytes(data)


def _pixels_digest(image: np.ndarray) -> str:
    """SHA-256 of size and pixels: the same however the PNG was compressed."""
    shape = json.dumps(list(image.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(image).tobytes()).hexdigest()
