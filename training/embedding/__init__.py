"""The embedding that finds copies of a picture: network, views, training, export."""
