"""The commands beside build, update and verify."""
