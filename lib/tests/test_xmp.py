"""XMP: packets as the programs write them, every form of RDF, regions, and hostile packets."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from albumen.errors import AlbumenError
from albumen.metadata.labels import Box, Labels
from albumen.metadata.rdf import MAX_DEPTH, MAX_ELEMENTS, MAX_PACKET, VOCABULARY, read_packet, text
from albumen.metadata.regions import MAX_BOXES, distinct
from albumen.metadata.tags import MAX_TAGS, sort_tags, tidy
from albumen.metadata.xmp import read_xmp, upright

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SPACES = " ".join(
    f'xmlns:{prefix}="{namespaces[0]}"'
    for prefix, _, *namespaces in VOCABULARY
    if prefix not in ("xml", "rdf", "x")
)


def packet(body: str = "", attributes: str = "", before: str = "") -> bytes:
    """An XMP packet with one rdf:Description."""
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{before}'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" {SPACES} {attributes}>{body}</rdf:Description>'
        f'</rdf:RDF></x:xmpmeta>{" " * 2048}<?xpacket end="w"?>'
    ).encode()


def bag(name: str, *items: str, kind: str = "Bag") -> str:
    inner = "".join(f"<rdf:li>{escape(item)}</rdf:li>" for item in items)
    return f"<{name}><rdf:{kind}>{inner}</rdf:{kind}></{name}>"


def alt(name: str, **texts: str) -> str:
    inner = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{escape(words)}</rdf:li>'
        for language, words in texts.items()
    )
    return f"<{name}><rdf:Alt>{inner}</rdf:Alt></{name}>"


def test_digikam() -> None:
    labels = read_xmp(
        packet(
            """
   <digiKam:TagsList><rdf:Seq>
     <rdf:li>People/Family/Zoë</rdf:li><rdf:li>Places/Austria/Vienna</rdf:li>
     <rdf:li>Animals/Dog</rdf:li><rdf:li>sunny</rdf:li>
   </rdf:Seq></digiKam:TagsList>
   <dc:subject><rdf:Bag>
     <rdf:li>Zoë</rdf:li><rdf:li>Vienna</rdf:li><rdf:li>Dog</rdf:li><rdf:li>sunny</rdf:li>
   </rdf:Bag></dc:subject>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Prater</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt>
     <rdf:li xml:lang="de">Mit Hund</rdf:li><rdf:li xml:lang="x-default">With a dog</rdf:li>
   </rdf:Alt></dc:description>
   <MicrosoftPhoto:LastKeywordXMP><rdf:Bag>
     <rdf:li>People/Family/Zoë</rdf:li><rdf:li>Animals/Dog</rdf:li>
   </rdf:Bag></MicrosoftPhoto:LastKeywordXMP>
   <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
     <rdf:li><rdf:Description mwg-rs:Name="Zoë" mwg-rs:Type="Face">
       <mwg-rs:Area stArea:x="0.5" stArea:y="0.25" stArea:w="0.2" stArea:h="0.1"
                    stArea:unit="normalized"/>
     </rdf:Description></rdf:li>
   </rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>""",
            'xmp:CreatorTool="digiKam-8.2.0" xmp:Rating="4" digiKam:PickLabel="3" '
            'exif:DateTimeOriginal="2024-05-01T12:30:15.120+02:00" '
            'exif:GPSLatitude="48,12.5N" exif:GPSLongitude="16,22,30.0E"',
        )
    )
    assert labels == Labels(
        title="Prater",
        description="With a dog",
        taken_local=datetime(2024, 5, 1, 12, 30, 15),
        offset=timedelta(hours=2),
        time_source="xmp",
        positions=((48.208333, 16.375),),
        people=("Zoë",),
        keywords=("Dog", "sunny", "Family", "Animals"),
        places=("Austria", "Vienna"),
        boxes=(Box(0.4, 0.2, 0.2, 0.1, "Zoë", "face"),),
        rating=4,
        made_by=("digikam",),
    )


def test_lightroom() -> None:
    labels = read_xmp(
        packet(
            bag("dc:subject", "Anna", "Tiere", "Hund")
            + bag("lr:hierarchicalSubject", "Anna", "Tiere|Hund")
            + """
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions stDim:w="4000" stDim:h="3000" stDim:unit="pixel"/>
    <mwg-rs:RegionList><rdf:Bag>
     <rdf:li><rdf:Description mwg-rs:Rotation="0" mwg-rs:Name="Anna" mwg-rs:Type="Face">
      <mwg-rs:Area stArea:h="0.4" stArea:w="0.2" stArea:x="0.3" stArea:y="0.6"/>
     </rdf:Description></rdf:li>
     <rdf:li><rdf:Description mwg-rs:Type="Focus">
      <mwg-rs:Area stArea:h="0.1" stArea:w="0.1" stArea:x="0.5" stArea:y="0.5"/>
     </rdf:Description></rdf:li>
    </rdf:Bag></mwg-rs:RegionList>
   </mwg-rs:Regions>""",
            'xmp:CreatorTool="Adobe Photoshop Lightroom Classic 12.0 (Windows)" xmp:Rating="-1" '
            'photoshop:City="Wien" photoshop:Country="Österreich" Iptc4xmpCore:Location="Prater" '
            'photoshop:DateCreated="2021-07-01T18:30:00" xmp:CreateDate="2021-07-02T00:00:00Z"',
        )
    )
    assert labels == Labels(
        taken_local=datetime(2021, 7, 1, 18, 30),
        time_source="xmp",
        people=("Anna",),
        keywords=("Tiere", "Hund"),
        places=("Prater", "Wien", "Österreich"),
        boxes=(Box(0.2, 0.4, 0.2, 0.4, "Anna", "face"),),
        rating=-1,
        made_by=("lightroom",),
    )


def test_picasa_in_pixels_and_a_pet() -> None:
    body = """
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions rdf:parseType="Resource">
     <stDim:w>1000</stDim:w><stDim:h>500</stDim:h><stDim:unit>pixel</stDim:unit>
    </mwg-rs:AppliedToDimensions>
    <mwg-rs:RegionList><rdf:Bag>
     <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Bruno</mwg-rs:Name><mwg-rs:Type>Pet</mwg-rs:Type>
      <mwg-rs:Area rdf:parseType="Resource"><stArea:x>500</stArea:x><stArea:y>250</stArea:y>
       <stArea:w>100</stArea:w><stArea:h>100</stArea:h><stArea:unit>pixel</stArea:unit>
      </mwg-rs:Area></rdf:li>
     <rdf:li rdf:parseType="Resource"><mwg-rs:Type>Face</mwg-rs:Type>
      <mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.95</stArea:x><stArea:y>0.5</stArea:y>
       <stArea:w>0.2</stArea:w><stArea:h>0.5</stArea:h></mwg-rs:Area></rdf:li>
     <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Only named</mwg-rs:Name></rdf:li>
    </rdf:Bag></mwg-rs:RegionList>
   </mwg-rs:Regions>"""
    labels = read_xmp(packet(body, 'xmp:CreatorTool="Picasa"'))
    assert labels.boxes == (
        Box(0.45, 0.4, 0.1, 0.2, "Bruno", "pet"),
        Box(0.85, 0.25, 0.15, 0.5, "", "face"),  # clipped to the photo
    )
    assert labels.people == ("Bruno", "Only named") and labels.made_by == ("picasa",)


def test_windows_live_photo_gallery() -> None:
    body = (
        bag("dc:subject", "Animals/Dog", "People/Anna Berg", "AC/DC")
        + bag("MicrosoftPhoto:LastKeywordXMP", "Animals/Dog", "People/Anna Berg")
        + """
   <MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag>
     <rdf:li><rdf:Description MPReg:Rectangle="0.25, 0.125, 0.5, 0.25"
       MPReg:PersonDisplayName="Anna Berg" MPReg:PersonEmailDigest="x"/></rdf:li>
     <rdf:li><rdf:Description MPReg:PersonDisplayName="Unseen"/></rdf:li>
     <rdf:li><rdf:Description MPReg:Rectangle="0.8, 0.8, 0.1, 0.1"/></rdf:li>
   </rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"""
    )
    data = packet(body, 'MicrosoftPhoto:Rating="75"')
    labels = read_xmp(data.replace(b"photo/1.0/", b"photo/1.0"))  # its namespace has both forms
    assert labels == Labels(
        people=("Anna Berg", "Unseen"),
        keywords=("AC/DC", "Animals", "Dog"),
        boxes=(
            Box(0.25, 0.125, 0.5, 0.25, "Anna Berg", "face"),
            Box(0.8, 0.8, 0.1, 0.1, "", "face"),
        ),
        rating=4,
        made_by=("windows",),
    )


def test_osxphotos() -> None:
    labels = read_xmp(
        packet(
            bag("dc:subject", "beach", "Anna")
            + bag("Iptc4xmpExt:PersonInImage", "Anna", "Ben")
            + bag("digiKam:TagsList", "beach", "Anna", kind="Seq")
            + alt("dc:title", x_default="Sea")
            + "<photoshop:DateCreated>2020-04-11T12:00:00.5-07:00</photoshop:DateCreated>"
            + "<exif:GPSLongitude>118,14.5W</exif:GPSLongitude>"
            + "<exif:GPSLatitude>34,0.0S</exif:GPSLatitude>",
            before="<!-- Created with osxphotos https://github.com/RhetTbull/osxphotos -->",
        )
    )
    assert labels == Labels(
        title="Sea",
        taken_local=datetime(2020, 4, 11, 12),
        offset=timedelta(hours=-7),
        time_source="xmp",
        positions=((-34.0, -118.241667),),
        people=("Anna", "Ben"),
        keywords=("beach",),
        made_by=("osxphotos",),
    )


REGION = """<rdf:li rdf:parseType="Resource">
  <Iptc4xmpExt:RegionBoundary rdf:parseType="Resource">{boundary}</Iptc4xmpExt:RegionBoundary>
  <Iptc4xmpExt:Name><rdf:Alt><rdf:li xml:lang="x-default">{name}</rdf:li></rdf:Alt>
  </Iptc4xmpExt:Name>
  <Iptc4xmpExt:rCtype><rdf:Bag><rdf:li rdf:parseType="Resource"><xmp:Identifier><rdf:Bag>
    <rdf:li>http://cv.iptc.org/newscodes/imageregiontype/{kind}</rdf:li>
  </rdf:Bag></xmp:Identifier></rdf:li></rdf:Bag></Iptc4xmpExt:rCtype></rdf:li>"""
NUMBERS = "<Iptc4xmpExt:rb{}>{}</Iptc4xmpExt:rb{}>"


def boundary(**sides: Any) -> str:
    return "".join(NUMBERS.format(side, value, side) for side, value in sides.items())


CORNERS = "".join(
    f'<rdf:li rdf:parseType="Resource">{boundary(X=x, Y=y)}</rdf:li>'
    for x, y in ((0.5, 0.2), (0.3, 0.4), (0.6, 0.8))
)


@pytest.mark.parametrize(
    ("sides", "kind", "box"),
    [
        (boundary(Unit="relative", X=0.1, Y=0.2, W=0.3, H=0.4), "face", (0.1, 0.2, 0.3, 0.4)),
        (boundary(Unit="pixel", X=20, Y=20, W=60, H=40), "headshot", (0.1, 0.2, 0.3, 0.4)),
        (boundary(Unit="relative", X=0.5, Y=0.5, Rx=0.1), "animal", (0.4, 0.3, 0.2, 0.4)),
        (boundary(Unit="pixel", X=100, Y=50, Rx=20), "human", (0.4, 0.3, 0.2, 0.4)),
        (
            f"<Iptc4xmpExt:rbVertices><rdf:Seq>{CORNERS}</rdf:Seq></Iptc4xmpExt:rbVertices>",
            "face",
            (0.3, 0.2, 0.3, 0.6),
        ),
    ],
)
def test_iptc_regions(sides: str, kind: str, box: tuple[float, ...]) -> None:
    regions = REGION.format(boundary=sides, name="Anna", kind=kind)
    regions += REGION.format(boundary=sides, name="A crop", kind="artwork")
    body = f"<Iptc4xmpExt:ImageRegion><rdf:Bag>{regions}</rdf:Bag></Iptc4xmpExt:ImageRegion>"
    labels = read_xmp(packet(body), size=(200, 100))
    kinds = {"face": "face", "headshot": "face", "animal": "pet", "human": "other"}
    assert labels.boxes == (Box(*box, "Anna", kinds[kind]),) and labels.people == ("Anna",)


def test_pixels_of_an_unknown_size_make_no_box() -> None:
    sides = boundary(Unit="pixel", X=20, Y=20, W=60, H=40)
    region = REGION.format(boundary=sides, name="Anna", kind="face")
    body = f"<Iptc4xmpExt:ImageRegion><rdf:Bag>{region}</rdf:Bag></Iptc4xmpExt:ImageRegion>"
    assert (read_xmp(packet(body)).boxes, read_xmp(packet(body)).people) == ((), ("Anna",))
    sized = read_xmp(packet(body, 'exif:PixelXDimension="200" exif:PixelYDimension="100"'))
    assert sized.boxes == (Box(0.1, 0.2, 0.3, 0.4, "Anna", "face"),)


def test_nested_keywords_and_google_camera() -> None:
    def node(word: str, *children: str) -> str:
        inner = f"<mwg-kw:Children><rdf:Bag>{''.join(children)}</rdf:Bag></mwg-kw:Children>"
        return (
            f'<rdf:li rdf:parseType="Resource"><mwg-kw:Keyword>{word}</mwg-kw:Keyword>'
            f"{inner if children else ''}</rdf:li>"
        )

    nodes = node("Animals", node("Cat", node("Siamese"))) + node("People", node("Ann"))
    hierarchy = f"<mwg-kw:Hierarchy><rdf:Bag>{nodes}</rdf:Bag></mwg-kw:Hierarchy>"
    body = f'<mwg-kw:Keywords rdf:parseType="Resource">{hierarchy}</mwg-kw:Keywords>'
    labels = read_xmp(
        packet(
            body,
            'GCamera:MotionPhoto="1" GCamera:BurstID="8baf" GCamera:BurstPrimary="1" '
            'xmp:CreateDate="2018-10-16T04:11:37Z"',
        )
    )
    assert labels == Labels(
        taken_utc=datetime(2018, 10, 16, 4, 11, 37, tzinfo=UTC),
        time_source="xmp",
        people=("Ann",),
        keywords=("Animals", "Cat", "Siamese"),
        flags=frozenset({"motion"}),
        burst="8baf",
        cover=True,
    )


@pytest.mark.parametrize(
    ("attributes", "rating"),
    [
        ('xmp:Rating="3"', 3),
        ('xmp:Rating="4.6"', 5),
        ('xmp:Rating="0"', None),
        ('xmp:Rating="0" MicrosoftPhoto:Rating="50"', 3),
        *(
            (f'MicrosoftPhoto:Rating="{percent}"', stars)
            for percent, stars in (
                (0, None),
                (1, 1),
                (25, 2),
                (50, 3),
                (75, 4),
                (99, 5),
                (100, 5),
                (101, None),
            )
        ),
        ('xmp:Rating="5" digiKam:PickLabel="1"', -1),
        ('xmp:Rating="nan"', None),
        ('xmp:Rating="9"', 5),
        ('xmp:Rating="good"', None),
    ],
)
def test_ratings(attributes: str, rating: int | None) -> None:
    assert read_xmp(packet(attributes=attributes)).rating == rating


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("2021-07-01T18:30", datetime(2021, 7, 1, 18, 30)),
        ("2021-07-01", datetime(2021, 7, 1)),
        ("2021-07", None),
        ("2021", None),
        ("2021-13-01T00:00:00", None),
        ("0000-00-00T00:00:00", None),
        ("yesterday", None),
    ],
)
def test_times(written: str, taken: datetime | None) -> None:
    labels = read_xmp(packet(attributes=f'photoshop:DateCreated="{written}"'))
    assert (labels.taken_local, labels.time_source) == (taken, "xmp" if taken else "")


@pytest.mark.parametrize("latitude", ["91,0N", "48,12.5X", "48.2", "NaN", "-48,1N", ""])
def test_positions_that_are_none(latitude: str) -> None:
    found = read_xmp(packet(attributes=f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="1,0E"'))
    assert found.positions == ()


def test_one_face_in_two_standards_is_one_box() -> None:
    assert distinct(
        [
            Box(0.1, 0.1, 0.2, 0.3, "", "face"),
            Box(0.1, 0.1, 0.2, 0.2, "Anna", "face"),
            Box(0.1, 0.1, 0.3, 0.2, "Anna", "face"),
            Box(0.11, 0.1, 0.2, 0.2, "Ben", "face"),  # another name is another person
            Box(0.6, 0.6, 0.1, 0.1, "Anna", "face"),  # elsewhere: a mirror, a collage
        ]
    ) == (
        Box(0.1, 0.1, 0.2, 0.2, "Anna", "face"),
        Box(0.11, 0.1, 0.2, 0.2, "Ben", "face"),
        Box(0.6, 0.6, 0.1, 0.1, "Anna", "face"),
    )


@pytest.mark.parametrize(
    ("orientation", "box"),
    [
        (1, (0.1, 0.2, 0.3, 0.4)),
        (2, (0.6, 0.2, 0.3, 0.4)),
        (3, (0.6, 0.4, 0.3, 0.4)),
        (4, (0.1, 0.4, 0.3, 0.4)),
        (5, (0.2, 0.1, 0.4, 0.3)),
        (6, (0.4, 0.1, 0.4, 0.3)),
        (7, (0.4, 0.6, 0.4, 0.3)),
        (8, (0.2, 0.6, 0.4, 0.3)),
    ],
)
def test_upright_by_hand(orientation: int, box: tuple[float, ...]) -> None:
    stored = Box(0.1, 0.2, 0.3, 0.4, "Anna", "face")
    assert upright([stored], orientation) == (Box(*box, "Anna", "face"),)


@given(
    orientation=st.integers(1, 8),
    left=st.integers(0, 15),
    top=st.integers(0, 7),
    width=st.integers(1, 16),
    height=st.integers(1, 8),
)
def test_upright_is_what_pillow_does(
    orientation: int, left: int, top: int, width: int, height: int
) -> None:
    right, bottom = min(left + width, 16), min(top + height, 8)
    image = Image.new("L", (16, 8))
    image.paste(255, (left, top, right, bottom))
    image.getexif()[0x0112] = orientation
    turned = ImageOps.exif_transpose(image)
    box = Box(left / 16, top / 8, (right - left) / 16, (bottom - top) / 8)
    (found,) = upright([box], orientation)
    corners = (found.x, found.y, found.x + found.w, found.y + found.h)
    sizes = (turned.width, turned.height) * 2
    assert [at * size for at, size in zip(corners, sizes, strict=True)] == pytest.approx(
        turned.getbbox(), abs=1e-4
    )


WORDS = st.text("abc<&\"'é猫 /|", min_size=1, max_size=6).map(str.strip).filter(bool)
NAMES = st.sampled_from(
    [
        f"{prefix}:{name}"
        for prefix, names, *_ in VOCABULARY
        if prefix not in ("rdf", "xml", "x")
        for name in names.split()
    ]
)
VALUES = st.recursive(
    WORDS | st.lists(WORDS, min_size=1, max_size=3),
    lambda inner: (
        st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        | st.lists(st.dictionaries(NAMES, inner, min_size=1, max_size=2), min_size=1, max_size=2)
    ),
    max_leaves=8,
)


def written(draw: Any, name: str, value: Any) -> str:
    """A property in one of the forms that RDF/XML allows."""
    if isinstance(value, str):
        return f"<{name}>{escape(value)}</{name}>"
    if isinstance(value, list):
        kind = draw(st.sampled_from(["Bag", "Seq", "Alt"]))
        items = "".join(written(draw, "rdf:li", item) for item in value)
        return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"
    as_attributes = draw(st.booleans())
    short = {key: one for key, one in value.items() if as_attributes and isinstance(one, str)}
    attributes = "".join(f" {key}={quoteattr(one)}" for key, one in short.items())
    elements = "".join(written(draw, key, one) for key, one in value.items() if key not in short)
    if draw(st.booleans()) or (short and elements):
        inner = f"<rdf:Description{attributes}>{elements}</rdf:Description>"
        return f"<{name}>{inner}</{name}>"
    if short:
        return f"<{name}{attributes}/>"
    return f'<{name} rdf:parseType="Resource">{elements}</{name}>'


@given(st.data(), st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
def test_all_forms_of_rdf_say_the_same(data: Any, fields: dict[str, Any]) -> None:
    body = "".join(written(data.draw, name, value) for name, value in fields.items())
    assert read_packet(packet(body)) == fields


def test_values_that_are_qualified_refer_or_repeat() -> None:
    body = (
        '<dc:title rdf:parseType="Resource"><rdf:value>A</rdf:value></dc:title>'
        '<dc:description rdf:resource="http://b"/>'
        "<dc:subject>c</dc:subject>" + bag("dc:subject", "d", "e")
    )
    assert read_packet(packet(body)) == {
        "dc:title": "A",
        "dc:description": "http://b",
        "dc:subject": ["c", "d", "e"],
    }
    assert text({"dc:title": ["", "A"]}, "dc:description", "dc:title") == "A"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_sidecar_files_in_every_encoding(encoding: str) -> None:
    body = packet(bag("dc:subject", "Übung 猫")).decode()[body_start:]
    data = body.encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    assert read_xmp(data).keywords == ("Übung 猫",)
    assert read_xmp(packet(bag("dc:subject", "padded")) + b"\0" * 9).keywords == ("padded",)


body_start = packet().decode().index("<x:")

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "laughs": b'<!DOCTYPE x [<!ENTITY l0 "ha">' + LAUGHS.encode() + b"]><x>&l9;</x>",
    "file": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + packet("&f;"),
    "document type": b"<!DOCTYPE x>" + packet(),
    "undefined": packet("&f;"),
    "large": packet(" " * MAX_PACKET),
    "many": packet("<u/>" * (MAX_ELEMENTS + 1)),
    "deep": packet("<dc:subject>" * (MAX_DEPTH + 1) + "</dc:subject>" * (MAX_DEPTH + 1)),
    "unbound": packet("<nobody:knows/>"),
    "cut": packet(bag("dc:subject", "a"))[:-3000],
    "two": packet() + packet(),
    "HTML": b"<html><body/></html>",
    "text": b"not XML at all",
    "empty": b"",
    "nulls": bytes(64),
    "encoding": b'<?xml version="1.0" encoding="no-such"?><x/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused(name: str) -> None:
    with pytest.raises(AlbumenError, match="XM"):
        read_xmp(HOSTILE[name])


def test_unknown_properties_are_passed_over_however_deep() -> None:
    deep = "<u:x>" * 20_000 + bag("dc:subject", "hidden") + "</u:x>" * 20_000
    body = f'<u:x xmlns:u="http://unknown/">{deep}</u:x>' + bag("dc:subject", "seen")
    assert read_xmp(packet(body)).keywords == ("seen",)


def test_numbers_are_bounded() -> None:
    region = (
        '<rdf:li><rdf:Description mwg-rs:Name="n{0}"><mwg-rs:Area stArea:x="{1}" stArea:y="0.5" '
        'stArea:w="0.0001" stArea:h="0.1"/></rdf:Description></rdf:li>'
    )
    many = "".join(region.format(n, 0.01 + n / 1000) for n in range(900))
    listed = f"<mwg-rs:RegionList><rdf:Bag>{many}</rdf:Bag></mwg-rs:RegionList>"
    labels = read_xmp(
        packet(
            f'<mwg-rs:Regions rdf:parseType="Resource">{listed}</mwg-rs:Regions>'
            + bag("dc:subject", *(f"w{n}" for n in range(3 * MAX_TAGS)))
        )
    )
    assert (len(labels.boxes), len(labels.keywords)) == (MAX_BOXES, MAX_TAGS)


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "x", ""])
def test_boxes_that_are_none(value: str) -> None:
    body = (
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li>'
        f'<rdf:Description mwg-rs:Name="A"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" '
        f'stArea:w="{value}" stArea:h="0.1"/></rdf:Description></rdf:li></rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions>"
    )
    labels = read_xmp(packet(body))
    assert (labels.boxes, labels.people) == ((), ("A",))


@pytest.mark.parametrize(
    ("flat", "paths", "people", "keywords", "places"),
    [
        (["Anna", "dog"], [["People", "Anna"]], ["Anna"], ["dog"], []),
        (["Personen|Anna", "Orte/Wien"], [], ["Anna"], [], ["Wien"]),
        ([], [["People", "Family"], ["People", "Family", "Anna"]], ["Anna"], ["Family"], []),
        (["people"], [["People"]], [], ["people", "People"], []),
        (["A/B", "C/D"], [["A", "B"]], [], ["C/D", "A", "B"], []),
        ([" ", "dog\0"], [["", " "]], [], ["dog"], []),
    ],
)
def test_hierarchies(
    flat: list[str], paths: list[list[str]], people: list, keywords: list, places: list
) -> None:
    found = sort_tags(flat, paths)
    assert [*found.people] == people
    assert [*found.keywords] == keywords
    assert [*found.places] == places


def test_names_are_no_keywords_whatever_their_case() -> None:
    labels = Labels(people=("Anna Berg",), places=("Wien",), keywords=("anna berg", "WIEN", "dog"))
    assert tidy(labels).keywords == ("dog",)
