"""Files taken away in Chromium: really downloaded, opened, and compared with the runs."""

import csv
import io
from pathlib import Path

import browser
import numpy as np
import pytest
import torch
from browser import Server, Watch, open_page
from exported import assert_rows, decoded, opened
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.export.captions import PROJECT
from app.ui.colors import CLASS_COLORS, run_color
from app.views.traverse.widget import STEPS
from muvae import Run
from muvae.analysis.latent import traverse

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

DARK_PHONE = {
    "viewport": browser.PHONE,
    "color_scheme": "dark",
    "has_touch": True,
    "device_scale_factor": 2,
}
Runs = dict[str, dict[str, Run]]


def opener(page: Page) -> Locator:
    """The button that opens the downloads, the same on every page."""
    return page.get_by_test_id("stPopover").get_by_role("button", name="Download")


def buttons(page: Page) -> Locator:
    return page.locator(".downloads li button")


def show(page: Page) -> None:
    """Open the downloads, by keyboard, as anybody can."""
    opener(page).focus()
    page.keyboard.press("Enter")
    expect(buttons(page).first).to_be_visible()


def take(page: Page, words: str) -> tuple[str, bytes]:
    """Click the one whose name and kind are these; the file's name, and what is in it."""
    with page.expect_download() as download:
        page.get_by_role("button", name=words, exact=True).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def colored(picture: Image.Image, color: str) -> int:
    """How many of a picture's pixels have a colour, about."""
    pixels = np.asarray(picture.convert("RGB"), np.int16)
    wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=2) <= 3).sum())


@pytest.mark.parametrize("page", [None, DARK_PHONE], ids=["wide", "phone"], indirect=True)
def test_a_sweep_is_taken_away(page: Page, server: Server, runs: Runs) -> None:
    open_page(page, server.base, "traverse", strip="z3")
    show(page)
    size = page.viewport_size
    assert size
    for button in buttons(page).all():
        box = button.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]
        assert box["height"] >= 36
    browser.assert_sound(page)

    run = runs["mnist"]["mu-vae-1"]
    ends = run.objective.traversal
    codes = traverse(torch.zeros(10), 3, torch.linspace(-ends, ends, STEPS))
    images = decoded(run, codes)
    told = "-vae-beta-vae-mu-vae-1-mu-vae-2"
    name, data = take(page, "The strips of z3 PNG")
    assert name == f"muvae-mnist-traverse-strips-z3{told}.png"
    assert_rows(data, [images[::13]], scale=2)
    assert opened(data).info["Description"].endswith(PROJECT)
    name, data = take(page, "The sweep of z3 GIF")
    assert name == f"muvae-mnist-traverse-sweep-z3{told}.gif"
    animation = opened(data)
    # Pillow's stubs know it of some formats only; GIF's class has it.
    assert animation.n_frames == 2 * STEPS - 2  # type: ignore[attr-defined]
    animation.seek(STEPS - 1)
    assert_rows(animation, [images[-1:]], scale=6)
    name, data = take(page, "The codes of z3's sweep CSV")
    rows = [row for row in csv.DictReader(io.StringIO(data.decode())) if row["run"] == run.name]
    sent = np.array([[row[f"z_{at}"] for at in range(10)] for row in rows], np.float32)
    np.testing.assert_array_equal(sent, codes)
    name, data = take(page, "Its codes and images NPZ")
    assert name.endswith(f"{told}.npz")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["mu-vae-1_images"], images)


@pytest.mark.parametrize("page", [None, DARK_PHONE], ids=["wide", "phone"], indirect=True)
def test_a_chart_is_taken_as_it_is_seen_with_a_caption(page: Page, server: Server) -> None:
    open_page(page, server.base, "training", axes="log")
    show(page)
    name, data = take(page, "The curves PNG")
    assert name.startswith("muvae-mnist-training-curves")
    picture = opened(data)
    assert picture.info["Title"] == "Training · MNIST"
    assert "measured on test images · log axes" in picture.info["Description"]
    chart = page.locator(".js-plotly-plot").bounding_box()
    assert chart
    assert picture.width >= 2 * chart["width"]
    assert picture.height >= 2 * chart["height"] + 100  # title and caption
    for position in range(4):
        assert colored(picture, run_color(position)) > 50
    ground = np.asarray(picture.convert("L"))[0, 0]
    assert (ground > 128) == (browser.theme(page) == "light")


def test_maps_are_taken_with_their_selection_and_legend(page: Page, server: Server) -> None:
    open_page(page, server.base, "clusters", points="3.14.15")
    page.get_by_test_id("class-7").click()  # hides it
    show(page)
    picture = opened(take(page, "The maps as they are shown PNG")[1])
    assert "t-SNE map by class" in picture.info["Description"]
    assert picture.info["Description"].endswith("3 selected")
    canvas = browser.map_canvas(page, "vae").bounding_box()
    assert canvas
    assert picture.width >= 2 * 2 * canvas["width"]
    assert colored(picture, CLASS_COLORS[7]) == 0
    for label in (3, 4, 5):  # the selected images' classes
        assert colored(picture, CLASS_COLORS[label]) > 4 * 20
    _, data = take(page, "Codes of the selected images CSV")
    assert [row["index"] for row in csv.DictReader(io.StringIO(data.decode()))][:3] == [
        "3",
        "14",
        "15",
    ]


def test_planes_are_taken_as_they_are_shown(page: Page, server: Server) -> None:
    open_page(page, server.base, "toy_plane", enlarge="Tanh · ELBO")
    show(page)
    picture = opened(take(page, "The planes as they are shown PNG")[1])
    assert "the toy runs of Figure 1" in picture.info["Description"]
    assert "marked z = (0.00, 0.00)" in picture.info["Description"]
    assert colored(picture, CLASS_COLORS[0]) > 20


def test_what_fails_is_one_sentence(page: Page, server: Server, window: tuple[Page, Watch]) -> None:
    open_page(page, server.base, "sample")
    show(page)
    page.route("**/download/**", lambda route: route.fulfill(status=409, body="It is gone."))
    page.get_by_role("button", name="The samples PNG", exact=True).click()
    problem = page.locator(".downloads [role=alert]")
    expect(problem).to_have_text("The samples cannot be saved: It is gone.")
    expect(buttons(page).first).to_be_enabled()
    page.unroute("**/download/**")
    window[1].problems.clear()  # the browser says of a 409 that it is one
    take(page, "The samples PNG")
    expect(problem).to_be_empty()
