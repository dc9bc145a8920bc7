"""The commands that look at an output. Each imports what it runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.options import Engine, EngineOptions, Out, Workers, check_where
from pipeline.watch.options import Log, MetricsPort


def verify(
    out: Out,
    engine_options: EngineOptions = None,
    engine: Annotated[
        Engine | None,
        typer.Option(help="where the work is done; if not given: local, or this process for a small OUT"),
    ] = None,
    workers: Workers = None,
    log: Log = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Check that OUT is whole: conservation, checksums, schemas, offsets, Parquet equal to WebDataset."""
    from pipeline.commands.verify import Where, verified
    from pipeline.phases.verify import count_unconfirmed
    from pipeline.storage.store import open_store

    check_where(engine or Engine.local, engine_options, workers)
    store, found = open_store(out), 0
    for fault in verified(store, Where(engine.value if engine else "", tuple(engine_options or ()), workers)):
        typer.echo(fault)
        found += 1
    if found:
        raise typer.Exit(1)
    typer.echo("no fault found")
    if doubted := count_unconfirmed(store):
        typer.echo(f"{doubted} objects are missing or damaged, though listed: the next run confirms or heals them")


def digest(out: Out) -> None:
    """Print a digest of the dataset's content, as its receipts state it: the same for every engine and every resume."""
    from pipeline.reports.digest import dataset_digest
    from pipeline.storage.store import open_store

    typer.echo(dataset_digest(open_store(out)))


def audit(
    out: Out,
    compare: Annotated[
        str | None,
        typer.Option(metavar="OTHER", help="an output, a dataset or a JSONL file of MedConcept-23M to compare with"),
    ] = None,
) -> None:
    """Write OUT/audit, with examples from the rows of OUT, and print the headline figures."""
    from pipeline.commands.audit import write_audit
    from pipeline.phases.corpus import open_corpus
    from pipeline.storage.store import open_store

    for line in write_audit(open_corpus(open_store(out)), compare):
        typer.echo(line)


def leakage(
    out: Out,
    images: Annotated[
        Path, typer.Option(metavar="DIR|FILE", help="a folder of pictures, or a Parquet file with a column of images")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="a JSONL file for each panel that shows an image")
    ] = None,
) -> None:
    """Report which triplets of OUT duplicate evaluation images, by the comparison that finds OUT's own duplicates."""
    from pipeline.commands.leakage import report
    from pipeline.storage.store import open_store

    for line in report(open_store(out), images, output, Console(stderr=True)):
        typer.echo(line)


def lock(
    out: Out, file: Annotated[Path, typer.Argument(metavar="FILE", help="the lock that is written: a Parquet file")]
) -> None:
    """Write what rebuilds OUT elsewhere in one compact file, without a picture or a text."""
    from pipeline.commands.lock import lock
    from pipeline.storage.store import open_store

    for line in lock(open_store(out), str(file)):
        typer.echo(line)
