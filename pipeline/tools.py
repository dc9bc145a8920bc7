"""The commands on single files: split pictures, link texts, split captions, compile vocabularies."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import UserError

vocabulary = typer.Typer(help="Compile the names that concepts are linked by.")

In = Annotated[str, typer.Argument(metavar="IN", help="a JSONL file, - for standard input")]
Out = Annotated[str, typer.Argument(metavar="OUT", help="a JSONL file, - for standard output")]


@vocabulary.command("build")
def vocabulary_build(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the vocabulary to write")],
    umls: Annotated[str | None, typer.Option(help="the folder of MRCONSO.RRF and MRSTY.RRF")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="the open starter vocabulary")] = False,
) -> None:
    """Compile a UMLS release, or the starter vocabulary, into FILE."""
    from pipeline.vocabularies import compile_vocabulary
    from transforms.concepts import vocabulary as vocabularies

    if (umls is None) != starter:
        raise typer.BadParameter("name one of --umls DIR and --starter")
    table = compile_vocabulary(umls)
    vocabularies.write(table, file)
    typer.echo(f"{vocabularies.version(table)}: {len(table)} names of {len(set(table['cui'].to_pylist()))} concepts")


def split(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="pictures")],
    output: Annotated[Path, typer.Option("-o", "--output", help="a JSONL file")],
) -> None:
    """Find the panels of pictures; one JSON line each."""
    with output.open("w", encoding="utf-8") as file:
        for image in images:
            file.write(_line({"image": str(image)} | _split(image)))


def _split(image: Path) -> dict[str, Any]:
    from transforms.images import ImageError
    from transforms.panels import split_image

    try:
        width, height, panels = split_image(image.read_bytes())
    except ImageError as error:
        return {"reject": error.reason.value, "detail": str(error)}
    return {"width": width, "height": height, "panels": panels}


def link(
    texts: In,
    output: Out,
    umls: Annotated[str | None, typer.Option(help="the folder of MRCONSO.RRF and MRSTY.RRF")] = None,
    vocabulary: Annotated[Path | None, typer.Option(help="a file of `medconcept vocabulary build`")] = None,
) -> None:
    """Link the concepts of texts; {"id", "text"} a line."""
    from pipeline.vocabularies import compile_vocabulary
    from transforms.concepts import Dictionary
    from transforms.concepts import vocabulary as vocabularies

    if umls and vocabulary:
        raise typer.BadParameter("name one of --umls and --vocabulary")
    table = vocabularies.read(vocabulary) if vocabulary else compile_vocabulary(umls)
    dictionary = Dictionary(table)
    _map_lines(texts, output, "text", lambda row: {"concepts": dictionary.link(row["text"])})


def captions(texts: In, output: Out) -> None:
    """Split captions into one text a panel; {"id", "caption"[, "labels"]} a line."""
    from transforms.captions import caption_parts

    _map_lines(texts, output, "caption", lambda row: {"panels": caption_parts(row["caption"], row.get("labels"))})


def _map_lines(source: str, target: str, column: str, function: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    with ExitStack() as stack:
        lines = sys.stdin.buffer if source == "-" else stack.enter_context(open(source, "rb"))
        output = sys.stdout if target == "-" else stack.enter_context(open(target, "w", encoding="utf-8"))
        for row in _rows(lines, source, column):
            output.write(_line({"id": row["id"]} | function(row)))


def _rows(lines: Iterable[bytes], source: str, column: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UserError(f"{source}:{number}: no JSON: {error}") from None
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get(column), str):
            raise UserError(f'{source}:{number}: no object with "id" and a text "{column}"')
        labels = row.get("labels")
        if labels is not None and not (isinstance(labels, list) and all(isinstance(label, str) for label in labels)):
            raise UserError(f'{source}:{number}: "labels" is no list of texts')
        yield row


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"
