"""The contract of every generator, and what the embedded one does with a condition."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from sklearn.datasets import load_sample_image
from test_scene import landscape

from albumen import images
from albumen.errors import AlbumenError, WeightsError
from albumen.generate import GENERATORS, Generator, make
from albumen.generate.colour import to_lab
from albumen.generate.gate import check_places
from albumen.generate.lettering import card_window
from albumen.generate.session import one_thread_session
from albumen.records import Colour, Condition, Person, Reference
from albumen.weights import pinned

PHOTOS = {f"{k:064d}": landscape(k) for k in range(3)}
NOBODY = (Person("nobody-0", "me", 0, {}),)


def open_photo(photo_id: str, at_least: int | None = None) -> Image.Image:
    return PHOTOS[photo_id]


def condition(**changes) -> Condition:
    plain = Condition(
        prompt="the hills",
        owner="rowan",
        subject="scene",
        theme="hills",
        style="photo",
        people=(),
        references=tuple(Reference(one, "scene", 1 / 3, "fits") for one in PHOTOS),
        palette=(Colour((60.0, 20.0, 30.0), 0.7), Colour((30.0, -10.0, -30.0), 0.3)),
        mood="",
        strength=1.0,
        size=(256, 256),
    )
    return dataclasses.replace(plain, **changes)


@pytest.fixture(scope="module")
def scene():
    """A picture of `condition()`."""
    return make("embedded", open_photo).generate(condition(), [3])[0]


@pytest.fixture
def no_network(monkeypatch):
    """A face that costs nothing, in a colour of its seed."""

    def face(person, seed, size=512, cache=None, look=None):
        rows, columns = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
        head = (np.hypot(columns / 0.6, (rows + 0.1) / 0.8) < 1)[..., None]
        skin = np.array([210, 150 + seed % 40, 120])
        return np.where(head, skin, [40, 60, 90]).astype(np.uint8)

    monkeypatch.setattr("albumen.generate.embedded.portrait", face)
    monkeypatch.setattr("albumen.generate.embedded.conditioned_on", lambda person: ("sface",))


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_keeps_the_contract(name):
    generator = make(name, open_photo)
    assert isinstance(generator, Generator)
    assert generator.name == name
    assert generator.needs <= {"faces", "references", "person photos", "gpu", "hub"}


def test_an_unknown_generator_is_named():
    with pytest.raises(AlbumenError, match=r"'dream' is not one of: .*embedded"):
        make("dream", open_photo)


def _shares(picture) -> float:
    """Weights of the sources, what was inpainted, and what was generated of nobody known."""
    known = sum(one.weight for one in picture.sources if one.how == "face embedding")
    generated = float((picture.source_map == -2).mean())
    return (
        sum(one.weight for one in picture.sources)
        + float((picture.source_map == -1).mean())
        + (generated - known)
    )


def test_a_scene_accounts_for_every_pixel(scene):
    picture = scene
    assert picture.generator == "embedded" and picture.seed == 3
    assert picture.condition == condition().digest()
    assert [one.photo_id for one in picture.sources] == list(PHOTOS)
    for k, source in enumerate(picture.sources):
        assert source.weight == pytest.approx((picture.source_map == k).mean())
        assert source.how == "scene pixels"
    assert _shares(picture) == pytest.approx(1)
    assert picture.conditioned_on == ("embedded",)


def test_styles_keep_the_source_map(scene):
    (pencil,) = make("embedded", open_photo).generate(condition(style="pencil"), [3])
    assert (scene.source_map == pencil.source_map).all()
    assert (pencil.image == pencil.image[..., :1]).all()


@pytest.mark.parametrize("size", [(256, 256), (384, 256), (256, 384)])
def test_a_portrait_is_all_generated(no_network, size):
    person = Person("p" * 16, "me", 5, {"sface": (1.0,) + (0.0,) * 127})
    asked = condition(subject="portrait", references=(), people=(person,), size=size)
    (picture,) = make("embedded", open_photo).generate(asked, [0])
    assert picture.image.shape == (size[1], size[0], 3)
    assert set(np.unique(picture.source_map)) <= {-2, -1}
    (source,) = picture.sources
    assert (source.photo_id, source.how) == (person.person_id, "face embedding")
    assert source.weight == pytest.approx((picture.source_map == -2).mean())
    assert source.weight > 0.6
    assert picture.conditioned_on == ("sface",)


def test_a_face_that_does_not_exist_has_no_source(no_network):
    for people in ((), NOBODY):
        asked = condition(subject="portrait", references=(), people=people)
        (picture,) = make("embedded", open_photo).generate(asked, [0])
        assert picture.sources == () and picture.conditioned_on == ()
        assert (picture.source_map == -2).all()


def test_a_real_face_in_a_scene():
    one = condition().references[:1]
    asked = condition(subject="portrait in scene", people=NOBODY, references=one)
    (picture,) = make("embedded", open_photo).generate(asked, [0])
    assert 0.1 < (picture.source_map == -2).mean() < 0.6
    assert (picture.source_map[:40] != -2).all()
    assert _shares(picture) == pytest.approx(1)


def ball() -> Image.Image:
    """Something that stands out: a bright ball on grey."""
    rows, columns = np.mgrid[0:240, 0:320]
    inside = np.hypot(rows - 120, columns - 160) < 70
    noise = np.random.default_rng(0).normal(0, 3, (240, 320, 3))
    colour = np.where(inside[..., None], [220, 90, 40], [120, 122, 118])
    return Image.fromarray(np.clip(colour + noise, 0, 255).astype(np.uint8))


BALL, FLAT = "b" * 64, "f" * 64
PHOTOS_AND_THINGS = {**PHOTOS, BALL: ball(), FLAT: Image.new("RGB", (320, 240), (120, 122, 118))}


def draw(**changes):
    """One picture of `condition(**changes)`, its photos those above."""
    generator = make("embedded", lambda photo_id, at_least: PHOTOS_AND_THINGS[photo_id])
    return generator.generate(condition(**changes), [1])[0]


def with_things(*things: Reference) -> tuple[Reference, ...]:
    return (*condition().references[:1], *things)


def test_things_are_sources_of_their_own():
    ball = Reference(BALL, "object", 0.5, "fits", "own", "ball")
    picture = draw(references=with_things(ball))
    _, thing = picture.sources
    assert (thing.photo_id, thing.how) == (BALL, "cut-out") and 0.01 < thing.weight < 0.2
    assert thing.weight == (picture.source_map == 1).mean()
    colour = np.median(picture.image[picture.source_map == 1], axis=0)
    assert colour[0] > 1.5 * colour[2]  # orange, as the ball is


def test_what_cannot_be_cut_out_is_left_out_and_said():
    flat, ball = (
        Reference(one, "object", 0.5, "fits", "own", word)
        for one, word in ((FLAT, "kite"), (BALL, "ball"))
    )
    picture = draw(references=with_things(flat, ball))
    said = {one.photo_id: (one.weight, one.how) for one in picture.sources}
    assert said[FLAT][0] == 0 and said[FLAT][1].startswith(
        "left out: What stands out in the photo has no"
    )
    assert said[BALL][0] > 0
    with pytest.raises(AlbumenError, match="Nothing could be cut out of the photos of: kite"):
        draw(references=with_things(flat))


def test_a_base_stays_where_it_is():
    base, *others = condition().references
    references = (others[0], dataclasses.replace(base, role="base"))
    picture = draw(references=references)
    assert [one.how for one in picture.sources] == ["base pixels", "scene pixels"]
    assert picture.sources[0].photo_id == base.photo_id and picture.sources[0].weight > 0.25
    assert _shares(picture) == pytest.approx(1)


def test_photos_of_people_are_not_looked_at():
    person = Reference("0" * 63 + "p", "person", 1.0, "fits")  # no such photo
    one = condition().references[:1]
    plain, asked = draw(references=one), draw(references=(*one, person))
    assert (plain.image == asked.image).all() and plain.sources == asked.sources


def test_mood_and_daytime_are_graded_and_the_map_stays():
    one = condition().references[:1]
    plain, night = draw(references=one), draw(references=one, daytime="night", mood="gloomy")
    assert night.image.mean() < 0.7 * plain.image.mean()
    assert (plain.source_map == night.source_map).all()


def test_a_card_shows_the_picture_in_its_window():
    one = condition().references[:1]
    plain, card = draw(references=one), draw(references=one, lettering="Happy birthday")
    left, top, width, height = card_window((256, 256))
    window = np.s_[top : top + height, left : left + width]
    paper = np.ones((256, 256), bool)
    paper[window] = False
    assert (card.source_map[paper] == -2).all() and (card.source_map[window] != -2).all()
    assert card.sources[0].weight == (card.source_map == 0).mean()
    share = width * height / 256**2
    assert card.sources[0].weight == pytest.approx(share * plain.sources[0].weight, rel=0.05)
    assert card.image[paper].mean() > 190


def test_the_palette_moves_colours_in_a_straight_line():
    one = condition().references[:1]
    means = [
        to_lab(draw(references=one, strength=strength).image).mean((0, 1))
        for strength in (0.0, 0.5, 1.0)
    ]
    nothing = draw(references=one, palette=())
    assert (nothing.image == draw(references=one, strength=0.0).image).all()
    steps = np.diff(means, axis=0)
    assert np.linalg.norm(steps[0]) > 0.01
    np.testing.assert_allclose(steps, np.broadcast_to(steps.mean(0), steps.shape), atol=0.004)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"style": "cubism"}, "Style 'cubism' is not one of: "),
        ({"mood": "sour"}, "Mood 'sour' is not one of: calm"),
        ({"daytime": "teatime"}, "Daytime 'teatime' is not one of: "),
        ({"strength": 1.5}, "Strength is 1.5, expected 0 to 1"),
        ({"strength": float("nan")}, "Strength is nan, expected 0 to 1"),
        ({"size": (500, 512)}, "Size is 500 x 512 pixels, expected multiples of 8"),
        ({"size": (0, 512)}, "Size is 0 x 512 pixels, expected multiples of 8 from 256"),
        ({"size": (4096, 4096)}, "from 256 to 1536"),
        ({"subject": "statue"}, "Subject 'statue' is not one of"),
        ({"references": ()}, "0 photos of the scene 'hills', expected 1 to 4"),
        ({"references": (Reference("0" * 64, "mood board", 1.0, ""),)}, "role 'mood board' is not"),
        ({"references": (Reference("0" * 64, "scene", 0.0, ""),)}, "weights of the scene's photos"),
        ({"references": (Reference("0" * 64, "base", 1.0, ""),) * 2}, "2 photos of the base"),
        ({"references": with_things(*[Reference(BALL, "pet", 1, "")] * 7)}, "7 pets and objects"),
        ({"people": NOBODY}, "use the subject 'portrait in scene'"),
        ({"people": NOBODY * 4}, "4 people, expected at most 3"),
        ({"subject": "portrait"}, "made from faces alone"),
    ],
)
def test_what_cannot_be_drawn_is_said(changes, message):
    with pytest.raises(AlbumenError, match=message):
        make("embedded", open_photo).generate(condition(**changes), [0])


def test_a_bad_seed_is_said():
    with pytest.raises(AlbumenError, match="Seed -1 is not a whole number of 0 or more"):
        make("embedded", open_photo).generate(condition(), [0, -1])


def test_a_photo_that_cannot_be_opened_is_named(tmp_path):
    path = tmp_path / "torn.jpg"
    path.write_bytes(b"\xff\xd8\xff torn")
    generator = make("embedded", lambda photo_id, at_least: images.open_photo(str(path), at_least))
    with pytest.raises(AlbumenError, match=r"torn\.jpg is not a whole image"):
        generator.generate(condition(), [0])


def test_damaged_weights_are_named_with_the_command_that_mends_them(tmp_path, monkeypatch):
    entry = dataclasses.replace(pinned()["migan"], member="migan.onnx", bytes=9)
    (tmp_path / "weights" / "migan").mkdir(parents=True)
    (tmp_path / "weights" / "migan" / "migan.onnx").write_bytes(b"\0" * 9)  # its size, not its hash
    monkeypatch.setenv("ALBUMEN_CACHE", str(tmp_path))
    monkeypatch.setitem(pinned(), "migan", entry)
    one_thread_session.cache_clear()
    with pytest.raises(WeightsError, match=r"'migan' is damaged .*albumen weights fetch migan"):
        one_thread_session("migan")


REAL = {
    "flower": load_sample_image("flower.jpg"),
    "temple": load_sample_image("china.jpg"),
    "cat": skimage.data.chelsea(),
    "coffee": skimage.data.coffee(),
}


def _real(name: str) -> Image.Image:
    return Image.fromarray(REAL[name])


def _halves(name: str) -> list[Image.Image]:
    photo = _real(name)
    half = photo.width // 2
    return [photo.crop((at, 0, at + half, photo.height)) for at in (0, half)]


def _check(*photos: Image.Image) -> None:
    references = [Reference(f"{k}" * 64, "scene", 1 / (k + 1), "fits") for k in range(len(photos))]
    check_places(references, photos, "gardens")


@pytest.mark.parametrize("name", ["flower", "temple", "coffee"])
def test_photos_of_one_place_belong_together(name):
    _check(*_halves(name))
    _check(_real(name))  # one photo is with itself


@pytest.mark.parametrize("stranger", ["flower", "cat", "coffee"])
def test_an_unrelated_photo_is_refused_by_its_id(stranger):
    with pytest.raises(AlbumenError, match=r"Photo 222222222222 does not belong .* 'gardens'"):
        _check(*_halves("temple"), _real(stranger))


def test_of_two_strangers_the_lighter_one_is_refused():
    with pytest.raises(AlbumenError, match="Photo 111111111111 does not belong"):
        _check(_real("temple"), _real("coffee"))


def test_a_picture_of_somebody_is_no_place():
    astronaut = Image.fromarray(skimage.data.astronaut())
    with pytest.raises(AlbumenError, match=r"Photo 000000000000 shows a face of 2.% of its height"):
        _check(astronaut)


def test_a_fresh_process_makes_the_same_bytes(scene):
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from albumen.threads import pin_threads; pin_threads(1)\n"
        "from test_generate import condition, open_photo\n"
        "from albumen.generate import make\n"
        "picture = make('embedded', open_photo).generate(condition(), [3])[0]\n"
        "print(hashlib.sha256(picture.image.tobytes()).hexdigest())\n"
    )
    here = str(Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-c", code, here], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == hashlib.sha256(scene.image.tobytes()).hexdigest()
