"""Run folders read: bit for bit what was written, in display order, each fault by its file."""

import dataclasses
import io
import json
import math
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from helpers import make_run, seal, vae_for
from torch import Tensor

from muvae import OBJECTIVES, CheckpointError, Codes, Latent, Run, list_runs, load_run
from muvae.priors import STANDARD_NORMAL
from muvae.runs import files
from muvae.runs.folder import check_files, codes_of, load_networks
from muvae.runs.writing import write_codes, write_run
from muvae.types import Measurement

FILES = [
    *("classifier.safetensors", "codes.safetensors", "history.csv"),
    *("model.safetensors", "networks.json", "run.json"),
]
Spoil = Callable[[Path], object]


def test_a_folder_holds_the_six_files_and_nothing_executable(run_folder: Path) -> None:
    assert sorted(file.name for file in run_folder.iterdir()) == FILES


def test_a_run_comes_back_bit_for_bit(run_folder: Path, run: Run) -> None:
    back = load_run(run_folder)
    assert back.name == "vae"
    assert (back.config, back.history) == (run.config, run.history)
    assert (back.metrics, back.provenance) == (run.metrics, run.provenance)
    assert (back.objective, back.prior) == (OBJECTIVES["vae"], STANDARD_NORMAL)
    # The classifier's weights are exact in float16, as those of a finished run are.
    for restored, original in ((back.vae, run.vae), (back.classifier, run.classifier)):
        weights = original.state_dict()
        assert restored.state_dict().keys() == weights.keys()
        for name, value in restored.state_dict().items():
            assert value.dtype == torch.float32
            assert torch.equal(value, weights[name]), name
        assert not restored.training
        assert not any(parameter.requires_grad for parameter in restored.parameters())
    for name, value in vars(run.codes).items():
        assert torch.equal(getattr(back.codes, name), value), name
    assert len(back.codes) == 12


def test_a_classifier_is_rounded_to_float16(tmp_path: Path) -> None:
    run = make_run()
    weight = run.classifier.head.weight
    weight.data += 1e-5 * torch.rand(weight.shape, generator=torch.Generator().manual_seed(0))
    write_run(tmp_path / "vae", run)
    back = load_run(tmp_path / "vae").classifier.head.weight
    assert not torch.equal(back, weight)
    assert torch.equal(back, weight.half().float())
    with safetensors.safe_open(tmp_path / "vae" / "classifier.safetensors", "pt") as file:
        assert file.get_tensor("head.weight").dtype == torch.float16


def test_a_bounded_run_of_other_size_comes_back_with_its_bound(tmp_path: Path) -> None:
    run = make_run(name="mu", objective="mu-vae-1", latent=Latent(3, clip=0.01 / math.sqrt(3)))
    write_run(tmp_path / "mu", run)
    vae = load_run(tmp_path / "mu").vae
    images = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(vae.encode(images).mean.norm(dim=1), torch.full((4,), 0.01))


def test_codes_without_maps_come_back_without_maps(run_folder: Path, run: Run) -> None:
    write_codes(run_folder, Codes(run.codes.mean, run.codes.log_var, run.codes.squared_error))
    codes = codes_of(run_folder)
    assert (codes.tsne, codes.umap) == (None, None)
    assert torch.equal(codes.mean, run.codes.mean)
    assert load_run(run_folder).codes.tsne is None


def test_the_parts_of_a_run_can_be_read_alone(run_folder: Path, run: Run) -> None:
    (run_folder / "history.csv").unlink()
    config, vae, classifier = load_networks(run_folder)
    assert config == run.config
    assert torch.equal(vae.networks.mean_head.weight, run.vae.networks.mean_head.weight)
    assert torch.equal(classifier.head.weight, run.classifier.head.weight)
    (run_folder / "model.safetensors").unlink()
    assert torch.equal(codes_of(run_folder).mean, run.codes.mean)


def rewrite(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda path: path.write_bytes(change(path.read_bytes()))


def retensor(change: Callable[[dict[str, Tensor]], object]) -> Spoil:
    def spoil(path: Path) -> None:
        tensors = safetensors.torch.load_file(path)
        change(tensors)
        safetensors.torch.save_file(tensors, path)

    return spoil


def put(name: str, make: Callable[[Tensor], Tensor]) -> Spoil:
    return retensor(lambda tensors: tensors.update({name: make(tensors[name])}))


def put_json(key: str, value: object) -> Spoil:
    def spoil(path: Path) -> None:
        values = json.loads(path.read_text())
        values["config"][key] = value
        path.write_text(json.dumps(values))

    return spoil


def with_nan(tensor: Tensor) -> Tensor:
    tensor.view(-1)[-1] = torch.nan
    return tensor


EVERY_FILE: dict[str, Spoil] = {
    "missing": Path.unlink,
    "empty": rewrite(lambda _: b""),
    "truncated": rewrite(lambda content: content[:-20]),
    "head lost": rewrite(lambda content: content[20:]),
    "random": rewrite(lambda content: os.urandom(len(content))),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}
ONE_FILE: dict[str, tuple[str, Spoil, str]] = {
    "wrong shape": ("model", put("mean_head.bias", lambda t: t[:1]), r"has shape \[1\]; it must"),
    "wrong dtype": ("model", put("mean_head.bias", Tensor.double), r"F64 \[2\], not F32 \[2\]"),
    "NaN": ("model", put("decoder.layers.0.weight", with_nan), "not finite"),
    "missing tensor": (
        "model",
        retensor(lambda t: t.pop("mean_head.bias")),
        r"its bias \"mean_head.bias\" is not among the tensors",
    ),
    "extra tensor": (
        "model",
        retensor(lambda t: t.update(more=torch.ones(1))),
        "tensor 'more' belongs to no op",
    ),
    "float32 classifier": ("classifier", put("head.bias", Tensor.float), r"F32 \[10\], not F16"),
    "NaN classifier": ("classifier", put("hidden.0.bias", with_nan), "hidden.0.bias holds a value"),
    "missing layer": ("classifier", retensor(lambda t: t.pop("head.bias")), "'head.bias'"),
    "missing codes": ("codes", retensor(lambda t: t.pop("log_var")), "lacks the tensor 'log_var'"),
    "fewer codes": ("codes", put("log_var", lambda t: t[1:]), r"\[12, 2\], not F32 \[11, 2\]"),
    "narrow codes": (
        "codes",
        put("mean", lambda t: t[:, :1].clone()),
        r"\[12, 1\], not F32 \[12, 2\]",
    ),
    "fewer points": ("codes", put("umap", lambda t: t[1:]), r"umap is F32 \[11, 2\], not"),
    "map of three": (
        "codes",
        put("tsne", lambda t: torch.ones(12, 3)),
        r"\[12, 3\], not F32 \[12, 2",
    ),
    "NaN codes": ("codes", put("squared_error", with_nan), "squared_error holds a value that is"),
    "integer codes": ("codes", put("mean", Tensor.long), r"mean is I64 \[12, 2\], not F32"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", EVERY_FILE)
def test_a_spoilt_file_is_named(run_folder: Path, name: str, kind: str) -> None:
    path = run_folder / name
    EVERY_FILE[kind](path)
    with pytest.raises(CheckpointError) as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("kind", ONE_FILE)
def test_tensors_that_do_not_fit_the_run_are_named(run_folder: Path, kind: str) -> None:
    stem, spoil, message = ONE_FILE[kind]
    path = run_folder / f"{stem}.safetensors"
    spoil(path)
    with pytest.raises(CheckpointError, match=r"is not the file that run\.json beside"):
        load_run(run_folder)
    seal(run_folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(path))


def edited(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(path: Path) -> None:
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))

    return spoil


WRONG_NETWORKS: dict[str, tuple[Spoil, str]] = {
    "no JSON": (rewrite(lambda _: b"[1,"), "is not valid JSON"),
    "a later format": (edited(lambda v: v.update(format=2)), "its format is 2; it must be 1"),
    "an unknown op": (
        edited(lambda v: v["decoder"]["ops"][0].update(op="attention")),
        "decoder: op 'linear_1': its kind is 'attention'; it must be one of linear, conv2d",
    ),
    "an unknown tensor": (
        edited(lambda v: v["decoder"]["ops"][0].update(weight="decoder.other.weight")),
        r'op "linear_1" \(linear\): its weight "decoder.other.weight" is not among the tensors',
    ),
    "other codes": (
        edited(
            lambda v: [
                v["decoder"]["input"].update(shape=[3]),
                v["encoder"]["ops"][-1].update(shape=[3]),
                v["encoder"]["ops"][-2].update(shape=[3]),
            ]
        ),
        r"is of codes of \[3\], and run.json of \[2\]",
    ),
}


@pytest.mark.parametrize("kind", WRONG_NETWORKS)
def test_networks_that_do_not_fit_the_run_are_named(run_folder: Path, kind: str) -> None:
    spoil, message = WRONG_NETWORKS[kind]
    spoil(run_folder / "networks.json")
    seal(run_folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_run(run_folder)
    assert str(caught.value).startswith(str(run_folder))
    with pytest.raises(CheckpointError, match=message):
        check_files(run_folder)


def test_networks_are_built_from_their_list_of_ops(run_folder: Path, run: Run) -> None:
    """Not from a name in run.json: another slope in networks.json is another network."""
    edited(lambda v: v["decoder"]["ops"][1].update(negative_slope=0.9))(
        run_folder / "networks.json"
    )
    seal(run_folder)
    codes = torch.randn(5, 2)
    back = load_run(run_folder).vae.decode(codes)
    expected = vae_for(run.config)
    expected.load_state_dict(run.vae.state_dict())
    expected.networks.decoder.expand[1].negative_slope = 0.9
    assert torch.equal(back, expected.decode(codes))
    assert not torch.equal(back, run.vae.decode(codes))


@pytest.mark.parametrize("moment", range(1, 8))
def test_a_run_that_another_replaces_while_it_is_read_is_one_of_both(
    run_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Issue 14, 1.10: metrics of the one never stand beside weights or codes of the other."""
    other = dataclasses.replace(
        make_run(seed=1), metrics={**run.metrics, "test_kl": Measurement(7.0)}
    )
    reads = 0
    opened = files.opened

    def swapped(path: Path, most: int) -> AbstractContextManager[tuple[io.BufferedIOBase, int]]:
        nonlocal reads
        reads += 1
        if reads == moment:
            write_run(run_folder, other)
        return opened(path, most)

    monkeypatch.setattr(files, "opened", swapped)
    back = load_run(run_folder)
    assert reads > moment or moment == 7
    source = other if back.metrics["test_kl"].value == 7.0 else run
    assert source is other or moment == 7
    assert torch.equal(back.codes.mean, source.codes.mean)
    assert torch.equal(back.classifier.head.bias, source.classifier.head.bias)
    for name, value in back.vae.state_dict().items():
        assert torch.equal(value, source.vae.state_dict()[name])


def test_a_history_of_other_length_than_the_run_is_named(run_folder: Path) -> None:
    put_json("epochs", 4)(run_folder / "run.json")
    with pytest.raises(CheckpointError, match=r"history.csv has 3 epochs, not the 4 of run.json"):
        load_run(run_folder)


def test_files_of_another_run_are_named(run_folder: Path, tmp_path: Path) -> None:
    """Of another run that looks the same, and of one whose codes are larger."""
    write_run(tmp_path / "other", make_run(seed=1))
    for name in FILES[:-1]:
        own = (run_folder / name).read_bytes()
        its = (tmp_path / "other" / name).read_bytes()
        (run_folder / name).write_bytes(its)
        if its != own:
            with pytest.raises(CheckpointError, match=r"is not the file that run\.json") as caught:
                load_run(run_folder)
            assert str(caught.value).startswith(str(run_folder / name))
        (run_folder / name).write_bytes(own)
    put_json("latent", {"dim": 3, "clip": None})(run_folder / "run.json")
    with pytest.raises(CheckpointError, match=r"is of codes of \[2\], and run.json of \[3\]"):
        load_run(run_folder)


def test_a_pickle_is_never_loaded(run_folder: Path, tmp_path: Path) -> None:
    """A file that would run code if anything unpickled it."""
    trap = b"cos\nsystem\n(S'touch " + str(tmp_path / "sprung").encode() + b"'\ntR."
    for name in FILES:
        (run_folder / name).write_bytes(trap)
        with pytest.raises(CheckpointError):
            load_run(run_folder)
    assert not (tmp_path / "sprung").exists()


def test_a_missing_folder_names_the_mend(tmp_path: Path) -> None:
    for read in (load_run, load_networks, codes_of):
        with pytest.raises(CheckpointError, match=r"is not there; .* scripts/train.py") as caught:
            read(tmp_path / "vae")
        assert str(caught.value).startswith(str(tmp_path / "vae"))


def test_runs_are_listed_in_display_order_with_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    names = ["a-of-beta", "b-of-vae", "mu-vae-2", "vae", "beta-vae", "zebra-of-vae"]
    objectives = ["beta-vae", "vae", "mu-vae-2", "vae", "beta-vae", "vae"]
    for name, objective in zip(names, objectives, strict=True):
        write_run(folder / name, make_run(name=name, objective=objective))
    (folder / "mu-vae-1").mkdir()
    (folder / "broken").mkdir()
    (folder / ".vae.x1.tmp").mkdir()
    (folder / "test.npz").touch()
    entries = list_runs(folder)
    assert [entry.name for entry in entries] == [
        *("vae", "beta-vae", "mu-vae-1", "mu-vae-2"),
        *("b-of-vae", "zebra-of-vae", "a-of-beta", "broken"),
    ]
    for entry in entries:
        assert entry.path == folder / entry.name
        assert (entry.config is None) == (entry.name in ("mu-vae-1", "broken"))
        if entry.config is None:
            assert entry.error is not None
            assert entry.error.startswith(str(folder / entry.name / "run.json"))
        else:
            assert (entry.error, entry.config.name) == (None, entry.name)


def test_where_there_is_no_folder_there_are_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "mnist") == []
    (tmp_path / "mnist").write_text("a file")
    with pytest.raises(CheckpointError, match="cannot be listed") as caught:
        list_runs(tmp_path / "mnist")
    assert str(caught.value).startswith(str(tmp_path / "mnist"))
