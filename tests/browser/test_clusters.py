"""Clusters in Chromium: linked maps on canvases, what is pointed at and selected on them."""

import re
from typing import Any

import browser
import matplotlib as mpl
import numpy as np
import pytest
import torch
from browser import Server, Watch, grid, map_colors, map_places, open_page, settle, tile, until
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, FloatRect, Page, expect
from served import IMAGES

from muvae import DATASETS, Run, Split
from muvae.analysis.latent import nearest
from muvae.colors import CLASS_COLORS
from muvae.objectives import PAPER_OBJECTIVES

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

FINGER = {"viewport": browser.PHONE, "has_touch": True}
Places = NDArray[np.float64]


@pytest.fixture(scope="module")
def maps(runs: dict[str, dict[str, Run]]) -> dict[str, NDArray[np.float32]]:
    """The t-SNE maps of MNIST's four runs."""
    found = {}
    for name in PAPER_OBJECTIVES:
        tsne = runs["mnist"][name].codes.tsne
        assert tsne is not None
        found[name] = tsne.numpy()
    return found


def box_of(page: Page, run: str) -> FloatRect:
    """Where a run's map is in the window, brought there."""
    canvas = browser.map_canvas(page, run)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return box


def in_window(page: Page, run: str, points: NDArray[np.float32]) -> Places:
    """Where points of a run's map are in the window [N,2]."""
    box = box_of(page, run)
    return np.array([box["x"], box["y"]]) + map_places(page, run, points)


def apart(places: Places) -> list[int]:
    """The points in order of their distance to their nearest neighbours, the farthest first."""
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    order: list[int] = np.sort(distances, axis=1)[:, 1].argsort()[::-1].tolist()
    return order


def channels(color: str) -> NDArray[np.int64]:
    """The channels of a colour as #rrggbb."""
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])


def marks(page: Page) -> list[tuple[int, float, float]]:
    """The marks on the maps: test image, and the place in the map in CSS pixels."""
    found: list[list[float]] = page.locator(".stage > .mark").evaluate_all(
        """marks => marks.filter((mark) => !mark.hidden).map((mark) => {
          const { e, f } = new DOMMatrix(getComputedStyle(mark).transform)
          return [Number(mark.dataset.index), e, f]
        })"""
    )
    return [(int(index), left, top) for index, left, top in found]


def assert_card(page: Page, index: int, test: Split, runs: dict[str, Run]) -> None:
    """The card shows a test image, and within a grey level what torch makes of its codes."""
    card = page.get_by_test_id("card")
    expect(card).to_have_attribute("data-index", str(index))
    expect(card.locator(".value").filter(has_text="error")).to_have_count(len(PAPER_OBJECTIVES))
    expect(card.locator(".title")).to_have_text(f"Test image {index}: {int(test.labels[index])}")
    original = browser.canvas(card.locator("canvas").first)
    assert np.array_equal(original, test.images[index, 0].numpy())
    for name in PAPER_OBJECTIVES:
        run = runs[name]
        with torch.inference_mode():
            expected = run.vae.decode(run.codes.mean[index][None]).mul(255)[0, 0].numpy()
        shown = browser.canvas(page.get_by_test_id(f"live-{name}"))
        assert np.abs(shown - expected).max() <= 1
        figure = card.locator("figure").filter(has_text=run.objective.label).first
        expect(figure).to_contain_text(f"error {run.codes.squared_error[index]:.1f}")
    box = card.bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]


def assert_neighbours(page: Page, index: int, runs: dict[str, Run]) -> None:
    for name in PAPER_OBJECTIVES:
        means = runs[name].codes.mean
        _, found = nearest(means, means[index], 13)
        assert grid(page, f"Nearest test images in {name}").indices == found[1:].tolist()


def selected(page: Page, count: int) -> None:
    """Wait until that many points are selected, in the maps and below them."""
    expect(page.locator(".maps .count")).to_have_text(f"{count} selected" if count else "")
    if count:
        heading = page.get_by_role("heading", name=f"{count} selected")
        expect(heading).to_be_visible()
    else:
        expect(page.get_by_text("Nothing is selected yet")).to_be_visible()
    settle(page)


def lone(page: Page, run: str, points: NDArray[np.float32]) -> tuple[int, float, float]:
    """The point farthest from all others on a map, and where it is in the window."""
    places = in_window(page, run, points)
    index = apart(places)[0]
    return index, *places[index].tolist()


def test_points_lie_where_the_codes_map_them_in_their_classes_colours(
    page: Page, server: Server, maps: dict[str, NDArray[np.float32]], tests: dict[str, Split]
) -> None:
    open_page(page, server.base, "clusters")
    for name, points in maps.items():
        pixels = map_colors(page, name)
        places = map_places(page, name, points)
        for index in apart(places)[: IMAGES // 2]:
            x, y = places[index].round().astype(int)
            color = channels(CLASS_COLORS[int(tests["mnist"].labels[index])])
            expected = 0.8 * color + 0.2 * pixels[0, 0]
            assert np.abs(pixels[y, x] - expected).max() <= 3, (name, index)


def test_pointing_shows_the_image_and_marks_it_in_every_map_without_a_word_to_the_server(
    page: Page,
    server: Server,
    maps: dict[str, NDArray[np.float32]],
    tests: dict[str, Split],
    runs: dict[str, dict[str, Run]],
) -> None:
    said: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: said.append("frame")))
    open_page(page, server.base, "clusters")
    page.on("request", lambda request: said.append(request.url))
    places = in_window(page, "beta-vae", maps["beta-vae"])
    said.clear()
    for index in apart(places)[:3]:
        page.mouse.move(*places[index] + [3, -4])
        assert_card(page, index, tests["mnist"], runs["mnist"])
        expected = [map_places(page, name, maps[name])[index] for name in maps]
        shown = marks(page)
        assert [mark[0] for mark in shown] == [index] * len(maps)
        assert np.array([mark[1:] for mark in shown]) == pytest.approx(np.array(expected), abs=0.1)
    page.mouse.move(5, 5)
    expect(page.get_by_test_id("card")).to_be_hidden()
    until(page, lambda: marks(page) == [])
    assert said == []


def test_wheel_drag_and_keys_move_one_map_and_a_double_click_brings_it_back(
    page: Page, server: Server, maps: dict[str, NDArray[np.float32]]
) -> None:
    open_page(page, server.base, "clusters")
    index, x, y = lone(page, "vae", maps["vae"])
    page.wait_for_timeout(400)  # the page may have been scrolled, and a wheel goes on with that

    def all_places() -> dict[str, Places]:
        return {name: map_places(page, name, points) for name, points in maps.items()}

    home = all_places()

    def scale() -> float:
        size = np.ptp(all_places()["vae"], axis=0) / np.ptp(home["vae"], axis=0)
        assert size[0] == pytest.approx(size[1])
        return float(size[0])

    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    until(page, lambda: scale() > 1.5)
    now = all_places()
    assert now["vae"][index] == pytest.approx(home["vae"][index], abs=0.5)
    assert all(np.array_equal(now[name], home[name]) for name in maps if name != "vae")
    page.mouse.down()
    page.mouse.move(x - 40, y + 25, steps=4)
    page.mouse.up()
    until(page, lambda: not np.array_equal(all_places()["vae"], now["vae"]))
    assert all_places()["vae"][index] == pytest.approx(now["vae"][index] + [-40, 25], abs=0.5)
    assert page.locator(".maps .count").text_content() == ""
    page.mouse.dblclick(x - 40 + 60, y + 25)
    until(page, lambda: bool(np.allclose(all_places()["vae"], home["vae"])))
    page.get_by_test_id("map-vae").focus()
    page.keyboard.press("+")
    until(page, lambda: scale() == pytest.approx(1.25))
    before = all_places()["vae"]
    page.keyboard.press("ArrowRight")
    until(page, lambda: all_places()["vae"][0, 0] < before[0, 0])
    page.keyboard.press("0")
    until(page, lambda: bool(np.allclose(all_places()["vae"], home["vae"])))
    browser.map_canvas(page, "vae").press("Escape")


def test_a_lasso_selects_what_is_inside_and_the_selection_is_kept(
    page: Page,
    server: Server,
    maps: dict[str, NDArray[np.float32]],
    tests: dict[str, Split],
    runs: dict[str, dict[str, Run]],
) -> None:
    open_page(page, server.base, "clusters")
    box = box_of(page, "beta-vae")
    shares = map_places(page, "beta-vae", maps["beta-vae"]) / [box["width"], box["height"]]
    inside = np.flatnonzero(((shares > 0.3) & (shares < 0.7)).all(axis=1)).tolist()
    assert len(inside) > 2
    page.get_by_role("button", name="Lasso").click()
    corners = [
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Lasso").click()
    selected(page, len(inside))
    chosen = grid(page, "Test images")
    assert chosen.indices == inside[:24]
    assert np.array_equal(chosen.pictures, tests["mnist"].images[chosen.indices].squeeze(1).numpy())
    assert_neighbours(page, inside[0], runs["mnist"])
    tile(page, "Test images", 1).click()
    name = f"Nearest to test image {inside[1]} in code space"
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settle(page)
    assert_neighbours(page, inside[1], runs["mnist"])
    browser.assert_sound(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Clusters").click()
    selected(page, len(inside))
    # What is not selected is faint.
    pixels, places = map_colors(page, "vae"), map_places(page, "vae", maps["vae"])
    for index in apart(places)[:20]:
        x, y = places[index].round().astype(int)
        color = channels(CLASS_COLORS[int(tests["mnist"].labels[index])])
        share = 1 if index in inside else 0.22
        expected = share * color + (1 - share) * pixels[0, 0]
        assert np.abs(pixels[y, x] - expected).max() <= 4
    page.get_by_test_id("map-vae").press("Escape")
    selected(page, 0)


def test_clicks_and_enter_select_points_which_can_be_sent_to_other_pages(
    page: Page, server: Server, maps: dict[str, NDArray[np.float32]]
) -> None:
    open_page(page, server.base, "clusters")
    places = in_window(page, "vae", maps["vae"])
    first, second = apart(places)[:2]
    page.mouse.click(*places[first])
    selected(page, 1)
    page.keyboard.down("Control")
    page.mouse.click(*places[second])
    page.keyboard.up("Control")
    selected(page, 2)
    assert grid(page, "Test images").indices == [first, second]
    page.get_by_role("button", name="Send to Traverse").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Traverse")
    settle(page)
    expect(page.get_by_role("radio", name="a test image")).to_be_checked()
    expect(page.get_by_role("spinbutton", name="Test image")).to_have_value(str(first))
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Clusters").click()
    selected(page, 2)
    page.get_by_role("button", name="Send to Interpolate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Interpolate")
    settle(page)
    numbers = [box.input_value() for box in page.get_by_role("spinbutton", name="Number").all()]
    assert numbers == [str(first), str(second)]
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Clusters").click()
    selected(page, 2)
    page.get_by_role("button", name="Clear selection").click()
    selected(page, 0)
    browser.map_canvas(page, "vae").press("Enter")
    selected(page, 1)
    box = box_of(page, "vae")
    middle = np.array([box["width"], box["height"]]) / 2
    distances = np.linalg.norm(map_places(page, "vae", maps["vae"]) - middle, axis=1)
    assert grid(page, "Test images").indices == [int(distances.argmin())]


def test_the_legend_switches_classes_in_every_map(
    page: Page, server: Server, maps: dict[str, NDArray[np.float32]], tests: dict[str, Split]
) -> None:
    open_page(page, server.base, "clusters")
    labels = tests["mnist"].labels.numpy()
    places = {name: map_places(page, name, maps[name]) for name in maps}
    lonely = {name: apart(places[name])[:20] for name in maps}

    def shown(name: str) -> set[int]:
        """The classes of those of the 20 most lonely points that are drawn."""
        pixels = map_colors(page, name)
        spots = {index: places[name][index].round().astype(int) for index in lonely[name]}
        drawn = [i for i, (x, y) in spots.items() if np.abs(pixels[y, x] - pixels[0, 0]).max() > 24]
        return {int(labels[index]) for index in drawn}

    everything = {name: {int(labels[index]) for index in lonely[name]} for name in maps}
    assert {name: shown(name) for name in maps} == everything
    label = int(labels[lonely["vae"][0]])
    button = page.get_by_test_id(f"class-{label}")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    until(page, lambda: all(shown(name) == everything[name] - {label} for name in maps))
    expect(button).to_have_attribute("aria-pressed", "false")
    x, y = in_window(page, "vae", maps["vae"])[lonely["vae"][0]]
    page.mouse.move(x, y)
    page.mouse.move(x, y + 1)
    page.wait_for_timeout(100)
    assert page.get_by_test_id("card").get_attribute("data-index") != str(lonely["vae"][0])
    button.click()
    until(page, lambda: all(shown(name) == everything[name] for name in maps))
    button.dblclick()
    until(page, lambda: all(shown(name) == everything[name] & {label} for name in maps))
    page.get_by_role("button", name="Show all").click()
    until(page, lambda: all(shown(name) == everything[name] for name in maps))


def test_errors_and_norms_colour_the_points_on_one_scale(
    page: Page,
    server: Server,
    maps: dict[str, NDArray[np.float32]],
    runs: dict[str, dict[str, Run]],
) -> None:
    open_page(page, server.base, "clusters")
    shown = {name: runs["mnist"][name] for name in maps}
    errors = {name: run.codes.squared_error.numpy() for name, run in shown.items()}
    norms = {}
    for name, run in shown.items():
        sizes = run.codes.mean.norm(dim=1).numpy()
        norms[name] = sizes / (run.config.latent.bound or sizes.max())
    viridis = mpl.colormaps["viridis"]
    expect(page.locator(".maps .bar")).to_be_hidden()
    for choice, values in (("reconstruction error", errors), ("code norm", norms)):
        page.get_by_role("radio", name=choice).click()
        expect(page).to_have_url(re.compile(choice.replace(" ", r"\+")))
        settle(page)
        together = np.concatenate(list(values.values()))
        low, high = together.min(), np.quantile(together, 0.99, method="nearest")
        ticks = page.locator(".maps .bar .ticks span").all_text_contents()
        assert float(ticks[0]) == pytest.approx(low, abs=0.51)
        assert float(ticks[-1].removeprefix("≥ ")) == pytest.approx(high, abs=0.51)
        for name, points in maps.items():
            pixels, places = map_colors(page, name), map_places(page, name, points)
            for index in apart(places)[:20]:
                x, y = places[index].round().astype(int)
                share = min(1, (values[name][index] - low) / (high - low))
                color = 255 * np.array(viridis(0.88 * share)[:3])  # its part for light pages
                expected = 0.8 * color + 0.2 * pixels[0, 0]
                assert np.abs(pixels[y, x] - expected).max() <= 8
    browser.assert_sound(page)


def test_thumbnails_are_the_test_images_and_do_not_overlap(
    page: Page, server: Server, maps: dict[str, NDArray[np.float32]], tests: dict[str, Split]
) -> None:
    open_page(page, server.base, "clusters", draw="thumbnails")
    for name, points in maps.items():
        pixels, places = map_colors(page, name), map_places(page, name, points)
        kept: list[int] = []  # the first first, each where none before it is in its way
        for index, place in enumerate(places):
            if all(np.abs(places[other] - place).max() >= 29 for other in kept):
                kept.append(index)
        likenesses = []
        for index in kept:
            x, y = (places[index] - 14).round().astype(int)
            block = pixels[y : y + 28, x : x + 28].mean(axis=2) if min(x, y) >= 0 else pixels[:0]
            if block.shape == (28, 28):  # not cut off by the map's edge
                image = tests["mnist"].images[index, 0].numpy()
                likenesses.append(np.corrcoef(block.ravel(), image.ravel())[0, 1])
        assert len(likenesses) > 8
        assert max(likenesses) < -0.98  # dark ink on light paper


def touch(session: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(places)]
    session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


@pytest.mark.parametrize("page", [FINGER], ids=["phone"], indirect=True)
def test_fingers_tap_pinch_and_lasso(
    page: Page,
    server: Server,
    maps: dict[str, NDArray[np.float32]],
    tests: dict[str, Split],
    runs: dict[str, dict[str, Run]],
) -> None:
    open_page(page, server.base, "clusters")
    session = page.context.new_cdp_session(page)
    index, x, y = lone(page, "mu-vae-1", maps["mu-vae-1"])
    touch(session, "Start", (x, y))
    touch(session, "End")
    assert_card(page, index, tests["mnist"], runs["mnist"])
    selected(page, 1)
    x, y = in_window(page, "mu-vae-1", maps["mu-vae-1"])[index]
    before = map_places(page, "mu-vae-1", maps["mu-vae-1"])
    box = box_of(page, "mu-vae-1")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(session, "Start", (x - 30, y), (x + 30, y))
    for step in range(1, 7):
        touch(session, "Move", (x - 30 - 5 * step, y), (x + 30 + 5 * step, y))
    touch(session, "End")
    settle(page)
    after = map_places(page, "mu-vae-1", maps["mu-vae-1"])
    assert np.ptp(after, axis=0) == pytest.approx(2 * np.ptp(before, axis=0), rel=0.02)
    middle = np.array([box["width"], box["height"]]) / 2
    assert after - middle == pytest.approx(2 * (before - middle), abs=2)
    page.get_by_role("button", name="Whole maps").click()
    page.get_by_role("button", name="Lasso").click()
    box = box_of(page, "mu-vae-1")
    corners = [(x, y) for x in (0.05, 0.95) for y in (0.05, 0.95)]
    outline = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in corners]
    outline[2:] = outline[:1:-1]
    touch(session, "Start", outline[0])
    for corner in outline[1:]:
        touch(session, "Move", corner)
    touch(session, "End")
    shares = map_places(page, "mu-vae-1", maps["mu-vae-1"]) / [box["width"], box["height"]]
    selected(page, int(((shares > 0.05) & (shares < 0.95)).all(axis=1).sum()))
    browser.assert_sound(page)


def test_a_map_that_does_not_come_says_so_and_hurts_no_other(
    page: Page, window: tuple[Page, Watch], server: Server
) -> None:
    refuse: dict[str, Any] = {"status": 404, "body": "vae has no part 'map-umap.bin'."}
    page.route("**/vae/map-umap.bin*", lambda route: route.fulfill(**refuse))
    open_page(page, server.base, "clusters", map="UMAP", dataset=DATASETS["mnist"].title)
    note = page.locator(".map").filter(has_text="VAE").locator(".note").first
    expect(note).to_have_text("VAE cannot be shown: vae has no part 'map-umap.bin'.")
    for name in PAPER_OBJECTIVES[1:]:
        browser.map_canvas(page, name)
    page.unroute("**/vae/map-umap.bin*")
    window[1].problems.clear()
