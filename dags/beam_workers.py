"""Beam's direct runner with worker processes: it would wait for ever for one that died, and leave the others behind."""

import shlex
import sys
import threading
from queue import SimpleQueue
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.runners.direct.direct_runner import SwitchingDirectRunner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from dags.guard import kill_children

#: A worker process of this machine. It tells its driver all that matters, and standard error all the rest.
MODULE = "apache_beam.runners.worker.sdk_worker_main"
WORKER = f"exec {shlex.quote(sys.executable)} -m {MODULE} 2>/dev/null"

#: What Beam calls the thread that waits for a worker process.
WAITING = "run_worker"


class WorkersRunner(FnApiRunner):  # type: ignore[misc]
    """The direct runner with worker processes, whose death fails the job."""

    def __init__(self) -> None:
        super().__init__(SubprocessSDKEnvironment.from_command_string(WORKER))

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
                kill_children(MODULE)
                for thread in threading.enumerate():
                    if thread.name == WAITING:
                        thread.join()
            threading.excepthook = before
        if isinstance(result, Exception):
            raise result
        return result


def open_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """An empty job for the runner of the options.

    The direct runner would look in the internet for a program to take its place: what it falls back to is named here.
    """
    pipeline = beam.Pipeline(options=options)
    if not isinstance(pipeline.runner, SwitchingDirectRunner):
        return pipeline
    if options.view_as(DirectOptions).direct_running_mode != "multi_processing":
        return beam.Pipeline(FnApiRunner(), options)
    ours = options.get_all_options(drop_default=True) | {"direct_running_mode": "in_memory"}
    return beam.Pipeline(WorkersRunner(), PipelineOptions.from_dictionary(ours))
