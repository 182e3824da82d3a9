"""The page Objectives."""
