"""`medconcept`, and `python -m pipeline`: signals are answered before anything that takes long is imported."""

import os
import sys

from pipeline.signals import answered


def main() -> None:
    """Run the command line."""
    _open_streams()
    with answered(sys.argv[1:]):
        from pipeline.cli import main as command_line

        command_line()


def _open_streams() -> None:
    """Put the null device in place of a closed standard stream: else a file of ours would take its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode)  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
