"""Colours of classes and runs, the same on every page as in the figures of docs/."""

from muvae.colors import CLASS_COLORS, RUN_COLORS, class_colors, run_color

__all__ = ["CLASS_COLORS", "RUN_COLORS", "class_colors", "run_color"]
