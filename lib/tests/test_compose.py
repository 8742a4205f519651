"""Cut-outs and composition: known shapes come back, everything stays in the picture."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from albumen.errors import AlbumenError
from albumen.generate.compose import compose
from albumen.generate.cutout import NoOutline, foreground, person_matte, subject_matte, tighten
from albumen.generate.layers import cut_out, fitted, person_layer
from albumen.generate.layout import METRES, Thing
from albumen.generate.portrait import portrait


@pytest.fixture(scope="module")
def face():
    return portrait(None, 1, 256)


def ball(bottom: bool = False, left: bool = False) -> np.ndarray:
    """A bright ball on plain grey, whole or cut by the photo's edge."""
    rows, columns = np.mgrid[0:240, 0:320]
    centre = (215 if bottom else 120, 20 if left else 170)
    distance = np.hypot(rows - centre[0], columns - centre[1])
    noise = np.random.default_rng(0).normal(0, 3, (240, 320, 3))
    colour = np.where((distance < 70)[..., None], [220, 90, 40], [120, 122, 118])
    shade = 1 - 0.3 * (distance / 70)[..., None] * (distance < 70)[..., None]
    return np.clip(colour * shade + noise, 0, 255).astype(np.uint8)


@cache
def pet(**where: bool) -> Thing:
    return Thing(cut_out(ball(**where)), "dog", pet=True)


@cache
def thing(shows: str = "ball") -> Thing:
    return Thing(cut_out(ball(), whole=True), shows, pet=False)


def scene(width: int = 320, height: int = 256) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([90 + rows / 4, 120 + columns / 8, 170 - rows / 3], -1).astype(np.uint8)


def test_the_ball_is_cut_out():
    rows, columns = np.mgrid[0:240, 0:320]
    truth = np.hypot(rows - 120, columns - 170) < 70
    found = subject_matte(ball()) > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def test_nothing_to_cut_out():
    with pytest.raises(AlbumenError, match="shows nobody"):
        person_matte(np.full((256, 256, 3), 128, np.uint8))


def test_a_matte_covers_the_face_and_not_the_corners(face):
    matte = person_matte(face)
    assert matte[90:190, 90:166].mean() > 0.98
    assert matte.min() >= 0 and matte.max() <= 1


def test_foreground_of_a_known_mixture():
    # a soft edge of twelve pixels between two flat colours
    matte = np.tile(np.clip((np.arange(96, dtype=np.float32) - 42) / 12, 0, 1), (96, 1))
    front, back = np.array([200, 40, 60]), np.array([20, 220, 90])
    image = np.rint(matte[..., None] * front + (1 - matte[..., None]) * back).astype(np.uint8)
    found = foreground(image, matte).astype(float)
    naive = np.abs(image.astype(float) - front)[:, 45:54].mean()
    assert np.abs(found - front)[:, 45:54].mean() < 0.4 * naive


def test_tightening_keeps_the_ends():
    np.testing.assert_allclose(tighten(np.array([[0, 0.1, 1.0]], np.float32)), [[0, 0, 1]])


def test_a_person_leaves_the_picture_at_its_bottom(face):
    layer = person_layer(face, 140)
    assert not layer.grounded
    assert (layer.matte[-1] > 0.9).mean() > 0.25  # shoulders reach the lower edge
    assert layer.matte[:, 0].max() < 0.5 and layer.matte[:, -1].max() < 0.5
    own = layer.matte.shape[0] // 2, layer.matte.shape[1] // 2
    assert not layer.painted[own] and layer.painted[:, 0].all()


def test_a_cut_out_knows_where_the_photo_ended():
    assert cut_out(ball()).cut == frozenset() and cut_out(ball()).grounded
    assert cut_out(ball(bottom=True)).cut == {"bottom"} and not cut_out(ball(bottom=True)).grounded
    assert cut_out(ball(left=True)).cut == {"left"}


def test_what_must_be_whole_may_only_be_cut_below():
    assert cut_out(ball(bottom=True), whole=True).cut == {"bottom"}
    with pytest.raises(NoOutline, match=r"The photo's edge cuts it \(left\)"):
        cut_out(ball(left=True), whole=True)


def test_noise_has_no_outline():
    noise = np.random.default_rng(0).integers(0, 256, (200, 240, 3)).astype(np.uint8)
    with pytest.raises(NoOutline):
        cut_out(noise)


@pytest.mark.parametrize(("height", "width"), [(100, 300), (100, 60)])
def test_a_layer_is_fitted(height, width):
    tall, wide = fitted(cut_out(ball()), height, width).matte.shape
    assert (tall == height or wide == width) and tall <= height and wide <= width
    assert abs(tall / wide - 1) < 0.06  # a ball stays round


@pytest.mark.parametrize(("people", "pets"), [(2, 0), (1, 1)])
def test_everybody_is_in_the_picture(face, people, pets):
    made = compose(scene(), [face] * people, [pet()] * pets, seed=3)
    assert made.image.shape == (256, 320, 3) and made.shown.shape == (256, 320)
    assert made.shown.min() >= -2 and made.shown.max() == people + pets - 1
    centres = []
    for k in range(people + pets):
        area = made.shown == k
        assert area.mean() > 0.02
        centres.append(np.argwhere(area).mean(0))
        assert centres[-1][0] > 256 * 0.45  # in the lower part
    for first, second in pairwise(centres):
        assert abs(first[1] - second[1]) > 320 * 0.25  # beside each other
    if people:
        assert (made.shown[-1] != -1).any()  # nobody floats


def test_the_scene_stays_far_from_a_pet():
    behind = scene()
    made = compose(behind, [], [pet()], seed=0)
    assert (made.image[:80] == behind[:80]).all()
    assert (made.shown[:80] == -1).all()


def test_a_cut_side_lies_at_the_pictures_edge():
    made = compose(scene(), [], [pet(left=True)], seed=0)
    assert (made.shown[:, 0] == 0).any()


def test_the_same_seed_gives_the_same_bytes():
    first, again = (compose(scene(), [], [pet()], seed=4) for _ in range(2))
    assert (first.image == again.image).all() and (first.shown == again.shown).all()


def test_colour_leaves_in_a_black_and_white_scene(face):
    grey = np.repeat(scene()[..., :1], 3, axis=2)
    made = compose(grey, [face], [], seed=0)
    shown = made.image[made.shown == 0].astype(int)
    assert np.abs(shown.max(1) - shown.min(1)).mean() < 4


@pytest.mark.parametrize("count", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(256, 256), (448, 256), (256, 384)])
def test_objects_stand_in_the_picture_and_hide_nothing(count, size):
    made = compose(scene(*size), [], [thing() for _ in range(count)], seed=count)
    assert min((made.shown == k).sum() for k in range(count)) > 100
    boxes = [np.argwhere(made.shown == k) for k in range(count)]
    for box in boxes:
        (top, left), (bottom, right) = box.min(0), box.max(0)
        assert top > 0.3 * size[1] and bottom < size[1] - 1  # on the ground, within the picture
        assert left > 0 and right < size[0] - 1
        assert abs((right - left) / (bottom - top) - 1) < 0.2  # round: nothing lies over it


def test_sizes_follow_the_things_but_not_to_scale():
    made = compose(scene(512, 256), [], [thing("cup"), thing("car")], seed=0)
    cup, car = (np.sqrt((made.shown == k).sum()) for k in range(2))
    assert 1.5 * cup < car < 0.5 * cup * METRES["car"] / METRES["cup"]


def test_the_ground_darkens_below_a_thing():
    behind = np.full((256, 256, 3), 180, np.uint8)
    made = compose(behind, [], [thing()], seed=0)
    box = np.argwhere(made.shown == 0)
    below = made.image[box[:, 0].max() + 2, int(box[:, 1].mean())]
    assert below.max() < 165 and (made.image[10] == 180).all()
