"""Datasets of one's own in Chromium: as many classes as they have, and runs that come unasked."""

import shutil
from pathlib import Path

import browser
import pytest
import torch
from browser import Server, open_page, until
from own import own_spec, write_own
from playwright.sync_api import Page, expect

from app.data import toy_planes
from app.ui.markdown import plain
from muvae import load_run

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)
LETTERS = own_spec("letters", 26)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("own")
    write_own(root, "coins", 2)
    write_own(root, "letters", 26, images=130, toy=True)
    return root


def look_again(page: Page) -> None:
    """What the page does by itself every ten seconds."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize(("title", "classes"), [("My coins", 2), ("My letters", 26)])
def test_samples_are_read_by_classifiers_of_so_many_classes(
    page: Page, server: Server, title: str, classes: int
) -> None:
    open_page(page, server.base, "sample", dataset=title)
    facts = page.locator(".samples .facts").first
    expect(facts).to_contain_text(f" of {classes} classes")
    box = page.get_by_test_id("samples-vae").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    until(
        page,
        lambda: "taken for" in (page.get_by_test_id("samples-vae").get_attribute("title") or ""),
    )


def test_paths_and_maps_have_a_band_and_a_colour_for_each_class(page: Page, server: Server) -> None:
    open_page(page, server.base, "interpolate", dataset="My letters")
    bands = page.locator(".interpolate canvas.shares").first
    until(page, lambda: "likeliest class by step" in (bands.get_attribute("aria-label") or ""))
    colors = bands.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, 1, canvas.height)
          return new Set(Array.from({ length: canvas.height }, (_, at) =>
            data.slice(4 * at, 4 * at + 3).join())).size
        }"""
    )
    assert colors >= 26
    open_page(page, server.base, "clusters", dataset="My letters", map="PCA")
    assert page.locator(".maps .classes button:not(.all)").count() == 26
    assert page.get_by_test_id("class-25").inner_text() == "class 25"
    assert page.get_by_test_id("class-0").inner_text() == "<b>bold</b>"


def test_the_toy_plane_reads_every_place_as_the_classifier_does(
    page: Page, server: Server, checkpoints: Path
) -> None:
    open_page(page, server.base, "toy_plane", dataset="My letters")
    assert page.locator(".plane .legend li").count() == 26
    page.get_by_role("button", name="Tanh · ELBO", exact=True).first.scroll_into_view_if_needed()
    plot = page.get_by_label("Plane of Tanh · ELBO: arrow keys", exact=False).first
    plot.focus()
    page.keyboard.press("Home")
    where = page.locator(".plane .where")
    until(page, lambda: where.get_attribute("aria-busy") == "false")
    run = load_run(checkpoints / "letters-toy" / "tanh-elbo")
    record = toy_planes.decoded(run, torch.zeros(1, 2))[0, 784:]
    share = round(int(record.max()) / 2.55)
    name = LETTERS.classes[int(record.argmax())]
    assert where.inner_text().endswith(f"Tanh · ELBO: {name} ({share} %)")


def test_a_run_appears_and_goes_without_a_click(
    page: Page, server: Server, checkpoints: Path
) -> None:
    open_page(page, server.base, "sample", dataset="My coins")
    source, folder = checkpoints / "coins" / "vae", checkpoints / "coins" / "fresh"
    folder.mkdir()
    shutil.copy(source / "run.json", folder)
    look_again(page)
    expect(page.get_by_text("A folder cannot be shown")).to_be_visible()
    browser.settle(page)
    page.get_by_text("A folder cannot be shown").click()
    expect(page.get_by_text("history.csv cannot be read", exact=False)).to_be_visible()
    for path in source.iterdir():
        shutil.copy(path, folder)
    look_again(page)
    expect(page.get_by_text("A folder cannot be shown")).to_have_count(0)
    page.get_by_test_id("stMultiSelect").locator("input").click()
    page.get_by_role("option", name="VAE (fresh)").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("samples-fresh")).to_be_visible()
    browser.settle(page)
    shutil.rmtree(folder)
    look_again(page)
    expect(page.get_by_test_id("samples-fresh")).to_have_count(0)
    expect(page.get_by_test_id("samples-vae")).to_be_visible()
    browser.settle(page)


def test_names_of_classes_are_text(page: Page, server: Server) -> None:
    open_page(page, server.base, "", dataset="My coins", choose="by class", **{"class": "a*b_c$d$"})
    expect(page.get_by_role("heading", name="a*b_c$d$")).to_be_visible()
    assert plain("a*b_c$d$") != "a*b_c$d$"
