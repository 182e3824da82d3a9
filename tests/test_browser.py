"""The app in Chromium: every page on both datasets, and what people do on it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import browser
import numpy as np
import pytest
import torch
from browser import Server, Watch, grid, grids, open_page, settle, tile
from helpers import REPOSITORY
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from served import IMAGES, LATENT_DIM, write_checkpoints

from muvae import DATASETS, Run, Split, list_runs, load_run
from muvae.data import read_test_split
from muvae.latent import nearest, sample_prior, standard_noise, traverse
from muvae.metrics import kl_per_dimension
from muvae.objectives import PAPER_OBJECTIVES

pytestmark = pytest.mark.browser

PAGES = {
    "": "Reconstruct",
    "sample": "Sample",
    "traverse": "Traverse",
    "clusters": "Clusters",
    "training": "Training",
    "distributions": "Distributions",
    "objectives": "Objectives",
}
WIDE, PHONE = (1440, 900), (390, 844)
SHOTS = REPOSITORY / "test-results"
Pictures = NDArray[np.uint8]


# Playwright keeps an event loop in the thread that asyncio.run() of other tests would run into:
# of the module, not the session, it is gone when they come.
@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    write_checkpoints(folder)
    return folder


@pytest.fixture(scope="module")
def server(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with browser.serve(checkpoints, tmp_path_factory.mktemp("server") / "stderr.log") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def window(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    """The one page that all tests use: its cache makes all loads but the first quick."""
    context = chromium.new_context()
    context.set_default_timeout(browser.PATIENCE)
    page = context.new_page()
    yield page, Watch(page)
    context.close()


@pytest.fixture
def page(
    window: tuple[Page, Watch], server: Server, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A wide, light page; at the end, a screenshot, and nothing may have gone wrong unseen."""
    page, watch = window
    page.set_viewport_size(size(WIDE))
    page.emulate_media(color_scheme="light")
    watch.problems.clear()
    yield page
    shoot(page, request.node.name)
    assert watch.problems == []
    assert server.tracebacks() == ""


@pytest.fixture(scope="module")
def tests(checkpoints: Path) -> dict[str, Split]:
    return {dataset: read_test_split(checkpoints / dataset) for dataset in DATASETS}


@pytest.fixture(scope="module")
def runs(checkpoints: Path) -> dict[str, dict[str, Run]]:
    return {
        dataset: {entry.name: load_run(entry.path) for entry in list_runs(checkpoints / dataset)}
        for dataset in DATASETS
    }


def size(pair: tuple[int, int]) -> Any:
    return {"width": pair[0], "height": pair[1]}


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    file = re.sub(r"[^\w-]+", "-", f"{name}-{browser.theme(page)}").removeprefix("test_")
    page.screenshot(path=SHOTS / f"{file}.png")


def decoded(run: Run, codes: torch.Tensor) -> Pictures:
    """What a run's decoder makes of codes [N,D], uint8 [N,28,28]."""
    with torch.inference_mode():
        images = run.vae.decode(codes).mul(255).round().to(torch.uint8)
    pictures: Pictures = images.squeeze(1).numpy()
    return pictures


def check_reconstruct(page: Page, test: Split, runs: list[Run]) -> None:
    originals = grid(page, "Test images")
    indices = originals.indices
    assert len(set(indices)) == 10
    assert np.array_equal(originals.pictures, test.images[indices].squeeze(1))
    for run in runs:
        shown = grid(page, f"Reconstructions by {run.objective.label}")
        assert np.array_equal(shown.pictures, decoded(run, run.codes.mean[indices]))
        errors = [float(caption.split()[0]) for caption in shown.captions]
        assert errors == pytest.approx(run.codes.squared_error[indices].tolist(), abs=0.051)
    assert_details(page, runs, indices[0])
    charts = page.locator(".js-plotly-plot")
    assert [chart.locator(".bars .point").count() for chart in charts.all()] == [LATENT_DIM] * 4


def assert_details(page: Page, runs: list[Run], index: int) -> None:
    details = [shown.pictures for shown in grids(page) if len(shown.pictures) == 1]
    expected = [decoded(run, run.codes.mean[index][None]) for run in runs]
    assert np.array_equal(details, expected)


def check_sample(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    noise = standard_noise(64, LATENT_DIM, seed=0)
    for run in runs:
        expected = decoded(run, sample_prior(noise, run.objective.sample_std))
        assert np.array_equal(grid(page, f"Samples of {run.name}").pictures, expected)


def check_traverse(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    origin = torch.zeros(LATENT_DIM)
    for run in runs:
        live = grid(page, f"Decoded by {run.name}").pictures
        assert np.array_equal(live, decoded(run, origin[None]))
        values = torch.linspace(-run.objective.traversal, run.objective.traversal, 40)
        strip = grid(page, f"Traversal of z0 in {run.name}").pictures
        assert np.array_equal(strip, decoded(run, traverse(origin, 0, values)))


def check_clusters(page: Page, test: Split, runs: list[Run]) -> None:
    points = browser.map_points(page)
    assert len(points) == len(runs)
    for number, (run, shown) in enumerate(zip(runs, points, strict=True)):
        tsne = run.codes.tsne
        assert tsne is not None
        assert torch.equal(torch.tensor([shown[index][:2] for index in range(len(test))]), tsne)
        picture = Image.open(io.BytesIO(page.locator(".nsewdrag").nth(number).screenshot()))
        pixels = np.asarray(picture.convert("RGB")).astype(int)
        for x, y in (shown[index][2:] for index in range(len(test))):
            spot = pixels[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
            assert np.abs(spot - pixels[0, 0]).max() > 24, "a point is not drawn"


def check_training(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    (drawn,) = browser.traces(page)
    assert len(drawn) == 4 * len(runs)
    for run in runs:
        for quantity in ("reconstruction", "kl", "accuracy_sampled", "regularization"):
            scale = 100 if quantity.startswith("accuracy") else 1
            expected = [scale * getattr(record.test, quantity) for record in run.history]
            assert drawn[f"{run.name} {quantity} test"]["y"] == pytest.approx(expected)
    paths = page.locator(".js-plotly-plot .scatterlayer .js-line")
    assert [bool(path.get_attribute("d")) for path in paths.all()] == [True] * 4 * len(runs)


def check_distributions(page: Page, test: Split, runs: list[Run]) -> None:
    histograms, bars = browser.traces(page)
    names = [run.name for run in runs]
    assert set(histograms) == {f"{name} z{d}" for name in names for d in range(LATENT_DIM)}
    for shown in histograms.values():
        heights, edges = shown["y"][1:-1], np.array(shown["x"][1:])
        assert (np.array(heights) * np.diff(edges)).sum() == pytest.approx(1)
    for run in runs:
        mean, log_var = run.codes.mean.numpy(), run.codes.log_var.numpy()
        drawn = [
            bars.get(f"{run.name} {state}", {"x": [], "y": []}) for state in ("active", "dead")
        ]
        pairs = [
            sorted(it, key=str) for bar in drawn for it in zip(bar["x"], bar["y"], strict=True)
        ]
        kl = {name: value for value, name in pairs}  # bars stand on a wide page, lie on a phone
        expected = kl_per_dimension(mean, log_var)
        assert kl == pytest.approx({f"z{d}": value for d, value in enumerate(expected)})
    assert page.locator(".js-plotly-plot .bars .point").count() == LATENT_DIM * len(runs)
    assert page.locator(".js-plotly-plot .subplot.xy").count() == 2
    assert len(test) == IMAGES


def check_objectives(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    assert page.locator(".katex-error").count() == 0
    for run in runs:
        column = page.get_by_role("columnheader", name=run.objective.label, exact=True)
        expect(column).to_be_visible()
        error = f"{run.metrics['test_reconstruction_mean']:.2f}"
        expect(page.get_by_role("table").filter(has=column)).to_contain_text(error)


CHECKS = {
    "": check_reconstruct,
    "sample": check_sample,
    "traverse": check_traverse,
    "clusters": check_clusters,
    "training": check_training,
    "distributions": check_distributions,
    "objectives": check_objectives,
}


@pytest.mark.parametrize("window_size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("path", PAGES, ids=PAGES.values())
def test_page_shows_what_the_runs_hold(
    page: Page,
    server: Server,
    tests: dict[str, Split],
    runs: dict[str, dict[str, Run]],
    path: str,
    dataset: str,
    window_size: tuple[int, int],
    request: pytest.FixtureRequest,
) -> None:
    themes: list[Literal["light", "dark"]] = ["light", "dark"]
    if (dataset == "mnist") == (window_size == PHONE):
        themes.reverse()  # half of the pages are opened dark; all are seen in both themes
    opened, other = themes
    page.set_viewport_size(size(window_size))
    page.emulate_media(color_scheme=opened)
    open_page(page, server.base, path, dataset=DATASETS[dataset].title)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    CHECKS[path](page, tests[dataset], [runs[dataset][name] for name in PAPER_OBJECTIVES])
    assert browser.theme(page) == opened
    browser.assert_sound(page)
    shoot(page, request.node.name)
    page.emulate_media(color_scheme=other)
    browser.until(page, lambda: browser.theme(page) == other)
    browser.assert_sound(page)


def test_picked_image_is_shown_in_detail(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, dataset="Fashion-MNIST")
    indices = grid(page, "Test images").indices
    shown = [runs["fashion-mnist"][name] for name in PAPER_OBJECTIVES]
    for row, place in (("Test images", 3), ("Reconstructions by μ-VAE#1", 7)):
        tile(page, row, place).click()
        name = DATASETS["fashion-mnist"].classes[indices[place] % 10]
        heading = page.get_by_role("heading", name=f"Test image {indices[place]}: {name}")
        expect(heading).to_be_visible()
        settle(page)
        rows = [found for found in grids(page) if len(found.pictures) == 10]
        assert [found.picked for found in rows] == [(place,)] * 5
        assert_details(page, shown, indices[place])


def test_choices_are_kept_on_every_page_and_in_the_address(
    page: Page, server: Server, chromium: Browser
) -> None:
    open_page(page, server.base)
    page.get_by_role("radio", name="Fashion-MNIST").click()
    browser.until(page, lambda: "dataset=Fashion-MNIST" in page.url)
    page.get_by_role("button", name="Remove β-VAE").click()
    expect(page.get_by_label("Reconstructions by β-VAE")).to_have_count(0)
    page.get_by_role("combobox", name="Runs, side by side").click()
    page.get_by_role("option", name="μ-VAE#2 (Eq. 6)", exact=True).click()
    expect(page.get_by_label("Reconstructions by μ-VAE#2 (Eq. 6)")).to_have_count(1)
    page.keyboard.press("Escape")
    chosen = ["VAE", "μ-VAE#1", "μ-VAE#2", "μ-VAE#2 (Eq. 6)"]
    for title in [*PAGES.values(), "Reconstruct"]:
        page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        settle(page)
        assert browser.choices(page) == ("Fashion-MNIST", chosen)
        assert "dataset=Fashion-MNIST" in page.url
        if title != "Objectives":  # which shows all there are
            assert browser.shown_runs(page) == chosen
    context = chromium.new_context(viewport=size(WIDE))
    context.set_default_timeout(browser.PATIENCE)
    other = context.new_page()
    watch = Watch(other)
    other.goto(page.url)
    settle(other)
    assert browser.choices(other) == ("Fashion-MNIST", chosen)
    assert browser.shown_runs(other) == chosen
    assert np.array_equal(grid(other, "Test images").pictures, grid(page, "Test images").pictures)
    assert watch.problems == []
    context.close()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"dataset": "<script>alert(1)</script>"}),
        ("", {"runs": "nope"}),
        ("", {"choose": "by index", "indices": "999999"}),
        ("", {"choose": "by class", "class": "77", "start": "-1"}),
        ("", {"count": "1e9"}),
        ("sample", {"seed": "-5", "samples": "65"}),
        ("sample", {"sigma-vae": "nan", "source": "\0"}),
        ("traverse", {"dim-0": "99", "strip": "10"}),
        ("traverse", {"from": "a test image", "image": "10000"}),
        ("clusters", {"map": "../../etc", "color": "1e400"}),
        ("training", {"split": "\0", "axes": "nan", "accuracy": "<b>"}),
        ("distributions", {"codes": "77", "arrangement": "../..", "kl-axis": "-1"}),
        ("objectives", {"pen-mu": "nan", "pen-log-var": "1e9", "pen-bound": "<b>"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_hostile_address_is_harmless(
    page: Page, server: Server, path: str, query: dict[str, str]
) -> None:
    open_page(page, server.base, path, **query)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    assert page.get_by_test_id("stException").count() == 0
    told = page.get_by_test_id("stAlertContentError").all_text_contents()
    assert all("past the last image" in text for text in told)
    assert page.evaluate(browser.WIDTHS) == [0, 0]


def samples(page: Page) -> dict[str, bytes]:
    return {
        found.label: found.pictures.tobytes()
        for found in grids(page)
        if found.label.startswith("Samples of")
    }


def test_again_draws_others_and_the_seed_brings_them_back(page: Page, server: Server) -> None:
    open_page(page, server.base, "sample", samples=16)
    first = samples(page)
    page.get_by_role("button", name="Again").click()
    browser.until(page, lambda: "seed=1" in page.url and samples(page) != first)
    second = samples(page)
    assert len(first) == 4
    assert all(first[label] != second[label] for label in first)
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("0")
    seed.press("Enter")
    browser.until(page, lambda: samples(page) != second)
    assert samples(page) == first
    page.goto(f"{server.base}/sample?samples=16&seed=1")
    settle(page)
    assert samples(page) == second


def test_sigma_changes_its_own_run_alone(page: Page, server: Server) -> None:
    open_page(page, server.base, "sample", samples=16)
    before = samples(page)
    sliders = page.get_by_role("slider")
    expect(sliders).to_have_count(4)
    sliders.nth(2).focus()
    sliders.nth(2).press("ArrowRight")
    browser.until(page, lambda: samples(page) != before)
    after = samples(page)
    assert [label for label in before if before[label] != after[label]] == ["Samples of mu-vae-1"]
    assert "sigma-mu-vae-1=3.1" in page.url


def test_slider_moves_one_dimension_and_reset_brings_back(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "traverse")
    before = [found.pictures for found in grids(page)]
    live = "Decoded by mu-vae-2"
    old = grid(page, live).pictures
    slider = page.get_by_role("slider", name="z4")
    slider.focus()
    slider.press("End")
    browser.until(page, lambda: not np.array_equal(grid(page, live).pictures, old))
    for name in PAPER_OBJECTIVES:
        run = runs["mnist"][name]
        code = torch.zeros(LATENT_DIM)
        code[4] = run.objective.traversal
        shown = grid(page, f"Decoded by {name}").pictures
        assert np.array_equal(shown, decoded(run, code[None]))
    page.get_by_role("button", name="Reset").click()
    browser.until(page, lambda: np.array_equal(grid(page, live).pictures, old))
    after = [found.pictures for found in grids(page)]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    assert slider.input_value() == "0"


def test_map_and_colours_are_chosen(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "clusters")
    page.get_by_role("radio", name="UMAP").click()
    shown = [runs["mnist"][name].codes for name in PAPER_OBJECTIVES]
    umap = [codes.umap.tolist() for codes in shown if codes.umap is not None]

    def drawn() -> list[list[list[float]]]:
        return [
            [list(points[index][:2]) for index in range(IMAGES)]
            for points in browser.map_points(page)
        ]

    browser.until(page, lambda: drawn() == umap)
    assert page.locator(".legendtoggle").count() == len(DATASETS["mnist"].classes)
    page.get_by_role("radio", name="reconstruction error").click()
    colors = """() => document.querySelector(".js-plotly-plot")._fullData.map(
      ({ marker }) => Array.isArray(marker.color) || ArrayBuffer.isView(marker.color)
        ? [...marker.color] : [])"""
    errors = [codes.squared_error.tolist() for codes in shown]
    browser.until(page, lambda: page.evaluate(colors) == errors)
    assert drawn() == umap
    assert page.locator(".legendtoggle").count() == 0
    assert page.locator(".js-plotly-plot .colorbar").count() == 1
    browser.assert_sound(page)


def test_box_selects_points_on_a_map(
    page: Page, server: Server, tests: dict[str, Split], runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "clusters")
    points = browser.map_points(page)[1]
    left, right = 0.3, 0.7
    area = page.locator(".nsewdrag").nth(1)
    box = area.bounding_box()
    assert box is not None
    corners = [(box["x"] + at * box["width"], box["y"] + at * box["height"]) for at in (0.3, 0.7)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=5)
    page.mouse.up()
    expect(page.get_by_label("Test images", exact=True)).to_have_count(1)
    settle(page)
    inside = {
        index
        for index, (_, _, x, y) in points.items()
        if left < x / box["width"] < right and left < y / box["height"] < right
    }
    chosen = grid(page, "Test images")
    expect(page.get_by_role("heading", name=f"{len(inside)} selected")).to_be_visible()
    assert set(chosen.indices) <= inside
    assert len(chosen.indices) == min(len(inside), 24)
    assert np.array_equal(chosen.pictures, tests["mnist"].images[chosen.indices].squeeze(1).numpy())
    assert_neighbours(page, chosen.indices[0], list(runs["mnist"].values())[:4])
    tile(page, "Test images", 1).click()
    focus = chosen.indices[1]
    name = f"Nearest to test image {focus} in code space"
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settle(page)
    assert_neighbours(page, focus, list(runs["mnist"].values())[:4])
    browser.assert_sound(page)


def assert_neighbours(page: Page, index: int, runs: list[Run]) -> None:
    for run in runs:
        _, found = nearest(run.codes.mean, run.codes.mean[index], 13)
        assert grid(page, f"Nearest test images in {run.name}").indices == found[1:].tolist()


def test_click_selects_one_point(page: Page, server: Server) -> None:
    open_page(page, server.base, "clusters", dataset="Fashion-MNIST")
    points = browser.map_points(page)[0]
    places = np.array([points[index][2:] for index in range(IMAGES)])
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    index = int(np.sort(apart, axis=1)[:, 1].argmax())  # the one farthest from all others
    area = page.locator(".nsewdrag").first
    area.hover(position={"x": places[index][0], "y": places[index][1]})
    # Plotly takes a click to be on the point that it has found under the pointer, and it looks
    # for that a while after the pointer has come to rest.
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()
    area.click(position={"x": places[index][0], "y": places[index][1]})
    expect(page.get_by_role("heading", name="1 selected")).to_be_visible()
    settle(page)
    assert grid(page, "Test images").indices == [index]


def test_legend_hides_a_class_in_every_map(page: Page, server: Server) -> None:
    open_page(page, server.base, "clusters")
    hidden = """() => document.querySelector(".js-plotly-plot")._fullData
      .filter((trace) => trace.visible !== true).map((trace) => trace.name)"""
    assert page.evaluate(hidden) == []
    page.locator(".legendtoggle").nth(3).click()
    browser.until(page, lambda: page.evaluate(hidden) == ["3"] * 4)
    page.locator(".legendtoggle").nth(3).click()
    browser.until(page, lambda: page.evaluate(hidden) == [])


def test_legend_hides_a_run_in_all_panels(page: Page, server: Server) -> None:
    open_page(page, server.base, "training", split="both")
    hidden = """() => document.querySelector(".js-plotly-plot")._fullData
      .filter((trace) => trace.visible !== true).map((trace) => trace.name)"""
    assert page.locator(".legendtoggle").count() == 4
    page.locator(".legendtoggle").nth(1).click()
    browser.until(page, lambda: page.evaluate(hidden) == ["β-VAE"] * 8)
    assert page.locator(".js-plotly-plot .scatterlayer .js-line").count() == 3 * 8
    page.locator(".legendtoggle").nth(1).click()
    browser.until(page, lambda: page.evaluate(hidden) == [])


def test_pointing_at_a_curve_shows_its_values(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "training")
    area = page.locator(".nsewdrag").first
    box = area.bounding_box()
    assert box is not None
    area.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})  # the second of three
    texts = page.locator(".hoverlayer text")
    expect(texts.first).to_be_visible()
    shown = " ".join(texts.all_text_contents())
    assert "epoch 2" in shown
    for name in PAPER_OBJECTIVES:
        run = runs["mnist"][name]
        value = run.history[1].test.reconstruction
        assert f"{run.objective.label}, test: {value:.5g}" in shown


def test_histograms_go_into_rows(page: Page, server: Server) -> None:
    open_page(page, server.base, "distributions")
    assert page.locator(".js-plotly-plot").first.locator(".nsewdrag").count() == LATENT_DIM
    page.get_by_role("radio", name="rows").click()
    panels = page.locator(".js-plotly-plot").first.locator(".nsewdrag")
    expect(panels).to_have_count(4 * LATENT_DIM)
    settle(page)
    assert len(browser.traces(page)[0]) == 4 * LATENT_DIM
    browser.assert_sound(page)
    page.set_viewport_size(size(PHONE))
    settle(page)
    browser.until(page, lambda: panels.count() == 4 * LATENT_DIM)
    browser.assert_sound(page)


def test_phone_opens_pages_from_the_sidebar(page: Page, server: Server) -> None:
    page.set_viewport_size(size(PHONE))
    open_page(page, server.base)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
    settle(page)
    assert len(samples(page)) == 4
