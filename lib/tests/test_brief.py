"""Briefs: a prompt and a profile become a condition, each choice with its reason."""

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest

from albumen.brief import brief
from albumen.brief.themes import resolve
from albumen.consent import Consent, PersonConsent
from albumen.errors import AlbumenError, ConsentError
from albumen.library import Library
from albumen.profile.naming import themes
from albumen.records import Colour, Interest, Known, Profile, Trust, condition_from_json, to_json

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
