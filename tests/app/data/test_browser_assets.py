"""What live views are sent: weights, codes, maps, images, classes, and the routes to them."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load
from served import IMAGES, LATENT_DIM, write_checkpoints
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.data import browser_assets, store
from app.data.embeddings import embedding
from app.server.live_routes import MOST_CODES, live_routes
from muvae import DATASETS, Run, load_run
from muvae.datasets.test_split import read_test_split

RUN = "live/mnist/mu-vae-1"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("live")
    write_checkpoints(root)
    return root


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))


@pytest.fixture(scope="module")
def run(checkpoints: Path) -> Run:
    return load_run(checkpoints / "mnist" / "mu-vae-1")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=live_routes("explorer")), base_url="http://test/explorer/")


def floats(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    return np.frombuffer(answer.content, "<f4")


def test_the_decoder_is_sent_in_half_precision_where_that_shows_no_difference(
    client: TestClient, run: Run
) -> None:
    weights = load(client.get(f"{RUN}/decoder.safetensors").content)
    own = {name: value for name, value in run.vae.state_dict().items() if "decoder." in name}
    assert weights.keys() == own.keys()
    assert all(torch.equal(weights[name], value.half()) for name, value in own.items())


def test_the_decoder_is_sent_whole_where_half_precision_would_show(run: Run) -> None:
    # A last layer so steep that its rounding alone moves pixels by more than a grey level.
    steep = load_run_again(run)
    with torch.no_grad():
        for name, value in steep.vae.state_dict().items():
            if name.startswith("decoder.layers.4"):
                value.mul_(400)
    weights = load(browser_assets._decoder(steep))
    assert {value.dtype for value in weights.values()} == {torch.float32}
    assert torch.equal(weights["decoder.expand.0.weight"], steep.vae.decoder.expand[0].weight)  # type: ignore[union-attr, index]


def load_run_again(run: Run) -> Run:
    return load_run(store.checkpoints_dir() / "mnist" / run.name)


def test_the_encoder_is_sent_with_its_heads(client: TestClient, run: Run) -> None:
    weights = load(client.get(f"{RUN}/encoder.safetensors").content)
    own = {name for name in run.vae.state_dict() if not name.startswith("decoder.")}
    assert weights.keys() == own


def test_codes_errors_and_maps_are_those_of_the_run(client: TestClient, run: Run) -> None:
    codes = run.codes
    assert np.array_equal(floats(client, f"{RUN}/codes.bin"), codes.mean.flatten())
    assert np.array_equal(floats(client, f"{RUN}/errors.bin"), codes.squared_error)
    assert codes.tsne is not None
    assert codes.umap is not None
    assert np.array_equal(floats(client, f"{RUN}/map-tsne.bin"), codes.tsne.flatten())
    assert np.array_equal(floats(client, f"{RUN}/map-umap.bin"), codes.umap.flatten())
    pca = embedding("mnist", run.name, "pca")
    assert pca is not None
    assert np.array_equal(floats(client, f"{RUN}/map-pca.bin"), pca.flatten())


@pytest.mark.parametrize("dataset", DATASETS)
def test_images_and_labels_are_those_of_the_test_set(
    client: TestClient, checkpoints: Path, dataset: str
) -> None:
    test = read_test_split(checkpoints / dataset)
    images = client.get(f"live/{dataset}/images.bin")
    assert images.headers["content-encoding"] == "gzip"
    assert images.content == test.images.numpy().tobytes()
    assert list(client.get(f"live/{dataset}/labels.bin").content) == test.labels.tolist()
    assert gzip.decompress(browser_assets.test_images(dataset)) == images.content


def test_codes_are_classified_as_the_run_does(client: TestClient, run: Run) -> None:
    codes = run.codes.mean[:7]
    answer = client.post(f"{RUN}/classify", content=codes.numpy().tobytes())
    with torch.inference_mode():
        expected = torch.softmax(run.classifier(codes), dim=1)
    assert np.frombuffer(answer.content, "<f4") == pytest.approx(expected.flatten().numpy())


@pytest.mark.parametrize(
    ("codes", "status", "words"),
    [
        (b"", 400, "40 bytes each"),
        (b"\0" * 41, 400, "40 bytes each"),
        (np.full(LATENT_DIM, np.nan, "<f4").tobytes(), 400, "not finite"),
        (b"\0" * (4 * LATENT_DIM * (MOST_CODES + 1)), 413, "At most 512 codes"),
    ],
    ids=["none", "a part", "nan", "too many"],
)
def test_what_are_no_codes_are_refused(
    client: TestClient, codes: bytes, status: int, words: str
) -> None:
    answer = client.post(f"{RUN}/classify", content=codes)
    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "live/nothing/images.bin",
        "live/mnist/weights.bin",
        "live/nothing/mu-vae-1/decoder.safetensors",
        "live/mnist/nothing/decoder.safetensors",
        f"{RUN}/model.safetensors",
        f"{RUN}/map-nothing.bin",
        f"{RUN}/run.json",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.text.endswith(".")


def test_nobody_is_classified_by_what_is_not_there(client: TestClient) -> None:
    for path in ("live/nothing/vae/classify", "live/mnist/nothing/classify"):
        assert client.post(path, content=bytes(4 * LATENT_DIM)).status_code == 404


def test_versions_tell_test_images_apart() -> None:
    versions = [store.test_version(dataset) for dataset in DATASETS]
    assert versions[0] != versions[1]
    assert versions[0] == store.test_version("mnist")
    assert len(read_test_split(store.checkpoints_dir() / "mnist")) == IMAGES
