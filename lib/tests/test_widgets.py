"""Controls reach those who act on them, and bad input is shown as its sentence."""

import io

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen.consent import NAME_WITHHELD, Consent, PersonConsent
from albumen.errors import AlbumenError
from albumen.faces import MARKED, Corrections, read_corrections, write_corrections
from albumen.library import Library
from albumen.profile.naming import themes
from albumen.profile.stated import FILE, Stated, Weights, read_stated
from albumen.profile.words import STYLES
from albumen.records import Interest, Profile, Trust
from albumen.widgets import people_editor, survey

RED, GREEN, BLUE, GREY = (200, 0, 0), (0, 150, 0), (0, 0, 200), (90, 90, 90)
SHORT = {letter: letter * 12 for letter in "abcde"}


@pytest.fixture
def library(tmp_path):
    """Two faces of Robin, red and green; a group of one blue face; a grey one that is withheld."""
    faces = {
        "a": (RED, "Robin", 0.9, 0, "", []),
        "b": (GREEN, "Robin", 0.6, 0, "", []),
        "c": (BLUE, None, np.nan, 1, "", []),
        "d": (GREY, None, np.nan, 2, MARKED, [NAME_WITHHELD]),
        "e": (GREY, None, np.nan, np.nan, "too small", []),
    }
    photos, found = [], []
    for letter, (colour, name, confidence, group, reason, flags) in faces.items():
        pixels = np.full((300, 400, 3), 255, np.uint8)
        pixels[60:180, 100:220] = colour
        path = tmp_path / "photos" / f"{letter}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
        photo = {"photo_id": letter * 64, "path": str(path), "width": 400, "height": 300}
        photos.append(photo | {"flags": flags})
        box = {"x": 0.25, "y": 0.2, "w": 0.3, "h": 0.4, "score": 0.9}
        one = {"face_id": letter * 64 + "#0", "photo_id": letter * 64, "name": name, **box}
        size = 4.0 if np.isnan(group) else 60.0
        found.append(one | {"confidence": confidence, "group": group, "name_reason": reason})
        found[-1]["pixels"] = size
    people = {"Robin": PersonConsent("<b>me", "person", True), "Alma": PersonConsent(profile=True)}
    people |= {"Rex": PersonConsent(kind="pet", profile=True), "Ash": PersonConsent()}
    consent = Consent("Robin", people=people)
    tables = pd.DataFrame(photos), np.zeros((5, 4)), pd.DataFrame(found)
    return Library("one", consent, *tables, "embedded")


def parts(box, kind):
    """All widgets of a kind in a box, in the order they are shown."""
    inside = [one for child in getattr(box, "children", ()) for one in parts(child, kind)]
    return [box, *inside] if isinstance(box, kind) else inside


def test_people_are_shown_by_their_faces_and_only_those_that_may_be(library, tmp_path):
    editor = people_editor(library, tmp_path)
    shown = []
    for image in parts(editor, ipywidgets.Image):
        pixels = np.asarray(Image.open(io.BytesIO(image.value)))
        assert pixels.shape == (96, 96, 3)
        shown.append(tuple(pixels[48, 48]))
    assert len(shown) == 3  # the least sure of Robin first, then somebody
    assert np.abs(np.array(shown) - [GREEN, RED, BLUE]).max() < 12
    words = " ".join(one.value for one in parts(editor, ipywidgets.HTML))
    assert "<b>Robin</b> &lt;b&gt;me" in words  # the relation is text, not markup
    (choice,) = parts(editor, ipywidgets.Dropdown)
    assert [value for _, value in choice.options] == ["", "Alma", "Robin"]
    assert not (tmp_path / "people.yaml").exists()  # nothing is written before Save


def test_saving_writes_what_was_said_and_keeps_what_was_said_before(library, tmp_path):
    before = Corrections({"Robin": ("f" * 12 + "#3", SHORT["a"] + "#0")})
    write_corrections(tmp_path, before)
    editor = people_editor(library, tmp_path)
    _, not_red = parts(editor, ipywidgets.ToggleButton)
    not_red.value = True
    parts(editor, ipywidgets.Dropdown)[0].value = "Alma"
    parts(editor, ipywidgets.Button)[-1].click()
    assert read_corrections(tmp_path) == Corrections(
        {"Robin": ("f" * 12 + "#3",), "Alma": (SHORT["c"] + "#0",)},
        {"Robin": (SHORT["a"] + "#0",)},
    )
    assert "Saved" in parts(editor, ipywidgets.HTML)[-1].value
    assert {one.name for one in tmp_path.iterdir()} == {"photos", "people.yaml"}  # and no crop


def test_an_editor_of_a_broken_file_says_so_and_leaves_it(library, tmp_path):
    path = tmp_path / "people.yaml"
    path.write_text("Robin: {is: <oh>}")
    editor = people_editor(library, tmp_path)
    parts(editor, ipywidgets.Button)[-1].click()
    assert "must be a list" in parts(editor, ipywidgets.HTML)[-1].value
    assert path.read_text() == "Robin: {is: <oh>}"


def test_a_photo_that_is_gone_is_a_sentence_in_its_place(library, tmp_path):
    (tmp_path / "photos" / "a.png").unlink()
    editor = people_editor(library, tmp_path)
    assert len(parts(editor, ipywidgets.Image)) == 2
    assert any("cannot be read" in one.value for one in parts(editor, ipywidgets.HTML))


# the survey

HAND = """\
likes: {Robins on a fence: 0.5, fog: 0.25}   # words of mine
dislikes: {"cars, parked": 1, harbours: 0.3}
styles: {oil: 0.7}
palette: ["#e0a030", warm]
moods: [dreamy, calm]
weights: {survey: 2}
"""


@pytest.fixture
def mapped(library) -> Profile:
    """Interests that photos show: red fences, green harbours, and one without a clear name."""

    def interest(name: str, *letters: str) -> Interest:
        ids = tuple(letter * 64 for letter in letters)
        return Interest(name, (), ids[0], ids, ids, 1 / 3, 0.9, 0.8, (1.0, 0.0, 0.0, 0.0))

    interests = interest("fences", "a"), interest("unclear", "c"), interest("harbour <i>", "b", "x")
    return Profile("Robin", "embedded", interests, (), (), 5, Trust(True), (), {})


def asked(mapped, library, folder):
    """The survey, its sliders by what they ask, and a function that saves and reads again."""
    box = survey(mapped, library, folder, list(themes()))
    sliders = parts(box, ipywidgets.FloatSlider)

    def saved() -> Stated:
        parts(box, ipywidgets.Button)[-1].click()
        return read_stated(folder)

    names = ["fences", "harbour <i>", *STYLES]
    return box, dict(zip(names, sliders, strict=True)), saved


def test_a_survey_shows_named_interests_by_their_photos_and_styles_on_one_of_them(
    mapped, library, tmp_path
):
    box, *_ = asked(mapped, library, tmp_path)
    sizes = [Image.open(io.BytesIO(one.value)).size for one in parts(box, ipywidgets.Image)]
    assert sizes == [(96, 96)] * 2 + [(160, 160)] * len(STYLES)
    words = " ".join(one.value for one in parts(box, ipywidgets.HTML))
    assert "<b>fences</b>, 33%" in words and "harbour &lt;i&gt;" in words
    assert "<i>" not in words and "unclear" not in words
    assert "is not a photo that &#x27;one&#x27; may use" in words  # the exemplar that is gone
    assert not (tmp_path / FILE).exists()  # nothing is written before Save


def test_an_untouched_survey_changes_no_byte(mapped, library, tmp_path):
    (tmp_path / FILE).write_text(HAND)
    box, sliders, saved = asked(mapped, library, tmp_path)
    assert sliders["fences"].value == 0.5 and sliders["oil"].value == 0.7
    assert sliders["harbour <i>"].value == 0.0
    saved()
    assert "Saved in" in parts(box, ipywidgets.HTML)[-1].value
    assert (tmp_path / FILE).read_text() == HAND


def test_a_survey_writes_what_was_said_and_keeps_the_rest(mapped, library, tmp_path):
    (tmp_path / FILE).write_text(HAND)
    box, sliders, saved = asked(mapped, library, tmp_path)
    sliders["fences"].value = -0.30000000000000004
    sliders["harbour <i>"].value = 1.0
    sliders["oil"].value, sliders["photo"].value = 0.0, 0.2
    further, tones, moods = parts(box, ipywidgets.SelectMultiple)
    assert further.value == ("fog",) and tones.value == ("warm",)
    further.value = ("fog", "beach")
    moods.value = ("calm",)
    liked, disliked, colours = parts(box, ipywidgets.Textarea)
    assert liked.value == "" and disliked.value == "cars, parked\nharbours"
    liked.value, disliked.value = " old   trams \n\n", "harbours\nqueues"
    assert colours.value == "#e0a030"
    colours.value = "navy\n#e0a030"
    photos, _, _ = parts(box, ipywidgets.BoundedFloatText)
    photos.value = 0.5
    assert saved() == Stated(
        likes=(("fog", 0.25), ("beach", 1.0), ("old trams", 1.0), ("harbour <i>", 1.0)),
        dislikes=(("harbours", 0.3), ("queues", 1.0), ("fences", 0.3)),
        styles=(("photo", 0.2),),
        palette=("#e0a030", "warm", "navy"),
        moods=("calm",),
        weights=Weights(photos=0.5, survey=2.0),
    )
    assert {one.name for one in tmp_path.iterdir()} == {"photos", FILE}  # and no picture


def test_a_survey_that_contradicts_itself_is_not_saved(mapped, library, tmp_path):
    box, _, saved = asked(mapped, library, tmp_path)
    liked, disliked, _ = parts(box, ipywidgets.Textarea)
    liked.value, disliked.value = "<b>cars</b>", "<b>cars</b>"
    assert saved() == Stated()
    said = parts(box, ipywidgets.HTML)[-1].value
    assert "&lt;b&gt;cars&lt;/b&gt;&#x27; is said to be liked and disliked" in said


def test_a_survey_over_a_broken_file_is_one_sentence(mapped, library, tmp_path):
    (tmp_path / FILE).write_text("likes: 7")
    with pytest.raises(AlbumenError, match="'likes' must say how much"):
        survey(mapped, library, tmp_path, [])
