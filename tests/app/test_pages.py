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
from app_pages import keep, open_page, run_of, texts, tiles
from helpers import REPOSITORY
from numpy.typing import NDArray
from served import IMAGES, LATENT_DIM
from streamlit.testing.v1 import AppTest

from app.data.inference import decode
from app.state.selected_images import SELECTED_IMAGES
from app.views.clusters.widget import parse_selection
from app.views.sample.widget import COMMON, parse_sigmas
from muvae import DATASETS, OBJECTIVES
from muvae.analysis.latent import nearest, standard_noise
from muvae.analysis.metrics import aggregate_posterior
from muvae.datasets.test_split import read_test_split
from muvae.errors import CheckpointError

PAGES = (
    "reconstruct",
    "sample",
    "traverse",
    "clusters",
    "interpolate",
    "arithmetic",
    "training",
    "distributions",
)
# Pages whose runs have no headings, or have them in the browser.
CHARTS = ("clusters", "interpolate", "arithmetic", "training", "distributions")
PAPER_RUNS = ["vae", "beta-vae", "mu-vae-1", "mu-vae-2"]


@pytest.fixture
def spoilt(checkpoints: Path, tmp_path: Path) -> Path:
    """A copy of the folder without the toy runs, to be spoilt."""
    but_toys = shutil.ignore_patterns("mnist-toy")
    return Path(shutil.copytree(checkpoints, tmp_path / "checkpoints", ignore=but_toys))


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
    app.switch_page("views/sample/page.py").run()
    assert [run["name"] for run in samples_of(app)["runs"]] == ["mu-vae-2-eq6"]


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


def samples_of(app: AppTest) -> dict[str, Any]:
    """What the browser is told of the samples."""
    (told,) = (
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_samples"
    )
    noise = np.frombuffer(base64.b64decode(told["noise"][str(LATENT_DIM)]), "<f4")
    told["noise"] = torch.tensor(noise.reshape(told["count"], LATENT_DIM))
    return dict(told)


def test_samples_are_the_same_noise_at_each_runs_sigma(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample", seed="3")
    told = samples_of(app)
    assert torch.equal(told["noise"], standard_noise(64, LATENT_DIM, seed=3))
    assert told["sigmas"]["value"] == dict(zip(PAPER_RUNS, (1, 1, 3, 3), strict=True))
    for run, sigma in zip(told["runs"], (1, 1, 3, 3), strict=True):
        assert (run["mean"], run["std"]) == ([0] * LATENT_DIM, [sigma] * LATENT_DIM)
    app.toggle(key="one-sigma").set_value(True).run()
    assert samples_of(app)["sigmas"]["value"] == {COMMON: 1}


def test_samples_of_the_aggregate_posterior_have_its_mean_and_spread(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample")
    app.segmented_control(key="source").set_value("aggregate posterior").run()
    told = samples_of(app)
    assert told["sigmas"]["value"] == {}
    for shown in told["runs"]:
        codes = run_of(checkpoints, shown["name"]).codes
        measured = aggregate_posterior(codes.mean.numpy(), codes.log_var.numpy())
        assert shown["mean"] == pytest.approx(measured.mean)
        assert shown["std"] == pytest.approx(measured.std)


@pytest.mark.parametrize(
    ("address", "sigma"), [("2.5", 2.5), ("9", 3), ("nan", 3), ("-1", 3), ("<b>", 3)]
)
def test_the_address_says_a_runs_sigma(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path, address: str, sigma: float
) -> None:
    app = open_page(monkeypatch, checkpoints, "sample", **{"sigma-mu-vae-1": address})
    assert samples_of(app)["sigmas"]["value"]["mu-vae-1"] == sigma
    assert ("sigma-mu-vae-1" in app.query_params) == (sigma != 3)


@pytest.mark.parametrize(
    ("value", "sigmas"),
    [
        ({"vae": 2}, {"vae": 2.0}),
        ({"vae": 8.1}, None),
        ({"vae": float("nan")}, None),
        ({"vae": True}, None),
        ({"vae": "2"}, None),
        ({"beta-vae": 2}, None),
        ({"vae": 2, "beta-vae": 2}, None),
        ([2], None),
        (None, None),
    ],
)
def test_sigmas_from_the_browser_are_checked(value: object, sigmas: object) -> None:
    assert parse_sigmas(value, {"vae": 1.0}) == sigmas


def maps_of(app: AppTest) -> dict[str, Any]:
    """What the browser is told of the maps."""
    (told,) = (
        json.loads(element.proto.json)
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_maps"
    )
    return dict(told)


def test_clusters_tells_the_browser_which_maps_to_draw_and_how(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "clusters")
    told = maps_of(app)
    assert [run["name"] for run in told["runs"]] == PAPER_RUNS
    assert told["classes"] == list(DATASETS["mnist"].classes)
    assert (told["method"], told["values"], told["thumbnails"]) == ("tsne", None, False)
    assert told["selected"]["value"] == []
    app.segmented_control(key="map").set_value("UMAP").run()
    app.segmented_control(key="draw").set_value("thumbnails").run()
    for color, kind in (("reconstruction error", "errors"), ("code norm", "norms")):
        app.segmented_control(key="color").set_value(color).run()
        assert not app.exception
        told = maps_of(app)
        assert (told["method"], told["values"]["kind"], told["thumbnails"]) == ("umap", kind, True)


def test_a_run_without_maps_says_how_to_make_them(
    monkeypatch: pytest.MonkeyPatch, spoilt: Path
) -> None:
    from muvae.runs.folder import codes_of
    from muvae.runs.writing import write_codes

    folder = spoilt / "mnist" / "beta-vae"
    codes = codes_of(folder)
    write_codes(folder, type(codes)(codes.mean, codes.log_var, codes.squared_error))
    app = open_page(monkeypatch, spoilt, "clusters")
    assert not app.exception
    assert "No such map of β-VAE yet" in app.warning[0].value
    assert "scripts/embed.py" in app.warning[0].value
    assert "beta-vae" not in [run["name"] for run in maps_of(app)["runs"]]
    app.segmented_control(key="map").set_value("PCA").run()
    assert not app.warning
    assert [run["name"] for run in maps_of(app)["runs"]] == PAPER_RUNS


def test_selected_points_are_shown_counted_and_kept(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "clusters")
    chosen = [41, 3, 13, *range(20, 41), *range(42, 50)]  # test image i is of class i % 10
    keep(app, SELECTED_IMAGES, tuple(chosen), "mnist")
    app.run()
    assert maps_of(app)["selected"]["value"] == chosen
    assert app.header[0].value == f"{len(chosen)} selected, the first 24"
    captions = tiles(app)["selected-originals"]["captions"]
    assert [caption.split("\n")[0] for caption in captions] == [f"#{i}" for i in chosen[:24]]
    assert "3: 5 · 0: 3 · 1: 3 · 2: 3 · 4: 3" in texts(app)
    neighbours = of_page(tiles(app), "neighbours-")
    for name in PAPER_RUNS:
        run = run_of(checkpoints, name)
        _, nearest_ones = nearest(run.codes.mean, run.codes.mean[41], 13)
        test = read_test_split(checkpoints / "mnist")
        expected = test.images[nearest_ones[1:]].squeeze(1).numpy()
        assert np.array_equal(neighbours[name], expected)
    app.switch_page("views/sample/page.py").run()
    app.switch_page("views/clusters/page.py").run()
    assert maps_of(app)["selected"]["value"] == chosen
    app.radio(key="dataset").set_value("fashion-mnist").run()
    assert maps_of(app)["selected"]["value"] == []
    assert "Nothing is selected yet" in app.info[0].value


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "12",
        {"indices": [1, 2]},
        [1, 60],
        [-1],
        [1.0],
        [True],
        [[1]],
        [1, 1],
        list(range(61)),
    ],
)
def test_a_selection_that_cannot_be_is_not_taken(sent: object) -> None:
    assert parse_selection(sent, 60) is None
    assert parse_selection([59, 0], 60) == [59, 0]


@pytest.mark.parametrize("page", PAGES)
def test_no_checkpoints_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str
) -> None:
    missing = tmp_path / "missing"
    for root, message in (
        (missing, f"There is no folder {missing}; have another one served with --checkpoints."),
        (tmp_path, f"There are no checkpoints in {tmp_path}."),
    ):
        app = open_page(monkeypatch, root, page)
        assert not app.exception
        assert message in app.error[0].value.replace("\\", "")
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
    from app.data import fingerprints, store

    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(spoilt))
    folder = spoilt / "mnist" / "vae"

    def gone(path: Path) -> Path:
        shutil.rmtree(folder)
        return path

    monkeypatch.setattr(fingerprints, "run_path", gone)
    with pytest.raises(CheckpointError, match=str(folder)):
        store.run("mnist", "vae")


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
app = AppTest.from_file(sys.argv[1], default_timeout=300).run()
assert not app.exception and app.title
for page in ("interpolate", "arithmetic", "sample", "traverse", "training", "distributions",
             "clusters"):
    app.switch_page(f"views/{page}/page.py").run()
    assert not app.exception and app.title
app.segmented_control(key="map").set_value("PCA").run()
assert not app.exception
training = {"torchvision", "umap", "numba", "sklearn", "scipy"}
print(*sorted(training & set(sys.modules)))
"""


def test_serving_imports_nothing_of_training(checkpoints: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SERVE_EVERYTHING, str(REPOSITORY / "app" / "main.py")],
        env={"MUVAE_CHECKPOINTS": str(checkpoints), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""
