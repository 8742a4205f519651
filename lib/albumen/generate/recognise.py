"""Recognisers' layers in torch, so that gradients flow through them.

SFace's graph runs as it is (`graph`). The layers of the other two are said here: dlib's ResNet of
29 layers (King 2017), whose weights are read from dlib's own file, and HSE-FaceRes (Savchenko 2019,
doi:10.7717/peerj-cs.197), a MobileNet trained on the people of VGGFace2, which tells ages too.
Each takes crops, n x 3 x side x side, sRGB 0..255, to vectors, n x d, not normalised.
"""

import json
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn import functional as F

from albumen.generate.graph import Graph
from albumen.weights import weight

DLIB_MEAN = (122.782, 117.001, 104.298)  # of red, green and blue
DLIB_DOWN = (7, 15, 21, 27)  # convolutions that open a residual block of half the size
DLIB_SMALLEST = 64  # numbers in its smallest tensor

FACERES_MEAN = (103.939, 116.779, 123.68)  # of blue, green and red
FACERES_DOWN = (2, 4, 6, 12)  # depthwise convolutions of stride 2
FACERES_BLOCKS = 13


def sface(crop: Tensor) -> Tensor:
    return _sface_graph()(crop)[0]


@cache
def _sface_graph() -> Graph:
    return Graph(weight("sface"))


def dlib_resnet(crop: Tensor) -> Tensor:
    convolutions, last = _dlib_weights()
    x = (crop - torch.tensor(DLIB_MEAN)[:, None, None]) / 256
    x = F.max_pool2d(F.relu(F.conv2d(x, *convolutions[0], stride=2)), 3, 2)
    for first in range(1, len(convolutions), 2):
        down = first in DLIB_DOWN
        y = F.relu(F.conv2d(x, *convolutions[first], stride=1 + down, padding=1 - down))
        y = F.conv2d(y, *convolutions[first + 1], padding=1)
        x = F.avg_pool2d(x, 2) if down else x
        # dlib adds tensors of two sizes as if the smaller one went on with zeros
        rows, channels = max(x.shape[2], y.shape[2]), max(x.shape[1], y.shape[1])
        x = F.relu(_extended(x, channels, rows) + _extended(y, channels, rows))
    return x.mean((2, 3)) @ last


def _extended(x: Tensor, channels: int, rows: int) -> Tensor:
    more = rows - x.shape[2]
    return F.pad(x, (0, more, 0, more, 0, channels - x.shape[1]))


@cache
def _dlib_weights() -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
    """Kernel and bias of each convolution, its affine layer folded in, and the last matrix."""
    data = weight("dlib-resnet").read_bytes()
    *layers, last = (torch.from_numpy(tensor) for tensor in dlib_tensors(data))
    convolutions = []
    for numbers, affine in zip(layers[::2], layers[1::2], strict=True):
        gain, offset = affine.chunk(2)
        side = 7 if not convolutions else 3
        kernel = numbers[: -len(gain)].reshape(len(gain), -1, side, side)
        convolutions.append(
            (kernel * gain[:, None, None, None], numbers[-len(gain) :] * gain + offset)
        )
    return convolutions, last.reshape(-1, 128)


def dlib_tensors(data: bytes) -> list[Float32[np.ndarray, " n"]]:
    """The tensors of a network that dlib serialised, in order, the input's first.

    dlib writes an integer as its number of bytes and the bytes, a tensor as its version (2), four
    lengths and little-endian floats. What lies between tensors is skipped: nothing else in such a
    file reads as version 2 and four lengths of which the last two, as of every layer, are 1.
    """
    tensors, at = [], 0
    while (at := data.find(b"\1\2", at)) >= 0:
        lengths, start = _dlib_lengths(data, at + 2)
        count = int(np.prod(lengths))
        if lengths[2:] == [1, 1] and count >= DLIB_SMALLEST and start + 4 * count <= len(data):
            tensors.append(np.frombuffer(data, "<f4", count, start).copy())
            at = start + 4 * count
        else:
            at += 1
    return tensors


def _dlib_lengths(data: bytes, at: int) -> tuple[list[int], int]:
    """Up to four positive integers from `at` on, and where they end."""
    lengths = []
    while len(lengths) < 4 and at < len(data) and 1 <= (size := data[at]) <= 4:
        lengths.append(int.from_bytes(data[at + 1 : at + 1 + size], "little"))
        at += 1 + size
    return lengths, at


def faceres(crop: Tensor) -> Tensor:
    weights = _faceres_weights()
    x = crop.flip(1) - torch.tensor(FACERES_MEAN)[:, None, None]
    x = _relu6(_convolved(x, weights["conv1/convolution/merged_input"], 2), weights, "conv1")
    for block in range(1, FACERES_BLOCKS + 1):
        stride = 1 + (block in FACERES_DOWN)
        x = _convolved(x, weights[f"conv_dw_{block}/depthwise_kernel"], stride, groups=x.shape[1])
        x = _relu6(x, weights, f"conv_dw_{block}")
        x = F.conv2d(x, weights[f"conv_pw_{block}/convolution/merged_input"])
        x = _relu6(x, weights, f"conv_pw_{block}")
    return x.mean((2, 3))


def years(crop: Float[Tensor, "n 3 224 224"]) -> Float[Tensor, " n"]:
    """The expected age of each face, differentiable."""
    weights = _faceres_weights()
    hidden = F.relu(faceres(crop) @ weights["feats/kernel"] + weights["feats/bias"])
    logits = hidden @ weights["age_pred/kernel"] + weights["age_pred/bias"]
    return logits.softmax(1) @ torch.arange(logits.shape[1], dtype=torch.float32)


def _convolved(x: Tensor, kernel: Tensor, stride: int, groups: int = 1) -> Tensor:
    """Padded as TensorFlow's "same" does: where it must be uneven, more at the end."""
    rows = x.shape[2]
    more = max((-(-rows // stride) - 1) * stride + kernel.shape[2] - rows, 0)
    x = F.pad(x, (more // 2, more - more // 2) * 2)
    return F.conv2d(x, kernel, stride=stride, groups=groups)


def _relu6(x: Tensor, weights: dict[str, Tensor], layer: str) -> Tensor:
    """Batch normalisation, whose gain is folded into the kernel but for depthwise layers."""
    gain = weights.get(f"{layer}_bn/batchnorm_1/mul", torch.ones(1))
    offset = weights[f"{layer}_bn/batchnorm_1/sub"]
    return (x * gain.reshape(-1, 1, 1) + offset.reshape(-1, 1, 1)).clamp(0, 6)


@cache
def _faceres_weights() -> dict[str, Tensor]:
    """TensorFlow.js: the manifest names the tensors, which lie in the other file end to end.

    Kernels come as height, width, in, out (depthwise: height, width, channel, 1).
    """
    manifest = json.loads(weight("faceres-json").read_bytes())["weightsManifest"][0]["weights"]
    data, at, tensors = weight("faceres-bin").read_bytes(), 0, {}
    for entry in manifest:
        dtype = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
        numbers = np.frombuffer(data, dtype, int(np.prod(entry["shape"])), at)
        at += numbers.nbytes
        tensor = torch.from_numpy(numbers.astype(np.float32).reshape(entry["shape"]))
        if tensor.dim() == 4:
            order = (2, 3, 0, 1) if "depthwise" in entry["name"] else (3, 2, 0, 1)
            tensor = tensor.permute(order).contiguous()
        tensors[entry["name"]] = tensor
    return tensors
