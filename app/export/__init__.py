"""Files that visitors take away."""
