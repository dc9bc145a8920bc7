"""The arguments and options that commands share, each with its help."""

from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.secrets import redact_options


class Engine(str, Enum):
    """Where the work is done."""

    local = "local"
    inline = "inline"
    ray = "ray"
    beam = "beam"


class Licenses(str, Enum):
    """The groups of licences."""

    commercial = "commercial"
    noncommercial = "noncommercial"
    all = "all"


class Keep(str, Enum):
    """Whether something is kept."""

    yes = "yes"
    no = "no"


Source = Annotated[str, typer.Argument(metavar="SOURCE", help="s3://bucket[/prefix], https://…, a directory, or demo")]
Out = Annotated[str, typer.Argument(metavar="OUT", help="a directory or s3://bucket/prefix")]
EngineOption = Annotated[Engine, typer.Option(help="where the work is done")]
EngineOptions = Annotated[list[str] | None, typer.Argument(metavar="-- OPTION", help="for the Beam runner")]
Umls = Annotated[str | None, typer.Option(help="a UMLS release: the folder of MRCONSO.RRF and MRSTY.RRF")]
Vocabulary = Annotated[Path | None, typer.Option(help="a file of `medconcept vocabulary build`")]
EncoderOption = Annotated[
    Path | None, typer.Option(help="an image encoder as ONNX file, with its declaration beside it as .json")
]
RecipeName = Annotated[str | None, typer.Option(help="a recipe's name, or a YAML file", show_default="default")]
Limit = Annotated[int | None, typer.Option(min=1, help="take only N articles, for trying out")]
Sample = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="take this share of the articles, a random one; a larger one keeps what it built"),
]
Snapshot = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="the inventory of this day, not the newest (kept 30 days), as 2026-11-21",
    ),
]
LicensesOption = Annotated[Licenses | None, typer.Option(help="which licences are admitted; overrides the recipe")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes of the local engine; one a core if not given")]
LockedOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="rebuild the corpus that a file of `medconcept lock` describes"),
]
Withheld = Annotated[
    Path | None,
    typer.Option(metavar="DIR|FILE", help="with --locked: where the images lie that the locked corpus withholds"),
]
Replace = Annotated[bool, typer.Option("--replace", help="OUT was built with other settings: build it anew with these")]
Exclude = Annotated[Path | None, typer.Option(help="a file of article ids to leave out, one a line, for takedowns")]
MaxFailed = Annotated[
    float,
    typer.Option(
        min=0, max=1, help="the share of articles that may fail by a fault of ours (three may in any case; 0: none)"
    ),
]
MaxMissing = Annotated[
    float,
    typer.Option(min=0, max=1, help="the share of objects that may be missing or damaged before the source counts ill"),
]
Patience = Annotated[float, typer.Option(min=0, help="seconds for which SOURCE or OUT may be away")]
KeepUnits = Annotated[
    Keep | None,
    typer.Option(
        help="no: units give up their panels, a third of OUT, when all is published; an update then fetches again all "
        "units of the shards that it touches"
    ),
]
Concurrency = Annotated[int, typer.Option(min=1, help="threads of each worker that read from SOURCE")]
Requests = Annotated[int, typer.Option(min=1, help="requests a second to SOURCE, of all workers together")]
Connections = Annotated[int, typer.Option(min=1, help="connections to SOURCE, of all workers together")]


def check_where(engine: Engine, options: list[str] | None, workers: int | None) -> None:
    """Raise BadParameter where `options` or `workers` are given that do not go with the engine."""
    if options and engine is not Engine.beam:
        raise typer.BadParameter(f"the {engine.value} engine takes no options: {' '.join(redact_options(options))}")
    if workers and engine is not Engine.local:
        raise typer.BadParameter("--workers goes with the local engine")


def where(
    engine: Engine,
    options: list[str] | None,
    workers: int | None,
    concurrency: int,
    requests: int,
    connections: int,
    patience: float,
) -> dict[str, Any]:
    """The part of a configuration that says where the work is done."""
    check_where(engine, options, workers)
    return {
        "engine": engine.value,
        "engine_options": tuple(options or ()),
        "workers": workers,
        "concurrency": concurrency,
        "requests": requests,
        "connections": connections,
        "patience": patience,
    }
