"""The page Distributions."""
