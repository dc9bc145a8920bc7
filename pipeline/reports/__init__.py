"""What is told of a run and of a dataset: progress, card, Croissant, audit."""
