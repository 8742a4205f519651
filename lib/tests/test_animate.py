"""Animations: loops that close, near before far, the person kept, files that tell their origin."""

import dataclasses
import json

import cv2
import numpy as np
import pytest
from PIL import Image
from test_generate import NOBODY, condition, open_photo

from albumen.errors import AlbumenError
from albumen.faces import main_face
from albumen.faces.networks import sface
from albumen.generate import make
from albumen.generate.animate import _steady, animate, save_animation
from albumen.generate.lettering import card_window
from albumen.generate.motion import FAR, TRAVEL, Layers, drift, outlines, without
from albumen.generate.provenance import COMPOSITE, GENERATED, packet_of, read_packet
from albumen.generate.watermark import read_mark
from albumen.records import Picture, Source

PORTRAIT = {"subject": "portrait", "references": (), "people": NOBODY}


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A smooth random picture in which any shift can be measured."""
    noise = np.random.default_rng(seed).standard_normal((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def moved(first: np.ndarray, second: np.ndarray, part: tuple) -> float:
    """Pixels to the right by which a part of one frame has moved in another."""
    grey = [
        cv2.cvtColor(one[part], cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (first, second)
    ]
    window = cv2.createHanningWindow(grey[0].shape[::-1], cv2.CV_32F)
    return cv2.phaseCorrelate(*grey, window)[0][0]


class Painter:
    """A generator whose pictures cost nothing: half of one photo, half of another."""

    name = "painter"
    needs = frozenset()

    def prepare(self, condition):
        pass

    def generate(self, condition, seeds):
        width, height = condition.size
        source_map = np.zeros((height, width), int)
        source_map[height // 2 :] = 1
        sources = tuple(
            Source(one.photo_id, 0.5, "scene pixels") for one in condition.references[:2]
        )
        image = np.asarray(open_photo(condition.references[0].photo_id).resize((width, height)))
        return [
            Picture(image, seeds[0], self.name, condition.digest(), sources, source_map, ("e",))
        ]


@pytest.fixture(scope="module")
def scene():
    """A drift past `condition()`."""
    return animate(Painter(), condition(), 3, frames=2, seconds=1.0)


@pytest.fixture(scope="module")
def portrait():
    """Somebody who does not exist, in oil."""
    asked = condition(**PORTRAIT, style="oil", mood="calm")
    return animate(make("embedded", open_photo), asked, 5, frames=2, seconds=1.0)


def test_what_is_near_moves_more_than_what_is_far():
    """Hand-worked: a quarter round the circle, the front has moved TRAVEL of a frame's width, the
    horizon FAR of that, to the left as the camera goes to the right."""
    layers = Layers(texture(448, 448, 1), np.zeros((448, 448), np.float32), texture(448, 448))
    layers.opacity[150:300, 150:300] = 1
    frames = list(drift(layers, 8, (400, 400)))
    step = TRAVEL * 400
    for k, sign in ((2, -1), (6, 1)):
        sky = moved(frames[0], frames[k], np.s_[10:110, 50:350])
        front = moved(frames[0], frames[k], np.s_[145:255, 145:255])
        ground = moved(frames[0], frames[k], np.s_[330:390, 50:350])
        assert sky == pytest.approx(sign * FAR * step, abs=0.4)
        assert front == pytest.approx(sign * step, abs=0.6)
        assert abs(sky) < abs(ground) < abs(front) + 0.5


def test_a_drift_starts_in_the_middle_and_closes():
    image = texture(448, 448)
    layers = Layers(image, np.zeros((448, 448), np.float32), image)
    frames = list(drift(layers, 12, (400, 400)))
    assert (frames[0] == image[24:424, 24:424]).all()
    steps = [
        np.abs(a.astype(int) - b).mean()
        for a, b in zip(frames, frames[1:] + frames[:1], strict=True)
    ]
    assert max(steps) < 2 * np.median(steps)


def test_frames_as_large_as_the_drawing_are_enlarged():
    image = texture(300, 400)
    layers = Layers(image, np.zeros((300, 400), np.float32), image)
    (first, *_) = drift(layers, 2, (400, 300))
    assert first.shape == (300, 400, 3)
    part = cv2.resize(image[16:-16, 21:-21], (400, 300), interpolation=cv2.INTER_CUBIC)
    assert np.corrcoef(first.ravel(), part.ravel())[0, 1] > 0.95


def test_an_outline_has_what_was_painted_on_and_not_the_seam_beside():
    source_map = np.zeros((200, 200), int)
    source_map[80:180, 60:140] = -2
    source_map[72:80, 80:120] = -1  # a crown
    source_map[180:, 60:140] = -1  # a chest
    source_map[100:110, :60] = -1  # a seam of the scene
    source_map[150:180, 170:190] = 1
    image = np.full((200, 200, 3), 90, np.uint8)  # nobody a network would see
    sources = (Source("a", 0.5, "scene pixels"), Source("b", 0.1, "cut-out"))
    opacity = outlines(Picture(image, 0, "painter", "", sources, source_map))
    for row, column in ((76, 100), (130, 100), (195, 100), (165, 180)):
        assert opacity[row, column] > 0.95
    for row, column in ((105, 30), (60, 100), (10, 10), (195, 30)):
        assert opacity[row, column] < 0.05


def test_without_a_source_map_nothing_stands_in_front():
    assert outlines(Picture(texture(32, 48), 0, "painter", "", ())).max() == 0


def test_nothing_changes_where_nobody_stood():
    image = texture(256, 256)
    opacity = np.zeros((256, 256), np.float32)
    opacity[100:150, 100:150] = 1
    behind = without(image, opacity)
    changed = (behind != image).any(2)
    assert changed[105:145, 105:145].mean() > 0.9
    assert not changed[:80].any() and not changed[:, 180:].any()


def test_painted_surroundings_are_steadied_round_the_loop():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 4, 6, 3), dtype=np.uint8)
    painted = np.zeros((4, 6), bool)
    painted[:, :2] = True
    steady = _steady(images, painted)
    assert (steady[:, ~painted] == images[:, ~painted]).all()
    jumps = [
        np.abs(np.diff(one[:, painted].astype(int), axis=0)).mean() for one in (images, steady)
    ]
    assert jumps[1] < 0.35 * jumps[0]
    ends = np.abs(steady[0, painted].astype(int) - steady[-1, painted]).mean()
    assert ends < 0.35 * jumps[0]
    even = np.full((5, 4, 6, 3), 7, np.uint8)
    assert (_steady(even, painted) == 7).all()


def test_a_scene_drifts_with_the_sources_of_its_picture(scene):
    assert scene.frames.shape == (2, 256, 256, 3) and scene.kind == "drift"
    assert scene.fps == 2.0 and scene.condition == condition().digest()
    references = condition().references[:2]
    assert [one.photo_id for one in scene.sources] == [one.photo_id for one in references]
    assert scene.generator == "painter" and scene.conditioned_on == ("e",)
    again = animate(Painter(), condition(), 3, frames=2, seconds=1.0)
    assert (again.frames == scene.frames).all()
    assert (scene.frames[0] != scene.frames[1]).any()


def test_a_card_stands_still_around_its_moving_picture():
    heard = []
    asked = condition(lettering="Happy birthday!", style="watercolour")
    card = animate(Painter(), asked, 3, frames=2, show=heard.append)
    left, top, width, height = card_window((256, 256))
    paper = np.ones((256, 256), bool)
    paper[top : top + height, left : left + width] = False
    assert (card.frames[:, paper] == card.frames[0, paper]).all()
    assert (card.frames[0] != card.frames[1]).any()
    # the paper that a watercolour leaves at its border is not in sight
    edge = card.frames[0, top + 1, left + 1 : left + width - 1]
    assert np.median(edge) < 250
    assert [one.done for one in heard] == [0, 1, 2] and heard[-1].total == 2


def test_a_portrait_starts_as_the_picture_and_stays_the_person(portrait):
    asked = condition(**PORTRAIT, style="oil", mood="calm")
    (picture,) = make("embedded", open_photo).generate(asked, [5])
    assert (portrait.frames[0] == picture.image).all()
    assert portrait.kind == "portrait" and portrait.sources == () == portrait.conditioned_on
    photo = dataclasses.replace(asked, style="photo", mood="")
    turning = animate(make("embedded", open_photo), photo, 5, frames=4).frames
    faces = [sface(one, main_face(one).landmarks) for one in turning]
    unit = np.array([one / np.linalg.norm(one) for one in faces])
    assert (unit @ unit[0]).min() > 0.6  # .36 is the same person
    noses = [main_face(one).landmarks[2, 0] for one in turning]
    assert noses[1] - noses[3] > 4


def test_a_wide_portrait_is_continued_in_every_frame():
    asked = condition(**PORTRAIT, size=(384, 256))
    wide = animate(make("embedded", open_photo), asked, 5, frames=2)
    assert wide.frames.shape == (2, 256, 384, 3)
    (picture,) = make("embedded", open_photo).generate(asked, [5])
    middle = np.s_[:, 80:300]
    assert (wide.frames[0][middle] == picture.image[middle]).all()


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_a_file_tells_its_origin(scene, tmp_path, form):
    path = save_animation(scene, condition(), tmp_path, form)
    digest = condition().digest()
    assert path.name == f"{digest[:12]}-3.{form}"
    assert {one.name for one in tmp_path.iterdir()} == {
        path.name,
        f"{digest[:12]}-3.animation.json",
        f"{digest[:12]}.condition.json",
    }
    data = path.read_bytes()
    if form == "gif":
        start = data.index(b"<?xpacket begin")
        packet = data[start : data.index(b'<?xpacket end="w"?>') + 19]
        assert data[start - 14 : start] == b"\x21\xff\x0bXMP DataXMP"
    else:
        packet = packet_of(data, path.name)
    said = read_packet(packet)
    assert (said.source_type, said.condition, said.seed) == (COMPOSITE, digest, "3")
    assert said.sources == scene.sources
    record = json.loads((tmp_path / f"{digest[:12]}-3.animation.json").read_text())
    assert record["frames"] == 2 and record["kind"] == "drift" and record["form"] == form
    assert [one["photo_id"] for one in record["sources"]] == [one.photo_id for one in scene.sources]
    with Image.open(path) as film:
        assert film.n_frames == 2 and film.info["loop"] == 0 and film.size == (256, 256)
        times = []
        for k in range(2):
            film.seek(k)
            shown = film.convert("RGB")
            times.append(film.info["duration"])
            assert np.abs(np.asarray(shown).astype(int) - scene.frames[k]).mean() < 12
    assert sum(times) == 1000
    before = path.read_bytes()
    save_animation(scene, condition(), tmp_path, form)
    assert path.read_bytes() == before


def test_a_portrait_s_file_says_that_no_photo_is_in_it_and_bears_the_mark(portrait, tmp_path):
    asked = condition(**PORTRAIT, style="oil", mood="calm")
    path = save_animation(portrait, asked, tmp_path)
    assert read_packet(packet_of(path.read_bytes(), path.name)).source_type == GENERATED
    with Image.open(path) as film:
        for k in range(2):
            film.seek(k)
            assert read_mark(np.asarray(film.convert("RGB"))).agrees(portrait.condition)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": 0}, "0 frames were asked for, expected 2 to 240"),
        ({"frames": 1000}, "1000 frames were asked for"),
        ({"seconds": -1.0}, "-1.0 seconds were asked for, expected 0.2 to 60"),
        ({"seconds": float("nan")}, "nan seconds were asked for"),
    ],
)
def test_what_cannot_be_animated_is_said(changes, message):
    settings = {"seed": 0, **changes}
    with pytest.raises(AlbumenError, match=message):
        animate(Painter(), condition(), **settings)


def test_a_portrait_that_cannot_be_drawn_is_said():
    with pytest.raises(AlbumenError, match="Seed -1 is not a whole number"):
        animate(make("embedded", open_photo), condition(**PORTRAIT), -1)
    with pytest.raises(AlbumenError, match="made from faces alone"):
        animate(make("embedded", open_photo), condition(subject="portrait"), 0)


def test_a_group_is_passed_by_the_camera():
    """Two people who do not exist, before the studio's backdrop."""
    asked = condition(**{**PORTRAIT, "people": NOBODY * 2})
    group = animate(make("embedded", open_photo), asked, 1, frames=2)
    assert group.kind == "drift" and (group.frames[0] != group.frames[1]).any()


def test_wrong_forms_and_conditions_are_said(scene, tmp_path):
    with pytest.raises(
        AlbumenError, match="'avi' is not a form of animation: expected webp or gif"
    ):
        save_animation(scene, condition(), tmp_path, "avi")
    with pytest.raises(AlbumenError, match="was made from condition"):
        save_animation(scene, condition(prompt="another"), tmp_path)
    assert not list(tmp_path.iterdir())
