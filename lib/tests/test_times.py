"""Times in names, and the zone between UTC and local time, worked by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.metadata.labels import Labels
from albumen.metadata.times import settle, time_in_name, year_of_folder

NOON = datetime(2019, 1, 1, 12, 34, 56)
BERLIN, KATHMANDU, ADELAIDE = (52.52, 13.4), (27.7, 85.32), (-34.93, 138.6)
SAMOA, HAWAII, PACIFIC = (-13.83, -171.76), (21.31, -157.86), (0.0, -140.0)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20190101_123456.jpg",
        "VID_20190101_123456.mp4",
        "MVIMG_20190101_123456.jpg",
        "20190101_123456.heic",
        "20190101_123456(1).jpg",
        "20190101_123456_001.jpg",  # the first of a burst
        "IMG20190101123456.jpg",
        "IMG_20190101_123456_HDR.jpg",
        "Screenshot_20190101_123456_Facebook.jpg",
        "Screenshot_20190101-123456.png",
        "Screenshot_2019-01-01-12-34-56_com.app.png",
        "Screenshot from 2019-01-01 12-34-56.png",
        "signal-2020-01-01-123456.jpg".replace("2020", "2019"),
        "2019_01_01_12_34_56.mp4",
        "2019-01-01 12.34.56-2.jpg",
        "WIN_20190101_12_34_56_Pro.jpg",
        "Photo 2019-01-01 12 34 56.jpg",
        "WhatsApp Image 2019-01-01 at 12.34.56 (1).jpeg",
        "Screen Shot 2019-01-01 at 12.34.56 PM.png",
        "Screen Shot 2019-01-01 at 12.34.56\u202fPM.png",
        "Bildschirmfoto 2019-01-01 um 12.34.56.png",
        "Captura de pantalla 2019-01-01 a las 12.34.56.png",
        "スクリーンショット 2019-01-01 12.34.56.png",
        "00001IMG_00001_BURST20190101123456.jpg",
        "Bebop2_20190101123456+0200.mp4",
    ],
)
def test_local_times(name: str) -> None:
    assert time_in_name(name) == Labels(taken_local=NOON, time_source="name")


@pytest.mark.parametrize(
    ("name", "ms"),
    [
        ("00000IMG_00000_BURST20190101123456789_COVER.jpg", 789),
        ("IMG_20190101_123456789_HDR.jpg", 789),
        ("signal-2019-01-01-12-34-56-789.jpg", 789),
    ],
)
def test_milliseconds(name: str, ms: int) -> None:
    assert time_in_name(name).taken_local == NOON + timedelta(milliseconds=ms)


@pytest.mark.parametrize(
    ("name", "hour"),
    [("Screen Shot 2019-01-01 at 1.02.03 PM.png", 13), ("X 2019-01-01 at 12.02.03 AM.png", 0)],
)
def test_hours_of_half_a_day(name: str, hour: int) -> None:
    assert time_in_name(name).taken_local == datetime(2019, 1, 1, hour, 2, 3)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("PXL_20230809_203449253.MP.jpg", datetime(2023, 8, 9, 20, 34, 49, 253000)),
        ("PXL_20230809_203449253~2.jpg", datetime(2023, 8, 9, 20, 34, 49, 253000)),
        ("20170607_113045000_iOS.jpg", datetime(2017, 6, 7, 11, 30, 45)),
        ("FB_IMG_1546300800000.jpg", datetime(2019, 1, 1)),
        ("mmexport1546300800123.jpg", datetime(2019, 1, 1, 0, 0, 0, 123000)),
        ("1546300800000.jpg", datetime(2019, 1, 1)),
    ],
)
def test_names_in_utc(name: str, taken: datetime) -> None:
    expected = Labels(taken_utc=taken.replace(tzinfo=UTC), time_source="name")
    assert time_in_name(name) == expected


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("IMG-20190101-WA0001.jpg", datetime(2019, 1, 1)),
        ("2013-12-23.jpg", datetime(2013, 12, 23)),
        ("2013-12-23(1).jpg", datetime(2013, 12, 23)),
        ("2013-12-23 Paris 123456.jpg", datetime(2013, 12, 23)),
        ("20190101_001.jpg", datetime(2019, 1, 1)),
        ("IMG_20190101_996112.jpg", datetime(2019, 1, 1)),  # no time of a day
        ("20240229.jpg", datetime(2024, 2, 29)),
    ],
)
def test_days(name: str, day: datetime) -> None:
    assert time_in_name(name) == Labels(taken_local=day, time_source="day in name")


@pytest.mark.parametrize(
    "name",
    [
        *("DSC_0101.jpg", "IMG_1123.HEIC", "2024.png", "2024-05.png", "991231-125200.jpg", ""),
        *("20190230_101010.jpg", "20223112-125200.jpg", "20230229.jpg"),  # no days
        *("19891231_101010.jpg", "21000101_101010.jpg", "30190101.jpg"),  # no years of cameras
        *("2234089303984509579.jpg", "received_20190101123456789.jpeg", "received_20190101.jpg"),
        *("13039_327707840323_537645323_9470255_27214_n.jpg", "IMG_4006381333931.jpg"),
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg",
        "2019-01_01.jpg",
    ],
)
def test_digits_that_are_no_time(name: str) -> None:
    assert time_in_name(name) == Labels()


SECONDS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31, 23, 59, 59)).map(
    lambda taken: taken.replace(microsecond=0)
)
FORMS = ["IMG_%Y%m%d_%H%M%S.jpg", "%Y-%m-%d %H.%M.%S.png", "X %Y-%m-%d at %I.%M.%S %p.png"]


@given(SECONDS, st.sampled_from(FORMS))
def test_a_name_gives_back_the_time_it_was_made_of(taken: datetime, form: str) -> None:
    assert time_in_name(taken.strftime(form)).taken_local == taken


@given(st.text("0129-_. PXLBURSTatm:()", max_size=40) | st.text(max_size=40))
def test_whatever_the_name_a_time_is_one_of_cameras(name: str) -> None:
    labels = time_in_name(name)
    taken = labels.taken_utc or labels.taken_local
    assert (taken is None) == (labels == Labels())
    assert taken is None or 1990 <= taken.year < 2100


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("2021", 2021),
        ("Photos from 2021", 2021),
        ("PHOTOS FROM 1987", 1987),
        ("Fotos del 2021", 2021),
        ("Foto da 2002", 2002),
        ("Foto_s van 2018", 2018),
        ("Zdjęcia z 2019", 2019),
        ("Fényképek - 2019", 2019),
        ("Φωτογραφίες από 2019", 2019),
        ("2019 yılına ait fotoğraflar", 2019),  # noqa: RUF001
        ("2019 年の写真", 2019),
        ("2019년의 사진", 2019),
        ("2019年的照片", 2019),
        ("Paris 2020", None),
        ("Photos from Rome 2021", None),
        ("Photos from 3021", None),
        ("20211", None),
        ("", None),
    ],
)
def test_years_of_folders(name: str, year: int | None) -> None:
    assert year_of_folder(name) == year


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("labels", "settled"),
    [
        # an offset: of the local time, of UTC, and UTC corrected beside both
        (
            Labels(taken_local=NOON, offset=-4 * HOURS, positions=(BERLIN,)),
            (utc(2019, 1, 1, 16, 34, 56), NOON, "exif"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 16), offset=-4 * HOURS),
            (utc(2019, 1, 1, 16), datetime(2019, 1, 1, 12), "exif"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 16), taken_local=NOON, offset=2 * HOURS),
            (utc(2019, 1, 1, 16), datetime(2019, 1, 1, 18), "exif"),
        ),
        (
            Labels(taken_local=NOON, offset=timedelta()),
            (utc(2019, 1, 1, 12, 34, 56), NOON, "exif"),
        ),
        # UTC and local: their difference, if clocks are set to it
        (
            Labels(taken_utc=utc(2019, 1, 1, 6, 49, 56), taken_local=NOON),  # Kathmandu's 5:45
            (utc(2019, 1, 1, 6, 49, 56), NOON, "exif"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 11, 34, 57), taken_local=NOON),  # a second off
            (utc(2019, 1, 1, 11, 34, 57), NOON, "exif"),
        ),
        (
            Labels(taken_utc=utc(2018, 12, 31, 22, 34, 56), taken_local=NOON),  # Kiribati's 14 h
            (utc(2018, 12, 31, 22, 34, 56), NOON, "exif"),
        ),
        (
            Labels(taken_utc=utc(2018, 12, 31, 22, 19, 56), taken_local=NOON),  # a quarter more
            (utc(2018, 12, 31, 22, 19, 56), None, "unknown"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 11, 27, 56), taken_local=NOON),  # 7 minutes off
            (utc(2019, 1, 1, 11, 27, 56), None, "unknown"),
        ),
        (
            Labels(taken_utc=utc(2015, 6, 1), taken_local=NOON, positions=(BERLIN,)),
            (utc(2015, 6, 1), datetime(2015, 6, 1, 2), "position"),
        ),
        # UTC and a position
        (
            Labels(taken_utc=utc(2019, 7, 1, 10), positions=(BERLIN, HAWAII)),
            (utc(2019, 7, 1, 10), datetime(2019, 7, 1, 12), "position"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 10), positions=(KATHMANDU,)),
            (utc(2019, 1, 1, 10), datetime(2019, 1, 1, 15, 45), "position"),
        ),
        (
            Labels(taken_utc=utc(2019, 1, 1, 10), positions=(ADELAIDE,)),  # summer there
            (utc(2019, 1, 1, 10), datetime(2019, 1, 1, 20, 30), "position"),
        ),
        (
            Labels(taken_utc=utc(2019, 7, 1, 10), positions=(ADELAIDE,)),
            (utc(2019, 7, 1, 10), datetime(2019, 7, 1, 19, 30), "position"),
        ),
        # Samoa moved over the date line at the end of 29 December 2011: the 30th never was
        (
            Labels(taken_utc=utc(2011, 12, 30, 9, 59), positions=(SAMOA,)),
            (utc(2011, 12, 30, 9, 59), datetime(2011, 12, 29, 23, 59), "position"),
        ),
        (
            Labels(taken_utc=utc(2011, 12, 30, 10, 1), positions=(SAMOA,)),
            (utc(2011, 12, 30, 10, 1), datetime(2011, 12, 31, 0, 1), "position"),
        ),
        # at sea, where zones are strips of 15 degrees
        (
            Labels(taken_utc=utc(2019, 1, 1, 10), positions=(PACIFIC,)),
            (utc(2019, 1, 1, 10), datetime(2019, 1, 1, 1), "position"),
        ),
        # a local time and a position
        (
            Labels(taken_local=NOON, positions=(HAWAII,)),
            (utc(2019, 1, 1, 22, 34, 56), NOON, "position"),
        ),
        (
            Labels(taken_local=datetime(2019, 10, 27, 2, 30), positions=(BERLIN,)),  # twice
            (utc(2019, 10, 27, 0, 30), datetime(2019, 10, 27, 2, 30), "position"),
        ),
        (
            Labels(taken_local=datetime(2019, 3, 31, 2, 30), positions=(BERLIN,)),  # never
            (utc(2019, 3, 31, 1, 30), datetime(2019, 3, 31, 2, 30), "position"),
        ),
        # nothing to tell the zone, or nothing at all
        (Labels(taken_utc=utc(2019, 1, 1)), (utc(2019, 1, 1), None, "unknown")),
        (Labels(taken_local=NOON), (None, NOON, "unknown")),
        (Labels(offset=2 * HOURS, positions=(BERLIN,)), (None, None, "unknown")),
    ],
)
def test_zones(labels: Labels, settled: tuple[datetime | None, datetime | None, str]) -> None:
    taken_utc, taken_local, tz_source = settle(labels)
    assert (taken_utc, taken_local, tz_source) == settled
    assert taken_utc is None or taken_utc.tzinfo is UTC
    assert taken_local is None or (taken_local.tzinfo is None and taken_local.fold == 0)


POSITIONS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(st.datetimes(datetime(1800, 1, 1), datetime(2199, 12, 31)), POSITIONS)
def test_everywhere_has_a_zone(taken: datetime, position: tuple[float, float]) -> None:
    moment = taken.replace(tzinfo=UTC)
    _, local, tz_source = settle(Labels(taken_utc=moment, positions=(position,)))
    assert tz_source == "position"
    assert abs(local - taken) <= timedelta(hours=16)  # Manila kept America's date until 1845
