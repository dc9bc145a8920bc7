"""The dataset of an output in other formats, from the published rows, a shard at a time."""
