"""How much a run asks of its source: requests a second and connections of all workers together, and one back-off."""
