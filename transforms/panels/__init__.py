"""Figures to panels."""

from transforms.panels.stage import SplitPanels, split_image

__all__ = ["SplitPanels", "split_image"]
