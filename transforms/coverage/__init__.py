"""What triplets cover, in counts: partials of them that add up (partials.py), and the tables of a sum (tables.py)."""
