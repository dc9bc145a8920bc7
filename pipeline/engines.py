"""Which engine runs a graph; an engine's library is imported only where it is chosen."""

import os
from functools import partial
from typing import Protocol

from dags import inline, local
from dags.graph import Engine
from schemas.errors import UserError

#: What a worker of this machine imports before it is told its work: all that takes long.
PRELOAD = ["pipeline.run"]


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
        workers = config.workers or len(os.sched_getaffinity(0))
        return partial(local.run, workers=workers, preload=["pipeline.worker", *PRELOAD])
    try:
        if config.engine == "ray":
            from dags import ray_cluster, ray_engine

            ray_cluster.connect()
            return ray_engine.run
        from dags import beam_engine

        return partial(beam_engine.run, options=beam_engine.parse(list(config.engine_options)), preload=PRELOAD)
    except ImportError as error:
        raise UserError(f'--engine {config.engine} needs pip install "medconcept[{config.engine}]": {error}') from error
