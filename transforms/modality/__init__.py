"""What kind of picture a panel is: named by its text (text.py) and by the picture itself (picture.py)."""

from transforms.modality.stage import NameModality

__all__ = ["NameModality"]
