"""The commands that look at an output, or at a source before there is one. Each imports what it runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.options import Limit, Out, Source


def verify(out: Out) -> None:
    """Check that OUT is whole: conservation, checksums, schemas, offsets, Parquet equal to WebDataset."""
    from pipeline.phases.verify import count_unconfirmed, faults
    from pipeline.storage.store import open_store

    store, found = open_store(out), 0
    for fault in faults(store):
        typer.echo(fault)
        found += 1
    if found:
        raise typer.Exit(1)
    typer.echo("no fault found")
    if doubted := count_unconfirmed(store):
        typer.echo(f"{doubted} objects are missing or damaged, though listed: the next run confirms or heals them")


def digest(out: Out) -> None:
    """Print a digest of the dataset's content: the same for every engine and every way of resuming."""
    from pipeline.reports.digest import dataset_digest
    from pipeline.storage.store import open_store

    typer.echo(dataset_digest(open_store(out)))


def audit(out: Out) -> None:
    """Write OUT/audit from the published dataset, and print the headline figures."""
    from pipeline.phases.corpus import open_corpus
    from pipeline.phases.documents import write_report
    from pipeline.storage.store import open_store

    store = open_store(out)
    for line in write_report(open_corpus(store), store):
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


def plan(
    source: Source,
    limit: Limit = None,
    cores: Annotated[int, typer.Option(min=1, help="cores of the cluster")] = 64,
    core_hour: Annotated[float, typer.Option(min=0, help="price of a core for an hour")] = 0.04,
) -> None:
    """Count what SOURCE holds, and estimate what a build takes on a cluster."""
    from pipeline.commands.estimate import estimate

    for line in estimate(source, limit, cores, core_hour):
        typer.echo(line)
