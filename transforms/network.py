"""A network in an ONNX file, run by ONNX Runtime: on CUDA where it answers, else on a bounded number of CPU threads."""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from schemas.errors import Outage

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
#: Pictures in a run on a CPU at most: what more of them become on the way would not stay in its caches.
FEW = 4

T = TypeVar("T")


class Network:
    """The network of `file`, on at most `threads` threads where it runs on the CPU, as it does without `cuda`.

    Opened at its first use, once a process; a copy in another process opens its own.
    """

    def __init__(self, file: Path, threads: int = 1, cuda: bool = True) -> None:
        self.file = file
        self._threads, self._cuda = threads, cuda

    @property
    def provider(self) -> str:
        """What it runs on: CUDAExecutionProvider or CPUExecutionProvider."""
        return str(self.open().get_providers()[0])

    def open(self) -> Any:
        """The session, opened now rather than at the first use."""
        return _session(self.file, self._threads, self._cuda)

    def batches(self, items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
        """The items, as many together as it works on at once where it runs: at most `most`."""
        size = most if self.provider == CUDA else min(FEW, most)
        return (items[start : start + size] for start in range(0, len(items), size))

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """The named outputs, or all.

        Raises:
            Outage: the device failed or has no memory left.
        """
        from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, Fail, RuntimeException

        try:
            found: list[NDArray[np.float32]] = self.open().run(outputs, inputs)
        except (EPFail, Fail, RuntimeException) as error:
            raise Outage(f"{self.file.name} on {self.provider}: {error}") from error
        return found


@cache
def cuda_answers() -> bool:
    """Whether ONNX Runtime was built with CUDA and the driver knows a device that this process may use."""
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        return False
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


@cache
def _session(file: Path, threads: int, cuda: bool) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave their core to others
    options.log_severity_level = 3  # errors
    providers: list[Any] = [CPU]
    if cuda and cuda_answers():
        onnxruntime.preload_dlls()  # CUDA and cuDNN as pip installs them
        # Heuristic: the exhaustive search would begin anew at every size of a last batch.
        providers.insert(0, (CUDA, {"cudnn_conv_algo_search": "HEURISTIC"}))
    return onnxruntime.InferenceSession(file.read_bytes(), options, providers=providers)
