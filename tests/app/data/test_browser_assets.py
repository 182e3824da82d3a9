"""What live views are sent: weights, codes, maps, images, classes, and the routes to them."""

import gzip
import json
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
from app.server.live_routes import live_routes
from muvae import DATASETS, Run, load_run
from muvae.datasets.test_split import read_test_split
from muvae.images import to_float
from muvae.models import clip_norm
from muvae.models.ops import Graph, Network

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
    own = {
        name: value for name, value in run.vae.networks.state_dict().items() if "decoder." in name
    }
    assert weights.keys() == own.keys()
    assert all(torch.equal(weights[name], value.half()) for name, value in own.items())


def test_the_decoder_is_sent_whole_where_half_precision_would_show(run: Run) -> None:
    # A last layer so steep that its rounding alone moves pixels by more than a grey level.
    steep = load_run_again(run)
    with torch.no_grad():
        for name, value in steep.vae.networks.state_dict().items():
            if name.startswith("decoder.layers.4"):
                value.mul_(400)
    weights = load(browser_assets._decoder(steep))
    assert {value.dtype for value in weights.values()} == {torch.float32}
    expected = steep.vae.networks.get_parameter("decoder.expand.0.weight")
    assert torch.equal(weights["decoder.expand.0.weight"], expected)


def load_run_again(run: Run) -> Run:
    return load_run(store.checkpoints_dir() / "mnist" / run.name)


def test_the_encoder_is_sent_with_its_heads(client: TestClient, run: Run) -> None:
    weights = load(client.get(f"{RUN}/encoder.safetensors").content)
    own = {name for name in run.vae.networks.state_dict() if not name.startswith("decoder.")}
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


def test_codes_are_decoded_as_the_run_does(client: TestClient, run: Run) -> None:
    codes = run.codes.mean[:7]
    answer = client.post(f"{RUN}/decode", content=codes.numpy().tobytes())
    with torch.inference_mode():
        expected = run.vae.decode(codes).mul(255)
    images = torch.frombuffer(bytearray(answer.content), dtype=torch.uint8)
    assert images.shape == (7 * 784,)
    assert (images - expected.flatten()).abs().max() <= 0.51


def test_images_are_encoded_as_the_run_does(client: TestClient, run: Run) -> None:
    images = to_float(read_test_split(store.checkpoints_dir() / "mnist").images[:7])
    answer = client.post(f"{RUN}/encode", content=images.numpy().tobytes())
    found = np.frombuffer(answer.content, "<f4").reshape(7, 2, LATENT_DIM)
    with torch.inference_mode():
        expected = run.vae.encode(images)
    assert found[:, 0] == pytest.approx(expected.mean.numpy(), abs=1e-5)
    assert found[:, 1] == pytest.approx(expected.log_var.numpy(), abs=1e-5)


@pytest.mark.parametrize(
    ("images", "status", "words"),
    [
        (b"\0" * 784, 400, "3136 bytes each"),
        (np.full(784, np.inf, "<f4").tobytes(), 400, "not finite"),
        (b"\0" * (4 * 784 * 65), 413, "At most 64 images"),
    ],
    ids=["bytes", "infinite", "too many"],
)
def test_what_are_no_images_are_refused(
    client: TestClient, images: bytes, status: int, words: str
) -> None:
    answer = client.post(f"{RUN}/encode", content=images)
    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize("part", ["decoder", "encoder"])
def test_weights_come_with_the_list_of_ops_that_they_are_of(
    client: TestClient, run: Run, part: str
) -> None:
    content = client.get(f"{RUN}/{part}.safetensors").content
    length = int.from_bytes(content[:8], "little")
    graph = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["graph"])
    weights = load(content)
    network = Network(
        Graph.from_json(graph), {name: tuple(value.shape) for name, value in weights.items()}
    )
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    with torch.inference_mode():
        if part == "decoder":
            codes = run.codes.mean[:9]
            assert torch.allclose(network(codes)["image"], run.vae.decode(codes), atol=1e-3)
        else:
            images = to_float(read_test_split(store.checkpoints_dir() / "mnist").images[:9])
            found, own = network(images), run.vae.encode(images)
            assert torch.allclose(
                clip_norm(found["mean"], run.vae.latent.bound), own.mean, atol=1e-2
            )
            assert torch.allclose(found["log_var"], own.log_var, atol=1e-2)


@pytest.mark.parametrize("what", ["classify", "decode"])
@pytest.mark.parametrize(
    ("codes", "status", "words"),
    [
        (b"", 400, "40 bytes each"),
        (b"\0" * 41, 400, "40 bytes each"),
        (np.full(LATENT_DIM, np.nan, "<f4").tobytes(), 400, "not finite"),
        (b"\0" * (4 * LATENT_DIM * 513), 413, "At most 512 codes"),
    ],
    ids=["none", "a part", "nan", "too many"],
)
def test_what_are_no_codes_are_refused(
    client: TestClient, what: str, codes: bytes, status: int, words: str
) -> None:
    answer = client.post(f"{RUN}/{what}", content=codes)
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


@pytest.mark.parametrize("what", ["classify", "decode", "encode"])
def test_what_is_not_there_computes_nothing(client: TestClient, what: str) -> None:
    for run in ("live/nothing/vae", "live/mnist/nothing"):
        answer = client.post(f"{run}/{what}", content=bytes(4 * LATENT_DIM))
        assert answer.status_code == 404


def test_versions_tell_test_images_apart() -> None:
    versions = [store.test_version(dataset) for dataset in DATASETS]
    assert versions[0] != versions[1]
    assert versions[0] == store.test_version("mnist")
    assert len(read_test_split(store.checkpoints_dir() / "mnist")) == IMAGES
