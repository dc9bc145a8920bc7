"""The options by which a command tells of its work while it runs. What they need is imported where one is named."""

import sys
from typing import Annotated

import typer

from schemas.errors import UserError


def log_to(context: typer.Context, place: str | None) -> str | None:
    """Log to a file, behind what it holds, or to standard output, until the command ends; raises OSError."""
    if place is not None:
        from pipeline.verbosity import LOG
        from pipeline.watch.events import EVENTS
        from pipeline.watch.log import JsonLog

        handler = JsonLog(sys.stdout if place == "-" else open(place, "a", encoding="utf-8"))  # noqa: SIM115
        EVENTS.addHandler(handler)
        LOG.addHandler(handler)
        context.call_on_close(handler.close)
    return place


def serve_metrics(context: typer.Context, port: int | None) -> int | None:
    """Serve metrics until the command ends.

    Raises:
        UserError: the extra is not installed.
        OSError: the port is taken.
    """
    if port is None:
        return None
    try:
        from prometheus_client import start_http_server

        from pipeline.watch.metrics import Metrics
    except ImportError as error:
        raise UserError(f'--metrics-port needs pip install "medconcept[metrics]": {error}') from error
    from pipeline.watch.events import EVENTS

    metrics = Metrics()
    try:
        server, _ = start_http_server(port, registry=metrics.registry)
    except OSError as error:
        raise UserError(f"--metrics-port {port}: {error.strerror or error}") from error
    EVENTS.addHandler(metrics)
    context.call_on_close(lambda: EVENTS.removeHandler(metrics))
    context.call_on_close(server.server_close)
    context.call_on_close(server.shutdown)  # they are called in reverse
    return port


#: The options of the commands that run phases; the functions have nothing to do with their values.
Log = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|-",
        callback=log_to,
        help="log each item, failure and warning as a line of JSON to FILE, or - for standard output",
    ),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(min=1, max=65535, callback=serve_metrics, help="serve metrics for Prometheus on this port"),
]
