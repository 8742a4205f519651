"""Refining: only what is asked for changes, and the chain says what did."""

import dataclasses

import pytest
from test_brief import Words
from test_references import NOBODY, OWN, STOCK, interest, of

from albumen.brief import brief
from albumen.brief.refining import (
    COLUMNS,
    SHOWN,
    begin,
    chain_table,
    load_chain,
    refine,
    save_chain,
    wish_of,
)
from albumen.errors import AlbumenError
from albumen.records import Condition, Look, Wish

PROFILE = dataclasses.replace(NOBODY, interests=(interest("beach", 1.0, *range(9)),))


def ask(wish: Wish) -> Condition:
    return brief(
        wish.prompt,
        PROFILE,
        OWN,
        Words(),
        STOCK,
        strength=wish.strength,
        style=wish.style,
        size=wish.size,
        strategy=wish.strategy,
        look=wish.look,
        pin=wish.pin,
        ban=wish.ban,
    )


FIRST = begin(Wish("the beach"), ask)


def scene(step) -> list[str]:
    return [one.photo_id for one in step.condition.references if one.role == "scene"]


def test_a_swap_changes_one_reference_and_nothing_else() -> None:
    for swapped in scene(FIRST):
        step = refine(FIRST, ask, swap=swapped)
        kept = set(scene(FIRST)) - {swapped}
        (new,) = set(scene(step)) - kept
        assert kept < set(scene(step)) and new != swapped and len(scene(step)) == 4
        assert step.change == f"scene photo {swapped[:SHOWN]} replaced by {new[:SHOWN]}"
        without = dataclasses.replace(step.condition, references=FIRST.condition.references)
        assert without == FIRST.condition


def test_swaps_go_on_until_nothing_is_left() -> None:
    step, seen = FIRST, set(scene(FIRST))
    with pytest.raises(AlbumenError, match="Nothing is left to put in the place of photo") as end:
        for _ in range(9):
            before = set(scene(step))
            step = refine(step, ask, swap=scene(step)[0])
            assert not (set(scene(step)) - before) & seen  # what was swapped out stays out
            seen |= set(scene(step))
    assert "\n" not in str(end.value)
    assert len(seen) == 8  # of nine photos of the beach two are near-duplicates


def test_banning_goes_on_without_the_photo() -> None:
    step = refine(FIRST, ask, ban=[scene(FIRST)[1]])
    assert scene(FIRST)[1] not in scene(step)
    assert step.change.startswith(f"photo {scene(FIRST)[1][:SHOWN]} banned; scene photo")
    back = refine(step, ask, pin=[scene(FIRST)[1]])  # the newer word counts
    assert scene(FIRST)[1] in scene(back) and back.wish.ban == ()
    with pytest.raises(AlbumenError, match="Every photo that fits 'the beach' is banned"):
        refine(FIRST, ask, ban=[*OWN.photos.photo_id, *STOCK.photos.photo_id])


def test_settings_are_said_as_they_change() -> None:
    step = refine(FIRST, ask, seed=3, strength=0.5, style="oil", size=(768, 512))
    assert step.change.startswith("style open -> 'oil'; strength 1.0 -> 0.5; seed 0 -> 3")
    assert "size open -> 768x512" in step.change
    assert step.condition.size == (768, 512) and step.condition.strength == 0.5
    look = refine(step, ask, look=Look(smile=1.0))
    assert look.change == "smile open -> 1.0" and look.condition.look.smile == 1.0
    drawn = refine(FIRST, ask, strategy="random")
    assert drawn.change.startswith("strategy 'profile' -> 'random'")
    assert "drawn at random" in drawn.condition.references[0].why


def test_another_seed_keeps_the_condition() -> None:
    step = refine(FIRST, ask, seed=1)
    assert step.condition == FIRST.condition and step.wish.seed == 1
    assert step.change == "seed 0 -> 1"


def test_pins_last_as_long_as_there_is_something_to_keep() -> None:
    swapped = refine(FIRST, ask, swap=scene(FIRST)[0])
    words = refine(swapped, ask, words="the beach, watercolour")
    assert set(scene(words)) == set(scene(swapped)) and words.condition.style == "watercolour"
    assert words.change == "prompt 'the beach' -> 'the beach, watercolour'"
    elsewhere = refine(swapped, ask, words="the mountains")
    assert elsewhere.wish.pin == () and elsewhere.wish.ban == swapped.wish.ban
    assert "photos pinned before are free again" in elsewhere.change
    nobody = refine(swapped, ask, strength=0.0)
    assert {one.pool for one in nobody.condition.references} == {"stock"}
    portrait = refine(swapped, ask, words="portrait of me")
    assert portrait.condition.references == () and portrait.wish.pin == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Nothing changes"),
        ({"seed": 0, "strength": 1.0, "words": "the beach"}, "Nothing changes"),
        ({"swap": of(50)}, "is no reference of this picture: its references are"),
        ({"strength": 2.0}, "strength is 2.0"),
        ({"pin": [of(12)]}, "Pinned photo"),  # of a denied album
        ({"pin": [of(1)], "ban": [of(1)]}, "both pinned and banned"),
        ({"strategy": "best"}, "is not a strategy"),
    ],
)
def test_what_cannot_be_refined_is_said_in_a_sentence(change, words) -> None:
    with pytest.raises(AlbumenError, match=words) as error:
        refine(FIRST, ask, **change)
    assert "\n" not in str(error.value)


def test_a_chain_is_saved_read_back_and_shown(tmp_path) -> None:
    second = refine(FIRST, ask, swap=scene(FIRST)[0])
    chain = (FIRST, second, refine(second, ask, strength=0.5, look=Look(age=5.0), size=(640, 640)))
    save_chain(chain, tmp_path / "chain.json")
    assert load_chain(tmp_path / "chain.json") == chain
    table = chain_table(chain)
    assert list(table.columns) == COLUMNS and len(table) == 3
    assert table.strength.to_list() == [1.0, 1.0, 0.5]
    assert table.condition.to_list() == [one.condition.digest()[:SHOWN] for one in chain]
    assert table.references[0].split() == [one[:SHOWN] for one in scene(FIRST)]
    for text in ("[1]", '{"a": 1}', '[{"wish": {}}]', '"chain"'):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(AlbumenError, match="is not a chain of steps"):
            load_chain(tmp_path / "other.json")


def test_a_saved_picture_s_condition_is_asked_for_again() -> None:
    made = refine(refine(FIRST, ask, swap=scene(FIRST)[2]), ask, style="oil", seed=4)
    again = begin(wish_of(made.condition, made.wish.seed), ask)
    assert set(scene(again)) == set(scene(made)) and again.wish.seed == 4
    same = ("prompt", "theme", "style", "strength", "size", "look", "strategy", "palette", "people")
    for field in same:
        assert getattr(again.condition, field) == getattr(made.condition, field)
    # and it can be refined
    assert len(scene(refine(again, ask, swap=scene(again)[0]))) == 4


def test_a_pet_is_swapped_alone() -> None:
    first = begin(Wish("my dog at the beach"), ask)
    with pytest.raises(AlbumenError, match="No photo of 'dog' without people is left"):
        refine(first, ask, swap=of(40))  # the only one
