"""The dedup phase: panels are brought together in cells, compared there, and grouped.

Three steps, of which the first two are maps that any engine runs: slices of units to rows by cell (slices.py), a cell
at a time to edges (matches.py), all edges to groups (grouping.py). What was compared once is not compared again: the
panels that an update brings are a new generation, compared with each other and with those before (index.py).
"""
