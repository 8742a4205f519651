"""What names, indexes and sidecars of other programs say, in examples as those write them."""

import io
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.errors import AlbumenError
from albumen.metadata.bursts import burst_in_name
from albumen.metadata.exiftool import read_exiftool
from albumen.metadata.kphotoalbum import read_index
from albumen.metadata.labels import Box, Labels, from_text, to_text
from albumen.metadata.names import flags_of_name
from albumen.metadata.regions import upright
from albumen.metadata.subjects import read_classes


@pytest.mark.parametrize(
    ("name", "burst", "cover"),
    [
        ("00001IMG_00001_BURST20171111030039.jpg", "BURST20171111030039", False),
        ("00015IMG_00015_BURST20171111030039_COVER.jpg", "BURST20171111030039", True),
        ("00100lPORTRAIT_00100_BURST20190101123456789_COVER.jpg", "BURST20190101123456789", True),
        ("00000PORTRAIT_00000_BURST20190101123456789.jpg", "BURST20190101123456789", False),
        ("DSC_0052_BURST20230709220904977_COVER.JPG", "BURST20230709220904977", True),
        ("DSCPDC_0003_BURST20180619163426901.JPG", "BURST20180619163426901", False),
        ("IMG_20231014_183246_BURST001_COVER.jpg", "IMG_20231014_183246", True),
        ("IMG_20231014_183246_BURST002.jpg", "IMG_20231014_183246", False),
        ("IMG_20190221_112112042_BURST000_COVER_TOP.jpg", "IMG_20190221_112112042", True),
        ("20160101_123456_Burst01.jpg", "20160101_123456", False),
        ("PXL_20250223_073538881.BURST-03.jpg", "PXL_20250223_073538881", False),
        ("PXL_20250223_073538881.BURST-01.COVER.jpg", "PXL_20250223_073538881", True),
        ("PXL_20231207_032108788.RAW-01.MP.COVER.jpg", "PXL_20231207_032108788", True),
        ("PXL_20231207_032108788.RAW-02.ORIGINAL.dng", "PXL_20231207_032108788", False),
        ("PXL_20240615_204528165.NIGHT.RAW-01.COVER.jpg", "PXL_20240615_204528165", True),
        ("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg", "PXL_20230809_203449253", False),
        ("20231207_101605_001.jpg", "20231207_101605", True),
        ("20231207_101605_031(1).jpg", "20231207_101605", False),
        ("20231207_101605_0311.jpg", "", False),
        ("20231207_101605.jpg", "", False),
        ("PXL_20231026_210642603.MP.jpg", "", False),
        ("IMG_20190101_123456.jpg", "", False),
        ("Sunburst 2020.jpg", "", False),
        ("", "", False),
    ],
)
def test_bursts(name: str, burst: str, cover: bool) -> None:
    assert burst_in_name(name) == (burst, cover)


@given(st.text("BURSTPXL_0123456789.-COVER", max_size=40))
def test_only_photos_of_a_burst_are_covers(name: str) -> None:
    burst, cover = burst_in_name(name)
    assert burst in name and (burst or not cover)


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("IMG-bearbeitet(2).JPG", {"edited"}),
        ("IMG-EDITED.jpg", {"edited"}),
        ("IMG-muokattu.jpg", {"edited"}),
        ("edited.jpg", set()),
        ("-edited.jpg", set()),
        ("IMG-edited~2.jpg", set()),
        ("IMG-ANIMATION.gif", {"creation"}),
        ("remix.jpg", set()),
        ("Screenshot_20231027_123303_Facebook(1).jpg", {"screenshot"}),
        ("Screenshot_20231027_123303-edited.png", {"screenshot", "edited"}),
        ("IMG-20230114-WA0003.jpg", {"received"}),
        ("WhatsApp Image 2023-01-14 at 12.10.11.jpeg", {"received"}),
        ("signal-2023-01-14-121011.jpg", {"received"}),
        ("received_1234567890123.jpeg", {"received"}),
        ("photo_2023-01-14_12-10-11.jpg", {"received"}),
        ("IMG_20230114_121011.jpg", set()),
        ("photo_of_the_lake.jpg", set()),
        ("CamScanner 01-14-2023 12.10.jpg", {"document"}),
        ("Scanned Document 3.jpg", {"document"}),
        ("Scan_20230114.jpg", {"document"}),
        ("Scandinavia 2019.jpg", set()),
        ("Screen Shot 2019-01-01 at 1.02.03 PM.png", {"screenshot"}),
        ("Bildschirmfoto 2019-01-01 um 12.34.56.png", {"screenshot"}),
        ("Captura de pantalla 2019-01-01 a las 12.34.56.png", {"screenshot"}),
        ("Capture d’écran 2019-01-01 à 12.34.56.png", {"screenshot"}),  # noqa: RUF001
        ("Capture d_écran 2019-01-01 à 12.34.56.png", {"screenshot"}),
        ("Schermata 2019-01-01 alle 12.34.56.png", {"screenshot"}),
        ("スクリーンショット 2019-01-01 12.34.56.png", {"screenshot"}),
        ("截屏2024-01-01.png", {"screenshot"}),
        ("My screenshot.png", set()),
        ("PXL_20210102_221126856.MP.jpg", {"motion"}),
        ("PXL_20210102_221126856.MP~2.jpg", {"motion"}),
        ("MVIMG_20190215_193501.jpg", {"motion"}),
        ("PXL_20210102_221126856.jpg", set()),
        ("IMG.jpg", set()),
    ],
)
def test_flags_of_names(name: str, flags: set[str]) -> None:
    assert flags_of_name(name) == flags


CATEGORIES = """
  <Category name="{people}" positionable="1">
    <value value="Ana" id="1"/><value value="Rex" id="2" birthDate="2001-01-01"/>
  </Category>
  <Category name="{places}"><value value="Rome" id="4"/></Category>
  <Category name="{own}"><value value="red &amp; round" id="7"/></Category>
  <Category name="{tokens}" meta="tokens"><value value="A" id="3"/></Category>
"""
READABLE = """
<image file="a/1.jpg" label="1" startDate="2003-01-02T14:48:54" width="800" height="400">
  <options>
    <option name="{people}"><value value="Ana" area="80 40 160 100"/><value value="Rex"/></option>
    <option name="{places}"><value value="Rome"/></option>
    <option name="{own}"><value value="red &amp; round"/></option>
    <option name="{tokens}"><value value="A"/></option>
  </options>
</image>"""
COMPRESSED = """
<image file="a/1.jpg" label="1" startDate="2003-01-02T14:48:54" width="800" height="400"
  {people}="2" {places}="4" {own}="7" {tokens}="3,99,">
  <options><option name="{person}"><value value="Ana" area="80 40 160 100"/></option></options>
</image>"""
GROUPS = """
<blocklist><block file="b.jpg"/></blocklist>
<member-groups><member category="People" group-name="Family" member="Ana"/></member-groups>"""
SAID = Labels(
    taken_local=datetime(2003, 1, 2, 14, 48, 54),
    time_source="index",
    people=("Ana", "Rex"),
    places=("Rome",),
    keywords=("red & round",),
    boxes=(Box(0.1, 0.1, 0.2, 0.25, "Ana", "face"),),
    made_by=("kphotoalbum",),
)


def index(images: str, categories: str = CATEGORIES, version: int = 8, **names: str) -> bytes:
    names = {"people": "People", "places": "Places", "own": "Objects", "tokens": "Tokens"} | names
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><KPhotoAlbum version="{version}">'
        f"<Categories>{categories.format_map(names)}</Categories>"
        f"<images>{images.format_map(names)}</images>{GROUPS}</KPhotoAlbum>"
    ).encode()


def read(data: bytes) -> dict[str, Labels]:
    return read_index(io.BytesIO(data), "index.xml")


def test_an_index_in_readable_form() -> None:
    assert read(index(READABLE)) == {"a/1.jpg": SAID}
    assert read(index(READABLE, version=5, people="Personen", places="Orte")) == {"a/1.jpg": SAID}
    assert read(index(READABLE, own="Things_I_saw")) == {"a/1.jpg": SAID}  # spaces, escaped


def test_an_index_in_compressed_form() -> None:
    names = {"people": "People", "places": "Places", "own": "Things_.20here", "tokens": "Tokens"}
    images = COMPRESSED.format(person="People", **names)
    assert read(index(images, own="Things_.20here")) == {"a/1.jpg": SAID}
    # from version 11 on, attributes begin with a colon and escape the name's UTF-8
    names = {"people": ":Lid_C3_A9", "places": ":Places", "own": ":R_26_20R", "tokens": ":Tokens"}
    images = COMPRESSED.format(person="Lidé", **names)
    assert read(index(images, version=11, people="Lidé", own="R&amp; R")) == {"a/1.jpg": SAID}


def test_people_whose_category_has_no_known_name_are_where_areas_are() -> None:
    assert read(index(READABLE, people="Daoine"))["a/1.jpg"] == SAID


DATES = [
    ('startDate="2003-01-02T14:48:54"', datetime(2003, 1, 2, 14, 48, 54), "index"),
    (
        'startDate="2003-01-02T14:48:54" endDate="2003-01-02T14:48:54"',
        datetime(2003, 1, 2, 14, 48, 54),
        "index",
    ),
    ('startDate="2003-01-02"', datetime(2003, 1, 2), "day in index"),
    (
        'startDate="2003-01-02T00:00:00" endDate="2003-01-02T23:59:59"',
        datetime(2003, 1, 2),
        "day in index",
    ),
    (
        'startDate="1988-01-01T00:00:00" endDate="1990-12-31T23:59:59"',
        datetime(1988, 1, 1),
        "period in index",
    ),
    ('startDate=""', None, ""),
    ('startDate="soon"', None, ""),
]


@pytest.mark.parametrize(("dates", "taken", "time_source"), DATES)
def test_dates_of_an_index(dates: str, taken: datetime | None, time_source: str) -> None:
    (labels,) = read(index(f'<image file="1.jpg" {dates}/>')).values()
    assert (labels.taken_local, labels.time_source) == (taken, time_source)


@pytest.mark.parametrize(
    ("attributes", "labels"),
    [
        ('label="img_1"', Labels()),  # the program's default
        ('label="A day out"', Labels(title="A day out")),
        ('description="Rain&#10;and sun"', Labels(description="Rain\nand sun")),
        ('rating="0"', Labels()),
        ('rating="-1"', Labels()),
        ('rating="1"', Labels(rating=1)),
        ('rating="7"', Labels(rating=4)),
        ('rating="10"', Labels(rating=5)),
        ('rating="99"', Labels(rating=5)),
        ('rating="many"', Labels()),
        ('stackId="3" stackOrder="1"', Labels(burst="stack 3", cover=True)),
        ('stackId="3" stackOrder="2"', Labels(burst="stack 3")),
        ('gpsLat="41.89" gpsLon="12.49"', Labels(positions=((41.89, 12.49),))),
        ('gpsLat="0" gpsLon="0"', Labels()),
        ('gpsLat="41.89"', Labels()),
    ],
)
def test_attributes_of_an_index(attributes: str, labels: Labels) -> None:
    said = read(index(f'<image file="b/img_1.jpg" {attributes}/>'))
    assert said == {"b/img_1.jpg": labels._replace(made_by=("kphotoalbum",))}


@pytest.mark.parametrize(
    ("angle", "area", "box"),
    [
        # a photo of 400 x 200 pixels with a face in its top left corner, 40 wide and 20 high
        (0, "0 0 40 20", (0.0, 0.0, 0.1, 0.1)),
        (90, "180 0 20 40", (0.0, 0.0, 0.1, 0.1)),  # shown 200 x 400: the corner is top right
        (180, "360 180 40 20", (0.0, 0.0, 0.1, 0.1)),
        (270, "0 360 20 40", (0.0, 0.0, 0.1, 0.1)),  # bottom left
    ],
)
def test_areas_are_turned_back_to_the_photo_as_stored(
    angle: int, area: str, box: tuple[float, ...]
) -> None:
    width, height = (400, 200) if angle % 180 == 0 else (200, 400)
    image = (
        f'<image file="1.jpg" angle="{angle}" width="{width}" height="{height}"><options>'
        f'<option name="People"><value value="Ana" area="{area}"/></option></options></image>'
    )
    (labels,) = read(index(image)).values()
    assert labels.boxes == (Box(*box, "Ana", "face"),)


@given(
    st.sampled_from([(0, 1), (90, 6), (180, 3), (270, 8)]),
    *(st.integers(0, 500) for _ in range(2)),
    *(st.integers(1, 500) for _ in range(2)),
)
def test_areas_come_back_when_exif_turns_the_photo_as_the_program_does(
    turn: tuple[int, int], x: int, y: int, w: int, h: int
) -> None:
    angle, orientation = turn
    image = (
        f'<image file="1.jpg" angle="{angle}" width="1000" height="1000"><options>'
        f'<option name="People"><value value="Ana" area="{x} {y} {w} {h}"/></option>'
        "</options></image>"
    )
    (labels,) = read(index(image)).values()
    (box,) = upright(labels.boxes, orientation)
    assert box[:4] == pytest.approx((x / 1000, y / 1000, w / 1000, h / 1000), abs=1e-5)


@pytest.mark.parametrize(
    ("size", "area"),
    [
        ('width="800" height="400"', "1 2 3"),
        ('width="800" height="400"', "a b c d"),
        ('width="800" height="400"', "900 10 20 20"),  # outside
        ('width="800" height="400"', "10 10 0 20"),
        ('width="-1" height="-1"', "10 10 20 20"),
        ('angle="45" width="800" height="400"', "10 10 20 20"),
        ("", "10 10 20 20"),
    ],
)
def test_areas_that_are_none_leave_the_name(size: str, area: str) -> None:
    image = (
        f'<image file="1.jpg" {size}><options><option name="People">'
        f'<value value="Ana" area="{area}"/></option></options></image>'
    )
    (labels,) = read(index(image)).values()
    assert labels.boxes == () and labels.people == ("Ana",)


def test_an_area_of_a_thing_is_no_face() -> None:
    image = READABLE.replace('value="red &amp; round"', 'value="ball" area="0 0 80 40"')
    labels = read(index(image))["a/1.jpg"]
    assert labels.boxes[1] == Box(0.0, 0.0, 0.1, 0.1, "ball", "other")
    assert labels.people == ("Ana", "Rex")


def test_names_of_files_are_composed_and_entries_of_one_file_are_united() -> None:
    twice = '<image file="e\u0301.jpg" rating="2"/><image file="\u00e9.jpg" label="x"/>'
    assert read(index(twice)) == {
        "\u00e9.jpg": Labels(title="x", rating=1, made_by=("kphotoalbum",))
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not XML",
        b"<html/>",
        b"<KPhotoAlbum><images>",
        b'<?xml version="1.0" encoding="klingon"?><KPhotoAlbum/>',
        b'<!DOCTYPE a [<!ENTITY a "aa">]><KPhotoAlbum version="&a;"/>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><KPhotoAlbum/>',
    ],
)
def test_what_is_no_index(data: bytes) -> None:
    with pytest.raises(AlbumenError, match=r"index\.xml is not an index of KPhotoAlbum"):
        read(data)


GROUPED = {  # as `exiftool -G -j` writes it
    "SourceFile": "a.jpg",
    "ExifTool:ExifToolVersion": 12.57,
    "File:FileName": "a.jpg",
    "File:FileModifyDate": "2026:11:20 08:47:39+00:00",
    "EXIF:ImageDescription": "a day out",
    "EXIF:DateTimeOriginal": "2019:07:01 12:34:56",
    "EXIF:CreateDate": "2019:07:02 01:00:00",
    "EXIF:OffsetTimeOriginal": "-04:00",
    "EXIF:GPSLatitudeRef": "North",
    "EXIF:GPSLatitude": "41 deg 15' 23.64\"",
    "EXIF:GPSLongitudeRef": "West",
    "EXIF:GPSLongitude": "95 deg 56' 24.00\"",
    "IPTC:Keywords": "kids",
    "XMP:XMPToolkit": "Image::ExifTool 12.57",
    "XMP:PersonInImage": "Bob Roe",
    "XMP:RegionPersonDisplayName": "Bob Roe",
    "XMP:RegionRectangle": "0.7, 0.7, 0.1, 0.1",
    "XMP:Subject": ["kids", 2019],
    "XMP:Title": 2019,
    "XMP:TagsList": "People/Alice Doe",
    "XMP:HierarchicalSubject": ["Places|Rome", "sport|ball"],
    "XMP:RegionAreaH": [0.2, 0.1],
    "XMP:RegionAreaUnit": ["normalized", "normalized"],
    "XMP:RegionAreaW": [0.2, 0.1],
    "XMP:RegionAreaX": [0.5, 0.1],
    "XMP:RegionAreaY": [0.4, 0.1],
    "XMP:RegionName": ["Alice Doe", "Rex"],
    "XMP:RegionType": ["Face", "Pet"],
    "XMP:Rating": 4,
    "Composite:GPSLatitude": "41 deg 15' 23.64\" N",
    "Composite:GPSLongitude": "95 deg 56' 24.00\" W",
}
ALICE, REX, BOB = (
    Box(0.4, 0.3, 0.2, 0.2, "Alice Doe", "face"),
    Box(0.05, 0.05, 0.1, 0.1, "Rex", "pet"),
    Box(0.7, 0.7, 0.1, 0.1, "Bob Roe", "face"),
)
READ = Labels(
    title="2019",
    description="a day out",
    taken_local=datetime(2019, 7, 1, 12, 34, 56),
    offset=timedelta(hours=-4),
    time_source="exif",
    positions=((41.256567, -95.94),),
    people=("Alice Doe", "Rex", "Bob Roe"),
    keywords=("kids", "2019", "sport", "ball"),
    places=("Rome",),
    boxes=(ALICE, REX, BOB),
    rating=4,
    made_by=("exiftool",),
)


def test_exiftool_with_groups_and_without() -> None:
    assert read_exiftool([GROUPED]) == READ
    assert read_exiftool(GROUPED) == READ
    plain = {key.rpartition(":")[2]: value for key, value in GROUPED.items()}
    assert read_exiftool([plain]) == READ


def test_exiftool_with_structures() -> None:
    flat = {key: value for key, value in GROUPED.items() if "Region" not in key}
    structures = {
        "XMP-mwg-rs:RegionInfo": {
            "AppliedToDimensions": {"W": 400, "H": 300, "Unit": "pixel"},
            "RegionList": [
                {
                    "Area": {"X": 0.5, "Y": 0.4, "W": 0.2, "H": 0.2, "Unit": "normalized"},
                    "Name": "Alice Doe",
                    "Type": "Face",
                },
                {"Area": {"X": 0.1, "Y": 0.1, "W": 0.1, "H": 0.1}, "Name": "Rex", "Type": "Pet"},
            ],
        },
        "XMP-MP:RegionInfoMP": {
            "Regions": {"PersonDisplayName": "Bob Roe", "Rectangle": "0.7, 0.7, 0.1, 0.1"}
        },
    }
    assert read_exiftool([flat | structures]) == READ


def test_osxphotos() -> None:
    sidecar = {
        "SourceFile": "IMG_1.HEIC",
        "ExifTool:ExifToolVersion": "12.00",
        "File:FileName": "IMG_1.HEIC",
        "EXIF:ImageDescription": "girl with pumpkin",
        "XMP:Title": "found one!",
        "IPTC:Keywords": ["Kids", "Katie"],
        "XMP:Subject": ["Kids", "Katie"],
        "XMP:TagsList": ["Kids", "Katie"],
        "XMP:PersonInImage": ["Katie"],
        "XMP:Rating": 0,
        "EXIF:GPSLatitude": -34.919588,
        "EXIF:GPSLongitude": 138.596861,
        "EXIF:GPSLatitudeRef": "S",
        "EXIF:GPSLongitudeRef": "E",
        "EXIF:DateTimeOriginal": "2018:09:28 16:07:07",
        "EXIF:OffsetTimeOriginal": "+09:30",
    }
    assert read_exiftool([sidecar]) == Labels(
        title="found one!",
        description="girl with pumpkin",
        taken_local=datetime(2018, 9, 28, 16, 7, 7),
        offset=timedelta(hours=9, minutes=30),
        time_source="exif",
        positions=((-34.919588, 138.596861),),
        people=("Katie",),
        keywords=("Kids",),
        made_by=("osxphotos",),
    )


@pytest.mark.parametrize(
    ("tags", "position"),
    [
        ({"GPSLatitude": 41.25, "GPSLongitude": -95.5}, (41.25, -95.5)),
        ({"GPSLatitude": "41.25 S", "GPSLongitude": "95.5 E"}, (-41.25, 95.5)),
        ({"GPSLatitude": "41 deg 15' S", "GPSLongitude": "95 deg 30' 0.00\" E"}, (-41.25, 95.5)),
        ({"GPSLatitude": 41.25, "GPSLatitudeRef": "S", "GPSLongitude": 95.5}, (-41.25, 95.5)),
        ({"GPSLatitude": -41.25, "GPSLatitudeRef": "S", "GPSLongitude": 95.5}, (-41.25, 95.5)),
        ({"GPSLatitude": 0, "GPSLongitude": 0}, None),
        ({"GPSLatitude": 41.25}, None),
        ({"GPSLatitude": "north", "GPSLongitude": "1 2 3 4"}, None),
        ({"GPSLatitude": 91, "GPSLongitude": 0}, None),
    ],
)
def test_positions_of_exiftool(tags: dict, position: tuple[float, float] | None) -> None:
    labels = read_exiftool({"SourceFile": "a.jpg"} | tags)
    assert labels.positions == ((position,) if position else ())


@pytest.mark.parametrize(
    ("tags", "labels"),
    [
        ({"XMP:DateTimeOriginal": "2019:07:01 12:00:00+02:00"}, {"offset": timedelta(hours=2)}),
        ({"EXIF:DateTimeOriginal": "0000:00:00 00:00:00"}, {"taken_local": None}),
        ({"CreateDate": "2019:07:01 12:00:00"}, {"taken_local": datetime(2019, 7, 1, 12)}),
        ({"Rating": -1}, {"rating": -1}),
        ({"RatingPercent": 75}, {"rating": 4}),
        ({"Favorite": True}, {"favourite": True}),
        ({"City": "Rome", "Country": "Italy", "Subject": "rome"}, {"places": ("Rome", "Italy")}),
        ({"ImageDescription": "OLYMPUS DIGITAL CAMERA"}, {"description": ""}),
        # of two regions one has a name: whose it is nobody knows
        (
            {f"RegionArea{side}": [0.5, 0.1] for side in "XYWH"} | {"RegionName": "Ana"},
            {"people": (), "boxes": (Box(0.25, 0.25, 0.5, 0.5), Box(0.05, 0.05, 0.1, 0.1))},
        ),
    ],
)
def test_tags_of_exiftool(tags: dict, labels: dict) -> None:
    read = read_exiftool({"SourceFile": "a.jpg"} | tags)._asdict()
    assert {name: read[name] for name in labels} == labels


def test_what_is_no_sidecar_of_exiftool() -> None:
    google = {"title": "a.jpg", "photoTakenTime": {"timestamp": "1"}}
    for data in (google, [google], [], [GROUPED, GROUPED], "text", None, 3, {}, [[GROUPED]]):
        assert read_exiftool(data) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["RegionList", "Regions", "Area", "X", "Name"]), inner)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([*GROUPED, "RegionInfo", "RegionInfoMP", "Favorite"])


@given(st.dictionaries(KEYS, VALUES))
def test_whatever_the_types_of_exiftool_labels_come_out_that_can_be_kept(tags: dict) -> None:
    labels = read_exiftool({"SourceFile": "a.jpg"} | tags)
    assert from_text(to_text(labels)) == labels


CLASSES = """\ufeffClasses\r
\r
subject_name,class\r
red_kettle,kettle\r
 dog2 , dog\r
bear_plushie,stuffed animal\r
red_kettle,pot\r
nothing,\r
\r
Prompts\r
Object Prompts\r
prompt_list = [\r
'a {0} {1} in the jungle'.format(unique_token, class_token),\r
one,two\r
"""


def test_classes_of_subjects() -> None:
    assert read_classes(CLASSES) == {
        "red_kettle": "kettle",
        "dog2": "dog",
        "bear_plushie": "stuffed animal",
    }
    assert read_classes("kettle,kettle\nprompt: a,b\ncup,cup") == {"kettle": "kettle"}
    assert read_classes("") == {} == read_classes("no list at all")


@given(st.text(max_size=200))
def test_classes_of_whatever_text(text: str) -> None:
    assert all(folder and name for folder, name in read_classes(text).items())
