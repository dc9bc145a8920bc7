"""The audit of a corpus, a folder that opens from a disk: tables as Parquet, a page, and the data that it asks for.

What receipts and partials add up to is written by every build (sums.py): counts, no row is read. What takes rows, such
as examples, neighbours and pictures, `medconcept audit` adds (details.py): it reads what is published.
"""
