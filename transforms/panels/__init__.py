"""Figures to panels."""

from transforms.panels.stage import SplitPanels

__all__ = ["SplitPanels"]
