"""What a run tells of itself while it works: events, and those who listen to them."""
