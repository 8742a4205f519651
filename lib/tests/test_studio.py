"""The studio: controls reach the brief, chains grow and go back, bad input is its sentence."""

from dataclasses import replace

import ipywidgets
import pytest
from matplotlib.figure import Figure

from albumen.errors import AlbumenError
from albumen.records import Condition, Look, Reference, Step, Wish
from albumen.widgets import Answer, studio

PHOTOS = ("a" * 64, "b" * 64, "c" * 64)


def told(wish: Wish) -> Condition:
    """A brief that takes the first two photos that are pinned or not banned."""
    if "Zoltan" in wish.prompt:
        raise AlbumenError("'Zoltan' is nobody in this library.")
    chosen = [*wish.pin, *(one for one in PHOTOS if one not in (*wish.ban, *wish.pin))][:2]
    references = tuple(Reference(one, "scene", 0.5, f"why {one[0]}") for one in chosen)
    return Condition(
        *(wish.prompt, "o", "scene", wish.prompt, wish.style or "photo", (), references),
        *((), "", wish.strength, wish.size or (512, 512)),
        look=wish.look,
    )


class Desk:
    """A studio, its controls by name, and the steps that were drawn."""

    def __init__(self, draw=None) -> None:
        self.drawn: list[Step] = []
        self.box = studio(told, draw or self.draw, ["oil"], ["profile", "random"], "the sea")
        self.by_name = {one.description: one for one in _all(self.box) if _said(one)}

    def draw(self, step: Step) -> Answer:
        self.drawn.append(step)
        return Answer(Figure())

    def __getitem__(self, name: str) -> ipywidgets.Widget:
        return self.by_name[name]

    def make(self) -> Step:
        self["Make it"].click()
        return self.drawn[-1]


def _said(one: ipywidgets.Widget) -> str:
    return getattr(one, "description", "")


def _all(box: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    return [box, *(deep for one in getattr(box, "children", ()) for deep in _all(one))]


def test_every_control_reaches_the_wish() -> None:
    desk = Desk()
    assert desk.make().wish == Wish("the sea")
    desk["prompt"].value, desk["style"].value, desk["size"].value = "a lake", "oil", (768, 512)
    desk["personal"].value, desk["likeness"].value, desk["seed"].value = 0.5, 0.7, 3
    desk["smile"].value, desk["turn"].value, desk["years"].value = 1.0, -0.5, 10.0
    desk["sources by"].value = "random"
    step = desk.make()
    assert replace(step.wish, pin=(), ban=()) == Wish(
        "a lake", 0.5, "oil", (768, 512), "random", look=Look(0.7, 1.0, -0.5, 10.0), seed=3
    )
    assert len(desk.drawn) == 2 and step.change


def test_a_source_replaced_stays_out_and_the_others_stay() -> None:
    desk = Desk()
    first = desk.make()
    assert [one.photo_id[0] for one in first.condition.references] == ["a", "b"]
    desk["replace"].value = PHOTOS[0]
    second = desk.make()
    assert {one.photo_id[0] for one in second.condition.references} == {"b", "c"}
    assert {value for _, value in desk["replace"].options} == {"", PHOTOS[1], PHOTOS[2]}
    desk["seed"].value = 1
    assert PHOTOS[0] in desk.make().wish.ban  # it does not come back


def test_back_returns_to_the_picture_before_and_its_controls() -> None:
    desk = Desk()
    first = desk.make()
    assert desk["Back"].disabled
    desk["prompt"].value, desk["years"].value = "a lake", -10.0
    desk.make()
    desk["Back"].click()
    assert desk.drawn[-1] == first
    assert desk["prompt"].value == "the sea" and desk["years"].label == "as it comes"
    assert desk["Back"].disabled
    desk["New chain"].click()
    assert desk.make().change == ""


def test_bad_input_is_a_sentence_and_no_step(capsys: pytest.CaptureFixture) -> None:
    desk = Desk()
    desk["prompt"].value = "Zoltan"
    desk["Make it"].click()
    assert "Zoltan" in capsys.readouterr().out
    assert not desk.drawn and not desk["Make it"].disabled
    desk["prompt"].value = "the sea"
    desk.make()
    desk["Make it"].click()  # nothing was changed
    assert len(desk.drawn) == 1 and capsys.readouterr().out
    assert desk["Back"].disabled


def test_what_cannot_be_drawn_is_no_step() -> None:
    def draw(step: Step) -> Answer:
        if step.wish.seed == 1:
            raise AlbumenError("Too large.")
        return Answer(Figure())

    desk = Desk(draw)
    desk["Make it"].click()
    desk["seed"].value = 1
    desk["Make it"].click()
    assert desk["Back"].disabled  # still at the first


def test_the_chain_is_a_table_that_escapes_the_users_words() -> None:
    desk = Desk()
    desk["prompt"].value = "<b>sea</b>"
    desk.make()
    table = desk.box.children[-1].value
    assert "<table" in table and "<b>sea" not in table


def test_thumbs_and_stars_are_written_down_and_go_with_their_picture() -> None:
    given: list[tuple[str, float]] = []

    def draw(step: Step) -> Answer:
        def rate(value: float) -> None:
            if value == 0:
                raise AlbumenError("The disk is full.")
            given.append((step.wish.prompt, value))

        return Answer(Figure(), rate)

    desk = Desk(draw)
    thumbs = desk.box.children[-2]
    assert thumbs.children == ()  # nothing to rate yet
    for prompt in ("me", "my dog"):
        desk["prompt"].value = prompt
        desk["Make it"].click()
        up, down, *stars, said = thumbs.children
        for button in (up, down, *stars):
            button.click()
            if "Noted" in said.value:
                assert button.tooltip in said.value
            else:
                assert said.value == "The disk is full."  # three stars: 0
    values = [1.0, -1.0, -1.0, -0.5, 0.5, 1.0]
    assert given == [(prompt, value) for prompt in ("me", "my dog") for value in values]
    desk["prompt"].value = "Zoltan"
    desk["Make it"].click()
    assert thumbs.children == ()  # the thumbs of the picture before are gone with it
