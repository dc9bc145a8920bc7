"""Worker processes of this machine: forked from one that has imported what they need, each to keep one core busy."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

#: The libraries that would start a thread a core start one.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start(target: Callable[..., None], arguments: tuple[Any, ...], preload: list[str]) -> BaseProcess:
    """A process that runs `target`, with the modules of `preload` imported.

    The first start makes the server that all are forked from, and says what it imports. Ctrl-C reaches the whole group:
    the driver ends its workers, which would else be interrupted in the midst of an import.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preload)
    process = context.Process(target=target, args=arguments, daemon=True)
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return process
