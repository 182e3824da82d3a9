"""The end of training: a run as it is shipped, and all that is measured of it on the test set."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch

from muvae.analysis.draws import over_draws
from muvae.analysis.sample_quality import channels_last
from muvae.analysis.sampled_codes import SEED, sampled_code_metrics
from muvae.errors import TrainingError
from muvae.images import to_float
from muvae.models import exported
from muvae.objectives.batch import Progress
from muvae.runs.run import Codes, Run
from muvae.training.evaluation import (
    Encoded,
    accuracy,
    as_metrics,
    encode_split,
    latent_summary,
    mean_regularization,
    measure,
)
from muvae.training.sessions import sessions_json
from muvae.training.state import SESSIONS, TrainingState, new_state
from muvae.types import Measurement, Split

HALF_TOLERANCE = 0.002  # of accuracy, in [0, 1]
HALF_IMAGES = 3  # that may be taken for another class: on a small test set, more than the above


def finish(state: TrainingState, test: Split, provenance: Mapping[str, Any]) -> Run:
    """The run as it is shipped: measured in float32, its classifier rounded to float16.

    What depends on sampled codes is measured over many draws of them; the history has one an epoch.

    TrainingError: the rounding changes the classifier's accuracy by more than HALF_TOLERANCE, and
    by more than HALF_IMAGES of the test images.
    """
    config = state.config
    shipped = new_state(dataclasses.replace(config, precision="float32"))
    for name, module in state.modules.items():
        held = {key: value.cpu() for key, value in module.state_dict().items()}
        shipped.modules[name].load_state_dict(held)
    for module in shipped.modules.values():
        module.eval().requires_grad_(False)
    # What is measured is what networks.json describes.
    vae, classifier = exported(shipped.vae), shipped.classifier
    encoded = encode_split(vae, test)
    accuracies = [accuracy(classifier, encoded.posterior.mean, test.labels)]
    classifier.load_state_dict({k: v.half().float() for k, v in classifier.state_dict().items()})
    accuracies.append(accuracy(classifier, encoded.posterior.mean, test.labels))
    if abs(accuracies[1] - accuracies[0]) > max(HALF_TOLERANCE, (HALF_IMAGES + 0.5) / len(test)):
        raise TrainingError(
            f"{config.name}: rounded to float16 the classifier's accuracy goes from "
            f"{accuracies[0]:.4f} to {accuracies[1]:.4f}; train it longer or with a lower rate"
        )
    drawn = _regularization_over_draws(shipped, test, encoded, state.progress(config.epochs))
    measured = measure(encoded, test.labels, classifier, drawn.value)
    sampled = sampled_code_metrics(
        channels_last(vae), classifier, to_float(test.images), test.labels, encoded.posterior
    )
    sampled["test_regularization"] = drawn
    return Run(
        name=config.name,
        config=dataclasses.replace(config, objective=shipped.objective, prior=shipped.prior),
        metrics=as_metrics(measured, "test") | sampled | latent_summary(encoded, test.labels),
        history=tuple(state.history),
        provenance={
            **provenance,
            "continued_after": list(state.continued_after),
            SESSIONS: sessions_json(state.sessions),
        },
        vae=vae,
        classifier=classifier,
        codes=Codes(encoded.posterior.mean, encoded.posterior.log_var, encoded.mean_error),
        replay=state.replay,
    )


def _regularization_over_draws(
    shipped: TrainingState, test: Split, encoded: Encoded, progress: Progress
) -> Measurement:
    """The objective's own term; an objective that looks at sampled codes has it over many draws."""

    def once(generator: torch.Generator) -> dict[str, float]:
        samples = encoded.posterior.sample(generator)
        regularization = mean_regularization(
            shipped.vae,
            shipped.objective,
            test,
            dataclasses.replace(encoded, samples=samples),
            batch_size=shipped.config.batch_size,
            prior=shipped.prior,
            progress=progress,
            generator=generator,
        )
        return {"regularization": regularization}

    drawn = over_draws(once, seed=SEED)["regularization"]
    # That of the paper's objectives depends on means and variances alone.
    return Measurement(drawn.value) if drawn.sd == 0 else drawn
