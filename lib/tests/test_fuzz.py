"""Ten thousand damaged files: each is one row, none takes long, and the table balances."""

import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from albumen.ingest import balance, read_library
from albumen.metadata import contents
from albumen.metadata.contents import Content
from albumen.metadata.files import File

FILES = 10_000
FOLDERS = 25
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmp:Rating="4">'
    "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>Alma</rdf:li></rdf:Bag></dc:subject>"
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Alma</mwg-rs:Name>'
    "<mwg-rs:Type>Face</mwg-rs:Type>"
    '<mwg-rs:Area stArea:x="0.5" stArea:y="0.4" stArea:w="0.2" stArea:h="0.3" '
    'stArea:unit="normalized"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
GOOGLE = {
    "title": "a.jpg",
    "description": "The sea",
    "photoTakenTime": {"timestamp": "1600596727"},
    "geoData": {"latitude": 41.9, "longitude": 12.5, "altitude": 3.0},
    "people": [{"name": "Alma"}],
    "googlePhotosOrigin": {"mobileUpload": {}},
    "favorited": True,
}
EXIFTOOL = [{"SourceFile": "a.jpg", "XMP:Subject": ["sea"], "EXIF:GPSLatitude": 41.9}]
INTERESTING = (b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"%n<>&;[]{}")


def _iptc() -> bytes:
    """A Photoshop block with the IPTC record 2:25 (keyword)."""
    record = b"\x1c\x02\x19\x00\x03sea"
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(record).to_bytes(4, "big") + record


def seeds() -> list[tuple[str, bytes]]:
    """Extension and bytes of whole files of every kind that ingest reads, of a real photo."""
    image = Image.fromarray(data.astronaut()).resize((96, 96))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "The sea"
    exif.get_ifd(0x8769).update({0x9003: "2020:05:06 07:08:09", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 54.0, 0.0), 3: "E", 4: (12.0, 30.0, 0.0)})
    found = []
    for kind, ending in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif")):
        out = io.BytesIO()
        more = {} if kind == "TIFF" else {"xmp": XMP.encode()}
        image.save(out, kind, exif=exif, **more)
        found.append((ending, out.getvalue()))
    out = io.BytesIO()
    image.save(out, "GIF")
    found.append(("gif", out.getvalue()))
    jpeg, block = found[0][1], _iptc()
    segment = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    found.append(("jpg", jpeg[:2] + segment + jpeg[2:]))
    found.append(("xmp", XMP.encode()))
    found.append(("json", json.dumps(GOOGLE).encode()))
    found.append(("json", json.dumps({"title": "Trip"}).encode()))
    found.append(("json", json.dumps(EXIFTOOL).encode()))
    return found


def mutated(whole: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """`whole` with one to eight random damages."""
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(whole) + 1)
        end = min(len(whole), at + rng.choice((1, 2, 4, 16, 256)))
        damage = rng.randrange(6)
        if damage == 0:
            whole = whole[:at]
        elif damage == 1:
            whole = whole[:at] + rng.randbytes(end - at) + whole[end:]
        elif damage == 2:
            whole = whole[:at] + rng.choice(INTERESTING) + whole[end:]
        elif damage == 3:
            whole = whole[:at] + whole[at:end] * rng.choice((2, 50)) + whole[end:]
        elif damage == 4:
            whole = whole[:at] + whole[end:]
        else:
            other = rng.choice(others)
            whole = whole[:at] + other[rng.randrange(len(other)) :]
    return whole


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of damaged TIFFs and EXIF
def test_damaged_files_are_one_row_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, whole = random.Random(7), seeds()
    source = tmp_path / "robin"
    source.mkdir()
    (source / "consent.yaml").write_text("consent: true\nowner: Robin\n")
    names: set[str] = set()
    with zipfile.ZipFile(source / "takeout.zip", "w") as archive:
        for number in range(FILES):
            ending, content = rng.choice(whole)
            folder = f"Takeout/Google Photos/Album {number % FOLDERS}"
            ending = f"jpg.{ending}" if ending in ("json", "xmp") else ending
            name = next(
                name
                for slot in range(FILES)  # sidecars meet photos of the same number
                if (name := f"{folder}/{slot}.{ending}") not in names
            )
            names.add(name)
            archive.writestr(name, mutated(content, rng, [one for _, one in whole]))
    seconds: dict[str, float] = {}

    def timed(file: File, examine_one: Callable[[File], Content] = contents.examine) -> Content:
        start = time.process_time()  # of this process alone: other work does not count
        content = examine_one(file)
        seconds[file.path] = time.process_time() - start
        return content

    monkeypatch.setattr(contents, "examine", timed)
    got = read_library(source, workers=1)
    assert len(seconds) == FILES + 1
    slowest = max(seconds, key=seconds.get)
    assert seconds[slowest] < 1, slowest
    assert len(got.reconciliation) == FILES + 1
    counts = balance(got.reconciliation, FILES + 1)
    kinds = set(zip(counts.outcome, counts.reason, strict=True))
    assert {"imported", "sidecar", "skipped"} <= set(counts.outcome)
    assert ("skipped", "not a whole image") in kinds and ("skipped", "sidecar is not JSON") in kinds
    assert len(got.photos) > FILES / 100  # some damage leaves a photo whole
