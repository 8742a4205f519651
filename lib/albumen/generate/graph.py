"""Run an OpenVINO or ONNX graph in torch, so that gradients flow through it.

Inference engines give no gradients. Refining a latent needs them through two graphs, the face
generator and a recogniser, whose some twenty operations are few enough to say here one by one.
Semantics: OpenVINO's operation specifications (opset 1 to 13), and torch's own functions.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import torch
from torch import Tensor
from torch.nn import functional as F

from albumen.errors import AlbumenError

Attributes = dict[str, Any]
Wire = tuple[str, int]  # a node's name and which of its outputs


class Graph:
    """A graph of one input as a differentiable function of a tensor.

    Everything that doesn't depend on the input is computed once, when the graph is loaded. The
    weights are constants: gradients are taken with respect to the input alone.
    """

    def __init__(
        self, model: Path, weights: Path | None = None, outputs: Sequence[str] | None = None
    ) -> None:
        """Load `model` (.xml with `weights`, or .onnx) up to the nodes named in `outputs`.

        None: the graph's own outputs. Raises AlbumenError for an operation not known here or an
        output that the graph doesn't have.
        """
        core = openvino.Core()
        graph = core.read_model(model, weights) if weights else core.read_model(model)
        nodes = {node.get_friendly_name(): node for node in graph.get_ordered_ops()}
        self._outputs = [(name, 0) for name in outputs or ()]
        if outputs is None:
            self._outputs = [_wire(result.input(0)) for result in graph.get_results()]
        for name, _ in self._outputs:
            if name not in nodes:
                raise AlbumenError(f"{model.name} has no node '{name}'.")
        self._known: dict[Wire, Tensor] = {}
        self._input: Wire | None = None
        self._steps: list[tuple[str, list[Wire], Callable[[list[Tensor]], list[Tensor]]]] = []
        needed = _upstream([nodes[name] for name, _ in self._outputs])
        for name, node in nodes.items():
            if name in needed:
                self._add(name, node, model.name)

    def _add(self, name: str, node: Any, file: str) -> None:
        kind = node.get_type_name()
        if kind == "Constant":
            self._known[name, 0] = torch.from_numpy(np.array(node.get_data()))
            return
        if kind == "Parameter":
            self._input = (name, 0)
            return
        if kind not in OPERATIONS:
            raise AlbumenError(f"{file}: operation {kind} of node '{name}' is not known.")
        wires = [_wire(port) for port in node.inputs()]
        step = partial(OPERATIONS[kind], node.get_attributes())
        if all(wire in self._known for wire in wires):
            for index, value in enumerate(step([self._known[wire] for wire in wires])):
                self._known[name, index] = value
        else:
            self._steps.append((name, wires, step))

    def __call__(self, x: Tensor) -> list[Tensor]:
        """The outputs' values for the input `x`, in the order in which they were named."""
        values = {**self._known, self._input: x}
        for name, wires, step in self._steps:
            for index, value in enumerate(step([values[wire] for wire in wires])):
                values[name, index] = value
        return [values[wire] for wire in self._outputs]


def _wire(port: Any) -> Wire:
    source = port.get_source_output()
    return source.get_node().get_friendly_name(), source.get_index()


def _upstream(nodes: list[Any]) -> set[str]:
    """Names of `nodes` and of every node that they depend on."""
    found: set[str] = set()
    while nodes:
        node = nodes.pop()
        if node.get_friendly_name() not in found:
            found.add(node.get_friendly_name())
            nodes += [port.get_source_output().get_node() for port in node.inputs()]
    return found


# One function an operation: (attributes, inputs) -> outputs.


def _ints(tensor: Tensor) -> list[int]:
    return [int(number) for number in tensor.reshape(-1).tolist()]


def _matmul(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    a = x[0].transpose(-1, -2) if attributes["transpose_a"] else x[0]
    b = x[1].transpose(-1, -2) if attributes["transpose_b"] else x[1]
    return [a @ b]


def _divide(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [x[0] / x[1] if x[0].is_floating_point() else x[0] // x[1]]


def _shape_of(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [torch.tensor(x[0].shape, dtype=torch.int64)]


def _gather(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    data, index, axis = x[0], x[1], int(x[2]) % x[0].dim()
    taken = torch.index_select(data, axis, index.reshape(-1).long())
    return [taken.reshape(data.shape[:axis] + index.shape + data.shape[axis + 1 :])]


def _unsqueeze(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    rank = x[0].dim() + x[1].numel()
    value = x[0]
    for axis in sorted(number % rank for number in _ints(x[1])):
        value = value.unsqueeze(axis)
    return [value]


def _squeeze(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [x[0].squeeze(tuple(_ints(x[1])))]


def _concat(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [torch.cat(x, int(attributes["axis"]))]


def _reshape(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    shape = _ints(x[1])
    if attributes.get("special_zero"):  # a 0 keeps that dimension
        shape = [x[0].shape[axis] if size == 0 else size for axis, size in enumerate(shape)]
    return [x[0].reshape(shape)]


def _broadcast(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [x[0].expand(torch.broadcast_shapes(x[0].shape, tuple(_ints(x[1]))))]


def _tile(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [x[0].repeat(_ints(x[1]))]


def _prelu(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    return [F.prelu(x[0], x[1].reshape(-1))]


def _variadic_split(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    axis, sizes = int(x[1]), _ints(x[2])
    rest = x[0].shape[axis] - sum(size for size in sizes if size >= 0)
    return list(torch.split(x[0], [rest if size == -1 else size for size in sizes], axis))


def _padding(attributes: Attributes) -> list[int]:
    begin, end = list(attributes["pads_begin"]), list(attributes["pads_end"])
    if begin != end:
        raise AlbumenError(f"a convolution pads {begin} before and {end} after: not supported.")
    return begin


def _convolution(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    strides, dilations = list(attributes["strides"]), list(attributes["dilations"])
    return [F.conv2d(x[0], x[1], None, strides, _padding(attributes), dilations)]


def _group_convolution(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    groups = x[1].shape[0]  # weights: group, out, in, height, width
    kernel = x[1].reshape(-1, *x[1].shape[2:])
    strides, dilations = list(attributes["strides"]), list(attributes["dilations"])
    return [F.conv2d(x[0], kernel, None, strides, _padding(attributes), dilations, groups)]


def _group_deconvolution(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    """The generator's inverse wavelet transform: one channel a group, kernel equal to stride.

    No two outputs then overlap, and a product does the work much faster than conv_transpose2d.
    """
    channels, height, width = x[1].shape[0], *x[1].shape[-2:]
    if [height, width] != list(attributes["strides"]) or x[1].shape[1:3] != (1, 1):
        raise AlbumenError("a transposed convolution overlaps or mixes channels: not supported.")
    batch, _, rows, columns = x[0].shape
    spread = x[0][:, :, :, None, :, None] * x[1].reshape(1, channels, 1, height, 1, width)
    return [spread.reshape(batch, channels, rows * height, columns * width)]


def _batch_norm(attributes: Attributes, x: list[Tensor]) -> list[Tensor]:
    # opset 5 puts the data first; opset 1 puts it third
    data, gamma, beta, mean, variance = x if x[0].dim() > 1 else (x[2], x[0], x[1], *x[3:])
    return [F.batch_norm(data, mean, variance, gamma, beta, False, 0.0, attributes["epsilon"])]


OPERATIONS: dict[str, Callable[[Attributes, list[Tensor]], list[Tensor]]] = {
    "Add": lambda attributes, x: [x[0] + x[1]],
    "BatchNormInference": _batch_norm,
    "Broadcast": _broadcast,
    "Concat": _concat,
    "Convolution": _convolution,
    "Divide": _divide,
    "Gather": _gather,
    "GroupConvolution": _group_convolution,
    "GroupConvolutionBackpropData": _group_deconvolution,
    "MatMul": _matmul,
    "Multiply": lambda attributes, x: [x[0] * x[1]],
    "PRelu": _prelu,
    "Reshape": _reshape,
    "ShapeOf": _shape_of,
    "Squeeze": _squeeze,
    "Subtract": lambda attributes, x: [x[0] - x[1]],
    "Tile": _tile,
    "Unsqueeze": _unsqueeze,
    "VariadicSplit": _variadic_split,
}
