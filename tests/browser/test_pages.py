"""The app in Chromium: every page on both datasets, and what people do on it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import browser
import looks
import numpy as np
import pytest
import torch
from browser import Server, Watch, grid, grids, open_page, settle, tile, visit
from numpy.typing import NDArray
from paper_metrics import paper_metrics
from playwright.sync_api import Browser, Page, expect
from served import IMAGES, LATENT_DIM, write_checkpoints

from app.pages import PAGES, page_path
from app.views.arithmetic.examples import EXAMPLES
from muvae import DATASETS, OBJECTIVES, Measurement, Run, Split
from muvae.analysis.latent import sample_prior, standard_noise
from muvae.analysis.metrics import kl_per_dimension
from muvae.objectives import PAPER_OBJECTIVES
from muvae.replication.paper import TABLE_1
from muvae.runs.writing import write_metrics

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

titles = {page.name: page.title for page in PAGES}
WIDE, PHONE = (1440, 900), (390, 844)
Pictures = NDArray[np.uint8]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with all that the Results page tells of them, each with accuracies of its own."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_checkpoints(folder, toy=True)
    for dataset in DATASETS:
        for position, name in enumerate(OBJECTIVES):
            accuracies = {
                "test_accuracy_sampled": Measurement(0.9 + position / 173),
                "test_accuracy_mean": Measurement(0.8 + position / 97),
            }
            write_metrics(folder / dataset / name, paper_metrics(dataset, name) | accuracies)
    return folder


def size(pair: tuple[int, int]) -> Any:
    return {"width": pair[0], "height": pair[1]}


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
        expected = decoded(run, sample_prior(noise, run.objective.sample_std)).astype(int)
        shown = browser.canvas(page.get_by_test_id(f"samples-{run.name}"))
        tiles = shown.reshape(8, 28, 8, 28).swapaxes(1, 2).reshape(64, 28, 28)
        assert np.abs(tiles - expected).max() <= 1


def check_traverse(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    for run in runs:
        live = browser.canvas(page.get_by_test_id(f"live-{run.name}"))
        assert np.abs(live - decoded(run, torch.zeros(1, LATENT_DIM))[0].astype(int)).max() <= 1
        assert page.get_by_test_id(f"strip-{run.name}").get_attribute("data-ready")


def check_clusters(page: Page, test: Split, runs: list[Run]) -> None:
    for run in runs:
        tsne = run.codes.tsne
        assert tsne is not None
        assert len(tsne) == len(test)
        pixels = browser.map_colors(page, run.name)
        for x, y in browser.map_places(page, run.name, tsne.numpy()).round().astype(int):
            assert np.abs(pixels[y, x] - pixels[0, 0]).max() > 24, "a point is not drawn"


def check_live(page: Page, run: Run, code: torch.Tensor) -> None:
    live = browser.canvas(page.get_by_test_id(f"live-{run.name}"))
    assert np.abs(live - decoded(run, code[None])[0].astype(int)).max() <= 1


def check_interpolate(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    for run in runs:
        check_live(page, run, run.codes.mean[:2].mean(0))


def check_arithmetic(page: Page, test: Split, runs: list[Run]) -> None:
    for run in runs:
        mean = run.codes.mean
        _, b, c = EXAMPLES[run.config.dataset][0].terms
        taken, added = (mean[test.labels == term.number].mean(0) for term in (b, c))
        check_live(page, run, mean[-1] - taken + added)  # the example's image is beyond the last


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


def check_results(page: Page, test: Split, runs: list[Run]) -> None:
    """Table 1's figures are the runs'; a table that is wider than the page scrolls in its box."""
    del test
    rows = page.get_by_role("table").first.get_by_role("row").all()[1:]
    assert len(rows) == len(runs)
    for row, run in zip(rows, runs, strict=True):
        paper = TABLE_1[run.config.dataset][run.name]
        sampled, means = (
            100 * run.metrics[f"test_accuracy_{of}"].value for of in ("sampled", "mean")
        )
        expected = [run.objective.label, f"{paper:.2f}", f"{sampled:.1f}"]
        expected += [f"{sampled - paper:+.1f}", f"{means:.2f}", "one seed"]
        assert row.get_by_role("cell").all_text_contents() == expected
    boxes = page.locator("[class*='st-key-wide-']")
    sizes = boxes.evaluate_all("boxes => boxes.map((box) => [box.clientWidth, box.scrollWidth])")
    assert len(sizes) == 2
    if page.viewport_size == size(PHONE):
        for box, (width, full) in zip(boxes.all(), sizes, strict=True):
            assert width < full
            assert box.evaluate("box => { box.scrollLeft = 1e4; return box.scrollLeft }") > 0
            box.evaluate("box => { box.scrollLeft = 0 }")


def check_objectives(page: Page, test: Split, runs: list[Run]) -> None:
    del test
    assert page.locator(".katex-error").count() == 0
    for run in runs:
        column = page.get_by_role("columnheader", name=run.objective.label, exact=True)
        expect(column).to_be_visible()
        error = f"{run.metrics['test_reconstruction_mean'].value:.2f}"
        expect(page.get_by_role("table").filter(has=column)).to_contain_text(error)


CHECKS = {
    "reconstruct": check_reconstruct,
    "sample": check_sample,
    "traverse": check_traverse,
    "clusters": check_clusters,
    "interpolate": check_interpolate,
    "arithmetic": check_arithmetic,
    "training": check_training,
    "distributions": check_distributions,
    "results": check_results,
    "objectives": check_objectives,
}


@pytest.fixture(scope="module")
def observed(chromium: Browser) -> Iterator[Callable[[tuple[int, int], str], tuple[Page, Watch]]]:
    """Gives a window of a size, in which it is seen what jumps."""
    opened: dict[tuple[int, int], tuple[Page, Watch]] = {}
    with contextlib.ExitStack() as stack:

        def window(pair: tuple[int, int], scheme: str) -> tuple[Page, Watch]:
            if pair not in opened:
                options = {"viewport": size(pair), "color_scheme": scheme}
                opened[pair] = stack.enter_context(browser.own_window(chromium, **options))
                opened[pair][0].add_init_script(looks.JUMPS)
            return opened[pair]

        yield window


@pytest.mark.parametrize("window_size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("page_name", [page.name for page in PAGES])
def test_page_shows_what_the_runs_hold_and_looks_sound(
    observed: Callable[[tuple[int, int], str], tuple[Page, Watch]],
    server: Server,
    tests: dict[str, Split],
    runs: dict[str, dict[str, Run]],
    page_name: str,
    window_size: tuple[int, int],
    request: pytest.FixtureRequest,
) -> None:
    """One visit for all: what is shown, axe-core, jumps, overlaps.

    Of one dataset in the wide window, in both themes; of the other on the phone, in the dark.
    """
    wide = window_size == WIDE
    dataset = list(DATASETS)[0 if wide else 1]
    schemes = ["light", "dark"] if wide else ["dark", "light"]
    page, watch = observed(window_size, schemes[0])
    page.emulate_media(color_scheme=schemes[0])  # type: ignore[arg-type]
    open_page(page, server.base, page_path(page_name), dataset=DATASETS[dataset].title)
    # First: a screenshot of the whole page moves things too.
    assert looks.jumps(page) <= looks.MOST_JUMPS
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[page_name])
    if check := CHECKS.get(page_name):
        check(page, tests[dataset], [runs[dataset][name] for name in PAPER_OBJECTIVES])
    browser.shoot(page, f"{request.path.stem}-{request.node.name}")
    looks.assert_accessible(page, schemes[0])
    if wide:
        looks.assert_contrasts(page, schemes[1])
    assert watch.problems == []
    assert server.tracebacks() == ""


def test_what_jumps_is_seen(
    observed: Callable[[tuple[int, int], str], tuple[Page, Watch]], server: Server
) -> None:
    page, _ = observed(WIDE, "light")
    open_page(page, server.base, "results")
    before = looks.jumps(page)
    content = page.get_by_test_id("stMainBlockContainer")
    content.evaluate("main => { main.firstElementChild.style.marginTop = '300px' }")
    browser.until(page, lambda: looks.jumps(page) > before + 0.05)


def test_axe_finds_what_is_wrong(page: Page, server: Server) -> None:
    visit(page, server.base, "results")
    assert looks.violations(page) == []
    paragraph = page.get_by_test_id("stMain").locator("p").first
    paragraph.evaluate("paragraph => { paragraph.style.color = '#ccc' }")
    paragraph.evaluate("it => it.before(document.createElement('h6'), 'low')")
    page.locator("h6").evaluate("heading => { heading.textContent = 'A heading' }")
    found = {line.partition(":")[0] for line in looks.violations(page)}
    assert found == {"color-contrast", "heading-order"}
    assert [it.partition(":")[0] for it in looks.violations(page, looks.COLORS)] == [
        "color-contrast"
    ]


def test_picked_image_is_shown_in_detail(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    visit(page, server.base, dataset="Fashion-MNIST")
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
    page: Page, other: Page, server: Server
) -> None:
    open_page(page, server.base)
    browser.choose_dataset(page, "Fashion-MNIST")
    browser.until(page, lambda: "dataset=Fashion-MNIST" in page.url)
    page.get_by_role("button", name="Remove β-VAE").click()
    expect(page.get_by_label("Reconstructions by β-VAE")).to_have_count(0)
    page.get_by_role("combobox", name="Runs, side by side").click()
    page.get_by_role("option", name="μ-VAE#2 (Eq. 6)", exact=True).click()
    expect(page.get_by_label("Reconstructions by μ-VAE#2 (Eq. 6)")).to_have_count(1)
    page.keyboard.press("Escape")
    chosen = ["VAE", "μ-VAE#1", "μ-VAE#2", "μ-VAE#2 (Eq. 6)"]
    for title in [*titles.values(), "Reconstruct"]:
        page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        settle(page)
        assert browser.choices(page) == ("Fashion-MNIST", chosen)
        assert "dataset=Fashion-MNIST" in page.url
        if title not in ("Results", "Toy plane", "Objectives"):  # which show all there are
            assert browser.shown_runs(page) == chosen
    other.goto(page.url)
    settle(other)
    assert browser.choices(other) == ("Fashion-MNIST", chosen)
    assert browser.shown_runs(other) == chosen
    assert np.array_equal(grid(other, "Test images").pictures, grid(page, "Test images").pictures)


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
        ("traverse", {"z": "99", "strip": "10", "pad": "<b>"}),
        ("traverse", {"from": "a test image", "image": "10000"}),
        ("clusters", {"map": "../../etc", "color": "1e400"}),
        ("interpolate", {"way": "\0", "steps": "41", "start-image": "-1", "end-kind": "<b>"}),
        ("arithmetic", {"a-kind": "1e400", "b-mean": "nan", "c-image": "10000", "clip": "x"}),
        ("training", {"split": "\0", "axes": "nan", "accuracy": "<b>"}),
        ("distributions", {"codes": "77", "arrangement": "../..", "kl-axis": "-1"}),
        ("objectives", {"pen-mu": "nan", "pen-log-var": "1e9", "pen-bound": "<b>"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_hostile_address_is_harmless(
    page: Page, server: Server, path: str, query: dict[str, str]
) -> None:
    visit(page, server.base, path, **query)
    expect(page.get_by_role("heading", level=1)).to_have_text(titles[path or "reconstruct"])
    assert page.get_by_test_id("stException").count() == 0
    told = page.get_by_test_id("stAlertContentError").all_text_contents()
    assert all("past the last image" in text for text in told)
    assert page.evaluate(browser.WIDTHS) == [0, 0]


def samples(page: Page) -> dict[str, bytes]:
    return {
        name: browser.canvas(page.get_by_test_id(f"samples-{name}")).tobytes()
        for name in PAPER_OBJECTIVES
    }


def test_again_draws_others_and_the_seed_brings_them_back(page: Page, server: Server) -> None:
    visit(page, server.base, "sample", samples=16)
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
    visit(page, server.base, "sample", samples=16)
    before = samples(page)
    expect(page.get_by_role("slider")).to_have_count(4)
    page.get_by_test_id("sigma-mu-vae-1").press("ArrowRight")
    browser.until(page, lambda: "sigma-mu-vae-1=3.1" in page.url)
    after = samples(page)
    assert [name for name in before if before[name] != after[name]] == ["mu-vae-1"]


def test_sigma_is_live_while_it_is_dragged_and_the_server_hears_nothing(
    page: Page, server: Server
) -> None:
    visit(page, server.base, "sample", samples=16, **{"one-sigma": "true"})
    slider = page.get_by_role("slider", name="σ of all")
    box = slider.bounding_box()
    assert box is not None
    seen = [samples(page)]
    asked: list[str] = []
    page.mouse.move(box["x"] + box["width"] / 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.on("request", lambda request: asked.append(request.url))
    for share in (0.3, 0.5, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        browser.until(page, lambda: all(samples(page)[name] != seen[-1][name] for name in seen[0]))
        seen.append(samples(page))
    assert asked == []
    page.mouse.up()
    browser.until(page, lambda: "sigma=" in page.url)


def test_legend_hides_a_run_in_all_panels(page: Page, server: Server) -> None:
    visit(page, server.base, "training", split="both")
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
    visit(page, server.base, "training")
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
    visit(page, server.base, "distributions")
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
