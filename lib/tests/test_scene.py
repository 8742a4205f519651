"""Scenes from synthetic photos: every pixel accounted for, repeatable, no photo returned."""

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from albumen.errors import AlbumenError
from albumen.faces.networks import detect
from albumen.generate import trials
from albumen.generate.colour import ColourStatistics, statistics, to_lab
from albumen.generate.inpaint import inpaint, inpaint_in_windows
from albumen.generate.places import closest_face, crop, place
from albumen.generate.scene import INPAINTED, outpaint, paint_scene, redesign, seam_band
from albumen.generate.trials import KEPT


def landscape(seed: int, width: int = 360, height: int = 280) -> Image.Image:
    """Sky, a wavy horizon and textured ground in colours of the seed."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    horizon = height * 0.45 + 12 * np.sin(columns / 40 + seed)
    sky, ground = rng.uniform([120, 150, 190], [180, 200, 240]), rng.uniform(60, 130, 3)
    light = np.where((rows < horizon)[..., None], sky + rows[..., None] * 0.1, ground)
    return Image.fromarray(np.clip(light + rng.normal(0, 6, light.shape), 0, 255).astype(np.uint8))


@pytest.fixture(autouse=True)
def few_trials(monkeypatch):
    """Fewer layouts are tried than for a picture that anybody looks at."""
    monkeypatch.setattr(trials, "TRIALS", 6)


@pytest.fixture(scope="module")
def photos():
    return [landscape(seed) for seed in range(4)]


@pytest.mark.parametrize("size", [(320, 256), (256, 384)])
def test_every_pixel_has_a_source(photos, size):
    scene = paint_scene(photos, [0.4, 0.3, 0.2, 0.1], size, seed=1)
    assert scene.image.shape == (size[1], size[0], 3) and scene.image.dtype == np.uint8
    assert scene.source_map.shape == (size[1], size[0])
    assert scene.source_map.min() >= INPAINTED and scene.source_map.max() < 4
    assert len(set(scene.source_map.ravel()) - {INPAINTED}) >= 2


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(photos):
    first, again, other = (paint_scene(photos[:2], [1, 1], (256, 256), s) for s in (5, 5, 6))
    assert (first.image == again.image).all() and (first.source_map == again.source_map).all()
    assert (first.image != other.image).any()


def test_a_photo_alone_is_made_smaller_and_continued(photos):
    scene = paint_scene(photos[:1], [1.0], (256, 256), seed=2)
    share = (scene.source_map == 0).mean()
    assert 0.38 < share <= 0.68**2 + 0.02
    inside = np.argwhere(scene.source_map == 0)
    (top, left), (bottom, right) = inside.min(0), inside.max(0)
    assert (scene.source_map[top : bottom + 1, left : right + 1] == 0).all()
    # sky stays above the ground in what was painted around it
    around = np.where((scene.source_map == INPAINTED)[..., None], scene.image, 0).astype(float)
    assert (
        around[:30].sum() / (around[:30] > 0).sum() > around[-30:].sum() / (around[-30:] > 0).sum()
    )


@pytest.mark.parametrize(
    ("size", "shape"), [((256, 448), 1.4), ((448, 256), 1.4), ((256, 200), 1.28)]
)
def test_outpainting_keeps_most_of_the_photo_in_another_shape(size, shape):
    # a photo whose hue says how far to the right, and whose lightness how far down
    across, down = np.meshgrid(np.linspace(0, 1, 360), np.linspace(0, 1, 280))
    ramp = np.stack([255 * across, 255 * (1 - across), 60 + 130 * down], -1).astype(np.uint8)
    scene = outpaint(Image.fromarray(ramp), size, seed=0)
    assert scene.image.shape == (size[1], size[0], 3)
    shown = scene.image[scene.source_map == 0].astype(float)
    seen = [np.ptp(shown[:, 0]) / 255, np.ptp(shown[:, 2]) / 130]
    assert min(seen) > 0.68 and max(seen) > 0.93  # 3 px at every edge are painted again
    assert 0.3 < (scene.source_map == 0).mean() < 0.5
    again = outpaint(Image.fromarray(ramp), size, seed=0)
    assert (again.image == scene.image).all()


def test_a_redesign_keeps_the_place_where_it_was(photos):
    base = photos[0].resize((320, 256))
    scene = redesign(base, photos[1:], [0.5, 0.3, 0.2], (320, 256), seed=1)
    kept = scene.source_map == 0
    assert KEPT[0] - 0.2 < kept.mean() < KEPT[1] + 0.1  # the seams are painted again
    assert len(set(scene.source_map.ravel()) - {INPAINTED}) >= 2
    own = np.asarray(base).astype(float)
    level = [to_lab(one.astype(np.uint8))[..., 0] for one in (own, scene.image)]
    assert np.corrcoef(level[0][kept], level[1][kept])[0, 1] > 0.9  # not mirrored, not moved
    alone = redesign(base, [], [], (320, 256), seed=1)
    assert set(np.unique(alone.source_map)) == {INPAINTED, 0}
    assert (alone.image[alone.source_map == 0] == np.asarray(base)[alone.source_map == 0]).all()


@pytest.fixture(scope="module")
def visited():
    """A real face, small, in a landscape: 43 px of 480."""
    photo = np.asarray(landscape(5, 640, 480)).copy()
    head = Image.fromarray(astronaut()[0:220, 130:330]).resize((80, 88))
    photo[150:238, 100:180] = np.asarray(head)
    return Image.fromarray(photo)


def test_somebody_in_a_photo_is_barred_from_hair_to_ground(visited):
    barred = place(visited).barred
    assert barred[170:400, 120:160].all() and not barred[:, 300:].any() and not barred[:120].any()
    assert not place(landscape(0)).barred.any()
    assert 0.05 < closest_face(visited) < 0.12 < closest_face(Image.fromarray(astronaut()))
    part = crop(place(visited), (320, 240), np.random.default_rng(0), 0.0)
    share = part.barred.mean()
    assert share == pytest.approx(barred.mean(), rel=0.1)


@pytest.mark.parametrize("others", [0, 2])
def test_no_real_face_is_in_a_scene(photos, visited, others):
    given = [visited, *photos[:others]]
    assert detect(np.asarray(visited))
    scene = paint_scene(given, [1.0] * len(given), (480, 360), seed=1)
    assert not detect(scene.image)


def test_colours_move_towards_a_target(photos):
    target = ColourStatistics(np.array([0.6, 0.3, 0.3]), 0.01 * np.eye(3))
    plain = paint_scene(photos[:1], [1], (256, 256), 3)
    same = paint_scene(photos[:1], [1], (256, 256), 3, target, 0.0)
    moved = paint_scene(photos[:1], [1], (256, 256), 3, target, 0.5)
    assert (same.image == plain.image).all() and (moved.source_map == plain.source_map).all()
    here, there = (statistics(to_lab(one.image)).mean for one in (plain, moved))
    np.testing.assert_allclose(there, (here + target.mean) / 2, atol=0.02)


def test_the_heaviest_photo_gives_the_colours():
    red, blue = (
        Image.fromarray(np.clip(np.asarray(landscape(0)) * tint, 0, 255).astype(np.uint8))
        for tint in (np.array([1, 0.5, 0.4]), np.array([0.4, 0.5, 1]))
    )
    warmth = [
        to_lab(paint_scene([red, blue], weights, (256, 256), 1).image)[..., 2].mean()
        for weights in ([1, 1e-9], [1e-9, 1])
    ]
    assert warmth[0] > warmth[1] + 0.1


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_or_too_many_photos(photos, count):
    with pytest.raises(AlbumenError, match=f"from 1 to 4 photos, not from {count}"):
        paint_scene((photos * 2)[:count], [1.0] * count, (256, 256), 0)


def test_a_seam_band_has_the_radius():
    labels = np.zeros((21, 40), int)
    labels[:, 20:] = 1
    band = seam_band(labels, 3)
    assert band[:, 16:24].all() and not band[:, :16].any() and not band[:, 24:].any()


def test_inpainting_fills_the_hole_and_nothing_else(photos):
    image = np.asarray(photos[0].resize((256, 256)))
    hole = np.zeros((256, 256), bool)
    hole[20:60, 90:130] = True  # in the sky
    broken = np.where(hole[..., None], 0, image).astype(np.uint8)
    filled = inpaint(broken, hole)
    assert (filled[~hole] == image[~hole]).all()
    sky = image[:80].reshape(-1, 3).mean(0)
    assert np.abs(filled[hole].mean(0) - sky).max() < 5
    white = np.where(hole[..., None], 255, image).astype(np.uint8)
    assert (inpaint(white, hole) == filled).all()  # what the hole held does not shine through
    assert (inpaint(image, np.zeros_like(hole)) == image).all()


def test_windows_fill_a_large_picture():
    image = np.asarray(landscape(0, 800, 600))
    hole = np.zeros(image.shape[:2], bool)
    hole[100:104], hole[:, 510:514] = True, True
    filled = inpaint_in_windows(np.where(hole[..., None], 0, image).astype(np.uint8), hole)
    assert (filled[~hole] == image[~hole]).all()
    assert np.abs(filled[hole].astype(float) - image[hole]).mean() < 10
