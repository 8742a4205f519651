"""Profiles find what is there, say what is not, and are the same twice."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen import embed, profile
from albumen.consent import Consent, PersonConsent
from albumen.embed import bridge
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.records import Profile, profile_from_json, to_json
from albumen.tables import FACES, PHOTOS

DIM = 896


@pytest.fixture(scope="module")
def embedder() -> embed.Embedder:
    return embed.make("embedded")


def photos_about(words: list[str], each: int, embedder: embed.Embedder, seed: int = 0):
    """Vectors around the words' vectors, and which word each is about."""
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(words)), each)
    noise = rng.normal(size=(len(kinds), DIM)) * 0.7 / np.sqrt(DIM)
    return bridge.unit(embedder.embed_texts(words)[kinds] + noise), kinds


def library(
    vectors: np.ndarray, tmp_path, consent: Consent | None = None, **columns: list
) -> Library:
    count = len(vectors)
    photos = pd.DataFrame({name: [None] * count for name in PHOTOS.names})
    photos["photo_id"] = [f"{number:064x}" for number in range(count)]
    photos["path"] = [str(tmp_path / "photo.png")] * count
    for name in ("albums", "people", "keywords", "places", "flags"):
        photos[name] = pd.Series([[] for _ in range(count)], dtype=object)
    photos = photos.assign(
        favourite=False, time_source="unknown", source="folder", width=8, height=8, rating=np.nan
    )
    photos["taken_local"] = pd.to_datetime(photos.taken_local)
    photos["taken_utc"] = pd.to_datetime(photos.taken_utc, utc=True)
    for name, values in columns.items():
        photos[name] = values
    Image.new("RGB", (8, 8), (200, 30, 30)).save(tmp_path / "photo.png")
    faces = pd.DataFrame({name: [] for name in FACES.names})
    consent = consent or Consent(owner="Robin")
    return Library("robin", consent, photos, vectors, faces, "embedded")


def test_interests_get_the_names_of_what_they_show(embedder: embed.Embedder, tmp_path) -> None:
    words = ["a dog", "a snowy mountain in the alps", "a cup of coffee", "a sailing boat at sea"]
    vectors, _ = photos_about(words, 12, embedder)
    mapped = profile.map_profile(library(vectors, tmp_path), embedder)
    named = {int(one.medoid, 16) // 12: one.name for one in mapped.interests}
    assert named[0] == "dogs" and named[1] in {"mountains", "snow", "skiing"}
    assert named[2] == "coffee" and named[3] in {"sailing", "boats", "sea"}
    assert sum(one.weight for one in mapped.interests) == pytest.approx(1)
    assert all(one.medoid == one.exemplars[0] for one in mapped.interests)


def test_people_are_those_whom_consent_allows(embedder: embed.Embedder, tmp_path) -> None:
    consent = Consent(
        owner="Robin",
        people={
            "Robin": PersonConsent("me", "person", True, True),
            "Rex": PersonConsent("dog", "pet", True, False),
            "Kim": PersonConsent("friend", "person", False, False),
        },
    )
    vectors, _ = photos_about(["a dog"], 12, embedder)
    people = [["Rex"]] * 7 + [["Robin", "Kim"]] * 2 + [[]] * 3
    mapped = profile.map_profile(library(vectors, tmp_path, consent, people=people), embedder)
    assert [(one.name, one.kind, one.photos) for one in mapped.people] == [
        ("Rex", "pet", 7),
        ("Robin", "person", 2),
    ]
    assert "Kim" not in json.dumps(to_json(mapped))


def test_names_of_people_name_no_interest(embedder: embed.Embedder, tmp_path) -> None:
    vectors, kinds = photos_about(["a dog", "a car"], 10, embedder)
    keywords = [["Robin"] if kind else [] for kind in kinds]
    people = [["Robin"] if kind else [] for kind in kinds]
    mapped = profile.map_profile(
        library(vectors, tmp_path, keywords=keywords, people=people), embedder
    )
    assert all(term != "Robin" for one in mapped.interests for term, _ in one.terms)


def test_screenshots_and_portraits_are_no_interests(embedder: embed.Embedder, tmp_path) -> None:
    vectors, kinds = photos_about(["a dog", "a car", "a mask", "a web page"], 10, embedder)
    flags = [["screenshot"] if kind == 3 else [] for kind in kinds]
    made = library(vectors, tmp_path, flags=flags)
    face = pd.DataFrame(
        {"photo_id": made.photos.photo_id[kinds == 2], "h": 0.5, "score": 0.9, "pixels": 50.0}
    )
    made = Library(**{**vars(made), "faces": face.reindex(columns=FACES.names)})
    mapped = profile.map_profile(made, embedder)
    members = {int(photo_id, 16) // 10 for one in mapped.interests for photo_id in one.members}
    assert members == {0, 1}
    assert any(
        "20 of 40" in note and "a portrait (10), a screenshot (10)" in note for note in mapped.notes
    )


def test_favourites_weigh_twice(embedder: embed.Embedder, tmp_path) -> None:
    vectors, kinds = photos_about(["a dog", "a car"], 10, embedder)
    liked = library(vectors, tmp_path, favourite=list(kinds == 1))
    first, second = profile.map_profile(liked, embedder).interests
    assert [first.name, second.name] == ["cars", "dogs"]
    assert (first.weight, second.weight) == pytest.approx((2 / 3, 1 / 3))


def test_what_is_recent_counts_more_with_a_half_life(embedder: embed.Embedder, tmp_path) -> None:
    vectors, _ = photos_about(["a dog", "a car"], 12, embedder)
    taken = pd.Timestamp("2015-06-01") + pd.to_timedelta(np.arange(24) // 2 * 100, unit="D")
    taken = taken + pd.to_timedelta(np.arange(24) % 2, unit="h")  # two photos an occasion
    made = library(vectors, tmp_path, taken_local=taken, time_source="exif")
    even = {one.name: one for one in profile.map_profile(made, embedder).interests}
    faded = {one.name: one for one in profile.map_profile(made, embedder, half_life=1.0).interests}
    assert even["dogs"].events == even["cars"].events == 6
    assert (even["dogs"].photographed, even["dogs"].weight) == pytest.approx((0.5, 0.5))
    # every photo of a dog is 600 days older than one of a car; recent is by two years
    assert even["cars"].recent == pytest.approx(1 / (1 + 0.5 ** (600 / 730.5)))
    assert faded["cars"].weight == pytest.approx(1 / (1 + 0.5 ** (600 / 365.25)))


@pytest.mark.parametrize(
    ("count", "note"), [(0, "No photo is left"), (1, "Only 1 photos"), (7, "Only 7 photos")]
)
def test_a_small_library_is_a_profile_that_says_so(
    count: int, note: str, embedder: embed.Embedder, tmp_path
) -> None:
    vectors = photos_about(["a dog"], 7, embedder)[0][:count]
    mapped = profile.map_profile(library(vectors, tmp_path), embedder)
    assert len(mapped.interests) == min(count, 1) and mapped.trust.stability is None
    assert any(note in one for one in mapped.notes)


def test_photos_all_alike_are_one_interest(embedder: embed.Embedder, tmp_path) -> None:
    same = np.repeat(photos_about(["a dog"], 1, embedder)[0], 30, axis=0)
    mapped = profile.map_profile(library(same, tmp_path), embedder)
    assert [one.name for one in mapped.interests] == ["dogs"]
    assert mapped.trust.noise == 0 and any("No clear interests" in note for note in mapped.notes)


def test_a_profile_is_the_same_twice_and_survives_json(embedder: embed.Embedder, tmp_path) -> None:
    vectors, _ = photos_about(["a dog", "the sea", "a bedroom"], 10, embedder)
    made = library(vectors, tmp_path)
    first, second = (profile.map_profile(made, embedder, seed=3) for _ in range(2))
    assert to_json(first) == to_json(second)
    assert profile_from_json(json.loads(json.dumps(to_json(first)))) == first


def test_vectors_of_another_embedder_are_refused(embedder: embed.Embedder, tmp_path) -> None:
    with pytest.raises(AlbumenError, match="'robin' was embedded with 'embedded', not"):
        profile.map_profile(library(np.eye(4), tmp_path), embedder)


def test_embeddings_that_are_no_numbers_are_named(embedder: embed.Embedder, tmp_path) -> None:
    vectors, _ = photos_about(["a dog"], 12, embedder)
    vectors[[5, 7]] = np.nan
    with pytest.raises(AlbumenError, match=r"2 of the 12 embeddings of 'robin' .* photo 0000"):
        profile.map_profile(library(vectors, tmp_path), embedder)


@pytest.mark.parametrize("half_life", [0, -1.0, float("nan")])
def test_a_half_life_is_some_years(half_life: float, embedder: embed.Embedder, tmp_path) -> None:
    vectors, _ = photos_about(["a dog"], 12, embedder)
    with pytest.raises(AlbumenError, match="expected years above 0"):
        profile.map_profile(library(vectors, tmp_path), embedder, half_life=half_life)


def test_photos_without_labels_or_kinds_are_a_profile_that_says_so(
    embedder: embed.Embedder, tmp_path
) -> None:
    noise = bridge.unit(np.random.default_rng(0).normal(size=(60, DIM)))
    mapped = profile.map_profile(library(noise, tmp_path), embedder)
    assert not mapped.trust.interests and len(mapped.interests) == 1
    assert any("No clear interests" in note for note in mapped.notes)


@pytest.fixture(scope="module")
def mapped(embedder: embed.Embedder, tmp_path_factory) -> Profile:
    vectors, _ = photos_about(["a dog", "the sea"], 12, embedder)
    return profile.map_profile(library(vectors, tmp_path_factory.mktemp("robin")), embedder)


def test_what_suits_the_owner_scores_higher(mapped: Profile, embedder: embed.Embedder) -> None:
    suits, _ = photos_about(["a dog", "the sea"], 10, embedder, seed=5)
    other, _ = photos_about(["a hospital", "a computer"], 10, embedder, seed=6)
    assert profile.score(mapped, suits).min() > profile.score(mapped, other).max()


def test_a_score_is_within_its_range_and_below_the_best_cosine(mapped: Profile) -> None:
    vectors = bridge.unit(np.random.default_rng(0).normal(size=(50, DIM)))
    directions = np.array([one.direction for one in mapped.interests])
    scores = profile.score(mapped, vectors)
    best = (vectors @ directions.T).max(1)
    assert (scores <= best + 1e-9).all() and (scores >= best - 0.1 * np.log(2) - 0.05).all()


def test_a_score_needs_interests_and_vectors_that_fit(mapped: Profile) -> None:
    with pytest.raises(AlbumenError, match="directions have 896 numbers, these vectors 5"):
        profile.score(mapped, np.eye(5))
    empty = Profile(**{**vars(mapped), "interests": ()})
    with pytest.raises(AlbumenError, match="Robin has no interests"):
        profile.score(empty, np.eye(5))
