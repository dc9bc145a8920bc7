"""Diagrams, schemes, tables, gene maps and workflows."""
