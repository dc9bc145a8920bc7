"""The dedup phase: panels are brought together in cells, compared there, and grouped. The driver holds counts, no rows.

    centroids (centroids.py)   -> the cells, learnt from a sample, and kept
    describe (describe.py)     some units: what is compared of their panels, by cell
    compare (compare.py)       a range of cells: the edges between pictures that show the same
    components (components.py) all edges: the components of their graph, in buckets
    members (members.py)       some units: the panels whose picture is in a component
    groups (groups.py)         a bucket: its groups of duplicates, and what is published of them
    selection (selection.py)   what is left out, by unit
    cap (cap.py)               the same with what the recipe's cap on concepts leaves out, where it has one

What was compared once is not compared again: the panels that an update brings are a new generation, compared with each
other and with those before (index.py). steps.py runs all of it in order.
"""
