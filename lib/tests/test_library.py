"""A library gives what its owner allows now, and nothing else."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen import embed, ingest, looks, quality, tables
from albumen.errors import ConsentError
from albumen.library import load_library, opener

CONSENT = """
consent: true
owner: Rowan
deny: {{photos: [{photos}]}}
people:
  Rowan: {{relation: me, profile: true, generate: true}}
  Kit: {{relation: partner, profile: {kit}, generate: {kit}}}
"""


class Constant:
    """Every image is the same vector."""

    name = "constant"
    dim = 4

    def embed_images(self, images):
        return np.tile(np.float32([1, 0, 0, 0]), (len(images), 1))

    def embed_texts(self, texts):
        return self.embed_images(texts)


def face(photo_id: str, name: str | None) -> dict:
    return {
        "face_id": f"{photo_id}#0",
        "photo_id": photo_id,
        **{"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2, "score": 0.9, "pixels": 60.0},
        "landmarks": [0.0] * 10,
        "name": name,
        "name_reason": "given",
        "confidence": 0.9,
        "group": 0,
        **{"sface": [0.0] * 128, "dlib": [0.0] * 128, "mobilefacenet": [0.0] * 192},
    }


@pytest.fixture
def workspace(tmp_path) -> tuple[Path, Path, list[str]]:
    """A folder of three photos, its workspace, and the photo ids."""
    source = tmp_path / "trip"
    source.mkdir()
    for number in range(3):
        Image.new("RGB", (40, 30), (number * 80, 0, 0)).save(source / f"{number}.png")
    allow(source)
    ingested = ingest.ingest(source, tmp_path / "interim")
    folder = tmp_path / "interim" / "trip"
    list(embed.embed_photos(ingested.photos, Constant(), folder / "embeddings"))
    ids = [
        hashlib.sha256((source / f"{number}.png").read_bytes()).hexdigest() for number in range(3)
    ]
    faces = pd.DataFrame([face(ids[0], "Rowan"), face(ids[1], "Kit"), face(ids[2], None)])
    tables.write_table(faces[tables.FACES.names], folder / "faces.parquet", tables.FACES)
    list(quality.measure(ingested.photos, folder / "quality"))
    signals = quality.load_quality(ingested.photos, faces, folder / "quality")
    tables.write_table(signals, folder / "quality.parquet", tables.QUALITY)
    list(looks.measure(ingested.photos, folder / "looks"))
    seen = looks.load_looks(ingested.photos, folder / "looks")
    tables.write_table(seen, folder / "looks.parquet", tables.LOOKS)
    return source, folder, ids


def allow(source: Path, photos: str = "", kit: str = "true") -> None:
    (source / "consent.yaml").write_text(CONSENT.format(photos=photos, kit=kit))


def names(library) -> dict[str, str | None]:
    return dict(zip(library.faces.photo_id, library.faces.name, strict=True))


def test_what_is_allowed_is_there(workspace) -> None:
    _, folder, ids = workspace
    library = load_library(folder, "constant")
    assert sorted(library.photos.photo_id) == sorted(ids)
    assert names(library) == {ids[0]: "Rowan", ids[1]: "Kit", ids[2]: None}
    assert library.open(ids[1]).getpixel((0, 0)) == (80, 0, 0)


def test_a_photo_taken_back_is_gone_with_its_faces(workspace) -> None:
    source, folder, ids = workspace
    allow(source, photos="1.png")
    library = load_library(folder, "constant")
    assert ids[1] not in set(library.photos.photo_id) and ids[1] not in names(library)
    for open_photo in (library.open, opener(library)):
        with pytest.raises(ConsentError, match=ids[1][:12]):
            open_photo(ids[1])


def test_a_name_taken_back_is_gone_from_the_faces(workspace) -> None:
    source, folder, ids = workspace
    allow(source, kit="false")
    assert names(load_library(folder, "constant")) == {ids[0]: "Rowan", ids[1]: None, ids[2]: None}


def test_without_consent_there_is_no_library(workspace) -> None:
    source, folder, _ = workspace
    (source / "consent.yaml").unlink()
    with pytest.raises(ConsentError, match=r"consent\.yaml"):
        load_library(folder, "constant")


def test_a_part_keeps_rows_together(workspace) -> None:
    _, folder, ids = workspace
    library = load_library(folder, "constant")
    marked = library.with_vectors(np.eye(3, 4))
    part = marked.only(ids[1:])
    assert len(part.photos) == len(part.vectors) == len(part.faces) == 2
    assert len(part.quality) == len(part.looks) == 2
    for photo_id, vector in zip(part.photos.photo_id, part.vectors, strict=True):
        place = library.photos.photo_id.tolist().index(photo_id)
        assert vector.tolist() == np.eye(3, 4)[place].tolist()
