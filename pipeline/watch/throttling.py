"""A source that throttles is told: to people once in a run, to whoever listens each time."""

from rich.console import Console

from pipeline.reports.progress import tell
from pipeline.sources import Cut
from pipeline.watch.events import SourceThrottled, publish


def tell_cut(console: Console, cut: Cut) -> None:
    """Tell that throttling has cut the rate of requests; from any thread."""
    publish(SourceThrottled(cut.pause, cut.rate))
    if cut.number == 1:
        tell(
            console,
            f"the source throttles us: nobody asks for {cut.pause:g} s, then all workers together for {cut.rate:,.1f}"
            " objects a second, more as long as that goes well",
        )
