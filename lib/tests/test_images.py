"""Photos are read where they lie, upright, and never half."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from albumen import images
from albumen.errors import AlbumenError


def jpeg(orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:10] = 255  # the top is white
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=95, exif=exif)
    return buffer.getvalue()


def test_a_folder_may_end_like_an_archive(tmp_path) -> None:
    folder = tmp_path / "Party!"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg())
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("in!/c.jpg", jpeg(6))
    assert images.open_photo(f"{folder}/a.jpg").size == (60, 40)
    assert images.open_photo(f"{folder}/b.zip!/in!/c.jpg").size == (40, 60)


@pytest.mark.parametrize(
    ("orientation", "white"),
    [(1, np.s_[:5]), (3, np.s_[-5:]), (6, np.s_[:, -5:]), (8, np.s_[:, :5])],
)
def test_photos_are_upright(orientation: int, white: tuple) -> None:
    """EXIF 2.32, table 6: where the stored top row is in the upright picture."""
    upright = np.asarray(images.decode(jpeg(orientation), "a.jpg"))
    assert upright[white].min() > 200 and upright.mean() < 120


@pytest.mark.parametrize("broken", [b"", b"no image", jpeg()[:400], jpeg()[:-40]])
def test_half_an_image_is_a_sentence_with_its_name(broken: bytes) -> None:
    with pytest.raises(AlbumenError, match=r"a\.jpg is not a whole image"):
        images.decode(broken, "a.jpg")


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 60 * 40 - 1)
    with pytest.raises(AlbumenError, match="60 x 40"):
        images.decode(jpeg(), "a.jpg")


@pytest.mark.parametrize("name", ["none.jpg", "broken.zip!/a.jpg", "whole.zip!/none.jpg"])
def test_what_is_gone_is_a_sentence_with_its_path(tmp_path, name: str) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no zip")
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("a.jpg", jpeg())
    with pytest.raises(AlbumenError, match=name.split("!")[0]):
        images.read_bytes(str(tmp_path / name))


def test_a_reduced_decode_keeps_the_side_that_is_needed() -> None:
    decoded = images.decode(jpeg(size=(1600, 1200)), "a.jpg", at_least=200)
    assert 200 <= min(decoded.size) < 600
