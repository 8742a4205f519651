"""Seed use cases: what short wishes become, with a profile and without."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_brief import CONSENT, NAMES, OWN, PROFILE, STOCK, Words, make_library, photo_id

from albumen.brief import brief
from albumen.brief.usecases import AWAY, HOUSES, USE_CASES, use_case
from albumen.consent import PersonConsent
from albumen.errors import AlbumenError
from albumen.records import Condition, Known, Trait

ROOMS = make_library(
    "rooms",
    ["living room"] * 4 + ["houses"] * 5 + ["beach"] * 4 + ["interiors"] * 4,
    {},
    CONSENT,
)


def interest(name: str, weight: float, members: tuple[str, ...] = (), **changed):
    return dataclasses.replace(
        PROFILE.interests[0],
        name=name,
        weight=weight,
        members=members,
        terms=((name, 3.0),),
        direction=tuple(float(x) for x in Words().embed_texts([name])[0]),
        **changed,
    )


def ask(prompt: str, profile=PROFILE, library=OWN, stock=ROOMS, **options) -> Condition:
    return brief(prompt, profile, library, Words(), stock, **options)


def test_every_theme_a_use_case_may_choose_exists() -> None:
    assert set(AWAY) <= set(NAMES) and set(HOUSES) <= set(NAMES)
    for case in USE_CASES.values():
        assert not case.usual or case.usual in NAMES


@pytest.mark.parametrize(
    ("prompt", "case"),
    [
        ("my dream house", "dream house"),
        ("our dream home, watercolour", "dream house"),
        ("my ideal vacation", "vacation"),
        ("me on my dream holiday", "vacation"),
        ("desert-island essentials", "desert island"),
        ("me on a deserted island", "desert island"),
        ("redesign my living room", "redesign"),
        ("redecorating our old kitchen in pencil", "redesign"),
        ("birthday card for mum", "birthday card"),
        ("a merry Christmas card for my family", "Christmas card"),
        ("thank-you card", "thank-you card"),
        ("Get well soon card for Kit", "get-well card"),
        ("claymation of me and my family", ""),
        ("a desert", ""),
        ("a house in the mountains", ""),
        ("my birthday party", ""),
    ],
)
def test_use_cases_are_known_by_their_words(prompt: str, case: str) -> None:
    assert use_case(prompt, PROFILE, 1.0).case == case


def test_a_dream_house_is_of_the_kind_the_owner_photographs() -> None:
    fond = dataclasses.replace(
        PROFILE, interests=(interest("food", 0.5), interest("castles", 0.3), interest("barns", 0.2))
    )
    condition = ask("my dream house", fond, stock=STOCK)
    assert condition.theme == "castles"
    assert any("'castles'" in one and "30% of your photos" in one for one in condition.filled_in)
    assert ask("me in my dream house, 4:5", fond, stock=STOCK, needs=frozenset()).theme == "castles"
    unasked = ask("my dream house", fond, strength=0.0)
    assert unasked.theme == "my dream house" and not any("your" in x for x in unasked.filled_in)


def test_a_house_that_no_photo_shows_is_drawn_from_inside_and_said() -> None:
    rooms = make_library("rooms2", ["interiors"] * 4, {}, CONSENT)
    condition = ask("my dream house", stock=rooms)
    assert {one.pool for one in condition.references} == {"stock"}
    assert any("'the interior of a home' was looked for" in one for one in condition.filled_in)


def test_a_vacation_is_where_one_can_go() -> None:
    fond = dataclasses.replace(
        PROFILE,
        interests=(
            interest("food", 0.6),
            interest("mountains", 0.4, PROFILE.interests[0].members),
        ),
    )
    condition = ask("my ideal vacation", fond)
    assert condition.theme == "mountains"
    assert {one.photo_id for one in condition.references} <= set(PROFILE.interests[0].members)
    homebody = dataclasses.replace(PROFILE, interests=(interest("food", 1.0),))
    condition = ask("my ideal vacation", homebody)
    assert condition.theme == "beach"
    assert any("No interest of yours" in one for one in condition.filled_in)


def test_an_unclear_interest_is_what_its_surest_term_says() -> None:
    vague = interest("unclear", 0.7)
    sure = dataclasses.replace(vague, terms=(("tennis", 4.0), ("coast", 3.0), ("sea", 2.9)))
    asked = use_case("my ideal trip", dataclasses.replace(PROFILE, interests=(sure,)), 1.0)
    assert asked.theme == "coast" and asked.interest is None
    unsure = dataclasses.replace(vague, terms=(("coast", 1.0),))
    asked = use_case("my ideal trip", dataclasses.replace(PROFILE, interests=(unsure,)), 1.0)
    assert asked.theme == "beach"


PETS = dataclasses.replace(PROFILE, people=(Known("Bruno", "dog", "pet", 2, 0),))


def test_essentials_are_the_pet_and_things_by_strength() -> None:
    condition = ask("desert-island essentials", PETS)
    assert condition.theme == "a sandy beach"
    scenes = {one.photo_id for one in condition.references if one.role == "scene"}
    assert scenes <= {photo_id("own", n) for n in range(8, 14)}
    (pet,) = [one for one in condition.references if one.role == "pet"]
    assert pet.photo_id in {photo_id("own", 14), photo_id("own", 15)}
    assert len([one for one in condition.references if one.role in ("pet", "object")]) <= 4
    for strength in (0.0, 0.1):
        weak = ask("desert-island essentials", PETS, strength=strength)
        assert {one.role for one in weak.references} == {"scene"}


def test_essentials_leave_out_a_pet_who_may_not_be_depicted() -> None:
    people = {**CONSENT.people, "Bruno": PersonConsent("dog", "pet", profile=True)}
    strict = dataclasses.replace(OWN, consent=dataclasses.replace(CONSENT, people=people))
    condition = ask("desert-island essentials", PETS, strict)
    assert "pet" not in {one.role for one in condition.references}


def test_a_redesign_keeps_the_own_room_and_says_where_there_is_none() -> None:
    condition = ask("redesign my living room", library=ROOMS, stock=STOCK)
    base, *others = condition.references
    assert base.role == "base" and base.pool == "own"
    assert base.photo_id in {photo_id("rooms", n) for n in range(4)}
    assert {one.role for one in others} == {"scene"}
    assert base.photo_id not in {one.photo_id for one in others}
    assert condition.theme == "my living room"
    condition = ask("redesign my living room")
    assert condition.references[0].pool == "stock"
    assert any("None of your photos shows" in one for one in condition.filled_in)


def test_a_redesign_of_the_only_photo_of_a_room_has_no_other_reference() -> None:
    one = make_library("one", ["living room"] + ["mountains"] * 3, {}, CONSENT)
    (base,) = ask("redesign my living room", library=one, stock=STOCK).references
    assert (base.role, base.photo_id) == ("base", photo_id("one", 0))


@pytest.mark.parametrize(
    ("prompt", "lettering"),
    [
        ("birthday card for me", "Happy birthday!"),
        ("birthday card for mum, watercolour", "Happy birthday, mum!"),
        ("a birthday card for my mom with flowers", "Happy birthday, mom!"),
        ("birthday card for my partner", "Happy birthday, dear partner!"),
        ("Christmas card for my family", "Merry Christmas, dear family!"),
        ("thank you card for my partner Kit from me", "Thank you, Kit!"),
        ("get-well card", "Get well soon!"),
        ("birthday card for mum saying \u201cSee you soon\u201d", "See you soon"),
        ("a picture of the beach", ""),
    ],
)
def test_cards_say_what_one_would_write(prompt: str, lettering: str) -> None:
    asked = use_case(prompt.replace("\u201c", '"').replace("\u201d", '"'), PROFILE, 1.0)
    assert asked.lettering == lettering
    assert asked.size == ((456, 576) if lettering else None)


def test_a_card_shows_its_receiver() -> None:
    condition = ask("birthday card for me, smiling")
    assert [one.label for one in condition.people] == ["me"] and condition.subject == "portrait"
    assert condition.look.smile and condition.size == (456, 576)
    assert condition.lettering == "Happy birthday!"
    assert ask("birthday card for me, 16:9").size == (680, 384)


def test_a_card_for_who_may_not_be_depicted_shows_where_they_were() -> None:
    albums = [["Trips"] if n in (8, 9, 22) else ["Home"] for n in range(len(OWN.photos))]
    photos = OWN.photos.assign(albums=albums)
    photos["people"] = [["Alma"] if n == 22 else who for n, who in enumerate(OWN.photos.people)]
    library = dataclasses.replace(OWN, photos=photos)
    condition = ask("birthday card for mum", library=library)
    assert condition.people == () and condition.lettering == "Happy birthday, mum!"
    assert condition.theme == "Trips"
    assert any("consent.yaml does not allow" in one for one in condition.filled_in)
    # without an album of theirs it is a scene of the owner's
    condition = ask("birthday card for mum")
    assert condition.people == () and condition.theme == "mountains"
    with pytest.raises(AlbumenError, match="'mum' may not be depicted"):
        ask("a portrait of mum")


def test_a_card_for_a_minor_never_shows_them() -> None:
    minor = dataclasses.replace(
        OWN, consent=dataclasses.replace(CONSENT, minors=frozenset({"Rowan"}))
    )
    condition = ask("birthday card for me", library=minor)
    assert condition.people == () and condition.subject == "scene"


def test_a_card_without_a_receiver_is_a_scene() -> None:
    condition = ask("thank-you card")
    assert condition.theme == "mountains" and condition.lettering == "Thank you!"


MOODY = dataclasses.replace(PROFILE, traits=(Trait("mood", "calm", 0.4, 8, 20),))


@given(
    st.sampled_from(["my dream house", "the beach", "redesign my living room"]),
    st.sampled_from([0.0, 0.2, 0.49, 0.5, 1.0]),
)
def test_style_and_mood_come_from_half_strength_on(prompt: str, strength: float) -> None:
    fond = dataclasses.replace(MOODY, styles=(("oil", 1.0),))
    condition = ask(prompt, fond, strength=strength)
    filled = strength >= 0.5
    assert (condition.style, condition.mood) == (("oil", "calm") if filled else ("photo", ""))
    assert any("mood was left open: calm" in one for one in condition.filled_in) == filled
