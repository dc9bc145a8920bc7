"""Blots, gels and plates."""
