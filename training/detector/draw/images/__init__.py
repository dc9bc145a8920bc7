"""Micrographs, radiology, clinical views, photographs and renderings."""
