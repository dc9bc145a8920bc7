"""Captions: from the caption of a figure to the text of each panel (split.py)."""
