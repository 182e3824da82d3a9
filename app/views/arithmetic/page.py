"""Sums of codes, a − b + c, decoded in every run."""

from collections.abc import Sequence

import streamlit as st

from app.data import statistics
from app.export import downloads
from app.export.captions import About
from app.state import values
from app.state.endpoints import IMAGE, Endpoint, choose_endpoint, put
from app.state.sidebar import Selection, current
from app.ui import help, live_payload
from app.ui.glossary import helped
from app.ui.widgets import switch
from app.views.arithmetic.downloads import Arithmetic, arithmetic_downloads
from app.views.arithmetic.examples import EXAMPLES, Example
from app.views.arithmetic.parameters import AMOUNT, CLIP, TERMS
from app.views.arithmetic.widget import Terms, arithmetic


def show_example(example: Example) -> None:
    """Make the three terms an example's."""
    for term, choice in zip(TERMS, example.terms, strict=True):
        put(term, choice)


def example_buttons(selection: Selection, examples: Sequence[Example]) -> None:
    """A button for each example that this folder's test images can show."""
    size = len(selection.test)
    if not examples:
        return
    with st.container(
        key="examples", horizontal=True, vertical_alignment="center", gap="small"
    ):  # styled by app/web/layout.css
        st.markdown("Examples", width="content")
        for example in examples:
            st.button(
                example.title,
                key=f"example-{example.title}",
                help=example.question,
                on_click=show_example,
                args=(example,),
                disabled=any(it.kind == IMAGE and it.number >= size for it in example.terms),
            )


def choose_terms(selection: Selection) -> list[Endpoint | str]:
    """The controls of a, b and c."""
    found = []
    columns = st.columns(3, gap="xsmall")
    for column, label, term in zip(columns, "abc", TERMS, strict=True):
        with column:
            found.append(choose_endpoint(selection, term, label))
    return found


spot = downloads.title("Arithmetic")
selection = current()
st.caption(
    "a − b + c, computed with codes and decoded in every run: what a has beyond b is carried over "
    "to c."
)
example_buttons(selection, EXAMPLES.get(selection.dataset.name, ()))
found = choose_terms(selection)
with st.container(horizontal=True, vertical_alignment="center"):
    clip = switch(
        "Clip the result to the bound",
        CLIP,
        help=helped(
            "Scale codes beyond a run's bound back to it, as encoding does (Eq. 5). Off, they are "
            "decoded as computed.",
            "bound",
        ),
        width=232,
    )
    help.button("arithmetic")
terms = [term for term in found if isinstance(term, Endpoint)]
for problem in dict.fromkeys(term for term in found if isinstance(term, str)):
    st.info(problem)
if len(terms) == len(TERMS):
    a, b, c = terms
    codes = {run.name: (a.code(run), b.code(run), c.code(run)) for run in selection.runs}
    names = (a.name, b.name, c.name)
    amount = values.use(AMOUNT)
    arithmetic(
        live_payload.describe(selection),
        key="arithmetic",
        images=live_payload.describe_images(selection),
        terms={
            name: Terms(
                (one.tolist(), other.tolist(), third.tolist()),
                statistics.code_spacing(selection.dataset.name, name),
            )
            for name, (one, other, third) in codes.items()
        },
        names=names,
        clip=clip,
        amount=amount,
        on_amount=lambda amount: values.put(AMOUNT, amount),
        note="Nearest: the test image whose code (posterior mean) is nearest to the result. Off "
        "the data is a code that lies farther from all of them than 99 % of them lie from their "
        "own nearest. The classifier is asked when the slider rests.",
        classes=selection.dataset.classes,
    )
    clipped = "the result clipped to the bound" if clip else "the result not clipped"
    about = About("Arithmetic", selection.dataset, selection.runs, (clipped,))
    shown = Arithmetic(about, selection.test, codes, names, amount, clip)
    downloads.show(spot, arithmetic_downloads(shown))
