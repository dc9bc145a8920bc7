"""Which engine runs a graph; an engine's library is imported only where it is chosen."""

from functools import partial

from dags import inline
from dags.graph import Engine
from pipeline.config import Config
from schemas.errors import UserError


def open_engine(config: Config) -> Engine:
    """The engine that the configuration names; raises UserError where its extra is not installed."""
    try:
        if config.engine == "ray":
            from dags import ray_engine

            return ray_engine.run
        if config.engine == "beam":
            from dags import beam_engine

            return partial(beam_engine.run, options=list(config.engine_options))
    except ImportError as error:
        raise UserError(f'--engine {config.engine} needs pip install "medconcept[{config.engine}]": {error}') from error
    return inline.run
