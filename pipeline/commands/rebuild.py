"""`medconcept rebuild`: the figures of published records, found again in the source as it is now."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.commands.options import (
    Concurrency,
    Connections,
    EncoderOption,
    Engine,
    EngineOption,
    EngineOptions,
    Exclude,
    MaxFailed,
    MaxMissing,
    Out,
    Patience,
    Replace,
    Requests,
    Source,
    Umls,
    Vocabulary,
    Workers,
    where,
)
from pipeline.watch.options import Log, MetricsPort

if TYPE_CHECKING:
    from pipeline.config.records import Records
    from pipeline.storage.store import Store

#: Where an output keeps what became of each record, a JSON object a line.
REPORT = "rebuilt.jsonl"


def rebuild(
    records: Annotated[
        Path, typer.Argument(metavar="RECORDS", help="records of MedConcept-23M, one JSON object a line")
    ],
    source: Source,
    out: Out,
    engine_options: EngineOptions = None,
    engine: EngineOption = Engine.local,
    workers: Workers = None,
    umls: Umls = None,
    vocabulary: Vocabulary = None,
    encoder: EncoderOption = None,
    recipe: Annotated[str, typer.Option(help="a recipe's name, or a YAML file")] = "medconcept23m",
    exclude: Exclude = None,
    concurrency: Concurrency = 16,
    requests: Requests = 1000,
    connections: Connections = 256,
    max_failed: MaxFailed = 0.01,
    max_missing: MaxMissing = 0.1,
    patience: Patience = 90.0,
    replace: Replace = False,
    log: Log = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Build the articles of published records in OUT, and report which triplet each record is, or why it is none."""
    from pipeline import run
    from pipeline.commands.lines import holds
    from pipeline.config.exclusion import read_exclusion
    from pipeline.config.recipe import Config, load_recipe
    from pipeline.config.records import read_records
    from pipeline.reports.progress import LineProgress
    from pipeline.storage.store import open_store
    from schemas.errors import UserError

    if umls and vocabulary:
        raise typer.BadParameter("name one of --umls and --vocabulary")
    if holds(str(records), os.path.join(out, REPORT)):
        raise UserError(f"{records} is where the report is written: name a copy of it")
    console = Console(stderr=True)
    with LineProgress(console, records.name) as progress:
        published = read_records(records, progress.advance)
    config = Config(
        source=source,
        output=out,
        recipe=load_recipe(recipe),
        umls=umls,
        vocabulary=vocabulary and str(vocabulary),
        encoder=encoder and str(encoder),
        articles=published.digest,
        exclude=read_exclusion(exclude) if exclude else (),
        max_failed=max_failed,
        max_missing=max_missing,
        **where(engine, engine_options, workers, concurrency, requests, connections, patience),
    )
    for line in run.build(config, console, replace, published):
        typer.echo(line)
    for line in report(open_store(out), published):
        typer.echo(line)


def report(store: "Store", records: "Records") -> Iterator[str]:
    """Write what became of each record into the output that was built of their articles, and sum it up in lines.

    Raises:
        UserError: there is no corpus, or a file of it cannot be read.
    """
    from pipeline.phases.corpus import open_corpus
    from pipeline.reports.record_outcomes import CAPTION_CHANGED, FOUND, outcomes

    corpus, counts, same = open_corpus(store), Counter[str](), 0
    with store.create(REPORT) as sink:
        for row in outcomes(corpus, records):
            counts[row["outcome"]] += 1
            same += row["outcome"] == FOUND and "caption" in row["by"]
            sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    found = counts[FOUND] + counts[CAPTION_CHANGED]
    yield f"{found:,} of {sum(counts.values()):,} records are triplets, {same:,} under the same caption"
    for outcome, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"{count:>12,}  {outcome.replace('_', ' ')}"
    yield f"what became of each record stands in {store.uri}/{REPORT}"
