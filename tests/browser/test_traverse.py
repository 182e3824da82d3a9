"""Traverse in Chromium: sliders, strips and pads decode in the browser what torch decodes."""

import json
import re

import browser
import numpy as np
import pytest
import torch
from browser import Server, open_page, settle, until, visit
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, Page, expect
from served import LATENT_DIM

from muvae import Run
from muvae.analysis.latent import traverse
from muvae.analysis.metrics import kl_per_dimension
from muvae.objectives import PAPER_OBJECTIVES

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

STEPS, NODES = 40, 11
WIDTHS = {"vae": 2, "beta-vae": 2, "mu-vae-1": 10, "mu-vae-2": 20}
FINGER = {"viewport": browser.PHONE, "color_scheme": "dark", "has_touch": True}


def shown(page: Page, run: str) -> NDArray[np.uint8]:
    """A run's live image, uint8 [28,28]."""
    return browser.canvas(page.get_by_test_id(f"live-{run}"))


def code_of(page: Page, run: str) -> torch.Tensor:
    """The code that a run's live image says it shows, [D]."""
    text = page.get_by_test_id(f"live-{run}").get_attribute("data-code")
    return torch.tensor(json.loads(text or "[]"))


def decoded(run: Run, codes: torch.Tensor) -> NDArray[np.float32]:
    """What a run's decoder makes of codes [N,D], grey levels [N,28,28]."""
    with torch.inference_mode():
        images: NDArray[np.float32] = run.vae.decode(codes).mul(255).squeeze(1).numpy()
    return images


def assert_live(page: Page, runs: dict[str, Run], expected: dict[str, torch.Tensor]) -> None:
    """Every run is at the code that is expected of it, and shows what torch decodes there."""
    for name, code in expected.items():
        assert code_of(page, name).numpy() == pytest.approx(code.numpy(), abs=1e-5)
        difference = np.abs(shown(page, name) - decoded(runs[name], code[None])[0])
        assert difference.max() <= 1, name


def at(positions: dict[int, float]) -> dict[str, torch.Tensor]:
    """Each run's code where sliders stand so, from the origin over the paper's ranges."""
    codes = {}
    for name, width in WIDTHS.items():
        codes[name] = torch.zeros(LATENT_DIM)
        for dimension, position in positions.items():
            codes[name][dimension] = width * position
    return codes


def at_rest(page: Page, address: str) -> None:
    """Wait until the page's address says so."""
    until(page, lambda: address in page.url.replace("%2C", ","))


def strip_pictures(page: Page, run: str) -> NDArray[np.uint8]:
    """A run's strip, uint8 [40,28,28]."""
    grey = browser.canvas(page.get_by_test_id(f"strip-{run}").locator("canvas"))
    height, width = grey.shape
    tiles = grey.reshape(height // 28, 28, width // 28, 28).swapaxes(1, 2)
    return tiles.reshape(-1, 28, 28)


@pytest.mark.parametrize("page", [None, FINGER], ids=["wide", "phone"], indirect=True)
def test_every_run_is_decoded_at_the_origin_and_along_one_dimension(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "traverse", strip="z3")
    assert_live(page, runs["mnist"], at({}))
    for name, width in WIDTHS.items():
        values = torch.linspace(-width, width, STEPS)
        expected = decoded(runs["mnist"][name], traverse(torch.zeros(LATENT_DIM), 3, values))
        assert np.abs(strip_pictures(page, name) - expected).max() <= 1
    browser.assert_sound(page)


def test_random_codes_are_decoded_as_in_torch_and_kept(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "traverse")
    generator = torch.Generator().manual_seed(3)
    for _ in range(5):
        positions = torch.randint(-100, 101, (LATENT_DIM,), generator=generator).div(100).tolist()
        for dimension, position in enumerate(positions):
            page.get_by_test_id(f"dim-{dimension}").fill(str(position))
        page.wait_for_timeout(50)  # a frame
        assert_live(page, runs["mnist"], at(dict(enumerate(positions))))
    written = ",".join(f"{position:g}" for position in positions)
    at_rest(page, f"z={written}")
    page.reload()
    settle(page)
    assert_live(page, runs["mnist"], at(dict(enumerate(positions))))
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Traverse").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Traverse")
    settle(page)
    assert_live(page, runs["mnist"], at(dict(enumerate(positions))))
    page.get_by_role("button", name="Reset").click()
    until(page, lambda: "z=" not in page.url)
    assert_live(page, runs["mnist"], at({}))


def test_the_server_hears_nothing_while_a_slider_is_dragged(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    said: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: said.append("frame")))
    open_page(page, server.base, "traverse")
    page.on("request", lambda request: said.append(request.url))
    slider = page.get_by_test_id("dim-4")
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    said.clear()
    seen = set()
    for step in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 50), y)
        page.wait_for_timeout(40)
        seen.add(shown(page, "mu-vae-2").tobytes())
    page.wait_for_timeout(500)
    position = float(slider.input_value())
    assert said == []
    assert len(seen) >= 10
    assert 0.5 < position <= 1
    assert_live(page, runs["mnist"], at({4: position}))
    marks = page.get_by_test_id("strip-vae").locator(".mark")
    assert marks.get_attribute("data-step") == str(round((position + 1) / 2 * (STEPS - 1)))
    page.mouse.up()
    at_rest(page, f"z=0,0,0,0,{position:g}")
    assert "strip=z4" in page.url
    assert "frame" in said
    assert sum("classify" in it for it in said) == len(WIDTHS)
    guess = decoded_guess(runs["mnist"]["vae"], at({4: position})["vae"])
    label = page.get_by_test_id("live-vae").get_attribute("aria-label") or ""
    assert label.endswith(guess)


def decoded_guess(run: Run, code: torch.Tensor) -> str:
    """What the run's classifier takes a code [D] for, as the page says it."""
    with torch.inference_mode():
        shares = torch.softmax(run.classifier(code[None]), dim=1)[0]
    return f"taken for {int(shares.argmax())} ({round(100 * float(shares.max()))} %)"


def test_keys_move_a_slider_and_a_double_click_brings_it_back(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    visit(page, server.base, "traverse")
    slider = page.get_by_test_id("dim-2")
    slider.focus()
    slider.press("End")
    page.wait_for_timeout(50)
    assert_live(page, runs["mnist"], at({2: 1}))
    for _ in range(5):
        slider.press("ArrowLeft")
    page.wait_for_timeout(50)
    assert_live(page, runs["mnist"], at({2: 0.95}))
    at_rest(page, "z=0,0,0.95")
    assert page.get_by_role("heading", name="z2 in 40 steps").count() == 1
    slider.dblclick()
    until(page, lambda: "z=" not in page.url)
    assert_live(page, runs["mnist"], at({}))


def test_play_sweeps_the_dimension_until_paused(page: Page, server: Server) -> None:
    visit(page, server.base, "traverse", strip="z1")
    play = page.get_by_test_id("play")
    slider = page.get_by_test_id("dim-1")
    play.click()
    until_moves = []
    for _ in range(10):
        page.wait_for_timeout(60)
        until_moves.append(slider.input_value())
    assert len(set(until_moves)) >= 5
    assert page.get_by_test_id("dim-0").input_value() == "0"
    play.click()
    settle(page)
    rest = slider.input_value()
    page.wait_for_timeout(200)
    assert slider.input_value() == rest
    assert code_of(page, "mu-vae-1")[1].item() == pytest.approx(10 * float(rest), abs=1e-4)
    at_rest(page, f"z=0,{float(rest):g}")


@pytest.mark.parametrize("page", [FINGER], ids=["phone"], indirect=True)
def test_a_finger_moves_a_slider_and_along_a_strip(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    open_page(page, server.base, "traverse")
    slider = page.get_by_test_id("dim-6")
    slider.scroll_into_view_if_needed()
    session = page.context.new_cdp_session(page)
    drag(session, slider.bounding_box(), (0.5, 0.5), (0.9, 0.5))
    position = float(slider.input_value())
    assert 0.6 < position <= 1
    assert_live(page, runs["mnist"], at({6: position}))
    settle(page)
    strip = page.get_by_test_id("strip-mu-vae-1")
    strip.scroll_into_view_if_needed()
    settle(page)
    drag(session, strip.bounding_box(), (0.05, 0.1), (0.25, 0.1))
    place = -1 + 2 * 2 / (STEPS - 1)  # the third of the first row's ten steps
    settle(page)
    assert float(code_of(page, "mu-vae-1")[6]) == pytest.approx(10 * place, abs=1e-4)
    browser.assert_sound(page)


def drag(
    session: CDPSession,
    box: object,
    start: tuple[float, float],
    end: tuple[float, float],
) -> None:
    """Drag a finger between two places of a box, given as shares of it."""
    assert isinstance(box, dict)

    def touch(kind: str, share: float) -> None:
        x, y = (
            box[corner] + box[size] * (one + share * (other - one))
            for corner, size, one, other in zip(
                ("x", "y"), ("width", "height"), start, end, strict=True
            )
        )
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0)
    for step in range(1, 9):
        touch("touchMove", step / 8)
    touch("touchEnd", 1)


def test_strips_are_of_the_place_however_late_frames_come(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    """As on a busy machine, or in a tab that is hidden for a while."""
    visit(page, server.base, "traverse")
    page.evaluate("""() => {
      window.soon = window.requestAnimationFrame
      window.requestAnimationFrame = (draw) => setTimeout(() => window.soon(draw), 600)
    }""")
    page.get_by_test_id("dim-1").fill("0.5")
    at_rest(page, "z=0,0.5")
    page.evaluate("() => { window.requestAnimationFrame = window.soon }")
    expect(page.locator(".strip .stale")).to_have_count(0)
    for name, width in WIDTHS.items():
        codes = traverse(at({1: 0.5})[name], 1, torch.linspace(-width, width, STEPS))
        expected = decoded(runs["mnist"][name], codes)
        until(page, lambda name=name, it=expected: close(strip_pictures(page, name), it))


def close(shown: NDArray[np.uint8], expected: NDArray[np.float32]) -> bool:
    return bool(np.abs(shown - expected).max() <= 1)


def test_a_pad_moves_two_dimensions_over_the_images_decoded_there(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    visit(page, server.base, "traverse", pad="5,7", z="0.5")
    pad = page.get_by_test_id("pad-mu-vae-2")
    pad.scroll_into_view_if_needed()
    until(page, lambda: pad.get_attribute("data-ready") == "true")
    lattice = browser.canvas(pad.locator("canvas"))
    shares = [-1 + (2 * node + 1) / NODES for node in range(NODES)]
    for row, column in ((0, 0), (10, 3), (4, 9)):
        code = at({0: 0.5, 5: shares[column], 7: -shares[row]})["mu-vae-2"]
        tile = lattice[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        assert np.abs(tile - decoded(runs["mnist"]["mu-vae-2"], code[None])[0]).max() <= 1
    box = pad.bounding_box()
    assert box is not None
    pad.click(position={"x": 0.75 * box["width"], "y": 0.75 * box["height"]})
    until(page, lambda: "z=0.5,0,0,0,0,0.5,0,-0.5" in page.url.replace("%2C", ","))
    assert_live(page, runs["mnist"], at({0: 0.5, 5: 0.5, 7: -0.5}))
    pad.press("ArrowUp")
    at_rest(page, "z=0.5,0,0,0,0,0.5,0,-0.48")
    page.get_by_label("Dimension across").select_option("1")
    at_rest(page, "pad=1,7")
    pad.press("Shift+ArrowRight")
    at_rest(page, "z=0.5,0.1,0,0,0,0.5,0,-0.48")


def test_by_kl_the_first_slider_moves_each_runs_most_telling_dimension(
    page: Page, server: Server, runs: dict[str, dict[str, Run]]
) -> None:
    visit(page, server.base, "traverse", dataset="Fashion-MNIST")
    page.get_by_role("radio", name="by KL").click()
    until(page, lambda: page.get_by_role("slider", name=re.compile(r"^KL 1(,|$)")).count() == 1)
    page.get_by_test_id("dim-0").fill("-1")
    page.wait_for_timeout(50)
    for name in PAPER_OBJECTIVES:
        codes = runs["fashion-mnist"][name].codes
        most = int(kl_per_dimension(codes.mean.numpy(), codes.log_var.numpy()).argmax())
        expected = torch.zeros(LATENT_DIM)
        expected[most] = -WIDTHS[name]
        assert torch.equal(code_of(page, name), expected)


def test_weights_come_once(page: Page, server: Server) -> None:
    open_page(page, server.base, "traverse", dataset="Fashion-MNIST")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Traverse").click()
    expect(page.get_by_test_id("live-vae")).to_be_visible()
    settle(page)
    assert [url for url in asked if "safetensors" in url] == []


@pytest.mark.parametrize(
    "page", [{"own": True, "viewport": browser.WIDE}], ids=["own"], indirect=True
)
def test_live_images_need_no_webgl(page: Page, server: Server) -> None:
    page.add_init_script("""
      const real = HTMLCanvasElement.prototype.getContext
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        if (kind.startsWith("webgl")) throw new Error("there is no WebGL here")
        return real.call(this, kind, ...rest)
      }
    """)
    open_page(page, server.base, "traverse")
    assert shown(page, "vae").any()
