"""References: who and what may be one, how they are pinned and banned, and crops of people."""

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_brief import DIM, NAMES, Words, allowed

from albumen.brief.persons import head_and_shoulders, may_be_depicted
from albumen.brief.references import (
    choose_base,
    choose_objects,
    choose_pet,
    choose_scene,
    person_photos,
    rank,
    require_pins,
)
from albumen.brief.strategies import STRATEGIES
from albumen.consent import Consent, filter_photos
from albumen.errors import AlbumenError, ConsentError
from albumen.library import Library
from albumen.profile.naming import themes
from albumen.records import Interest, Profile, Reference, Trust
from albumen.tables import QUALITY

CONSENT = Consent(
    owner="Rowan",
    people={
        "Rowan": allowed("me"),
        "Alma": allowed("mum", generate=False),
        "Kit": allowed("partner"),
        "Bruno": allowed("dog", "pet"),
        "Tiny": allowed("son"),
    },
    minors=frozenset({"Tiny"}),
    deny_albums=frozenset({"private"}),
)
LANDMARKS = np.array([0.45, 0.4, 0.55, 0.4, 0.5, 0.45, 0.46, 0.5, 0.54, 0.5], np.float32)


def photo(number: int, shows: str, **said) -> dict:
    """A photo that shows a theme; `faces`: (name or None, x, y, w, h)."""
    return {"number": number, "shows": shows, "faces": [], **said}


def library(name: str, photos: list[dict], consent: Consent) -> Library:
    """As ingest, embedding and naming leave one: consent is applied to the tables."""
    rng = np.random.default_rng(3)
    ids = [hashlib.sha256(f"{name}{one['number']}".encode()).hexdigest() for one in photos]
    vectors = np.zeros((len(photos), DIM))
    for row, one in zip(vectors, photos, strict=True):
        row[NAMES.index(one["shows"])] = 1
        row[: len(NAMES)] += 0.02 * np.abs(rng.normal(size=len(NAMES)))
        row[len(NAMES) :] = 0.08 * rng.normal(size=DIM - len(NAMES))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = pd.DataFrame(
        {
            "photo_id": ids,
            "path": [f"{one['number']}.jpg" for one in photos],
            "taken_utc": pd.NaT,
            "taken_local": pd.to_datetime([one.get("taken") for one in photos]),
            "time_source": ["exif" if one.get("taken") else "unknown" for one in photos],
            "lat": np.nan,
            "lon": np.nan,
            "title": "",
            "description": "",
            "favourite": [one.get("favourite", False) for one in photos],
            "width": [one.get("width", 1600) for one in photos],
            "height": 1200,
            **{
                column: [list(one.get(column, [])) for one in photos]
                for column in ("albums", "people", "keywords", "places", "flags")
            },
            "faces": [one.get("marked", []) for one in photos],
        }
    )
    quality = pd.DataFrame(
        {
            "photo_id": ids,
            "megapixels": np.float32(2.0),
            "sharpness": [one.get("sharpness", 0.54) for one in photos],
            "brightness": 0.2,
            "clipped": 0.0,
            "faces": np.int32(0),
            "face_pixels": np.nan,
            "face_yaw": np.nan,
            "duplicates": [None if one.get("same") is None else ids[one["same"]] for one in photos],
        }
    )[QUALITY.names]
    faces = [
        {
            "face_id": f"{photo_id}#{n}",
            "photo_id": photo_id,
            **dict(zip("xywh", box, strict=True)),
            "landmarks": LANDMARKS,
            "score": 0.95,
            "pixels": one.get("pixels", 90.0),
            "name": who,
            "confidence": one.get("confidence", 0.999) if who else np.nan,
            "sface": rng.normal(size=128).astype(np.float32) + 3,
            "dlib": rng.normal(size=128).astype(np.float32),
        }
        for photo_id, one in zip(ids, photos, strict=True)
        for n, (who, *box) in enumerate(one["faces"])
    ]
    columns = ["face_id", "photo_id", *"xywh", "landmarks", "score", "pixels", "name"]
    faces = pd.DataFrame(faces, columns=[*columns, "confidence", "sface", "dlib"])
    kept = filter_photos(table, consent)
    inside = table.photo_id.isin(kept.photo_id).to_numpy()
    faces = faces[faces.photo_id.isin(kept.photo_id)].reset_index(drop=True)
    named = faces.name.isin([who for who, one in consent.people.items() if one.profile])
    faces["name"] = faces.name.astype(object).where(named, None)
    quality = quality[quality.photo_id.isin(kept.photo_id)].reset_index(drop=True)
    rows = vectors[inside].astype(np.float32)
    return Library(name, consent, kept, rows, faces, "words", quality)


def of(number: int, name: str = "own") -> str:
    return hashlib.sha256(f"{name}{number}".encode()).hexdigest()


FACE = (0.4, 0.3, 0.2, 0.3)
PHOTOS = [
    *(photo(n, "beach", sharpness=0.4 + 0.02 * n) for n in range(8)),
    photo(8, "beach", same=7),  # near-duplicate of 7
    photo(9, "beach", sharpness=0.9, faces=[(None, *FACE)]),  # a large face
    photo(10, "beach", sharpness=0.9, people=["Alma"]),  # tagged, turned away
    photo(11, "beach", sharpness=0.9, people=["Zoe"]),  # a stranger to the consent file
    photo(12, "beach", sharpness=0.9, albums=["private"]),
    photo(13, "beach", sharpness=0.9, people=["Tiny"]),
    photo(14, "beach", sharpness=0.9, flags=["screenshot"]),
    photo(15, "beach", sharpness=0.9, width=300),
    photo(16, "mountains", people=["Kit"], faces=[("Kit", 0.02, 0.1, 0.04, 0.06)]),
    *(photo(20 + n, "cafes", people=["Rowan"], faces=[("Rowan", *FACE)]) for n in range(6)),
    photo(30, "cafes", people=["Rowan", "Alma"], faces=[("Rowan", *FACE)]),
    photo(31, "cafes", people=["Rowan", "Tiny"], faces=[("Rowan", *FACE), ("Tiny", *FACE)]),
    photo(32, "cafes", people=["Alma"], faces=[("Alma", *FACE)]),
    photo(33, "cafes", people=["Rowan", "Zoe"], faces=[("Rowan", *FACE)]),
    photo(40, "dogs", people=["Bruno"]),
    photo(41, "dogs", people=["Bruno", "Alma"]),
    photo(42, "dogs", people=["Bruno"], faces=[("Rowan", *FACE)]),
    photo(50, "bicycles", keywords=["my bicycle"]),
    photo(51, "cakes"),
    photo(52, "cakes", favourite=True),
]
OWN = library("own", PHOTOS, CONSENT)
STOCK = library(
    "stock",
    [photo(n, ("beach", "living room", "castles", "mountains")[n % 4]) for n in range(16)],
    Consent(owner="Nobody"),
)
SCENERY = {of(n) for n in range(9)}
NEVER = {of(n) for n in (12, 13, 31)}  # denied, or of a minor
NOBODY = Profile("Rowan", "words", (), (), (), len(PHOTOS), Trust(False), (), {})


def interest(name: str, weight: float, *members: int) -> Interest:
    row = tuple(float(x) for x in Words().embed_texts([themes()[name]])[0])
    ids = tuple(of(n) for n in members)
    return Interest(name, ((name, 3.0),), ids[0], ids, ids, weight, 0.9, 0.8, row)


def ranked(theme: str = "the beach", strength: float = 1.0, own: Library = OWN) -> pd.DataFrame:
    return rank(theme, None, NOBODY, own, STOCK, Words(), strength)


def scene(theme: str = "the beach", table: pd.DataFrame | None = None, **options):
    options = {"filled": [], **options}
    return choose_scene(ranked(theme) if table is None else table, theme, **options)


def ids(references) -> list[str]:
    return [one.photo_id for one in references]


BEACH = ranked()
ANY = [*(one.photo_id for one in OWN.photos.itertuples()), *NEVER, *STOCK.photos.photo_id, "0" * 64]


@settings(deadline=None, max_examples=25)
@given(
    strategy=st.sampled_from(list(STRATEGIES)),
    seed=st.integers(0, 50),
    pin=st.lists(st.sampled_from(ANY), max_size=3, unique=True),
    ban=st.lists(st.sampled_from(ANY), max_size=6, unique=True),
)
def test_nobody_is_shown_who_may_not_be_whatever_is_asked(strategy, seed, pin, ban) -> None:
    """A pin of a photo that may not be used is one sentence; every other way is closed, too."""
    options = {"strategy": strategy, "seed": seed, "ban": ban}
    chosen: list[Reference] = []
    asks = (
        lambda: scene(table=BEACH, pin=pin, **options),
        lambda: (choose_base(BEACH, "the beach", pin=pin, filled=[], **options),),
        lambda: choose_pet("Bruno", "dog", OWN, STOCK, Words(), 1.0, [], **options),
        lambda: choose_objects(["bicycle"], OWN, STOCK, NOBODY, Words(), filled=[], **options),
        lambda: person_photos(OWN, "Rowan", "p" * 16, pin=pin, **options),
    )
    for ask in asks:
        try:
            chosen += ask()
        except AlbumenError as error:
            assert "\n" not in str(error)
    by_role = {role: set() for role in ("scene", "base", "pet", "object", "person")}
    for one in chosen:
        by_role[one.role].add(one.photo_id)
        assert one.photo_id not in ban and one.why
    assert by_role["scene"] | by_role["base"] <= SCENERY | {of(50), of(51), of(52)} | set(
        STOCK.photos.photo_id
    )
    assert by_role["pet"] <= {of(40)}
    assert by_role["object"] <= {of(50)}
    assert by_role["person"] <= {of(n) for n in (*range(20, 26), 42)}
    unheeded = set(pin) - set(ids(chosen))
    if unheeded:
        with pytest.raises(AlbumenError, match="Pinned photo"):
            require_pins(pin, chosen)
    else:
        require_pins(pin, chosen)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_keeps_to_the_theme(strategy) -> None:
    chosen = scene(strategy=strategy)
    assert set(ids(chosen)) <= SCENERY and len(chosen) >= 2
    assert len({one.photo_id for one in chosen} & {of(7), of(8)}) < 2  # of near-duplicates one
    assert sum(one.weight for one in chosen) == pytest.approx(1, abs=1e-3)


def test_the_reason_is_the_strategy_s() -> None:
    assert (
        "best technically of 8 photos that fit 'the beach' (sharpness 0.54"
        in scene(strategy="quality")[0].why
    )
    assert "seed 3" in scene(strategy="random", seed=3)[0].why
    assert "most typical of 8" in scene(strategy="medoid")[0].why
    assert scene()[0].why.startswith("shows beach")
    (one, *_) = scene(pin=[of(3)])
    assert one.photo_id == of(3) and one.why.startswith("pinned: shows beach")


def test_a_sharp_photo_is_preferred_and_a_dark_one_is_not() -> None:
    order = list(ranked().photo_id)
    sharp = [order.index(of(n)) for n in range(8)]
    assert sharp[7] < sharp[0]
    quality = OWN.quality.assign(
        brightness=np.where(OWN.quality.photo_id == of(7), 0.004, 0.2).astype(np.float32)
    )
    dark = ranked(own=dataclasses.replace(OWN, quality=quality))
    level = dark.set_index("photo_id").quality
    # .004 is log2(50) = 5.64 halvings of .2, of which two cost nothing; clipped at three deviations
    before = ranked().set_index("photo_id").quality
    assert level[of(7)] == pytest.approx(max(before[of(7)] - (np.log2(50) - 2), -3), abs=1e-4)
    assert (level.drop(of(7)) == before.drop(of(7))).all()


def test_favourites_and_recent_photos_count_by_strength() -> None:
    photos = OWN.photos.assign(favourite=OWN.photos.photo_id == of(0))
    photos.loc[photos.photo_id == of(1), ["taken_local", "time_source"]] = [
        pd.Timestamp("2024-06-01"),
        "exif",
    ]
    liked = dataclasses.replace(OWN, photos=photos)

    def gain(strength: float) -> pd.Series:
        made, before = (ranked(strength=strength, own=one) for one in (liked, OWN))
        return (made.set_index("photo_id").score - before.set_index("photo_id").score).loc[
            [of(0), of(1), of(2)]
        ]

    assert gain(1.0).to_list() == pytest.approx([0.3, 0.3, 0.0])
    assert gain(0.5).to_list() == pytest.approx([0.15, 0.15, 0.0])
    whys = ranked(own=liked).set_index("photo_id").why
    assert "a favourite" in whys[of(0)] and "recent" in whys[of(1)]
    assert "recent" not in whys[of(0)] and "favourite" not in whys[of(2)]


def test_a_banned_photo_takes_its_near_duplicates_with_it() -> None:
    assert not {of(7), of(8)} & set(ids(scene(strategy="random", count=9, ban=[of(8)])))
    assert of(8) in ids(scene(pin=[of(8)], ban=[of(7)]))


def test_pins_and_bans_that_cannot_be_are_said() -> None:
    with pytest.raises(AlbumenError, match="both pinned and banned"):
        scene(pin=[of(1)], ban=[of(1)])
    with pytest.raises(AlbumenError, match="5 photos that fit 'the beach' are pinned: at most 4"):
        scene(pin=[of(n) for n in range(5)])
    with pytest.raises(AlbumenError, match="is not a strategy"):
        scene(strategy="best")


def test_what_is_banned_is_not_said_to_be_missing() -> None:
    said: list[str] = []
    chosen = scene(ban=sorted(SCENERY), filled=said)
    assert {one.pool for one in chosen} == {"stock"}
    assert said == [
        "All of your photos that show 'the beach' are banned: stock photos were used instead."
    ]
    with pytest.raises(AlbumenError, match="Every photo that fits 'the beach' is banned"):
        scene(ban=ANY)


def test_the_base_is_the_owner_s_place_else_the_stock_s_and_said() -> None:
    said: list[str] = []
    base = choose_base(BEACH, "the beach", filled=said)
    assert (base.role, base.weight, base.pool, said) == ("base", 1.0, "own", [])
    assert base.photo_id == ids(scene())[0]
    room = choose_base(ranked("my living room"), "my living room", filled=said)
    assert room.pool == "stock" and "None of your photos shows 'my living room'" in said[0]
    pinned = choose_base(BEACH, "the beach", pin=[of(20), of(2), of(3)], filled=said)
    assert pinned.photo_id == of(2)  # the first that is a place
    assert choose_base(BEACH, "the beach", ban=[base.photo_id], filled=said) != base


def test_things_are_found_by_label_and_look_or_left_out_in_words() -> None:
    said: list[str] = []

    def find(names, **options):
        return choose_objects(names, OWN, STOCK, NOBODY, Words(), filled=said, **options)

    bicycle, cake = find(["bicycle", "cakes"])
    assert (bicycle.photo_id, bicycle.shows, bicycle.role) == (of(50), "bicycle", "object")
    assert "labelled 'my bicycle'" in bicycle.why
    assert cake.photo_id in {of(51), of(52)} and "looks like 'cakes'" in cake.why
    assert bicycle.weight == cake.weight == 0.5 and said == []
    assert find(["xyzzy", "bicycle"])[0].shows == "bicycle"
    assert said == ["None of your photos shows 'xyzzy' clearly: it was left out."]
    assert len(find(["bicycle", "cakes"], count=1)) == 1
    assert find(["bicycle"], ban=[of(50)]) == ()


def test_interests_of_things_give_things_and_those_of_places_nothing() -> None:
    fond = dataclasses.replace(
        NOBODY,
        interests=(interest("beach", 0.6, *range(9)), interest("cakes", 0.4, 51, 52)),
    )
    (cake,) = choose_objects(None, OWN, STOCK, fond, Words(), filled=[])
    assert cake.shows == "cake" and "a cake of the interest 'cakes'" in cake.why
    said: list[str] = []
    places = dataclasses.replace(fond, interests=fond.interests[:1])
    assert choose_objects(None, OWN, STOCK, places, Words(), filled=said) == ()
    assert said == ["None of your interests shows things rather than places."]
    assert choose_objects(None, OWN, STOCK, fond, Words(), 0.0, filled=[]) == ()


def test_a_pet_is_found_without_people_and_by_its_kind() -> None:
    (dog,) = choose_pet("Bruno", "Bruno", OWN, STOCK, Words(), 1.0, [])
    assert (dog.photo_id, dog.shows, dog.role) == (of(40), "dog", "pet")
    with pytest.raises(AlbumenError, match="No photo of 'dog' without people is left"):
        choose_pet("Bruno", "dog", OWN, STOCK, Words(), 1.0, [], ban=[of(40)])
    said: list[str] = []
    assert choose_pet("Bruno", "dog", OWN, STOCK, Words(), 0.0, said) == ()
    assert said == ["No stock photo shows a dog: it was left out."]


def test_a_pet_s_own_face_is_nobody_s() -> None:
    """Detectors find dogs' faces, less surely than people's."""

    def found(score: float, faces: int) -> bool:
        boxes = [(None, 0.1 + 0.4 * n, 0.3, 0.2, 0.3) for n in range(faces)]
        one = library("own", [photo(0, "dogs", people=["Bruno"], faces=boxes)], CONSENT)
        one = dataclasses.replace(one, faces=one.faces.assign(score=score))
        try:
            return bool(choose_pet("Bruno", "dog", one, STOCK, Words(), 1.0, []))
        except AlbumenError:
            return False

    assert found(0.8, 1) and not found(0.8, 2) and not found(0.93, 1)


def test_people_are_shown_as_their_photos_boxes() -> None:
    chosen = person_photos(OWN, "Rowan", "p" * 16)
    assert len(chosen) == 4 and all(one.shows == "p" * 16 for one in chosen)
    assert all("frontal" in one.why and "Rowan" not in one.why for one in chosen)
    x, y, w, h = chosen[0].box
    assert x <= 0.4 and y <= 0.3 and x + w >= 0.6 and y + h >= 0.6
    again = person_photos(OWN, "Rowan", "p" * 16, ban=ids(chosen[:1]), pin=ids(chosen[1:]))
    assert ids(again)[:3] == ids(chosen)[1:] and chosen[0].photo_id not in ids(again)
    with pytest.raises(AlbumenError, match="Every photo of Rowan is banned"):
        person_photos(OWN, "Rowan", "p" * 16, ban=list(OWN.photos.photo_id))


@pytest.mark.parametrize("name", ["Alma", "Tiny", "tiny", "Zoe"])
def test_who_may_not_be_depicted_is_not(name) -> None:
    consent = dataclasses.replace(CONSENT, people={**CONSENT.people, "tiny": allowed("son")})
    with pytest.raises(ConsentError, match=f"'{name}' may not be depicted"):
        person_photos(dataclasses.replace(OWN, consent=consent), name, "p" * 16)
    assert not may_be_depicted(consent, name) and may_be_depicted(consent, "Rowan")


def test_a_photo_without_a_likely_face_is_none_of_the_person() -> None:
    small = dataclasses.replace(OWN, faces=OWN.faces.assign(pixels=20.0))
    unsure = dataclasses.replace(OWN, faces=OWN.faces.assign(confidence=0.4))
    for one in (small, unsure):
        with pytest.raises(AlbumenError, match="No photo of Rowan can be used"):
            person_photos(one, "Rowan", "p" * 16)


def test_a_large_frontal_sure_face_comes_first() -> None:
    faces = OWN.faces.copy()
    mine = faces.photo_id.isin([of(20 + n) for n in range(6)])

    def first(**changed) -> str:
        """Of photos 20 to 25, which all look alike but for what is changed of 23."""
        table = faces.copy()
        table.loc[mine, "sface"] = table.loc[mine, "sface"].map(lambda _: np.ones(128, np.float32))
        for column, (rest, value) in changed.items():
            table[column] = [value if one == of(23) else rest for one in table.photo_id]
        return person_photos(dataclasses.replace(OWN, faces=table), "Rowan", "p" * 16)[0].photo_id

    turned = LANDMARKS.copy()
    turned[4] = 0.53  # the nose beside the line from the eyes to the mouth
    assert first(pixels=(40.0, 90.0)) == of(23)
    assert first(landmarks=(turned, LANDMARKS)) == of(23)
    assert first(confidence=(0.8, 0.999)) == of(23)


def test_the_crop_is_head_and_shoulders() -> None:
    """By hand: a face of 100 px in the middle of 1000 x 1000 px has a crop of 300 px."""
    assert head_and_shoulders((0.45, 0.45, 0.1, 0.1), [], (1000, 1000)) == pytest.approx(
        (0.35, 0.374, 0.3, 0.3)
    )
    # at the corner it is clipped
    assert head_and_shoulders((0.0, 0.0, 0.1, 0.1), [], (1000, 1000)) == pytest.approx(
        (0.0, 0.0, 0.2, 0.224)
    )
    # somebody to the right is cut off at their left edge
    assert head_and_shoulders(
        (0.45, 0.45, 0.1, 0.1), [(0.6, 0.45, 0.1, 0.1)], (1000, 1000)
    ) == pytest.approx((0.35, 0.374, 0.25, 0.3))
    # who leans on them cannot be
    assert head_and_shoulders((0.45, 0.45, 0.1, 0.1), [(0.54, 0.45, 0.1, 0.1)], (999, 999)) is None


shares = st.floats(0, 0.8, allow_nan=False)
boxes = st.tuples(shares, shares, st.floats(0.02, 0.2), st.floats(0.02, 0.2))


@settings(deadline=None, max_examples=200)
@given(
    face=boxes, others=st.lists(boxes, max_size=4), size=st.sampled_from([(900, 600), (99, 800)])
)
def test_a_crop_holds_the_face_and_no_other(face, others, size) -> None:
    crop = head_and_shoulders(face, others, size)
    if crop is None:
        return
    x, y, w, h = crop
    assert min(x, y) >= 0 and max(x + w, y + h) <= 1 + 1e-5
    assert x <= face[0] + 1e-5 and x + w >= face[0] + face[2] - 1e-5
    assert y <= face[1] + 1e-5 and y + h >= face[1] + face[3] - 1e-5
    for other in others:
        across = min(x + w, other[0] + other[2]) - max(x, other[0])
        down = min(y + h, other[1] + other[3]) - max(y, other[1])
        assert min(across, down) <= 1e-5


def test_a_face_that_only_the_metadata_marks_is_kept_out() -> None:
    marked = [{"x": 0.65, "y": 0.3, "w": 0.1, "h": 0.2, "name": "", "kind": "face"}]
    one = photo(0, "cafes", people=["Rowan"], faces=[("Rowan", *FACE)], marked=marked)
    (taken,) = person_photos(library("own", [one], CONSENT), "Rowan", "p" * 16)
    assert taken.box[0] + taken.box[2] == pytest.approx(0.65, abs=1e-5)
