"""Faces: found where the generator puts them, recognised as the reference library does, named
only where the owner's names and both recognisers agree."""

import hashlib
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from albumen import faces as module
from albumen.consent import NAME_WITHHELD, Consent, PersonConsent
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
    mean_embedding,
    name_faces,
    separation,
)
from albumen.faces.networks import SFACE_LANDMARKS, aligned, similarity
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


# Naming, with hand-made vectors: people are orthogonal axes, their photos lie close around them.


def embedding(person, nudge=0.0):
    """Unit vector near axis `person`, turned towards a far axis by `nudge`."""
    vector = np.zeros(128, np.float32)
    vector[person], vector[100 + person] = np.cos(nudge), np.sin(nudge)
    return vector


def face(photo, index, person, nudge=0.0, pixels=50.0):
    vector = embedding(person, nudge)
    box = {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2, "landmarks": np.zeros(10, np.float32)}
    return {
        "face_id": f"{photo}#{index}",
        "photo_id": photo,
        **box,
        "score": 0.9,
        "pixels": pixels,
        "name": None,
        "name_reason": "",
        "sface": vector,
        "dlib": vector,
        "mobilefacenet": np.eye(192, dtype=np.float32)[person],
    }


CONSENT = Consent(
    owner="Rowan",
    people={
        "Rowan": PersonConsent("me", "person", True, True),
        "Ivy": PersonConsent("sister", "person", True, False),
        "Ash": PersonConsent("friend", "person", False, False),
        "Rex": PersonConsent("dog", "pet", True, True),
    },
)


def photos_of(people, flags=None):
    return pd.DataFrame(
        {
            "photo_id": list(people),
            "people": list(people.values()),
            "flags": [(flags or {}).get(photo_id, []) for photo_id in people],
        }
    )


def named(rows, people, flags=None):
    photos = photos_of(people, flags)
    result = name_faces(pd.DataFrame(rows), photos, CONSENT)
    assert list(result.columns) == FACES.names
    assert all(result.name_reason)
    return dict(zip(result.face_id, result.name, strict=True))


def test_one_name_and_one_face_seed_and_the_rest_follow():
    names = named(
        [
            face("p1", 0, 1),
            face("p2", 0, 2),
            face("p3", 0, 2, 0.2),
            face("p3", 1, 1, 0.2),
            face("p3", 2, 3),
        ],
        {"p1": ["Rowan"], "p2": ["Ivy"], "p3": ["Rowan", "Ivy"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": "Ivy", "p3#0": "Ivy", "p3#1": "Rowan", "p3#2": None}


def test_a_photo_with_a_withheld_name_seeds_nobody():
    """Its one face may be the person's who must not be named."""
    faces = [face("p1", 0, 1), face("p2", 0, 2), face("p3", 0, 1)]
    people = {"p1": ["Rowan"], "p2": ["Rowan"], "p3": ["Rowan"]}
    withheld = {"p2": [NAME_WITHHELD], "p3": [NAME_WITHHELD]}
    names = named(faces, people, withheld)
    assert names == {"p1#0": "Rowan", "p2#0": None, "p3#0": "Rowan"}


def test_a_name_is_given_at_most_once_in_a_photo():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 1, 0.3), face("p2", 1, 1, 0.1)],
        {"p1": ["Rowan"], "p2": ["Rowan"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": None, "p2#1": "Rowan"}


def test_only_the_photos_own_names_are_given():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 1), face("p3", 0, 1)],
        {"p1": ["Rowan"], "p2": [], "p3": ["Ivy", "Rowan"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": None, "p3#0": "Rowan"}


def test_a_face_unlike_the_name_stays_unnamed():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 4), face("p2", 1, 5)],
        {"p1": ["Rowan"], "p2": ["Rowan"]},
    )
    assert names == {"p1#0": "Rowan", "p2#0": None, "p2#1": None}


def test_both_recognisers_must_agree():
    unsure = face("p2", 0, 1)
    unsure["sface"] = embedding(7)
    other = face("p2", 1, 6)
    assert named([face("p1", 0, 1), unsure, other], {"p1": ["Rowan"], "p2": ["Rowan"]}) == {
        "p1#0": "Rowan",
        "p2#0": None,
        "p2#1": None,
    }


def test_pets_and_people_without_consent_get_no_face():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 2), face("p3", 0, 3), face("p4", 0, 4)],
        {"p1": ["Rex"], "p2": ["Ash"], "p3": ["Nobody listed"], "p4": ["Rex", "Rowan"]},
    )
    assert names == {"p1#0": None, "p2#0": None, "p3#0": None, "p4#0": "Rowan"}


def test_a_second_person_makes_one_face_ambiguous():
    assert named([face("p1", 0, 1)], {"p1": ["Rowan", "Ash"]}) == {"p1#0": None}


def test_a_name_on_the_wrong_photo_does_not_join_its_group():
    names = named(
        [face("p1", 0, 1), face("p2", 0, 1, 0.1), face("p3", 0, 9), face("p4", 0, 1, 0.2)],
        {photo: ["Rowan"] for photo in ("p1", "p2", "p3", "p4")},
    )
    assert names == {"p1#0": "Rowan", "p2#0": "Rowan", "p3#0": None, "p4#0": "Rowan"}


def test_a_tiny_face_is_neither_named_nor_in_the_way():
    names = named([face("p1", 0, 1), face("p1", 1, 2, pixels=4)], {"p1": ["Rowan"]})
    assert names == {"p1#0": "Rowan", "p1#1": None}


def test_mean_embedding_is_the_mean_of_the_named():
    rows = [face("p1", 0, 1, 0.3), face("p2", 0, 1, -0.3), face("p3", 0, 2)]
    photos = photos_of({"p1": ["Rowan"], "p2": ["Rowan"], "p3": []})
    result = name_faces(pd.DataFrame(rows), photos, CONSENT)
    assert np.allclose(mean_embedding(result, "Rowan", "sface"), embedding(1), atol=1e-6)
    assert mean_embedding(result, "Rowan", "dlib")[1] == pytest.approx(np.cos(0.3))
    with pytest.raises(AlbumenError, match="no usable face of Ivy"):
        mean_embedding(result, "Ivy", "sface")


def test_separation_is_the_median_within_and_between_names():
    faces = pd.DataFrame(
        {
            "name": ["a", "a", "b"],
            "dlib": [np.eye(128)[0] * 0, np.eye(128)[0] * 3, np.eye(128)[1] * 4],
        }
    )
    assert separation(faces) == (3.0, 4.5)  # within: 3; between: 4 and 5
    assert np.isnan(separation(faces.iloc[[0, 2]])[0])


def test_a_crop_is_centred_on_the_face():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[90:110, 140:160] = 255  # 20 px box, so the crop shows 30 px
    face = SimpleNamespace(x=140 / 300, y=90 / 200, w=20 / 300, h=20 / 200)
    crop = crop_face(Image.fromarray(pixels), face, side=30)
    assert crop[5:25, 5:25].min() == 255 and crop[:4].max() == 0 and crop[:, 26:].max() == 0
