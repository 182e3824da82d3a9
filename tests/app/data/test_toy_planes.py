"""What the Toy plane's browser part is sent: squares, lattices, bytes, and the routes to them."""

import dataclasses
import gzip
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import make_run, make_split
from safetensors.torch import load
from served import IMAGES, TOY_EPOCHS, write_toy_runs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from app.data import store, toy_planes
from app.data.inference import decode, probabilities
from app.data.toy_planes import LATTICE, OWN, SHARED, TITLES, Square
from app.server.live_routes import live_routes
from app.server.plane_routes import decode_place, plane_routes, run_part
from muvae import Latent, Run, load_run
from muvae.datasets.builtin import DATASETS
from muvae.datasets.test_split import write_dataset
from muvae.runs.replay import Replay
from muvae.training.presets import toy_configs

NAMES = list(TITLES)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("toy")
    split = make_split(IMAGES)
    write_dataset(root / "mnist", DATASETS["mnist"], split)
    write_toy_runs(root, "mnist", split)
    return root


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))


@pytest.fixture(scope="module")
def runs(checkpoints: Path) -> dict[str, Run]:
    return {name: load_run(checkpoints / "mnist-toy" / name) for name in NAMES}


def get(path: str, query: str = "", **params: str) -> Response:
    """What a route's handler answers."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "query_string": query.encode(),
        "path_params": {"dataset": "mnist", **params},
    }
    return (run_part if "run" in params else decode_place)(Request(scope))


def body(response: Response) -> bytes:
    assert response.status_code == 200
    assert response.headers["content-encoding"] == "gzip"
    return gzip.decompress(response.body)


def test_the_titles_are_those_of_the_runs_that_are_trained() -> None:
    configs = toy_configs(DATASETS["mnist"], epochs=1, precision="float32")
    assert [config.name for config in configs] == NAMES
    assert TITLES["leaky-relu-mu-clip"] == "Leaky ReLU · μ-VAE + clipping"


def test_toy_runs_are_no_dataset_and_are_found_beside_theirs(runs: dict[str, Run]) -> None:
    assert list(store.datasets()) == ["mnist"]
    found = toy_planes.toy_runs("mnist")
    assert list(found) == NAMES
    for name, run in found.items():
        assert isinstance(run, Run)
        assert torch.equal(run.codes.mean, runs[name].codes.mean)


def test_a_square_holds_the_codes_and_the_circle() -> None:
    run = make_run(images=4000)
    mean = run.codes.mean
    mean.mul_(torch.tensor([3.0, 0.5])).add_(torch.tensor([10.0, -2.0]))
    square = toy_planes.own_square(run)
    share = ((mean - torch.tensor([square.x, square.y])).abs() <= square.half).all(1)
    assert share.double().mean() > 0.997
    assert square.half < 3 * 4.5
    bounded = make_run(images=100, latent=Latent(2, clip=5.0 / math.sqrt(2)))
    square = toy_planes.own_square(bounded)
    assert abs(square.x) + 5 < square.half
    assert abs(square.y) + 5 < square.half


def test_the_shared_square_is_the_smallest_that_holds_all() -> None:
    assert toy_planes.shared_square([Square(0, 0, 1), Square(3, 1, 2)]) == Square(2, 1, 3)
    assert toy_planes.shared_square([Square(1, 2, 3)]) == Square(1, 2, 3)
    assert toy_planes.squares({"broken": "why"}, SHARED) == {}


def test_a_lattice_runs_from_the_top_left_and_holds_the_middles_of_tiles() -> None:
    square = Square(1, -2, 4)
    nodes = toy_planes.lattice(square).reshape(LATTICE, LATTICE, 2)
    assert nodes[0, 0].tolist() == [-3, 2]
    assert nodes[0, -1].tolist() == [5, 2]
    assert nodes[-1, 0].tolist() == [-3, -6]
    tiles = (LATTICE - 1) // 2
    middles = -3 + 8 * (torch.arange(tiles) + 0.5) / tiles
    assert torch.allclose(nodes[1, 1::2, 0], middles, atol=1e-6)


@pytest.mark.parametrize("extent", [OWN, SHARED])
def test_a_lattice_is_served_as_the_run_decodes_it(runs: dict[str, Run], extent: str) -> None:
    name = "relu-mu-clip"
    square = toy_planes.squares(toy_planes.toy_runs("mnist"), extent)[name]
    served = np.frombuffer(body(get("", run=name, part=extent)), np.uint8)
    codes = toy_planes.lattice(square)
    records = served.reshape(LATTICE**2, 794)
    assert np.array_equal(records[:, :784], decode(runs[name], codes).reshape(-1, 784))
    shares = probabilities(runs[name], codes)
    assert np.abs(records[:, 784:] / 255 - shares).max() <= 0.5 / 255 + 1e-6


def test_weights_are_served_as_those_of_any_run(runs: dict[str, Run]) -> None:
    client = TestClient(Starlette(routes=live_routes()))
    for name in ("tanh-elbo", "relu-mu-clip"):
        weights = load(client.get(f"/live/mnist-toy/{name}/decoder.safetensors").content)
        for key, value in runs[name].vae.networks.state_dict().items():
            if key.startswith("decoder."):
                assert torch.allclose(weights.pop(key).float(), value, rtol=1e-3, atol=1e-7)
        assert weights == {}
    codes = torch.tensor([[0.5, -1.0]])
    answer = client.post("/live/mnist-toy/relu-mu-clip/classify", content=codes.numpy().tobytes())
    shares = probabilities(runs["relu-mu-clip"], codes)
    assert np.frombuffer(answer.content, "<f4") == pytest.approx(shares.ravel())
    for path in ("mnist-toy/nothing", "fashion-mnist-toy/tanh-elbo", "mnist-toy-toy/tanh-elbo"):
        assert client.get(f"/live/{path}/decoder.safetensors").status_code == 404


def test_codes_are_served_with_their_classes(runs: dict[str, Run]) -> None:
    data = body(get("", run="tanh-elbo", part="codes"))
    codes = np.frombuffer(data, "<f2", 2 * IMAGES).reshape(IMAGES, 2)
    assert np.array_equal(codes, runs["tanh-elbo"].codes.mean.half().numpy())
    assert list(data[4 * IMAGES :]) == [index % 10 for index in range(IMAGES)]


def test_a_replay_is_served_and_ends_with_the_codes(runs: dict[str, Run]) -> None:
    replay = np.frombuffer(body(get("", run="tanh-elbo", part="replay")), "<f2")
    replay = replay.reshape(TOY_EPOCHS, IMAGES, 2)
    assert np.array_equal(replay[-1], runs["tanh-elbo"].codes.mean.half().numpy())
    assert not np.array_equal(replay[0], replay[-1])
    assert toy_planes.epochs(runs["tanh-elbo"]) == TOY_EPOCHS
    assert toy_planes.replay_bytes(make_run()) == b""


def test_a_place_is_decoded_by_all_nine(runs: dict[str, Run]) -> None:
    response = get("", "x=0.25&y=-1.5")
    records = np.frombuffer(response.body, np.uint8).reshape(len(NAMES), 794)
    for record, run in zip(records, runs.values(), strict=True):
        expected = decode(run, torch.tensor([[0.25, -1.5]]))
        assert np.array_equal(record[:784], expected.ravel())


@pytest.mark.parametrize("query", ["", "x=1", "x=nan&y=0", "x=inf&y=0", "x=1e5&y=0", "x=a&y=b"])
def test_a_place_that_is_none_is_refused(query: str) -> None:
    response = get("", query)
    assert response.status_code == 400
    assert b"must be numbers" in bytes(response.body)


@pytest.mark.parametrize(
    "params",
    [
        {"dataset": "nope"},
        {"dataset": "..", "run": "tanh-elbo", "part": "codes"},
        {"run": "../../etc", "part": "codes"},
        {"run": "tanh-elbo", "part": "model"},
    ],
)
def test_what_is_not_there_is_not_found(params: dict[str, str]) -> None:
    response = get("", "x=0&y=0", **params)
    assert response.status_code == 404
    assert b"There is no" in bytes(response.body) or b"has no part" in bytes(response.body)


def test_what_is_made_of_a_run_is_made_once_and_anew_when_it_changes(
    checkpoints: Path, runs: dict[str, Run]
) -> None:
    calls: list[str] = []

    def make(run: Run) -> bytes:
        calls.append(run.name)
        return run.name.encode()

    before = store.version("mnist-toy", NAMES)
    for _ in range(2):
        assert store.bytes_of_run("mnist-toy", "tanh-elbo", "name", make) == b"tanh-elbo"
    assert calls == ["tanh-elbo"]
    assert store.bytes_of_run("mnist-toy", "tanh-elbo", "other", make) == b"tanh-elbo"
    assert len(calls) == 2
    (checkpoints / "mnist-toy" / "tanh-elbo" / "run.json").touch()
    assert store.version("mnist-toy", NAMES) != before
    assert store.bytes_of_run("mnist-toy", "tanh-elbo", "name", make) == b"tanh-elbo"
    assert len(calls) == 3


def test_the_share_on_the_bound_is_that_of_the_means() -> None:
    run = make_run(images=4, latent=Latent(2, clip=5.0 / math.sqrt(2)))
    run.codes.mean.copy_(torch.tensor([[3.0, 4.0], [-5.0, 0.0], [4.9, 0.0], [0.0, 0.0]]))
    assert toy_planes.share_on_bound(run, 3) == 0.5
    assert ("on bound", "50.0 %") in toy_planes.numbers(run, 3)
    assert ("kNN", "–") in toy_planes.numbers(run, 3)
    assert ("on bound", "no bound") in toy_planes.numbers(make_run(), 3)


def test_numbers_are_those_of_an_epoch() -> None:
    run = make_run(images=2, epochs=3, latent=Latent(2, clip=5.0 / math.sqrt(2)))
    replay = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[3.0, 4.0], [0.0, 1.0]], [[3.0, 4.0]] * 2])
    run = dataclasses.replace(run, replay=Replay((1, 2, 3), replay.half()))
    for epoch, on_bound in ((1, "0.0 %"), (2, "50.0 %")):
        after = run.history[epoch - 1].test
        assert toy_planes.numbers(run, epoch) == [
            ("error", f"{after.reconstruction_mean:.2f}"),
            ("KL", f"{after.kl:.4g}"),
            ("accuracy", f"{100 * after.accuracy_mean:.1f} %"),
            ("kNN", "–"),
            ("on bound", on_bound),
        ]


def test_routes_lie_under_the_servers_base_path() -> None:
    paths = [route.path for route in plane_routes("/explorer/")]
    assert paths == [
        "/explorer/toy/{dataset}/decode.bin",
        "/explorer/toy/{dataset}/{run}/{part}.bin",
    ]
    assert plane_routes()[0].path == "/toy/{dataset}/decode.bin"
