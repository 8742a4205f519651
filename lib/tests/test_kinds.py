"""One door for every kind of library: what it is, how that is known, and the labels it gives."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from albumen.errors import AlbumenError
from albumen.ingest import Ingested, read_library

CONSENT = """\
consent: true
owner: Robin
people: {Alma: {relation: mum, profile: true}, Bruno: {kind: pet, profile: true}}
"""
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{toolkit}"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:digiKam="http://www.digikam.org/ns/1.0/" '
    'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" '
    'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" {attributes}>{elements}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
REGION = (
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Alma</mwg-rs:Name>'
    '<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:x="0.25" stArea:y="0.5" stArea:w="0.1" '
    'stArea:h="0.2" stArea:unit="normalized"/></rdf:li></rdf:Bag></mwg-rs:RegionList>'
    "</mwg-rs:Regions>"
)


def bag(element: str, *values: str) -> str:
    items = "".join(f"<rdf:li>{value}</rdf:li>" for value in values)
    return f"<{element}><rdf:Bag>{items}</rdf:Bag></{element}>"


def xmp(*elements: str, toolkit: str = "", attributes: str = "") -> bytes:
    text = XMP.format(toolkit=toolkit, attributes=attributes, elements="".join(elements))
    return text.encode()


def photo(seed: int, packet: bytes = b"", orientation: int = 1) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    more = {"xmp": packet} if packet else {}
    Image.fromarray(noise.repeat(8, 0).repeat(8, 1)).save(out, "JPEG", exif=exif, **more)
    return out.getvalue()


def read(folder: Path, files: dict[str, bytes]) -> Ingested:
    for name, data in {**files, "consent.yaml": CONSENT.encode()}.items():
        path = folder / "robin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return read_library(folder / "robin")


def outcomes(got: Ingested) -> dict[str, tuple[str, str]]:
    rows = got.reconciliation.itertuples()
    return {row.path.rpartition("/")[2]: (row.outcome, row.reason) for row in rows}


def test_osxphotos_with_json_sidecars(tmp_path: Path) -> None:
    said = [
        {
            "SourceFile": "IMG_1.jpeg",
            "XMP:PersonInImage": ["Alma", "Stranger"],
            "XMP:Subject": ["sea", "Alma"],
            "EXIF:DateTimeOriginal": "2020:05:06 07:08:09",
            "EXIF:OffsetTimeOriginal": "+02:00",
            "XMP:Title": "At the sea",
        }
    ]
    got = read(
        tmp_path,
        {
            ".osxphotos_export.db": b"x",
            "2020/IMG_1.jpeg": photo(1),
            "2020/IMG_1.jpeg.json": json.dumps(said).encode(),
            "2020/IMG_1_edited.jpeg": photo(2),
            "2020/IMG_1.mov": b"\0\0\0\x18ftypqt  ",
        },
    )
    assert (got.kind, got.evidence) == ("osxphotos", "its .osxphotos_export.db")
    assert outcomes(got)["IMG_1.jpeg"] == ("skipped", "superseded by its edited copy")
    assert outcomes(got)["IMG_1.mov"] == ("skipped", "the moving part of a photo")
    assert outcomes(got)["IMG_1.jpeg.json"] == ("sidecar", "of a photo")
    [row] = got.photos.itertuples()
    assert row.path.endswith("IMG_1_edited.jpeg")
    assert (row.people, row.albums, row.flags) == (["Alma"], ["2020"], ["edited", "name withheld"])


def test_osxphotos_labels_and_times(tmp_path: Path) -> None:
    said = {"SourceFile": "a.jpg", "Subject": "sea", "DateTimeOriginal": "2020:05:06 07:08:09"}
    got = read(tmp_path, {"a.jpg": photo(1), "a.jpg.json": json.dumps([said]).encode()})
    assert got.kind == "osxphotos" and "1 JSON sidecar" in got.evidence
    [row] = got.photos.itertuples()
    assert (row.keywords, row.match_rule) == (["sea"], "exiftool sidecar")
    assert str(row.taken_local) == "2020-05-06 07:08:09"


def test_digikam_sidecars_with_hierarchies_and_boxes_made_upright(tmp_path: Path) -> None:
    packet = xmp(
        bag("digiKam:TagsList", "People/Alma", "Places/Italy/Rome", "Animals/Dogs"),
        bag("dc:subject", "Alma", "Rome", "Dogs"),
        REGION,
        toolkit="XMP Core 4.4.0-Exiv2",
    )
    got = read(
        tmp_path,
        {"digikam4.db": b"x", "Trip/a.jpg": photo(1, orientation=6), "Trip/a.jpg.xmp": packet},
    )
    assert (got.kind, got.evidence) == ("digikam", "its digikam4.db")
    [row] = got.photos.itertuples()
    assert (row.people, row.albums) == (["Alma"], ["Trip"])
    assert row.places == ["Italy", "Rome"]
    assert {"Animals", "Dogs"} <= set(row.keywords) and "Alma" not in row.keywords
    [box] = row.faces
    # stored centre (.25, .5) of .1 x .2, turned a quarter clockwise: centre (.5, .25) of .2 x .1
    got_box = [box[side] for side in ("x", "y", "w", "h")]
    assert got_box == pytest.approx([0.4, 0.2, 0.2, 0.1], abs=1e-6)
    assert (box["name"], box["kind"]) == ("Alma", "face")
    assert (row.width, row.height) == (32, 48)


def test_lightroom_by_its_marks_in_the_photos(tmp_path: Path) -> None:
    packet = xmp(
        bag("lr:hierarchicalSubject", "Animals|Dogs", "People|Bruno"),
        bag("dc:subject", "Dogs", "Bruno"),
        attributes='xmp:CreatorTool="Adobe Photoshop Lightroom Classic 13.0" xmp:Rating="4"',
    )
    got = read(tmp_path, {"a.jpg": photo(1, packet), "b.jpg": photo(2)})
    assert (got.kind, got.evidence) == ("lightroom", "1 file with its metadata")
    row = got.photos[got.photos.title == "a.jpg"].iloc[0]
    assert (row.people, row.rating) == (["Bruno"], 4)
    assert row.keywords == ["Animals", "Dogs"]


def test_kphotoalbum_by_its_index(tmp_path: Path) -> None:
    index = """<?xml version="1.0" encoding="UTF-8"?>
<KPhotoAlbum version="8" compressed="0">
 <Categories>
  <Category name="People"><value value="Alma" id="1"/></Category>
  <Category name="Places"><value value="Skagen" id="1"/></Category>
  <Category name="Keywords"><value value="sea" id="1"/></Category>
 </Categories>
 <images>
  <image file="Trip/a.jpg" label="a" startDate="2001-02-03T04:05:06" angle="0"
         width="48" height="32">
   <options>
    <option name="People"><value value="Alma" area="12 8 24 16"/></option>
    <option name="Places"><value value="Skagen"/></option>
    <option name="Keywords"><value value="sea"/></option>
   </options>
  </image>
 </images>
 <blocklist/>
 <member-groups/>
</KPhotoAlbum>"""
    got = read(tmp_path, {"index.xml": index.encode(), "Trip/a.jpg": photo(1)})
    assert (got.kind, got.evidence) == ("kphotoalbum", "its index.xml")
    [row] = got.photos.itertuples()
    assert (row.people, row.places, row.keywords) == (["Alma"], ["Skagen"], ["sea"])
    assert (str(row.taken_local), row.time_source) == ("2001-02-03 04:05:06", "index")
    [box] = row.faces
    got_box = [box[side] for side in ("x", "y", "w", "h")]
    assert got_box == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=1e-6)
    assert outcomes(got)["index.xml"] == ("sidecar", "of the library")


def test_a_broken_index_stops_the_ingest(tmp_path: Path) -> None:
    with pytest.raises(AlbumenError, match=r"index\.xml"):
        read(tmp_path, {"index.xml": b"<KPhotoAlbum><images>", "a.jpg": photo(1)})


def test_subjects_by_their_list(tmp_path: Path) -> None:
    text = b"Classes\nsubject_name,class\nbackpack_dog,backpack\nteapot,teapot\n\nPrompts\na {0}\n"
    got = read(
        tmp_path,
        {
            "prompts_and_classes.txt": text,
            "backpack_dog/00.jpg": photo(1),
            "teapot/00.jpg": photo(2),
        },
    )
    assert got.kind == "subjects"
    labels = sorted(zip(got.photos.albums, got.photos.keywords, strict=True))
    assert labels == [(["backpack_dog"], ["backpack"]), (["teapot"], ["teapot"])]


def test_a_plain_folder_with_xmp_sidecars(tmp_path: Path) -> None:
    packet = xmp(bag("dc:subject", "sea"))
    got = read(tmp_path, {"a.jpg": photo(1), "a.xmp": packet, "lost.xmp": packet, "bad.xmp": b"<x"})
    assert (got.kind, got.evidence) == ("folder", "1 photo and 2 XMP sidecars")
    [row] = got.photos.itertuples()
    assert (row.keywords, row.match_rule) == (["sea"], "xmp sidecar")
    assert outcomes(got)["lost.xmp"] == ("sidecar", "its photo was not found")
    assert outcomes(got)["bad.xmp"] == ("skipped", "sidecar is not XMP")
