"""What an owner states and rates is kept as said, and moves the profile as the formula says."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageColor
from scipy.spatial.distance import jensenshannon
from test_brief import NAMES, PROFILE, Words, make_library

from albumen import tables
from albumen.consent import Consent
from albumen.errors import AlbumenError
from albumen.generate.pictures import save_picture
from albumen.profile.change import difference, explain
from albumen.profile.grounding import grounded, meant
from albumen.profile.merging import MOST, evidence, liking, merge
from albumen.profile.ratings import rate, read_ratings, responsibilities, stars
from albumen.profile.stated import FILE, Stated, Weights, read_stated, write_stated
from albumen.profile.tinting import tinted
from albumen.profile.words import MOODS, STYLES, TONES
from albumen.records import (
    Colour,
    Condition,
    Interest,
    Person,
    Picture,
    Profile,
    Reference,
    Trait,
    profile_from_json,
    to_json,
)

EMBEDDER = Words()
STOCK = make_library("stock", ["sunset", "castles", "beach"] * 5, {}, Consent(owner="Nobody"))
NO_RATINGS = tables.RATINGS.empty_table().to_pandas()


def direction(theme: str) -> tuple[float, ...]:
    return tuple(float(one) for one in np.eye(EMBEDDER.dim)[NAMES.index(theme)])


def profile(photographed: dict[str, float], photos: int = 100) -> Profile:
    """A mapped profile with these interests, a photo's share for each of `photos`."""
    interests = tuple(
        Interest(
            name,
            ((name, 4.0),),
            f"{name}0",
            (f"{name}0",),
            tuple(f"{name}{n}" for n in range(round(share * photos))),
            share,
            0.9,
            0.8,
            direction(name),
            photographed=share,
        )
        for name, share in photographed.items()
    )
    return dataclasses.replace(PROFILE, interests=interests)


def rated(*pictures: tuple[str, float], style: str = "photo", theme: str = "x") -> pd.DataFrame:
    """Ratings of pictures that each show one theme and a little else."""
    rng = np.random.default_rng(len(pictures))
    rows = []
    for number, (name, value) in enumerate(pictures):
        vector = np.array(direction(name)) + 0.02 * rng.normal(size=EMBEDDER.dim)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        row = {"picture": str(number), "condition": "c", "theme": theme, "style": style}
        row |= {"photos": [], "people": [], "encoder": "words", "vector": vector}
        rows.append(row | {"value": float(value), "rated_utc": pd.Timestamp.now("UTC")})
    return pd.DataFrame(rows, columns=tables.RATINGS.names)


def merged(before: Profile, stated: Stated, ratings: pd.DataFrame = NO_RATINGS) -> Profile:
    return merge(before, stated, ratings, EMBEDDER, STOCK)


def weights(of: Profile) -> dict[str, float]:
    return {one.name: one.weight for one in of.interests}


# the file

strength = st.floats(0.001, 1)
word = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=80)
word = word.filter(lambda text: text.strip() and text.isprintable())


def strengths(words: st.SearchStrategy[str]) -> st.SearchStrategy[tuple]:
    return st.lists(
        st.tuples(words, strength), max_size=4, unique_by=lambda one: one[0].casefold()
    ).map(tuple)


colour = st.sampled_from([*TONES, *ImageColor.colormap]) | st.from_regex(
    r"#[0-9a-fA-F]{6}", fullmatch=True
)
anything = st.fixed_dictionaries(
    {
        **{key: strengths(word) for key in ("likes", "dislikes")},
        "styles": strengths(st.sampled_from([*STYLES])),
        "palette": st.lists(colour, max_size=4, unique=True).map(tuple),
        "moods": st.lists(st.sampled_from(MOODS), max_size=3, unique=True).map(tuple),
        "weights": st.tuples(*[st.just(0.0) | st.floats(0.001, 100)] * 3),
    }
).filter(
    lambda said: (
        not {one.casefold() for one, _ in said["likes"]}
        & {one.casefold() for one, _ in said["dislikes"]}
    )
)


@settings(deadline=None, max_examples=60)
@given(anything, anything)
def test_what_is_written_is_what_is_read_and_written_back_as_it_was(tmp_path_factory, one, other):
    folder = tmp_path_factory.mktemp("library")
    for said in (one, other):  # into a new file, and over another
        stated = Stated(**said | {"weights": Weights(*said["weights"])})
        write_stated(folder, stated)
        assert read_stated(folder) == stated
    before = (folder / FILE).read_bytes()
    write_stated(folder, read_stated(folder))
    assert (folder / FILE).read_bytes() == before


HAND = """\
# mine
likes:   # a lot
  beach: 1     # since ever
  'no': 0.5
palette: [warm, '#e0a030']
"""


def test_a_file_written_by_hand_keeps_its_comments_where_nothing_changes(tmp_path):
    path = tmp_path / FILE
    path.write_text(HAND)
    stated = read_stated(tmp_path)
    assert stated == Stated((("beach", 1.0), ("no", 0.5)), palette=("warm", "#e0a030"))
    assert write_stated(tmp_path, stated) == path and path.read_text() == HAND
    write_stated(tmp_path, dataclasses.replace(stated, palette=(), moods=("calm",)))
    text = path.read_text()
    assert "# mine" in text and "# since ever" in text and "moods: [calm]" in text
    assert "palette" not in text
    zipped = tmp_path / "export.zip"
    zipped.write_bytes(b"")
    assert read_stated(zipped).moods == ("calm",)  # beside it


def test_nothing_is_stated_without_a_file(tmp_path):
    assert read_stated(tmp_path) == Stated()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("likes: [beach]", "'likes' must say how much of what"),
        ("likes: {beach: 2}", "'likes: beach' is 2: expected a number from 0.001 to 1"),
        ("likes: {beach: .nan}", "'likes: beach' is nan"),
        ("likes: {beach: true}", "'likes: beach' is True"),
        ("likes: {beach: 0}", "'likes: beach' is 0: expected"),
        ("likes: {7: 1}", "'likes' holds 7: expected text"),
        ("likes: {Beach: 1, beach: 1}", "'likes' holds a word twice"),
        ("likes: {a: 1}\nlikes: {b: 1}", "not readable YAML"),
        ("likes: {beach: 1}\ndislikes: {Beach: 1}", "'beach' is said to be liked and disliked"),
        ("styles: {fresco: 1}", "'styles' holds 'fresco': expected one of watercolour, oil"),
        ("palette: [nice]", "'palette' holds 'nice': expected one of warm, cool"),
        ("palette: warm", "'palette' must be a list"),
        ("moods: [angry]", "'moods' holds 'angry': expected one of calm"),
        ("moods: [calm, calm]", "'moods' holds a word twice"),
        ("weights: {photos: -1}", "'weights: photos' is -1: expected a number from 0.001 to 100"),
        ("weights: {words: 1}", "'weights' holds 'words': expected photos, survey, ratings"),
        ("wishes: {}", "expected the keys likes, dislikes"),
        ("- beach", "expected the keys likes, dislikes"),
        ("likes: {", "not readable YAML"),
    ],
)
def test_a_file_that_says_something_else_is_one_sentence_with_its_key(tmp_path, text, said):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(AlbumenError) as error:
        read_stated(tmp_path)
    assert said in str(error.value) and str(tmp_path / FILE) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_cannot_be_read_again_is_not_written(tmp_path):
    with pytest.raises(AlbumenError, match="'styles' holds 'fresco'"):
        write_stated(tmp_path, Stated(styles=(("fresco", 1.0),)))
    assert list(tmp_path.iterdir()) == []


# ratings


class Red:
    """A picture's share of red beside the rest."""

    name, dim = "red-1", 2

    def embed_images(self, images):
        rows = np.array([np.asarray(one, float).mean((0, 1))[:2] + 1 for one in images])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def embed_texts(self, texts):
        raise NotImplementedError


def test_a_rating_keeps_the_picture_s_vector_and_no_pixel_and_the_newer_word_counts(tmp_path):
    person, nobody = Person("ab" * 8, "me", 3, {"sface": (1.0,)}), Person("nobody-0", "", 0, {})
    condition = Condition(
        **{"prompt": "me at the beach", "owner": "mine", "subject": "portrait in scene"},
        **{"theme": "the beach", "style": "oil", "people": (person, nobody), "palette": ()},
        **{"references": (Reference("cd" * 32, "scene", 1.0, "shows beach"),), "mood": ""},
        **{"strength": 1.0, "size": (8, 8)},
    )
    images = [np.full((8, 8, 3), value, np.uint8) for value in (9, 200)]
    pictures = [Picture(one, n, "stub", condition.digest(), ()) for n, one in enumerate(images)]
    assert read_ratings(tmp_path).empty
    rate(tmp_path, pictures[0], condition, Red(), 1.0)
    rate(tmp_path, pictures[1], condition, Red(), stars(2))
    rate(tmp_path, pictures[0], condition, Red(), -1.0)
    table = read_ratings(tmp_path)
    assert table.value.tolist() == [-0.5, -1.0]
    assert table.people.tolist() == [["ab" * 8]] * 2 and table.photos.tolist() == [["cd" * 32]] * 2
    assert table.encoder.unique() == ["red-1"]
    assert np.allclose(np.stack(table.vector.to_list()), 2**-0.5)
    assert set(one.name for one in tmp_path.iterdir()) == {"ratings.parquet"}
    saved = save_picture(pictures[0], condition, tmp_path / "pictures")  # the two can be joined
    record = json.loads(saved.with_suffix(".json").read_text())
    assert record["pixels_sha256"] == table.picture[1]
    with pytest.raises(AlbumenError, match="from -1 to 1"):
        rate(tmp_path, pictures[0], condition, Red(), 1.5)
    with pytest.raises(AlbumenError, match="not made from this condition"):
        other = dataclasses.replace(condition, style="pencil")
        rate(tmp_path, pictures[0], other, Red(), 1.0)
    assert [stars(n) for n in range(1, 6)] == [-1, -0.5, 0, 0.5, 1]
    with pytest.raises(AlbumenError, match="6 stars"):
        stars(6)


def test_a_picture_is_the_interests_it_resembles():
    shares = responsibilities(
        profile({"beach": 0.5, "dogs": 0.5}).interests,
        np.array([direction("beach"), direction("cars")], np.float32),
    )
    # cosines 1 and 0, and .25 for none of them, at temperature .1
    e = np.exp(np.array([10, 0, 2.5]))
    assert shares[0] == pytest.approx(e[:2] / e.sum())
    assert shares[1] == pytest.approx([1 / (2 + e[2])] * 2) and shares[1].sum() < 0.15


# merging


def test_with_nothing_stated_the_profile_is_the_same():
    before = profile({"beach": 0.6, "dogs": 0.3})
    assert merged(before, Stated()) is before
    assert merged(before, Stated(weights=Weights(0, 5, 5))) is before


@settings(deadline=None)
@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=8),
    st.integers(1, 100_000),
    st.tuples(st.floats(0.1, 10), st.floats(0, 10), st.floats(0, 10)),
)
def test_no_answers_and_no_ratings_leave_the_shares(shares, photos, voice):
    shares, nothing = np.array(shares), np.zeros(len(shares))
    likings = liking(shares, photos, *[nothing] * 4, Weights(*voice))
    assert likings / likings.max() == pytest.approx(shares / shares.max())


def test_the_likings_of_a_case_worked_by_hand():
    # interests of 60 % and 30 % of 20 photos, which come to 10; the third was not photographed
    assert MOST == 20 and evidence(20) == 10 and evidence(1e9) == pytest.approx(20)
    found = liking(
        np.array([0.6, 0.3, 0.0]),
        20,
        np.array([0.0, 0.5, 1.0]),  # half a like: ten thumbs up; a whole one: twenty
        np.array([0.5, 0.0, 0.0]),
        np.array([5.0, 15.0, 0.0]),  # liked
        np.array([20.0, 20.0, 0.0]),  # of so many, which come to 10, at a weight of 2 to 20
        Weights(1.0, 1.0, 2.0),
    )
    first = 0.5 * (10 * 1 + 20 * 0.25) / (10 + 20)
    second = (10 * 0.5 + 10 + 20 * 0.75) / (10 + 10 + 20)
    assert found == pytest.approx([first, second, 20 / (10 + 20)])


amounts = st.lists(st.floats(0, 1), min_size=4, max_size=4).map(np.array)


@settings(deadline=None)
@given(amounts, amounts, amounts, amounts, amounts, st.floats(0, 50), st.floats(0, 3))
def test_a_like_never_lowers_and_a_dislike_never_raises(p, a, d, u, more, rated, voice):
    def of(a, d):
        return liking(p, 20, a, d, u * rated, np.full(4, rated), Weights(1.0, voice, 1.0))

    before = of(a, d)
    assert (before >= 0).all() and (before <= 1).all()
    assert (of(np.minimum(a + more, 1), d) >= before - 1e-12).all()
    assert (of(a, np.minimum(d + more, 1)) <= before + 1e-12).all()


def test_one_thumb_does_not_overturn_a_thousand_photos():
    before = profile({"beach": 0.5, "dogs": 0.3, "cars": 0.2}, photos=1000)
    for value in (1, -1):
        after = weights(merged(before, Stated(), rated(("cars", value))))
        assert np.sign(after["cars"] - 0.2) == value
        assert abs(after["cars"] - 0.2) < 0.02
    few = profile({"beach": 0.5, "dogs": 0.3, "cars": 0.2}, photos=10)
    assert weights(merged(few, Stated(), rated(("cars", 1))))["cars"] > 0.22


def test_a_full_dislike_leaves_nothing_and_never_less():
    before = profile({"beach": 0.6, "dogs": 0.3})
    after = merged(before, Stated(dislikes=(("Dogs", 1.0),)), rated(*[("dogs", -1)] * 5))
    assert weights(after) == pytest.approx({"beach": 0.9, "dogs": 0.0})  # the sum stays
    assert weights(before) == {"beach": 0.6, "dogs": 0.3}
    silent = Stated(dislikes=(("dogs", 1.0),), weights=Weights(survey=0))
    assert weights(merged(before, silent)) == pytest.approx(weights(before))
    with pytest.raises(AlbumenError, match="all is disliked"):
        merged(before, Stated(dislikes=(("beach", 1.0), ("dogs", 1.0))))


def test_a_liked_theme_without_photos_is_grounded_in_stock_photos():
    before = profile({"dogs": 0.6, "cars": 0.4})
    stated = Stated(likes=(("Beaches", 1.0), ("skating", 1.0), ("xyzzy", 1.0)))
    after = merged(before, stated)
    new = after.interests[[one.name for one in after.interests].index("Beaches")]
    shown = STOCK.vectors[2::3]  # every third stock photo is of a beach
    mean = shown.mean(0) / np.linalg.norm(shown.mean(0))
    assert np.array(new.direction) == pytest.approx(mean, abs=1e-5)
    assert (new.medoid, new.exemplars, new.members, new.photographed) == ("", (), (), 0.0)
    # twenty thumbs up beside the evidence of 100 photos, 100 / 6, that there is none
    ratio = MOST / (MOST + 100 / 6)
    assert new.weight / weights(after)["dogs"] == pytest.approx(ratio)
    assert sum(weights(after).values()) == pytest.approx(1)
    notes = " ".join(after.notes)
    assert "'Beaches' was stated and not photographed" in notes
    assert "'skating' was stated and left out" in notes and "'xyzzy' was stated and left" in notes
    assert "likes Beaches, skating, xyzzy" in notes
    assert grounded("beach", EMBEDDER, STOCK.only(STOCK.photos.photo_id[:2])) is None


def test_a_word_means_an_interest_by_its_name_or_a_term_that_is_sure():
    coast, hills = profile({"coast": 0.5, "hills": 0.5}).interests
    coast = dataclasses.replace(coast, terms=(("coast", 6.0), ("beach", 3.0), ("sea", 2.0)))
    both = (hills, coast)
    said = {"Hill": 0, "beaches": 1, "surfing at the Beach": 1, "sea": None, "dogs": None}
    assert {one: meant(both, one) for one in said} == said
    assert meant((), "hill") is None


def test_only_ratings_of_scenes_by_the_same_encoder_move_interests():
    before = profile({"beach": 0.6, "dogs": 0.4})
    portrait = rated(("dogs", 1), theme="")
    other = rated(("dogs", 1)).assign(encoder="another")
    after = merged(before, Stated(), pd.concat([portrait, other]))
    assert weights(after) == pytest.approx(weights(before))
    assert any("2 pictures were rated; 0 of them tell" in one for one in after.notes)


def test_styles_by_what_is_said_and_liked():
    before = profile({"beach": 1.0})
    stated = Stated(styles=(("watercolour", 0.75), ("oil", 0.25)))
    favoured = merged(before, stated).styles
    assert [one for one, _ in favoured] == ["watercolour", "oil"]
    assert dict(favoured) == pytest.approx({"watercolour": 0.75, "oil": 0.25})
    liked = rated(*[("beach", 1)] * 5, style="pencil")  # which come to 4
    after = dict(merged(before, stated, liked).styles)
    assert after == pytest.approx({"watercolour": 15 / 24, "oil": 5 / 24, "pencil": 4 / 24})
    # who states no style has photos: one liked drawing is not yet a style
    style, weight = merged(before, Stated(), rated(("beach", 1), style="pencil")).styles[0]
    assert style == "photo" and weight > 0.9
    disliked = rated(*[("beach", -1)] * 50, style="watercolour")
    even = Stated(styles=(("watercolour", 0.5), ("oil", 0.5)))  # ten each
    assert merged(before, even, disliked).styles == (("oil", 1.0),)


def test_a_palette_moves_part_of_the_way():
    grey, red = Colour((50.0, 0.0, 0.0), 0.6), Colour((40.0, 40.0, 20.0), 0.4)
    (moved, _) = tinted((grey, red), ["warm"], 0.5)
    assert moved.lab == (50.0, 3.0, 7.0) and moved.weight == 0.6  # half of a + 6, b + 14
    assert tinted((red,), ["muted"], 1.0)[0].lab == (40.0, 20.0, 10.0)
    assert tinted((grey,), ["dark"] * 5, 1.0)[0].lab[0] == 0.0
    mixed = tinted((grey, red), ["white", "#000000"], 0.5)  # four colours that weigh alike
    assert sorted(round(one.lab[0]) for one in mixed) == [0, 40, 50, 100]
    assert [one.weight for one in mixed] == pytest.approx([0.3, 0.25, 0.25, 0.2])
    assert tinted((), ["black"], 0.2) == (Colour((0.0, 0.0, 0.0), 1.0),)
    assert tinted((grey, red), ["black"], 0.0) == (grey, red)


def test_moods_mix_into_those_of_the_photos():
    before = profile({"beach": 1.0}, photos=20)  # worth 10: a stated mood counts two thirds
    measured = (
        Trait("light", "dusk", 0.5, 10, 20),
        Trait("mood", "gloomy", 0.7, 14, 20),
        Trait("mood", "calm", 0.3, 6, 20),
    )
    before = dataclasses.replace(before, traits=measured)
    after = merged(before, Stated(moods=("calm", "joyful"))).traits
    assert after[0] == measured[0]
    shares = {one.value: one.share for one in after[1:]}
    assert shares == pytest.approx({"calm": 0.1 + 1 / 3, "joyful": 1 / 3, "gloomy": 0.7 / 3})
    assert {one.value: one.photos for one in after[1:]} == {"calm": 6, "gloomy": 14, "joyful": 0}


def test_what_cannot_be_merged_is_one_sentence():
    before, stated = profile({"beach": 1.0}), Stated(moods=("calm",))
    with pytest.raises(AlbumenError, match="merged already"):
        merged(merged(before, stated), stated)
    with pytest.raises(AlbumenError, match="made with 'other', not 'words'"):
        merged(dataclasses.replace(before, embedder="other"), stated)


def test_a_merged_profile_survives_json():
    stated = Stated((("beach", 0.5),), styles=(("oil", 1.0),), palette=("warm",), moods=("calm",))
    after = merged(profile({"dogs": 1.0}), stated, rated(("dogs", 1)))
    assert profile_from_json(json.loads(json.dumps(to_json(after)))) == after


def test_an_empty_library_s_owner_can_still_say_what_they_like():
    before = dataclasses.replace(PROFILE, interests=(), palette=(), photos=0)
    after = merged(before, Stated(likes=(("beach", 1.0), ("sunset", 0.5)), palette=("navy",)))
    assert weights(after) == pytest.approx({"beach": 0.5, "sunset": 0.5})  # nothing against it
    assert len(after.palette) == 1


# a session, from the survey to what changed


def test_a_session_from_survey_to_what_changed(tmp_path):
    mapped = profile({"dogs": 0.5, "beach": 0.3, "cars": 0.2})
    write_stated(tmp_path, Stated((("castles", 1.0),), (("cars", 0.5),), (("oil", 1.0),)))
    first = merged(mapped, read_stated(tmp_path))
    ratings = rated(*[("beach", 1)] * 9, ("beach", -1), ("dogs", -1), ("dogs", -1), ("dogs", 1))
    path = tmp_path / "ratings.parquet"
    tables.write_table(ratings, path, tables.RATINGS)
    second = merged(mapped, read_stated(tmp_path), read_ratings(tmp_path))
    assert weights(second)["beach"] > weights(first)["beach"]
    sentences = explain(mapped, second, read_stated(tmp_path), read_ratings(tmp_path))
    now = {name: f"{weight:.0%}" for name, weight in weights(second).items()}
    assert sentences == [
        f"'castles' is new, at {now['castles']}: you said you like it.",
        f"'cars' fell from 20% to {now['cars']}: you said it is not you.",
        f"'dogs' fell from 50% to {now['dogs']}: 1 of 3 rated pictures of it were liked.",
        f"'beach' fell from 30% to {now['beach']}: 9 of 10 rated pictures of it were liked, "
        "but others rose more.",
        "Your style is oil, at 82%: you said so.",  # 20 beside 7 / 13 of E(13) photos
    ]
    table = difference(mapped, second).set_index("interest_after")
    assert table.status["castles"] == "new" and table.status["cars"] == "lost"
    assert table.change.sum() == pytest.approx(0)


def test_ratings_recover_a_taste_that_photos_under_represent():
    """An owner loves concerts and photographs none of them: more ratings, nearer the truth."""
    rng = np.random.default_rng(0)
    names, counts = ["beach", "dogs", "cars", "food", "concerts"], (0, 30, 120, 480)
    away = np.zeros((len(counts), 12))
    for owner in range(away.shape[1]):
        truth = rng.dirichlet(np.full(5, 2.0))
        truth[4] = truth.max()
        truth /= truth.sum()
        seen = truth * [1, 1, 1, 1, 0.1]
        before = profile(dict(zip(names, seen / seen.sum(), strict=True)), photos=500)
        shown = rng.integers(0, 5, max(counts))  # whichever: not the profile decides
        liked = rng.random(len(shown)) < truth[shown] / truth.max()
        pictures = [(names[k], 1 if yes else -1) for k, yes in zip(shown, liked, strict=True)]
        for row, count in enumerate(counts):
            after = merged(before, Stated(), rated(*pictures[:count]))
            found = [weights(after)[name] for name in names]
            away[row, owner] = jensenshannon(truth, found, base=2)
    means = away.mean(axis=1)
    assert (np.diff(means) < 0).all(), means
    assert means[-1] < means[0] / 2
    assert (away[-1] < away[0]).all()
