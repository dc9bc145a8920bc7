"""The Beam engine: the items as a collection, the whole chain of an item in one DoFn. Any runner takes its options.

Workers with GPUs are asked for by Beam's own option, in Dataflow's form:
`--resource_hint accelerator=type:nvidia-tesla-t4;count:1;install-nvidia-driver`.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import uuid4

import apache_beam as beam
import grpc  # type: ignore[import-untyped]
import pyarrow as pa
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.direct.direct_runner import SwitchingDirectRunner
from apache_beam.runners.runner import PipelineState
from apache_beam.utils.shared import Shared

from dags.beam_workers import open_pipeline
from dags.graph import Chain, Failure, Graph, Item, Receipt
from dags.guard import Driver, end_with
from dags.stage import Beat
from schemas.errors import UserError, told
from schemas.explain import nearest

#: Outcomes that are read at once from what a job left.
READERS = 32


class _Worker:
    """The chain in this process, for all instances and threads of the DoFn: its models are loaded once."""

    def __init__(self, graph: Graph, driver: Driver) -> None:
        self._chain, self._lock = Chain(graph), threading.Lock()
        if driver.pid != os.getpid():
            pa.set_cpu_count(1)
            end_with(driver)

    def __call__(self, item: Item) -> Receipt | Failure:
        with self._lock:  # stages are not made for threads
            return self._chain(item)


class _Work(beam.DoFn):  # type: ignore[misc]
    """The chain on each item; a failure is reported under the job's name, for nobody takes what a DoFn returns."""

    def __init__(self, graph: Graph, made_by: list[dict[str, Any]], job: str) -> None:
        self.graph, self.made_by, self.job = graph, made_by, job
        self.driver, self.shared = Driver.here(), Shared()

    def setup(self) -> None:
        self.worker = self.shared.acquire(lambda: _Worker(self.graph, self.driver))

    def process(self, element: tuple[str, str, Any, int]) -> None:
        folder, key, payload, made_by = element
        outcome = self.worker(Item(folder, key, payload, self.made_by[made_by]))
        _count(self.graph.name, outcome)
        if isinstance(outcome, Failure):
            self.graph.report(replace(outcome, job=self.job))


def _count(phase: str, outcome: Receipt | Failure) -> None:
    """Count an item for the page of the job: Beam's metrics, in the phase's namespace."""
    if isinstance(outcome, Failure):
        Metrics.counter(phase, "items_failed").inc()
        return
    Metrics.counter(phase, "items_done").inc()
    for reason, count in outcome.get("counts", {}).get("rejects", {}).items():
        Metrics.counter(phase, f"rejected_{reason}").inc(count)
    if (work := outcome.get("work")) is None:
        return
    Metrics.distribution(phase, "item_ms").update(round(1000 * work["seconds"]))
    for stage, spent in work["stages"].items():
        Metrics.counter(phase, f"{stage}_rows").inc(spent["rows_in"])
        Metrics.counter(phase, f"{stage}_ms").inc(round(1000 * spent["seconds"]))


def parse(options: list[str]) -> PipelineOptions:
    """The options of the runner.

    Raises:
        UserError: neither Beam nor one of its runners knows one of them, a value is none, or the job would never end.
    """
    found: list[Any] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=found.append)
    (parser,) = found
    parser.error = _refuse
    if unknown := parser.parse_known_args(options)[1]:
        known = [name for action in parser._actions for name in action.option_strings]
        raise UserError(f"Beam knows no option {unknown[0]}{nearest(unknown[0].partition('=')[0], known)}")
    try:
        parsed = PipelineOptions(options)
        beam.Pipeline(options=parsed)
    except ValueError as error:
        raise UserError(f"Beam: {told(error)}") from error
    standard = parsed.view_as(StandardOptions)
    if "dataflow" in (standard.runner or "").lower():
        try:
            import_module("apache_beam.runners.dataflow.internal.apiclient")
        except ImportError as error:  # Beam would find out when the first phase begins
            raise UserError(f'Beam: Dataflow needs pip install "medconcept[beam-gcp]": {error}') from error
    if standard.streaming:
        raise UserError("Beam: --streaming is for jobs without an end, and each phase is a batch")
    return parsed


def workers(options: PipelineOptions) -> tuple[bool, int | None]:
    """Whether the runner of the options works on this machine, and its processes; None where no option bounds them."""
    if isinstance(beam.Pipeline(options=options).runner, SwitchingDirectRunner):
        return True, options.view_as(DirectOptions).direct_num_workers or len(os.sched_getaffinity(0))
    known = options.get_all_options()
    named = (known.get(name) or 0 for name in ("max_num_workers", "num_workers", "parallelism"))
    return False, next((count for count in named if count > 0), None)


def _refuse(message: str) -> None:
    raise UserError(f"Beam: {message}")


def run(
    graph: Graph, items: list[Item], beat: Beat, options: PipelineOptions, preload: Sequence[str] = ()
) -> Iterator[Receipt | Failure]:
    """Run the items as one Beam job; the outcomes are read from what it left when it has ended. It sends no beats.

    Workers of this machine start with the modules of `preload` imported.

    Raises:
        UserError: the runner does not take the job.
    """
    job = uuid4().hex
    with ThreadPoolExecutor(READERS) as pool:
        before = list(pool.map(graph.done, items))
    trouble = _trouble(_pipeline(graph, items, job, options, preload))
    with ThreadPoolExecutor(READERS) as pool:
        left = zip(items, before, pool.map(graph.done, items), pool.map(graph.reported, items), strict=True)
        for item, old, receipt, failure in left:
            if failure is not None and failure.job == job:
                yield failure
            elif receipt is not None and not (trouble and receipt == old):
                yield receipt
            else:
                reason = trouble or "it ended without a word of this item"
                yield Failure(item, f"{item.folder}: left without a receipt by the Beam job: {reason}")


def _pipeline(
    graph: Graph, items: list[Item], job: str, options: PipelineOptions, preload: Sequence[str] = ()
) -> beam.Pipeline:
    """The job. Its elements are small: what many items are made by goes with the DoFn."""
    made_by: list[dict[str, Any]] = []
    elements = []
    for item in items:
        if item.made_by not in made_by[-1:]:
            made_by.append(item.made_by)
        elements.append((item.folder, item.key, item.payload, len(made_by) - 1))
    pipeline = open_pipeline(options, len(items), preload)
    work = _Work(graph, made_by, job)
    spread = pipeline | f"items of {graph.name}" >> beam.Create(elements) | f"spread {graph.name}" >> beam.Reshuffle()
    _ = spread | graph.name >> beam.ParDo(work)
    return pipeline


def _trouble(pipeline: beam.Pipeline) -> str:
    """Run a job to its end; in words what its runner says of one that failed, else ""."""
    try:
        result = pipeline.run()
        try:
            result.wait_until_finish()
        except KeyboardInterrupt:
            result.cancel()
            raise
    except RuntimeError as error:  # of a job that its runner gave up
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return lines[-1] if lines else type(error).__name__
    except (grpc.RpcError, grpc.FutureTimeoutError, OSError, ValueError) as error:
        raise UserError(f"Beam does not take the job: {told(error)}") from error
    return "" if result.state == PipelineState.DONE else f"its state is {result.state}"
