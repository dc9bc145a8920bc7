"""What a run is configured by: recipes, settings, the places that they name."""
