"""replay.safetensors: chosen epochs, what is kept of them, and files that are spoilt."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from helpers import SHIPPED, make_config, make_split
from torch import Tensor

from muvae import CheckpointError, InvalidInputError, Posterior, RunConfig, Split, load_run
from muvae.models import decoder_tensors
from muvae.models.latent import Latent
from muvae.runs.folder import check_files
from muvae.runs.replay import Replay, check_replay, chosen_epochs, read_replay, write_replay
from muvae.runs.writing import write_run
from muvae.training.evaluation import encode
from muvae.training.finish import finish
from muvae.training.loop import fit
from muvae.training.state import load_state, new_state


@pytest.mark.parametrize(
    ("count", "epochs", "expected"),
    [
        (12, 60, (1, 2, 3, 4, 5, 6, 9, 14, 20, 29, 41, 60)),
        (4, 1000, (1, 10, 100, 1000)),
        (3, 9, (1, 3, 9)),
        (2, 30, (1, 30)),
        (1, 30, (30,)),
        (12, 12, tuple(range(1, 13))),
        (12, 5, (1, 2, 3, 4, 5)),
    ],
)
def test_epochs_are_spread_on_a_log_scale(
    count: int, epochs: int, expected: tuple[int, ...]
) -> None:
    assert chosen_epochs(count, epochs) == expected


def test_as_many_epochs_are_chosen_as_are_asked_for() -> None:
    for epochs in range(1, 70):
        for count in range(2, 20):
            chosen = chosen_epochs(count, epochs)
            assert len(set(chosen)) == len(chosen) == min(count, epochs)
            assert list(chosen) == sorted(chosen)
            assert (chosen[0], chosen[-1]) == (1, epochs)


def kept(epoch: int, *, seed: int = 0) -> Replay:
    """Five codes of three dimensions, and two tensors."""
    generator = torch.Generator().manual_seed(seed + epoch)
    mean, log_var = torch.randn(2, 5, 3, generator=generator)
    weights = {"a.weight": torch.randn(4, 3, generator=generator), "a.bias": torch.full((4,), 0.5)}
    return Replay.of_epoch(epoch, Posterior(mean, log_var), weights)


DECODER = {"a.weight": (4, 3), "a.bias": (4,)}


def read(path: Path, *, epochs: int = 9, images: int = 5, dim: int = 3) -> Replay:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return read_replay(path, epochs=epochs, images=images, dim=dim, decoder=DECODER, sha256=sha256)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    replay = kept(1).followed_by(kept(3)).followed_by(kept(9))
    write_replay(tmp_path / "replay.safetensors", replay)
    again = read(tmp_path / "replay.safetensors")
    assert (again.epochs, len(again)) == ((1, 3, 9), 3)
    assert again.tensors().keys() == replay.tensors().keys()
    for name, value in replay.tensors().items():
        assert value.dtype == torch.float16
        assert torch.equal(value, again.tensors()[name])
    check_replay(tmp_path / "replay.safetensors", epochs=9, dim=3, decoder=DECODER)
    for epoch in (1, 3, 9):
        one = kept(epoch)
        assert torch.equal(again.posterior(epoch).mean, one.mean[0].float())
        assert torch.equal(again.posterior(epoch).log_var, one.posterior(epoch).log_var)
        assert again.decoder(epoch).keys() == {"a.weight", "a.bias"}
        assert torch.equal(again.decoder(epoch)["a.weight"], one.weights["a.weight"][0].float())
    with pytest.raises(InvalidInputError, match="epoch 2 is not in the replay; it has 1, 3, 9"):
        again.decoder(2)


def test_values_out_of_float16_s_range_are_at_its_end() -> None:
    log_var = torch.tensor([[-1e9, 70_000.0, -2.0]])
    replay = Replay.of_epoch(1, Posterior(torch.zeros(1, 3), log_var), {})
    assert replay.posterior(1).log_var.tolist() == [[-65504.0, 65504.0, -2.0]]


def test_means_alone_do_not_mix_with_decoders(tmp_path: Path) -> None:
    alone = Replay.of_epoch(1, Posterior(torch.zeros(5, 3), torch.zeros(5, 3)))
    assert alone.tensors().keys() == {"mean"}
    for one, other in ((alone, kept(2)), (kept(1), alone)):
        with pytest.raises(InvalidInputError, match="give --replay as at the start"):
            one.followed_by(other)
    with pytest.raises(InvalidInputError, match="has no log-variances"):
        alone.posterior(1)
    assert alone.decoder(1) == {}
    write_replay(tmp_path / "replay.safetensors", alone)
    assert read(tmp_path / "replay.safetensors").log_var is None


def test_a_file_without_epochs_has_all_of_them(tmp_path: Path) -> None:
    """As the toy runs were written first."""
    path = tmp_path / "replay.safetensors"
    safetensors.torch.save_file({"mean": torch.zeros(4, 5, 3, dtype=torch.float16)}, path)
    assert read(path, epochs=4).epochs == (1, 2, 3, 4)
    with pytest.raises(CheckpointError, match=r"mean is F16 \[4, 5, 3\], not F16 \[9, 5, 3\]"):
        read(path, epochs=9)


Content = tuple[dict[str, Tensor], dict[str, str]]
SPOILT: dict[str, tuple[Callable[[Content], object], str]] = {
    "no means": (lambda c: c[0].pop("mean"), "lacks the tensor 'mean'"),
    "no log-variances": (lambda c: c[0].pop("log_var"), "lacks the tensor 'log_var'"),
    "no weight": (lambda c: c[0].pop("weights.a.bias"), "lacks the tensor 'weights.a.bias'"),
    "one more": (lambda c: c[0].update(more=torch.zeros(1)), "unknown tensor 'more'"),
    "NaN": (lambda c: c[0]["mean"].fill_(torch.nan), "mean holds a value that is not finite"),
    "float32": (lambda c: c[0].update(mean=c[0]["mean"].float()), "mean is F32"),
    "fewer": (lambda c: c[0].update(log_var=c[0]["log_var"][:, :4].clone()), "log_var is|mean is"),
    "epochs no list": (lambda c: c[1].update(epochs="{}"), "its epochs are {}; they must be"),
    "epochs no JSON": (lambda c: c[1].update(epochs="["), "its epochs are no JSON list"),
    "epochs texts": (lambda c: c[1].update(epochs='["1", "3"]'), "they must be rising numbers"),
    "epochs falling": (lambda c: c[1].update(epochs="[3, 1]"), "they must be rising numbers"),
    "epochs twice": (lambda c: c[1].update(epochs="[3, 3]"), "they must be rising numbers"),
    "epoch 0": (lambda c: c[1].update(epochs="[0, 3]"), "they must be rising numbers from 1 to 9"),
    "epoch beyond": (lambda c: c[1].update(epochs="[1, 10]"), "they must be rising numbers"),
    "one epoch less": (lambda c: c[1].update(epochs="[1]"), r"is F16 \[2, .*not F16 \[1, "),
    "no epochs": (lambda c: c[1].update(epochs="[]"), r"its epochs are \[\]; they must be"),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_file_is_named(tmp_path: Path, kind: str) -> None:
    change, message = SPOILT[kind]
    tensors = kept(1).followed_by(kept(3)).tensors()
    content = {name: value.clone() for name, value in tensors.items()}, {"epochs": "[1, 3]"}
    change(content)
    path = tmp_path / "replay.safetensors"
    safetensors.torch.save_file(content[0], path, content[1])
    with pytest.raises(CheckpointError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(("size", "images"), [({"images": 6}, 6), ({"dim": 2}, None)])
def test_a_replay_of_other_codes_is_named(
    tmp_path: Path, size: dict[str, int], images: int | None
) -> None:
    path = tmp_path / "replay.safetensors"
    write_replay(path, kept(1))
    expected = "is of 5 test images, and the codes are of 6" if images else r"not F16 \[1, 5, 2\]"
    with pytest.raises(CheckpointError, match=expected):
        read(path, **size)


def config(**changes: object) -> RunConfig:
    return make_config(**{"epochs": 4, **changes})


def straight(split: Split, settings: RunConfig, replay: int | None, path: Path) -> Replay:
    state = new_state(settings)
    list(fit(state, split, split, save_to=path, replay=replay))
    assert state.replay is not None
    return state.replay


def test_training_keeps_codes_and_decoder_of_chosen_epochs(tmp_path: Path) -> None:
    split, settings = make_split(20), config(latent=Latent(3, None))
    state, decoders, codes = new_state(settings), {}, {}
    for record in fit(state, split, split, replay=3):
        decoders[record.epoch] = decoder_tensors(state.vae)["decoder.expand.0.weight"].half()
        codes[record.epoch] = encode(state.vae, split)
    run = finish(state, split, {})
    write_run(tmp_path / "vae", run)
    check_files(tmp_path / "vae")
    replay = load_run(tmp_path / "vae").replay
    assert replay is not None
    assert replay.epochs == (1, 2, 4)
    assert set(replay.decoder(1)) == set(decoder_tensors(run.vae))
    for epoch in replay.epochs:
        assert torch.equal(
            replay.decoder(epoch)["decoder.expand.0.weight"], decoders[epoch].float()
        )
        assert torch.equal(replay.posterior(epoch).mean, codes[epoch].mean.half().float())
        assert torch.equal(replay.posterior(epoch).log_var, codes[epoch].log_var.half().float())
    # The last decoder makes what the run makes, but for rounding.
    last = {**run.vae.networks.state_dict(), **replay.decoder(4)}
    images = run.vae.decode(run.codes.mean)
    run.vae.networks.load_state_dict(last)
    torch.testing.assert_close(run.vae.decode(run.codes.mean), images, rtol=0, atol=2e-3)


@pytest.mark.parametrize("replay", [3, None])
def test_a_resumed_replay_is_the_uninterrupted_one(tmp_path: Path, replay: int | None) -> None:
    """Of two dimensions, which without --replay keep their means after every epoch."""
    split, settings = make_split(20), config()
    expected = straight(split, settings, replay, tmp_path / "straight")
    assert expected.epochs == ((1, 2, 4) if replay else (1, 2, 3, 4))
    assert (expected.log_var is None) == (replay is None)
    path = tmp_path / "state"
    epochs = fit(new_state(settings), split, split, save_to=path, replay=replay)
    next(epochs)
    next(epochs)
    state = load_state(path, settings)
    list(fit(state, split, split, save_to=path, replay=replay))
    for found in (state.replay, load_state(path, settings).replay):
        assert found is not None
        assert found.epochs == expected.epochs
        for name, value in expected.tensors().items():
            assert torch.equal(found.tensors()[name], value), name


@pytest.mark.parametrize(("before", "after"), [(3, None), (None, 3)])
def test_a_run_goes_on_with_the_replay_that_it_began_with(
    before: int | None, after: int | None
) -> None:
    split, state = make_split(20), new_state(config(epochs=2))
    next(fit(state, split, split, replay=before))
    with pytest.raises(InvalidInputError, match="vae was begun with a replay of"):
        next(fit(state, split, split, replay=after))


def test_without_being_asked_only_two_dimensions_are_kept() -> None:
    split, state = make_split(20), new_state(config(epochs=1, latent=Latent(3, None)))
    list(fit(state, split, split))
    assert state.replay is None


def test_the_shipped_toy_runs_are_read_to_the_bit() -> None:
    folder = SHIPPED / "mnist-toy" / "leaky-relu-elbo"
    expected = safetensors.torch.load_file(folder / "replay.safetensors")["mean"]
    replay = load_run(folder).replay
    assert replay is not None
    assert torch.equal(replay.mean, expected)
    assert json.dumps(replay.epochs) == json.dumps([*range(1, 21)])
