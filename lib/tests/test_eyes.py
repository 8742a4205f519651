"""Recognisers in torch are the ones they stand for; their crops and the age they tell."""

import struct

import cv2
import dlib
import numpy as np
import pytest
import torch

from albumen.faces import RECOGNISERS, main_face
from albumen.generate import eyes
from albumen.generate.eyes import age, eye, faceres, jittered
from albumen.generate.latent import shift, vary
from albumen.generate.recognise import dlib_resnet, dlib_tensors
from albumen.generate.stylegan import render, sample_w
from albumen.weights import weight


@pytest.fixture(scope="module")
def face():
    rgb = render(sample_w([21])[0], 512)
    return rgb, main_face(rgb).landmarks


def _tensor(crop):
    return torch.from_numpy(crop.transpose(2, 0, 1)[None].astype(np.float32))


def test_dlibs_layers_in_torch_equal_dlib(face):
    rgb, _ = face
    crop = cv2.resize(rgb[80:432, 80:432], (150, 150), interpolation=cv2.INTER_AREA)
    network = dlib.face_recognition_model_v1(str(weight("dlib-resnet")))
    with torch.no_grad():
        ours = dlib_resnet(_tensor(crop))[0].numpy()
    assert np.allclose(ours, np.array(network.compute_face_descriptor(crop)), atol=1e-5)


@pytest.mark.parametrize("name", ["sface", "dlib"])
def test_an_eye_sees_what_the_recogniser_sees(face, name):
    """Up to how pixels are interpolated."""
    rgb, landmarks = face
    rgb, landmarks = cv2.resize(rgb, (256, 256), interpolation=cv2.INTER_AREA), landmarks / 2
    one = eye(name)
    crop = cv2.warpAffine(rgb, one.place(rgb, landmarks), (one.side, one.side))
    with torch.no_grad():
        seen = one.see(_tensor(crop))[0].numpy()
    expected = RECOGNISERS[name](rgb, landmarks)
    cosine = seen @ expected / np.linalg.norm(seen) / np.linalg.norm(expected)
    assert cosine > 0.98


def test_the_crop_of_a_picture_is_that_of_its_pixels(face, monkeypatch):
    """Without jitter; half of the crops are mirrored."""
    monkeypatch.setattr(eyes, "JITTER", (0.0, 0.0, 0.0))
    rgb, landmarks = face
    one = eye("sface")
    place = one.place(rgb, landmarks)
    expected = cv2.warpAffine(rgb, place, (one.side, one.side)).transpose(2, 0, 1)
    mirrored = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        crop = jittered(_tensor(rgb) / 127.5 - 1, place, one.side, rng)[0].numpy()
        # grey levels: OpenCV rounds places to 1/32 px
        off = [np.abs(view - expected).mean() for view in (crop, crop[:, :, ::-1])]
        assert min(off) < 1 < max(off)
        mirrored.append(off[0] > off[1])
    assert any(mirrored) and not all(mirrored)


def test_faceres_knows_people_and_ages():
    people = [sample_w([seed])[0] for seed in (21, 34, 55)]
    pictures = [[render(vary(w, seed, 0.4), 256) for seed in (1, 2)] for w in people]
    vectors = np.array(
        [[faceres(rgb, main_face(rgb).landmarks) for rgb in two] for two in pictures]
    )
    assert np.allclose(np.linalg.norm(vectors, axis=2), 1, atol=1e-5)
    cosines = vectors[:, 0] @ vectors[:, 1].T
    assert (np.diag(cosines) > cosines[~np.eye(3, dtype=bool)].max()).all()
    for w in people:
        younger, older = (render(shift(w, age=amount), 256) for amount in (-1, 1))
        gained = age(older, main_face(older).landmarks) - age(younger, main_face(younger).landmarks)
        assert gained > 5


def test_tensors_are_found_among_what_dlib_writes_around_them():
    numbers = np.arange(70, dtype="<f4")

    def integer(value):
        data = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "little")
        return bytes([len(data)]) + data

    header = b"".join(map(integer, (2, 70, 1, 1, 1)))
    noise = b"con_5" + integer(2) + integer(300) + struct.pack("<f", 0.5)
    data = noise + header + numbers.tobytes() + noise + header + (-numbers).tobytes() + noise
    first, second = dlib_tensors(data)
    assert np.array_equal(first, numbers) and np.array_equal(second, -numbers)
    assert dlib_tensors(data[:100]) == []  # cut off within the first
