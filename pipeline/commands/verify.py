"""`verify`: on which engine its checks run, and where workers leave what they find that cannot tell it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from pipeline.config.places import scheme
from pipeline.engines import open_engine
from pipeline.phases.verify import faults
from pipeline.storage.store import Store, open_store
from pipeline.watch.events import running

#: An output of so many bytes at most is looked at in this process: others would take longer to start.
SMALL = 256 << 20


@dataclass(frozen=True)
class Where:
    """Where the work is done; `engine` is "" where it is not named."""

    engine: str
    engine_options: tuple[str, ...]
    workers: int | None


def verified(store: Store, where: Where) -> Iterator[str]:
    """The faults of an output; raises UserError as `faults` does, and where the engine cannot be had."""
    if not where.engine:
        small = where.workers is None and sum(store.listing("").values()) <= SMALL
        where = Where("inline" if small else "local", (), where.workers)
    engine = open_engine(where)
    run = running(secrets.token_hex(6), "verify", store.uri, where.engine)
    with _answers(where) as answers, run:
        yield from faults(store, engine, answers)


@contextmanager
def _answers(where: Where) -> Iterator[Store | None]:
    """Where the workers of a Beam job leave what they find; None for an engine that gives it back itself.

    That is Beam's `--temp_location` if it is a bucket of S3, which workers elsewhere need, else a folder of this
    machine. Nothing of it stays.
    """
    if where.engine != "beam":
        yield None
        return
    from dags import beam_engine

    named = beam_engine.parse(list(where.engine_options)).get_all_options().get("temp_location") or ""
    if scheme(named) != "s3":
        with TemporaryDirectory(prefix="medconcept-verify-") as folder:
            yield open_store(folder)
        return
    answers = open_store(f"{named.rstrip('/')}/medconcept-verify-{secrets.token_hex(8)}")
    try:
        yield answers
    finally:
        answers.delete_all(answers.files(""))
