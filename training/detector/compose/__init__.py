"""Synthetic compound figures: layouts filled with contents, headings and letters."""
