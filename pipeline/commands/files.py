"""The commands on single files: split pictures, link texts, split captions, compile vocabularies."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.reports.progress import LineProgress
from schemas.errors import UserError
from schemas.explain import blamed, nearest
from schemas.tables import Row

#: Lines that are read, worked on and written at once.
BATCH = 256

vocabulary = typer.Typer(help="Compile the names that concepts are linked by.")

In = Annotated[str, typer.Argument(metavar="IN", help="a JSONL file, - for standard input")]
Out = Annotated[str, typer.Argument(metavar="OUT", help="a JSONL file, - for standard output")]


@vocabulary.command("build")
def vocabulary_build(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the vocabulary to write")],
    umls: Annotated[str | None, typer.Option(help="the folder of MRCONSO.RRF and MRSTY.RRF")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="the open starter vocabulary")] = False,
    language: Annotated[str, typer.Option(help="the language of the names, LAT in MRCONSO.RRF")] = "ENG",
    suppressed: Annotated[bool, typer.Option("--suppressed", help="keep suppressed names as well")] = False,
    sources: Annotated[str, typer.Option(help="only these source vocabularies: MSH,NCI")] = "",
    term_types: Annotated[str, typer.Option(help="only these term types: PT,SY")] = "",
    semantic_types: Annotated[
        str, typer.Option(help="only concepts of these semantic types or groups: T047,ANAT")
    ] = "",
    no_imaging: Annotated[bool, typer.Option("--no-imaging", help="without our list of imaging terms")] = False,
) -> None:
    """Compile a UMLS release, or the starter vocabulary, into FILE."""
    from pipeline.resources.vocabularies import compile_vocabulary
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.semantic_types import expand
    from transforms.concepts.umls import Filters

    if (umls is None) != starter:
        raise typer.BadParameter("name one of --umls DIR and --starter")
    filters = Filters(language, suppressed, _list(sources), _list(term_types), expand(_list(semantic_types)))
    if starter and filters != Filters():
        raise typer.BadParameter("filters go with --umls")
    if file.exists() and not file.is_file():  # a device, say: it would be replaced
        raise UserError(f"{file} is no file")
    with blamed(str(file)):
        version = compile_vocabulary(umls, file, filters, not no_imaging)
    counts = Lexicon.open(file).header["counts"]
    typer.echo(f"{version}: {counts['rows']} names and variants of {counts['concepts']} concepts")


def _list(text: str) -> tuple[str, ...]:
    """The parts of a list that commas separate, sorted."""
    return tuple(sorted({part.strip() for part in text.split(",")} - {""}))


def split(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="pictures")],
    output: Annotated[Path, typer.Option("-o", "--output", help="a JSONL file")],
    draw: Annotated[Path | None, typer.Option(metavar="DIR", help="a folder for pictures of what was found")] = None,
) -> None:
    """Find the panels of pictures and their modality; a JSON line each. What is no picture gets its reason instead."""
    from transforms.images.decode import ImageError, decode
    from transforms.modality.evidence import decide, posterior
    from transforms.modality.picture import Classifier
    from transforms.panels.draw import draw_panels
    from transforms.panels.finder import PanelFinder

    finder, classifier = PanelFinder(), Classifier()
    if draw:
        draw.mkdir(parents=True, exist_ok=True)
    drawn: Counter[str] = Counter()
    with _written(str(output), *map(str, images)) as write:
        for path in images:
            row: Row = {"image": str(path)}
            try:
                image = decode(path.read_bytes()).image
            except ImageError as error:
                typer.echo(f"medconcept: {path}: {error}", err=True)
                write([row | {"reject": error.reason.value, "detail": str(error)}])
                continue
            (found,) = finder.find([image])
            looks = classifier.look([image.crop(panel.box) for panel in found.panels])
            panels = [
                {"box": panel.box, "score": panel.score, "label": panel.label, "modality": decide(posterior(seen, ()))}
                for panel, seen in zip(found.panels, looks, strict=True)
            ]
            write([row | {"width": image.width, "height": image.height, "panels": panels}])
            if draw:
                drawn[path.stem] += 1
                again = f".{drawn[path.stem]}" if drawn[path.stem] > 1 else ""  # of the same name elsewhere
                draw_panels(image, found.panels).save(draw / f"{path.stem}.panels{again}.png")


def link(
    texts: In,
    output: Out,
    linker: Annotated[
        str, typer.Option(help="dictionary, trigram, quickumls, scispacy or scispacy:MODEL")
    ] = "dictionary",
    umls: Annotated[str | None, typer.Option(help="the folder of MRCONSO.RRF and MRSTY.RRF")] = None,
    vocabulary: Annotated[Path | None, typer.Option(help="a file of `medconcept vocabulary build`")] = None,
    concept_groups: Annotated[
        str | None,
        typer.Option(
            help="only concepts of these semantic groups: ANAT,DISO; all for any; by default what pictures show"
        ),
    ] = None,
    concept_score: Annotated[
        float | None, typer.Option(min=0, max=1, help="the least score of a link; if not given, the linker's own")
    ] = None,
) -> None:
    """Link the concepts of texts; {"id", "text"[, "abbreviations": {"HCC": "hepatocellular carcinoma"}]} a line."""
    from pipeline.config.recipe import LINKER_NAMES, LINKERS, Recipe, check_groups
    from pipeline.resources.linkers import open_linker
    from pipeline.resources.vocabularies import open_vocabulary

    if umls and vocabulary:
        raise typer.BadParameter("name one of --umls and --vocabulary")
    if not re.fullmatch(LINKERS, linker):
        near = nearest(linker, LINKER_NAMES)
        raise typer.BadParameter(f"no linker {linker}; name one of {', '.join(LINKER_NAMES)}{near}")
    groups = Recipe().concept_groups
    if concept_groups is not None:
        try:
            groups = check_groups("all" if concept_groups == "all" else _list(concept_groups))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    opened = open_linker(linker, open_vocabulary(umls, vocabulary), groups, concept_score)

    def linked(rows: list[Row]) -> list[Row]:
        known = [row.get("abbreviations") or {} for row in rows]
        return [{"concepts": concepts} for concepts in opened.link([row["text"] for row in rows], known)]

    _map_lines(texts, output, "text", linked)


def captions(
    texts: In,
    output: Out,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="print which clause went to which panel, and why (OUT -: on standard error)"),
    ] = False,
) -> None:
    """Split captions into one text a panel; {"id", "caption"[, "labels"][, "markup"][, "letters"]} a line."""
    from transforms.captions.explain import explain_caption
    from transforms.captions.split import caption_parts

    def split_up(rows: list[Row]) -> list[Row]:
        made = []
        for row in rows:
            labels, markup, letters = row.get("labels"), row.get("markup") or [], row.get("letters") or []
            made.append({"panels": caption_parts(row["caption"], labels, markup, letters)})
            if explain:
                account = explain_caption(row["caption"], markup, letters or labels or ())
                typer.echo(f"{row['id']} " + "\n".join(account), err=output == "-")
        return made

    _map_lines(texts, output, "caption", split_up)


def _map_lines(source: str, target: str, column: str, function: Callable[[list[Row]], list[Row]]) -> None:
    """Write what `function` makes of the rows, with their ids, a batch at a time; tell how many on a terminal."""
    # On one terminal the lines that are written tell enough.
    console = Console(stderr=True, quiet=target == "-" and sys.stdout.isatty())
    with (
        nullcontext(sys.stdin.buffer) if source == "-" else open(source, "rb") as lines,
        _written(target, source) as write,
        LineProgress(console, Path(source).name) as progress,
    ):
        rows = _rows(lines, source, column)
        while batch := list(islice(rows, BATCH)):
            write([{"id": row["id"]} | made for row, made in zip(batch, function(batch), strict=True)])
            progress.advance(len(batch))


@contextmanager
def _written(target: str, *sources: str) -> Iterator[Callable[[list[Row]], None]]:
    """What writes rows into a JSONL file, to standard output for "-".

    Raises:
        UserError: the file is one of `sources`, which would be lost.
    """
    name = "standard output" if target == "-" else target
    if target != "-" and os.path.exists(target):
        for source in sources:
            if source != "-" and os.path.exists(source) and os.path.samefile(source, target):
                raise UserError(f"{target} is read: name another file to write")
    with blamed(name), nullcontext(sys.stdout.buffer) if target == "-" else open(target, "wb") as file:

        def write(rows: list[Row]) -> None:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            # Half a surrogate pair, which JSON can escape and UTF-8 not write, is escaped again.
            file.write(text.encode(errors="backslashreplace"))
            file.flush()

        yield write


def _rows(lines: Iterable[bytes], source: str, column: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{source}:{number}: no JSON: {error}") from None
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get(column), str):
            raise UserError(f'{source}:{number}: no object with "id" and a text "{column}"')
        for name in ("labels", "letters"):
            texts = row.get(name)
            if texts is not None and not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
                raise UserError(f'{source}:{number}: "{name}" is no list of texts')
        if not _is_markup(row.get("markup"), row[column]):
            raise UserError(f'{source}:{number}: "markup" is no list of {{"kind", "start", "end"}} in the {column}')
        abbreviations = row.get("abbreviations") or {}
        if not (isinstance(abbreviations, dict) and all(isinstance(long, str) for long in abbreviations.values())):
            raise UserError(f'{source}:{number}: "abbreviations" is no object of texts')
        yield row


def _is_markup(markup: object, text: str) -> bool:
    """Whether a row's markup, if it has any, is spans of its text."""
    if markup is None:
        return True
    return isinstance(markup, list) and all(
        isinstance(span, dict)
        and isinstance(span.get("kind"), str)
        and all(type(span.get(name)) is int for name in ("start", "end"))
        and 0 <= span["start"] <= span["end"] <= len(text)
        for span in markup
    )


def export(
    out: Annotated[str, typer.Argument(metavar="OUT", help="a directory or s3://bucket/prefix")],
    output: Annotated[Path, typer.Argument(metavar="FILE", help="a JSONL file")],
) -> None:
    """Write the dataset of OUT in the record format of MedConcept-23M."""
    from pipeline.commands.export import records
    from pipeline.storage.store import open_store

    count = 0
    with _written(str(output)) as write:
        for record in records(open_store(out)):
            write([record])
            count += 1
    typer.echo(f"{count} records")
