"""ONNX sessions on one thread, so that the same input always gives the same bytes."""

from functools import cache

import onnxruntime

from albumen.weights import weight


@cache
def one_thread_session(name: str) -> onnxruntime.InferenceSession:
    """The session of the weight file `name`, made once a process."""
    path = str(weight(name))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # or what one picture needed is held for ever: 0.9 GB
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
