"""Where an output lies: files, receipts, tables, the user's cache."""
