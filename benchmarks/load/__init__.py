"""Visitors of a running app without browsers: what benchmarks/bench_load.py is made of."""
