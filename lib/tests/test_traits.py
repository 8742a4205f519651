"""Traits: counted by hand, known only where known, and nobody named whom consent leaves out."""

import hashlib
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albumen.consent import Consent, PersonConsent
from albumen.library import Library
from albumen.profile.company import appearances, company, pairs
from albumen.profile.daylight import part_of_week, season, sun, sun_elevation, time_of_day
from albumen.profile.mood import MOODS, moods
from albumen.profile.traits import USUAL, traits, unusual
from albumen.profile.whereabouts import places
from albumen.records import Trait
from albumen.tables import FACES, LOOKS, PALETTE, PHOTOS

ALLOWED = {"Robin": "person", "Alma": "person", "Bo": "person", "Rex": "pet"}
PEOPLE = {name: PersonConsent(kind=kind, profile=True) for name, kind in ALLOWED.items()}
CONSENT = Consent("Robin", people=PEOPLE | {"Kit": PersonConsent(profile=False)})
MIDDLE = {name: middle for name, (_, middle, _) in USUAL.items()} | {"symmetry": 0.0}


class Scenes:
    """A text about a mood is that mood's axis, any other a direction of its own."""

    name, dim = "scenes", 24

    def embed_images(self, images):
        raise NotImplementedError

    def embed_texts(self, texts):
        return np.stack([self.row(text) for text in texts]).astype(np.float32)

    def row(self, text: str) -> np.ndarray:
        for axis, (phrases, _) in enumerate(MOODS.values()):
            if text in phrases:
                return np.eye(self.dim)[axis]
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        row = np.random.default_rng(seed).normal(size=self.dim)
        return row / np.linalg.norm(row)


def library(
    *photos: dict[str, Any],
    looks: list[dict[str, float]] | None = None,
    faces: list[dict[str, Any]] | None = None,
    vectors: np.ndarray | None = None,
) -> Library:
    """Photos with these columns, the rest unknown; looks of the middle, or as given."""
    ids = [f"{number:02d}" for number in range(len(photos))]
    blank = {name: None for name in PHOTOS.names} | {"time_source": "unknown"}
    lists = ("albums", "people", "keywords", "places", "flags")
    rows = [blank | {name: [] for name in lists} | photo for photo in photos]
    table = pd.DataFrame(rows, range(len(rows)), PHOTOS.names).assign(photo_id=ids)
    table["taken_utc"] = pd.to_datetime(table.taken_utc, utc=True)
    table["taken_local"] = pd.to_datetime(table.taken_local)
    seen = [MIDDLE | one for one in (looks if looks is not None else [{} for _ in ids])]
    seen = pd.DataFrame(seen, range(len(seen)), list(MIDDLE)).assign(photo_id=ids[: len(seen)])
    seen["palette"] = [[0.0] * 4 * PALETTE for _ in range(len(seen))]
    face = {"x": 0.4, "y": 0.3, "w": 0.2, "h": 0.3, "score": 0.95, "pixels": 60.0, "name": None}
    found = pd.DataFrame([face | one for one in faces or ()], columns=FACES.names)
    if vectors is None:
        vectors = np.zeros((len(ids), Scenes.dim))
    return Library("robin", CONSENT, table, vectors, found, Scenes.name, looks=seen[LOOKS.names])


def told(made: Library, weights: list[float] | None = None) -> dict[tuple[str, str], Trait]:
    counts = np.ones(len(made.photos)) if weights is None else np.array(weights, float)
    return {(one.facet, one.value): one for one in traits(made, counts, Scenes())}


def at(local: str | None = None, utc: str | None = None, lat=None, lon=None, source="exif") -> dict:
    return {"taken_local": local, "taken_utc": utc, "lat": lat, "lon": lon, "time_source": source}


def words(of, *photos: dict) -> list:
    found = of(library(*photos).photos)
    return [None if pd.isna(word) else word for word in found]


# the sun


@pytest.mark.parametrize(
    ("lat", "lon", "utc", "degrees", "within"),
    [
        # the worked example of NREL's solar position algorithm (Reda and Andreas 2004): zenith
        # 50.11162, with refraction
        (39.742476, -105.1786, "2003-10-17 19:30:30", 39.88838, 0.01),
        # rise and set in almanacs are to the minute: the upper edge on the horizon, so that the
        # refracted centre is 16 minutes of arc below it
        (51.5074, -0.1278, "2024-06-21 03:43", -0.27, 0.2),
        (51.5074, -0.1278, "2024-06-21 20:21", -0.27, 0.2),
        (-33.8688, 151.2093, "2024-12-20 18:41", -0.27, 0.3),
        (-33.8688, 151.2093, "2024-12-21 09:05", -0.27, 0.3),
        # at an equinox it is as high at noon as the pole is low, and a pole's horizon is its path
        (51.4779, 0.0, "2024-03-20 12:07", 90 - 51.48 + 0.15, 0.05),
        (90.0, 0.0, "2024-06-20 20:51", 23.44, 0.3),
    ],
)
def test_the_suns_elevation(lat, lon, utc, degrees, within):
    (found,) = sun_elevation(library(at(utc=utc, lat=lat, lon=lon)).photos)
    assert found == pytest.approx(degrees, abs=within)


def test_light_through_an_equinox_on_the_equator():
    """There the sun sinks 15 degrees an hour, from overhead at 12:07 UTC on the meridian."""
    day = {
        "05:20": "night",
        "05:47": "blue hour",
        "06:10": "golden hour",
        "06:45": "day",
        "12:07": "day",
        "17:30": "day",
        "18:00": "golden hour",
        "18:27": "blue hour",
        "18:45": "night",
        "23:59": "night",
    }
    photos = [at(utc=f"2024-03-20 {clock}", lat=0.0, lon=0.0) for clock in day]
    assert words(sun, *photos) == list(day.values())


def test_no_sun_without_a_place_or_the_time():
    noon = "2024-03-20 12:00"
    assert words(
        sun,
        at(utc=noon, lat=0.0, lon=0.0),
        at(utc=noon),
        at(local=noon, lat=0.0, lon=0.0),
        at(utc=noon, lat=0.0, lon=0.0, source="day in name"),
        at(utc=noon, lat=0.0, lon=0.0, source="folder's year"),
        {},
    ) == ["day", None, None, None, None, None]


# clock and calendar


def test_time_of_day_by_the_local_clock():
    clock = {
        **{"00:00": "night", "04:59": "night", "05:00": "morning", "10:59": "morning"},
        **{"11:00": "midday", "13:59": "midday", "14:00": "afternoon", "17:59": "afternoon"},
        **{"18:00": "evening", "21:59": "evening", "22:00": "night"},
    }
    photos = [at(local=f"2024-03-20 {time}") for time in clock]
    assert words(time_of_day, *photos) == list(clock.values())
    unknown = [at(utc="2024-03-20 09:00"), at("2024-03-20", source="day in name"), {}]
    assert words(time_of_day, *unknown) == [None] * 3


@pytest.mark.parametrize(
    ("month", "north", "south"),
    [
        (1, "winter", "summer"),
        (2, "winter", "summer"),
        (3, "spring", "autumn"),
        (5, "spring", "autumn"),
        (6, "summer", "winter"),
        (9, "autumn", "spring"),
        (11, "autumn", "spring"),
        (12, "winter", "summer"),
    ],
)
def test_season_by_month_and_hemisphere(month, north, south):
    day = f"2024-{month:02d}-15 12:00"
    photos = [at(day, lat=48.0, lon=9.0), at(utc=day, lat=-34.0, lon=9.0, source="day in name")]
    assert words(season, *photos) == [north, south]


def test_no_season_without_a_hemisphere_a_month_or_in_the_tropics():
    day = "2024-01-15 12:00"
    tropics, nowhere = at(day, lat=1.3, lon=103.8), at(day)
    period = at(day, lat=48.0, lon=9.0, source="period in index")
    assert words(season, tropics, nowhere, period) == [None] * 3


def test_weekends_by_the_local_date():
    days = {"2024-06-14": "weekday", "2024-06-15": "weekend", "2024-06-16": "weekend"}
    days["2024-06-17"] = "weekday"
    assert words(part_of_week, *map(at, days)) == list(days.values())
    assert words(part_of_week, at("2024-06-15", source="day in name")) == ["weekend"]
    assert words(part_of_week, at(utc="2024-06-15 12:00"), {}) == [None, None]


# people


def named(photo: str, name: str | None, **more: Any) -> dict[str, Any]:
    return {"photo_id": photo, "name": name, **more}


def test_who_is_with_whom():
    made = library(
        {"people": ["Robin", "Alma"]},
        {"people": ["Robin"]},  # and Alma's face
        {"people": ["Rex", "Alma"]},
        {"people": ["Bo"]},
        {},
        faces=[named("01", "Alma"), named("01", "Robin")],
    )
    shown = appearances(made)
    assert shown.sum().to_dict() == {"Alma": 3, "Robin": 2, "Bo": 1, "Rex": 1}
    assert list(pairs(shown)) == ["Alma with Robin", "Alma with Rex"]
    assert pairs(shown)["Alma with Robin"].tolist() == [True, True, False, False, False]
    of = told(made)
    assert of["with", "Alma with Robin"] == Trait("with", "Alma with Robin", 0.5, 2, 4)
    assert of["with", "Alma with Rex"].share == 0.25


def test_how_many_people():
    made = library(
        {"people": ["Robin", "Alma"]},
        {"people": ["Robin", "Rex"]},  # a pet is no company in this sense
        {"people": ["Robin"]},  # with two strangers as large, and one behind
        {},  # a stranger
        {},  # something that might be a face
        {"people": ["Rex"]},
        faces=[
            named("02", "Robin"),
            *(named("02", None, pixels=size) for size in (50.0, 70.0, 20.0)),
            named("03", None),
            named("04", None, score=0.75),
        ],
    )
    found = company(made, appearances(made)).tolist()
    assert found[:4] == ["two people", "one person", "a group", "one person"]
    assert pd.isna(found[4]) and pd.isna(found[5])
    assert told(made)["company", "a group"] == Trait("company", "a group", 0.25, 1, 4)


def test_who_may_not_be_in_the_profile_is_in_no_trait():
    everybody = [*ALLOWED, "Kit", "Nobody"]
    made = library(
        {"people": everybody},
        {"people": ["Kit"]},
        faces=[named("00", "Kit"), named("00", "Nobody"), named("01", "Robin")],
    )
    said = " ".join(one.value for one in told(made).values())
    assert "Robin" in said and "Alma with Bo" in said
    assert "Kit" not in said and "Nobody" not in said


def test_framing_of_one_face():
    small = {"w": 0.06, "h": 0.12}
    made = library(
        *({} for _ in range(6)),
        faces=[
            named("00", None, x=0.47, **small),
            named("01", None, x=0.30, **small),  # on the left third
            named("02", None, x=0.35, w=0.5, h=0.7),  # close, and not quite in the middle
            named("03", None, x=0.1),
            named("03", None, x=0.7),  # two: neither is the subject
            named("04", None, x=0.1, h=0.05),  # somebody far away
        ],
    )
    of = told(made)
    assert of["framing", "face in the middle"] == Trait(
        "framing", "face in the middle", 2 / 3, 2, 3
    )
    assert of["framing", "face to the side"].photos == 1


def test_portraits_count_for_people_and_screenshots_do_not():
    photos = [{"people": ["Robin"]}, {"people": ["Alma", "Bo"], "flags": ["screenshot"]}]
    of = told(library(*photos), [0.0, 0.0])
    assert of["company", "one person"] == Trait("company", "one person", 1.0, 1, 1)
    assert {facet for facet, _ in of} == {"company"}


# places


def test_places_by_name_else_by_position():
    village = [{"lat": 47.123456 + 0.001 * step, "lon": 9.654321} for step in range(4)]
    town = [{"lat": -33.87, "lon": -70.61}] * 3
    lost = {"lat": 60.0, "lon": 20.0}
    made = library(
        *village, *town, lost, {"places": ["Ravello", "Italy"]}, {"places": ["Italy"]}, {}
    )
    assert list(places(made.photos)) == [
        "47.1° N, 9.7° E",
        "33.9° S, 70.6° W",
        "Italy",
        "Ravello",
    ]
    of = told(made)
    assert of["place", "47.1° N, 9.7° E"] == Trait("place", "47.1° N, 9.7° E", 0.4, 4, 10)
    assert of["place", "Italy"].share == 0.2


def test_a_place_over_the_date_line_is_one():
    made = library(*({"lat": -17.0, "lon": lon} for lon in (179.98, 179.98, -179.99)))
    assert [shows.sum() for shows in places(made.photos).values()] == [3]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), max_size=8), st.integers(1, 4))
def test_no_position_is_told_finer_than_a_tenth_of_a_degree(found, times):
    photos = [{"lat": lat, "lon": lon} for lat, lon in found for _ in range(times)]
    for place in places(library(*photos).photos):
        lat, lon = (part.split("°")[0] for part in place.split(", "))
        assert all(len(number.split(".")[1]) == 1 for number in (lat, lon))


# pixels


def test_light_and_colour_by_what_is_usual_elsewhere():
    """An owner whose photos are all bright has bright photos only: no middle of their own."""
    bright = {"lightness": 70.0, "colourfulness": 80.0}
    dark = {"lightness": 20.0, "colourfulness": 2.0, "warmth": -0.9, "detail": 9.0, "contrast": 9.0}
    of = told(library(*({} for _ in range(5)), looks=[bright, bright, dark, {}]), [1, 2, 3, 4, 5])
    shares = {key: one.share for key, one in of.items()}
    assert shares["light", "bright"] == 0.3 and shares["light", "dark"] == 0.3
    assert shares["colour", "colourful"] == 0.3 and shares["colour", "muted"] == 0
    assert shares["colour", "black and white"] == shares["colour", "cool"] == 0.3
    assert shares["composition", "busy"] == 0.3 == shares["light", "low contrast"]
    assert shares["composition", "minimal"] == shares["colour", "warm"] == 0
    assert of["light", "bright"].photos == 2 and of["light", "bright"].known == 4
    always = told(library({}, {}, looks=[bright, bright]))
    assert always["light", "bright"].share == 1


def test_formats():
    sizes = {(400, 300): "landscape", (300, 400): "portrait", (100, 98): "square"}
    sizes |= {(800, 400): "panorama", (400, 1000): "portrait"}
    made = library(*({"width": width, "height": height} for width, height in sizes), {})
    of = told(made)
    assert {value: of["format", value].photos for value in set(sizes.values())} == {
        **{"landscape": 1, "portrait": 2, "square": 1, "panorama": 1}
    }
    assert of["format", "square"].known == 5


# mood


def mood_of(vector: np.ndarray, **looks: float) -> str:
    rows = unusual(pd.DataFrame([MIDDLE | looks]))
    return moods(vector[None], rows, Scenes())[0]


def test_a_mood_needs_words_and_pixels():
    calm, dramatic, cosy, lively = np.eye(4, Scenes.dim)
    assert mood_of(calm, detail=3.0, contrast=15.0) == "calm"
    assert mood_of(dramatic, contrast=29.0, lightness=30.0) == "dramatic"
    assert mood_of(cosy, warmth=0.0) == "cosy"
    assert mood_of(lively, detail=8.0, colourfulness=70.0) == "lively"
    assert mood_of(calm, detail=9.0, contrast=30.0) == "unclear"  # says calm, looks wild
    assert mood_of(np.eye(Scenes.dim)[9], warmth=0.0) == "unclear"  # looks warm, says nothing


def test_a_mood_between_two_is_unclear():
    both = (np.eye(Scenes.dim)[0] + np.eye(Scenes.dim)[2]) / 2**0.5
    looks = {"detail": 3.2, "contrast": 14.9, "warmth": -0.11}  # as typical of calm as of cosy
    assert mood_of(both, **looks) == "unclear"
    assert mood_of(np.eye(Scenes.dim)[2], **looks) == "cosy"


def test_no_mood_of_what_was_not_looked_at():
    made = library({}, {}, looks=[{"detail": 3.0}], vectors=np.eye(2, Scenes.dim))
    assert told(made)["mood", "unclear"].known == 1


# all together


def test_nothing_is_invented_of_nothing():
    assert traits(library(), np.zeros(0), Scenes()) == ()
    assert traits(library({}, looks=[]), np.ones(1), Scenes()) == ()
    one = told(library({}))
    assert {facet for facet, _ in one} == {"light", "colour", "composition", "mood"}
    assert all(trait.known == 1 for trait in one.values())


SHOT = st.fixed_dictionaries(
    {
        "taken_local": st.one_of(
            st.none(), st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1))
        ),
        "time_source": st.sampled_from(["exif", "day in name", "folder's year", "unknown"]),
        "lat": st.one_of(st.none(), st.floats(-90, 90)),
        "people": st.lists(st.sampled_from([*ALLOWED, "Kit"]), unique=True),
        "places": st.lists(st.sampled_from(["Rome", "Oslo"]), max_size=1),
        "width": st.integers(1, 300),
        "height": st.integers(1, 300),
    }
)
WHOLE = ("mood", "format", "sun", "time of day", "season", "week", "company", "framing")


@settings(max_examples=40)
@given(st.lists(st.tuples(SHOT, st.sampled_from([0.0, 0.25, 1.0, 2.5])), max_size=8))
def test_shares_are_of_what_is_known_and_each_word_is_told_once(shots):
    photos = [
        shot
        | {"taken_utc": shot["taken_local"] if shot["lat"] else None}
        | {"lon": None if shot["lat"] is None else 12.0}
        for shot, _ in shots
    ]
    made = library(*photos)
    found = traits(made, np.array([weight for _, weight in shots]), Scenes())
    assert len({(one.facet, one.value) for one in found}) == len(found)
    for one in found:
        assert 0 <= one.share <= 1 + 1e-9 and 0 <= one.photos <= one.known <= len(shots)
        assert one.known > 0 and one.lift is None and "Kit" not in one.value
        assert (one.photos == 0) == (one.share == 0)
    for facet in WHOLE:
        of = [one for one in found if one.facet == facet]
        assert not of or sum(one.share for one in of) == pytest.approx(1)
        assert not of or sum(one.photos for one in of) == of[0].known
