"""scripts/train.py as its user meets it: one sentence a mistake, nothing trained twice or lost."""

import dataclasses
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
import torch
import torchvision.datasets
from helpers import REPOSITORY, make_split
from patience import PATIENCE

from muvae import OBJECTIVES, DatasetError, Split, load_run
from muvae.datasets.test_split import read_test_split

Script = Callable[..., str]


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with made images for data, and this process's settings left alone."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    module = importlib.import_module("train")

    def load_split(name: str, root: Path, *, train: bool) -> Split:
        return make_split(60 if train else 30, seed=int(train))

    monkeypatch.setattr(module, "load_split", load_split)
    monkeypatch.setattr(module, "tune_process", lambda threads: None)
    monkeypatch.setenv("COLUMNS", "200")
    return module


@pytest.fixture
def script(
    train: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Script:
    """Runs the script in an empty folder with the flags of one line, and returns what it prints.

    The second argument is the exit status to expect; what it says on stderr is then returned.
    """
    monkeypatch.chdir(tmp_path)

    def call(line: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["scripts/train.py", *line.split()])
        with pytest.raises(SystemExit) as caught:
            train.run_main(train.main)
        printed = capsys.readouterr()
        if isinstance(caught.value.code, str):  # which the interpreter prints, and exits with 1
            assert status == 1
            return f"{caught.value.code}\n"
        assert caught.value.code == status
        return printed.err if status == 2 else printed.out

    return call


def test_a_trial_run_is_whole(script: Script, tmp_path: Path) -> None:
    printed = script("--objective mu-vae-1 --limit 20 --epochs 2 --latent-dim 3 --seed 4")
    name = "mu-vae-1-z3-seed4-limit20"
    run = load_run(tmp_path / "checkpoints" / "mnist" / name)
    config = run.config
    assert (config.name, config.objective.name, config.dataset) == (name, "mu-vae-1", "mnist")
    assert (config.epochs, config.seed, config.limit, config.batch_size) == (2, 4, 20, 64)
    assert config.latent.dim == 3
    assert config.latent.bound == pytest.approx(3 * 3**0.5)
    assert [record.epoch for record in run.history] == [1, 2]
    assert len(run.codes) == 30
    assert torch.equal(
        read_test_split(tmp_path / "checkpoints" / "mnist").images, make_split(30, seed=0).images
    )
    # The state of what is finished is kept, for when it is to go on.
    states = [path.name for path in (tmp_path / "runs").rglob("*.safetensors")]
    assert states == ["finished.safetensors"]
    assert f"mnist/{name} epoch 2/2: reconstruction" in printed
    accuracy = f"{100 * run.metrics['test_accuracy_mean'].value:.2f}"
    assert "Test set" in printed
    assert accuracy in printed.split("Test set")[1]

    provenance = run.provenance
    assert set(provenance["versions"]) >= {"python", "torch", "torchvision", "numpy", "muvae"}
    assert torch.__version__.startswith(provenance["versions"]["torch"])
    assert len(provenance["data_sha256"]) == 64
    assert provenance["training_seconds"] >= 0
    assert provenance["finished"][:2] == "20"
    assert provenance["device"].startswith("CPU (")
    assert provenance["threads"] == torch.get_num_threads()


def test_several_runs_of_several_datasets_at_once(script: Script, tmp_path: Path) -> None:
    script("--dataset all --objective beta-vae vae --limit 10 --epochs 1 --precision float32")
    folders = {p.parent.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("run.json")}
    assert folders == {
        f"checkpoints/{dataset}/{name}-limit10"
        for dataset in ("mnist", "fashion-mnist")
        for name in ("vae", "beta-vae")
    }
    for folder in folders:
        run = load_run(tmp_path / folder)
        assert folder == f"checkpoints/{run.config.dataset}/{run.config.objective.name}-limit10"
        assert run.config.precision == "float32"


def test_parameters_are_set_and_told(script: Script, tmp_path: Path) -> None:
    line = "--objective beta-vae --set beta=2 --set clip=4.5 --limit 20 --epochs 1"
    script(line)
    path = tmp_path / "checkpoints" / "mnist" / "beta-vae-beta2-clip4.5-limit20" / "run.json"
    config = json.loads(path.read_text())["config"]
    assert config["name"] == path.parent.name
    assert config["objective"]["beta"] == 2.0
    assert config["latent"] == {"dim": 10, "clip": 4.5}
    run = load_run(path.parent)
    assert (run.config.latent.clip, run.vae.latent.clip) == (4.5, 4.5)
    assert "is there already" in script(line)
    script("--objective vae --architecture mlp --set hidden=16 --limit 20 --epochs 1")
    small = load_run(tmp_path / "checkpoints" / "mnist" / "vae-mlp-hidden16-limit20")
    assert small.config.encoder.to_json()["hidden"] == [16]
    assert [op.kind for op in small.networks.encoder.ops] == [
        *("flatten", "linear", "leaky_relu", "linear", "linear")
    ]


def test_a_finished_run_does_not_go_on_under_another_parameter(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 14, 1.5: β = 4 for some epochs, then another in the code, with and without a state."""
    line = "--objective beta-vae --epochs"
    script(f"{line} 1")
    preset = dataclasses.replace(OBJECTIVES["beta-vae"], beta=0.01)  # type: ignore[call-arg]
    monkeypatch.setitem(OBJECTIVES._components, "beta-vae", preset)
    message = script(f"{line} 2", 1)
    assert "was trained with another objective.beta (4.0, not 0.01); give --overwrite" in message
    shutil.rmtree("runs")
    assert script(f"{line} 2", 1) == message
    # The run that is there is not relabelled.
    config = load_run("checkpoints/mnist/beta-vae").config
    assert config.objective.parameters["beta"] == 4.0


def test_an_unfinished_run_does_not_go_on_under_another_parameter(
    script: Script, train: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "--objective beta-vae --epochs 3 --name mine"
    with monkeypatch.context() as patch:
        patch.setattr(train, "write_run", stop)
        script(line, 130)
    message = script(f"{line} --set beta=0.01", 1)
    assert "was begun with another objective.beta (4.0, not 0.01); give the same" in message


def stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def test_what_is_there_is_not_trained_twice(script: Script, tmp_path: Path) -> None:
    line = "--objective vae --epochs 2 --name mine"
    path = tmp_path / "checkpoints" / "mnist" / "mine" / "run.json"
    script(line)
    before = path.read_bytes()
    assert "is there already; --overwrite trains it anew" in script(line)
    assert path.read_bytes() == before
    message = script(f"{line} --seed 1", 1)
    assert message.startswith("train.py: checkpoints/mnist/mine (2 epochs, ")
    assert "--overwrite" in message
    assert path.read_bytes() == before
    assert "was trained longer" in script("--objective vae --epochs 1 --name mine", 1)
    script(f"{line} --seed 1 --overwrite")
    assert load_run(path.parent).config.seed == 1


@pytest.mark.parametrize("kept", [True, False], ids=["state kept", "state lost"])
def test_a_finished_run_goes_on_to_more_epochs(script: Script, tmp_path: Path, kept: bool) -> None:
    line = "--objective vae --precision float32 --epochs"
    straight = "--checkpoints straight --runs other"
    script(f"{line} 3 {straight}")
    script(f"{line} 2")
    before = load_run(tmp_path / "checkpoints" / "mnist" / "vae")
    if not kept:
        shutil.rmtree(tmp_path / "runs")
    printed = script(f"{line} 3")
    assert "(2 epochs, float32) goes on to 3 epochs" in printed
    run, whole = (load_run(tmp_path / f / "mnist" / "vae") for f in ("checkpoints", "straight"))
    assert run.history[:2] == before.history
    assert [record.epoch for record in run.history] == [1, 2, 3]
    same = all(
        torch.equal(value, whole.vae.state_dict()[name])
        for name, value in run.vae.state_dict().items()
    )
    assert same == kept
    assert run.provenance["continued_after"] == ([] if kept else [2])
    assert ("vae: going on after epoch 2, Adam's moments anew" in printed) == (not kept)
    if not kept:
        script(f"{line} 4")
        run = load_run(tmp_path / "checkpoints" / "mnist" / "vae")
        assert run.provenance["continued_after"] == [2]


def test_jobs_train_the_same_runs_in_processes_of_their_own(
    script: Script, train: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here each process is a call of the script's main, with the command line that it would get."""
    line = "--objective vae beta-vae mu-vae-1 --limit 20 --epochs 1 --precision float32 --jobs 2"
    script("--objective mu-vae-1 --limit 20 --epochs 1 --precision float32")
    started: dict[str, list[str]] = {}

    def call_each(commands: dict[str, list[str]], jobs: int) -> list[str]:
        assert jobs == 2
        if (tmp_path / "fail").exists():
            return ["mnist/vae-seed1-limit20"]
        started.update(commands)
        for command in commands.values():
            assert command[:2] == [sys.executable, train.__file__]
            monkeypatch.setattr(sys, "argv", command[1:])
            train.main()
        return []

    monkeypatch.setattr(train, "side_by_side", call_each)
    printed = script(line)
    assert list(started) == ["mnist/vae-limit20", "mnist/beta-vae-limit20"]
    assert printed.count("Test set") == 1
    for name in ("vae", "beta-vae"):
        assert load_run(tmp_path / "checkpoints" / "mnist" / f"{name}-limit20").config.epochs == 1
    assert started["mnist/vae-limit20"][-6:-2] == ["--jobs", "1", "--threads", "1"]
    (tmp_path / "fail").touch()
    message = script(f"{line} --seed 1", 1)
    assert message == "train.py: not trained, for the reasons above: mnist/vae-seed1-limit20\n"


def test_commands_run_side_by_side(train: ModuleType, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; "
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(float(sys.argv[2]))"
    )

    def command(name: str, seconds: float) -> list[str]:
        return [sys.executable, "-c", code, str(tmp_path / name), str(seconds)]

    commands = {name: command(name, 0.1) for name in "abc"}
    commands["bad"] = [sys.executable, "-c", "raise SystemExit(3)"]
    assert train.side_by_side(commands, 2) == ["bad"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_side_by_side_takes_its_processes_with_it(tmp_path: Path) -> None:
    """Ended by a signal or by Ctrl-C, it leaves no training behind."""
    code = (
        f"import signal, sys; sys.path.insert(0, {str(REPOSITORY / 'scripts')!r}); import process; "
        # A shell without job control starts what is in the background deaf to Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "child = 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'; "
        "process.side_by_side({'x': [sys.executable, '-c', child]}, 2)"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            process.send_signal(number)
            assert process.wait(PATIENCE) != 0
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_the_toy_models_of_figure_1(script: Script, tmp_path: Path) -> None:
    script("--toy --epochs 2")
    folder = tmp_path / "checkpoints" / "mnist-toy"
    runs = [load_run(path) for path in sorted(folder.iterdir())]
    assert len(runs) == 9
    assert {run.config.encoder.name for run in runs} == {"mlp"}
    activations = {run.config.encoder.parameters["activation"] for run in runs}
    assert activations == {"tanh", "relu", "leaky-relu"}
    for run in runs:
        clipped = run.name.endswith("clip")
        assert run.config.latent.bound == (pytest.approx(3 * 2**0.5) if clipped else None)
        assert run.config.objective.name == ("mu-vae-1" if "-mu-" in run.name else "vae")
        assert run.replay is not None
        assert run.replay.mean.shape == (2, 30, 2)
        # Codes as the epoch left them: the last are the run's own, but for half precision.
        scale = float(run.codes.mean.abs().max())
        assert (run.replay.mean[-1].float() - run.codes.mean).abs().max() < 0.03 * scale


def test_a_replay_of_chosen_epochs_is_kept_also_when_training_goes_on(
    script: Script, tmp_path: Path
) -> None:
    line = "--objective vae --limit 20 --precision float32 --replay 2"
    script(f"{line} --epochs 3")
    folder = tmp_path / "checkpoints" / "mnist" / "vae-limit20"
    replay = load_run(folder).replay
    assert replay is not None
    assert replay.epochs == (1, 3)
    assert replay.mean.shape == (2, 30, 10)
    assert replay.decoder(3).keys() == replay.decoder(1).keys() != set()
    message = script("--objective vae --limit 20 --precision float32 --epochs 4", 1)
    assert "was begun with a replay of codes and decoders of chosen epochs" in message
    script(f"{line} --epochs 4")
    later = load_run(folder).replay
    assert later is not None
    assert later.epochs == (1, 3, 4)
    assert torch.equal(later.mean[:2], replay.mean)


@pytest.mark.usefixtures("train")
def test_what_trains_on_under_other_conditions_says_so(
    call_script: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    line = "--objective vae --limit 20 --precision float32 --replay 2 --epochs"
    with monkeypatch.context() as patch:
        patch.setattr(torch, "get_num_threads", lambda: 3)
        patch.setattr(torch, "__version__", "2.0.1")
        assert call_script("train", *line.split(), 1).errors == ""
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    version = str(torch.__version__)
    result = call_script("train", *line.split(), 2)
    assert result.errors == (
        "train.py: mnist/vae-limit20 was trained with torch 2.0.1, 3 threads so far and goes on "
        f"with torch {version}, 1 thread; last digits may differ from a run without a break, and "
        "its run.json tells the epochs of each\n"
    )
    assert result.status == 0
    run = load_run("checkpoints/mnist/vae-limit20")
    sessions = run.provenance["sessions"]
    told = ("first_epoch", "last_epoch", "torch", "threads", "precision")
    assert [tuple(each[name] for name in told) for each in sessions] == [
        (1, 1, "2.0.1", 3, "float32"),
        (2, 2, version, 1, "float32"),
    ]
    assert {each["device"] for each in sessions} == {run.provenance["device"]}
    # Under the same conditions there is nothing to say.
    assert call_script("train", *line.split(), 3).errors == ""


def test_a_broken_run_is_not_overwritten_unasked(script: Script, tmp_path: Path) -> None:
    line = "--objective vae --epochs 1"
    script(line)
    path = tmp_path / "checkpoints" / "mnist" / "vae" / "history.csv"
    path.write_text("")
    message = script(line, 1)
    assert "history.csv is not the file that run.json beside it was written with" in message
    assert message.endswith("; delete that folder or give --overwrite\n")
    assert path.read_text() == ""
    script(f"{line} --overwrite")
    assert len(load_run(path.parent).history) == 1


def test_ctrl_c_is_clean_and_the_same_command_goes_on(
    script: Script, train: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "--objective vae --epochs 3 --precision float32"
    script(f"{line} --checkpoints straight")

    fit = train.fit

    def interrupted(state: Any, train: Any, test: Any, *, on_step: Any, **options: Any) -> Any:
        def stop(step: Any) -> None:
            on_step(step)
            if step.epoch == 3:
                raise KeyboardInterrupt

        return fit(state, train, test, on_step=stop, **options)

    with monkeypatch.context() as patch:
        patch.setattr(train, "fit", interrupted)
        printed = script(line, 130)
    assert "Stopped. The same command goes on after the last whole epoch." in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "checkpoints" / "mnist" / "vae").exists()
    assert (tmp_path / "runs" / "mnist" / "vae" / "state.safetensors").exists()
    # Another run in its place is refused before anything is lost.
    assert "was begun with another seed" in script(f"{line} --seed 1 --name vae", 1)
    assert "vae: going on after epoch 2" in script(line)
    first, second = (
        load_run(tmp_path / folder / "mnist" / "vae") for folder in ("straight", "checkpoints")
    )
    assert first.metrics == second.metrics
    assert torch.equal(first.codes.mean, second.codes.mean)
    for name, value in first.vae.state_dict().items():
        assert torch.equal(value, second.vae.state_dict()[name])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--objective gan", "invalid choice: 'gan'"),
        ("--epochs 0", "'0' is not a whole number from 1"),
        ("--epochs ten", "'ten' is not a whole number from 1"),
        ("--epochs 1.5", "'1.5' is not a whole number from 1"),
        ("--limit -3", "'-3' is not a whole number from 1"),
        ("--seed -1", "'-1' is not a whole number from 0"),
        ("--threads", "expected one argument"),
        ("--precision half", "invalid choice: 'half'"),
        ("--epoch 3", "unrecognized arguments: --epoch 3"),  # no guessing at abbreviations
        ("more", "unrecognized arguments: more"),
    ],
)
def test_a_bad_flag_gets_one_sentence(script: Script, line: str, words: str) -> None:
    message = script(line, 2)
    assert words in message
    assert message.startswith("train.py: ")
    assert message.endswith(" (see --help)\n")
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--objective vae beta-vae --name x", "--name goes with one objective"),
        ("--objective vae --name a/b", "name is 'a/b'; it must be 1 to 64 of a-z"),
        (
            "--dataset cifar",
            "there is no dataset 'cifar', nor a folder or file of that name; the datasets are mn",
        ),
        ("--latent-dim 2000", "latent.dim is 2000; it must be a whole number from 1 to 1024"),
        (f"--seed {2**64}", "seed is"),
        ("--set beta", "--set 'beta' must be NAME=VALUE, as in --set beta=2"),
        ("--set clip=1 --set clip=2", "--set gives 'clip' twice; give it once"),
        ("--set gamma=1", "there is no parameter 'gamma'; vae has batch_size, "),
        ("--objective beta-vae --set beta=x", "the objective 'beta-vae': beta is 'x'; it must be"),
        ("--device tpu9", "there is no device 'tpu9' here; use --device cpu"),
    ],
)
def test_a_bad_value_gets_one_sentence(
    script: Script, tmp_path: Path, line: str, words: str
) -> None:
    message = script(line, 1)
    assert message.startswith(f"train.py: {words}")
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_missing_data_is_one_sentence(
    script: Script, train: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muvae.datasets import builtin

    def refuse(_: object) -> NoReturn:
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", refuse)
    monkeypatch.setattr(train, "load_split", builtin.load_split)
    monkeypatch.setenv("MUVAE_DATA", str(tmp_path / "nowhere"))
    message = script("--objective vae", 1)
    assert message.startswith(f"train.py: MNIST is not complete in {tmp_path}/nowhere/MNIST/raw (")
    assert message.endswith("with --data-root or $MUVAE_DATA\n")
    message = script("--objective vae --data-root elsewhere", 1)
    assert f"in {tmp_path}/elsewhere/MNIST/raw (" in message


def test_help_names_what_there_is(script: Script) -> None:
    printed = script("--help")
    for word in (
        *("--dataset", "--objective", "--epochs", "--limit", "--precision", "--data-root"),
        *("mu-vae-1-eq6", "examples:", "default: 30", "$MUVAE_DATA"),
    ):
        assert word in printed


@pytest.mark.usefixtures("train")
def test_flags_stand_for_several_names_in_the_registry_s_order() -> None:
    common = importlib.import_module("common")
    assert common.chosen_objectives(["mu-vae-2", "vae", "vae"]) == ["vae", "mu-vae-2"]
    paper = ["vae", "beta-vae", "mu-vae-1", "mu-vae-2"]
    assert common.chosen_objectives(["paper"]) == paper
    assert common.chosen_objectives(["all", "vae"]) == list(OBJECTIVES)
    process = importlib.import_module("process")
    with pytest.raises(SystemExit, match="no data here"):
        process.run_main(lambda: (_ for _ in ()).throw(DatasetError("no data here")))
