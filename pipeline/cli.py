"""The command line. Exit status: 0 done, 1 something is wrong and said in one line, 2 wrong usage, 3 a corpus is built
from a lock and has another digest.

Each command imports what it runs, so that wrong usage and help are told at once.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from pipeline.commands import files as tools
from pipeline.commands import outputs
from pipeline.commands.explain import explain
from pipeline.commands.export import export
from pipeline.commands.options import (
    Concurrency,
    Connections,
    EncoderOption,
    Engine,
    EngineOption,
    EngineOptions,
    Exclude,
    Keep,
    KeepUnits,
    Licenses,
    LicensesOption,
    Limit,
    LockedOption,
    MaxFailed,
    MaxMissing,
    Out,
    Patience,
    RecipeName,
    Replace,
    Requests,
    Sample,
    Snapshot,
    Source,
    Umls,
    Vocabulary,
    Withheld,
    Workers,
    where,
)
from pipeline.commands.plan import plan
from pipeline.commands.rebuild import rebuild
from pipeline.commands.status import status
from pipeline.config.recipe import Config, load_recipe
from pipeline.verbosity import LOG, Verbose, set_up_logging
from pipeline.watch.options import Log, MetricsPort
from schemas.errors import UserError, told
from schemas.explain import explain_os_error, explain_value
from schemas.secrets import redact

if TYPE_CHECKING:
    from pipeline.config.lock import Lock

#: The exit status of a build from a lock that ends with another digest.
OTHER_DIGEST = 3

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"medconcept {version('medconcept')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="print the version, and end")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Image-text-concept triplets from PubMed Central Open Access, rebuilt and kept current."""


@app.command()
def build(
    source: Source,
    out: Out,
    engine_options: EngineOptions = None,
    engine: EngineOption = Engine.local,
    workers: Workers = None,
    umls: Umls = None,
    vocabulary: Vocabulary = None,
    encoder: EncoderOption = None,
    recipe: RecipeName = None,
    locked: LockedOption = None,
    withheld: Withheld = None,
    sample: Sample = None,
    limit: Limit = None,
    snapshot: Snapshot = None,
    licenses: LicensesOption = None,
    exclude: Exclude = None,
    concurrency: Concurrency = 16,
    requests: Requests = 1000,
    connections: Connections = 256,
    max_failed: MaxFailed = 0.01,
    max_missing: MaxMissing = 0.1,
    patience: Patience = 90.0,
    keep_units: KeepUnits = Keep.yes,
    replace: Replace = False,
    log: Log = None,
    metrics_port: MetricsPort = None,
    verbose: Verbose = False,
) -> None:
    """Build the corpus of SOURCE in OUT, or resume it where it stopped."""
    from pipeline import run
    from pipeline.config.exclusion import read_exclusion
    from pipeline.reports.digest import dataset_digest
    from pipeline.reports.since_lock import describe_rebuild
    from pipeline.storage.store import open_store

    if umls and vocabulary:
        raise typer.BadParameter("name one of --umls and --vocabulary")
    if sample is not None and limit is not None:
        raise typer.BadParameter("name one of --sample and --limit")
    if withheld and not locked:
        raise typer.BadParameter("--withheld goes with --locked FILE; else the recipe says which images are withheld")
    lock = _open_lock(locked, recipe, licenses, sample, limit) if locked else None
    if sample == 0:
        raise typer.BadParameter("--sample takes a share above 0")
    admitted = licenses and licenses.value
    chosen = lock.recipe(withheld) if lock else load_recipe(recipe or "default", licenses=admitted)
    config = Config(
        source=source,
        output=out,
        recipe=chosen,
        articles=lock and lock.digest,
        umls=umls,
        vocabulary=vocabulary and str(vocabulary),
        encoder=encoder and str(encoder),
        limit=limit,
        sample=sample,
        snapshot=snapshot and snapshot.date(),
        exclude=read_exclusion(exclude) if exclude else (),
        max_failed=max_failed,
        max_missing=max_missing,
        keep_units=keep_units is not Keep.no,
        **where(engine, engine_options, workers, concurrency, requests, connections, patience),
    )
    if (panels := config.recipe.panels) != "split" and config.recipe.grain == "cell":
        typer.echo(f"medconcept: grain: cell says nothing of figures that stay whole (panels: {panels})", err=True)
    for line in run.build(config, Console(stderr=True), replace, lock):
        typer.echo(line)
    if lock:
        for line in describe_rebuild(open_store(out), lock):
            typer.echo(line)
        if dataset_digest(open_store(out)) != lock.document.digest:
            raise typer.Exit(OTHER_DIGEST)


@app.command()
def update(
    out: Out,
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="if it is not where OUT was built from")
    ] = None,
    engine_options: EngineOptions = None,
    engine: EngineOption = Engine.local,
    workers: Workers = None,
    snapshot: Snapshot = None,
    exclude: Exclude = None,
    concurrency: Concurrency = 16,
    requests: Requests = 1000,
    connections: Connections = 256,
    max_failed: MaxFailed = 0.01,
    max_missing: MaxMissing = 0.1,
    patience: Patience = 90.0,
    keep_units: KeepUnits = None,
    log: Log = None,
    metrics_port: MetricsPort = None,
    verbose: Verbose = False,
) -> None:
    """Bring OUT to the newest inventory, with its settings: what was added, changed, withdrawn, retracted."""
    from pipeline import run
    from pipeline.config.exclusion import read_exclusion

    if source and source.startswith("-"):  # what follows "--" fills the first free place
        engine_options = [source, *(engine_options or ())]
        source = None
    overrides = where(engine, engine_options, workers, concurrency, requests, connections, patience)
    overrides |= {"max_failed": max_failed, "max_missing": max_missing}
    overrides["snapshot"] = snapshot and snapshot.date()
    if keep_units is not None:
        overrides["keep_units"] = keep_units is Keep.yes
    if source:
        overrides["source"] = source
    if exclude:
        overrides["exclude"] = read_exclusion(exclude)
    for line in run.update(out, overrides, Console(stderr=True)):
        typer.echo(line)


def _open_lock(
    file: Path, recipe: str | None, licenses: Licenses | None, sample: float | None, limit: int | None
) -> "Lock":
    """The lock in `file`; raises BadParameter where an option says again, or otherwise, what a lock says."""
    from pipeline.config.lock import read_lock

    given = {"--recipe": recipe, "--licenses": licenses, "--sample": sample, "--limit": limit}
    if named := [name for name, value in given.items() if value is not None]:
        raise typer.BadParameter(f"--locked FILE says what {' and '.join(named)} would: leave it out")
    return read_lock(file)


for tool in (
    outputs.verify,
    status,
    outputs.digest,
    outputs.audit,
    explain,
    outputs.leakage,
    outputs.lock,
    rebuild,
    plan,
    tools.split,
    tools.captions,
    tools.link,
    export,
):
    app.command()(tool)
app.add_typer(tools.vocabulary, name="vocabulary")


def main() -> NoReturn:
    """Run the command line; an error is told in one line."""
    set_up_logging()
    try:
        sys.exit(app(prog_name="medconcept", standalone_mode=False) or 0)
    except typer.TyperException as error:
        if isinstance(error.__cause__, ValidationError):  # typer checks options by pydantic
            error.message = explain_value(error.__cause__)
        _fail(error.format_message(), error.exit_code)
    except UserError as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(explain_os_error(error), 1)
    except MemoryError as error:
        _fail(told(error), 1)


def _fail(message: str, status: int) -> NoReturn:
    LOG.debug("the traceback of what follows", exc_info=status == 1)
    line = redact(" ".join(message.split()))
    # A file's name may hold what moves the cursor.
    line = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    typer.echo(f"medconcept: {line}", err=True)
    sys.exit(status)
