"""The small model that gives the clauses of a caption to its panels."""
