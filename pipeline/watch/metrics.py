"""Metrics of a run for Prometheus, served on a port on request. The dashboard `docker/grafana.json` draws them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dags.graph import Receipt
from pipeline.watch.events import (
    Event,
    ItemDone,
    ItemFailed,
    ItemsCounted,
    Listener,
    PhaseEnded,
    PhaseStarted,
    RunEnded,
    RunStarted,
)

#: What all names begin with.
NAMESPACE = "medconcept"

#: Bounds of the seconds that items take: of a unit some seconds on a small corpus, an hour where a source is slow.
SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600)


class Metrics(Listener):
    """Counts what is told of a run."""

    def __init__(self) -> None:
        super().__init__()
        self.registry, self._phase = CollectorRegistry(), ""
        self._running = self._gauge("run_active", "1 while the run goes on", "run", "command", "engine")
        self._items = self._gauge("phase_items", "Items of a phase", "phase")
        self._done = self._gauge("phase_items_done", "Items of a phase that are committed, by any run", "phase")
        self._active = self._gauge("phase_active", "1 while a phase goes on", "phase")
        self._last = self._gauge("last_item_timestamp_seconds", "When the last item was committed", "phase")
        self._committed = self._counter("items", "Items that this run committed", "phase")
        self._failed = self._counter("items_failed", "Items that failed", "phase", "outage")
        self._retries = self._counter("item_retries", "Attempts at items beyond the first", "phase")
        self._rejects = self._counter("rejects", "Rows that were rejected", "phase", "reason")
        self._bytes = self._counter("written_bytes", "Bytes of the files of committed items", "phase")
        self._seconds = self._counter("stage_seconds", "Seconds that workers spent in a stage", "phase", "stage")
        self._rows = self._counter("stage_rows", "Rows that a stage was given", "phase", "stage")
        self._dropped = self._counter("stage_rejects", "Rows that a stage rejected", "phase", "stage")
        self._item_seconds = Histogram(
            "item_seconds", "Seconds that items took", ["phase"], NAMESPACE, registry=self.registry, buckets=SECONDS
        )

    def _gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(name, said, labels, NAMESPACE, registry=self.registry)

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        """A counter, which Prometheus sees with `_total` behind its name."""
        return Counter(name, said, labels, NAMESPACE, registry=self.registry)

    def take(self, event: Event) -> None:
        """Count."""
        match event:
            case RunStarted():
                self._run = (event.run, event.command, event.engine)
                self._running.labels(*self._run).set(1)
            case RunEnded():
                self._running.labels(*self._run).set(0)
                if self._phase:
                    self._active.labels(self._phase).set(0)
            case PhaseStarted():
                self._begin(event)
            case ItemsCounted():
                self._stand(event.phase, event.done)
            case ItemDone():
                self._add(event.phase, event.receipt)
            case ItemFailed():
                self._failed.labels(event.phase, str(event.failure.outage).lower()).inc()
                self._retries.labels(event.phase).inc(max(0, event.failure.attempts - 1))
            case PhaseEnded():
                self._active.labels(event.phase).set(0)

    def _begin(self, event: PhaseStarted) -> None:
        """Begin a phase; what may happen in it stands at 0 from the first scrape on, so that a rate sees its rise."""
        self._items.labels(event.phase).set(event.items)
        self._phase = event.phase
        self._active.labels(event.phase).set(1)
        self._told, self._standing = event.done, 0
        self._stand(event.phase, event.done)
        for each in (self._committed, self._retries, self._bytes, self._item_seconds):
            each.labels(event.phase)
        for outage in ("true", "false"):
            self._failed.labels(event.phase, outage)

    def _stand(self, phase: str, done: int) -> None:
        """So many items of a phase stand, or more: they may be counted before they are told."""
        self._standing = max(self._standing, done)
        self._done.labels(phase).set(self._standing)

    def _add(self, phase: str, receipt: Receipt) -> None:
        self._told += 1
        self._committed.labels(phase).inc()
        self._stand(phase, self._told)
        self._last.labels(phase).set_to_current_time()
        self._bytes.labels(phase).inc(sum(stamp["bytes"] for stamp in receipt.get("files", {}).values()))
        for reason, count in receipt.get("counts", {}).get("rejects", {}).items():
            self._rejects.labels(phase, reason).inc(count)
        if (work := receipt.get("work")) is None:
            return
        self._retries.labels(phase).inc(max(0, work["attempts"] - 1))
        self._item_seconds.labels(phase).observe(work["seconds"])
        for name, spent in work["stages"].items():
            self._seconds.labels(phase, name).inc(spent["seconds"])
            self._rows.labels(phase, name).inc(spent["rows_in"])
            self._dropped.labels(phase, name).inc(spent["rejects"])
