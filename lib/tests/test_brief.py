"""Briefs: a prompt and a profile become a condition, each choice with its reason."""

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albumen.brief import brief
from albumen.brief.themes import resolve
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError, ConsentError
from albumen.library import Library
from albumen.profile.naming import themes
from albumen.records import (
    Colour,
    Interest,
    Known,
    Look,
    Profile,
    Trait,
    Trust,
    condition_from_json,
    to_json,
)

NAMES = list(themes())
DIM = len(NAMES) + 64


class Words:
    """Every theme is a direction of its own; any other text is one of 64 others."""

    name = "words"
    dim = DIM

    def embed_images(self, images):
        raise NotImplementedError

    def embed_texts(self, texts):
        phrases = {phrase: n for n, phrase in enumerate(themes().values())}
        rows = np.zeros((len(texts), DIM), np.float32)
        for row, text in zip(rows, texts, strict=True):
            spare = len(NAMES) + int(hashlib.sha256(text.encode()).hexdigest(), 16) % 64
            row[phrases.get(text, spare)] = 1
        return rows


def photo_id(library: str, number: int) -> str:
    return hashlib.sha256(f"{library}{number}".encode()).hexdigest()


def make_library(name: str, shown: list[str], people: dict[int, list[str]], consent: Consent):
    """A library whose photo n shows the theme shown[n]; every photo a little different."""
    rng = np.random.default_rng(len(name))
    vectors = 0.02 * np.abs(rng.normal(size=(len(shown), DIM)))
    for row, theme in zip(vectors, shown, strict=True):
        row[NAMES.index(theme)] += 1
        row[len(NAMES) :] += 0.08 * rng.normal(size=64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    photos = pd.DataFrame(
        {
            "photo_id": [photo_id(name, n) for n in range(len(shown))],
            "path": "",
            "albums": [[] for _ in shown],
            "people": [people.get(n, []) for n in range(len(shown))],
            "keywords": [[] for _ in shown],
            "places": [[] for _ in shown],
            "faces": [[] for _ in shown],
            "taken_local": pd.NaT,
            "taken_utc": pd.NaT,
            "time_source": "",
            "description": "",
            "favourite": [n % 3 == 0 for n in range(len(shown))],
            "width": 1600,
            "height": 1200,
            "flags": [[] for _ in shown],
        }
    )
    faces = [
        {
            "face_id": f"{photo_id(name, n)}#0",
            "photo_id": photo_id(name, n),
            **{"x": 0.4, "y": 0.3, "w": 0.2, "h": 0.3, "score": 0.9, "pixels": 80.0},
            "name": who[0] if who[0] != "Bruno" else None,
            "confidence": 1.0,
            "landmarks": [0.45, 0.4, 0.55, 0.4, 0.5, 0.45, 0.46, 0.5, 0.54, 0.5],
            "sface": np.eye(128, dtype=np.float32)[len(who[0])],
            "dlib": np.eye(128, dtype=np.float32)[n],
        }
        for n, who in people.items()
        if who[0] != "Bruno"
    ]
    columns = [
        "face_id",
        "photo_id",
        "x",
        "y",
        "w",
        "h",
        "score",
        "pixels",
        "name",
        "confidence",
        "landmarks",
        "sface",
        "dlib",
    ]
    faces = pd.DataFrame(faces, columns=columns)
    return Library(name, consent, photos, vectors.astype(np.float32), faces, "words")


def allowed(relation: str, kind: str = "person", generate: bool = True) -> PersonConsent:
    return PersonConsent(relation, kind, profile=True, generate=generate)


CONSENT = Consent(
    owner="Rowan",
    people={
        "Rowan": allowed("me"),
        "Alma": allowed("mum", generate=False),
        "Kit": allowed("partner"),
        "Bruno": allowed("dog", "pet"),
    },
)
SHOWN = ["mountains"] * 8 + ["beach"] * 6 + ["cats"] * 3 + ["cafes"] * 6
PEOPLE = {20: ["Rowan"], 21: ["Rowan"], 14: ["Bruno"], 15: ["Bruno"]}
OWN = make_library("own", SHOWN, PEOPLE, CONSENT)
STOCK = make_library(
    "stock", ["sunset", "castles", "beach", "mountains"] * 5, {}, Consent(owner="Nobody")
)
PROFILE = Profile(
    owner="Rowan",
    embedder="words",
    interests=(
        Interest(
            "mountains",
            (("mountains", 2.0),),
            photo_id("own", 0),
            (photo_id("own", 0),),
            tuple(photo_id("own", n) for n in range(8)),
            0.6,
            0.9,
            0.8,
            tuple(float(x) for x in Words().embed_texts([themes()["mountains"]])[0]),
        ),
    ),
    palette=(Colour((50.0, 0.0, 0.0), 1.0),),
    people=(Known("Rowan", "me", "person", 2, 2),),
    photos=len(SHOWN),
    trust=Trust(True),
    notes=(),
    made_from={},
)


def ask(prompt: str, **options):
    library = options.pop("library", OWN)
    return brief(prompt, PROFILE, library, Words(), STOCK, **options)


def scene(condition) -> list[str]:
    return [one.photo_id for one in condition.references if one.role == "scene"]


def test_references_show_the_theme_and_nobody() -> None:
    condition = ask("me at the beach, watercolour")
    assert condition.subject == "portrait in scene" and condition.style == "watercolour"
    beaches = {photo_id("own", n) for n in range(8, 14)}
    assert len(scene(condition)) == 4 and set(scene(condition)) <= beaches
    assert all("beach" in one.why for one in condition.references)
    assert sum(one.weight for one in condition.references) == pytest.approx(1, abs=1e-3)


def test_people_leave_as_embeddings_without_a_name() -> None:
    (person,) = ask("me at the beach").people
    assert person.label == "me" and person.faces == 2
    assert set(person.embeddings) == {"sface", "dlib"}  # never the recogniser that judges
    text = str(to_json(ask("me at the beach")))
    assert "Rowan" not in text and "path" not in text


def test_what_the_library_lacks_comes_from_stock_and_is_said() -> None:
    condition = ask("a castle at sunset")
    assert {one.pool for one in condition.references} == {"stock"}
    assert any("None of your photos" in line for line in condition.filled_in)


def test_an_open_place_is_filled_from_the_profile() -> None:
    condition = ask("my ideal holiday")
    assert condition.theme == "mountains"
    assert set(scene(condition)) <= set(PROFILE.interests[0].members)
    assert any("60%" in line for line in condition.filled_in)


def test_strength_zero_uses_nothing_of_the_owner() -> None:
    condition = ask("me at the beach", strength=0.0)
    assert condition.owner == "" and condition.palette == ()
    assert {one.pool for one in condition.references} == {"stock"}
    assert condition.people[0].embeddings == {}
    # the same whoever asks, so that it can be shared between owners
    other = dataclasses.replace(PROFILE, owner="Other")
    assert brief("me at the beach", other, OWN, Words(), STOCK, strength=0.0) == condition


def test_banned_photos_are_not_used_and_pinned_ones_are() -> None:
    first = scene(ask("the beach"))
    without = scene(ask("the beach", ban=(first[0],)))
    assert first[0] not in without
    unused = next(photo_id("own", n) for n in range(8, 14) if photo_id("own", n) not in first)
    assert unused in scene(ask("the beach", pin=(unused,)))


def test_a_pet_is_cut_out_of_its_own_photo() -> None:
    condition = ask("my dog at the beach")
    (pet,) = [one for one in condition.references if one.role == "pet"]
    assert pet.photo_id in {photo_id("own", 14), photo_id("own", 15)}


def test_a_portrait_needs_no_place() -> None:
    condition = ask("portrait of me, oil painting")
    assert condition.subject == "portrait" and condition.references == ()


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        ("portrait of my mum", {}, "'mum' may not be depicted"),
        ("portrait of my partner", {}, "no usable face of Kit"),
        ("xyzzy plugh", {}, "No photo matches 'xyzzy plugh'"),
        ("the beach", {"strength": 1.5}, "strength is 1.5"),
        ("the beach", {"style": "fresco"}, "'fresco' is not a style"),
        ("the beach", {"pin": ("0" * 64,)}, "Pinned photo 000000000000"),
        (
            "the beach",
            {"ban": tuple([*OWN.photos.photo_id, *STOCK.photos.photo_id])},
            "Every photo that fits 'the beach' is banned",
        ),
    ],
)
def test_what_cannot_be_briefed_is_said_in_a_sentence(prompt, options, words) -> None:
    with pytest.raises(AlbumenError, match=words) as error:
        ask(prompt, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": -0.1}, "strength is -0.1"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"size": (0, 512)}, "0 x 512"),
        ({"size": (512, 100_000)}, "512 x 100000"),
        ({"strategy": "best"}, "'best' is not a strategy"),
        ({"look": Look(age=-60.0)}, "age is -60"),
        ({"look": Look(smile=9.0)}, "smile is 9"),
        ({"look": Look(identity=1.5)}, "identity is 1.5"),
    ],
)
def test_arguments_out_of_range_are_refused_in_a_sentence(options, words) -> None:
    with pytest.raises(AlbumenError, match=words) as error:
        ask("me at the beach", **options)
    assert "\n" not in str(error.value)


def test_three_named_and_one_unknown_names_the_unknown() -> None:
    with pytest.raises(AlbumenError, match="'Zoltan' in the prompt is nobody"):
        ask("me, Alma, Kit and Zoltan at the beach")


def test_too_many_named_are_refused_and_of_a_group_some_are_drawn() -> None:
    names = {name: allowed("cousin") for name in ("Ada", "Bea", "Cleo", "Dan")}
    consent = Consent("Rowan", people={"Rowan": allowed("me"), **names})
    people = {n: [name] for n, name in enumerate(["Rowan", *names])}
    library = make_library("large", ["beach"] * 12, people, consent)
    with pytest.raises(AlbumenError, match="names 4 people: at most 3"):
        ask("Ada, Bea, Cleo and Dan at the beach", library=library)
    condition = ask("Dan and my family at the beach", library=library)
    assert [one.label for one in condition.people] == ["Dan", "me", "cousin"]
    assert any("Of 5 people 3 fit" in one for one in condition.filled_in)


def test_of_a_group_who_has_no_usable_face_is_left_out_and_said() -> None:
    condition = ask("my family at the beach")  # Kit was never photographed, Alma may not be drawn
    assert [one.label for one in condition.people] == ["me"]
    assert "your partner was left out: no usable face." in condition.filled_in


def test_the_words_for_light_format_and_look_reach_the_condition() -> None:
    condition = ask("me smiling at the beach at golden hour, wide")
    assert (condition.daytime, condition.size) == ("sunset", (680, 384))
    assert condition.look == Look(smile=1.2)
    assert "'golden hour' was taken for the light of sunset." in condition.filled_in
    given = ask("me smiling at the beach, wide", look=Look(smile=-1.0, yaw=0.5), size=(256, 256))
    assert given.look == Look(smile=-1.0, yaw=0.5) and given.size == (256, 256)
    assert ask("the beach").size == (512, 512) and ask("the beach").daytime == ""


def test_generators_get_what_they_need() -> None:
    bare = ask("me at the beach", needs=frozenset())
    assert bare.references == () and bare.people[0].embeddings == {}
    assert bare.subject == "portrait in scene" and bare.theme == "at the beach"
    photos = ask("me at the beach", needs=frozenset({"references", "person photos"}))
    assert {one.role for one in photos.references} == {"scene", "person"}
    shown = [one for one in photos.references if one.role == "person"]
    assert {one.shows for one in shown} == {photos.people[0].person_id}
    assert {one.photo_id for one in shown} <= {photo_id("own", 20), photo_id("own", 21)}
    assert all(one.box for one in shown)


def test_references_follow_the_strategy() -> None:
    assert ask("the beach").strategy == "profile"
    drawn = ask("the beach", strategy="random")
    assert drawn.strategy == "random" and "random" in drawn.references[0].why


@pytest.mark.parametrize(
    ("traits", "stated", "mood"),
    [
        ((("calm", 0.41), ("lively", 0.1)), (), "calm"),
        ((("calm", 0.15), ("lively", 0.1)), (), ""),  # too few
        ((("calm", 0.21), ("lively", 0.2), ("cosy", 0.2)), (), ""),  # nothing prevails
        ((("calm", 0.41), ("lively", 0.1)), ("lively",), "lively"),
        ((("unclear", 0.9),), (), ""),
    ],
)
def test_an_open_mood_is_the_owners(traits, stated, mood) -> None:
    profile = dataclasses.replace(
        PROFILE,
        traits=tuple(Trait("mood", value, share, 8, 20) for value, share in traits),
        made_from={"stated": {"moods": stated}} if stated else {},
    )
    condition = brief("the beach", profile, OWN, Words(), STOCK)
    assert condition.mood == mood
    said = [one for one in condition.filled_in if "mood" in one]
    assert len(said) == bool(mood)
    assert not said or (f"{mood}, which you say" if stated else "as 41% of your photos") in said[0]
    asked = brief("the beach, dreamy", profile, OWN, Words(), STOCK)
    assert asked.mood == "dreamy" and not any("mood" in one for one in asked.filled_in)


def test_a_theme_nobody_names_so_is_said_with_what_it_was_taken_for(monkeypatch) -> None:
    near = np.vectorize(lambda text: themes()["beach"] if text == "seaside" else text)

    class Knowing(Words):
        def embed_texts(self, texts):
            return super().embed_texts([str(near(text)) for text in texts])

    condition = brief("the seaside", PROFILE, OWN, Knowing(), STOCK)
    assert any("'the seaside' was taken for beach" in one for one in condition.filled_in)
    assert not any("taken for" in one for one in ask("the beach").filled_in)


def test_nobody_stands_in_a_meal() -> None:
    meals = dataclasses.replace(PROFILE.interests[0], name="food", weight=0.9)
    fond = dataclasses.replace(PROFILE, interests=(meals, *PROFILE.interests))
    condition = brief("my dog", fond, OWN, Words(), STOCK)
    assert condition.theme == "mountains"
    assert any("strongest interest in a place (60%" in one for one in condition.filled_in)
    assert (
        brief("something nice", fond, OWN, Words(), STOCK, needs=frozenset()).theme != "mountains"
    )


@settings(max_examples=15)
@given(
    st.sampled_from(["me", "my dog", "us", "my family", "", "birthday card for me", "my guitar"]),
    st.sampled_from(["at the beach", "in the mountains", "in a castle at sunset"]),
    st.sampled_from(["", "smiling", "oil painting", "16:9", "cosy"]),
)
def test_strength_zero_holds_nothing_of_the_library(who: str, where: str, how: str) -> None:
    prompt = f"{who} {where}, {how}"
    condition = ask(prompt, strength=0.0, needs=frozenset({"faces", "references", "person photos"}))
    text = str(to_json(condition))
    assert not any(one in text for one in OWN.photos.photo_id)
    assert not any(name in text for name in CONSENT.people)
    assert {one.pool for one in condition.references} <= {"stock"}
    assert all(one.person_id.startswith("nobody") for one in condition.people)
    assert not any(one.embeddings for one in condition.people)
    assert (condition.owner, condition.palette) == ("", ())
    other = dataclasses.replace(PROFILE, interests=(), palette=(), people=(), owner="Other")
    assert condition == brief(
        prompt, other, OWN, Words(), STOCK, strength=0.0, needs=frozenset({"faces", "references"})
    )


@settings(max_examples=25)
@given(st.text(max_size=60), st.sampled_from([0.0, 0.3, 1.0]))
def test_any_prompt_is_briefed_or_refused_in_a_sentence(prompt: str, strength: float) -> None:
    try:
        condition = ask(prompt, strength=strength)
    except AlbumenError as error:
        assert str(error)
    else:
        assert condition.prompt == prompt and condition_from_json(to_json(condition)) == condition


def test_consent_is_a_consent_error() -> None:
    minor = dataclasses.replace(CONSENT, minors=frozenset({"Rowan"}))
    with pytest.raises(ConsentError):
        ask("portrait of me", library=dataclasses.replace(OWN, consent=minor))


def test_a_condition_survives_json_with_its_digest() -> None:
    condition = ask("me at the beach")
    again = condition_from_json(to_json(condition))
    assert again == condition and again.digest() == condition.digest()
    assert dataclasses.replace(condition, prompt="other").digest() != condition.digest()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("at the beach at sunset", ("beach", "sunset")),
        ("my dream house", ("houses",)),
        ("in front of castles", ("castles",)),
        ("my living room", ("living room",)),
        ("of no theme", ()),
    ],
)
def test_themes_are_named_by_their_words(text, named) -> None:
    assert resolve(text, Words()) == named


def test_a_favoured_style_is_taken_where_none_is_named_and_said() -> None:
    fond = dataclasses.replace(PROFILE, styles=(("photo", 0.3), ("watercolour", 0.7)))

    def asked(prompt: str, **options):
        return brief(prompt, fond, OWN, Words(), STOCK, **options)

    condition = asked("the beach")
    assert condition.style == "watercolour"
    assert "The style was left open: watercolour, which you favour." in condition.filled_in
    for prompt, options, style in (
        ("the beach, oil painting", {}, "oil"),
        ("the beach", {"style": "pencil"}, "pencil"),
        ("the beach, oil painting", {"style": "pencil"}, "pencil"),  # what is chosen by hand wins
        ("the beach", {"strength": 0.0}, "photo"),
    ):
        other = asked(prompt, **options)
        assert other.style == style and not any("favour" in one for one in other.filled_in)
    assert ask("the beach").style == "photo"  # who states no style


def test_an_interest_without_photos_is_briefed_by_its_name() -> None:
    """What was stated and not photographed: the owner's few such photos, or else the stock's."""
    row = tuple(float(x) for x in Words().embed_texts([themes()["castles"]])[0])
    castles = Interest("castles", (), "", (), (), 0.7, 0.0, 0.8, row)
    fond = dataclasses.replace(PROFILE, interests=(castles,), made_from={"stated": {}})
    condition = brief("my ideal holiday", fond, OWN, Words(), STOCK)
    assert condition.theme == "castles"
    shown = {photo_id("stock", n) for n in range(1, 20, 4)}
    assert set(scene(condition)) <= shown
    assert any("'castles', your strongest" in one for one in condition.filled_in)
    assert any("70% of your preference" in one for one in condition.filled_in)
