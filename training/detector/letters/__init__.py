"""The letter reader: its pages, its two networks, their training."""
