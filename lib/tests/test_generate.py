"""The contract of every generator, and what the embedded one does with a condition."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_scene import landscape

from albumen.errors import AlbumenError
from albumen.generate import GENERATORS, Generator, make
from albumen.generate.pictures import MAP_OFFSET, load_picture, save_picture
from albumen.records import Colour, Condition, Person, Reference, condition_from_json
from albumen.tables import read_json

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

    def face(person, seed, size=512, cache=None):
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
    assert generator.needs <= {"faces", "references", "gpu", "hub"}


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


def test_strength_0_ignores_the_palette():
    one = condition(references=condition().references[:1])
    plain, asked, moved = (
        make("embedded", open_photo).generate(dataclasses.replace(one, **changes), [1])[0]
        for changes in ({"palette": ()}, {"strength": 0.0}, {})
    )
    assert (plain.image == asked.image).all() and (moved.image != asked.image).any()


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
    asked = condition(subject="portrait in scene", people=NOBODY)
    (picture,) = make("embedded", open_photo).generate(asked, [0])
    assert 0.1 < (picture.source_map == -2).mean() < 0.6
    assert (picture.source_map[:40] != -2).all()
    assert _shares(picture) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"style": "cubism"}, "Style 'cubism' is not one of: photo"),
        ({"strength": 1.5}, "Strength is 1.5, expected 0 to 1"),
        ({"size": (500, 512)}, "Size is 500 x 512 pixels, expected multiples of 8"),
        ({"size": (4096, 4096)}, "from 256 to 1536"),
        ({"subject": "statue"}, "Subject 'statue' is not one of"),
        ({"references": ()}, "0 photos of the scene 'hills', expected 1 to 4"),
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


def test_a_picture_comes_back_from_disk(scene, tmp_path):
    picture = scene
    path = save_picture(picture, condition(), tmp_path)
    digest = condition().digest()[:12]
    assert path == tmp_path / f"{digest}-3.png"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        f"{digest}-3.json",
        f"{digest}-3.map.png",
        f"{digest}-3.png",
        f"{digest}.condition.json",
    ]
    again = load_picture(path)
    assert (again.image == picture.image).all() and (again.source_map == picture.source_map).all()
    for name in ("seed", "generator", "condition", "sources", "conditioned_on"):
        assert getattr(again, name) == getattr(picture, name)
    assert condition_from_json(read_json(tmp_path / f"{digest}.condition.json")) == condition()
    assert np.asarray(Image.open(tmp_path / f"{digest}-3.map.png")).min() >= MAP_OFFSET - 2
    before = path.read_bytes()
    save_picture(picture, condition(), tmp_path)
    assert path.read_bytes() == before


def test_the_file_says_that_it_is_a_composite(scene, tmp_path):
    path = save_picture(scene, condition(), tmp_path)
    with Image.open(path) as stored:
        assert "compositeWithTrainedAlgorithmicMedia" in stored.text["XML:com.adobe.xmp"]


def test_the_file_says_that_a_portrait_is_generated(no_network, tmp_path):
    asked = condition(subject="portrait", references=(), people=NOBODY)
    (picture,) = make("embedded", open_photo).generate(asked, [0])
    with Image.open(save_picture(picture, asked, tmp_path)) as stored:
        assert "digitalsourcetype/trainedAlgorithmicMedia" in stored.text["XML:com.adobe.xmp"]


def test_changed_pixels_and_wrong_conditions_are_noticed(no_network, tmp_path):
    asked = condition(subject="portrait", references=(), people=NOBODY)
    (picture,) = make("embedded", open_photo).generate(asked, [0])
    with pytest.raises(AlbumenError, match="was made from condition"):
        save_picture(picture, condition(), tmp_path)
    path = save_picture(picture, asked, tmp_path)
    Image.fromarray(255 - picture.image).save(path)
    with pytest.raises(AlbumenError, match=r"is not the picture that .*\.json describes"):
        load_picture(path)


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
