"""Pictures: from bytes to 8-bit pixels (decode.py), within bounds (headers.py), whatever else a file holds."""
