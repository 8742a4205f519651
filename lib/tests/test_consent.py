"""Consent: nothing without it, nothing denied, and no name that it does not allow."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from albumen import tables
from albumen.consent import (
    NAME_WITHHELD,
    NOT_ALLOWED,
    Circle,
    Consent,
    DateRange,
    PersonConsent,
    Revocation,
    amend,
    decide,
    describe,
    filter_photos,
    people_table,
    read_consent,
    unmatched,
)
from albumen.consent.words import words_of
from albumen.errors import ConsentError

WHOLE = """\
consent: true
owner: Rowan
albums: all
dates: [{from: 2019-06-01, to: '2021-12-31'}, {from: 2023-01-01}]
photos: [kept.jpg]
deny:
  people: [Karl]
  albums: [Private]
  photos: [secret.jpg]
  labels: [Health]
  places: [Rome, {lat: 41.9, lon: -12, km: 5}]
people:
  Rowan: {relation: me, kind: person, profile: true, generate: true}
  Alma: {relation: mum, kind: person, profile: true, generate: true}
  Bruno: {relation: dog, kind: pet, profile: true}
minors: [Tim]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "consent.yaml").write_text(text, encoding="utf-8")
    return folder


def photos(*rows: dict) -> pd.DataFrame:
    """A PHOTOS table of these rows, the rest of each filled in."""
    blank = {name: None for name in tables.PHOTOS.names}
    for name in ("albums", "people", "faces", "keywords", "places", "flags"):
        blank[name] = []
    blank |= {"title": "", "description": "", "path": "/photos/a.jpg"}
    named = [
        {"photo_id": hashlib.sha256(bytes([index])).hexdigest(), **row}
        for index, row in enumerate(rows)
    ]
    columns = [*tables.PHOTOS.names, *(["positions"] if "positions" in named[0] else [])]
    return pd.DataFrame([blank | row for row in named], columns=columns)


def test_whole_file(tmp_path: Path) -> None:
    consent = read_consent(written(tmp_path, WHOLE))
    assert consent == Consent(
        owner="Rowan",
        albums=None,
        deny_people=frozenset({"Karl"}),
        deny_albums=frozenset({"Private"}),
        deny_photos=frozenset({"secret.jpg"}),
        people={
            "Rowan": PersonConsent("me", "person", True, True),
            "Alma": PersonConsent("mum", "person", True, True),
            "Bruno": PersonConsent("dog", "pet", True, False),
        },
        minors=frozenset({"Tim"}),
        dates=(
            DateRange(date(2019, 6, 1), date(2021, 12, 31)),
            DateRange(date(2023, 1, 1), None),
        ),
        photos=frozenset({"kept.jpg"}),
        deny_labels=frozenset({"Health"}),
        deny_places=frozenset({"Rome", Circle(41.9, -12.0, 5.0)}),
    )
    (tmp_path / "export.zip").touch()
    assert read_consent(tmp_path / "export.zip") == consent


def test_the_least_file_allows_the_owner_only(tmp_path: Path) -> None:
    text = "consent: true\nowner: Rowan\npeople: {Alma: {relation: mum}}"
    consent = read_consent(written(tmp_path, text))
    assert consent.people["Rowan"] == PersonConsent("me", "person", True, True)
    assert consent.people["Alma"] == PersonConsent("mum", "person", False, False)


def test_minors_and_denied_people_lose_what_their_entry_gives(tmp_path: Path) -> None:
    entry = "{relation: son, profile: true, generate: true}"
    for key in ("minors: [tim]", "deny: {people: [TIM]}"):
        text = f"consent: true\nowner: Rowan\npeople: {{Tim: {entry}}}\n{key}"
        assert read_consent(written(tmp_path, text)).people["Tim"] == PersonConsent("son")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match=r"has no consent\.yaml"):
        read_consent(tmp_path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("owner: Rowan", "'consent' must be true"),
        ("consent: yes please\nowner: Rowan", "'consent' must be true"),
        ("consent: 1\nowner: Rowan", "'consent' must be true"),
        ("", "'consent' must be true"),
        ("consent: true", "'owner'"),
        ("consent: true\nowner: [Rowan]", "'owner'"),
        ("consent: true\nowner: R\ndenied: {}", "unknown key 'denied'"),
        ("consent: true\nowner: R\ndeny: {person: [Karl]}", "unknown key 'person'"),
        ("consent: true\nowner: R\ndeny: [Karl]", "'deny' must be keys"),
        ("consent: true\nowner: R\ndeny: {people: Karl}", "'deny: people' must be a list"),
        ("consent: true\nowner: R\ndeny: {people: ['  ']}", "'deny: people' must be a list"),
        ("consent: true\nowner: R\ndeny: {photos: [12]}", "'deny: photos' must be a list"),
        ("consent: true\nowner: R\nalbums:", "'albums'"),
        ("consent: true\nowner: R\nminors: {Tim: true}", "'minors'"),
        ("consent: true\nowner: R\npeople: {Alma: true}", "'people: Alma' must be keys"),
        ("consent: true\nowner: R\npeople: {Alma: {relation: me}}", "relation"),
        ("consent: true\nowner: R\npeople: {R: {relation: mum}}", "relation"),
        ("consent: true\nowner: R\npeople: {Alma: {profile: 'true'}}", "'profile' must be true"),
        ("consent: true\nowner: R\npeople: {Alma: {relation: 3}}", "'relation' must be text"),
        ("consent: true\nowner: R\npeople: {Alma: {kind: cat}}", "'kind' must be"),
        ("consent: true\nowner: R\npeople: {Alma: {generate: true}}", "needs 'profile: true'"),
        ("consent: true\nowner: R\npeople: {Alma: {age: 3}}", "unknown key 'age'"),
        ("consent: true\nowner: R\npeople: {No: {}}", "quote it"),
        ("consent: true\nowner: R\npeople: {Al: {kind: pet}, al: {}}", "twice"),
        ("consent: true\nowner: R\nminors: [Tim]\nminors: []", "given twice"),
        ("consent: false\nowner: R", "'consent' must be true"),
        ("consent: true\nowner: R\nphotos: all", "'photos' must be a list"),
        ("consent: true\nowner: R\ndeny: {labels: [3]}", "'deny: labels' must be a list"),
        ("consent: true\nowner: R\ndates:", "'dates' must be all, or a list"),
        ("consent: true\nowner: R\ndates: {from: 2020-01-01}", "'dates' must be all, or a list"),
        ("consent: true\nowner: R\ndates: [2020-01-01]", "range 1 of 'dates' must be keys"),
        ("consent: true\nowner: R\ndates: [{}]", "range 1 of 'dates' must have 'from' or 'to'"),
        ("consent: true\nowner: R\ndates: [{since: 2020-01-01}]", "unknown key 'since'"),
        ("consent: true\nowner: R\ndates: [{from: soon}]", "'from' must be a day"),
        ("consent: true\nowner: R\ndates: [{to: 2020}]", "'to' must be a day"),
        ("consent: true\nowner: R\ndates: [{to: 2020-01-01 10:00:00}]", "'to' must be a day"),
        ("consent: true\nowner: R\ndates: [{to: 2020-02-30}]", "not readable YAML"),
        (
            "consent: true\nowner: R\ndates: [{from: 2020-01-02, to: 2020-01-01}]",
            "range 1 of 'dates' is from 2020-01-02, after its end",
        ),
        ("consent: true\nowner: R\ndeny: {places: Rome}", "list of names and circles"),
        ("consent: true\nowner: R\ndeny: {places: [1]}", "'deny: places' must be a list of names"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 2}]}", "'km' above 0"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 2, km: 0}]}", "'km' above 0"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 2, km: .inf}]}", "'km' above 0"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 91, lon: 2, km: 1}]}", "-90 to 90"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: .nan, lon: 2, km: 1}]}", "-90 to 90"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 181, km: 1}]}", "-180 to 180"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 2, km: yes}]}", "'km' above 0"),
        ("consent: true\nowner: R\ndeny: {places: [{lat: 1, lon: 2, m: 5}]}", "unknown key 'm'"),
        ("consent: true\nowner: [", "not readable YAML"),
        ("[" * 20_000, "not readable YAML"),
        ("consent: true\nowner: !!python/object:os.system x", "not readable YAML"),
    ],
)
def test_a_bad_file_is_one_sentence_with_file_and_key(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ConsentError) as raised:
        read_consent(written(tmp_path, text))
    assert named in str(raised.value)
    assert str(tmp_path / "consent.yaml") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "consent.yaml").write_bytes(b"consent: true\nowner: \xff\xfe")
    with pytest.raises(ConsentError, match="not readable YAML"):
        read_consent(tmp_path)


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        ({}, ""),
        ({"people": ["Stranger"]}, ""),
        ({"path": "/x/part.zip!/Takeout/Photos/SECRET.jpg"}, "the photo is denied"),
        ({"title": "secret.jpg", "path": "/x/secret-edited.jpg"}, "the photo is denied"),
        ({"photo_id": "feedfacefeed" + "0" * 52}, "the photo is denied"),
        ({"photo_id": "feedface0000" + "0" * 52}, ""),
        ({"albums": ["Trips", "private"]}, "in a denied album"),
        ({"people": ["Alma", "karl"]}, "shows a person who is denied"),
        ({"people": ["Ze\u0301"]}, "shows a person who is denied"),  # the file has it composed
        ({"people": ["Tim"]}, "shows a minor"),
        ({"description": "Lunch with KARL."}, "its text names a person who is denied"),
        ({"albums": ["Karl's birthday"]}, "its text names a person who is denied"),
        ({"keywords": ["People/Tim"]}, "its text names a person who is denied"),
        ({"path": "/x/2021_Karl_2.jpg"}, "its text names a person who is denied"),
        ({"description": "太郎の誕生日"}, "its text names a person who is denied"),
        ({"places": ["Karl's garden"]}, "its text names a person who is denied"),
        ({"description": "Karlsruhe, timber"}, ""),
        ({"keywords": ["beach", "HEALTH"]}, "bears a denied label"),
        ({"keywords": ["Private life/Health/Teeth"]}, "bears a denied label"),
        ({"albums": ["health"]}, "bears a denied label"),
        ({"places": ["Work", "Lab"]}, "bears a denied label"),
        ({"keywords": ["Lab|Work"]}, "bears a denied label"),
        ({"keywords": ["Lab"], "description": "health"}, ""),
        ({"places": ["Italy", "Roma", "ROME"]}, "in a denied place"),
        ({"keywords": ["New_York 2019"]}, "in a denied place"),
        ({"albums": ["Rome, again"]}, "in a denied place"),
        ({"title": "rome.jpg"}, "in a denied place"),
        ({"path": "/x/Rome/rome-1.jpg"}, "in a denied place"),
        ({"description": "Romeo in York"}, ""),
        ({"keywords": ["New", "York"]}, ""),
        ({"lat": 41.9, "lon": 12.5}, "in a denied place"),
        ({"lat": 41.94, "lon": 12.5}, "in a denied place"),  # 4.45 km to the north
        ({"lat": 41.95, "lon": 12.5}, ""),  # 5.56 km
        ({"lat": 41.9, "lon": 12.56}, "in a denied place"),  # 4.97 km to the east
        ({"lat": 41.9, "lon": 12.57}, ""),  # 5.79 km
        ({"lat": 0.0, "lon": -179.99}, "in a denied place"),  # over the date line
        ({"lat": None, "lon": 12.5}, ""),
        ({"lat": 1.0, "lon": 1.0, "positions": [(2.0, 2.0), (41.9, 12.5)]}, "in a denied place"),
    ],
)
def test_decisions(photo: dict, reason: str) -> None:
    consent = Consent(
        owner="Rowan",
        deny_people=frozenset({"Karl", "Z\u00e9", "太郎"}),
        deny_albums=frozenset({"Private"}),
        deny_photos=frozenset({"secret.jpg", "feedfacefeed"}),
        deny_labels=frozenset({"Health", "Work/Lab"}),
        deny_places=frozenset(
            {"Rome", "New York", Circle(41.9, 12.5, 5.0), Circle(0.0, 179.99, 5.0)}
        ),
        minors=frozenset({"Tim"}),
    )
    assert decide(photos(photo), consent).tolist() == [reason]


def test_only_the_listed_albums() -> None:
    table = photos({"albums": ["Trips", "Work"]}, {"albums": ["Work"]}, {"albums": []})
    consent = Consent(owner="Rowan", albums=("trips",))
    assert decide(table, consent).tolist() == ["", "in no allowed album", "in no allowed album"]
    assert filter_photos(table, consent).albums.tolist() == [["Trips"]]


def test_names_that_are_not_allowed_in_the_profile_are_taken_out() -> None:
    people = {"Alma": PersonConsent("mum", profile=True), "Ben": PersonConsent("friend")}
    table = photos(
        {
            "people": ["alma", "Ben", "Stranger"],
            "keywords": ["People/Ben", "beach"],
            "description": "Alma, Stranger and Ben at the Benelux office",
            "title": "Ben_2.jpg",
        }
    )
    kept = filter_photos(table, Consent(owner="Rowan", people=people)).iloc[0]
    assert kept.people == ["Alma"]
    assert kept.keywords == ["beach"]
    assert kept.description == "Alma, … and … at the Benelux office"
    assert kept.title == "…_2.jpg"
    assert kept["flags"] == [NAME_WITHHELD]


def taken(local: datetime | None, source: str = "exif", utc: datetime | None = None) -> dict:
    return {"taken_local": local, "taken_utc": utc, "time_source": source}


@pytest.mark.parametrize(
    ("time", "allowed"),
    [
        (taken(datetime(2019, 6, 1)), True),
        (taken(datetime(2019, 5, 31, 23, 59)), False),
        (taken(datetime(2021, 12, 31, 23, 59), "sidecar"), True),
        (taken(datetime(2022, 1, 1)), False),
        (taken(datetime(2030, 1, 1)), True),  # in the range that is open
        (taken(None), False),
        (taken(datetime(2019, 6, 1), "day in name"), True),
        (taken(datetime(2019, 7, 1), "folder's year"), False),  # it may have been May
        (taken(datetime(2020, 7, 1), "folder's year"), True),
        (taken(datetime(2019, 6, 1), utc=datetime(2019, 5, 31, 22, tzinfo=UTC)), True),
        (taken(None, utc=datetime(2019, 6, 1, 11, tzinfo=UTC)), False),  # May off Hawaii
        (taken(None, utc=datetime(2019, 6, 1, 12, tzinfo=UTC)), True),
        (taken(None, utc=datetime(2021, 12, 31, 9, tzinfo=UTC)), True),
        (taken(None, utc=datetime(2021, 12, 31, 10, tzinfo=UTC)), False),  # 2022 in Kiribati
    ],
)
def test_a_photo_must_lie_within_the_dates_for_certain(time: dict, allowed: bool) -> None:
    ranges = (DateRange(date(2019, 6, 1), date(2021, 12, 31)), DateRange(date(2029, 1, 1)))
    consent = Consent(owner="Rowan", dates=ranges)
    assert decide(photos(time), consent).tolist() == [
        "" if allowed else "outside the allowed dates"
    ]
    assert decide(photos(time), replace(consent, dates=None)).tolist() == [""]
    assert decide(photos(time), replace(consent, dates=())).tolist() == [NOT_ALLOWED[1]]


def test_dates_of_a_table_that_was_stored(tmp_path: Path) -> None:
    """Parquet gives NaT for what is missing."""
    filled = {
        **{"tz_source": "exif", "source": "folder", "match_rule": "", "favourite": False},
        **{"width": 1, "height": 1},
    }
    table = photos(taken(datetime(2020, 1, 1)) | filled, taken(None, "unknown") | filled)
    tables.write_table(table, tmp_path / "photos.parquet", tables.PHOTOS)
    stored = tables.read_table(tmp_path / "photos.parquet", tables.PHOTOS)
    consent = Consent(
        owner="Rowan",
        dates=(DateRange(date(2020, 1, 1)),),
        deny_places=frozenset({Circle(0.0, 0.0, 1.0)}),
    )
    assert decide(stored, consent).tolist() == ["", NOT_ALLOWED[1]]


def test_listed_photos_need_neither_album_nor_date() -> None:
    table = photos(
        {"path": "/x/Kept.jpg"},
        {"path": "/x/kept.jpg", "albums": ["Private"]},
        {"path": "/x/other.jpg", "title": "kept.jpg"},
        {"photo_id": "feedfacefeed" + "0" * 52},
        {"albums": ["Trips"], **taken(datetime(2020, 1, 1))},
        {"albums": ["Trips"]},
    )
    consent = Consent(
        owner="Rowan",
        albums=("Trips",),
        dates=(DateRange(date(2020, 1, 1)),),
        photos=frozenset({"kept.jpg", "feedfacefeed"}),
        deny_albums=frozenset({"Private"}),
    )
    reasons = ["", "in a denied album", NOT_ALLOWED[0], "", "", NOT_ALLOWED[1]]
    assert decide(table, consent).tolist() == reasons


def test_boxes_and_places_lose_the_names_that_are_not_allowed() -> None:
    def box(name: str, x: float = 0.5) -> dict:
        return {"x": x, "y": 0.1, "w": 0.2, "h": 0.3, "name": name, "kind": "face"}

    table = photos(
        {"people": ["alma"], "faces": [box("ALMA"), box("Ben", 0.1), box("")]},
        {"people": ["alma"], "faces": [box("alma"), box("")], "places": ["Ben's", "Oslo"]},
    )
    consent = Consent(
        owner="Rowan",
        people={"Alma": PersonConsent("mum", profile=True), "Ben": PersonConsent("friend")},
    )
    kept = filter_photos(table, consent)
    assert kept.faces.tolist() == [[box("Alma"), box("", 0.1), box("")], [box("Alma"), box("")]]
    assert kept["flags"].tolist() == [[NAME_WITHHELD], []]
    assert kept.places.tolist() == [[], ["Oslo"]]
    pd.testing.assert_frame_equal(filter_photos(kept, consent), kept)


LETTERS = "aAiIng _1-ß太郎Ⓐ\u0130\u0131\u0345\u03a3\u03c2\u03c3"  # whose case folding is odd


@settings(deadline=None)
@given(st.lists(st.text(LETTERS, min_size=1), max_size=4), st.text(LETTERS))
@example(["Ilker"], "with \u0130lker")
@example(["Karl"], "a\u0345Karl\u0345")
def test_the_quick_look_at_a_text_misses_no_name(names: list[str], text: str) -> None:
    words = words_of(name for name in names if name.strip())
    assert words.found_in(text) == (words.pattern.search(text) is not None)
    assert words.found_in(words.hidden_in(text)) is False


NAMES = st.sampled_from(["Alma", "Ben", "Karl", "Tim", "Zoë"])
TITLES = st.sampled_from(["Trips", "Work", "Private"])
LABELS = st.sampled_from(["Beach", "Health", "Family/Health", "Beach|Sun"])
PLACES = st.sampled_from(["Oslo", "Rome", "New York"])
POSITIONS = st.sampled_from([(41.9, 12.5), (41.91, 12.5), (59.9, 10.7)])
CIRCLE = Circle(41.9, 12.5, 5.0)  # around the first two
DAYS = st.sampled_from([datetime(2019, 12, 31, 23), datetime(2020, 1, 1), datetime(2021, 5, 1)])


def box_of(name: str) -> dict:
    return {"x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1, "name": name, "kind": "face"}


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "path": st.sampled_from(["/x/a.jpg", "/x/b.jpg", "/x/part.zip!/c.jpg"]),
            "people": st.lists(NAMES, max_size=3),
            "albums": st.lists(TITLES, max_size=2),
            "keywords": st.lists(LABELS | NAMES, max_size=2),
            "places": st.lists(PLACES, max_size=1),
            "positions": st.lists(POSITIONS, max_size=2),
            "taken_local": st.none() | DAYS,
            "time_source": st.sampled_from(["exif", "folder's year"]),
            "description": st.lists(NAMES | PLACES, max_size=2).map(" and ".join),
        }
    ).map(lambda row: row | {"faces": [box_of(name) for name in row["people"]]}),
    min_size=1,
    max_size=6,
)
FROM_2020 = (DateRange(date(2020, 1, 1)),)
CONSENTS = st.fixed_dictionaries(
    {
        "albums": st.none() | st.lists(TITLES, max_size=2).map(tuple),
        "dates": st.none() | st.just(FROM_2020),
        "photos": st.frozensets(st.sampled_from(["a.jpg", "b.jpg"])),
        "deny_people": st.frozensets(NAMES, max_size=2),
        "deny_albums": st.frozensets(TITLES, max_size=1),
        "deny_photos": st.frozensets(st.sampled_from(["b.jpg", "C.JPG"])),
        "deny_labels": st.frozensets(st.sampled_from(["Health", "sun"]), max_size=1),
        "deny_places": st.frozensets(PLACES | st.just(CIRCLE), max_size=2),
        "profile": st.frozensets(NAMES),
        "minors": st.frozensets(NAMES, max_size=1),
    }
)


@settings(max_examples=100, deadline=None)
@given(ROWS, CONSENTS)
def test_nothing_denied_is_left_whatever_the_table(rows: list[dict], drawn: dict) -> None:
    listed = drawn["profile"]
    people = {name: PersonConsent(profile=True) for name in sorted(listed)}
    rest = {name: value for name, value in drawn.items() if name != "profile"}
    consent = Consent(owner="Alma", people=people, **rest)
    table = photos(*rows)
    kept = filter_photos(table, consent)
    text = repr(
        kept[
            ["people", "faces", "albums", "keywords", "places", "title", "description"]
        ].values.tolist()
    )
    named = {name for row in rows for name in row["people"]}
    gone = {place for place in consent.deny_places if isinstance(place, str)}
    for name in (named - listed) | consent.deny_people | consent.minors | gone:
        assert name not in text
    for photo in kept.itertuples():
        name = photo.path.rpartition("/")[2]
        assert name.casefold() not in {denied.casefold() for denied in consent.deny_photos}
        assert not consent.deny_albums & set(photo.albums)
        labels = "/".join(photo.keywords).casefold()
        assert not any(label.casefold() in labels for label in consent.deny_labels)
        if CIRCLE in consent.deny_places:
            assert not {(41.9, 12.5), (41.91, 12.5)} & set(photo.positions)
        if name not in consent.photos:
            assert consent.albums is None or set(consent.albums) & set(photo.albums)
            assert consent.dates is None or photo.taken_local.year >= 2020
    assert set(kept.photo_id) == set(table.photo_id[decide(table, consent) == ""])
    pd.testing.assert_frame_equal(filter_photos(kept, consent), kept)


@settings(max_examples=50, deadline=None)
@given(ROWS, CONSENTS)
def test_denial_only_ever_takes_away(rows: list[dict], drawn: dict) -> None:
    drawn.pop("profile")
    consent, table = Consent(owner="Alma", **drawn), photos(*rows)
    allowed = decide(table, consent) == ""
    for field in ("deny_people", "deny_albums", "deny_photos", "deny_labels", "deny_places"):
        assert (allowed <= (decide(table, replace(consent, **{field: frozenset()})) == "")).all()
    everything = replace(consent, albums=None, dates=None, photos=frozenset(["a.jpg", "c.jpg"]))
    denied = decide(table, replace(consent, albums=None, dates=None)) != ""
    assert (decide(table, everything)[denied] != "").all()
    assert (decide(table, replace(consent, given=False)) == "the library is denied").all()


def test_the_file_in_words(tmp_path: Path) -> None:
    consent = read_consent(written(tmp_path, WHOLE))
    assert describe(consent) == [
        "Rowan allows photos in any album, taken from 2019-06-01 to 2021-12-31, from 2023-01-01.",
        "Allowed besides are the photos kept.jpg.",
        "Denied are the people Karl.",
        "Denied are the albums Private.",
        "Denied are the photos secret.jpg.",
        "Denied are the labels Health.",
        "Denied are the places 5 km around 41.9, -12, Rome.",
        "Denied as minors are Tim.",
        "In the profile may be Rowan, Alma, Bruno; everybody else stays unnamed.",
        "Depicted may be Rowan, Alma.",
    ]
    least = describe(read_consent(written(tmp_path, "consent: true\nowner: R\nalbums: []")))
    assert least[0] == "R allows photos in no album, taken on any day."
    assert describe(replace(consent, given=False)) == [
        "Rowan does not allow this library to be used."
    ]


def test_the_people_in_a_table(tmp_path: Path) -> None:
    consent = read_consent(written(tmp_path, WHOLE))
    table = people_table(consent, photos({"people": ["Alma", "Bruno"]}, {"people": ["alma"]}))
    assert table.to_dict("split")["data"] == [
        ["Rowan", "me", "person", True, True, 0, False, False],
        ["Alma", "mum", "person", True, True, 2, False, False],
        ["Bruno", "dog", "pet", True, False, 1, False, False],
        ["Karl", "", "person", False, False, 0, False, True],
        ["Tim", "", "person", False, False, 0, True, False],
    ]


LAID_OUT = """\
# My consent
consent: yes     # all right
owner: "Robin"

albums: all
deny:
    people:
      # those who asked
      - Karl    # cousin
    # albums below
    albums: []   # none yet
    photos:
      - 4e1234567890
      - 0_123456789012.jpg
    labels: [ ]    # to come
    places: [ Rome, {lat: 41.90, lon: +12.5, km: 5} ]
people:
  Robin:
    # it is me
    relation: me
  # my mum
  Alma: {profile: yes,   generate: true}  # asked her
  Bea:   # nothing yet
  "No": { relation: friend, profile: true }
# the end
"""
AMENDED = """\
# My consent
consent: yes     # all right
owner: "Robin"

albums: all
deny:
    people:
      # those who asked
      - 'Off'
      - Zoë
      - Karl    # cousin
    # albums below
    albums: ['A: b', 'C, "d"']   # none yet
    photos:
      - '123456789012'
      - 4e1234567890
      - 0_123456789012.jpg
    labels: [Health ]    # to come
    places: [{lat: 1.5, lon: -2.0, km: 0.5}, Oslo,  Rome, {lat: 41.90, lon: +12.5, km: 5} ]
people:
  Robin:
    # it is me
    relation: me
  # my mum
  Alma: {profile: yes,   generate: true}  # asked her
  Bea:   # nothing yet
  "No": { relation: friend, profile: true }
# the end
"""
REVOKED = Revocation(
    people=("Off", " Zoe\u0308 ", "KARL"),
    albums=("A: b", 'C, "d"'),
    photos=("123456789012", "4E1234567890"),
    labels=("Health",),
    places=(Circle(1.5, -2.0, 0.5), "Oslo", "rome", Circle(41.9, 12.5, 5.0)),
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_amending_touches_nothing_else(tmp_path: Path, newline: str) -> None:
    path = written(tmp_path, "") / "consent.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LAID_OUT.replace("\n", newline).encode())
    before = read_consent(tmp_path)
    after = amend(tmp_path, REVOKED)
    assert path.read_bytes().decode("utf-8-sig") == AMENDED.replace("\n", newline)
    assert after == read_consent(tmp_path)
    assert after == replace(
        before,
        deny_people=frozenset({"Karl", "Off", "Zoë"}),
        deny_albums=frozenset({"A: b", 'C, "d"'}),
        deny_photos=frozenset({"4e1234567890", "0_123456789012.jpg", "123456789012"}),
        deny_labels=frozenset({"Health"}),
        deny_places=before.deny_places | {"Oslo", Circle(1.5, -2.0, 0.5)},
    )
    written_at = path.stat().st_mtime_ns
    assert amend(tmp_path, REVOKED) == after
    assert path.stat().st_mtime_ns == written_at
    assert list(tmp_path.iterdir()) == [path]


def test_amending_permissions(tmp_path: Path) -> None:
    path = written(tmp_path, LAID_OUT) / "consent.yaml"
    generate = Revocation(people=("alma", "Robin", "no"), permission="generate")
    profile = Revocation(people=("Bea", "Alma", "Zed"), permission="profile")
    people = amend(tmp_path, generate).people
    assert people["Alma"] == PersonConsent(profile=True)
    assert people["Robin"] == PersonConsent("me", profile=True)
    assert people["No"] == PersonConsent("friend", profile=True)
    people = amend(tmp_path, profile).people
    assert people["Alma"] == people["Bea"] == people["Zed"] == PersonConsent()
    assert amend(tmp_path, profile) == amend(tmp_path, generate) == read_consent(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "  Alma: {profile: false,   generate: false}  # asked her\n" in text
    assert "  Bea: {profile: false, generate: false}   # nothing yet\n" in text
    assert '  "No": {generate: false,  relation: friend, profile: true }\n' in text
    assert "  Robin:\n    # it is me\n    generate: false\n    relation: me\n" in text
    assert [line for line in LAID_OUT.splitlines() if "#" in line and "yes," not in line] == [
        line.replace(" {profile: false, generate: false}", "")
        for line in text.splitlines()
        if "#" in line and "Alma" not in line
    ]


def test_what_a_minors_entry_gives_is_revoked_too(tmp_path: Path) -> None:
    entry = "people: {Tim: {profile: true, generate: true}}"
    text = f"consent: true\nowner: R\n{entry}\nminors: [Tim]"
    amend(written(tmp_path, text), Revocation(people=("Tim",), permission="profile"))
    assert "Tim: {profile: false, generate: false}" in (tmp_path / "consent.yaml").read_text()


def test_revoking_everything(tmp_path: Path) -> None:
    text = "{consent: true, owner: R}"
    consent = amend(written(tmp_path, text), Revocation(everything=True))
    assert (tmp_path / "consent.yaml").read_text() == "{consent: false, owner: R}"
    assert decide(photos({}), consent).tolist() == ["the library is denied"]
    with pytest.raises(ConsentError, match="'consent' must be true"):
        read_consent(tmp_path)
    assert amend(tmp_path, Revocation(everything=True)) == consent
    assert amend(tmp_path, Revocation(albums=("A",))).deny_albums == {"A"}


@pytest.mark.parametrize(
    "text",
    [
        "consent: true\nowner: R",
        "consent: true\nowner: R\n# the end\n",
        "consent: true\nowner: R\ndeny:",
        "consent: true\nowner: R\ndeny: ~ # none\nminors: []",
        "consent: true\nowner: R\ndeny:\n  people: []\n  albums: []",
        "consent: true\nowner: R\ndeny: {people: []}",
        "consent: true\nowner: R\ndeny:\n  people:\n  - Ben\nalbums: all\n",
        "consent: true\nowner: R\ndeny: {people: [Ben,\n   Zoë  # nobody else\n  ]}",
        "---\nconsent: true\nowner: R\ndeny:\n  albums: [x]",
        '{"consent": true, "owner": "R", "deny": {"people": ["Ben"]}}',
    ],
)
def test_any_layout_can_be_amended(tmp_path: Path, text: str) -> None:
    before = read_consent(written(tmp_path, text))
    change = Revocation(people=("Karl", "Tim"), labels=("Health",))
    after = amend(tmp_path, change)
    assert after == read_consent(tmp_path)
    assert after.deny_people == before.deny_people | {"Karl", "Tim"}
    assert after.deny_labels == {"Health"}
    assert after.deny_albums == before.deny_albums
    amended = (tmp_path / "consent.yaml").read_text(encoding="utf-8")
    rest = iter(amended)
    assert all(letter in rest for letter in text if letter != "~")  # nothing else is lost


@pytest.mark.parametrize(
    "text",
    [
        "consent: true\nowner: R\nminors: &kids [Tim]\ndeny: {people: *kids}",
        "consent: true\nowner: R\ndeny: {people: &gone [Ben]}",
        "consent: true\nowner: R\n...\n",
    ],
)
def test_a_file_that_cannot_be_amended_stays(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConsentError, match="by hand"):
        amend(written(tmp_path, text), Revocation(people=("Karl",)))
    assert (tmp_path / "consent.yaml").read_text() == text
    assert len(list(tmp_path.iterdir())) == 1


def test_amending_keeps_mode_owner_and_link_and_finds_the_file_beside_a_zip(tmp_path: Path) -> None:
    for folder in ("mine", "library"):
        (tmp_path / folder).mkdir()
    target = written(tmp_path / "mine", "consent: true\nowner: R\n") / "consent.yaml"
    target.chmod(0o640)
    if os.geteuid() == 0:  # only the superuser can give a file away
        os.chown(target, 12345, 12345)
    before = target.stat()
    link = tmp_path / "library" / "consent.yaml"
    link.symlink_to(target)
    (tmp_path / "library" / "export.zip").touch()
    amend(tmp_path / "library" / "export.zip", Revocation(photos=("a.jpg",)))
    assert link.is_symlink()
    assert target.read_text() == "consent: true\nowner: R\ndeny: {photos: [a.jpg]}\n"
    after = target.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_a_revocation_or_file_without_meaning(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="'albums' to revoke must be names"):
        Revocation(albums=(" ",))
    with pytest.raises(ConsentError, match=r"has no consent\.yaml"):
        amend(tmp_path, Revocation(everything=True))
    (tmp_path / "consent.yaml").write_text("consent: true\nowner: R", encoding="utf-16")
    with pytest.raises(ConsentError, match="must be UTF-8"):
        amend(tmp_path, Revocation(everything=True))


def test_what_of_a_revocation_nobody_knows(tmp_path: Path) -> None:
    consent = read_consent(written(tmp_path, WHOLE))
    table = photos(
        {"people": ["Ann"], "albums": ["Trips"], "keywords": ["sun"], "lat": 60.0, "lon": 10.0}
    )
    change = Revocation(
        people=("ALMA", "tim", "karl", "ann", "Anna"),
        albums=("trips", "private", "Work"),
        photos=("a.jpg", "kept.jpg", "b.jpg"),
        labels=("Sun", "health", "moon"),
        places=("rome", "Oslo", Circle(60.0, 10.0, 1.0), Circle(0.0, 0.0, 1.0)),
    )
    unknown = ["Anna", "Work", "b.jpg", "moon", "Oslo", Circle(0.0, 0.0, 1.0)]
    assert unmatched(change, consent, table) == unknown


WILD = st.text(min_size=1).filter(str.strip) | st.sampled_from(
    [
        "No",
        "~",
        "2020-01-01",
        "#x",
        "- a",
        "a: b",
        "[x]",
        "*y",
        "&z",
        "!t",
        "'",
        '"',
        "<<",
        "=",
        "🐶",
    ]
)

CIRCLES = st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 1e4)).map(
    lambda values: Circle(*values)
)


@settings(max_examples=60, deadline=None)
@given(
    drawn=st.fixed_dictionaries(
        {
            "people": st.lists(WILD | st.sampled_from(["alma", "Rowan"]), max_size=2).map(tuple),
            "albums": st.lists(WILD, max_size=2).map(tuple),
            "places": st.lists(WILD | CIRCLES, max_size=2).map(tuple),
            "everything": st.booleans(),
            "permission": st.sampled_from(["all", "profile", "generate"]),
        }
    ),
    text=st.sampled_from([LAID_OUT, WHOLE, "{consent: true, owner: R}"]),
)
def test_amended_is_denied_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict, text: str
) -> None:
    change = Revocation(**drawn)
    folder = written(tmp_path_factory.mktemp("library"), text)
    before = read_consent(folder)
    after = amend(folder, change)
    assert after == amend(folder, change)
    amended = (folder / "consent.yaml").read_text(encoding="utf-8")
    rest = iter(amended.splitlines())
    comments = [line.split("#")[1] for line in text.splitlines() if "#" in line]
    assert all(any(line.endswith("#" + one) for line in rest) for one in comments)
    if not change.everything:
        assert read_consent(folder) == after
    kept = ("owner", "albums", "dates", "photos", "minors", "deny_photos", "deny_labels")
    assert all(getattr(after, field) == getattr(before, field) for field in kept)
    shown = [{"people": [name]} for name in change.people] if change.permission == "all" else []
    shown += [{"albums": [title]} for title in change.albums]
    shown += [
        {"lat": place.lat, "lon": place.lon} if isinstance(place, Circle) else {"places": [place]}
        for place in change.places
    ]
    free = replace(after, dates=None, given=True)
    if shown:
        assert (decide(photos(*shown), free) != "").all()
    for name, was in before.people.items():
        now = after.people[name]
        named = name.casefold() in {one.strip().casefold() for one in change.people}
        keeps = was.profile and change.permission == "generate"
        expected = replace(was, profile=keeps, generate=False) if named else was
        assert now == expected
