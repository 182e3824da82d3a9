"""The page Toy plane in Chromium: what is pointed at is what muvae's decoders make of the place."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import browser
import numpy as np
import pytest
import torch
from browser import PHONE, WIDE, Server, Watch, open_page, settle, until, visit
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, Route, WebSocket, expect
from served import TOY_EPOCHS

from app.data import toy_planes
from app.data.toy_planes import LATTICE, TITLES
from muvae import Run, load_run

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

# Grey levels of 255 by which a picture may differ: from what the decoder makes of the place, which
# the browser works out in float64 and this test in float32; from the lattice's bilinear mean.
EXACT, INTERPOLATED = 1, 1.01

_PANELS = """grid => [...grid.querySelectorAll(".panel")].map((panel) => {
  const digit = panel.querySelector(".digit canvas")
  const points = panel.querySelector(".points")
  const { data } = digit.getContext("2d").getImageData(0, 0, 28, 28)
  const grey = String.fromCharCode(...data.filter((_, at) => at % 4 === 0))
  const box = panel.querySelector(".plot").getBoundingClientRect()
  const marker = panel.querySelector(".marker")
  return {
    title: panel.querySelector(".title").textContent,
    name: digit.dataset.testid.replace("live-", ""),
    code: JSON.parse(digit.dataset.code),
    exact: digit.dataset.exact === "true",
    about: panel.querySelector(".about").checkVisibility(),
    ready: panel.dataset.ready === "true",
    grey: btoa(grey),
    guess: panel.querySelector(".guess").textContent,
    marker: marker.hidden ? null : [parseFloat(marker.style.left), parseFloat(marker.style.top)],
    box: [box.left, box.top, box.width, box.height],
    points: [points.width, points.height, points.toDataURL()],
    enlarged: panel.classList.contains("enlarged"),
  }
})"""


@pytest.fixture(scope="module")
def runs(checkpoints: Path) -> dict[str, Run]:
    """The nine toy runs."""
    return {name: load_run(checkpoints / "mnist-toy" / name) for name in TITLES}


def panels(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.locator(".plane > .grid").evaluate(_PANELS)
    return found


def pictures(page: Page) -> NDArray[np.uint8]:
    """The nine decoded pictures as the browser shows them, uint8 [9,784]."""
    found = [np.frombuffer(base64.b64decode(panel["grey"]), np.uint8) for panel in panels(page)]
    return np.stack(found)


def panel(page: Page, name: str) -> Locator:
    return page.locator(".panel").nth(list(TITLES).index(name))


def open_planes(page: Page, base: str, **query: str) -> None:
    """Open the page anew, and bring each panel on the screen, so that all have what they need."""
    open_page(page, base, "toy_plane", **query)
    bring_panels(page)


def visit_planes(page: Page, base: str, **query: str) -> None:
    """The same within the app, where it is open."""
    visit(page, base, "toy_plane", **query)
    bring_panels(page)


def bring_panels(page: Page) -> None:
    expect(page.locator(".panel")).to_have_count(9)
    for name in TITLES:
        panel(page, name).scroll_into_view_if_needed()
        expect(panel(page, name)).to_have_attribute("data-ready", "true")
    wait_exact(page)


def wait_exact(page: Page) -> None:
    """Wait until the place is decoded for all nine, and read by their classifiers."""
    expect(page.locator('canvas[data-exact="true"]')).to_have_count(9)
    until(page, lambda: not any("≈" in shown["guess"] for shown in panels(page)))


def spot(page: Page, run: Run, across: float, down: float) -> tuple[torch.Tensor, float, float]:
    """A share of a run's plane: its code [1,2], and where on the screen it is, in whole pixels."""
    panel(page, run.name).scroll_into_view_if_needed()
    settle(page)
    left, top, width, height = panels(page)[list(TITLES).index(run.name)]["box"]
    x, y = round(left + across * width), round(top + down * height)
    square = toy_planes.own_square(run)
    code = [
        square.x + square.half * (2 * (x - left) / width - 1),
        square.y - square.half * (2 * (y - top) / height - 1),
    ]
    return torch.tensor([code]), x, y


def wait(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until something is so, whatever the page still waits for."""
    for _ in range(browser.PATIENCE // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("what was waited for has not come")


def decoded(runs: dict[str, Run], code: torch.Tensor) -> NDArray[np.int64]:
    """What the nine decoders make of a code, [9,784]."""
    return np.stack([toy_planes.decoded(run, code)[0, :784] for run in runs.values()]).astype(int)


def wait_pictures(page: Page, expected: NDArray[np.int64]) -> None:
    """Wait until the pictures are these."""
    until(page, lambda: bool(np.abs(pictures(page) - expected).max() <= EXACT))


def interpolated(run: Run, code: torch.Tensor) -> NDArray[np.float64]:
    """The bilinear mean of the decoded lattice's four nodes around a code, [784]."""
    square = toy_planes.own_square(run)
    records = toy_planes.decoded(run, toy_planes.lattice(square))[:, :784]
    lattice = records.reshape(LATTICE, LATTICE, 784).astype(float)
    x, y = code[0].double().tolist()
    across = (x - square.x + square.half) / (2 * square.half) * (LATTICE - 1)
    down = (square.y + square.half - y) / (2 * square.half) * (LATTICE - 1)
    column, row = int(across), int(down)
    right, below = across - column, down - row
    top, bottom = (
        lattice[at, column] * (1 - right) + lattice[at, column + 1] * right for at in (row, row + 1)
    )
    mixed: NDArray[np.float64] = top * (1 - below) + bottom * below
    return mixed


def test_pointing_decodes_the_place_in_all_nine(
    page: Page, server: Server, runs: dict[str, Run]
) -> None:
    visit_planes(page, server.base)
    assert [shown["title"] for shown in panels(page)] == list(TITLES.values())
    assert [shown["name"] for shown in panels(page)] == list(TITLES)
    origin = decoded(runs, torch.zeros(1, 2))
    assert np.abs(pictures(page) - origin).max() <= EXACT
    for name, *share in (("relu-mu-clip", 0.31, 0.63), ("leaky-relu-elbo", 0.8, 0.2)):
        code, x, y = spot(page, runs[name], *share)
        page.mouse.move(x, y)
        expected = decoded(runs, code)
        assert np.abs(expected - origin).max(axis=1).min() > 20 * EXACT  # it is another place
        wait_pictures(page, expected)
        wait_exact(page)
        for shown, run in zip(panels(page), runs.values(), strict=True):
            assert shown["code"] == pytest.approx(code[0].tolist(), rel=1e-4)  # as links say it
            square = toy_planes.own_square(run)
            across, up = ((code[0] - torch.tensor([square.x, square.y])) / square.half).tolist()
            if max(abs(across), abs(up)) > 1:
                assert shown["marker"] is None
            else:
                assert shown["marker"] == pytest.approx([50 + 50 * across, 50 - 50 * up], abs=0.1)
            chances = torch.softmax(run.classifier(code), dim=1)[0]
            label, percent = map(int, re.findall(r"\d+", shown["guess"]))
            assert percent == pytest.approx(100 * float(chances[label]), abs=1)
            assert chances[label] >= chances.max() - 1 / 255  # they come as bytes
    assert page.locator(".active .title").text_content() == TITLES["leaky-relu-elbo"]
    browser.assert_sound(page)


def test_until_the_server_answers_the_picture_is_interpolated(
    page: Page, server: Server, runs: dict[str, Run]
) -> None:
    open_planes(page, server.base)
    held: list[Route] = []
    page.route("**/decode.bin*", lambda route: held.append(route))
    run = runs["tanh-mu-clip"]
    code, x, y = spot(page, run, 0.423, 0.377)
    page.mouse.move(x, y)
    expect(page.locator('canvas[data-exact="false"]')).to_have_count(9)
    number = list(TITLES).index(run.name)
    wait(page, lambda: bool(held))
    live = pictures(page)[number].astype(float)
    assert np.abs(live - interpolated(run, code)).max() <= INTERPOLATED
    shown = panels(page)[number]
    assert shown["guess"].startswith("≈ ")
    assert shown["about"]
    held[-1].continue_()
    wait_exact(page)
    page.unroute("**/decode.bin*")
    assert not panels(page)[number]["about"]
    assert np.abs(pictures(page) - decoded(runs, code)).max() <= EXACT
    assert "≈" not in panels(page)[number]["guess"]


@dataclass
class Traffic:
    """What a page asks the server for, and its WebSocket's frames, both ways."""

    asked: list[str]
    frames: list[str]


def traffic(page: Page) -> Traffic:
    """The traffic from now on; of a WebSocket that the page opens later."""
    found = Traffic([], [])
    page.on("request", lambda request: found.asked.append(request.url))

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda _: found.frames.append("sent"))
        socket.on("framereceived", lambda _: found.frames.append("received"))

    page.on("websocket", listen)
    return found


def wait_decoders(page: Page) -> None:
    """Press in a plane, and bring each panel on the screen, so that all decode by themselves."""
    panel(page, next(iter(TITLES))).locator(".plot").press("Home")
    for name in TITLES:
        panel(page, name).scroll_into_view_if_needed()
        settle(page)


@pytest.mark.parametrize("page", [{"viewport": WIDE}], ids=["wide"], indirect=True)
def test_a_drag_is_decoded_in_the_browser_without_the_server(
    page: Page, server: Server, runs: dict[str, Run]
) -> None:
    seen = traffic(page)
    open_planes(page, server.base)
    assert not [url for url in seen.asked if "decoder.safetensors" in url]
    wait_decoders(page)
    fetched = [url for url in seen.asked if "decoder.safetensors" in url]
    assert [re.findall(r"live/mnist-toy/([\w-]+)/", url) for url in fetched] == [
        [n] for n in TITLES
    ]
    run = runs["relu-elbo-clip"]
    start, x, y = spot(page, run, 0.3, 0.6)
    shown = panels(page)
    box = shown[list(TITLES).index(run.name)]["box"]
    on_screen = [place for place, each in enumerate(shown) if in_window(page, each["box"])]
    assert len(on_screen) >= 3

    def wait_decoded(code: torch.Tensor) -> None:
        """Wait until the panels on the screen show what they have decoded of a place."""
        place = pytest.approx(code[0].tolist(), abs=1e-4)
        wait(page, lambda: all(panels(page)[at]["code"] == place for at in on_screen))
        assert all(panels(page)[at]["exact"] for at in on_screen)

    page.mouse.move(x, y)
    page.mouse.down()
    wait_decoded(start)
    seen.asked.clear()
    seen.frames.clear()
    for number in range(1, 9):
        right, up = 7 * number, 5 * number
        page.mouse.move(x + right, y - up)
        step = 2 * toy_planes.own_square(run).half / torch.tensor([box[2], box[3]])
        code = start + step * torch.tensor([right, up])
        wait_decoded(code)
        expected = decoded(runs, code)[on_screen]
        assert np.abs(pictures(page)[on_screen] - expected).max() <= EXACT
        assert not any(panels(page)[at]["about"] for at in on_screen)
    page.wait_for_timeout(400)  # however long it rests, with the button down
    assert (seen.asked, seen.frames) == ([], [])
    shown = panels(page)
    assert all(shown[at]["guess"].startswith("≈ ") for at in on_screen if shown[at]["marker"])
    page.mouse.up()
    wait_exact(page)
    assert len(seen.asked) == 1
    assert "/decode.bin?" in seen.asked[0]
    assert np.abs(pictures(page) - decoded(runs, code)).max() <= EXACT


def in_window(page: Page, box: list[float]) -> bool:
    size = page.viewport_size
    assert size is not None
    return box[1] >= 0 and box[1] + box[3] <= size["height"]


def test_a_decoder_that_does_not_come_is_said_and_asked_for_again(
    page: Page, server: Server, runs: dict[str, Run], window: tuple[Page, Watch]
) -> None:
    open_planes(page, server.base)
    name = next(iter(TITLES))
    address = f"**/{name}/decoder.safetensors*"
    page.route(address, lambda route: route.fulfill(status=404, body="It went."))
    plot = panel(page, name).locator(".plot")
    plot.press("ArrowRight")
    note = panel(page, name).locator(".note")
    expect(note).to_have_text("The server does not send the decoder: It went.")
    wait_exact(page)  # by the server
    assert len(window[1].problems) == 2  # the answer, and what the console says of it
    window[1].problems.clear()
    page.unroute(address)
    plot.press("ArrowRight")
    expect(note).to_have_text("")
    wait_pictures(page, decoded(runs, torch.tensor([panels(page)[0]["code"]])))


PHONES = [
    {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "color_scheme": scheme}
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize("page", PHONES, ids=["light", "dark"], indirect=True)
def test_a_finger_moves_the_marker_on_a_phone(
    page: Page, server: Server, runs: dict[str, Run]
) -> None:
    open_planes(page, server.base)
    for shown in panels(page):
        width, height, _ = shown["points"]
        assert width == height == pytest.approx(2 * shown["box"][2], abs=1)
        assert shown["box"][2] == pytest.approx(shown["box"][3], abs=0.5)  # equal aspect
    code, x, y = spot(page, runs["relu-elbo-clip"], 0.6, 0.4)
    page.touchscreen.tap(x, y)
    expected = decoded(runs, code)
    wait_pictures(page, expected)
    browser.assert_sound(page)
    left, top, width, height = panels(page)[list(TITLES).index("relu-elbo-clip")]["box"]
    before = page.evaluate(_SCROLLED)
    swipe(page, left + width / 2, top + height / 2, up=60)
    marked = torch.tensor([panels(page)[0]["code"]])
    assert float((marked - code).norm()) > toy_planes.own_square(runs["relu-elbo-clip"]).half / 5
    assert page.evaluate(_SCROLLED) == before
    swipe(page, left + width + 50, top + height / 2, up=60)
    wait(page, lambda: page.evaluate(_SCROLLED) > before)
    assert panels(page)[0]["code"] == pytest.approx(marked[0].tolist())


_SCROLLED = """() => document.querySelector("[data-testid=stMain]").scrollTop"""


def swipe(page: Page, x: float, y: float, up: float) -> None:
    """Draw a finger over the screen."""
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 7):
        touch("touchMove", {"x": x, "y": y - up * step / 6})
        page.wait_for_timeout(30)
    touch("touchEnd")
    client.detach()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_decoded_plane_is_a_grid_of_what_the_middles_decode_to(
    page: Page, server: Server, runs: dict[str, Run], scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    visit_planes(page, server.base, plane="decoded plane", enlarge=TITLES["relu-elbo"])
    run = runs["relu-elbo"]
    (shown,) = (each for each in panels(page) if each["enlarged"])
    assert shown["box"][2] > 500
    png = base64.b64decode(shown["points"][2].removeprefix("data:image/png;base64,"))
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)
    tiles = (LATTICE - 1) // 2
    nodes = toy_planes.decoded(run, toy_planes.lattice(toy_planes.own_square(run)))[:, :784]
    middles = nodes.reshape(LATTICE, LATTICE, 28, 28)[1::2, 1::2]
    expected = middles.transpose(0, 2, 1, 3).reshape(28 * tiles, 28 * tiles)
    resized = Image.fromarray(expected).resize(picture.shape[::-1], Image.Resampling.BOX)
    likeness = np.corrcoef(picture.ravel(), np.asarray(resized, float).ravel())[0, 1]
    assert likeness > 0.8
    browser.assert_sound(page)


def test_arrow_keys_move_the_marker(page: Page, server: Server, runs: dict[str, Run]) -> None:
    visit_planes(page, server.base)
    run = runs["tanh-elbo"]
    plot = panel(page, run.name).locator(".plot")
    plot.focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "ArrowUp"):
        plot.press(key)
    step = 2 * toy_planes.own_square(run).half / 100
    code = torch.tensor([[step, 11 * step]])
    wait_pictures(page, decoded(runs, code))
    plot.press("Home")
    wait_pictures(page, decoded(runs, torch.zeros(1, 2)))


def test_a_click_on_a_title_enlarges_the_panel_and_another_brings_it_back(
    page: Page, server: Server
) -> None:
    visit_planes(page, server.base)
    title = panel(page, "tanh-mu-clip").locator(".title")
    before = panels(page)[6]["box"]
    title.click()
    expect(page.locator(".enlarged .title")).to_have_text(TITLES["tanh-mu-clip"])
    until(page, lambda: "enlarge=" in page.url)
    after = panels(page)[6]["box"]
    assert after[2] > 2 * before[2]
    assert after[1] < min(shown["box"][1] for shown in panels(page) if not shown["enlarged"])
    browser.assert_sound(page)
    title.click()
    expect(page.locator(".enlarged")).to_have_count(0)
    until(page, lambda: panels(page)[6]["box"][2] == before[2])


def test_the_slider_replays_the_codes(page: Page, server: Server) -> None:
    visit_planes(page, server.base)
    final = [shown["points"][2] for shown in panels(page)]
    slider = page.locator(".replay input")
    expect(page.locator(".replay .count")).to_have_text(f"{TOY_EPOCHS} of {TOY_EPOCHS}")
    slider.focus()
    slider.press("Home")
    expect(page.locator(".replay .count")).to_have_text(f"1 of {TOY_EPOCHS}")

    def drawn() -> list[str]:
        return [shown["points"][2] for shown in panels(page)]

    until(page, lambda: all(a != b for a, b in zip(drawn(), final, strict=True)))
    slider.press("End")
    until(page, lambda: drawn() == final)
