"""benchmarks/bench_train.py and benchmarks/compare_precision.py, on some made images."""

import dataclasses
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from helpers import REPOSITORY, make_config, make_record, make_split

from muvae import InvalidInputError, Split
from muvae.images import to_float


@pytest.fixture(params=["bench_train", "compare_precision"])
def script(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load(request.param, monkeypatch)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("bench_train", monkeypatch)


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("bench.training", monkeypatch)


@pytest.fixture
def precision(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("compare_precision", monkeypatch)


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with made images for data, and this process's settings left alone."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    module = importlib.import_module(name)

    def load_split(name: str, root: Path, *, train: bool) -> Split:
        return make_split(140 if train else 30, seed=int(train))

    monkeypatch.setattr(module, "load_split", load_split)
    monkeypatch.setattr(module, "tune_process", lambda threads: None, raising=False)
    return module


def test_bad_flag_is_one_sentence(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["script.py", "--objective", "gan"])
    with pytest.raises(SystemExit) as caught:
        script.main()
    assert caught.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "'gan'" in message


def test_more_batches_than_an_epoch_has(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench_train.py", "--images", "128", "--warm-up", "1"])
    with pytest.raises(InvalidInputError, match="3 batches; an epoch has 2"):
        bench.main()


def test_speed_is_the_record_of_the_timed_epoch(
    sides: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def fit(state, train, test):
        for epoch in range(len(state.history) + 1, state.config.epochs + 1):
            record = dataclasses.replace(make_record(epoch), images_per_second=100.0 * epoch)
            state.history.append(record)
            seen.append((epoch, len(train)))
            yield record

    monkeypatch.setattr(sides, "fit", fit)
    job = sides.Job(make_config(), Path(), "cpu", warm_up=2, batches=5)
    assert sides.time_muvae(job) == 200
    assert seen == [(1, 20), (2, 50)]


def test_plain_loop_steps_both_networks_once_a_batch(
    sides: ModuleType, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    adam = torch.optim.Adam

    def recorded(*args, **kwargs):
        made.append(adam(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(torch.optim, "Adam", recorded)
    images = to_float(split.images)
    loader = list(zip(images.split(10), split.labels.split(10), strict=True))[:2]
    job = sides.Job(make_config(), Path(), "cpu", warm_up=1, batches=1)
    assert list(sides.plain_steps(loader, job)) == [10, 10]
    steps = [[int(own["step"]) for own in optimizer.state.values()] for optimizer in made]
    assert steps == [[2] * 18, [2] * 8]  # every parameter of the VAE and of the classifier
    assert {optimizer.defaults["lr"] for optimizer in made} == {1e-4}


def test_summary_is_of_medians_and_of_rounds(bench: ModuleType) -> None:
    rounds = [
        {"plain": 100.0, "muvae": 300.0, "muvae_1_thread": 200.0},
        {"plain": 200.0, "muvae": 400.0, "muvae_1_thread": 200.0},
        {"plain": 110.0, "muvae": 330.0, "muvae_1_thread": 220.0},
    ]
    summary = bench.summarize(rounds)["muvae"]
    assert summary.median == 330
    assert summary.ratio == 3
    assert summary.ratios == (3, 2, 3)


def test_difference_is_in_pooled_sd(precision: ModuleType) -> None:
    base = make_record().test
    first = [dataclasses.replace(base, kl=kl) for kl in (1.0, 2.0, 3.0)]
    second = [dataclasses.replace(base, kl=kl, active_units=9) for kl in (4.0, 4.0, 4.0)]
    rows = {row.metric: row for row in precision.compare(first, second)}
    assert rows["kl"].float32 == (2, 1)
    assert rows["kl"].bfloat16 == (4, 0)
    assert rows["kl"].difference == (2, 1)
    assert rows["kl"].in_sd == pytest.approx(2 * 2**0.5)  # 2 / sqrt((1 + 0) / 2)
    assert rows["reconstruction"].in_sd == 0
    assert rows["active_units"].in_sd is None


def test_chance_by_the_table_of_t(precision: ModuleType) -> None:
    assert precision.chance(3) == pytest.approx(2.776 * (2 / 3) ** 0.5, abs=1e-3)


def test_precisions_compared_end_to_end(
    precision: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flags = "--limit 64 --epochs 1 --seeds 2 --device cpu --threads 1"
    files = ["--json", str(tmp_path / "a.json"), "--markdown", str(tmp_path / "a.md")]
    monkeypatch.setattr(sys, "argv", ["compare_precision.py", *flags.split(), *files])
    precision.main()
    report = json.loads((tmp_path / "a.json").read_text())
    both = {name: [seed["kl"] for seed in seeds] for name, seeds in report["seeds"].items()}
    assert both["bfloat16"] == pytest.approx(both["float32"], rel=0.01)
    assert both["bfloat16"] != both["float32"]
    assert both["float32"][0] != both["float32"][1]
    table = (tmp_path / "a.md").read_text()
    assert "| accuracy mean, % |" in table
