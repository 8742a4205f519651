"""Quality signals against closed forms, on real photos made worse, and on a head turned by hand."""

import itertools
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from albumen import quality
from albumen.errors import AlbumenError
from albumen.quality import (
    BLOCK,
    BURST,
    BURST_SECONDS,
    NOSE,
    RESEND,
    brightness,
    clipped,
    failures,
    load_quality,
    measure,
    near_duplicates,
    sharpness,
    yaw,
)
from albumen.tables import QUALITY, read_table, write_table

NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    folder = Path(skimage.__file__).parent / "data"
    found = [Image.open(folder / name).convert("RGB") for name in NAMES]
    for photo in found:
        photo.thumbnail((512, 512))
    return found


@pytest.fixture(scope="module")
def greys(photos) -> list[np.ndarray]:
    return [np.asarray(photo.convert("L")) for photo in photos]


def blurred(grey: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(grey, (0, 0), sigma)


# sharpness


@pytest.mark.parametrize("period", [5, 8, 16])
def test_sharpness_of_waves_is_what_the_blur_takes_from_them(period):
    """A Gaussian of 1 px leaves exp(-w**2) of the energy of a wave of w radians a pixel."""
    w = 2 * np.pi / period
    wave = np.sin(w * np.arange(320))
    grey = np.rint(128 + 50 * (wave[:, None] + wave)).astype(np.uint8)
    assert sharpness(grey) == pytest.approx(1 - np.exp(-(w**2)), abs=0.02)


def test_sharpness_falls_with_blur(greys):
    for grey in greys:
        row = [sharpness(grey), *(sharpness(blurred(grey, s)) for s in (0.6, 1, 1.5, 2, 3, 4))]
        assert all(a > b for a, b in itertools.pairwise(row))


def test_any_sharp_photo_is_sharper_than_any_blurred_one(greys):
    worst = min(sharpness(grey) for grey in greys)
    assert worst > max(sharpness(blurred(grey, 1.5)) for grey in greys)
    shaken = [cv2.blur(grey, size) for grey in greys for size in ((9, 1), (1, 9))]
    assert worst > max(sharpness(grey) for grey in shaken)


def test_sharpness_is_of_the_photo_and_not_of_its_size_or_contrast(greys):
    """Half the size, or less than half the contrast, changes it less than a blur of 1 px does."""
    for grey in greys:
        own = sharpness(grey)
        half = Image.fromarray(grey)
        half.thumbnail((256, 256), Image.Resampling.LANCZOS, reducing_gap=None)
        for same in (np.asarray(half), (grey * 0.4).astype(np.uint8)):
            assert abs(sharpness(same) - own) < 0.7 * (own - sharpness(blurred(grey, 1)))


def test_a_blurred_background_leaves_the_subject_sharp(greys):
    for grey in greys:
        h, w = grey.shape
        soft = blurred(grey, 4)
        soft[h // 4 : -h // 4, w // 4 : -w // 4] = grey[h // 4 : -h // 4, w // 4 : -w // 4]
        assert sharpness(soft) > sharpness(blurred(grey, 1.5))


def test_nothing_is_sharp_where_there_is_nothing():
    assert sharpness(np.full((40, 60), 77, np.uint8)) == 0
    assert sharpness(np.zeros((1, 1), np.uint8)) == 0


# exposure


def test_brightness_is_linear_luminance():
    for colour, luminance in {
        (0, 0, 0): 0,
        (255, 255, 255): 1,
        (255, 0, 0): 0.2126,
        (0, 255, 0): 0.7152,
        (188, 188, 188): 0.503,  # half of the light is coded as 188
    }.items():
        assert brightness(Image.new("RGB", (7, 5), colour)) == pytest.approx(luminance, abs=1e-3)


def test_clipped_is_the_share_that_is_black_or_white():
    values = np.full((10, 10, 3), 128, np.uint8)
    values[:2] = (3, 0, 1)
    values[2] = (252, 255, 254)
    values[3] = (255, 0, 0)  # saturated, not clipped
    assert clipped(Image.fromarray(values)) == 0.3


# pose

# eyes, nose, mouth corners in distances between the eyes; x to the viewer's right, y down, z away
HEAD = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.63, -NOSE], [-0.42, 1.07, 0], [0.42, 1.07, 0]])


def seen(turn: float, nod: float = 0, tilt: float = 0) -> np.ndarray:
    """Landmarks of a head that is turned, then nods, then is tilted (degrees), from afar."""
    (ct, cn, ci), (st_, sn, si) = (f(np.radians([turn, nod, tilt])) for f in (np.cos, np.sin))
    turned = np.array([[ct, 0, -st_], [0, 1, 0], [st_, 0, ct]])
    nodding = np.array([[1, 0, 0], [0, cn, -sn], [0, sn, cn]])
    tilted = np.array([[ci, -si, 0], [si, ci, 0], [0, 0, 1]])
    return 60 * (HEAD @ (tilted @ nodding @ turned).T)[:, :2] + (200, 150)


@pytest.mark.parametrize("turn", range(-75, 76, 15))
@pytest.mark.parametrize(("nod", "tilt"), [(0, 0), (20, 0), (-20, 0), (0, 35), (15, -50)])
def test_yaw_of_a_turned_head(turn, nod, tilt):
    assert yaw(seen(turn, nod, tilt)) == pytest.approx(turn, abs=0.01)


def test_a_head_turned_to_the_viewers_right_has_its_nose_there():
    assert seen(30)[2, 0] > seen(0)[2, 0] and yaw(seen(30)) > 0


@given(st.lists(st.floats(-30, 30), min_size=10, max_size=10))
def test_a_mirrored_face_is_turned_the_other_way(noise):
    face = seen(20, 5, 10) + np.reshape(noise, (5, 2)) / 10
    mirrored = (face * (-1, 1) + (500, 0))[[1, 0, 2, 4, 3]]
    assert yaw(mirrored) == pytest.approx(-yaw(face), abs=1e-6)


# near-duplicates


def rows(count: int, **columns) -> pd.DataFrame:
    """Photos a, b, ... as `near_duplicates` wants them, alike in all but `columns`."""
    table = pd.DataFrame(
        {
            "photo_id": [f"{i:02d}" for i in range(count)],
            "megapixels": 12.0,
            "sharpness": 0.5,
            "clipped": 0.0,
            "taken_utc": pd.DatetimeIndex([pd.NaT] * count, tz="UTC"),
            "taken_local": pd.DatetimeIndex([pd.NaT] * count),
            "time_source": "exif",
        }
    )
    return table.assign(**columns)


def on_a_circle(*degrees: float) -> np.ndarray:
    """Hashes whose cosines are those of the angles between them."""
    hashes = np.zeros((len(degrees), 64), np.float32)
    hashes[:, 0], hashes[:, 1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return hashes


COPY = np.degrees(np.arccos(RESEND)) - 2  # an angle between copies; twice that is none
STIR = np.degrees(np.arccos(BURST)) - 2


def test_a_copy_is_the_duplicate_of_the_better_one_whatever_the_order():
    hashes = on_a_circle(0, COPY, 180)
    for column, better, worse in (
        ("megapixels", 12.0, 3.0),
        ("sharpness", 0.6, 0.4),
        ("clipped", 0.1, 0.2),
    ):
        first = rows(3, **{column: [better, worse, better]})
        assert near_duplicates(hashes, first).tolist() == ["00", "00", None]
        second = rows(3, **{column: [worse, better, better]})
        assert near_duplicates(hashes, second).tolist() == ["01", "01", None]
    assert near_duplicates(hashes, rows(3)).tolist() == ["00", "00", None]
    kept = near_duplicates(hashes, rows(3).set_axis([7, 5, 9]))
    assert kept.to_dict() == {7: "00", 5: "00", 9: None}


def test_a_chain_of_copies_does_not_tie_its_ends():
    hashes = on_a_circle(0, COPY, 2 * COPY)
    best_first = rows(3, sharpness=[0.9, 0.5, 0.4])
    assert near_duplicates(hashes, best_first).tolist() == ["00", "00", None]
    best_amid = rows(3, sharpness=[0.4, 0.9, 0.5])
    assert near_duplicates(hashes, best_amid).tolist() == ["01", "01", "01"]


def at(*seconds: float) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.Timestamp("2024-05-04 17:00") + pd.to_timedelta(seconds, unit="s"))


@pytest.mark.parametrize("clock", ["taken_local", "taken_utc"])
def test_a_burst_is_alike_and_taken_at_once(clock):
    def groups(*seconds: float, source: str = "exif", angle: float = STIR) -> list:
        taken = at(*seconds).tz_localize("UTC" if clock == "taken_utc" else None)
        table = rows(2, **{clock: taken}, time_source=source)
        return near_duplicates(on_a_circle(0, angle), table).tolist()

    assert groups(0, BURST_SECONDS) == groups(BURST_SECONDS, 0) == ["00", "00"]
    assert groups(0, BURST_SECONDS + 1) == [None, None]
    assert groups(0, 0, angle=STIR + 5) == [None, None]
    for source in ("day in name", "folder's year", "unknown"):
        assert groups(0, 0, source=source) == [None, None]  # nobody knows the second
        assert groups(0, 0, source=source, angle=COPY) == ["00", "00"]


@given(st.integers(0, 2**32 - 1), st.integers(2, 3 * BLOCK))
@settings(max_examples=25, deadline=None)
def test_every_duplicate_is_near_the_best_of_its_group(seed, count):
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, 360, count)
    table = rows(
        count,
        sharpness=rng.choice([0.3, 0.5, 0.7], count),
        taken_local=at(*rng.integers(0, 100, count)),
    )
    hashes = on_a_circle(*angles)
    found = near_duplicates(hashes, table)
    place = {photo_id: i for i, photo_id in enumerate(table.photo_id)}
    for row, best in found.dropna().items():
        chosen = place[best]
        assert found[chosen] == best and (found == best).sum() > 1
        assert table.sharpness[chosen] >= table.sharpness[row]
        apart = abs((table.taken_local[chosen] - table.taken_local[row]).total_seconds())
        bound = BURST if apart <= BURST_SECONDS else RESEND
        assert hashes[row] @ hashes[chosen] >= bound - 1e-6
    shuffled = rng.permutation(count)
    again = near_duplicates(hashes[shuffled], table.iloc[shuffled])
    assert again.sort_index().equals(found)


def test_what_shows_nothing_is_like_nothing():
    nothing = np.zeros((2, 64), np.float32)
    table = rows(2, taken_local=at(0, 1))
    assert near_duplicates(nothing, table).tolist() == [None, None]
    assert near_duplicates(nothing[:0], rows(0)).empty


# measured, stored and loaded


def saved(folder: Path, images: dict[str, Image.Image]) -> pd.DataFrame:
    """A PHOTOS table, as far as quality reads it, of images written as files."""
    for name, image in images.items():
        image.save(folder / name, quality=92)
    table = rows(len(images), time_source="unknown").drop(columns=["megapixels", "sharpness"])
    return table.drop(columns="clipped").assign(
        path=[str(folder / name) for name in images],
        width=[image.width for image in images.values()],
        height=[image.height for image in images.values()],
    )


def found_faces(*faces: tuple[str, float, np.ndarray]) -> pd.DataFrame:
    """The columns of a FACES table that quality reads."""
    return pd.DataFrame(
        [(photo, pixels, marks.ravel()) for photo, pixels, marks in faces],
        columns=["photo_id", "pixels", "landmarks"],
    )


def test_photos_are_measured_once_and_loaded_in_their_order(photos, tmp_path):
    first = photos[0]
    shaken = Image.fromarray(cv2.blur(np.asarray(first), (9, 1)))
    table = saved(
        tmp_path,
        {
            "first.jpg": first,
            "sent.jpg": first.resize((first.width // 2, first.height // 2)),
            "other.jpg": photos[2],
            "shaken.jpg": shaken,
            "black.png": Image.new("RGB", (300, 200)),
        },
    )
    cache = tmp_path / "cache"
    assert [step.done for step in measure(table, cache)] == [0, 5]
    for path in table.path:
        Path(path).unlink()
    assert [step.done for step in measure(table, cache)] == [5]

    size = photos[2].size  # not square, and landmarks are fractions of it
    faces = found_faces(("02", 9.0, seen(-40) / size), ("02", 60.0, seen(25) / size))
    loaded = load_quality(table[::-1], faces, cache)
    write_table(loaded, tmp_path / "quality.parquet", QUALITY)
    read = read_table(tmp_path / "quality.parquet", QUALITY).set_index("photo_id")
    assert read.index.tolist() == table.photo_id[::-1].tolist()
    assert read.duplicates["00"] == read.duplicates["01"] == read.duplicates["03"] == "00"
    assert read.duplicates[["02", "04"]].isna().all()
    assert read.sharpness["03"] < read.sharpness["00"] and read.sharpness["04"] == 0
    assert read.clipped["04"] == 1 and read.brightness["04"] == 0
    assert read.megapixels["02"] == pytest.approx(photos[2].width * photos[2].height / 1e6)
    assert read.faces.to_dict() == {"00": 0, "01": 0, "02": 2, "03": 0, "04": 0}
    assert read.face_pixels["02"] == 60 and read.face_yaw["02"] == pytest.approx(25, abs=0.1)
    assert read.face_yaw.drop("02").isna().all() and read.face_pixels.drop("02").isna().all()


def test_a_killed_job_resumes_at_the_next_shard(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "SHARD", 2)
    table = saved(tmp_path, {f"{i}.png": photo for i, photo in enumerate(photos)})
    cache = tmp_path / "cache"
    killed = measure(table, cache)
    assert [next(killed).done, next(killed).done] == [0, 2]
    killed.close()
    with pytest.raises(AlbumenError, match="3 of 5 photos were never measured"):
        load_quality(table, found_faces(), cache)
    for path in table.path[:2]:
        Path(path).unlink()  # they are not looked at again
    assert [step.done for step in measure(table, cache)] == [2, 4, 5]
    assert failures(table, cache).empty and len(load_quality(table, found_faces(), cache)) == 5


def test_a_broken_photo_is_reported_and_an_odd_one_measured(photos, tmp_path):
    odd = {"dot.png": Image.new("L", (1, 1)), "line.png": Image.new("RGB", (3000, 2), "red")}
    table = saved(tmp_path, {"good.png": photos[0], "cut.jpg": photos[1], **odd})
    cut = Path(table.path[1])
    cut.write_bytes(cut.read_bytes()[:2000])
    cache = tmp_path / "cache"
    assert list(measure(table, cache))[-1].done == 4
    (failed,) = failures(table, cache).itertuples()
    assert failed.photo_id == "01" and "cut.jpg is not a whole image" in failed.error
    assert load_quality(table, found_faces(), cache).photo_id.tolist() == ["00", "02", "03"]
