"""ONNX sessions on one thread, so that the same input always gives the same bytes."""

from functools import cache

import onnxruntime

from albumen.errors import WeightsError
from albumen.weights import is_whole, pinned, weight


@cache
def one_thread_session(name: str) -> onnxruntime.InferenceSession:
    """The session of the weight file `name`, made once a process.

    Raises WeightsError when the file is absent or is not the one that was pinned: onnxruntime would
    say something of protocol buffers, or draw nonsense.
    """
    path = str(weight(name))
    if not is_whole(pinned()[name]):
        raise WeightsError(
            f"Weight file '{name}' is damaged ({path}): run `albumen weights fetch {name}`."
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # or what one picture needed is held for ever: 0.9 GB
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
