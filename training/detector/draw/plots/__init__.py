"""Plots by matplotlib: one, or a page of several with the boxes of its panels."""
