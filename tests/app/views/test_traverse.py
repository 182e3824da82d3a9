"""What Traverse hands to the browser, what it takes from it, and its place in the address."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_pages import keep, open_page
from helpers import REPOSITORY, make_split
from patience import PATIENCE
from served import IMAGES, LATENT_DIM, served_run
from streamlit.testing.v1 import AppTest

from app.data import store
from app.state import drawing
from app.state.choice import DATASET, RUNS
from app.views.traverse.parameters import BY_KL, SLIDERS, Place
from app.views.traverse.place import slider_names
from app.views.traverse.widget import parse_place
from muvae import DATASETS, Run, load_run
from muvae.analysis.latent import quantile_range
from muvae.analysis.metrics import active_mask, kl_per_dimension
from muvae.datasets.test_split import read_test_split, write_dataset
from muvae.runs.writing import write_run

MAIN = REPOSITORY / "app" / "main.py"
PAGE = REPOSITORY / "app" / "views" / "traverse" / "page.py"
GOOD: dict[str, Any] = {"positions": [0, 0.5, -1], "active": 1, "axes": [0, 2]}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> AppTest:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    app = AppTest.from_file(str(PAGE), default_timeout=PATIENCE)
    keep(app, DATASET, "mnist")
    keep(app, RUNS, ("vae", "mu-vae-1"))
    return app


def data(app: AppTest) -> dict[str, Any]:
    """What the page hands to the browser."""
    assert not app.exception
    (component,) = (
        element
        for element in app.get("bidi_component")
        if element.proto.component_name == "muvae_traverse"
    )
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def run_of(checkpoints: Path, name: str) -> Run:
    return load_run(checkpoints / "mnist" / name)


def test_a_place_is_read_as_it_was_said() -> None:
    assert parse_place(GOOD, 3) == Place((0.0, 0.5, -1.0), 1, (0, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        GOOD | {"positions": [0, 0]},
        GOOD | {"positions": [0, 0, 1.01]},
        GOOD | {"positions": [0, 0, float("nan")]},
        GOOD | {"positions": [0, 0, "1"]},
        GOOD | {"positions": [0, 0, True]},
        GOOD | {"positions": "000"},
        GOOD | {"active": 3},
        GOOD | {"active": -1},
        GOOD | {"active": 0.5},
        GOOD | {"axes": [0]},
        GOOD | {"axes": [0, 3]},
        GOOD | {"axes": [0, None]},
    ],
)
def test_what_is_no_place_is_nobodys_move(wrong: object) -> None:
    assert parse_place(wrong, 3) is None


def test_runs_start_at_the_origin_over_the_papers_ranges(app: AppTest) -> None:
    told = data(app.run())
    assert told["names"] == [f"z{at}" for at in range(LATENT_DIM)]
    for run, width in zip(told["runs"], (2, 10), strict=True):
        assert run["base"] == [0] * LATENT_DIM
        assert run["low"] == [-width] * LATENT_DIM
        assert run["high"] == [width] * LATENT_DIM
        assert run["order"] == list(range(LATENT_DIM))
    assert told["place"]["value"] == {"positions": [0] * LATENT_DIM, "active": 0, "axes": [0, 1]}
    assert told["baseImage"] is None


def test_an_image_over_the_measured_quantiles(app: AppTest, checkpoints: Path) -> None:
    app.run()
    app.segmented_control(key="from").set_value("a test image").run()
    app.number_input(key="image").set_value(17).run()
    app.segmented_control(key="range").set_value("measured quantiles").run()
    told = data(app)
    for shown in told["runs"]:
        run = run_of(checkpoints, shown["name"])
        assert shown["base"] == run.codes.mean[17].tolist()
        low, high = quantile_range(run.codes.mean)
        assert (shown["low"], shown["high"]) == (low.tolist(), high.tolist())
    assert "test image 17, 7" in told["base"]
    assert told["baseImage"]


def test_dimensions_by_kl_and_dead_ones_named(app: AppTest, checkpoints: Path) -> None:
    app.run()
    app.segmented_control(key="order").set_value(BY_KL).run()
    told = data(app)
    assert told["names"] == slider_names(LATENT_DIM, BY_KL)
    for shown in told["runs"]:
        codes = run_of(checkpoints, shown["name"]).codes
        kl = kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy())
        assert np.all(np.diff(kl[shown["order"]]) <= 0)
        assert shown["active"] == active_mask(codes.mean.numpy()).tolist()


def test_a_drawing_is_the_base_point_once_there_is_one(app: AppTest, checkpoints: Path) -> None:
    app.run()
    app.segmented_control(key="from").set_value("the drawing").run()
    assert "There is no drawing yet" in app.info[0].value
    assert data(app)["runs"][0]["base"] == [0] * LATENT_DIM
    pixels = read_test_split(checkpoints / "mnist").images[7, 0]
    keep(app, drawing.DRAWING, drawing.Picture(drawing.pack(pixels.numpy())))
    app.run()
    assert not app.info
    told = data(app)
    assert base64.b64decode(told["baseImage"]) == pixels.numpy().tobytes()
    for shown in told["runs"]:
        code = run_of(checkpoints, shown["name"]).codes.mean[7]
        assert shown["base"] == pytest.approx(code.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ({"z": "0.5,-1", "strip": "z3", "pad": "4,2"}, ([0.5, -1, *[0] * 8], 3, [4, 2])),
        ({"z": "2"}, ([0] * 10, 0, [0, 1])),
        ({"z": "nan"}, ([0] * 10, 0, [0, 1])),
        ({"z": "<b>", "strip": "z1"}, ([0] * 10, 1, [0, 1])),
        ({"z": ",".join(["1"] * 11)}, ([0] * 10, 0, [0, 1])),
        ({"strip": "z10"}, ([0] * 10, 0, [0, 1])),
        ({"pad": "0,1,2"}, ([0] * 10, 0, [0, 1])),
    ],
)
def test_the_address_says_where_the_sliders_stand(
    monkeypatch: pytest.MonkeyPatch,
    checkpoints: Path,
    address: dict[str, str],
    place: tuple[list[float], int, list[int]],
) -> None:
    monkeypatch.setenv(store.CHECKPOINTS_ENVIRONMENT, str(checkpoints))
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE)
    for name, value in address.items():
        app.query_params[name] = value
    positions, active, axes = place
    app.run()
    told = data(app.switch_page("views/traverse/page.py").run())["place"]["value"]
    assert told == {"positions": positions, "active": active, "axes": axes}


def test_where_the_sliders_were_left_is_kept_and_in_the_address(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "traverse")
    keep(app, SLIDERS, Place((0.0, 0.25, *[0.0] * 8), 1, (3, 4)))
    told = data(app.run())["place"]["value"]
    assert told["positions"][1] == 0.25
    address = {name: app.query_params[name] for name in ("z", "strip", "pad")}
    assert address == {"z": "0,0.25", "strip": "z1", "pad": "3,4"}
    keep(app, SLIDERS, Place((0.0,) * 10))
    app.run()
    assert not {"z", "strip", "pad"} & set(app.query_params)


def test_another_order_leaves_the_moved_dimension_where_it_is(
    monkeypatch: pytest.MonkeyPatch, checkpoints: Path
) -> None:
    app = open_page(monkeypatch, checkpoints, "traverse", z="0,0,0.5,-1", strip="z2", pad="3,2")
    app.multiselect(key="runs").set_value(["vae"]).run()
    before = data(app)
    app.segmented_control(key="order").set_value("by KL").run()
    after = data(app)
    order = after["runs"][0]["order"]
    place = after["place"]["value"]
    assert order != list(range(LATENT_DIM))
    assert {order[at]: it for at, it in enumerate(place["positions"]) if it} == {2: 0.5, 3: -1}
    assert order[place["active"]] == 2
    assert [order[at] for at in place["axes"]] == [3, 2]
    app.segmented_control(key="order").set_value("by index").run()
    assert data(app)["place"]["value"] == before["place"]["value"]


def test_sliders_that_runs_lack_are_where_they_were_once_runs_have_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    split = make_split(IMAGES)
    write_dataset(tmp_path / "mnist", DATASETS["mnist"], split)
    for name, dim in (("vae", 10), ("beta-vae", 2)):
        write_run(tmp_path / "mnist" / name, served_run(name, "mnist", split, seed=dim, dim=dim))
    app = open_page(monkeypatch, tmp_path, "traverse", runs="VAE", z="0.5,0,0,0,0,0,0,0,0,1")
    positions = data(app)["place"]["value"]["positions"]
    assert positions == [0.5, *[0] * 8, 1]
    app.multiselect(key="runs").set_value(["beta-vae"]).run()
    assert data(app)["place"]["value"]["positions"] == [0.5, 0]
    assert app.query_params["z"] == "0.5"
    app.multiselect(key="runs").set_value(["vae"]).run()
    assert data(app)["place"]["value"]["positions"] == positions
