"""Draw and upload in Chromium: what is on the pad is what torch encodes and decodes."""

import base64
import io
import json
import re
from typing import Any

import browser
import numpy as np
import pytest
import torch
from browser import Server, open_page, settle, until
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from app.data.modules import ROUTE, modules_version
from app.uploads.framing import Layout, frame
from app.uploads.read import read_upload
from muvae import DATASETS, Run, Split
from muvae.datasets.spec import Framing
from muvae.objectives import PAPER_OBJECTIVES

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

Grey = NDArray[np.uint8]
Points = list[tuple[float, float]]
SEVEN: Points = [(0.2, 0.2), (0.7, 0.25), (0.45, 0.8)]
BAR: Points = [(0.3, 0.5), (0.8, 0.55)]
MNIST, FASHION = (DATASETS[name].framing for name in ("mnist", "fashion-mnist"))
SIZE = DATASETS["mnist"].image
FINGER = {"viewport": browser.PHONE, "color_scheme": "dark", "has_touch": True}

_FRAME = """async ([module, pictures, framing]) => {
  const { frame } = await import(module)
  return pictures.map(([text, width, height]) => {
    const grey = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    const image = frame(grey, width, height, framing, { width: 28, height: 28 })
    return image && Array.from(image)
  })
}"""


def pad(page: Page) -> Locator:
    return page.get_by_test_id("drawpad")


def places(page: Page, points: Points) -> list[tuple[float, float]]:
    """Where on the screen places of the pad are, given as shares of it."""
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def stroke(page: Page, points: Points, *, up: bool = True) -> None:
    """Draw with the mouse."""
    first, *others = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=5)
    if up:
        page.mouse.up()


def seen(page: Page) -> Grey:
    """The image that the models see, as the page shows it, uint8 [28,28]."""
    return browser.canvas(page.get_by_test_id("seen"))


def live(page: Page, run: Run) -> Locator:
    return page.get_by_test_id(f"live-{run.name}")


def card(page: Page, run: Run) -> Locator:
    return page.locator(".run").filter(has=live(page, run))


def code_of(page: Page, run: Run) -> torch.Tensor:
    return torch.tensor(json.loads(live(page, run).get_attribute("data-code") or "[]"))


def codes(page: Page, runs: list[Run]) -> list[torch.Tensor]:
    return [code_of(page, run) for run in runs]


def assert_runs(page: Page, runs: list[Run], image: Grey) -> None:
    """Every run shows, in picture and numbers, what torch makes of the image, and its guess."""
    expect(page.locator("[data-guess]")).to_have_count(len(runs))
    settle(page)
    pixels = torch.from_numpy(image.copy())[None, None].float() / 255
    for run in runs:
        with torch.inference_mode():
            posterior = run.vae.encode(pixels)
            code = code_of(page, run)
            decoded = run.vae.decode(code[None])
            shares = torch.softmax(run.classifier(code[None]), 1)[0]
        reach = float(run.codes.mean.max() - run.codes.mean.min())
        torch.testing.assert_close(code, posterior.mean[0], atol=0.01 * reach, rtol=0)
        shown = browser.canvas(live(page, run))
        assert np.abs(shown - decoded.mul(255).numpy()[0, 0]).max() <= 1
        numbers = [
            float(re.split(" of ", text)[0])
            for text in card(page, run).locator("dd").all_text_contents()
        ]
        error = float((decoded - pixels).square().sum())
        spread = float(posterior.std.mean())
        assert numbers == pytest.approx([error, float(code.norm()), spread], rel=0.01, abs=0.06)
        guess = card(page, run).locator(".guess")
        best = int(guess.get_attribute("data-guess") or -1)
        assert float(shares[best]) == pytest.approx(float(shares.max()), abs=1e-4)
        name = DATASETS[run.config.dataset].classes[best]
        percent = re.match(rf"guess {re.escape(name)} \((\d+\.\d) %\)", guess.text_content() or "")
        assert percent is not None
        assert float(percent[1]) == pytest.approx(100 * float(shares[best]), abs=0.11)


def assert_empty(page: Page, runs: list[Run]) -> None:
    """An inviting pad, and no numbers."""
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect(page.get_by_text("or start from a test image.")).to_be_visible()
    for run in runs:
        assert live(page, run).get_attribute("data-code") is None
        assert "".join(card(page, run).locator("dd, .guess").all_text_contents()) == ""


def at_rest(page: Page) -> None:
    """Wait until the pen has rested, and the server has heard of it and answered."""
    page.wait_for_timeout(250)
    images, guesses = page.locator("[data-testid^=live-]"), page.locator("[data-guess]")
    empty = page.get_by_text("Draw here")
    until(page, lambda: empty.is_visible() or 0 < images.count() == guesses.count())


@pytest.fixture
def mnist(runs: dict[str, dict[str, Run]]) -> list[Run]:
    return [runs["mnist"][name] for name in PAPER_OBJECTIVES]


def test_a_drawing_is_reconstructed_live_and_the_server_hears_of_it_at_the_end(
    chromium: Browser, server: Server, mnist: list[Run]
) -> None:
    with browser.own_window(chromium, viewport=browser.WIDE) as (page, watch):
        said: list[object] = []

        def hear(word: object) -> None:
            said.append(word)

        page.on("request", lambda request: said.append(request.url))
        page.on("websocket", lambda socket: socket.on("framesent", hear))
        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        open_page(page, server.base, choose="draw")
        assert_empty(page, mnist)
        browser.assert_sound(page)
        at_rest(page)
        before = len(said)
        stroke(page, SEVEN, up=False)
        expect(page.locator("[data-testid^=live-][data-code]")).to_have_count(4)
        first = codes(page, mnist)
        page.mouse.move(*places(page, [(0.3, 0.85)])[0], steps=5)
        until(page, lambda: not any(map(torch.equal, first, codes(page, mnist))))
        page.wait_for_timeout(300)
        assert said[before:] == []
        assert page.locator("[data-guess]").count() == 0
        place = page.locator(".runs").bounding_box()
        page.mouse.up()
        at_rest(page)
        assert any("/classify" in str(word) for word in said[before:])
        image = seen(page)
        expected = frame(browser.canvas(pad(page)), Layout.of(MNIST, SIZE))
        assert expected is not None
        assert np.abs(image.astype(int) - expected).max() <= 1
        assert_runs(page, mnist, image)
        assert page.locator(".runs").bounding_box() == place
        browser.assert_sound(page)
        assert watch.problems == []


def test_undo_eraser_and_clear(page: Page, server: Server, mnist: list[Run]) -> None:
    open_page(page, server.base, choose="draw")
    undo, clear = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear"))
    expect(undo).to_be_disabled()
    expect(clear).to_be_disabled()
    stroke(page, SEVEN)
    at_rest(page)
    drawn, first = browser.canvas(pad(page)), seen(page)
    stroke(page, BAR)
    at_rest(page)
    assert not np.array_equal(seen(page), first)
    undo.click()
    at_rest(page)
    assert np.array_equal(browser.canvas(pad(page)), drawn)
    assert np.array_equal(seen(page), first)
    assert_runs(page, mnist, first)
    page.get_by_role("button", name="Eraser").click()
    expect(page.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Size").fill("64")
    stroke(page, SEVEN[:2])
    at_rest(page)
    erased = browser.canvas(pad(page))
    assert np.all(erased <= drawn)
    assert erased.sum() < 0.8 * drawn.sum()
    assert_runs(page, mnist, seen(page))
    clear.click()
    at_rest(page)
    assert_empty(page, mnist)
    assert not browser.canvas(pad(page)).any()
    pad(page).press("Control+z")
    at_rest(page)
    assert np.array_equal(browser.canvas(pad(page)), erased)
    clear.click()
    at_rest(page)


def test_a_drawing_is_kept_and_drawn_on(page: Page, server: Server, mnist: list[Run]) -> None:
    open_page(page, server.base, choose="draw")
    stroke(page, SEVEN)
    at_rest(page)
    first = seen(page)
    for title in ("Sample", "Reconstruct"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        settle(page)
    page.get_by_role("radio", name="draw").click()
    expect(page.get_by_text("The next stroke goes on from this picture")).to_be_visible()
    at_rest(page)
    assert np.array_equal(seen(page), first)
    assert_runs(page, mnist, first)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    stroke(page, BAR)
    at_rest(page)
    both = seen(page)
    kept = np.kron(first, np.ones((20, 20), np.uint8))
    assert np.array_equal(np.minimum(browser.canvas(pad(page)), kept), kept)
    assert_runs(page, mnist, both)
    page.get_by_role("button", name="Undo").click()
    at_rest(page)
    assert np.array_equal(seen(page), first)
    browser.choose_dataset(page, "Fashion-MNIST")
    stroke(page, BAR)
    at_rest(page)
    garment = frame(browser.canvas(pad(page)), Layout.of(FASHION, SIZE))
    assert garment is not None
    assert np.abs(seen(page).astype(int) - garment).max() <= 1


def test_from_the_keyboard_a_test_image_is_laid_on_the_pad(
    page: Page, server: Server, mnist: list[Run], tests: dict[str, Split]
) -> None:
    open_page(page, server.base, choose="draw")
    start = page.get_by_role("button", name="Start from a test image")
    start.press("Enter")
    note = page.get_by_text(re.compile(r"Test image \d+ \("))
    expect(note).to_be_visible()
    at_rest(page)
    index = int(re.findall(r"\d+", note.text_content() or "")[0])
    assert np.array_equal(seen(page), tests["mnist"].images[index, 0])
    assert_runs(page, mnist, seen(page))
    pad(page).press("Control+z")
    at_rest(page)
    assert_empty(page, mnist)


def test_runs_without_noise_and_other_choices_of_runs(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, choose="draw", runs="μ-VAE#1 (Eq. 6)")
    stroke(page, SEVEN)
    at_rest(page)
    image = seen(page)
    assert_runs(page, [runs["mnist"]["mu-vae-1-eq6"]], image)
    page.get_by_role("combobox", name="Runs, side by side").click()
    page.get_by_role("option", name="β-VAE", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("live-beta-vae")).to_have_count(1)
    at_rest(page)
    assert np.array_equal(seen(page), image)
    assert_runs(page, [runs["mnist"][name] for name in ("mu-vae-1-eq6", "beta-vae")], image)


@pytest.mark.parametrize("page", [FINGER], ids=["phone"], indirect=True)
def test_a_finger_draws_and_does_not_scroll(page: Page, server: Server, mnist: list[Run]) -> None:
    open_page(page, server.base, choose="draw")
    session: CDPSession = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    top = pad(page).evaluate("pad => pad.getBoundingClientRect().top")
    first, *others = places(page, [(0.5, 0.15 + 0.07 * step) for step in range(11)])
    touch("touchStart", first)
    for place in others:
        touch("touchMove", place)
    touch("touchEnd")
    at_rest(page)
    assert pad(page).evaluate("pad => pad.getBoundingClientRect().top") == top
    image = seen(page)
    columns, rows = np.flatnonzero(image.any(0)), np.flatnonzero(image.any(1))
    assert len(rows) == 20
    assert len(columns) < 5
    assert_runs(page, mnist, image)
    browser.assert_sound(page)


def test_both_preparations_agree(page: Page, server: Server) -> None:
    open_page(page, server.base, choose="draw")
    rng = np.random.default_rng(5)
    pictures = [np.zeros((30, 40), np.uint8), np.full((1, 1), 9, np.uint8)]
    for height, width in ((560, 560), (200, 90), (28, 28), (5, 11), (300, 301)):
        picture = rng.integers(0, 256, (height, width)).astype(np.uint8)
        picture[rng.random((height, width)) < 0.6] = 0
        picture[: height // 5] = 0
        picture[:, width // 2 :] //= 2
        pictures.append(picture)
    symmetric = np.zeros((100, 100), np.uint8)
    symmetric[10:90, 45:55] = 200
    pictures += [symmetric, symmetric.T]
    module = f"{server.base}/{ROUTE}/{modules_version()}/web/engine/framing.js"
    sent: list[Any] = [
        [base64.b64encode(picture.tobytes()).decode(), picture.shape[1], picture.shape[0]]
        for picture in pictures
    ]
    for framing in (MNIST, FASHION, Framing(side=20, by_mass=False)):
        asked = {"side": framing.side, "byMass": framing.by_mass}
        for picture, found in zip(
            pictures, page.evaluate(_FRAME, [module, sent, asked]), strict=True
        ):
            expected = frame(picture, Layout.of(framing, SIZE))
            if expected is None:
                assert found is None
            else:
                assert np.abs(np.reshape(found, (28, 28)) - expected.astype(int)).max() <= 1


@pytest.mark.parametrize("page", [None, FINGER], ids=["wide", "phone"], indirect=True)
def test_an_upload_is_shown_in_the_pads_place(
    page: Page, server: Server, mnist: list[Run], tests: dict[str, Split]
) -> None:
    open_page(page, server.base, choose="upload")
    expect(page.get_by_text("Choose a file or drop one here")).to_be_visible()
    image = tests["mnist"].images[7, 0].numpy()
    file = io.BytesIO()
    Image.fromarray(255 - np.kron(image, np.ones((9, 9), np.uint8))).save(file, "PNG")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    )
    alert = page.get_by_text("notes.txt is not a picture that can be read; save it as")
    expect(alert).to_be_visible()
    chooser.set_input_files(
        {"name": "a_*scan* [7].png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.get_by_text("From a_*scan* [7].png.")).to_be_visible()
    expect(alert).to_have_count(0)
    at_rest(page)
    shown = seen(page)
    read = read_upload(file.getvalue(), "scan", [DATASETS["mnist"]])
    assert np.array_equal(shown, read["mnist"])
    assert pad(page).count() == 0
    assert_runs(page, mnist, shown)
    # Streamlit's own part, which has its icon's name lie on its label.
    page.add_style_tag(content="[data-testid=stFileUploader] { visibility: hidden }")
    browser.assert_sound(page)
    page.get_by_role("radio", name="draw").click()
    expect(pad(page)).to_be_visible()
    at_rest(page)
    assert np.array_equal(seen(page), shown)
    assert np.array_equal(browser.canvas(pad(page)), np.kron(shown, np.ones((20, 20), np.uint8)))
