"""The watermark: not seen, read again after what pictures go through, and not in photos."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from albumen.generate.watermark import MARK, Mark, read_mark, write_mark

DIGEST = "3fa9" + "0" * 60
CAT = np.ascontiguousarray(data.chelsea()[:, 50:400])  # a photo, 300 x 350 pixels


@pytest.fixture(scope="module")
def marked() -> np.ndarray:
    return write_mark(enlarged(CAT, 512, 512), DIGEST)


def enlarged(image: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)


def compressed(image: np.ndarray, form: str, quality: int) -> np.ndarray:
    held = io.BytesIO()
    Image.fromarray(image).save(held, form, quality=quality)
    return np.asarray(Image.open(held).convert("RGB"))


def test_it_is_not_seen_and_the_same_each_time(marked):
    plain = enlarged(CAT, 512, 512)
    assert peak_signal_noise_ratio(plain, marked) > 41
    assert np.abs(marked.astype(int) - plain).max() <= 8
    assert (write_mark(plain, DIGEST) == marked).all()


@pytest.mark.parametrize(
    "went_through",
    [
        lambda image: image,
        lambda image: compressed(image, "JPEG", 50),
        lambda image: enlarged(cv2.resize(image, (256, 256), interpolation=3), 512, 512),
        lambda image: image[26:-26, 20:-32],
        lambda image: np.clip(image * 1.2, 0, 255).astype(np.uint8),
    ],
    ids=["nothing", "JPEG 50", "half size and back", "a crop of 10 %", "a fifth brighter"],
)
def test_it_is_read_again_after(marked, went_through):
    mark = read_mark(went_through(marked))
    assert mark.found
    assert mark.agrees(DIGEST)
    assert not mark.agrees("c056" + DIGEST[4:])


@pytest.mark.parametrize(("width", "height"), [(1024, 1024), (768, 512), (360, 640)])
def test_any_size_carries_it(width, height):
    mark = read_mark(write_mark(enlarged(CAT, width, height), DIGEST))
    assert mark.agrees(DIGEST)


@pytest.mark.parametrize("photo", [CAT, data.coffee(), data.rocket()])
def test_photos_do_not_carry_it(photo):
    assert not read_mark(photo).found


@pytest.mark.parametrize("shape", [(1, 1), (3000, 2)])
def test_the_smallest_and_the_longest_pictures_keep_their_shape(shape):
    flat = np.full((*shape, 3), 90, np.uint8)
    assert write_mark(flat, DIGEST).shape == flat.shape


@given(st.integers(0, 2**16 - 1), st.sets(st.integers(0, 15), max_size=6))
def test_digits_agree_when_two_bits_differ_and_not_when_three_do(digits, wrong):
    other = digits
    for bit in wrong:
        other ^= 1 << bit
    mark = Mark(True, 0, f"{digits:04x}")
    assert mark.agrees(f"{other:04x}" + "a" * 60) == (len(wrong) <= 2)
    assert not mark._replace(found=False).agrees(f"{digits:04x}")


def test_the_fixed_bits_are_neither_all_alike_nor_a_pattern():
    bits = f"{MARK:016b}"
    assert 6 <= bits.count("1") <= 10
    assert len({bits[k:] + bits[:k] for k in range(16)}) == 16
