"""scripts/measure.py: what runs generate, measured once, by their own judge and the common one."""

import importlib
import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from helpers import REPOSITORY, make_run, make_split, small_networks

from muvae import Latent, Measurement, load_run
from muvae.analysis.sample_quality import judge, nearest_distance
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.images import to_float
from muvae.runs.writing import write_metrics, write_run

Script = Callable[..., str]
IMAGES = 40


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    return importlib.import_module("measure")


@pytest.fixture
def script(
    measure: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Script:
    """Runs the script with the flags of one line, and returns what it prints."""

    def call(line: str, fails: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["scripts/measure.py", *line.split()])
        with pytest.raises(SystemExit) as caught:
            measure.run_main(measure.main)
        if fails:
            assert isinstance(caught.value.code, str)
            return caught.value.code
        assert caught.value.code == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    """A VAE, a μ-VAE and a toy run, untrained: of layers that are quickly gone through."""
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(IMAGES))
    write_run(tmp_path / "mnist" / "vae", make_run(images=IMAGES, **small_networks()))
    mu = make_run(
        seed=1,
        images=IMAGES,
        name="mu-vae-1",
        objective="mu-vae-1",
        latent=Latent(2, clip=4.0 / math.sqrt(2)),
        **small_networks(),
    )
    write_run(tmp_path / "mnist" / "mu-vae-1", mu)
    toy = make_run(images=IMAGES, name="tanh-elbo", **small_networks())
    write_run(tmp_path / "mnist-toy" / "tanh-elbo", toy)
    return tmp_path


def test_runs_are_measured_against_half_of_the_test_images(
    script: Script, checkpoints: Path
) -> None:
    printed = script(f"--checkpoints {checkpoints}")
    for name in ("mnist/vae", "mnist/mu-vae-1", "mnist-toy/tanh-elbo"):
        assert f"{name}: measured in" in printed
    run, vae = (load_run(checkpoints / "mnist" / name) for name in ("mu-vae-1", "vae"))
    assert run.metrics["test_kl"] == vae.metrics["test_kl"]
    images = to_float(make_split(IMAGES).images)
    half, other = images[::2], images[1::2]
    assert run.metrics["samples_std"] == Measurement(3)
    assert vae.metrics["samples_std"] == Measurement(1)
    assert run.metrics["real_nearest"].value == pytest.approx(nearest_distance(other, half))
    own, common = judge(run.vae, run.classifier, other), judge(vae.vae, vae.classifier, other)
    assert run.metrics["own_real_confidence"].value == pytest.approx(own.confidence)
    assert run.metrics["judged_real_confidence"].value == pytest.approx(common.confidence)
    for name in ("vae", "tanh-elbo"):
        folder = "mnist-toy" if name == "tanh-elbo" else "mnist"
        assert load_run(checkpoints / folder / name).metrics["judged_real_frechet"].value == (
            pytest.approx(run.metrics["judged_real_frechet"].value)
        )
    assert vae.metrics["own_samples_frechet"] == vae.metrics["judged_samples_frechet"]
    clipped = (run.codes.mean.norm(dim=1) > 0.9999 * 4).double().mean()
    assert run.metrics["on_the_bound"].value == pytest.approx(float(clipped))
    assert "on_the_bound" not in vae.metrics
    assert 0.05 <= run.metrics["path_largest_step"].value <= 1
    assert torch.equal(run.codes.mean, load_run(checkpoints / "mnist" / "mu-vae-1").codes.mean)


def test_what_depends_on_chance_is_recorded_with_its_noise(
    script: Script, checkpoints: Path
) -> None:
    script(f"--checkpoints {checkpoints}")
    metrics = load_run(checkpoints / "mnist" / "mu-vae-1").metrics
    drawn = {name for name, measured in metrics.items() if measured.draws is not None}
    qualities = {
        f"{by}_samples_{quality}"
        for by in ("own", "judged")
        for quality in ("confidence", "class_entropy", "frechet")
    }
    codes = {"test_reconstruction", "test_accuracy_sampled"}
    assert drawn == qualities | codes | {"samples_nearest", "path_largest_step"}
    for name in drawn:
        sd, draws = metrics[name].sd, metrics[name].draws
        assert sd is not None
        assert sd >= 0
        assert draws is not None
        assert draws >= 32
    assert metrics["test_reconstruction"].sd  # untrained, the decoder still answers to its codes


def test_a_run_of_one_draw_is_measured_again(script: Script, checkpoints: Path) -> None:
    """Also where all else is there: a single draw may lie far off."""
    script(f"--checkpoints {checkpoints} --run vae")
    folder = checkpoints / "mnist" / "vae"
    measured = load_run(folder).metrics["test_accuracy_sampled"]
    write_metrics(folder, {"test_accuracy_sampled": Measurement(0.9331, None, 1)})
    assert "mnist/vae: measured" in script(f"--checkpoints {checkpoints} --run vae")
    assert load_run(folder).metrics["test_accuracy_sampled"] == measured


def test_what_is_measured_is_left_alone_unless_asked(script: Script, checkpoints: Path) -> None:
    script(f"--checkpoints {checkpoints} --run vae")
    path = checkpoints / "mnist" / "vae" / "run.json"
    before, written = path.read_bytes(), path.stat().st_mtime_ns
    assert "mnist/vae" not in script(f"--checkpoints {checkpoints}")
    assert path.stat().st_mtime_ns == written
    assert "mnist/vae: measured" in script(f"--checkpoints {checkpoints} --run vae --overwrite")
    assert path.read_bytes() == before


def test_without_the_judge_it_says_so(script: Script, checkpoints: Path) -> None:
    (checkpoints / "mnist" / "vae").rename(checkpoints / "elsewhere")
    message = script(f"--checkpoints {checkpoints}", fails=True)
    assert message.startswith(f"measure.py: there is no run 'vae' in {checkpoints}/mnist")
    assert message.endswith("python scripts/train.py --objective vae")


def test_codes_of_other_images_are_one_sentence(script: Script, checkpoints: Path) -> None:
    write_run(checkpoints / "mnist" / "vae", make_run(images=IMAGES - 1))
    message = script(f"--checkpoints {checkpoints} --run vae", fails=True)
    assert message == (
        f"measure.py: {checkpoints}/mnist/vae/codes.safetensors has codes of {IMAGES - 1} images, "
        f"and {checkpoints}/mnist/test.npz {IMAGES}; train the run anew"
    )


def test_a_run_that_training_replaces_meanwhile_keeps_its_own_metrics(
    script: Script, measure: ModuleType, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, longer = checkpoints / "mnist" / "vae", make_run(seed=9, images=IMAGES)

    def slow(path: Path, _: object) -> dict[str, Measurement]:
        write_run(path, longer)  # which another process finishes just then
        return {"samples_nearest": Measurement(1.0)}

    monkeypatch.setattr(measure, "measured", slow)
    assert script(f"--checkpoints {checkpoints} --run vae", fails=True) == (
        f"measure.py: {folder} was replaced by another run meanwhile; give the same command again"
    )
    assert load_run(folder).metrics == longer.metrics
