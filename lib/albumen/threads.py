"""Pin the number of threads: CPU results differ between one and two, so runs record it."""

import cv2
import torch


def pin_threads(threads: int = 1) -> dict[str, int]:
    """Let torch and OpenCV use `threads` threads; returns what to put in a manifest."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    return {"torch_threads": torch.get_num_threads(), "cv2_threads": cv2.getNumThreads()}
