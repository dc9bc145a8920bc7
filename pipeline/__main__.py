"""`python -m pipeline` is `medconcept`."""

from pipeline.cli import main

main()
