"""XMP packets as plain data: the RDF/XML of ISO 16684-1, in all the ways it may be written.

A value is text, a list (Bag, Seq or Alt) or a dict (a structure). The fields of a structure may
be elements or attributes, and stand under rdf:Description or, with parseType="Resource", under the
property itself: here that makes no difference, because the elements that only group hand on what
they hold. Of properties only those in VOCABULARY are read, and what is in others is passed over.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from albumen.errors import AlbumenError

MAX_PACKET = 8 * 2**20  # bytes; labels take thousands, a record of edits may take millions
MAX_DEPTH = 48  # levels of elements that are read
MAX_ELEMENTS = 50_000  # in a packet
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # byte order marks
GROUPS = "RDF Description Bag Seq Alt"
VOCABULARY = (  # prefix, the properties that are read, the namespace and what else it is called
    ("rdf", f"{GROUPS} li value resource", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("xml", "lang", "http://www.w3.org/XML/1998/namespace"),
    ("x", "xmpmeta xapmeta xmptk", "adobe:ns:meta/"),
    ("dc", "subject title description", "http://purl.org/dc/elements/1.1/"),
    ("xmp", "Rating CreateDate CreatorTool Identifier", "http://ns.adobe.com/xap/1.0/"),
    (
        "exif",
        "DateTimeOriginal GPSLatitude GPSLongitude PixelXDimension PixelYDimension",
        "http://ns.adobe.com/exif/1.0/",
    ),
    ("photoshop", "DateCreated City State Country", "http://ns.adobe.com/photoshop/1.0/"),
    ("lr", "hierarchicalSubject", "http://ns.adobe.com/lightroom/1.0/"),
    ("digiKam", "TagsList PickLabel", "http://www.digikam.org/ns/1.0/"),
    ("MicrosoftPhoto", "LastKeywordXMP Rating", "http://ns.microsoft.com/photo/1.0/"),
    (
        "mwg-kw",
        "Keywords Hierarchy Keyword Children",
        "http://www.metadataworkinggroup.com/schemas/keywords/",
    ),
    (
        "mwg-rs",
        "Regions RegionList AppliedToDimensions Area Name Type",
        "http://www.metadataworkinggroup.com/schemas/regions/",
    ),
    (
        "stArea",
        "x y w h unit",
        "http://ns.adobe.com/xmp/sType/Area#",
        "http://ns.adobe.com/xap/1.0/sType/Area#",
    ),
    (
        "stDim",
        "w h unit",
        "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
        "http://ns.adobe.com/xmp/sType/Dimensions#",
    ),
    ("MP", "RegionInfo", "http://ns.microsoft.com/photo/1.2/"),
    ("MPRI", "Regions", "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"),
    ("MPReg", "Rectangle PersonDisplayName", "http://ns.microsoft.com/photo/1.2/t/Region#"),
    ("Iptc4xmpCore", "Location", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"),
    (
        "Iptc4xmpExt",
        "PersonInImage ImageRegion RegionBoundary Name rCtype rbShape rbUnit rbX rbY rbW rbH rbRx "
        "rbVertices LocationShown LocationCreated Sublocation City ProvinceState CountryName",
        "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    ),
    (
        "GCamera",
        "MotionPhoto MicroVideo BurstID BurstPrimary",
        "http://ns.google.com/photos/1.0/camera/",
    ),
)
NAMES = {
    f"{{{uri}}}{name}": f"{prefix}:{name}"
    for prefix, names, *namespaces in VOCABULARY
    for namespace in namespaces
    for uri in {namespace, namespace.rstrip("/")}  # some programs leave the slash out
    for name in names.split()
}
HANDED_ON = {f"rdf:{name}" for name in GROUPS.split()} | {"x:xmpmeta", "x:xapmeta"}
COMMENT = "comment"  # key of the text before the packet, where osxphotos names itself

Value = Any  # str | list[Value] | Fields; beartype would walk all of it at every call
Fields = dict[str, Value]


def read_packet(packet: bytes) -> Fields:
    """The properties of an XMP packet, or of a whole .xmp file, by their names in VOCABULARY.

    Raises AlbumenError when it is no XML, no XMP, larger or deeper than the limits above, or has
    a document type: neither entities nor references to other files are followed.
    """
    if len(packet) > MAX_PACKET:
        raise AlbumenError(f"An XMP packet of more than {MAX_PACKET >> 20} MiB is not read.")
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    try:
        parser.feed(packet if packet.startswith(UTF_16) else packet.strip(b"\0 \t\r\n"))
        parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise AlbumenError(f"The XMP packet is not XML that is read: {error}") from error
    return reader.frames[0].fields


def texts(value: Value) -> Iterator[str]:
    """The texts of a value: itself, or those of its list."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item


def text(fields: Fields, *names: str) -> str:
    """The first text that is not empty of the properties; "" if there is none.

    Of texts in several languages that is the default one.
    """
    found = (item for name in names for item in texts(fields.get(name)))
    return next(filter(None, found), "")


def structures(value: Value) -> Iterator[Fields]:
    """The structures of a value: itself, or those of its list."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


class _Frame(NamedTuple):
    """An element that is open, and what was found in it."""

    name: str
    fields: Fields
    items: list[Value]
    text: list[str]


class _Reader:
    """What the parser calls: builds values as elements end, so that no tree is kept."""

    def __init__(self) -> None:
        self.frames = [_Frame("", {}, [], [])]
        self.passed = 0  # open elements of a subtree that is passed over
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        name = NAMES.get(tag)
        if self.elements == 1 and name not in HANDED_ON:
            raise AlbumenError("The XML is no XMP: it begins with another element.")
        if self.elements > MAX_ELEMENTS or len(self.frames) > MAX_DEPTH:
            raise AlbumenError("The XMP packet is larger or deeper than any that labels a photo.")
        if self.passed or name is None:
            self.passed += 1
            return
        fields = {NAMES[key]: value for key, value in attributes.items() if key in NAMES}
        self.frames.append(_Frame(name, fields, [], []))

    def data(self, data: str) -> None:
        if not self.passed:
            self.frames[-1].text.append(data)

    def comment(self, data: str) -> None:
        if len(self.frames) == 1:
            self.frames[0].fields.setdefault(COMMENT, data)

    def end(self, tag: str) -> None:
        if self.passed:
            self.passed -= 1
            return
        frame, above = self.frames.pop(), self.frames[-1]
        if frame.name in HANDED_ON:
            for name, value in frame.fields.items():
                _add(above.fields, name, value)
            above.items.extend(frame.items)
            return
        first = frame.fields.pop("xml:lang", "") == "x-default"
        value = frame.items or _structure(frame.fields) or "".join(frame.text).strip()
        if frame.name == "rdf:li":
            above.items.insert(0 if first else len(above.items), value)
        else:
            _add(above.fields, frame.name, value)


def _structure(fields: Fields) -> Value:
    """A structure; or its value, where the fields only qualify one or refer to one."""
    return fields.get("rdf:value") or fields.get("rdf:resource") or fields


def _add(fields: Fields, name: str, value: Value) -> None:
    """Set a field; what repeats becomes a list, so that nothing said is lost."""
    if name not in fields:
        fields[name] = value
        return
    before = fields[name]
    if not isinstance(before, list):
        before = fields[name] = [before]
    before.extend(value if isinstance(value, list) else [value])
