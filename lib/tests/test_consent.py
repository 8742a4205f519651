"""Consent: nothing without it, nothing denied, and no name that it does not allow."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albumen import tables
from albumen.consent import (
    NAME_WITHHELD,
    Consent,
    PersonConsent,
    decide,
    filter_photos,
    read_consent,
)
from albumen.errors import ConsentError

WHOLE = """\
consent: true
owner: Rowan
albums: all
deny: {people: [Karl], albums: [Private], photos: [secret.jpg]}
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
    for name in ("albums", "people", "keywords", "flags"):
        blank[name] = []
    blank |= {"title": "", "description": "", "path": "/photos/a.jpg"}
    named = [
        {"photo_id": hashlib.sha256(bytes([index])).hexdigest(), **row}
        for index, row in enumerate(rows)
    ]
    return pd.DataFrame([blank | row for row in named], columns=tables.PHOTOS.names)


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
        ({"description": "Karlsruhe, timber"}, ""),
    ],
)
def test_decisions(photo: dict, reason: str) -> None:
    consent = Consent(
        owner="Rowan",
        deny_people=frozenset({"Karl", "Z\u00e9", "太郎"}),
        deny_albums=frozenset({"Private"}),
        deny_photos=frozenset({"secret.jpg", "feedfacefeed"}),
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


NAMES = st.sampled_from(["Alma", "Ben", "Karl", "Tim", "Zoë"])
TITLES = st.sampled_from(["Trips", "Work", "Private"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "people": st.lists(NAMES, max_size=3),
            "albums": st.lists(TITLES, max_size=2),
            "description": st.lists(NAMES, max_size=2).map(" and ".join),
        }
    ),
    max_size=6,
)
CONSENTS = st.fixed_dictionaries(
    {
        "albums": st.none() | st.lists(TITLES, max_size=2).map(tuple),
        "deny_people": st.frozensets(NAMES, max_size=2),
        "deny_albums": st.frozensets(TITLES, max_size=1),
        "profile": st.frozensets(NAMES),
        "minors": st.frozensets(NAMES, max_size=1),
    }
)


@settings(max_examples=50, deadline=None)
@given(ROWS, CONSENTS)
def test_nothing_denied_is_left_whatever_the_table(rows: list[dict], drawn: dict) -> None:
    listed = drawn["profile"]
    people = {name: PersonConsent(profile=True) for name in sorted(listed)}
    rest = {key: value for key, value in drawn.items() if key != "profile"}
    consent = Consent(owner="Alma", people=people, **rest)
    table = photos(*rows)
    kept = filter_photos(table, consent)
    text = kept[["people", "albums", "keywords", "title", "description"]].to_string()
    named = {name for row in rows for name in row["people"]}
    for name in (named - listed) | consent.deny_people | consent.minors:
        assert name not in text
    assert not any(consent.deny_albums & set(albums) for albums in kept.albums)
    assert set(kept.photo_id) == set(table.photo_id[decide(table, consent) == ""])
    pd.testing.assert_frame_equal(filter_photos(kept, consent), kept)
