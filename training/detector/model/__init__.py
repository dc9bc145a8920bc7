"""The detector's network, and its weights read back from the file that ships."""
