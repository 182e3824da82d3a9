"""Attacks on a running app, and another visitor meanwhile: what bench_hostile.py is made of."""
