"""Colours of classes and runs, the same on every page of the app and in every figure."""

# Petroff (2021), "Accessible color sequences for data visualization": told apart with any vision.
CLASS_COLORS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
RUN_COLORS = (
    "#1845fb", "#ff5e02", "#c91f16", "#c849a9", "#adad7d", "#86c8dd", "#578dff", "#656364",
)  # fmt: skip


def run_color(position: int) -> str:
    """The colour of a run by its objective's position in the registry."""
    return RUN_COLORS[position % len(RUN_COLORS)]
