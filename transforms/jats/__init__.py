"""JATS: from the XML of an article to its figures, with their texts, pictures' names and mentions (read.py)."""
