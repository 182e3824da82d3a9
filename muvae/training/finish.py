"""What comes out of training: a run that is measured as it is shipped."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from muvae.errors import TrainingError
from muvae.models import exported
from muvae.runs.run import Codes, Run
from muvae.training.evaluation import (
    accuracy,
    as_metrics,
    encode_split,
    latent_summary,
    mean_regularization,
    measure,
)
from muvae.training.state import TrainingState, new_state
from muvae.types import Split

HALF_TOLERANCE = 0.002  # of accuracy, in [0, 1]
HALF_IMAGES = 3  # that may be taken for another class: on a small test set, more than the above


def finish(state: TrainingState, test: Split, provenance: Mapping[str, Any]) -> Run:
    """The run as it is shipped: measured in float32, its classifier rounded to float16.

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
    regularization = mean_regularization(
        vae,
        shipped.objective,
        test,
        encoded,
        batch_size=config.batch_size,
        prior=shipped.prior,
        progress=state.progress(config.epochs),
    )
    measured = measure(encoded, test.labels, classifier, regularization)
    return Run(
        name=config.name,
        config=dataclasses.replace(config, objective=shipped.objective, prior=shipped.prior),
        metrics=as_metrics(measured, "test") | latent_summary(encoded, test.labels),
        history=tuple(state.history),
        provenance={**provenance, "continued_after": list(state.continued_after)},
        vae=vae,
        classifier=classifier,
        codes=Codes(encoded.posterior.mean, encoded.posterior.log_var, encoded.mean_error),
        replay=state.replay,
    )
