"""Worker processes, forked from a server that has imported what they need."""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.context import ForkServerContext

import pyarrow as pa

Map = Callable[[Callable, Iterable], Iterator]  # as the builtin: map(function, arguments)
AHEAD = 2  # calls a process that wait


def cores() -> int:
    """How many processes may run at once."""
    return len(os.sched_getaffinity(0))


@contextmanager
def pool(processes: int) -> Iterator[Map]:
    """A `map` whose calls run in so many processes, or here if it is one; results in order.

    What has not begun when the block is left is never begun.
    """
    if processes <= 1:
        yield map
        return
    with ProcessPoolExecutor(processes, server(), initializer=_prepare) as executor:
        try:
            yield partial(_run, executor, AHEAD * processes)
        finally:
            executor.shutdown(cancel_futures=True)


def _run(
    executor: ProcessPoolExecutor, ahead: int, function: Callable, arguments: Iterable
) -> Iterator:
    """The results in order; no more than `ahead` calls wait, so that memory does not grow."""
    waiting: deque[Future] = deque()
    for argument in arguments:
        waiting.append(executor.submit(function, argument))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def server() -> ForkServerContext:
    """What starts the processes: a notebook's own process has threads, and must not be forked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["albumen.ingest"])
    return context


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for cycles: what is made of a file holds none, and each look takes long."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle: finish what is begun
    pa.set_memory_pool(pa.system_memory_pool())  # gives back what a batch took
    gc.freeze()  # modules stay: looking for cycles among them takes longer than all else it does
