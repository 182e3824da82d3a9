"""The page Interpolate."""
