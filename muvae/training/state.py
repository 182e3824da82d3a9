"""A run in the making: its networks and optimizers, drawn anew or read from where it stopped."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from muvae.components import made_parts
from muvae.errors import CheckpointError
from muvae.models import Classifier, TrainableNetworks, Vae, decoder_tensors, initialize
from muvae.objectives import Objective
from muvae.objectives.batch import Progress
from muvae.parameters import is_int
from muvae.priors import Prior
from muvae.runs import tensor_files
from muvae.runs.config import RunConfig, differences
from muvae.runs.folder import classifier_of
from muvae.runs.history import format_history, parse_history
from muvae.runs.replay import EPOCHS, Replay, checked, optional, replay_epochs, replay_layout
from muvae.runs.run import Run
from muvae.training.sessions import Session, parse_sessions, sessions_json
from muvae.types import EpochRecord

ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")
REPLAY, SESSIONS = "replay", "sessions"


@dataclass
class TrainingState:
    """A run in the making: its modules, an Adam for each that learns, and the epochs behind it.

    `objective` and `prior` are the config's, with their parts; these are in `parts` by names such
    as `objective.discriminator`, and `optimizers` has the names `vae`, `classifier` and those.
    `replay` holds test codes, and decoders, after chosen epochs. `continued_after` are the epochs
    after which it was taken up from a run folder, which keeps no moments of Adam and the classifier
    in float16. `sessions` say what trained the epochs of `history`. `train_size` is the number of
    images of an epoch, once training has begun.
    """

    config: RunConfig
    vae: Vae
    classifier: Classifier
    objective: Objective
    prior: Prior
    parts: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Adam]
    history: list[EpochRecord] = field(default_factory=list)
    replay: Replay | None = None
    continued_after: tuple[int, ...] = ()
    sessions: tuple[Session, ...] = ()
    train_size: int = 0

    def progress(self, epochs: int, batches: int = 0) -> Progress:
        """How far training is after so many epochs and batches."""
        an_epoch = math.ceil(self.train_size / self.config.batch_size)
        return Progress(epochs * an_epoch + batches, self.config.epochs * an_epoch, self.train_size)

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.vae.device

    @property
    def modules(self) -> dict[str, nn.Module]:
        """Everything that is trained, or has a state, by name."""
        return {"vae": self.vae, "classifier": self.classifier, **self.parts}


def new_state(config: RunConfig, device: torch.device | str = "cpu") -> TrainingState:
    """A run before its first epoch, its weights drawn as Appendix B says from the config's seed."""
    networks = TrainableNetworks(config.encoder, config.decoder, config.image, config.latent.dim)
    vae = Vae(networks, config.latent)
    classifier = classifier_of(config)
    generator = torch.Generator().manual_seed(config.seed)
    initialize(vae, generator)
    initialize(classifier, generator)
    if config.precision == "bfloat16":
        vae.to(memory_format=torch.channels_last)
    objective, prior = config.objective, config.prior
    parts = made_parts((objective, prior), vae, config.seed)
    state = TrainingState(
        config,
        vae,
        classifier,
        objective.with_parts(parts),
        prior.with_parts(parts),
        parts,
        optimizers={},
    )
    own = {
        f"{owner.kind}.{part}": owner.adam(part)
        for owner in (state.objective, state.prior)
        for part in owner.parts
    }
    for name, module in state.modules.items():
        module.to(device)
        if learnt := [parameter for parameter in module.parameters() if parameter.requires_grad]:
            settings: dict[str, Any] = {
                "lr": config.optimizer.learning_rate,
                "betas": (config.optimizer.beta1, config.optimizer.beta2),
                **own.get(name, {}),
            }
            state.optimizers[name] = torch.optim.Adam(learnt, fused=True, **settings)
    return state


def continued_state(
    run: Run, config: RunConfig, device: torch.device | str = "cpu"
) -> TrainingState:
    """A finished run of fewer epochs taken up again: its weights and history, Adam's moments anew.

    What a state file holds beyond the run's folder is lost; `continued_after` says when it was.
    """
    state = new_state(config, device)
    state.vae.load_state_dict(run.vae.state_dict())
    for owner in (run.objective, run.prior):
        for name, module in owner.parts.items():
            state.parts[f"{owner.kind}.{name}"].load_state_dict(module.state_dict())
    state.classifier.load_state_dict(run.classifier.state_dict())
    state.history = list(run.history)
    state.replay = run.replay
    before, where = run.provenance.get("continued_after", []), f"{run.name}/run.json"
    if not isinstance(before, list) or not all(is_int(epoch, 1) for epoch in before):
        raise CheckpointError(f"{where}: continued_after is no list of epochs")
    state.continued_after = (*before, len(run.history))
    state.sessions = parse_sessions(run.provenance.get(SESSIONS), len(run.history), where)
    return state


def save_state(path: Path, state: TrainingState) -> None:
    """Write an unfinished run to one safetensors file, atomically."""
    metadata = {
        "config": json.dumps(state.config.to_json()),
        "history": format_history(state.history),
        "continued_after": json.dumps(state.continued_after),
        SESSIONS: json.dumps(sessions_json(state.sessions)),
    }
    if state.replay is not None:
        metadata[REPLAY] = json.dumps(state.replay.epochs)
    tensor_files.write_tensors(path, _tensors(state), metadata)


def load_state(path: Path, config: RunConfig, device: torch.device | str = "cpu") -> TrainingState:
    """Read an unfinished run to go on with `config`, which may differ from its own in epochs only.

    CheckpointError names the file and what is wrong or different.
    """
    metadata = tensor_files.read_metadata(path)
    try:
        saved = RunConfig.from_json(json.loads(metadata["config"]))
        history = parse_history(metadata["history"], str(path))
        continued_after = tuple(json.loads(metadata["continued_after"]))
        sessions = json.loads(metadata.get(SESSIONS, "null"))  # null: of an older version
    except (KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not the state of a run ({error})") from error
    _check_same(path, saved, config, len(history))
    state = new_state(config, device)
    layout: dict[str, tuple[torch.dtype, tuple[int | None, ...]]] = {
        name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in _tensors(state).items()
    }
    kept: tuple[int, ...] = ()
    decoder: dict[str, tuple[int, ...]] = {}
    absent: tuple[str, ...] = ()
    if REPLAY in metadata:
        kept = replay_epochs({EPOCHS: metadata[REPLAY]}, path, len(history))
        decoder = {name: tuple(value.shape) for name, value in decoder_tensors(state.vae).items()}
        own = replay_layout(len(kept), config.latent.dim, decoder)
        layout |= {f"{REPLAY}.{name}": kind for name, kind in own.items()}
        absent = tuple(f"{REPLAY}.{name}" for name in optional(own))
    tensors, _ = tensor_files.read_tensors(path, layout, optional=absent)
    for name, module in state.modules.items():
        module.load_state_dict(_under(f"{name}.", tensors))
    for name, optimizer in state.optimizers.items():
        moments = _under(f"adam.{name}.", tensors)
        for index, parameter in enumerate(optimizer.param_groups[0]["params"]):
            optimizer.state[parameter] = {
                "step": moments[f"{index}.step"].to(parameter.device),
                # In the parameter's own order of memory, without which last digits may differ.
                **{
                    key: torch.empty_like(parameter).copy_(moments[f"{index}.{key}"]).detach()
                    for key in ADAM_STATE[1:]
                },
            }
    state.history, state.continued_after = list(history), continued_after
    state.sessions = parse_sessions(sessions, len(history), str(path))
    if kept:
        state.replay = checked(path, kept, _under(f"{REPLAY}.", tensors), decoder)
    return state


def _check_same(path: Path, saved: RunConfig, config: RunConfig, epochs: int) -> None:
    """Whether a state of so many epochs goes on with `config`; else a CheckpointError."""
    if saved.data_sha256 != config.data_sha256:
        raise CheckpointError(
            f"{path} was begun with other images or labels than {config.dataset} now has; put "
            "those back, or delete that file to start afresh"
        )
    if changed := differences(saved, config, besides=("epochs",)):
        raise CheckpointError(
            f"{path} was begun with another {' and '.join(changed)}; "
            "give the same, or delete that file to start afresh"
        )
    if epochs > config.epochs:
        raise CheckpointError(
            f"{path} has {epochs} epochs behind it, more than the {config.epochs} asked for; "
            "ask for more, or delete that file to start afresh"
        )


def _tensors(state: TrainingState) -> dict[str, Tensor]:
    """All tensors of a state by name; Adam's moments are zero before its first step."""
    tensors = {
        f"{name}.{key}": value
        for name, module in state.modules.items()
        for key, value in module.state_dict().items()
    }
    for name, optimizer in state.optimizers.items():
        for index, parameter in enumerate(optimizer.param_groups[0]["params"]):
            own = optimizer.state.get(parameter, {})
            for key in ADAM_STATE:
                blank = torch.zeros(()) if key == "step" else torch.zeros_like(parameter)
                tensors[f"adam.{name}.{index}.{key}"] = own.get(key, blank).detach()
    if state.replay is not None:
        tensors |= {f"{REPLAY}.{key}": value for key, value in state.replay.tensors().items()}
    return tensors


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
