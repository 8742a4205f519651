"""Headers: EXIF, IPTC-IIM and XMP reconciled, and what an image's structure tells."""

import io
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from albumen import images  # registers the reader of HEIC where it is installed
from albumen.errors import AlbumenError
from albumen.metadata.header import BROKEN, MAX_EXIF, Header, read_header
from albumen.metadata.labels import Box, Labels
from albumen.metadata.whole import MAX_HEAD, is_whole

GPS, EXIF = ExifTags.IFD.GPSInfo, ExifTags.IFD.Exif
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF", *(["HEIF"] if images.HEIF else [])]
SOI, APP13, COM = b"\xff\xd8", b"\xff\xed", b"\xff\xfe"


def picture(kind: str = "JPEG", exif: dict | None = None, **options: Any) -> bytes:
    """A picture of blocks of noise, 48 wide and 32 high; keys of `exif` are tags, or IFDs."""
    noise = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    tags, out = Image.Exif(), io.BytesIO()
    for tag, value in (exif or {}).items():
        if isinstance(value, dict):
            tags.get_ifd(tag).update(value)
        tags[tag] = value
    image = Image.fromarray(noise.repeat(8, 0).repeat(8, 1))
    image.save(out, kind, **({"exif": tags} if exif else {}), **options)
    return out.getvalue()


def header(data: bytes) -> Header:
    return read_header(io.BytesIO(data), "photo")


def labels(data: bytes) -> Labels:
    return header(data).labels


def segment(marker: bytes, body: bytes) -> bytes:
    return marker + struct.pack(">H", len(body) + 2) + body


def with_segment(data: bytes, part: bytes) -> bytes:
    """A JPEG with a segment at its start."""
    return SOI + part + data[2:]


def iptc(*records: tuple[int, int, bytes]) -> bytes:
    """A JPEG's segment of IPTC-IIM."""
    block = b"".join(
        struct.pack(">BBBH", 0x1C, record, dataset, len(text)) + text
        for record, dataset, text in records
    )
    resource = (
        b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    )
    return segment(APP13, b"Photoshop 3.0\0" + resource)


def xmp(body: str, attributes: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
        ' xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"'
        f' xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" {attributes}>{body}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def subjects(*words: str) -> str:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>"


ANNA = """<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li>
<rdf:Description MPReg:Rectangle="0.25, 0.125, 0.5, 0.25" MPReg:PersonDisplayName="Anna"/>
</rdf:li></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"""
SHOT = "2021:07:01 18:30:00"
LOCAL = datetime(2021, 7, 1, 18, 30)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("exif", "expected"),
    [
        ({}, (None, None, None)),
        ({EXIF: {0x9003: SHOT}}, (None, LOCAL, None)),
        ({EXIF: {0x9003: "0000:00:00 00:00:00"}}, (None, None, None)),
        ({EXIF: {0x9003: "    :  :     :  :  "}}, (None, None, None)),
        ({EXIF: {0x9003: "0001:01:01 00:00:00"}}, (None, None, None)),
        ({EXIF: {0x9003: "2021:02:30 00:00:00"}}, (None, None, None)),
        ({EXIF: {0x9003: "soon"}}, (None, None, None)),
        ({EXIF: {0x9003: SHOT, 0x9011: "+02:00"}}, (None, LOCAL, 2 * HOUR)),
        ({EXIF: {0x9003: SHOT, 0x9011: "-05:30"}}, (None, LOCAL, -5.5 * HOUR)),
        ({EXIF: {0x9003: SHOT, 0x9011: "+00:00", 0x9010: "+05:00"}}, (None, LOCAL, 0 * HOUR)),
        ({EXIF: {0x9003: SHOT, 0x9010: "+05:00"}}, (None, LOCAL, 5 * HOUR)),
        ({EXIF: {0x9003: SHOT, 0x9011: "+15:00"}}, (None, LOCAL, None)),
        ({EXIF: {0x9003: SHOT, 0x9011: "   :  "}}, (None, LOCAL, None)),
        ({EXIF: {0x9004: SHOT, 0x9012: "+01:00"}}, (None, LOCAL, HOUR)),
        ({0x0132: SHOT}, (None, None, None)),  # changed then, by whatever program
        ({0x0132: SHOT, 0x010F: "Canon"}, (None, LOCAL, None)),  # a camera's only clock
        (
            {0x0132: "2022:01:01 00:00:00", 0x010F: "Canon", EXIF: {0x9003: SHOT}},
            (None, LOCAL, None),
        ),
    ],
)
def test_times(exif: dict, expected: tuple) -> None:
    found = labels(picture(exif=exif))
    assert (found.taken_utc, found.taken_local, found.offset) == expected
    assert found.time_source == ("exif" if any(expected) else "")


@pytest.mark.parametrize(
    ("day", "time", "offset"),
    [
        ("2021:07:01", (16.0, 30.0, 0.0), 2 * HOUR),
        ("2021:07:01", (16.0, 29.0, 41.0), 2 * HOUR),  # the last fix is some seconds old
        ("2021:07:02", (4.0, 0.0, 0.0), -9.5 * HOUR),
        ("2021:07:01", (16.0, 23.0, 0.0), None),  # no clock is set to 2 h 7 min
        ("2021:06:01", (16.0, 30.0, 0.0), None),  # a month off
        ("2021:07:02", (9.0, 0.0, 0.0), None),  # 14.5 h west of Greenwich is nowhere
        ("2021:07:01", (IFDRational(16, 0), 30.0, 0.0), None),
        ("2021:07:01", (1e9, 1e9, 1e9), None),
        ("2021:07:01", (16.0,), None),
        ("", (16.0, 30.0, 0.0), None),
    ],
)
def test_gps_time_tells_the_offset(day: str, time: tuple, offset: timedelta | None) -> None:
    found = labels(picture(exif={EXIF: {0x9003: SHOT}, GPS: {29: day, 7: time}}))
    assert (found.taken_local, found.offset, found.taken_utc) == (LOCAL, offset, None)


def test_gps_time_without_a_clock_is_utc() -> None:
    found = labels(picture(exif={GPS: {29: "2021:07:01", 7: (16.0, 30.0, 5.4)}}))
    assert found.taken_utc == datetime(2021, 7, 1, 16, 30, 5, tzinfo=UTC)
    assert (found.taken_local, found.time_source) == (None, "exif")


SYDNEY = {1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (151.0, 15.0, 36.0)}


@pytest.mark.parametrize(
    ("gps", "positions"),
    [
        (SYDNEY, ((-33.5, 151.26),)),
        (SYDNEY | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, ()),
        (SYDNEY | {2: (91.0, 0.0, 0.0)}, ()),
        (SYDNEY | {2: (IFDRational(33, 0), 30.0, 0.0)}, ()),
        (SYDNEY | {2: (IFDRational(0, 0), 0.0, 0.0)}, ()),
        (SYDNEY | {2: (33.0, 30.0)}, ()),
        ({key: value for key, value in SYDNEY.items() if key != 1}, ()),
    ],
)
def test_positions(gps: dict, positions: tuple) -> None:
    assert labels(picture(exif={GPS: gps})).positions == positions


def wide(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def test_words_of_windows() -> None:
    found = labels(
        picture(
            exif={
                0x9C9B: wide("Tïtle"),
                0x9C9C: wide("Kommentar"),
                0x9C9E: wide("dog;beach;People/Anna;"),
                0x9C9F: wide("Subject"),
                0x4746: 4,
                0x0131: "Microsoft Windows Photo Gallery 6.0",
            }
        )
    )
    assert found == Labels(
        title="Tïtle",
        description="Kommentar",
        people=("Anna",),
        keywords=("dog", "beach"),
        rating=4,
        made_by=("windows",),
    )
    assert labels(picture(exif={0x4749: 99})).rating == 5


@pytest.mark.parametrize(
    ("description", "comment", "found"),
    [
        ("A dog", b"", "A dog"),
        ("Zoë".encode(), b"", "Zoë"),  # UTF-8, which Pillow takes for Latin-1
        ("Zoë".encode("latin-1"), b"", "Zoë"),
        ("OLYMPUS DIGITAL CAMERA         ", b"ASCII\0\0\0A dog\0\0", "A dog"),
        ("SONY DSC", b"UNICODE\0" + "Grüße".encode("utf-16-be"), "Grüße"),
        ("DCIM\\100MEDIA\\DJI_0001.JPG", b"UNICODE\0" + "Grüße".encode("utf-16-le"), "Grüße"),
        ("", b"JIS\0\0\0\0\0" + "犬".encode("iso2022_jp"), "犬"),
        ("", b"\0" * 8 + b"A dog", "A dog"),
        ("", b"\0" * 200, ""),
        ("", b"MAKER\0\0\0binary", ""),
        ("A dog\0and what was there before", b"", "A dog"),
        ("My digital camera", b"", "My digital camera"),
    ],
)
def test_descriptions(description: str | bytes, comment: bytes, found: str) -> None:
    exif = {0x010E: description, EXIF: {0x9286: comment}}
    assert labels(picture(exif=exif)).description == found


def test_a_screenshot_says_so() -> None:
    found = labels(picture(exif={EXIF: {0x9286: b"ASCII\0\0\0Screenshot"}}))
    assert found == Labels(flags=frozenset({"screenshot"}))


@pytest.mark.parametrize(
    ("records", "keywords", "title"),
    [
        ([(2, 25, "Zürich".encode()), (2, 5, b"T")], ("Zürich",), "T"),
        ([(2, 25, "Zürich".encode("latin-1")), (2, 25, b"dog")], ("Zürich", "dog"), ""),
        ([(1, 90, b"\x1b%G"), (2, 25, "Zürich".encode()[:2])], ("Z",), ""),  # cut at a limit
        ([(2, 25, b""), (2, 25, b"dog\0")], ("dog",), ""),
        ([(2, 25, b"People|Anna"), (2, 25, b"Anna"), (2, 25, b"dog")], ("dog",), ""),
    ],
)
def test_iptc(records: list, keywords: tuple, title: str) -> None:
    found = labels(with_segment(picture(), iptc(*records)))
    assert (found.keywords, found.title) == (keywords, title)


def test_iptc_places_and_caption() -> None:
    records = [(2, 101, "Österreich".encode("latin-1")), (2, 90, b"Wien"), (2, 120, b"A dog")]
    found = labels(with_segment(picture(), iptc(*records)))
    assert found == Labels(description="A dog", places=("Wien", "Österreich"))


def test_words_are_xmps_first_and_times_the_cameras() -> None:
    exif = {0x010E: "by EXIF", 0x9C9E: wide("Anna;sea"), EXIF: {0x9003: SHOT}, GPS: SYDNEY}
    packet = xmp(
        subjects("dog", "Anna") + ANNA + "<dc:description>by XMP</dc:description>",
        'exif:DateTimeOriginal="1999-01-01T00:00:00" exif:GPSLatitude="33,30.0S" '
        'exif:GPSLongitude="151,15,36E" xmp:Rating="2"',
    )
    data = picture(exif=exif | {0x0112: 6}, xmp=packet)
    found = header(with_segment(data, iptc((2, 25, b"cat"), (2, 120, b"by IPTC"))))
    assert found[:4] == (32, 48, 6, True)
    assert found.labels == Labels(
        description="by XMP",
        taken_local=LOCAL,
        time_source="exif",
        positions=((-33.5, 151.26),),
        people=("Anna",),
        keywords=("dog", "cat", "sea"),
        boxes=(Box(0.625, 0.25, 0.25, 0.5, "Anna", "face"),),
        rating=2,
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_the_size_is_the_upright_ones(kind: str, orientation: int) -> None:
    data = picture(kind, exif={0x0112: orientation})
    found = header(data)
    assert (found.width, found.height) == images.decode(data, "photo").size
    assert found.orientation == orientation


@pytest.mark.skipif(not images.HEIF, reason="the extra heic is not installed")
def test_heic_is_upright_while_its_boxes_are_stored() -> None:
    data = picture("HEIF", exif={0x0112: 6}, xmp=xmp(ANNA))
    found = header(data)
    assert (found.width, found.height) == images.decode(data, "photo").size
    assert (found.orientation, found.whole) == (6, True)
    assert found.labels.boxes == (Box(0.625, 0.25, 0.25, 0.5, "Anna", "face"),)


def test_every_format_gives_its_exif_and_xmp() -> None:
    packet, text = xmp(subjects("dog")), PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet.decode())
    exif = {0x010E: "A dog", EXIF: {0x9003: SHOT}}
    for kind, options in {
        "JPEG": {"exif": exif, "xmp": packet},
        "WEBP": {"exif": exif, "xmp": packet},
        "AVIF": {"exif": exif, "xmp": packet},
        "PNG": {"exif": exif, "pnginfo": text},
        "TIFF": {"exif": exif | {700: packet}},
    }.items():
        found = labels(picture(kind, **options))
        assert (found.keywords, found.description) == (("dog",), "A dog"), kind
        assert found.taken_local == LOCAL, kind


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_png_may_have_its_metadata_after_its_pixels() -> None:
    tags = Image.Exif()
    tags.get_ifd(EXIF)[0x9003] = SHOT
    late = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(subjects("dog")))
    late += chunk(b"eXIf", tags.tobytes()[6:])
    data = picture("PNG")
    found = header(data[:-12] + late + data[-12:])
    assert (found.labels.keywords, found.labels.taken_local) == (("dog",), LOCAL)
    assert found.whole is True


@pytest.mark.parametrize("start", [b"XX\0\0\xff\xff\xff\xff", b"MM\0*\xff\xff\xff\xff"])
def test_broken_exif_loses_nothing_else(start: bytes) -> None:
    data = picture(exif={0x0112: 6, EXIF: {0x9003: SHOT}}, xmp=xmp(subjects("dog") + ANNA))
    at = data.find(b"Exif\0\0") + 6
    found = header(data[:at] + start + data[at + len(start) :])
    assert found[:4] == (48, 32, 1, True)
    assert found.labels == Labels(
        people=("Anna",),
        keywords=("dog",),
        boxes=(Box(0.25, 0.125, 0.5, 0.25, "Anna", "face"),),
        flags=BROKEN.flags,
    )


@pytest.mark.parametrize(
    "broken",
    [
        segment(b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta"),
        segment(b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x><x/>"),
        segment(
            APP13, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x19\xff\xff\xff\xff\xff"
        ),
    ],
)
def test_broken_xmp_or_iptc_loses_nothing_else(broken: bytes) -> None:
    found = labels(with_segment(picture(exif={EXIF: {0x9003: SHOT}, 0x010E: "A dog"}), broken))
    assert found == Labels(
        description="A dog", taken_local=LOCAL, time_source="exif", flags=BROKEN.flags
    )


def test_an_empty_packet_is_not_broken() -> None:
    assert labels(picture(xmp=b" " * 64)) == Labels()


@pytest.mark.filterwarnings("ignore:Metadata Warning")  # of the writer
@pytest.mark.parametrize(
    "exif",
    [
        {0x0112: 9},
        {0x0112: (1, 2)},
        {0x4746: (1, 2), 0x4749: b"x"},
        {0x9C9E: "text"},
        {EXIF: {0x9003: 5, 0x9010: 5, 0x9286: "text"}},
        {GPS: {29: 5, 7: 5, 1: 5, 2: 5, 3: 5, 4: 5}},
    ],
)
def test_wrong_types_are_silence(exif: dict) -> None:
    found = header(picture(exif=exif))
    assert (found.orientation, found.labels._replace(flags=frozenset())) == (1, Labels())


def test_exif_that_is_too_large_is_not_read() -> None:
    block = chunk(b"eXIf", b"II*\0\x08\0\0\0" + bytes(MAX_EXIF))
    data = picture("PNG")
    assert labels(data[:33] + block + data[33:]) == BROKEN


def test_what_is_no_image() -> None:
    for data in (b"", b"\xff\xd8\xff", b"text", b"\x89PNG\r\n\x1a\n", b"GIF89a", bytes(100)):
        with pytest.raises(AlbumenError, match=r"^a/b\.jpg is not an image"):
            read_header(io.BytesIO(data), "a/b.jpg")


@pytest.mark.parametrize("kind", [*FORMATS, "TIFF", "BMP"])
def test_no_pixel_is_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(image: ImageFile.ImageFile) -> None:
        raise AssertionError("pixels were decoded")

    data = picture(kind)
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    whole = None if kind in ("TIFF", "BMP") else True
    assert header(data) == (48, 32, 1, whole, Labels())


@pytest.mark.parametrize("kind", FORMATS)
def test_whole_until_it_is_cut(kind: str) -> None:
    data = picture(kind)
    assert is_whole(io.BytesIO(data)) is True
    for size in range(12, len(data) - 1):
        cut = is_whole(io.BytesIO(data[:size]))
        assert cut is False or (kind == "GIF" and cut is None), size
    # a GIF that lacks no more than its trailer is decoded to see; of others no byte is to spare
    assert is_whole(io.BytesIO(data[:-1])) is (None if kind == "GIF" else False)


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}])
def test_whole_with_several_scans_or_restarts(options: dict) -> None:
    data = picture(**options)
    assert is_whole(io.BytesIO(data)) is True
    assert is_whole(io.BytesIO(data[:-2])) is False


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize(
    "tail", [bytes(100), b"\0\0\0\x18ftypmp42" + bytes(99), b"\xff\xd8\xff\xe0"]
)
def test_what_follows_the_image_is_not_judged(kind: str, tail: bytes) -> None:
    assert is_whole(io.BytesIO(picture(kind) + tail)) is True


@pytest.mark.parametrize("kind", ["AVIF", *FORMATS[5:]])
def test_what_cameras_append_to_boxes(kind: str) -> None:
    clip = struct.pack(">I", 100) + b"mpvd" + bytes(92)
    trailer = b"\0\0\x01\x0aSEFH" + bytes(30)
    data = picture(kind)
    assert is_whole(io.BytesIO(data + clip)) is True
    assert is_whole(io.BytesIO(data + clip[:-1])) is False
    assert is_whole(io.BytesIO(data + b"\xff\xff\0\0\0\0\0\0" + trailer)) is True


def test_ends_of_other_images_do_not_count() -> None:
    data = picture()
    thumbnail = segment(b"\xff\xe1", b"Exif\0\0" + data)
    with_thumbnail = with_segment(data, thumbnail)
    assert is_whole(io.BytesIO(with_thumbnail)) is True
    for size in range(len(thumbnail) + 4, len(with_thumbnail) - 1):
        assert is_whole(io.BytesIO(with_thumbnail[:size])) is False
    assert is_whole(io.BytesIO(data[:-40] + data)) is False  # cut, and a second image behind
    assert is_whole(io.BytesIO(data + data[:-40])) is True


def test_multi_picture_files() -> None:
    image = Image.open(io.BytesIO(picture()))
    out = io.BytesIO()
    image.save(out, "MPO", save_all=True, append_images=[image.resize((24, 16))])
    found = header(out.getvalue())
    assert (found.width, found.height, found.whole) == (48, 32, True)


def test_check_sums_of_a_png() -> None:
    data = bytearray(picture("PNG"))
    data[-20] ^= 1
    assert is_whole(io.BytesIO(bytes(data))) is False


def many_segments() -> bytes:
    return SOI + segment(COM, b"") * 2**18 + picture()[2:]


def many_chunks() -> bytes:
    data = picture("PNG")
    return data[:-12] + chunk(b"IDAT", b"") * 2**18 + data[-12:]


def long_header() -> bytes:
    return SOI + segment(b"\xff\xe1", b"Exif\0\0" + bytes(65000)) * 300 + picture()[2:]


def only_zeros() -> bytes:
    return b"\xff\xd8\xff" + bytes(MAX_HEAD)


@pytest.mark.parametrize("make", [many_segments, many_chunks, long_header, only_zeros])
def test_more_than_any_photo_has(make: Callable[[], bytes]) -> None:
    with pytest.raises(AlbumenError, match=r"more|no scan"):
        header(make())


RICH = with_segment(
    picture(
        exif={0x010E: "dog", 0x0112: 6, 0x9C9E: wide("a;b"), EXIF: {0x9003: SHOT}, GPS: SYDNEY},
        xmp=xmp(subjects("dog") + ANNA, 'xmp:Rating="2"'),
    ),
    iptc((2, 25, b"cat"), (2, 120, b"caption")),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=12
    ),
    st.integers(0, len(RICH)) | st.just(len(RICH)),
)
def test_mutated_bytes_give_a_header_or_an_error(changes: list, size: int) -> None:
    data = bytearray(RICH)
    for place, byte in changes:
        data[place] = byte
    try:
        found = header(bytes(data[:size]))
    except AlbumenError as error:
        assert str(error).startswith("photo ")
        return
    assert found.orientation in range(1, 9) and found.width > 0 and found.height > 0
    assert all(0 <= side <= 1 for box in found.labels.boxes for side in box[:4])


def test_an_empty_block_is_not_a_broken_one() -> None:
    out = io.BytesIO()
    Image.new("RGB", (48, 32)).save(out, "JPEG", exif=Image.Exif())
    assert b"Exif" in out.getvalue()
    assert read_header(out, "a.jpg").labels == Labels()
