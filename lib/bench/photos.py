"""Photos of a generated library: real JPEGs, each with a header of its own.

The pictures are a few real photographs (of scikit-image and scikit-learn) as JPEGs of three
qualities, 60 to 250 kB each. A photo is one of them with its header spliced in: nothing is encoded
twice. Deterministic: the same count gives the same photos, byte for byte.
"""

import functools
import io
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import numpy as np
import skimage.data
import sklearn.datasets
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

SIDE, QUALITIES = 1024, (80, 88, 94)  # of the pictures, pixels and JPEG quality
FIRST, SPAN = datetime(2012, 1, 1, tzinfo=UTC), timedelta(days=12 * 365)
PLACES = (  # latitude, longitude, zone; most photos are taken at the first
    (52.52, 13.40, "Europe/Berlin"),
    (38.72, -9.14, "Europe/Lisbon"),
    (40.71, -74.00, "America/New_York"),
    (-33.87, 151.21, "Australia/Sydney"),
)
CAMERAS = (("Google", "Pixel 7"), ("NIKON CORPORATION", "NIKON D5600"), ("Apple", "iPhone 12"))
OWNER, DENIED = "Ada", "Quirin"
PEOPLE = (OWNER, "Ben", "Chloë", "Dmitri", "Emine", "Farid", "Grace", "Hana")
SUBJECTS = ("beach", "forest", "market", "snow", "garden", "Straßenfest")  # XMP
TERMS = ("holiday", "family", "work", "été")  # IPTC
TWIN, LONG = 6, 8  # last digits of the photos with such names
ALBUMS = ('The "long" way home', "Summer at the lake", "Allotment", "Ski week", "Bridges")


class Photo(NamedTuple):
    """A photo as the account holds it."""

    number: int
    name: str
    taken: datetime  # UTC
    offset: timedelta  # of local time from UTC
    position: tuple[float, float] | None
    orientation: int  # EXIF
    people: tuple[str, ...]
    subjects: tuple[str, ...]
    terms: tuple[str, ...]
    rating: int | None
    description: str
    album: str
    traits: frozenset[str]  # twin, older, edited, archived, trashed, favourite, bare, zoned, xmp


class Picture(NamedTuple):
    """A photograph as a JPEG without metadata."""

    data: bytes
    width: int
    height: int


def plan(count: int) -> list[Photo]:
    """`count` photos, in the order of time."""
    draw = np.random.default_rng(0)
    return [_photo(number, count, draw) for number in range(count)]


def _photo(number: int, count: int, draw: np.random.Generator) -> Photo:
    def some(of: tuple[str, ...], most: int) -> tuple[str, ...]:
        chosen = draw.permutation(len(of))[: draw.integers(1, most + 1)]
        return tuple(of[at] for at in sorted(chosen))

    shares = {"archived": 0.03, "trashed": 0.01, "favourite": 0.05, "bare": 0.02, "zoned": 0.6}
    traits = {trait for trait, share in shares.items() if draw.random() < share}
    traits |= {"xmp"} if number % 3 == 0 else set()
    traits |= {"older"} if draw.random() < 0.4 else set()
    traits |= {"twin"} if number % 10 == TWIN else set()
    # of a long name the exporter would clip the edited copy's suffix
    unedited = traits & {"bare", "twin"} or number % 10 == LONG
    traits |= {"edited"} if not unedited and draw.random() < 0.04 else set()
    traits |= {"zoned"} if "bare" in traits else set()  # only its EXIF says when it was taken
    taken = FIRST + (SPAN / count * (number + 0.9 * draw.random()))
    taken = taken.replace(microsecond=0)
    lat, lon, zone = PLACES[draw.integers(len(PLACES)) if draw.random() < 0.3 else 0]
    offset = taken.astimezone(ZoneInfo(zone)).utcoffset()
    lat, lon = (round(at + draw.uniform(-0.02, 0.02), 5) for at in (lat, lon))
    people = some(PEOPLE, 3) if draw.random() < 0.4 else ()
    people += (DENIED,) if draw.random() < 0.01 else ()
    return Photo(
        number=number,
        name=_name(number, taken),
        taken=taken,
        offset=offset,
        position=(lat, lon) if number % 2 else None,
        orientation=int(draw.choice((1, 3, 6, 8), p=(0.7, 0.05, 0.2, 0.05))),
        people=() if "bare" in traits and "xmp" not in traits else people,
        subjects=some(SUBJECTS, 3) if "xmp" in traits else (),
        terms=some(TERMS, 2) if draw.random() < 0.2 else (),
        rating=int(draw.integers(1, 6)) if "xmp" in traits else None,
        description="By the water" if draw.random() < 0.05 and "bare" not in traits else "",
        album=ALBUMS[number * len(ALBUMS) // count] if draw.random() < 0.1 else "",
        traits=frozenset(traits),
    )


def _name(number: int, taken: datetime) -> str:
    """Names of phones, cameras and messengers; with a counter; too long for a sidecar's name."""
    style = number % 10
    if style == 5:
        return f"DSC_{number:05}.JPG"
    if style == TWIN:
        return f"DSC_{number - 1:05}(1).JPG"
    if style == 7:
        return f"IMG-{taken:%Y%m%d}-WA{number:05}.jpg"
    if style == LONG:
        return f"{number:05} an afternoon by the lake with everyone.jpg"
    return f"PXL_{taken:%Y%m%d_%H%M%S}{number % 1000:03}.jpg"


def jpeg(photo: Photo, edited: bool = False) -> bytes:
    """The bytes of a photo, or of its edited copy."""
    picture = picture_of(photo)
    segments = [_segment(0xE1, _exif(photo))]
    if "xmp" in photo.traits:
        packet = b"http://ns.adobe.com/xap/1.0/\0" + _xmp(photo, picture).encode()
        segments.append(_segment(0xE1, packet))
    if photo.terms:
        segments.append(_segment(0xED, _iptc(photo.terms)))
    if edited:
        segments.append(_segment(0xFE, b"edited"))
    return picture.data[:2] + b"".join(segments) + picture.data[2:]


def picture_of(photo: Photo) -> Picture:
    """The photograph that a photo shows."""
    return _pictures()[photo.number % len(_pictures())]


@functools.cache
def _pictures() -> list[Picture]:
    """The photographs, each in every quality, the long side `SIDE` pixels."""
    arrays = [
        getattr(skimage.data, name)() for name in ("astronaut", "chelsea", "coffee", "rocket")
    ]
    arrays += [sklearn.datasets.load_sample_image(name) for name in ("china.jpg", "flower.jpg")]
    made = []
    for image in map(Image.fromarray, arrays):
        scale = SIDE / max(image.size)
        width, height = (round(side * scale) for side in image.size)
        resized = image.resize((width, height), Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            jpeg = io.BytesIO()
            resized.save(jpeg, "JPEG", quality=quality)
            made.append(Picture(jpeg.getvalue(), width, height))
    return made


def _exif(photo: Photo) -> bytes:
    local = f"{photo.taken + photo.offset:%Y:%m:%d %H:%M:%S}"
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model] = CAMERAS[photo.number % len(CAMERAS)]
    exif[Base.Orientation] = photo.orientation
    exif[Base.Software] = "1.0"
    exif[Base.DateTime] = local
    taken = exif.get_ifd(IFD.Exif)
    taken[Base.DateTimeOriginal] = taken[Base.DateTimeDigitized] = local
    taken[Base.SubsecTimeOriginal] = f"{photo.number % 1000:03}"
    if "zoned" in photo.traits:
        taken[Base.OffsetTimeOriginal] = _clock(photo.offset)
    taken[Base.ExifVersion], taken[Base.ColorSpace] = b"0232", 1
    taken[Base.ExposureTime] = IFDRational(1, 30 + photo.number % 970)
    taken[Base.FNumber], taken[Base.FocalLength] = IFDRational(9, 5), IFDRational(22, 5)
    taken[Base.ISOSpeedRatings] = 50 + photo.number % 1600
    taken[Base.LensModel] = "back camera 4.4mm f/1.8"
    if photo.position:
        gps = exif.get_ifd(IFD.GPSInfo)
        references = (GPS.GPSLatitudeRef, "SN"), (GPS.GPSLongitudeRef, "WE")
        for degrees, (reference, signs) in zip(photo.position, references, strict=True):
            gps[reference] = signs[degrees > 0]
            minutes = abs(degrees) * 60
            gps[reference + 1] = (minutes // 60, minutes // 1 % 60, minutes % 1 * 60)
    return exif.tobytes()


def _clock(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _xmp(photo: Photo, picture: Picture) -> str:
    """Subjects, rating and a face region for everybody named, as digiKam and Lightroom write."""
    subjects = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in photo.subjects)
    faces = "".join(
        f'<rdf:li rdf:parseType="Resource"><mwg-rs:Name>{escape(name)}</mwg-rs:Name>'
        f'<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:x="{0.2 + 0.2 * at:.1f}"'
        ' stArea:y="0.4" stArea:w="0.1" stArea:h="0.15" stArea:unit="normalized"/></rdf:li>'
        for at, name in enumerate(photo.people)
    )
    regions = (
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions'
        f' stDim:w="{picture.width}" stDim:h="{picture.height}" stDim:unit="pixel"/>'
        f"<mwg-rs:RegionList><rdf:Bag>{faces}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
        ' xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"'
        ' xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"'
        f' xmp:Rating="{photo.rating}"><dc:subject><rdf:Bag>{subjects}</rdf:Bag></dc:subject>'
        f"{regions if faces else ''}</rdf:Description></rdf:RDF></x:xmpmeta>"
        f'{" " * 2000}<?xpacket end="w"?>'
    )


def _iptc(terms: tuple[str, ...]) -> bytes:
    """Keywords as IPTC-IIM in a Photoshop resource: 1:90 says UTF-8, each term is a 2:25."""
    records = [(1, 90, b"\x1b%G"), *((2, 25, term.encode()) for term in terms)]
    data = b"".join(struct.pack(">BBBH", 0x1C, *key, len(text)) + text for *key, text in records)
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(data)) + data
    return b"Photoshop 3.0\0" + resource + b"\0" * (len(data) % 2)


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
