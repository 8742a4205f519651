"""Profiles find what is there, say what is not, and are the same twice."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from albumen import embed, profile
from albumen.consent import Consent, PersonConsent
from albumen.embed import bridge
from albumen.errors import AlbumenError
from albumen.library import Library
from albumen.profile.interests import find_interests, near_duplicate_weights
from albumen.profile.naming import label_odds, name_interests, themes
from albumen.profile.palette import palette
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
    for name in ("albums", "people", "keywords", "flags"):
        photos[name] = [[] for _ in range(count)]
    photos["favourite"] = False
    for name, values in columns.items():
        photos[name] = values
    Image.new("RGB", (8, 8), (200, 30, 30)).save(tmp_path / "photo.png")
    faces = pd.DataFrame({name: [] for name in FACES.names})
    consent = consent or Consent(owner="Robin")
    return Library("robin", consent, photos, vectors, faces, "embedded")


def flat(vectors: np.ndarray, **options) -> profile.Clusters:
    return find_interests(vectors, np.ones(len(vectors)), **options)


@pytest.mark.parametrize("kinds", [2, 4, 6])
def test_separated_interests_are_found_and_counted(kinds: int) -> None:
    # von Mises-Fisher clusters, nearly: unit Gaussians around random directions
    rng = np.random.default_rng(kinds)
    truth = np.repeat(np.arange(kinds), 12)
    centres = rng.normal(size=(kinds, 64))
    vectors = bridge.unit(centres[truth] + 0.5 * rng.normal(size=(len(truth), 64)))
    found = flat(vectors)
    assert adjusted_rand_score(truth, found.labels) > 0.98
    assert found.stability > 0.95 and (found.jaccard > 0.95).all()


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1000))
def test_photos_without_groups_are_not_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = bridge.unit(rng.normal(size=(60, 64)) * np.linspace(2, 0.2, 64) + 1)
    found = flat(vectors)
    assert not found.apart and found.stability is None and set(found.labels) == {0}


def test_a_fixed_number_of_interests_is_kept() -> None:
    rng = np.random.default_rng(0)
    assert len(flat(bridge.unit(rng.normal(size=(60, 16))), clusters=3).jaccard) == 3


def test_more_interests_than_photos_allow_are_refused() -> None:
    vectors = np.eye(20)
    for wanted in (0, 7):
        with pytest.raises(AlbumenError, match=f"{wanted} interests .* expected 1 to 6"):
            flat(vectors, clusters=wanted)


def test_bursts_alone_make_no_interests() -> None:
    bursts = np.repeat(np.eye(3), 10, axis=0)  # thirty photos, but three different ones
    assert not flat(bursts).apart


def test_a_burst_counts_once() -> None:
    rng = np.random.default_rng(0)
    one, burst = bridge.unit(rng.normal(size=(3, 64))), bridge.unit(rng.normal(size=(1, 64)))
    weights = near_duplicate_weights(np.concatenate([one, np.repeat(burst, 5, axis=0)]))
    assert weights.tolist() == [1, 1, 1, 0.2, 0.2, 0.2, 0.2, 0.2]


def test_interests_get_the_names_of_what_they_show(embedder: embed.Embedder, tmp_path) -> None:
    words = ["a dog", "a snowy mountain in the alps", "a cup of coffee", "a sailing boat at sea"]
    vectors, _ = photos_about(words, 12, embedder)
    mapped = profile.map_profile(library(vectors, tmp_path), embedder)
    named = {int(one.medoid, 16) // 12: one.name for one in mapped.interests}
    assert named[0] == "dogs" and named[1] in {"mountains", "snow", "skiing"}
    assert named[2] == "coffee" and named[3] in {"sailing", "boats", "sea"}
    assert sum(one.weight for one in mapped.interests) == pytest.approx(1)
    assert all(one.medoid == one.exemplars[0] for one in mapped.interests)


def test_an_album_speaks_for_the_theme_it_resembles(embedder: embed.Embedder) -> None:
    vague = np.zeros((20, DIM), np.float32)
    vague[:, 0] = 1  # nothing in the text part: the album is all there is to go by
    kinds = np.repeat([0, 1], 10)
    labels = [{"Wedding of K. and T. 2019"} if kind else {"Photos"} for kind in kinds]
    (_, _), (name, terms) = name_interests(vague, kinds, labels, embedder)
    assert name == "weddings"
    assert dict(terms)["Wedding of K. and T. 2019"] > 2


def test_nothing_stands_out_is_unclear(embedder: embed.Embedder) -> None:
    # no photo says anything in words: the text part of every vector is the same
    vectors = np.zeros((20, DIM), np.float32)
    vectors[:, :2] = np.repeat(np.eye(2), 10, axis=0)
    names = name_interests(vectors, np.repeat([0, 1], 10), [set()] * 20, embedder)
    assert [name for name, _ in names] == ["unclear", "unclear"]


def test_an_interest_that_shows_no_theme_has_its_owners_name(embedder: embed.Embedder) -> None:
    vectors = np.zeros((20, DIM), np.float32)
    vectors[:, :2] = np.repeat(np.eye(2), 10, axis=0)
    labels = [{"Skagen"}] * 7 + [set()] * 13  # a place no theme resembles, on most of the first ten
    names = name_interests(vectors, np.repeat([0, 1], 10), labels, embedder)
    assert [name for name, _ in names] == ["Skagen", "unclear"]


def test_log_odds_favour_the_label_that_tells_interests_apart() -> None:
    kinds = np.repeat([0, 1], 20)
    labels = [{"every", "first"} if kind == 0 else {"every"} for kind in kinds]
    odds = label_odds(labels, kinds)
    assert odds["first"][0] > 2 > abs(odds["every"][0])
    assert odds["first"][1] == pytest.approx(-odds["first"][0])


def test_the_vocabulary_is_of_distinct_names_with_phrases() -> None:
    assert len(themes()) >= 150
    assert all(themes().values()) and len(set(themes().values())) == len(themes())


def test_a_red_and_a_blue_photo_make_a_red_and_blue_palette() -> None:
    red, blue = Image.new("RGB", (640, 480), (255, 0, 0)), Image.new("RGB", (9, 9), (0, 0, 255))
    first, second = palette([red, red, red, blue])
    np.testing.assert_allclose(first.lab, (53.24, 80.09, 67.20), atol=0.1)  # CIE values of sRGB red
    np.testing.assert_allclose(second.lab, (32.30, 79.19, -107.86), atol=0.1)
    assert (first.weight, second.weight) == (0.75, 0.25)  # a photo counts, not its size
    assert palette([]) == ()


def test_a_palette_has_at_most_six_distinct_colours_that_sum_to_one() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    blocks = np.kron(noise[:4, :4], np.ones((16, 16, 1), np.uint8))
    colours = palette([Image.fromarray(blocks)])
    lab = np.array([colour.lab for colour in colours])
    assert 2 <= len(colours) <= 6
    assert sum(colour.weight for colour in colours) == pytest.approx(1)
    assert min(np.linalg.norm(a - b) for n, a in enumerate(lab) for b in lab[:n]) >= 10


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
    face = pd.DataFrame({"photo_id": made.photos.photo_id[kinds == 2], "h": 0.5})
    made = Library(**{**vars(made), "faces": face.reindex(columns=FACES.names)})
    mapped = profile.map_profile(made, embedder)
    members = {int(photo_id, 16) // 10 for one in mapped.interests for photo_id in one.members}
    assert members == {0, 1}
    assert any("10 portraits" in note for note in mapped.notes)
    assert any("10 edited copies" in note for note in mapped.notes)


def test_favourites_weigh_twice(embedder: embed.Embedder, tmp_path) -> None:
    vectors, kinds = photos_about(["a dog", "a car"], 10, embedder)
    liked = library(vectors, tmp_path, favourite=list(kinds == 1))
    first, second = profile.map_profile(liked, embedder).interests
    assert [first.name, second.name] == ["cars", "dogs"]
    assert (first.weight, second.weight) == pytest.approx((2 / 3, 1 / 3))


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
