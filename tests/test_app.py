"""The app through AppTest: what every page shows, and what it says when there is nothing."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers import REPOSITORY
from numpy.typing import NDArray
from served import IMAGES, LATENT_DIM, write_checkpoints
from streamlit.testing.v1 import AppTest

from app.inference import decode
from muvae import DATASETS, OBJECTIVES, Run, load_run
from muvae.data import read_test_split
from muvae.errors import CheckpointError
from muvae.latent import standard_noise
from muvae.metrics import aggregate_posterior

PAGES = ("reconstruct", "sample", "traverse", "clusters", "training", "distributions")
CHARTS = ("clusters", "training", "distributions")  # pages whose runs have no headings
PAPER_RUNS = ["vae", "beta-vae", "mu-vae-1", "mu-vae-2"]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    write_checkpoints(root)
    return root


@pytest.fixture
def spoilt(checkpoints: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    return Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))


def open_page(
    monkeypatch: pytest.MonkeyPatch, root: Path, page: str = "reconstruct", **query: str
) -> AppTest:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(root))
    app = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name.replace("_", "-")] = value
    app.run()
    if page != "reconstruct":
        app.switch_page(f"views/{page}.py").run()
    return app


def tiles(app: AppTest) -> dict[str, dict[str, Any]]:
    """The data of every grid of images on the page, by key, its pixels as uint8 [N,S,S]."""
    grids = {}
    for element in app.get("bidi_component"):
        if element.proto.component_name == "muvae_tiles":
            data = json.loads(element.proto.json)
            pixels = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8)
            data["pixels"] = pixels.reshape(data["count"], data["size"], data["size"])
            grids[element.proto.id.split("-", 2)[2]] = data
    return grids


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.code]
    return "\n".join(str(element.value) for element in elements)


def run_of(root: Path, name: str, dataset: str = "mnist") -> Run:
    return load_run(root / dataset / name)


def of_page(found: dict[str, dict[str, Any]], prefix: str) -> dict[str, NDArray[np.uint8]]:
    return {k.removeprefix(prefix): v["pixels"] for k, v in found.items() if k.startswith(prefix)}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dataset", list(DATASETS))
def test_every_page_shows_the_papers_runs(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, page: str, dataset: str
) -> None:
    app = open_page(monkeypatch, checkpoints, page, dataset=DATASETS[dataset].title)
    assert not app.exception
    assert not app.error
    assert [title.value.lower() for title in app.title] == [page]
    assert app.session_state["dataset"] == dataset
    assert app.session_state["runs"] == PAPER_RUNS
    if page not in CHARTS:
        for name in PAPER_RUNS:
            assert f"**{OBJECTIVES[name].label}**" in texts(app)
        assert "‖μ‖ ≤ 9.49" in texts(app)
        assert "‖μ‖ ≤ 18.97" in texts(app)


def test_any_run_of_the_folder_can_be_chosen_and_stays_chosen(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints)
    choice = app.multiselect(key="runs")
    assert list(choice.options) == [objective.label for objective in OBJECTIVES.values()]
    choice.set_value(["mu-vae-2-eq6"]).run()
    app.switch_page("views/sample.py").run()
    assert list(of_page(tiles(app), "samples-")) == ["mu-vae-2-eq6"]


def test_reconstruct_by_index_shows_those_images_and_what_the_runs_make_of_them(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="by index", indices="7, 3, 10-12")
    found = tiles(app)
    index = [7, 3, 10, 11, 12]
    test = read_test_split(checkpoints / "mnist")
    shown = found["reconstruct-originals"]
    assert np.array_equal(shown["pixels"], test.images[index].squeeze(1).numpy())
    for name in PAPER_RUNS:
        run = run_of(checkpoints, name)
        grid = found[f"reconstruct-{name}"]
        assert np.array_equal(grid["pixels"], decode(run, run.codes.mean[index]))
        images = test.images[index].float() / 255
        error = (images - run.vae.decode(run.codes.mean[index])).square().flatten(1).sum(1)
        guesses = run.classifier(run.codes.mean[index]).argmax(1)
        captions = [f"{e:.1f}\n{g}" for e, g in zip(error, guesses, strict=True)]
        assert grid["captions"] == captions
        wrong = torch.nonzero(guesses != test.labels[index]).flatten().tolist()
        assert grid["wrong"] == wrong


def test_reconstruct_by_class_shows_only_that_class(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="by class", dataset="Fashion-MNIST")
    app.selectbox(key="class").set_value(4).run()
    captions = tiles(app)["reconstruct-originals"]["captions"]
    assert [caption.split("\n")[1] for caption in captions] == ["Coat"] * (IMAGES // 10)


def test_reconstruct_at_random_follows_its_seed(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints)
    first = tiles(app)["reconstruct-originals"]["captions"]
    app.button(key="reconstruct-seed-again").click().run()
    assert app.number_input(key="reconstruct-seed").value == 1
    assert tiles(app)["reconstruct-originals"]["captions"] != first
    app.number_input(key="reconstruct-seed").set_value(0).run()
    assert tiles(app)["reconstruct-originals"]["captions"] == first


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no image is named"),
        ("7, x", "'x' is neither a number nor a range"),
        ("59, 60", "'60' goes past the last image, 59"),
        ("12-10", "'12-10' ends before it begins"),
    ],
)
def test_indices_that_cannot_be_read_get_one_sentence(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, text: str, sentence: str
) -> None:
    app = open_page(monkeypatch, checkpoints, choose="by index")
    app.text_input(key="indices").set_value(text).run()
    assert not app.exception
    assert sentence in app.error[0].value


def test_samples_are_the_same_noise_at_each_runs_sigma(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample")
    noise = standard_noise(64, LATENT_DIM, seed=0)
    for name, sigma in zip(PAPER_RUNS, (1, 1, 3, 3), strict=True):
        expected = decode(run_of(checkpoints, name), noise * sigma)
        assert np.array_equal(tiles(app)[f"samples-{name}"]["pixels"], expected)
    app.toggle(key="one-sigma").set_value(True).run()
    app.slider(key="sigma").set_value(2.0).run()
    for name in PAPER_RUNS:
        expected = decode(run_of(checkpoints, name), noise * 2)
        assert np.array_equal(tiles(app)[f"samples-{name}"]["pixels"], expected)


def test_samples_of_the_aggregate_posterior_have_its_mean_and_spread(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample", seed="5")
    app.segmented_control(key="source").set_value("aggregate posterior").run()
    for name in PAPER_RUNS:
        run = run_of(checkpoints, name)
        measured = aggregate_posterior(run.codes.mean.numpy(), run.codes.log_var.numpy())
        mean, std = (torch.from_numpy(value).float() for value in (measured.mean, measured.std))
        codes = mean + std * standard_noise(64, LATENT_DIM, seed=5)
        assert np.array_equal(tiles(app)[f"samples-{name}"]["pixels"], decode(run, codes))


def test_a_slider_moves_one_coordinate_over_each_runs_own_range(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "traverse")
    app.slider(key="dim-3").set_value(-0.5).run()
    for name, width in zip(PAPER_RUNS, (2, 2, 10, 20), strict=True):
        run = run_of(checkpoints, name)
        code = torch.zeros(LATENT_DIM)
        code[3] = -0.5 * width
        found = tiles(app)
        assert np.array_equal(found[f"live-{name}"]["pixels"], decode(run, code[None]))
        steps = code.repeat(40, 1)
        steps[:, 0] = torch.linspace(-width, width, 40)
        assert np.array_equal(found[f"strip-{name}"]["pixels"], decode(run, steps))
    app.button[0].click().run()
    assert app.slider(key="dim-3").value == 0


def test_a_traversal_from_an_image_begins_at_its_code(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "traverse")
    app.segmented_control(key="from").set_value("a test image").run()
    app.number_input(key="image").set_value(17).run()
    app.segmented_control(key="range").set_value("measured quantiles").run()
    for name in PAPER_RUNS:
        run = run_of(checkpoints, name)
        expected = decode(run, run.codes.mean[17:18])
        assert np.array_equal(tiles(app)[f"live-{name}"]["pixels"], expected)


def figure_of(app: AppTest) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(app.get("plotly_chart")[0].proto.spec)
    return spec


def test_maps_show_every_point_once_under_one_legend(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "clusters")
    traces = figure_of(app)["data"]
    assert {trace["type"] for trace in traces} == {"scattergl"}
    assert len(traces) == 10 * len(PAPER_RUNS)
    legend = [trace["name"] for trace in traces if trace.get("showlegend") is not False]
    assert legend == list(DATASETS["mnist"].classes)
    indices = [
        index
        for trace in traces[:10]
        for index in np.frombuffer(
            base64.b64decode(trace["customdata"]["bdata"]), trace["customdata"]["dtype"]
        )
    ]
    assert sorted(indices) == list(range(IMAGES))


def test_maps_can_be_coloured_by_error_and_norm(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "clusters")
    for color in ("reconstruction error", "code norm"):
        app.segmented_control(key="color").set_value(color).run()
        assert not app.exception
        figure = figure_of(app)
        assert len(figure["data"]) == len(PAPER_RUNS)
        assert "coloraxis" in figure["layout"]


def test_a_run_without_maps_says_how_to_make_them(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    from muvae.checkpoints import codes_of, write_codes

    folder = spoilt / "mnist" / "beta-vae"
    codes = codes_of(folder)
    write_codes(folder, type(codes)(codes.mean, codes.log_var, codes.squared_error))
    app = open_page(monkeypatch, spoilt, "clusters")
    assert not app.exception
    assert "No such map of β-VAE yet" in app.warning[0].value
    assert "scripts/embed.py" in app.warning[0].value
    app.segmented_control(key="map").set_value("PCA").run()
    assert not app.warning
    assert len(figure_of(app)["data"]) == 10 * len(PAPER_RUNS)


@pytest.mark.parametrize("page", PAGES)
def test_no_checkpoints_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str
) -> None:
    for root in (tmp_path / "missing", tmp_path):
        app = open_page(monkeypatch, root, page)
        assert not app.exception
        assert f"There are no checkpoints in {root}" in app.error[0].value
        assert "python scripts/train.py" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_dataset_without_runs_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path, page: str
) -> None:
    for folder in (spoilt / "mnist").iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    app = open_page(monkeypatch, spoilt, page)
    assert not app.exception
    assert "There are no runs in" in app.error[0].value
    assert "python scripts/train.py" in texts(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("file", ["run.json", "model.safetensors", "codes.safetensors"])
def test_a_broken_run_is_named_and_hurts_no_other(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path, page: str, file: str
) -> None:
    path = spoilt / "mnist" / "beta-vae" / file
    path.write_bytes(path.read_bytes()[:100])
    app = open_page(monkeypatch, spoilt, page)
    assert not app.exception
    assert str(path) in texts(app)
    assert app.title
    if page not in CHARTS:
        assert "**μ-VAE#2**" in texts(app)
        assert "**β-VAE**" not in texts(app)


def test_broken_test_images_are_named(monkeypatch: pytest.MonkeyPatch, spoilt: Path) -> None:
    path = spoilt / "mnist" / "test.npz"
    path.write_bytes(b"")
    app = open_page(monkeypatch, spoilt)
    assert not app.exception
    assert str(path) in app.error[0].value


def test_a_run_that_goes_while_it_is_looked_at_is_named(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    from app import cache

    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(spoilt))
    folder = spoilt / "mnist" / "vae"

    def gone(path: Path) -> Path:
        shutil.rmtree(folder)
        return path

    monkeypatch.setattr(cache, "run_path", gone)
    with pytest.raises(CheckpointError, match=str(folder)):
        cache.run("mnist", "vae")


def test_a_run_that_appears_is_offered_and_one_that_changes_is_read_again(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    app = open_page(monkeypatch, spoilt, choose="by index", indices="5")
    before = tiles(app)["reconstruct-vae"]["pixels"]
    shutil.rmtree(spoilt / "mnist" / "vae")
    shutil.copytree(spoilt / "mnist" / "mu-vae-1", spoilt / "mnist" / "vae")
    shutil.copytree(spoilt / "mnist" / "mu-vae-1", spoilt / "mnist" / "mine")
    app.run()
    assert not app.exception
    assert "μ-VAE#1 (mine)" in app.multiselect(key="runs").options
    after = tiles(app)["reconstruct-vae"]["pixels"]
    assert not np.array_equal(before, after)
    assert np.array_equal(after, tiles(app)["reconstruct-mu-vae-1"]["pixels"])


@pytest.mark.parametrize("page", PAGES)
def test_hostile_link_values_do_no_harm(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, page: str
) -> None:
    app = open_page(
        monkeypatch,
        checkpoints,
        page,
        dataset="<script>alert(1)</script>",
        runs="../../etc/passwd",
        count="1e9",
        seed="-5",
        choose="by index",
        indices="99999999999999999999",
        image="-1",
        strip="z99",
        dim_0="99",
        sigma_vae="nan",
        map="x",
        color="y",
    )
    assert not app.exception
    assert app.session_state["dataset"] == "mnist"


SERVE_EVERYTHING = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not app.exception and app.title
for page in ("sample", "traverse", "training", "distributions", "clusters"):
    app.switch_page(f"views/{page}.py").run()
    assert not app.exception and app.title
app.segmented_control(key="map").set_value("PCA").run()
assert not app.exception
training = {"torchvision", "umap", "numba", "sklearn", "scipy"}
print(*sorted(training & set(sys.modules)))
"""


def test_serving_imports_nothing_of_training(checkpoints: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SERVE_EVERYTHING, str(REPOSITORY / "app" / "main.py")],
        env={"MUVAE_CHECKPOINTS": str(checkpoints), "PATH": "", "HOME": str(checkpoints)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""
