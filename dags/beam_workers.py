"""Beam's direct runner with worker processes: it would wait for ever for one that died, and leave the others behind.

Its own start a Python each in every job, which imports for seconds; these are forked from one that has.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.portability.api import endpoints_pb2
from apache_beam.runners.direct.direct_runner import SwitchingDirectRunner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.fn_api_runner.worker_handlers import GrpcWorkerHandler, WorkerHandler
from apache_beam.runners.worker import sdk_worker_main
from apache_beam.transforms.environments import Environment
from google.protobuf import json_format, text_format  # type: ignore[import-untyped]

from dags.forked import start
from dags.guard import GRACE, Driver, end_with

#: What Beam knows our workers by; its payload are the modules that they start with, one a line.
URN = "medconcept:forked"

#: The thread that waits for a worker, and Beam's own that read what it says: an exception ends them when it dies.
WAITING = "beam worker"
READING = ("read_grpc_client_inputs", "beam_control_read")

#: Those that run.
_workers: list[BaseProcess] = []


@Environment.register_urn(URN, bytes)
class Forked(Environment):  # type: ignore[misc]
    """Workers that are forked with the modules of `preload` imported."""

    def __init__(self, preload: Sequence[str], *known: Any) -> None:
        super().__init__(*known)
        self._preload = "\n".join(preload)

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """What Beam hands to the worker's handler."""
        return URN, self._preload.encode()

    @staticmethod
    def from_runner_api_parameter(payload: bytes, *known: Any) -> "Forked":
        """The same from what was handed on."""
        return Forked(payload.decode().splitlines(), *known[:-1])


@WorkerHandler.register_environment(URN, bytes)
class ForkedWorker(GrpcWorkerHandler):  # type: ignore[misc]
    """Starts a worker, which ends with its connection; one that dies before is an exception in the thread WAITING."""

    def __init__(self, payload: bytes, *known: Any) -> None:
        super().__init__(*known)
        self._preload = payload.decode().splitlines()

    def start_worker(self) -> None:
        """Start the process."""
        options = json_format.MessageToJson(self.provision_info.provision_info.pipeline_options)
        known = {"PIPELINE_OPTIONS": options, "WORKER_ID": self.worker_id}
        for name, place in (("CONTROL", self.control_address), ("LOGGING", self.logging_api_service_descriptor().url)):
            stated = text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=place))
            known[f"{name}_API_SERVICE_DESCRIPTOR"] = stated
        self._process = start(_serve, (known, Driver.here()), self._preload)
        _workers.append(self._process)
        self._waiting = threading.Thread(name=WAITING, target=self._wait)
        self._waiting.start()

    def stop_worker(self) -> None:
        """Wait for its end."""
        self._waiting.join()

    def _wait(self) -> None:
        self._process.join()
        _workers.remove(self._process)
        if self._process.exitcode:
            raise RuntimeError(f"exit status {self._process.exitcode}")


def _serve(known: Mapping[str, str], driver: Driver) -> None:
    """The life of a worker. It tells its driver all that matters, and standard error all the rest."""
    end_with(driver)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.environ.update(known)
    sdk_worker_main.main([])


class WorkersRunner(FnApiRunner):  # type: ignore[misc]
    """The direct runner with worker processes, whose death fails the job."""

    def __init__(self, preload: Sequence[str]) -> None:
        super().__init__(Forked([sdk_worker_main.__name__, *preload]))

    def run_pipeline(self, pipeline: beam.Pipeline, options: PipelineOptions) -> Any:
        """Run the job to its end.

        Raises:
            RuntimeError: it failed, or a worker died.
        """
        ended: SimpleQueue[Any] = SimpleQueue()

        def work() -> None:
            try:
                ended.put(super(WorkersRunner, self).run_pipeline(pipeline, options))
            except Exception as error:  # whatever it is, it is raised again where the job was asked for
                ended.put(error)

        def died(fault: threading.ExceptHookArgs) -> None:
            if fault.thread is not None and fault.thread.name == WAITING:
                ended.put(RuntimeError(f"a worker died ({fault.exc_value})"))

        before, threading.excepthook = threading.excepthook, died
        result: Any = None
        try:
            threading.Thread(target=work, name="job", daemon=True).start()
            result = ended.get()
        finally:
            if result is None or isinstance(result, Exception):  # else Beam has ended them
                for worker in list(_workers):
                    worker.kill()
                for thread in threading.enumerate():
                    if thread.name in (WAITING, *READING):
                        thread.join(GRACE)
            threading.excepthook = before
        if isinstance(result, Exception):
            raise result
        return result


def open_pipeline(options: PipelineOptions, items: int, preload: Sequence[str]) -> beam.Pipeline:
    """An empty job for the runner of the options.

    Where it has worker processes of this machine, they start with the modules of `preload`, no more than it has items.
    The direct runner would look in the internet for a program to take its place: what it falls back to is named here.
    """
    pipeline = beam.Pipeline(options=options)
    if not isinstance(pipeline.runner, SwitchingDirectRunner):
        return pipeline
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        return beam.Pipeline(FnApiRunner(), options)
    workers = min(direct.direct_num_workers or len(os.sched_getaffinity(0)), items)
    ours = {"direct_running_mode": "in_memory", "direct_num_workers": workers}
    return beam.Pipeline(
        WorkersRunner(preload), PipelineOptions.from_dictionary(options.get_all_options(drop_default=True) | ours)
    )
