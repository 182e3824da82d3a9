"""The report's section on Eq. 6's variance term: three forms, what each makes, which is nearest."""

from collections.abc import Mapping, Sequence

from muvae.replication import (
    Measured,
    MissingError,
    VarianceForm,
    missing_runs,
    nearest_form,
    variance_forms,
)
from muvae.replication.report.markdown import header, row
from muvae.types import Measurement

FORM_METRICS = (
    ("mean log σ²", "mean_log_var", ".3g", 1),
    ("mean \\|mean\\|", "aggregate_mean", ".2f", 1),
    ("spread", "aggregate_std", ".2f", 1),
    ("accuracy, sampled", "test_accuracy_sampled", ".1f", 100),
    ("on means", "test_accuracy_mean", ".2f", 100),
    ("squared error", "test_reconstruction", ".2f", 1),
    ("KL", "test_kl", ".3g", 1),
)
SAMPLE_METRICS = (
    ("confidence, own", "own_{}_confidence", ".3f"),
    ("class entropy, own", "own_{}_class_entropy", ".3f"),
    ("Fréchet, own", "own_{}_frechet", ".3g"),
    ("confidence, common", "judged_{}_confidence", ".3f"),
    ("class entropy, common", "judged_{}_class_entropy", ".3f"),
    ("Fréchet, common", "judged_{}_frechet", ".4g"),
    ("to nearest test image", "{}_nearest", ".1f"),
)

ANSWERS = {True: "yes", False: "no", None: "within the noise"}


def variance(measured: Measured) -> list[str]:
    """The question that the paper leaves open, answered by measurement."""
    lines = [
        "## What Eq. 6's variance term does",
        "",
        "Eq. 6 prints Σ log σ², which has no minimum. Section 4 says that the KL loss's own term, "
        "or exp(log σ²) − 1, would do as well, since each pushes log σ² to zero. What came of "
        "each on MNIST, at both bounds:",
        "",
    ]
    try:
        forms = variance_forms(measured)
    except MissingError as error:
        return [*lines, f"Undecided: {error}."]
    columns = [title for title, *_ in FORM_METRICS]
    lines += header(["bound", "variance term"], ["σ of the noise", *columns])
    for form in forms:
        cells = [f"{form.metrics[key].times(times):{fmt}}" for _, key, fmt, times in FORM_METRICS]
        lines.append(row([bound(form), f"`{form.variance}`"], [f"{form.noise_std:.3g}", *cells]))
    lines += [
        "",
        "Samples at σ = 3, held against half of the test images, with the other half for "
        "comparison (real). They are judged by the run's own encoder and classifier, and by those "
        "of the run `vae`, the same for all. Confidence: mean probability of the class named. "
        "Class entropy: 1 where all ten are named equally often. Fréchet: distance in the features "
        "of the classifier's last hidden layer. Nearest: squared error to the nearest test image.",
        "",
        *header(["bound", "variance term"], [title for title, *_ in SAMPLE_METRICS]),
    ]
    for form in forms:
        metrics = measured.runs["mnist"][form.run].metrics
        own = _own_real(metrics)
        cells = [
            f"{metrics[key.format('samples')]:{fmt}}{own.get(key, '')}"
            for _, key, fmt in SAMPLE_METRICS
        ]
        lines.append(row([bound(form), f"`{form.variance}`"], cells))
    vae = measured.runs["mnist"]["vae"].metrics
    for title, of in (("VAE, σ = 1", "samples"), ("real images", "real")):
        cells = [f"{vae[key.format(of)]:{fmt}}" for _, key, fmt in SAMPLE_METRICS]
        lines.append(row([title, ""], cells))
    lines += ["", *_checks(forms)]
    if missing := missing_runs(measured):
        lines += [
            "",
            f"Not compared, since no run of it is there: {', '.join(missing)}. Train it with "
            f"`python scripts/train.py --objective {' '.join(missing)}`.",
        ]
    return lines


def _own_real(metrics: Mapping[str, Measurement]) -> dict[str, str]:
    """What a run's own judge says of real images, behind what it says of its samples."""
    return {
        key: f" (real {metrics[key.format('real')]:{fmt}})"
        for _, key, fmt in SAMPLE_METRICS
        if key.startswith("own")
    }


def _checks(forms: Sequence[VarianceForm]) -> list[str]:
    lines = [
        "What the paper shows or says of its μ-VAEs, and which form's runs show it too:",
        "",
        *header([""], [f"`{form.variance}`, {bound(form)}" for form in forms]),
    ]
    claims = [check.claim.replace("|", "\\|") for check in forms[0].checks]
    for position, claim in enumerate(claims):
        cells = [ANSWERS[form.checks[position].holds] for form in forms]
        lines.append(row([claim], cells))
    lines.append(row(["**together**"], [f"{form.agreed} of {len(claims)}" for form in forms]))
    best = nearest_form(list(forms))
    verdict = (
        "Two forms agree with the paper equally often: these runs do not tell which it used."
        if best is None
        else f"The form nearest to what the paper reports is `{best}`."
    )
    return [*lines, "", verdict]


def bound(form: VarianceForm) -> str:
    """A bound in words."""
    return f"{form.clip:g}√D"
