"""The page Toy plane through AppTest: its panels, and what it says where runs are missing."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import app_pages
import pytest
from served import IMAGES, TOY_EPOCHS
from streamlit.testing.v1 import AppTest

from app.data.toy_planes import LATTICE, TITLES
from muvae import load_run

BOUND = 3 * math.sqrt(2)


@pytest.fixture
def spoilt(checkpoints: Path, tmp_path: Path) -> Path:
    """A folder with the toy runs and the test images alone, to be spoilt."""
    root = tmp_path / "checkpoints"
    shutil.copytree(checkpoints / "mnist-toy", root / "mnist-toy")
    for dataset in ("mnist", "fashion-mnist"):
        (root / dataset).mkdir()
        for name in ("dataset.json", "test.npz"):
            shutil.copy(checkpoints / dataset / name, root / dataset)
    return root


def open_page(monkeypatch: pytest.MonkeyPatch, root: Path, **query: str) -> AppTest:
    return app_pages.open_page(monkeypatch, root, "toy_plane", **query)


def plane(app: AppTest) -> dict[str, Any]:
    """The data of the page's component."""
    (data,) = (
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_plane"
    )
    result: dict[str, Any] = data
    return result


def panels(app: AppTest) -> dict[str, dict[str, Any]]:
    return {panel["name"]: panel for panel in plane(app)["panels"]}


def test_nine_panels_stand_in_the_papers_order(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Toy plane"
    data = plane(app)
    assert len({panel["version"] for panel in data["panels"]}) == len(TITLES)
    assert data["source"] == "toy/mnist"
    assert data["side"] == LATTICE
    assert data["classes"] == [str(digit) for digit in range(10)]
    assert len(set(data["colors"])) == 10
    found = panels(app)
    assert list(found) == list(TITLES)
    for name, panel in found.items():
        run = load_run(checkpoints / "mnist-toy" / name)
        assert panel["title"] == TITLES[name]
        assert panel["error"] == ""
        assert panel["source"] == f"live/mnist-toy/{name}"
        assert panel["latentDim"] == 2
        assert panel["epochs"] == TOY_EPOCHS
        clipped = not name.endswith("-elbo")
        assert panel["bound"] == (pytest.approx(BOUND) if clipped else None)
        x, y, half = panel["square"]
        if clipped:
            assert half > BOUND
        inside = (run.codes.mean - run.codes.mean.new_tensor([x, y])).abs().amax(1) <= half
        assert int(inside.sum()) >= IMAGES - 4  # one an end of each dimension may be an outlier
        numbers = dict(panel["numbers"])
        assert list(numbers) == ["error", "KL", "accuracy", "kNN", "on bound"]
        assert numbers["error"] == f"{run.metrics['test_reconstruction_mean'].value:.2f}"
        assert numbers["accuracy"] == f"{100 * run.metrics['test_accuracy_mean'].value:.1f} %"
        assert (numbers["on bound"] == "no bound") == (not clipped)
    assert f"their {IMAGES:,} test codes" in app.caption[0].value


def test_views_are_chosen(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(monkeypatch, checkpoints)
    own = {name: panel["square"] for name, panel in panels(app).items()}
    assert len({tuple(square) for square in own.values()}) > 1
    app.segmented_control(key="extent").set_value("shared").run()
    ((x, y, half),) = {tuple(panel["square"]) for panel in panels(app).values()}
    for left, bottom, each in own.values():
        assert abs(left - x) + each <= half + 1e-3
        assert abs(bottom - y) + each <= half + 1e-3
    assert plane(app)["extent"] == "shared"
    assert plane(app)["tiles"] is False
    app.segmented_control(key="plane").set_value("decoded plane").run()
    assert plane(app)["tiles"] is True
    assert plane(app)["enlarged"] is None
    app.selectbox(key="enlarge").set_value("relu-elbo-clip").run()
    assert plane(app)["enlarged"] == "relu-elbo-clip"
    assert not app.exception


def test_missing_and_broken_runs_say_so_and_hurt_no_other(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    folder = spoilt / "mnist-toy"
    shutil.rmtree(folder / "tanh-elbo")
    broken = folder / "relu-elbo" / "model.safetensors"
    broken.write_bytes(broken.read_bytes()[:100])
    cut = folder / "leaky-relu-elbo" / "replay.safetensors"
    cut.write_bytes(b"")
    app = open_page(monkeypatch, spoilt)
    assert not app.exception
    found = panels(app)
    assert f"{folder / 'tanh-elbo'} is not there" in found["tanh-elbo"]["error"]
    assert str(broken) in found["relu-elbo"]["error"]
    assert str(cut) in found["leaky-relu-elbo"]["error"]
    assert [panel["square"] is None for panel in found.values()] == [True] * 3 + [False] * 6
    assert all(panel["error"] == "" for panel in list(found.values())[3:])


def test_a_run_that_changes_gives_another_version(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    app = open_page(monkeypatch, spoilt)
    before = plane(app)["version"]
    assert plane(app.run())["version"] == before
    shutil.rmtree(spoilt / "mnist-toy" / "tanh-elbo")
    assert plane(app.run())["version"] != before


def test_a_dataset_without_toy_runs_says_how_to_make_them_and_offers_the_others(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    app = open_page(monkeypatch, spoilt, dataset="Fashion-MNIST")
    assert not app.exception
    (info,) = app.info
    assert f"no toy runs of Fashion-MNIST in {spoilt / 'fashion-mnist-toy'}" in info.value
    command = "python scripts/train.py --toy --epochs 20 --dataset fashion-mnist"
    assert f"`{command}`, or see those of MNIST" in info.value
    (button,) = (button for button in app.button if button.label == "Show those of MNIST")
    button.click().run()
    assert app.session_state["dataset"] == "mnist"
    assert len(panels(app)) == 9


def test_no_toy_runs_at_all_is_one_sentence(monkeypatch: pytest.MonkeyPatch, spoilt: Path) -> None:
    shutil.rmtree(spoilt / "mnist-toy")
    for _ in range(2):  # without the folder, then with an empty one
        app = open_page(monkeypatch, spoilt)
        assert not app.exception
        (info,) = app.info
        assert info.value.endswith("`python scripts/train.py --toy --epochs 20`.")
        assert not app.main.button
        (spoilt / "mnist-toy").mkdir(exist_ok=True)


def test_no_checkpoints_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = open_page(monkeypatch, tmp_path)
    assert not app.exception
    assert f"There are no checkpoints in {tmp_path}" in app.error[0].value


def test_missing_test_images_are_named(monkeypatch: pytest.MonkeyPatch, spoilt: Path) -> None:
    path = spoilt / "mnist" / "test.npz"
    path.unlink()
    app = open_page(monkeypatch, spoilt)
    assert not app.exception
    assert any(str(path) in error.value for error in app.error)


def test_the_sidebars_runs_do_not_matter(monkeypatch: pytest.MonkeyPatch, spoilt: Path) -> None:
    app = open_page(monkeypatch, spoilt)  # there is no run but the toy runs
    assert not app.exception
    assert not app.error
    assert len(panels(app)) == 9


def test_hostile_link_values_do_no_harm(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    app = open_page(
        monkeypatch, checkpoints, plane="<script>", extent="../../etc", enlarge="x" * 9999
    )
    assert not app.exception
    assert (plane(app)["extent"], plane(app)["tiles"]) == ("own", False)
    assert plane(app)["enlarged"] is None
