"""Which engine runs a graph; an engine's library is imported only where it is chosen."""

import os
import socket
from functools import partial
from typing import NamedTuple, Protocol

from dags import inline, local
from dags.graph import Engine
from schemas.errors import UserError

#: What a worker of this machine imports before it is told its work: all that takes long.
PRELOAD = ["pipeline.run"]

#: The address of this machine for itself.
LOOPBACK = "127.0.0.1"

#: Processes that are reckoned with, at least, on a cluster whose number of them nobody knows: a Beam runner chooses it
#: where no option bounds it, and one of Ray grows.
MANY = 100


class Choice(Protocol):
    """The part of a configuration that names an engine."""

    @property
    def engine(self) -> str:
        """Its name."""

    @property
    def engine_options(self) -> tuple[str, ...]:
        """Those of the Beam runner."""

    @property
    def workers(self) -> int | None:
        """Processes of the local engine; None for one a core."""


def open_engine(config: Choice) -> Engine:
    """The engine that the configuration names, connected.

    Raises:
        UserError: its extra is not installed, its cluster does not answer, or its options are none.
    """
    if config.engine == "inline":
        return inline.run
    if config.engine == "local":
        return partial(local.run, workers=_processes(config), preload=["pipeline.worker", *PRELOAD])
    try:
        if config.engine == "ray":
            from dags import ray_cluster, ray_engine

            ray_cluster.connect()
            return ray_engine.run
        from dags import beam_engine

        return partial(beam_engine.run, options=beam_engine.parse(list(config.engine_options)), preload=PRELOAD)
    except ImportError as error:
        raise UserError(f'--engine {config.engine} needs pip install "medconcept[{config.engine}]": {error}') from error


class Reach(NamedTuple):
    """The address under which workers reach this machine, and about how many processes of them there are."""

    host: str
    workers: int


def reach(config: Choice) -> Reach:
    """How the workers of the engine reach this machine; the engine has been opened."""
    if config.engine == "inline":
        return Reach(LOOPBACK, 1)
    if config.engine == "local":
        return Reach(LOOPBACK, _processes(config))
    if config.engine == "ray":
        from dags import ray_cluster

        return Reach(ray_cluster.own_address(), max(ray_cluster.cores(), MANY))
    from dags import beam_engine

    here, workers = beam_engine.workers(beam_engine.parse(list(config.engine_options)))
    return Reach(LOOPBACK if here else _own_address(), workers or MANY)


def _processes(config: Choice) -> int:
    """Those of the local engine."""
    return config.workers or len(os.sched_getaffinity(0))


def _own_address() -> str:
    """The address under which others see this machine: that of the route to them. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(("192.0.2.1", 9))  # RFC 5737: an address that nobody has
        except OSError:
            return LOOPBACK
        return str(route.getsockname()[0])
