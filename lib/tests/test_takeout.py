"""What Google's sidecars and folder names say, and that nonsense in them is silence."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen.metadata.labels import Labels, from_text, to_text
from albumen.metadata.takeout import FOLDERS, KINDS, folder_albums, folder_flags, read_labels

ROME, PARIS = (41.8902, 12.4922), (48.8584, 2.2945)
SIDECAR = {
    "title": "IMG.jpg",
    "description": " The\u0301a\u0302tre, at noon \n",
    "imageViews": "12",
    "creationTime": {"timestamp": "1600598769", "formatted": "20 Sept 2020, 10:46:09 UTC"},
    "photoTakenTime": {"timestamp": "1600596727", "formatted": "20 Sept 2020, 10:12:07 UTC"},
    "geoData": {"latitude": ROME[0], "longitude": ROME[1], "altitude": 3.0},
    "geoDataExif": {"latitude": PARIS[0], "longitude": PARIS[1], "altitude": 3.0},
    "people": [{"name": "Ana"}, {"name": "Rex"}, {"name": "Ana"}],
    "url": "https://photos.google.com/photo/x",
    "favorited": True,
    "googlePhotosOrigin": {"mobileUpload": {"deviceType": "ANDROID_PHONE"}},
    "appSource": {"androidPackageName": "com.whatsapp"},
}


def test_a_whole_sidecar() -> None:
    assert read_labels(SIDECAR) == Labels(
        title="IMG.jpg",
        description="Théâtre, at noon",
        taken_utc=datetime(2020, 9, 20, 10, 12, 7, tzinfo=UTC),
        time_source="sidecar",
        positions=(ROME, PARIS),  # the owner's correction before the camera's word
        people=("Ana", "Rex"),
        favourite=True,
    )


def test_the_time_of_upload_is_no_time_of_the_photo() -> None:
    for taken in ({}, {"timestamp": ""}, {"timestamp": "0"}, {"timestamp": "soon"}):
        labels = read_labels(SIDECAR | {"photoTakenTime": taken})
        assert labels.taken_utc is None and labels.time_source == ""


@pytest.mark.parametrize(
    ("timestamp", "taken"),
    [
        ("-86400", datetime(1969, 12, 31, tzinfo=UTC)),
        (1600596727, datetime(2020, 9, 20, 10, 12, 7, tzinfo=UTC)),
        ("99999999999999", None),  # in no year of photos
        (True, None),
        (None, None),
    ],
)
def test_timestamps(timestamp: object, taken: datetime | None) -> None:
    read = read_labels({"photoTakenTime": {"timestamp": timestamp}}).taken_utc
    assert read == taken or timestamp is True  # a boolean is a second: no matter


def test_positions() -> None:
    nowhere = {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
    north = {"latitude": "59.9", "longitude": 10, "altitude": None}
    assert read_labels({"geoData": nowhere, "geoDataExif": nowhere}).positions == ()
    assert read_labels({"geoData": nowhere, "geoDataExif": north}).positions == ((59.9, 10.0),)
    assert read_labels({"geoData": north, "geoDataExif": north}).positions == ((59.9, 10.0),)
    far = {"latitude": 91, "longitude": float("nan")}
    assert read_labels({"geoData": far, "geoDataExif": {}}).positions == ()


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        ({"archived": True, "trashed": True}, {"archived", "trashed"}),
        ({"archived": "true", "trashed": 1, "inLockedFolder": False}, set()),
        ({"inLockedFolder": True}, {"locked"}),
        ({"googlePhotosOrigin": {"fromPartnerSharing": {}}}, {"partner"}),
        ({"googlePhotosOrigin": {"fromSharedAlbum": {}}}, {"shared"}),
        ({"googlePhotosOrigin": {"composition": {"type": "AUTO"}}}, {"creation"}),
        ({"googlePhotosOrigin": {"driveSync": {}}}, set()),
        ({"googlePhotosOrigin": "fromPartnerSharing"}, set()),
    ],
)
def test_flags(data: dict, flags: set[str]) -> None:
    assert read_labels(data).flags == flags


def test_a_camera_s_description_is_not_the_owner_s() -> None:
    assert read_labels({"description": "OLYMPUS DIGITAL CAMERA"}).description == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "timestamp", "latitude", "longitude", "composition"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*SIDECAR, "archived", "trashed"]), JSON))
def test_whatever_the_types_labels_come_out_that_can_be_kept(data: dict) -> None:
    labels = read_labels(data)
    assert from_text(to_text(labels)) == labels


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("Archive", "archived"),
        ("归档文件", "archived"),
        ("Archiwum(1)", "archived"),
        ("Papierkorb", "trashed"),
        ("BIN", "trashed"),
        ("ゴミ箱", "trashed"),
        ("Locked Folder", "locked"),
        ("Dossier verrouillé", "locked"),
        ("Carpeta privada", "locked"),
    ],
)
def test_folders_that_flag(name: str, flag: str) -> None:
    folder = ("Takeout", "Google Photos", name)
    assert folder_flags(folder) == {flag}
    assert folder_albums(folder, {}) == () == folder_albums(folder, {folder: {name}})


@pytest.mark.parametrize("language", FOLDERS)
def test_folders_of_every_language(language: str) -> None:
    for kind, several in zip(KINDS, FOLDERS[language], strict=True):
        for name in several.split("|"):
            folder = ("Takeout", "Google", name.title())
            assert folder_flags(folder) == ({kind} - {"untitled"}), name
            assert folder_albums(folder, {}) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("Photos from 2021", "Fotos von 2021", "Fotos de 2021", "Foto da 2002", "Foto_s van 2018"),
        *("Photos de 2019", "2019 yılına ait fotoğraflar", "2019 年の写真", "2019"),  # noqa: RUF001
        *("Untitled", "Untitled(9)", "Ohne Titel", "Unbenannt(2)", "Sans titre", "无标题(1)"),
        *("Naamloos", "Failed Videos"),
    ],
)
def test_folders_that_are_no_albums(name: str) -> None:
    folder = ("Takeout", "Google Photos", name)
    assert folder_flags(folder) == frozenset()
    assert folder_albums(folder, {}) == ()


@pytest.mark.parametrize("name", ["Paris 2020", "Untitled dreams", "Trash metal", "Google trip"])
def test_folders_that_are_albums(name: str) -> None:
    folder = ("Takeout", "Google Photos", name)
    assert folder_flags(folder) == frozenset()
    assert folder_albums(folder, {}) == (name,)


@pytest.mark.parametrize(
    "folder",
    [
        (),
        ("Takeout",),
        ("Takeout", "Google Foto_s"),
        ("Takeout", "صور Google"),
        ("Google Fotos",),
        ("takeout-20260318T202441Z-3-002", "Takeout", "Google フォト"),
    ],
)
def test_folders_above_the_albums(folder: tuple[str, ...]) -> None:
    assert folder_albums(folder, {}) == ()


def test_an_album_s_title_is_that_of_its_json() -> None:
    folder = ("Takeout", "Google Photos", "_Esquadern_ 2020")
    assert folder_albums(folder, {folder: {'"Esquadern" 2020'}}) == ('"Esquadern" 2020',)
    assert folder_albums(folder, {folder: {"B", "A"}}) == ("A", "B")  # of two parts
    assert folder_albums(folder, {folder: set()}) == ()  # an untitled album
    assert folder_albums(folder, {folder: {"Photos from 2020"}}) == ()
    assert folder_albums(folder, {folder: {"2020"}}) == ("2020",)  # so the owner called it
