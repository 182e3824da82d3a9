"""Visitors of a running app without browsers: what scripts/bench_load.py is made of."""
