"""Moves along the latent dimensions of every run at once (Figure 7)."""

import streamlit as st
import torch
from torch import Tensor

from app.components.tiles import tiles
from app.inference import decode, probabilities
from app.panels import bound_text, heading
from app.selection import Selection, current
from muvae import Run
from muvae.latent import move, quantile_range, traverse

STEPS = 40
PAPER, QUANTILES = "the paper's", "measured quantiles"
ORIGIN, IMAGE = "the origin", "a test image"


def reset() -> None:
    """Put every dimension back to the base point."""
    for key in st.session_state:
        if str(key).startswith("dim-"):
            st.session_state[key] = 0.0


def base_code(selection: Selection, run: Run, image: int | None) -> Tensor:
    """Where a run's traversal starts: the origin, or a test image's mean."""
    if image is None:
        return torch.zeros(run.config.model.latent_dim)
    return run.codes.mean[image]


def code_range(run: Run, kind: str) -> tuple[Tensor, Tensor]:
    """The ends of each dimension's range [D]: the paper's for the objective, or measured."""
    if kind == QUANTILES:
        return quantile_range(run.codes.mean)
    ends = torch.full((run.config.model.latent_dim,), run.objective.traversal)
    return -ends, ends


st.title("Traverse")
selection = current()
st.caption("Each slider moves one coordinate of the code, in every run over its own range.")
dimensions = max(run.config.model.latent_dim for run in selection.runs)
with st.container(horizontal=True, vertical_alignment="bottom"):
    kind = st.segmented_control(
        "Range",
        [PAPER, QUANTILES],
        default=PAPER,
        required=True,
        key="range",
        bind="query-params",
        help="The paper sweeps ±2 for VAE and β-VAE, ±10 and ±20 for μ-VAE#1 and #2 (Figure 7); "
        "the quantiles are those between which 98 % of the test codes lie.",
    )
    start = st.segmented_control(
        "From",
        [ORIGIN, IMAGE],
        default=ORIGIN,
        required=True,
        key="from",
        bind="query-params",
    )
    image = None
    if start == IMAGE:
        last = len(selection.test) - 1
        image = int(
            st.number_input("Test image", 0, last, 0, key="image", bind="query-params", width=140)
        )
    st.button("Reset", icon=":material/restart_alt:", on_click=reset)

with st.grid(5, min_column_width=130, gap=("xsmall", "medium")):
    positions = torch.tensor(
        [
            st.slider(
                f"z{dimension}",
                -1.0,
                1.0,
                0.0,
                0.05,
                key=f"dim-{dimension}",
                bind="query-params",
                help="-1 and 1 are the ends of each run's range, 0 is the base point.",
            )
            for dimension in range(dimensions)
        ]
    )

codes: dict[str, Tensor] = {}
with st.grid(4, min_column_width=160):
    for run in selection.runs:
        with st.container():
            heading(run)
            low, high = code_range(run, str(kind))
            base = base_code(selection, run, image)
            code = move(base, positions[: len(base)].clamp(-1, 1), low, high)
            codes[run.name] = code
            guesses = probabilities(run, code[None])[0]
            guess = selection.class_name(int(guesses.argmax()))
            tiles(
                decode(run, code[None]),
                key=f"live-{run.name}",
                label=f"Decoded by {run.name}",
                alts=[f"The code decoded by {run.name}, taken for {guess}"],
                columns=1,
                width=200,
            )
            norm = float(torch.linalg.vector_norm(code))
            st.caption(f"{guess} ({100 * guesses.max():.0f} %) · ‖z‖ {norm:.2f}, {bound_text(run)}")

st.subheader("One dimension in 40 steps")
dimension = int(
    st.segmented_control(
        "Dimension",
        range(dimensions),
        default=0,
        required=True,
        format_func=lambda number: f"z{number}",
        key="strip",
        bind="query-params",
    )
    or 0
)
for run in selection.runs:
    if dimension >= run.config.model.latent_dim:
        continue
    low, high = code_range(run, str(kind))
    code = codes[run.name]
    values = torch.linspace(float(low[dimension]), float(high[dimension]), STEPS)
    st.markdown(
        f"**{run.objective.label}** z{dimension} from {values[0]:.2f} to {values[-1]:.2f}, "
        f"now {code[dimension]:.2f}"
    )
    tiles(
        decode(run, traverse(code, dimension, values)),
        key=f"strip-{run.name}",
        label=f"Traversal of z{dimension} in {run.name}",
        alts=[f"z{dimension} = {value:.2f}" for value in values.tolist()],
        columns=STEPS,
        narrow_columns=STEPS // 4,
        width=64,
        picked=int((values - code[dimension]).abs().argmin()),
    )
