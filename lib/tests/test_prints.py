"""Perceptual hashes and aligned pixels, on real photos and their copies."""

import io
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image, ImageChops, ImageEnhance, ImageOps
from sklearn.datasets import load_sample_images

from albumen import prints

NAMES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    folder = Path(skimage.__file__).parent / "data"
    found = [Image.open(folder / name).convert("RGB") for name in NAMES]
    return found + [Image.fromarray(one) for one in load_sample_images().images]


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=quality)
    return Image.open(packed).convert("RGB")


def cropped(image: Image.Image, share: float) -> Image.Image:
    """The middle, without `share` of the height and of the width."""
    x, y = round(image.width * share / 2), round(image.height * share / 2)
    return image.crop((x, y, image.width - x, image.height - y))


def test_aligned_share_measures_how_much_of_a_photo_is_left(photos):
    onto = photos[5].resize((512, 512)).copy()
    kept = photos[2].resize((512, 512)).crop((0, 0, 307, 512))
    onto.paste(kept, (0, 0))
    assert prints.aligned_share(onto, photos[2]) == pytest.approx(307 / 512, abs=0.06)
    assert prints.aligned_share(onto, photos[0]) == 0


def test_perceptual_hash_survives_compression_and_tells_photos_apart(photos):
    hashes = [prints.phash(photo) for photo in photos]
    for own, photo in zip(hashes, photos, strict=True):
        assert int(own).bit_count() == 32  # half of the coefficients lie above their median
        assert np.bitwise_count(prints.phash(jpeg(photo, 30)) ^ own) <= 4
    apart = [np.bitwise_count(a ^ b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) >= 18


def test_the_hash_of_a_transposed_photo_is_the_hash_transposed(photos):
    square = ImageOps.fit(photos[1], (32, 32))
    own, turned = (
        np.unpackbits(np.array([prints.phash(image)], ">u8").view(np.uint8)).reshape(8, 8)
        for image in (square, square.transpose(Image.Transpose.TRANSPOSE))
    )
    assert (turned == own.T).all() and (own != turned).any()


def test_a_soft_hash_is_the_hash_before_it_is_rounded(photos):
    for photo in photos:
        soft = prints.soft_hash(photo)
        assert np.linalg.norm(soft) == pytest.approx(1, abs=1e-5)
        bits = np.packbits(soft > np.median(soft)).view(">u8")[0]
        assert int(bits) == int(prints.phash(photo))


def test_a_negative_is_the_opposite_and_a_mirror_image_flips_odd_waves(photos):
    square = ImageOps.fit(photos[0].convert("L"), (64, 64))
    soft = prints.soft_hash(square)
    assert soft @ prints.soft_hash(ImageChops.invert(square)) == pytest.approx(-1, abs=1e-4)
    odd = np.tile([-1, 1], (8, 4)).ravel()  # waves across, 1 to 8 halves of one, in every row
    assert soft * odd @ prints.soft_hash(ImageOps.mirror(square)) == pytest.approx(1, abs=1e-4)


SENT = {
    "recompressed": lambda photo: jpeg(photo, 30),
    "a quarter": lambda photo: photo.resize((photo.width // 4, photo.height // 4)),
    "cropped": lambda photo: cropped(photo, 0.03),
    "brighter": lambda photo: ImageEnhance.Brightness(photo).enhance(1.2),
    "grey": lambda photo: photo.convert("L"),
    "turned": lambda photo: cropped(photo.rotate(1, Image.Resampling.BICUBIC), 0.04),
}


@pytest.mark.parametrize("kind", SENT)
def test_a_soft_hash_survives_what_messengers_do(photos, kind):
    for photo in photos:
        assert prints.soft_hash(photo) @ prints.soft_hash(SENT[kind](photo)) > 0.85


def test_soft_hashes_of_different_photos_are_apart_and_flat_ones_like_nothing(photos):
    soft = np.stack([prints.soft_hash(photo) for photo in photos])
    assert np.triu(soft @ soft.T, k=1).max() < 0.5
    for colour in ("black", "white", "teal"):
        assert not prints.soft_hash(Image.new("RGB", (80, 60), colour)).any()
