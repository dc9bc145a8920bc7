"""The graph of each phase, and one thin adapter for each engine that runs it."""
