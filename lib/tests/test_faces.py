"""Faces: found where the generator puts them, recognised as the reference library does."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen import faces as module
from albumen.errors import AlbumenError
from albumen.faces import (
    RECOGNISERS,
    SAME_DLIB,
    SAME_MOBILEFACENET,
    SAME_SFACE,
    crop_face,
    detect,
    face_failures,
    find_faces,
    load_faces,
    main_face,
)
from albumen.faces.networks import SFACE_LANDMARKS, aligned, similarity
from albumen.faces.odds import BIAS, DLIB, SFACE
from albumen.generate.stylegan import render, sample_w
from albumen.tables import FACES, write_table
from albumen.weights import weight


@pytest.fixture(scope="module")
def portraits():
    """Three people who do not exist."""
    return [render(w, 512) for w in sample_w([2, 4, 9])]


def test_one_face_with_landmarks_in_their_places(portraits):
    for rgb in portraits:
        (face,) = detect(rgb)
        left, right, nose, mouth_left, mouth_right = face.landmarks
        x, y, w, h = face.box
        assert ((face.landmarks > (x, y)) & (face.landmarks < (x + w, y + h))).all()
        assert left[0] < nose[0] < right[0] and mouth_left[0] < mouth_right[0]
        assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
        # the generator centres the eyes at .48 of the height, a quarter of the width apart
        assert left[1] / 512 == pytest.approx(0.48, abs=0.04)
        assert (right[0] - left[0]) / 512 == pytest.approx(0.25, abs=0.05)


def test_a_face_is_found_where_it_is_put_at_any_size(portraits):
    reference = main_face(portraits[0]).landmarks
    for canvas, side in ((2400, 150), (1400, 1300)):
        picture = np.full((canvas, canvas, 3), 120, np.uint8)
        picture[50 : 50 + side, 20 : 20 + side] = cv2.resize(
            portraits[0], (side, side), interpolation=cv2.INTER_AREA
        )
        (face,) = detect(picture)
        expected = reference * side / 512 + (20, 50)
        assert np.abs(face.landmarks - expected).max() < 0.03 * side


@pytest.mark.parametrize("picture", ["noise", "flat", "one pixel"])
def test_no_face_where_there_is_none(picture):
    rgb = {
        "noise": np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8),
        "flat": np.full((300, 400, 3), 128, np.uint8),
        "one pixel": np.zeros((1, 1, 3), np.uint8),
    }[picture]
    assert detect(rgb) == [] and main_face(rgb) is None


def test_sface_equals_opencv(portraits):
    oracle = cv2.FaceRecognizerSF.create(str(weight("sface")), "")
    rgb = cv2.resize(portraits[1], (200, 200), interpolation=cv2.INTER_AREA)
    face = main_face(rgb)
    row = np.concatenate([face.box, face.landmarks.reshape(-1), [face.score]]).astype(np.float32)
    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    expected = oracle.feature(oracle.alignCrop(bgr, row))[0]
    ours = RECOGNISERS["sface"](rgb, face.landmarks)
    assert ours @ expected / np.linalg.norm(expected) > 0.9999
    assert np.linalg.norm(ours) == pytest.approx(1, abs=1e-5)


def test_similarity_recovers_a_known_transform():
    angle, scale, shift = 0.3, 2.5, (7.0, -4.0)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(SFACE_LANDMARKS, SFACE_LANDMARKS @ turn.T + shift)
    assert np.allclose(found, np.column_stack([turn, shift]))


def test_a_large_face_is_aligned_without_aliasing():
    """Stripes finer than the crop's pixels average out to grey."""
    rgb = np.zeros((1120, 1120, 3), np.uint8)
    rgb[:, ::2] = 255
    crop = aligned(rgb, SFACE_LANDMARKS * 10)
    assert np.abs(crop.astype(int) - 127).max() < 30  # 127 where one pixel in ten is read


@pytest.mark.parametrize("recogniser", RECOGNISERS)
def test_recognisers_tell_people_apart(portraits, recogniser):
    def vector(rgb):
        return RECOGNISERS[recogniser](rgb, main_face(rgb).landmarks).astype(float)

    def same(a, b):
        if recogniser == "dlib":
            return np.linalg.norm(a - b) < SAME_DLIB
        return a @ b > {"sface": SAME_SFACE, "mobilefacenet": SAME_MOBILEFACENET}[recogniser]

    vectors = [vector(rgb) for rgb in portraits]
    mirrored = vector(np.ascontiguousarray(portraits[0][:, ::-1]))
    darker = vector((portraits[0] * 0.6).astype(np.uint8))
    assert same(vectors[0], mirrored) and same(vectors[0], darker)
    assert not same(vectors[0], vectors[1]) and not same(vectors[0], vectors[2])


@pytest.fixture
def photos(tmp_path, portraits):
    """A portrait, a picture of nobody, a truncated portrait and one with a face turned by EXIF."""
    upright = Image.fromarray(portraits[0])
    upright.save(tmp_path / "a.jpg", quality=95)
    Image.new("RGB", (300, 200), "grey").save(tmp_path / "b.png")
    (tmp_path / "c.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:4000])
    exif = Image.Exif()
    exif[0x0112] = 6  # the file's top is the photo's right
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "d.jpg", quality=95, exif=exif)
    rows = []
    for path in sorted(tmp_path.iterdir()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append({"photo_id": digest, "path": str(path), "width": 512, "height": 512})
    return pd.DataFrame(rows)


def test_faces_are_found_once_and_kept(photos, tmp_path, monkeypatch):
    cache = tmp_path / "faces"
    first = list(find_faces(photos, cache))
    assert first[-1].done == first[-1].total == 4
    faces = load_faces(photos, cache)
    assert list(faces.photo_id) == [photos.photo_id[0], photos.photo_id[3]]
    assert np.allclose(faces.landmarks[0], faces.landmarks[1], atol=0.04)  # both upright
    assert faces.pixels[0] == pytest.approx(0.27 * 512, rel=0.15)
    assert faces.name.isna().all() and faces.confidence.isna().all() and faces.group.isna().all()
    write_table(faces, tmp_path / "faces.parquet", FACES)  # fits its schema
    failed = face_failures(photos, cache)
    assert list(failed.photo_id) == [photos.photo_id[2]] and "c.jpg" in failed.error[0]

    def never(rgb):
        raise AssertionError("searched again")

    monkeypatch.setattr(module.find, "detect", never)
    assert [step.done for step in find_faces(photos, cache)] == [4]
    pd.testing.assert_frame_equal(load_faces(photos, cache), faces)


def test_a_killed_search_resumes_at_the_next_shard(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(module.find, "SHARD", 2)
    steps = find_faces(photos, tmp_path / "faces")
    next(steps), next(steps)
    steps.close()
    assert [step.done for step in find_faces(photos, tmp_path / "faces")] == [2, 4]
    with pytest.raises(AlbumenError, match="never searched"):
        load_faces(photos.assign(photo_id=list("wxyz")), tmp_path / "faces")


def test_a_crop_is_centred_on_the_face():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[90:110, 140:160] = 255  # 20 px box, so the crop shows 30 px
    face = SimpleNamespace(x=140 / 300, y=90 / 200, w=20 / 300, h=20 / 200)
    crop = crop_face(Image.fromarray(pixels), face, side=30)
    assert crop[5:25, 5:25].min() == 255 and crop[:4].max() == 0 and crop[:, 26:].max() == 0


@pytest.mark.skipif(
    "ALBUMEN_LFW" not in os.environ,
    reason="opt-in: ALBUMEN_LFW is the folder of Labeled Faces in the Wild; four minutes at first",
)
def test_recognition_and_grouping_on_real_faces():
    """The measured values, less about two standard errors: see lib/bench/faces_lfw.py."""
    script = Path(__file__).parents[1] / "bench" / "faces_lfw.py"
    run = subprocess.run(
        [sys.executable, str(script), os.environ["ALBUMEN_LFW"]],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    accuracies = {name: one["accuracy"] for name, one in found["verification"].items()}
    assert accuracies["sface"] >= 0.98
    assert accuracies["dlib"] >= 0.97
    assert accuracies["mobilefacenet"] >= 0.97
    assert found["photos without a face"] == 0
    ours = next(iter(found["grouping"]["60 people"].values()))
    assert ours["precision"] >= 0.99 and ours["recall"] >= 0.95
    assert found["naming"]["wrong"] == 0
    for name, coefficient in (("SFACE", SFACE), ("DLIB", DLIB), ("BIAS", BIAS)):
        assert found["odds"][name] == pytest.approx(coefficient, abs=0.02)  # as the code has them
