"""What a picture's file says of how it came about, and reading it back from any image file.

XMP (ISO 16684-1) holds IPTC's digital source type and, in a namespace of our own, the condition's
digest, the seed, the generator and the photos. No names and no words of the prompt: those lie in
the condition's file beside the picture, if anywhere.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, SubElement, register_namespace, tostring

import numpy as np
import pandas as pd
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image

from albumen.errors import AlbumenError
from albumen.generate.watermark import Mark, read_mark
from albumen.images import decode, read_bytes
from albumen.metadata.header import MALFORMED
from albumen.metadata.whole import late_metadata
from albumen.records import Source
from albumen.tables import read_json

# IPTC NewsCodes, digital source type: https://cv.iptc.org/newscodes/digitalsourcetype/
TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # "such as with inpainting or outpainting"
PHOTO = "digitalCapture"
MEANING = {  # in words, of those that a picture of ours, or a photo, may have
    GENERATED: "made by a generative model",
    COMPOSITE: "composed of photos and of what a generative model made",
    PHOTO: "a photo",
}
UNCHANGED = "returned unchanged"  # how a photo is used that is the whole picture: nothing is made

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "albumen": "http://albumen.invalid/ns/picture/1.0/",  # a name, not an address: RFC 2606
}
FIELDS = ("condition", "seed", "generator")
SOURCE = ("photo_id", "weight", "how", "pool")
HEX = re.compile(r"[0-9a-f]{12,64}")  # a condition's digest, or its beginning in a file's name
DIGITS = 12  # shown of a photo's id
MAX_XMP = 2**20  # bytes of a packet that is read; ours have some thousands
BEGIN = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
END = b'\n<?xpacket end="w"?>'
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_SOURCES, MOST_LETTERS = 20, 120  # shown of a file that anybody may have made

for _prefix, _uri in NAMESPACES.items():
    register_namespace(_prefix, _uri)


@dataclass(frozen=True)
class Provenance:
    """What a file's XMP says; fields of files that are not ours may be empty."""

    source_type: str = ""  # IPTC's term
    condition: str = ""  # digest
    seed: str = ""
    generator: str = ""
    sources: tuple[Source, ...] = ()


def xmp_packet(
    condition_digest: str,
    seed: int,
    generator: str,
    sources: Sequence[Source],
    composite: bool,
) -> bytes:
    """The XMP packet of one picture; `composite`: pixels of a photo are in it.

    Same arguments, same bytes. Of a picture that is a photo, returned unchanged, it says that.
    """
    kind = COMPOSITE if composite else GENERATED
    if sources and all(one.how == UNCHANGED for one in sources):
        kind = PHOTO
    root = Element(_name("x:xmpmeta"))
    about = SubElement(SubElement(root, _name("rdf:RDF")), _name("rdf:Description"))
    about.set(_name("rdf:about"), "")
    about.set(_name("Iptc4xmpExt:DigitalSourceType"), TYPES + kind)
    for field, value in zip(FIELDS, (condition_digest, seed, generator), strict=True):
        about.set(_name(f"albumen:{field}"), str(value))
    items = SubElement(SubElement(about, _name("albumen:sources")), _name("rdf:Seq"))
    for source in sources:
        item = SubElement(items, _name("rdf:li"), {_name("rdf:parseType"): "Resource"})
        for field in SOURCE:
            SubElement(item, _name(f"albumen:{field}")).text = str(getattr(source, field))
    return BEGIN + tostring(root, encoding="utf-8") + END


def read_packet(packet: bytes) -> Provenance:
    """What an XMP packet says, be its properties attributes or elements.

    Raises AlbumenError when it is larger than MAX_XMP, is no XML, has a document type (entities
    are not followed), or says of our own fields what they cannot be.
    """
    if len(packet) > MAX_XMP:
        raise AlbumenError(f"An XMP packet of more than {MAX_XMP >> 20} MiB is not read.")
    try:
        root = fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise AlbumenError(f"The XMP packet is not XML that is read: {error}.") from error
    said = _said(root.iter(_name("rdf:Description")))
    listed = root.find(f".//{_name('albumen:sources')}")
    items = [] if listed is None else list(listed.iter(_name("rdf:li")))
    try:
        sources = tuple(_source(_said(item.iter())) for item in items)
    except ValueError as error:
        raise AlbumenError(f"The XMP packet names a source that is none: {error}.") from error
    condition, seed, generator = (said.get(_name(f"albumen:{field}"), "") for field in FIELDS)
    if condition and not HEX.fullmatch(condition):
        raise AlbumenError("The XMP packet names a condition that is no digest.")
    source_type = said.get(_name("Iptc4xmpExt:DigitalSourceType"), "").removeprefix(TYPES)
    return Provenance(source_type, condition, seed, generator, sources)


def inspect_file(path: Path) -> pd.DataFrame:
    """All that an image file tells of how it was made: columns what, says (text).

    PNG, JPEG, WebP or GIF, ours or anybody's. The prompt is told only by a condition's file beside
    it. Raises AlbumenError with one sentence for what is no whole image of these, is too large, or
    has XMP that is broken or made to harm.
    """
    data = read_bytes(str(path))
    packet = packet_of(data, path.name)
    image = decode(data, path.name)
    try:
        told = read_packet(packet) if packet else Provenance()
    except AlbumenError as error:
        raise AlbumenError(f"{path.name}: {error}") from error
    mark = read_mark(np.asarray(image))
    meaning = MEANING.get(told.source_type, "see IPTC's digital source types")
    rows = [("file", f"{path.name}, {image.width} x {image.height} pixels")]
    rows.append(
        ("made", f"{meaning} ({told.source_type})" if told.source_type else "the file does not say")
    )
    rows += [(field, getattr(told, field)) for field in FIELDS if getattr(told, field)]
    for source in told.sources[:MOST_SOURCES]:
        rows.append(
            (
                "source",
                f"{source.weight:.0%} {source.how}, {source.pool} {source.photo_id[:DIGITS]}",
            )
        )
    if len(told.sources) > MOST_SOURCES:
        rows.append(("source", f"and {len(told.sources) - MOST_SOURCES} more"))
    rows.append(("watermark", _judged(mark, told.condition)))
    rows += [("prompt", one) for one in _prompts(path.parent, mark, told.condition)]
    table = pd.DataFrame(rows, columns=["what", "says"])
    return table.assign(says=table.says.map(_plain))


def packet_of(data: bytes, name: str) -> bytes:
    """The XMP of an image file; b"" where it has none."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            late = late_metadata(io.BytesIO(data)) if image.format == "PNG" else {}
            packet = (late | image.info).get("xmp", b"")
    except Image.UnidentifiedImageError:
        raise AlbumenError(f"{name} is no image of the formats {', '.join(FORMATS)}.") from None
    except MALFORMED as error:
        raise AlbumenError(f"{name} is not an image that can be read: {error}.") from error
    return packet.encode() if isinstance(packet, str) else packet


def _judged(mark: Mark, condition: str) -> str:
    """What the watermark says, and whether that fits what the file says."""
    if not mark.found:
        return "none found"
    if not condition:
        return f"found: made with Albumen, of a condition that begins with {mark.digits}"
    if mark.agrees(condition):
        return "found: it agrees with the condition"
    return f"found, but of a condition that begins with {mark.digits}, not of this one"


def _prompts(folder: Path, mark: Mark, condition: str) -> list[str]:
    """The prompts of conditions beside the picture that it was, or may have been, made from."""
    if not condition and not mark.found:
        return []
    found = []
    for path in sorted(folder.glob("*.condition.json")):
        begins = path.name.partition(".")[0]
        if not HEX.fullmatch(begins):
            continue
        if condition.startswith(begins) if condition else mark.agrees(begins):
            found.append(f"{read_json(path).get('prompt', '')} ({path.name})")
    return found


def _plain(text: str) -> str:
    """Letters that a terminal only shows, and not too many: a stranger may have written them."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown if len(shown) <= MOST_LETTERS else shown[: MOST_LETTERS - 1] + "…"


def _name(short: str) -> str:
    prefix, _, local = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _said(elements: Iterable[Element]) -> dict[str, str]:
    """The attributes of these elements, and the texts of them and their children, by name."""
    said: dict[str, str] = {}
    for element in elements:
        said |= element.attrib
        for one in (element, *element):
            said[one.tag] = one.get(_name("rdf:resource")) or (one.text or "").strip()
    return said


def _source(said: dict[str, str]) -> Source:
    photo_id, weight, how, pool = (said.get(_name(f"albumen:{field}"), "") for field in SOURCE)
    return Source(photo_id, float(weight), how, pool)
