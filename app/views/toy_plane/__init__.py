"""The page Toy plane."""
