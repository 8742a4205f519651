"""Looks against closed forms, published scales, other implementations, and photos made worse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps
from skimage.color import rgb2lab

from albumen import looks
from albumen.errors import AlbumenError
from albumen.looks import (
    SIDE,
    colourfulness,
    detail,
    failures,
    load_looks,
    measure,
    palette,
    symmetry,
    warmth,
)
from albumen.tables import LOOKS, PALETTE, read_table, write_table

NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    folder = Path(skimage.__file__).parent / "data"
    return [Image.open(folder / name).convert("RGB") for name in NAMES]


def saved(folder: Path, images: dict[str, Image.Image]) -> pd.DataFrame:
    """A PHOTOS table, as far as looks reads it, of images written as files; ids are the names."""
    for name, image in images.items():
        image.save(folder / name, quality=92)
    return pd.DataFrame({"photo_id": list(images), "path": [str(folder / name) for name in images]})


def looked(folder: Path, images: dict[str, Image.Image]) -> pd.DataFrame:
    """LOOKS of images, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    table = saved(folder, images)
    list(measure(table, folder / "cache"))
    return load_looks(table, folder / "cache").set_index("photo_id")


def plain(*colours: tuple[int, int, int]) -> np.ndarray:
    """Columns of colours, 12 pixels wide."""
    return np.repeat(np.uint8([colours]), 12, axis=1).repeat(30, axis=0)


# colour


def test_a_palette_has_the_colours_and_their_shares():
    red, grey = (200, 30, 30), (128, 128, 128)
    found = palette(rgb2lab(plain(red, red, red, grey)))
    assert found.shape == (PALETTE, 4)
    assert found[:2, 3].tolist() == [0.75, 0.25] and not found[2:].any()
    assert found[:2, :3] == pytest.approx(rgb2lab([red, grey] / np.float64(255)), abs=0.1)


def test_a_palette_stands_for_the_pixels(photos):
    """Its colours' mean is the pixels' mean, and a pixel is 4 to 10 Delta E from its colour."""
    for photo in photos:
        lab = rgb2lab(np.asarray(photo.resize((48, 32))))
        found = palette(lab)
        assert found[:, 3].sum() == pytest.approx(1)
        assert (np.diff(found[:, 3]) <= 0).all()
        assert found[:, 3] @ found[:, :3] == pytest.approx(lab.reshape(-1, 3).mean(0), abs=0.05)
        apart = np.linalg.norm(lab.reshape(-1, 1, 3) - found[:, :3], axis=2).min(1)
        assert apart.mean() < 10
        assert palette(lab).tolist() == found.tolist()


@pytest.mark.parametrize(
    ("colours", "value"),
    [
        ([(0, 0, 0), (255, 255, 255)], 0),
        ([(255, 0, 0)], 0.3 * np.hypot(255, 127.5)),  # one colour: only its distance from grey
        # rg = +-255, yb = 127.5 both: the spread is 255, the mean (0, 127.5)
        ([(255, 0, 0), (0, 255, 0)], 255 + 0.3 * 127.5),
        # three primaries; rg: 255, -255, 0; yb: 127.5, 127.5, -255
        ([(255, 0, 0), (0, 255, 0), (0, 0, 255)], np.hypot(255 * (2 / 3) ** 0.5, 180.3122)),
    ],
)
def test_colourfulness_by_hand(colours, value):
    assert colourfulness(plain(*colours)) == pytest.approx(value, abs=0.01)


def test_colourfulness_falls_as_colour_is_taken_out(photos):
    for photo in photos:
        row = [
            colourfulness(np.asarray(ImageEnhance.Color(photo).enhance(part)))
            for part in (1, 0.6, 0.3, 0)
        ]
        assert row == sorted(row, reverse=True) and row[-1] < 0.5


def test_warmth_of_grey_and_of_the_warmest_and_coolest_hue():
    """Ou et al.: WC = -.5 + .02 C ** 1.07 cos(h - 50 degrees)."""

    def of(chroma: float, hue: float) -> float:
        a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
        return warmth(np.full((2, 3, 3), [60, a, b], float))

    assert of(0, 0) == pytest.approx(-0.5)
    assert of(50, 50) == pytest.approx(-0.5 + 0.02 * 50**1.07)  # orange: .81
    assert of(50, 230) == pytest.approx(-0.5 - 0.02 * 50**1.07)
    assert of(50, 140) == pytest.approx(-0.5, abs=1e-5)  # green is neither
    assert warmth(rgb2lab(plain((230, 140, 40)))) > 0 > warmth(rgb2lab(plain((90, 170, 60))))
    assert warmth(rgb2lab(plain((60, 110, 200)))) < -0.9


def test_lightness_and_contrast_of_two_greys(tmp_path):
    halves = np.zeros((100, 120, 3), np.uint8)
    halves[:, 60:] = 119  # L* = 50.0
    row = looked(tmp_path, {"halves.png": Image.fromarray(halves)}).iloc[0]
    assert row.lightness == pytest.approx(25, abs=0.3) and row.contrast == pytest.approx(
        25, abs=0.3
    )
    assert row.colourfulness == 0 and row.warmth == pytest.approx(-0.5, abs=0.01)


# composition


def test_detail_is_the_slope_of_a_ramp():
    for slope in (0.0, 0.2, 0.7):
        ramp = (10 + slope * np.arange(100)) * np.ones((80, 1))
        # the border is half as steep, as nothing lies beyond it
        expected = slope * (98 + 2 * 0.5) / 100
        assert detail(ramp) == pytest.approx(expected, abs=1e-4)
        assert detail(ramp.T.copy()) == pytest.approx(expected, abs=1e-4)


def test_detail_falls_with_blur_and_empty_space(photos, tmp_path):
    for number, photo in enumerate(photos):
        framed = ImageOps.expand(photo, photo.width // 2, (128, 128, 128))
        soft = photo.resize((24, 24)).resize(photo.size)
        rows = looked(
            tmp_path / str(number), {"own.png": photo, "soft.png": soft, "framed.png": framed}
        )
        assert rows.detail["soft.png"] < rows.detail["own.png"] > rows.detail["framed.png"]


def test_symmetry_of_a_photo_beside_its_mirror_image(photos):
    for photo in photos:
        left = rgb2lab(np.asarray(photo.resize((60, 90))))[..., 0]
        both = np.concatenate([left, left[:, ::-1]], axis=1)
        assert symmetry(both) > 0.9  # but for the floor for what is even
        assert symmetry(np.concatenate([left, 100 - left[:, ::-1]], axis=1)) < 0.35
        assert symmetry(both[:, :-6]) > 0.8  # the axis may lie a little off


def test_a_horizon_or_nothing_is_no_symmetry():
    level = np.repeat(np.linspace(0, 100, 80)[:, None], 120, axis=1)
    assert abs(symmetry(level)) < 0.01 and abs(symmetry(np.zeros_like(level))) < 0.01


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_noise_is_not_symmetric(seed):
    grey = np.random.default_rng(seed).uniform(0, 100, (96, 128))
    assert -0.4 < symmetry(grey) < 0.45


# of a photo, not of its file


def test_looks_are_of_the_photo_and_not_of_its_size(photos, tmp_path):
    """Half the size moves them by less than a twentieth of the spread between photos."""
    spread = {"lightness": 12, "contrast": 5.4, "colourfulness": 20, "warmth": 0.23, "detail": 1.7}
    for number, photo in enumerate(photos):
        half = photo.resize((photo.width // 2, photo.height // 2), Image.Resampling.LANCZOS)
        rows = looked(tmp_path / str(number), {"own.png": photo, "half.png": half})
        for name, deviation in spread.items():
            assert abs(rows[name].iloc[0] - rows[name].iloc[1]) < 0.05 * deviation, name
        assert abs(rows.symmetry.iloc[0] - rows.symmetry.iloc[1]) < 0.02


def test_a_mirrored_photo_looks_the_same(photos, tmp_path):
    for number, photo in enumerate(photos):
        images = {"own.png": photo, "other.png": ImageOps.mirror(photo)}
        rows = looked(tmp_path / str(number), images).drop(columns="palette")
        assert rows.iloc[0].to_numpy() == pytest.approx(rows.iloc[1].to_numpy(), abs=0.02)


# stored and loaded


def test_photos_are_looked_at_once_and_loaded_in_their_order(photos, tmp_path):
    table = saved(tmp_path, {"a.jpg": photos[0], "b.jpg": photos[1], "c.png": photos[2]})
    cache = tmp_path / "cache"
    assert [step.done for step in measure(table, cache)] == [0, 3]
    for path in table.path:
        Path(path).unlink()
    assert [step.done for step in measure(table, cache)] == [3]
    loaded = load_looks(table[::-1], cache)
    write_table(loaded, tmp_path / "looks.parquet", LOOKS)
    read = read_table(tmp_path / "looks.parquet", LOOKS)
    assert read.photo_id.tolist() == ["c.png", "b.jpg", "a.jpg"]
    small = photos[2].copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    assert read.colourfulness[0] == pytest.approx(colourfulness(np.asarray(small)), abs=1e-3)
    assert np.reshape(read.palette.to_list(), (3, PALETTE, 4))[:, :, 3].sum(1) == pytest.approx(1)


def test_a_killed_job_resumes_at_the_next_shard(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(looks, "SHARD", 2)
    table = saved(tmp_path, {f"{i}.png": photo for i, photo in enumerate(photos)})
    cache = tmp_path / "cache"
    killed = measure(table, cache)
    assert [next(killed).done, next(killed).done] == [0, 2]
    killed.close()
    with pytest.raises(AlbumenError, match="3 of 5 photos were never looked at"):
        load_looks(table, cache)
    for path in table.path[:2]:
        Path(path).unlink()  # they are not looked at again
    assert [step.done for step in measure(table, cache)] == [2, 4, 5]
    assert failures(table, cache).empty and len(load_looks(table, cache)) == 5


def test_a_broken_photo_is_reported_and_an_odd_one_measured(photos, tmp_path):
    odd = {"dot.png": Image.new("L", (1, 1)), "line.png": Image.new("RGB", (3000, 2), "red")}
    table = saved(tmp_path, {"good.png": photos[0], "cut.jpg": photos[1], **odd})
    cut = Path(table.path[1])
    cut.write_bytes(cut.read_bytes()[:2000])
    cache = tmp_path / "cache"
    assert list(measure(table, cache))[-1].done == 4
    (failed,) = failures(table, cache).itertuples()
    assert failed.photo_id == "cut.jpg" and "cut.jpg is not a whole image" in failed.error
    assert load_looks(table, cache).photo_id.tolist() == ["good.png", "dot.png", "line.png"]
