"""Browser parts: a thin Python wrapper and its JavaScript and CSS beside each other."""
