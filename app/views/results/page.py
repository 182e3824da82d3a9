"""The paper held against the runs: Table 1, the statements, and what the variance term does."""

import streamlit as st

from app.data import store
from app.data.inference import decode
from app.export import downloads
from app.export.captions import About
from app.pages import page_file
from app.state.choice import run_label
from app.state.links import State, query
from app.state.sidebar import Selection, current, train_name
from app.ui.colors import run_color
from app.ui.glossary import told
from app.ui.markdown import plain, sentence
from app.ui.tiles import tiles
from app.views.results.charts import Accuracies, accuracy_dots
from app.views.results.downloads import table_downloads, variance_downloads
from muvae import DATASETS, OBJECTIVES
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.replication import (
    STATEMENTS,
    Measured,
    MissingError,
    VarianceForm,
    missing_runs,
    nearest_form,
    seed_spreads,
    variance_forms,
)
from muvae.replication.paper import TABLE_1

MARKS = {
    True: ":green[:material/check_circle:]",
    False: ":red[:material/cancel:]",
    None: ":gray[:material/help:]",
}
CHECKED = {True: "✓", False: "✗", None: "?"}
ARROW = ":material/arrow_forward:"
SAMPLES = 10


def table_1(selection: Selection, measured: Measured) -> None:
    """Our accuracies beside the paper's, as dots and as a table."""
    dataset = selection.dataset.name
    records = measured.runs[dataset]
    seeds = {spread.run: spread for spread in seed_spreads(measured) if spread.dataset == dataset}
    rows, lines = [], []
    for position, name in enumerate(OBJECTIVES):
        if name not in TABLE_1[dataset] or name not in records:
            continue
        metrics, paper = records[name].metrics, TABLE_1[dataset][name]
        sampled, means = (metrics[f"test_accuracy_{of}"].times(100) for of in ("sampled", "mean"))
        label = OBJECTIVES[name].label
        color = run_color(position)
        rows.append(Accuracies(label, color, paper, sampled.value, means.value, sampled.sd or 0.0))
        spread = seeds.get(name)
        seeds_text = f"{100 * spread.range:.2f} at epoch {spread.epoch}" if spread else "one seed"
        lines.append(
            f"| {label} | {paper:.2f} | {sampled:.1f} | {sampled.value - paper:+.1f} | {means:.2f} "
            f"| {seeds_text} |"
        )
    if not rows:
        st.info("None of the paper's four models is here.")
        return
    epochs = {records[name].config.epochs for name in TABLE_1[dataset] if name in records}
    st.plotly_chart(
        store.figure(("accuracies", rows, max(epochs)), lambda: accuracy_dots(rows, max(epochs))),
        key="table-1",
        config={"displayModeBar": False},
        alt="Test accuracy of the four models, the paper's and ours",
    )
    wide_table(
        "accuracies",
        "| model | paper, % | sampled codes | difference | means | range over seeds |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |\n" + "\n".join(lines),
    )
    st.caption(
        "The paper does not say whether its classifier reads sampled codes or means, nor for how "
        f"many epochs it trained; these runs had {' or '.join(map(str, sorted(epochs)))}. The "
        "range over seeds is of one draw of codes each.",
        help=told("accuracy", "noise", "seed"),
    )


def not_in_the_paper(selection: Selection) -> None:
    """What the chosen runs of a dataset of one's own measured, beside which the paper has none."""
    title = plain(selection.dataset.title)
    st.info(f"The paper has no dataset {title}, so there is nothing to set these runs beside.")
    lines = [
        f"| {run_label(run.name, run.objective.name)} | {run.config.epochs} "
        f"| {run.metrics['test_accuracy_sampled'].times(100):.1f} "
        f"| {run.metrics['test_accuracy_mean'].times(100):.2f} |"
        for run in selection.runs
    ]
    wide_table(
        "accuracies",
        "| run | epochs | accuracy on sampled codes, % | on means, % |\n"
        "| --- | ---: | ---: | ---: |\n" + "\n".join(lines),
    )
    st.caption(f"From {plain(selection.dataset.origin.source)}.")


def statements(selection: Selection, measured: Measured) -> None:
    """The paper's statements, each with what decides it and a link to the page that shows it."""
    verdicts = [(statement, statement.verdict(measured)) for statement in STATEMENTS]
    held = sum(verdict.holds is True for _, verdict in verdicts)
    open_ = sum(verdict.holds is None for _, verdict in verdicts)
    st.caption(
        f"{held} of {len(verdicts)} hold on {' and '.join(DATASETS[it].title for it in TABLE_1)}"
        + (f"; {open_} are undecided" if open_ else "")
        + ". Each is decided by numbers measured on the 10,000 test images; a difference within "
        "the noise of their draws decides nothing.",
        help=told("noise", "squared-error", "kl", "active-units", "frechet", "knn"),
    )
    for statement, verdict in verdicts:
        left, right = st.columns([6, 1], vertical_alignment="center")
        with left, st.container(gap="xxsmall"):
            st.markdown(f"{MARKS[verdict.holds]} **{statement.claim}**")
            st.caption(f"{statement.source} · {verdict.evidence}")
        with right:
            page = statement.page.replace("_", " ").capitalize()
            st.page_link(
                page_file(statement.page),
                label=page,
                icon=ARROW,
                help=f"Opens {page}.",
                query_params=query(State(statement.page), selection.dataset, selection.runs),
            )


def variance(selection: Selection, measured: Measured) -> list[VarianceForm]:
    """The three forms of the variance term: their samples at σ = 3, numbers, and agreement."""
    st.markdown(
        r"Equation 6 prints $\sum \log\sigma^2$, which has no lower bound. Section 4 says that "
        r"$\exp(\log\sigma^2) - \log\sigma^2 - 1$ or $\exp(\log\sigma^2) - 1$ would do as well. "
        "Random samples at σ = 3 of the runs under each, from the same noise:"
    )
    try:
        forms = variance_forms(measured, selection.dataset.name)
    except MissingError as error:
        st.warning(f"The forms cannot be compared: {sentence(error)}")
        return []
    if not forms:
        st.info("There are no μ-VAE runs of this dataset.")
        return []
    for form in forms:
        samples(selection, form)
    compare(forms)
    if missing := missing_runs(measured, selection.dataset.name):
        st.caption(
            f"Not compared, since no run of it is here: {', '.join(missing)}. Train it with: "
            f"python scripts/train.py --dataset {train_name(selection.dataset)} "
            f"--objective {' '.join(missing)}"
        )
    return forms


def samples(selection: Selection, form: VarianceForm) -> None:
    """A row of random samples of one run."""
    run = store.run(selection.dataset.name, form.run)
    noise = standard_noise(SAMPLES, run.config.latent.dim, seed=0)
    left, right = st.columns([1, 5])
    with left, st.container(gap="xxsmall"):
        st.markdown(f"**{run.objective.label}**")
        st.caption(f"`{form.variance}`, bound {form.clip:g}√D")
    with right:
        tiles(
            decode(run, sample_prior(noise, run.objective.sample_std)),
            key=f"variance-{form.run}",
            label=f"Random samples of {form.run}",
            alts=[f"Sample {number} of {form.run}" for number in range(1, SAMPLES + 1)],
            width=64,
        )


def compare(forms: list[VarianceForm]) -> None:
    """What the paper shows of its μ-VAEs, and which form's runs show it too."""
    names = [f"`{form.variance}` {form.clip:g}√D" for form in forms]
    rows = (
        ("mean log σ²", [f"{form.metrics['mean_log_var']:.3g}" for form in forms]),
        ("σ of the noise", [f"{form.noise_std:.2g}" for form in forms]),
        ("mean &#124;mean&#124; a dimension", _cells(forms, "aggregate_mean", ".2f")),
        ("spread a dimension", _cells(forms, "aggregate_std", ".2f")),
        ("accuracy, sampled, %", _cells(forms, "test_accuracy_sampled", ".1f", 100)),
        ("squared error", _cells(forms, "test_reconstruction", ".1f")),
        ("KL", _cells(forms, "test_kl", ".3g")),
        ("samples: the judge's confidence", _cells(forms, "judged_samples_confidence", ".2f")),
        ("samples: class entropy", _cells(forms, "judged_samples_class_entropy", ".2f")),
        ("samples: Fréchet distance", _cells(forms, "judged_samples_frechet", ".4g")),
        ("samples: to nearest test image", _cells(forms, "samples_nearest", ".1f")),
    )
    lines = [f"| {title} | {' | '.join(cells)} |" for title, cells in rows]
    for position, check in enumerate(forms[0].checks):
        marks = [CHECKED[form.checks[position].holds] for form in forms]
        lines.append(f"| {check.claim.replace('|', '&#124;')} | {' | '.join(marks)} |")
    wide_table(
        "forms", f"| | {' | '.join(names)} |\n| --- |{' ---: |' * len(forms)}\n" + "\n".join(lines)
    )
    st.caption(
        "Samples are compared with test images; ✓ and ✗: whether the run shows what the paper "
        "says of it (?: within the noise).",
        help=told(
            "noise", "judge", "frechet", "aggregate-posterior", "squared-error", "kl", "sigma"
        ),
    )
    best = nearest_form(forms)
    if best:
        total = sum(form.agreed for form in forms if form.variance == best)
        of = sum(len(form.checks) for form in forms if form.variance == best)
        st.markdown(
            f"**The form nearest to what the paper reports is `{best}`**: {total} of {of} checks."
        )
    else:
        st.markdown("**No form is nearer than the others to what the paper reports.**")


def wide_table(name: str, markdown: str) -> None:
    """A table that scrolls sideways where the page is narrower."""
    with st.container(key=f"wide-{name}"):  # styled by app/web/layout.css
        st.markdown(markdown)


def _cells(forms: list[VarianceForm], key: str, form: str, times: float = 1) -> list[str]:
    return [f"{each.metrics[key].times(times):{form}}" for each in forms]


spot = downloads.title("Results")
selection = current()
measured = store.measured()
for problem in measured.problems:
    st.warning(f"Left out: {sentence(problem)}")
st.header(f"Table 1, {plain(selection.dataset.title)}")
if selection.dataset.name in TABLE_1:
    table_1(selection, measured)
else:
    not_in_the_paper(selection)
st.header("The paper's statements")
statements(selection, measured)
st.header("What Eq. 6's variance term does")
forms = variance(selection, measured)
about = About("Results", selection.dataset, selection.runs)
compared = [(form, store.run(selection.dataset.name, form.run)) for form in forms]
files = [*table_downloads(about, measured), *variance_downloads(about, compared, SAMPLES)]
downloads.show(spot, files)
