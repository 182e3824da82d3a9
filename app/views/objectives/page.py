"""What each objective is, in words and formulas, what its runs measure, and what to look for."""

from collections.abc import Sequence

import streamlit as st

from app.data import store
from app.export import downloads
from app.export.captions import About
from app.pages import page_file
from app.state import values
from app.state.choice import DATASET, MOST_RUNS, run_label
from app.state.links import STATES, query
from app.state.sidebar import EMBED_COMMAND, train_name
from app.ui.glossary import GLOSSARY, told
from app.ui.markdown import plain, sentence
from app.ui.measures import column
from app.ui.objective_cards import card_of
from app.ui.objective_cards.card import Observation, Term
from app.ui.viewport import is_narrow
from app.views.objectives import penalty
from app.views.objectives.downloads import objective_downloads
from muvae import DATASETS, MuvaeError, Objective, Run
from muvae.datasets.spec import DatasetSpec


def runs_by_objective(dataset: str) -> dict[str, list[Run]]:
    """A dataset's runs that can be read, the first twelve, by objective, that of its name first."""
    found: dict[str, list[Run]] = {}
    try:
        # Of broken ones the sidebar says what is wrong.
        entries = [entry for entry in store.run_entries(dataset) if entry.config]
    except MuvaeError as error:
        st.error(sentence(error))
        return found
    if len(entries) > MOST_RUNS:
        st.caption(f"The first {MOST_RUNS} of the {len(entries)} runs are shown.")
    for entry in entries[:MOST_RUNS]:
        assert entry.config
        try:
            run = store.run(dataset, entry.name)
        except MuvaeError as error:
            st.error(f"{entry.name} cannot be shown: {sentence(error)}")
        else:
            found.setdefault(entry.config.objective.name, []).append(run)
    return found


def numbers(members: Sequence[Objective], runs: dict[str, list[Run]], spec: DatasetSpec) -> None:
    """A family's settings and measured numbers, a column a run; how to make runs that lack."""
    columns: dict[str, dict[str, str]] = {}
    for objective in members:
        for run in runs.get(objective.name, ()):
            columns[run_label(run.name, objective.name)] = column(objective, run)
        if objective.name not in runs:
            columns[objective.label] = column(objective, None)
    rows = next(iter(columns.values()))
    table = {plain(spec.title): list(rows)}
    st.table(
        table | {label: list(texts.values()) for label, texts in columns.items()},
        hide_index=True,
        border="horizontal",
    )
    st.caption(
        "The paper's settings, and what the runs measure on the test images.",
        help=told(
            "squared-error", "kl", "accuracy", "active-units", "sigma", "aggregate-posterior"
        ),
    )
    missing = [objective for objective in members if objective.name not in runs]
    if missing:
        labels = " and ".join(objective.label for objective in missing)
        names = " ".join(objective.name for objective in missing)
        st.caption(f"No run of {labels} on {plain(spec.title)} yet; make it with:")
        train = f"python scripts/train.py --dataset {train_name(spec)} --objective {names}"
        st.code(f"{train}\n{EMBED_COMMAND}", language="bash", wrap_lines=True)


def look_at(
    observation: Observation,
    members: Sequence[Objective],
    runs: dict[str, list[Run]],
    spec: DatasetSpec,
) -> None:
    """What can be seen, and a link to the page in the state that shows it."""
    own = [runs[objective.name][0] for objective in members if objective.name in runs]
    st.markdown(f"- {observation.text}")
    if not own:
        return
    shown = own + [runs[name][0] for name in observation.beside if name in runs]
    state = STATES[observation.view](shown)
    labels = ", ".join(run_label(run.name, run.objective.name) for run in shown)
    st.page_link(
        page_file(state.page),
        label=plain(f"{state.title}: {labels}"),
        help=f"Opens {state.title}.",
        query_params=query(state, spec, shown),
    )


spot = downloads.title("Objectives")
st.caption("What is minimised, what that does to a code, and where to see it.")
st.markdown(
    "An encoder turns an image x into a Gaussian q(z|x) with mean μ and variance σ² in each of D "
    "dimensions; a code z is drawn from it, and a decoder makes an image x′ of that. Every "
    "objective adds the squared error of x′ to a **penalty** on μ and σ, averaged over a batch. "
    "They differ in the penalty alone, and in whether means are clipped."
)
st.header("One dimension under the pen")
st.caption(
    "What an image pays for one dimension of its code: for its σ, where μ = 0, and for its μ, "
    "where σ = 1, in a batch of two whose other image lies at −μ and so balances it, or, dotted, "
    "at the same μ. Stars are minima."
)
penalty.draw()
dataset = values.value(DATASET)
if dataset not in store.datasets():
    st.error(f"There are no checkpoints in {plain(str(store.checkpoints_dir()))}.")
    dataset = next(iter(DATASETS))
spec = store.datasets().get(dataset) or DATASETS[dataset]
runs = runs_by_objective(dataset)
narrow = is_narrow()
explained: set[Term] = set()
for family, members in penalty.families().items():
    st.header(family, divider="grey")
    card = card_of(members[0])
    if card.formula:
        loss = rf"\mathcal{{L}} = {card.formula}"
        if narrow:
            st.markdown(f"${loss}$")  # unlike st.latex, it breaks into lines
        else:
            st.latex(loss)
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.markdown(card.description)
        if not card.formula:
            st.caption(plain(card.summary))
        for term in card.terms:
            if term not in explained:
                st.markdown(f"- ${term.formula}$  \n  {term.meaning}")
        if explained & set(card.terms):
            st.markdown("- The other terms are those explained above.")
        explained.update(card.terms)
        if card.observations:
            st.markdown("**Look at**")
        with st.container(key=f"look-at-{members[0].name}", gap="xxsmall"):  # styled by layout.css
            for observation in card.observations:
                look_at(observation, members, runs, spec)
    with right:
        numbers(members, runs, spec)
about = About("Objectives", spec, [run for each in runs.values() for run in each])
downloads.show(spot, objective_downloads(about, penalty.charted()))
st.header("Terms", anchor="terms", divider="grey")
with st.grid(3, min_column_width=280, gap="medium"):
    for anchor, entry in sorted(GLOSSARY.items(), key=lambda item: item[1].name.casefold()):
        with st.container(gap="xxsmall"):
            st.subheader(entry.name, anchor=anchor)
            st.markdown(entry.meaning)
