"""The phases of a run: which items each has, how an item is read, and how it is committed."""
