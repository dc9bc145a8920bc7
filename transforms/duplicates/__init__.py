"""Duplicates: how panels are described (embed.py), compared cell by cell (cells.py, edges.py), grouped (groups.py)."""
