"""The face generator: one seed, the same bytes; and its graph in torch is that of OpenVINO."""

import cv2
import numpy as np
import onnxruntime
import openvino
import pytest
import torch

from albumen.errors import AlbumenError
from albumen.faces import main_face
from albumen.generate.graph import Graph
from albumen.generate.stylegan import (
    FEATURES,
    ONE_THREAD,
    TRUNCATION,
    mean_w,
    render,
    sample_w,
)
from albumen.weights import weight


@pytest.fixture(scope="module")
def w():
    return sample_w([3])[0]


def test_the_same_seed_gives_the_same_bytes(w):
    first = render(w, 256)
    assert first.shape == (256, 256, 3) and first.std() > 20
    assert np.array_equal(render(sample_w([3])[0], 256), first)
    assert not np.array_equal(render(sample_w([4])[0], 256), first)


def test_a_seed_means_the_same_alone_and_among_others(w):
    assert np.array_equal(sample_w([1, 3, 2])[1], w)
    assert sample_w([]).shape == (0, 512)


def test_truncation_keeps_the_mean_and_narrows_the_spread():
    seeds = range(100_000, 100_400)
    drawn = sample_w(seeds) - mean_w()
    whole = drawn / TRUNCATION
    standard_error = whole.std(axis=0) / np.sqrt(len(whole))
    assert np.abs(drawn.mean(axis=0) / standard_error).max() < 5
    assert 0 < TRUNCATION < 1


def test_smaller_sizes_are_averages_of_the_whole(w):
    full, half = render(w, 1024), render(w, 512)
    blocks = full.reshape(512, 2, 512, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - blocks).max() <= 0.5
    assert main_face(half) is not None


@pytest.fixture(scope="module")
def features():
    return Graph(weight("synthesis-xml"), weight("synthesis-bin"), [FEATURES])


def test_the_generators_graph_in_torch_equals_openvino(w):
    """To the picture itself, through every layer, at full size."""
    files = weight("synthesis-xml"), weight("synthesis-bin")
    model = openvino.Core().read_model(*files)
    expected = openvino.Core().compile_model(model, "CPU", ONE_THREAD)(w[None])[0]
    with torch.no_grad():
        (ours,) = Graph(*files)(torch.from_numpy(w[None]))
    assert ours.shape == (1, 3, 1024, 1024) and expected.std() > 0.2
    assert np.abs(ours.numpy() - expected).max() < 2e-4  # of -1..1: a 40th of a grey level


def test_the_recognisers_graph_in_torch_equals_onnxruntime():
    face = np.random.default_rng(0).uniform(0, 255, (1, 3, 112, 112)).astype(np.float32)
    face = np.stack([cv2.GaussianBlur(plane, (0, 0), 4) for plane in face[0]])[None]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(weight("sface"), options)
    expected = session.run(None, {"data": face})[0]
    with torch.no_grad():
        (ours,) = Graph(weight("sface"))(torch.from_numpy(face))
    assert np.allclose(ours.numpy(), expected, atol=1e-4 * np.abs(expected).max())


def test_the_gradient_is_the_slope(w, features):
    """Along a random direction, the gradient predicts what a small step changes."""
    probe = torch.from_numpy(np.random.default_rng(1).standard_normal((128,)).astype(np.float32))
    x = torch.from_numpy(w[None]).requires_grad_()

    def value(style):
        return (features(style)[0].mean(dim=(0, 2, 3)).double() * probe).sum()

    value(x).backward()
    ahead = x.grad / x.grad.norm()
    with torch.no_grad():
        slope = (value(x + 0.02 * ahead) - value(x - 0.02 * ahead)) / 0.04
    assert float(slope) == pytest.approx(float(x.grad.norm()), rel=0.05)


def test_an_unknown_output_is_named():
    with pytest.raises(AlbumenError, match="no node 'Nowhere'"):
        Graph(weight("synthesis-xml"), weight("synthesis-bin"), ["Nowhere"])


def test_an_unknown_operation_is_named(tmp_path):
    x = openvino.opset13.parameter([1, 2], np.float32, name="x")
    model = openvino.Model([openvino.opset13.erf(x)], [x], "one")
    openvino.save_model(model, tmp_path / "one.xml")
    with pytest.raises(AlbumenError, match="operation Erf"):
        Graph(tmp_path / "one.xml", tmp_path / "one.bin")
