"""`medconcept`, and `python -m pipeline`: signals are answered before anything that takes long is imported."""

import sys

from pipeline.signals import answered


def main() -> None:
    """Run the command line."""
    with answered(sys.argv[1:]):
        from pipeline.cli import main as command_line

        command_line()


if __name__ == "__main__":
    main()
