"""Datasets: built in, and of one's own."""
