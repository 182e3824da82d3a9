"""Interpolate and Arithmetic in Chromium: what they decode and measure is what torch does."""

import dataclasses
import json
import re
from pathlib import Path

import browser
import numpy as np
import pytest
import torch
from browser import Server, open_page, settle, until
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect
from served import LATENT_DIM, write_checkpoints
from torch import Tensor

from app.ui.colors import CLASS_COLORS
from muvae import OBJECTIVES, Run, Split
from muvae.analysis.latent import analogy, linear_path, nearest, spacing, spherical_path
from muvae.models.clipping import share_of_bound
from muvae.models.vae import clip_norm
from muvae.objectives import PAPER_OBJECTIVES
from muvae.runs.folder import codes_of
from muvae.runs.writing import write_codes

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

FINGER = {"viewport": browser.PHONE, "color_scheme": "dark", "has_touch": True}
WAYS = {"linear": linear_path, "spherical": spherical_path}
START, END = 7, 42
LINK = {"start-image": START, "end-image": END}


def decoded(run: Run, codes: Tensor) -> NDArray[np.float32]:
    """What a run's decoder makes of codes [N,D], grey levels [N,28,28]."""
    with torch.inference_mode():
        images: NDArray[np.float32] = run.vae.decode(codes).mul(255).squeeze(1).numpy()
    return images


def shares(run: Run, codes: Tensor) -> NDArray[np.float32]:
    """The class probabilities [N,10] of codes [N,D]."""
    with torch.inference_mode():
        found: NDArray[np.float32] = torch.softmax(run.classifier(codes), dim=1).numpy()
    return found


def path(run: Run, way: str, steps: int) -> Tensor:
    """The codes [steps,D] from START to END."""
    mean = run.codes.mean
    return WAYS[way](mean[START], mean[END], torch.linspace(0, 1, steps))


def open_live(page: Page, server: Server, path: str, **query: str | int) -> None:
    """Open a page, and wait until all runs are decoded and measured."""
    open_page(page, server.base, path, **query)
    expect(page.locator("[data-testid^=live-][data-code]")).to_have_count(len(PAPER_OBJECTIVES))
    settle(page)


def place_on(run: Run, way: str, share: float, start: int = START, end: int = END) -> Tensor:
    """The code [D] at a share of the way between two test images."""
    mean = run.codes.mean
    return WAYS[way](mean[start], mean[end], torch.tensor([share]))[0]


def section(page: Page, run: str) -> Locator:
    """The part of the page that is a run's."""
    return page.locator("section", has=page.get_by_test_id(f"live-{run}"))


def assert_live(page: Page, run: Run, code: Tensor) -> None:
    """A run is at this code [D], and shows what torch decodes there."""
    live = page.get_by_test_id(f"live-{run.name}")
    told = json.loads(live.get_attribute("data-code") or "[]")
    assert told == pytest.approx(code.tolist(), abs=1e-5)
    assert np.abs(browser.canvas(live) - decoded(run, code[None])[0]).max() <= 1, run.name


def move(page: Page, slider: str, value: float) -> None:
    page.get_by_test_id(slider).fill(str(value))
    page.wait_for_timeout(50)  # a frame


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose codes lie on their bounds or near, as a trained run's do, so that sums go beyond.

    Untrained networks encode everything near the origin.
    """
    folder = tmp_path_factory.mktemp("checkpoints")
    write_checkpoints(folder)
    for name in PAPER_OBJECTIVES:
        run = folder / "mnist" / name
        codes, bound = codes_of(run), OBJECTIVES[name].bound(LATENT_DIM)
        mean = clip_norm((bound or 4) * codes.mean, bound)
        write_codes(run, dataclasses.replace(codes, mean=mean))
    return folder


@pytest.fixture
def shown(runs: dict[str, dict[str, Run]]) -> list[Run]:
    return [runs["mnist"][name] for name in PAPER_OBJECTIVES]


@pytest.mark.parametrize(
    ("page", "way"),
    [(None, "linear"), (FINGER, "spherical")],
    ids=["wide", "phone"],
    indirect=["page"],
)
def test_steps_and_places_between_are_decoded_as_in_torch(
    page: Page, server: Server, shown: list[Run], way: str
) -> None:
    open_live(page, server, "interpolate", way=way, steps=7, **LINK)
    for run in shown:
        steps = section(page, run.name).locator(".strip canvas").all()
        pictures = np.stack([browser.canvas(step) for step in steps])
        assert np.abs(pictures - decoded(run, path(run, way, 7))).max() <= 1
    for place in (0.5, 0.0, 1.0, 0.13, 0.86):
        move(page, "scrub", place)
        for run in shown:
            assert_live(page, run, place_on(run, way, place))
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()  # nothing under the slider
    browser.assert_sound(page)


def ranges(flags: list[bool]) -> str:
    """The steps, from 1, for which something holds: "2, 4–6"."""
    text = "".join("x" if flag else " " for flag in flags)
    found = [(it.start() + 1, it.end()) for it in re.finditer("x+", text)]
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in found)


@pytest.mark.parametrize("way", WAYS)
def test_probabilities_and_distances_along_the_way_are_torchs(
    page: Page, server: Server, shown: list[Run], tests: dict[str, Split], way: str
) -> None:
    open_live(page, server, "interpolate", way=way, steps=9, **LINK)
    labels = tests["mnist"].labels
    for run in shown:
        codes, part = path(run, way, 9), section(page, run.name)
        assert_bands(part.locator(".shares"), shares(run, codes))
        gaps = [float(nearest(run.codes.mean, code, 1)[0]) for code in codes]
        told = json.loads(part.locator(".distances").get_attribute("data-values") or "[]")
        assert told == pytest.approx(gaps, abs=1e-4)
        far = ranges([gap > spacing(run.codes.mean) for gap in told])
        verdict = part.locator(".verdict").text_content() or ""
        said = f"{far} of 9" if far else "No step is off the data"
        assert re.sub("^Steps? ", "", verdict).startswith(said)
        assert f"{spacing(run.codes.mean):.2f}" in verdict
    for step in (0, 3, 8):
        move(page, "scrub", step / 8)
        for run in shown:
            code = path(run, way, 9)[step]
            chances = shares(run, code[None])[0]
            distance, index = (float(it[0]) for it in nearest(run.codes.mean, code, 1))
            expected = (
                f"{chances.argmax()}, {100 * chances.max():.0f} % · nearest code: test image "
                f"{index:.0f}, {labels[int(index)]}, at {distance:.2f}"
            )
            reading = section(page, run.name).locator(".reading").text_content() or ""
            assert reading.startswith(expected)
            assert f"‖z‖ {code.norm():.2f}" in reading


def assert_bands(canvas: Locator, expected: NDArray[np.float32]) -> None:
    """The bands at the left end are as high as the first step's probabilities; words say all."""
    column = canvas.evaluate("it => [...it.getContext('2d').getImageData(0, 0, 1, it.height).data]")
    pixels = np.array(column).reshape(-1, 4)[:, :3]
    for label, color in enumerate(CLASS_COLORS):
        rgb = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        high = float((np.abs(pixels - rgb).max(1) == 0).mean())
        assert high == pytest.approx(expected[0, label], abs=2 / len(pixels))
    best = expected.argmax(1)
    order = list(dict.fromkeys(best.tolist()))
    words = "; ".join(f"{label} in {ranges((best == label).tolist())}" for label in order)
    expect(canvas).to_have_attribute("aria-label", f"The likeliest class by step: {words}")


def test_nothing_is_asked_while_the_slider_or_a_strip_is_dragged(
    page: Page, server: Server, shown: list[Run]
) -> None:
    said: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: said.append("frame")))
    open_live(page, server, "interpolate", **LINK)
    page.on("request", lambda request: said.append(request.url))
    for target in (page.get_by_test_id("scrub"), section(page, "mu-vae-1").locator(".tracks")):
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        said.clear()
        seen = set()
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, y)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(box["x"] + box["width"] * (0.5 + step / 40), y)
            page.wait_for_timeout(40)
            seen.add(page.get_by_test_id("live-vae").get_attribute("data-code"))
        page.mouse.up()
        assert len(seen) >= 6
        assert said == []
        place = float(page.get_by_test_id("scrub").input_value())
        assert 0.7 < place < 0.85
        for run in shown:
            assert_live(page, run, place_on(run, "linear", place))
        marker = section(page, "vae").locator(".marker").get_attribute("style") or ""
        left = float(re.findall(r"[\d.]+", marker)[0])
        assert left == pytest.approx(100 * (0.5 + 11 * place) / 12, abs=0.01)


def test_keys_move_the_slider_and_play_sweeps_it(page: Page, server: Server) -> None:
    open_live(page, server, "interpolate", **LINK)
    slider = page.get_by_test_id("scrub")
    slider.focus()
    slider.press("Home")
    for _ in range(3):
        slider.press("ArrowRight")
    assert float(slider.input_value()) == pytest.approx(0.03)
    page.wait_for_timeout(50)
    expect(slider).to_have_attribute("aria-valuetext", "t = 0.03, step 1.3 of 12")
    play = page.get_by_test_id("play")
    play.click()
    seen = []
    for _ in range(8):
        page.wait_for_timeout(60)
        seen.append(float(slider.input_value()))
    assert seen == sorted(seen)
    assert len(set(seen)) >= 5
    expect(play).to_have_text("Pause")
    play.click()
    rest = slider.input_value()
    page.wait_for_timeout(200)
    assert slider.input_value() == rest
    expect(play).to_have_attribute("aria-pressed", "false")


def test_another_way_keeps_the_place_and_swap_turns_it_round(
    page: Page, server: Server, shown: list[Run]
) -> None:
    open_live(page, server, "interpolate", steps=2, **LINK)
    move(page, "scrub", 0.25)
    page.get_by_role("radio", name="spherical").click()
    until(page, lambda: "way=spherical" in page.url)
    for _ in range(2):
        for run in shown:
            assert_live(page, run, place_on(run, "spherical", 0.25))
        page.get_by_role("button", name="Swap").click()
        until(page, lambda: f"start-image={END}" in page.url)
        for run in shown:
            assert_live(page, run, place_on(run, "spherical", 0.25, END, START))
        page.get_by_role("button", name="Swap").click()
        until(page, lambda: f"start-image={START}" in page.url)


def test_ends_in_one_direction_are_joined_by_a_line_which_is_said(
    page: Page, server: Server, shown: list[Run]
) -> None:
    link: dict[str, str | int] = {"way": "spherical", "start-image": 5, "end-image": 5}
    open_live(page, server, "interpolate", **link)
    for run in shown:
        assert_live(page, run, run.codes.mean[5])
        expect(section(page, run.name).locator(".verdict")).to_contain_text("straight line")


@pytest.mark.parametrize("page", [FINGER], ids=["phone"], indirect=True)
def test_a_finger_moves_along_a_runs_steps(page: Page, server: Server, shown: list[Run]) -> None:
    open_live(page, server, "interpolate", **LINK)
    tracks = section(page, "mu-vae-2").locator(".tracks")
    tracks.scroll_into_view_if_needed()
    box = tracks.bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.5), ("touchMove", 0.6), ("touchMove", 0.8)):
        place = {"x": box["x"] + box["width"] * share, "y": box["y"] + box["height"] / 2}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    moved = float(page.get_by_test_id("scrub").input_value())
    assert moved == pytest.approx((0.8 * 12 - 0.5) / 11, abs=0.01)
    for run in shown:
        assert_live(page, run, place_on(run, "linear", moved))


TERMS: dict[str, str | int] = {
    "a-kind": "test image",
    "a-image": 11,
    "b-kind": "class mean",
    "b-mean": "4",
    "c-kind": "test image",
    "c-image": 29,
}


def terms(run: Run, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mean = run.codes.mean
    return mean[11], mean[labels == 4].mean(0), mean[29]


@pytest.mark.parametrize(
    ("page", "clip"),
    [(None, False), (FINGER, True)],
    ids=["wide, as computed", "phone, clipped"],
    indirect=["page"],
)
def test_a_sum_is_decoded_measured_and_classified_as_in_torch(
    page: Page, server: Server, shown: list[Run], tests: dict[str, Split], clip: bool
) -> None:
    test = tests["mnist"]
    open_live(page, server, "arithmetic", clip=str(clip).lower(), **TERMS)
    told = []
    for amount in (1.0, 0.0, 0.5, 2.0):
        move(page, "amount", amount)
        settle(page)  # the slider has come to rest, and the classifiers have answered
        for run in shown:
            a, b, c = terms(run, test.labels)
            code = raw = analogy(a, b, c, amount)
            if clip:
                code = clip_norm(raw[None], run.config.latent.bound)[0]
            assert_live(page, run, code)
            part = section(page, run.name)
            for canvas, term in zip(part.locator(".terms canvas").all(), (a, b, c), strict=True):
                assert np.abs(browser.canvas(canvas) - decoded(run, term[None])[0]).max() <= 1
            distance, index = nearest(run.codes.mean, code, 1)
            neighbour = browser.canvas(part.locator(".neighbour canvas"))
            assert np.array_equal(neighbour, test.images[int(index), 0])
            chances = shares(run, code[None])[0]
            words = part.locator(".words").text_content() or ""
            assert f"Classifier: {chances.argmax()}, {100 * chances.max():.0f} %" in words
            assert f"‖z‖ {raw.norm():.2f}" in words
            assert f"test image {int(index)}, {test.labels[int(index)]}, at" in words
            assert f"at {float(distance):.2f}" in words
            off = float(distance) > spacing(run.codes.mean)
            assert ("off the data" in words) is off
            bound = run.config.latent.bound
            beyond = bound is not None and float(share_of_bound(raw, bound)) > 1
            assert ("clipped back to it" in words) is (beyond and clip)
            assert ("where no image is encoded" in words) is (beyond and not clip)
            told.append((off, beyond))
    assert {off for off, _ in told} == {beyond for _, beyond in told} == {True, False}
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()  # nothing under the slider
    browser.assert_sound(page)


def test_a_code_on_the_bound_fills_the_bar_and_is_not_red(
    page: Page, server: Server, shown: list[Run]
) -> None:
    """Rounding leaves some clipped codes a little outside: Traverse shows the one farthest out."""
    clipped = [run for run in shown if run.config.latent.bound is not None]
    norms = {run.name: run.codes.mean.double().norm(dim=1) for run in clipped}
    images = {int(sizes.argmax()) for sizes in norms.values()}
    assert any(norms[run.name].max() > (run.config.latent.bound or 0) for run in clipped)
    for image in images:
        open_live(page, server, "traverse", **{"from": "a test image", "image": image})
        for run in clipped:
            bar = page.locator(".card").filter(has=page.get_by_test_id(f"live-{run.name}"))
            meter = bar.locator(".meter")
            beyond = "beyond" in (meter.get_attribute("class") or "").split()
            assert not beyond, (run.name, image, norms[run.name][image])
    page.get_by_test_id("dim-0").fill("1")
    settle(page)
    assert page.locator(".meter.beyond").count() > 0
