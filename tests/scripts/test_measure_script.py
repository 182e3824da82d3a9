"""scripts/measure.py: what runs generate, measured once, by their own judge and the common one."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from helpers import REPOSITORY, make_run, make_split

from muvae import ModelConfig, load_run
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.analysis.sample_quality import decode_all, judge, nearest_distance
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.images import to_float
from muvae.runs.folder import write_run

Script = Callable[..., str]
IMAGES = 40


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    module = importlib.import_module("measure")
    monkeypatch.setattr(module, "PATHS", 5)
    return module


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
    """A VAE, a μ-VAE and a toy run, untrained."""
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], make_split(IMAGES))
    write_run(tmp_path / "mnist" / "vae", make_run(images=IMAGES))
    mu = make_run(
        seed=1,
        images=IMAGES,
        name="mu-vae-1",
        objective="mu-vae-1",
        model=ModelConfig(latent_dim=2, bound=4.0),
    )
    write_run(tmp_path / "mnist" / "mu-vae-1", mu)
    toy = make_run(name="tanh-elbo", model=ModelConfig(architecture="mlp-tanh", latent_dim=2))
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
    assert run.metrics["samples_std"].value == 3
    assert vae.metrics["samples_std"].value == 1
    samples = decode_all(run.vae, sample_prior(standard_noise(len(other), 2, seed=0), 3.0))
    assert run.metrics["samples_nearest"].value == pytest.approx(nearest_distance(samples, half))
    assert run.metrics["real_nearest"].value == pytest.approx(nearest_distance(other, half))
    own, common = judge(run.vae, run.classifier, samples), judge(vae.vae, vae.classifier, samples)
    assert run.metrics["own_samples_confidence"].value == pytest.approx(own.confidence)
    assert run.metrics["judged_samples_confidence"].value == pytest.approx(common.confidence)
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
