"""`medconcept explain`: the whole way of a panel, figure or article, kept or rejected."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.options import Out


def explain(
    out: Out,
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="PMC13901, PMC13901v1, …-f003 (figure), …-f003g2 (graphic), …-f003-p02 (panel), …-p02c03"
        ),
    ],
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="draw what was found on the graphic, which is read from the run's source"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print a JSON document, for machines")] = False,
) -> None:
    """Tell every step that ID went through, with its values, from what OUT holds: kept or rejected, and why."""
    from pipeline.commands.lines import check_target
    from pipeline.reports.explain.account import account
    from pipeline.reports.explain.asked import parse
    from pipeline.reports.explain.output import open_output
    from pipeline.reports.explain.text import lines
    from pipeline.storage.store import open_store

    asked = parse(name)
    if draw and asked.kind == "article":
        raise typer.BadParameter("--draw wants a figure, a graphic or a panel")
    if draw and draw.suffix.lower() != ".png":
        raise typer.BadParameter("--draw writes a .png")
    output = open_output(open_store(out))
    if draw:
        check_target(str(draw), out, output.run.config.source)
    told = account(output, asked)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for line in lines(told):
            typer.echo(line)
    if draw:
        from pipeline.reports.explain.drawing import draw_account

        line = draw_account(told, output.run.config.source, draw)
        typer.echo(f"medconcept: {line}", err=True)
