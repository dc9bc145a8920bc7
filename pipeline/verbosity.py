"""What the program says of its work beside results and progress: one logger for every layer, set up here alone.

A layer that has something to say logs it to the logger "medconcept" and prints nothing. By default warnings are told;
`-v` adds each finished item, and the traceback of each failure.
"""

import logging
import sys
import warnings
from typing import Annotated

import typer

from schemas.secrets import redact

LOG = logging.getLogger("medconcept")

#: The packages whose Python warnings are bugs of ours.
OURS = r"(pipeline|dags|transforms|schemas)\b"


class _Terminal(logging.Handler):
    """Writes to standard error as it is at the moment: a progress bar puts itself in its place. It tells no secrets."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(redact(self.format(record)), err=True)


def set_up_logging() -> None:
    """Tell warnings of ours, and nothing of other libraries.

    Beam, Ray, their gRPC and Google clients warn of what is not installed or will change, in every run; a user can do
    nothing about it. Who wants to see their warnings sets PYTHONWARNINGS.
    """
    if not LOG.handlers:
        handler = _Terminal()
        handler.setFormatter(logging.Formatter("medconcept: %(message)s"))
        LOG.addHandler(handler)
        logging.getLogger().addHandler(logging.NullHandler())  # without any, Python prints what libraries log
    LOG.setLevel(logging.WARNING)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("default", module=OURS)


def be_verbose(wanted: bool) -> bool:
    """Tell finished items and tracebacks as well, from now on, if that is `wanted`; returns it."""
    if wanted:
        LOG.setLevel(logging.DEBUG)
    return wanted


#: The option of the commands that take long: `verbose: Verbose = False`. The function has nothing to do with its value.
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", callback=be_verbose, help="tell finished items, and failures with traceback")
]
