"""The stages: pure functions of tables, one subject a module; no engine, no paths, no global state."""
