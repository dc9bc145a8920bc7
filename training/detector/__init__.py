"""The panel detector and the letter reader: the figures they learn from, their networks, their training."""
