"""The commands on single files: split pictures, link texts, split captions, compile vocabularies."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.lines import map_lines, written
from schemas.errors import UserError
from schemas.explain import blamed, nearest
from schemas.tables import Row

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
    from transforms.modality.siblings import together
    from transforms.panels.draw import draw_panels
    from transforms.panels.finder import PanelFinder

    finder, classifier = PanelFinder(), Classifier()
    if draw:
        draw.mkdir(parents=True, exist_ok=True)
    drawn: Counter[str] = Counter()
    with written(str(output), *map(str, images)) as write:
        for path in images:
            row: Row = {"image": str(path)}
            try:
                image = decode(path.read_bytes()).image
            except ImageError as error:
                typer.echo(f"medconcept: {path}: {error}", err=True)
                write([row | {"reject": error.reason.value, "detail": str(error)}])
                continue
            (found,) = finder.find([image])
            looks = together(classifier.look([image.crop(panel.box) for panel in found.panels]))
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

    map_lines(texts, output, "text", linked)


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

    map_lines(texts, output, "caption", split_up)
