"""`medconcept export`: the dataset of an output in another format, in a file or in a folder with a file a shard."""

import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.config.places import scheme
from schemas.errors import UserError

if TYPE_CHECKING:
    from pipeline.phases.corpus import Corpus
    from pipeline.reports.export.format import Format as Writer
    from pipeline.reports.export.shards import PublishedShard


class Format(str, Enum):
    """The formats."""

    medconcept23m = "medconcept23m"
    jsonl = "jsonl"
    coco = "coco"


def export(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[FORMAT] OUT [FILE]",
            help="FORMAT: medconcept23m (a record a figure as MedConcept-23M has them; the default), jsonl (a row a "
            "triplet) or coco (boxes); OUT: a directory or s3://bucket/prefix; FILE: as --output",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="a file, a folder (a file a shard), - for standard output"),
    ] = None,
    images: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help="coco: fetch the pictures into images/ beside FILE, and read their letters"
        ),
    ] = None,
) -> None:
    """Write the dataset of OUT in another format, and say on standard error what that leaves out."""
    from pipeline.phases.corpus import open_corpus
    from pipeline.reports.export.shards import published_shards
    from pipeline.storage.store import open_store

    format, out, target = _parse(words, output)
    if images and (format is not Format.coco or _beside(target) is None):
        raise typer.BadParameter("--images goes with coco and a FILE")
    if "://" in target:
        raise UserError(f"{target}: an export is written to a disk: name a file or a folder")
    corpus = open_corpus(open_store(out))
    writer = _writer(format, corpus, images, target)
    _write(writer, published_shards(corpus), target, [out, *filter(None, [images])])
    typer.echo(writer.summary(), err=target == "-")
    for line in writer.left_out():
        typer.echo(f"left out: {line}", err=True)


def _parse(words: list[str], output: str | None) -> tuple[Format, str, str]:
    """Format, OUT and FILE; raises BadParameter."""
    format, unknown = Format.medconcept23m, ""
    if words[0] in Format.__members__:
        format, words = Format(words[0]), words[1:]
    else:
        unknown = f"{words[0]} is no format ({', '.join(Format.__members__)})"
    files = [*words[1:], *filter(None, [output])]
    if not words or not files:
        raise typer.BadParameter(f"name OUT, and one FILE: no {'FILE' if words else 'OUT'} is named")
    if len(files) > 1:
        raise typer.BadParameter(
            "; ".join(filter(None, [f"name OUT, and one FILE, not {' and '.join(files)}", unknown]))
        )
    if unknown and not scheme(words[0]) and not os.path.exists(words[0]):
        raise typer.BadParameter(f"{unknown}, and no output")
    return format, words[0], files[0]


def _writer(format: Format, corpus: "Corpus", images: str | None, target: str) -> "Writer":
    """What writes a format; raises UserError where the source of pictures cannot be read."""
    if format is Format.jsonl:
        from pipeline.reports.export.rows import Rows

        return Rows()
    if format is Format.medconcept23m:
        from pipeline.reports.export.records import Records

        return Records()
    from pipeline.reports.export.coco import Coco
    from pipeline.reports.export.pictures import TOGETHER, Pictures
    from pipeline.reports.facts import content_version, description, inventory_date, read_facts
    from pipeline.sources import open_source
    from pipeline.storage.store import open_store

    facts = read_facts(corpus)
    about = {
        "description": description(facts),
        "version": content_version(facts),
        "date_created": inventory_date(facts),
    }
    beside = _beside(target)
    pictures = Pictures(open_source(images, TOGETHER), open_store(beside)) if images and beside else None
    return Coco(about, pictures, beside)


def _write(writer: "Writer", shards: list["PublishedShard"], target: str, sources: list[str]) -> None:
    """Write all shards into a file, or each into one of a folder. What is there stays until its next is whole."""
    from pipeline.commands.lines import check_target, opened
    from pipeline.reports.progress import LineProgress

    files = {target: shards}
    if _is_folder(target):
        check_target(target, *sources)
        files = {os.path.join(target, shard.name + writer.suffix): [shard] for shard in shards}
        _check_folder(target, set(files), writer)
    console = Console(stderr=True, quiet=target == "-" and sys.stdout.isatty())
    with LineProgress(console, os.path.basename(target.rstrip("/"))) as progress:
        for file, some in files.items():
            with opened(file, *sources) as sink:
                for part in writer.document(some):
                    sink.write(part)
                    progress.advance(1)


def _is_folder(target: str) -> bool:
    return target.endswith("/") or os.path.isdir(target)


def _beside(target: str) -> str | None:
    """The folder for what goes with FILE; None beside standard output and devices."""
    place = os.path.abspath(target)
    if _is_folder(target):
        return place
    is_stream = target == "-" or (os.path.exists(place) and not os.path.isfile(place))
    return None if is_stream else os.path.dirname(place)


def _check_folder(folder: str, expected: set[str], writer: "Writer") -> None:
    """Make the folder; raises UserError where it holds a file that would pass for a shard, or would be lost."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(folder).glob(f"*{writer.suffix}")):
        if os.path.join(folder, path.name) not in expected:
            raise UserError(f"{path} is of no shard: remove it, or name another folder")
        with path.open("rb") as file:
            if file.read(len(writer.begins)) not in (b"", writer.begins):
                raise UserError(f"{path} is in another format: remove it, or name another folder")
