"""Run folders: written, read, listed."""
