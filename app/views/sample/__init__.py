"""The page Sample."""
