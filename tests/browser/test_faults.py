"""Faults while people look: the unforeseen, runs that go, hostile folders, two at one run."""

import base64
import dataclasses
import http.client
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
from browser import Server, open_page, settle, until, visit
from own import own_spec, write_own
from patience import PATIENCE
from playwright.sync_api import Page, Route, expect
from served import write_checkpoints
from spoilt_tensors import SOUND, SPOILT

from app.data.modules import modules_version
from app.server.failures import SENTENCE
from muvae.datasets.spec import write_description

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

# Run in the server's process first: a fault that a file switches on, and a list of what is read.
PRELUDE = """
from pathlib import Path
import app.data.inference, muvae
folder = Path({folder!r})
decode, load_run = app.data.inference.decode, muvae.load_run

def faulty(*arguments):
    if (folder / "fault").exists():
        raise RuntimeError("the secret of /srv/secret.py")
    return decode(*arguments)

def noted(path, **options):
    with (folder / "read").open("a") as file:
        file.write(f"{{Path(path).name}}\\n")
    return load_run(path, **options)

app.data.inference.decode, muvae.load_run = faulty, noted
"""
# What a folder, or a file in it, may say: none of it is to be markup anywhere.
EVIL = "<img src=x onerror=window.evil=1> $x^2$ :red[x] **b**"
PICTURE = "![x](http://evil.invalid/x.png)"


@pytest.fixture(scope="module")
def switches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the fault is switched on, and what is read is listed."""
    return tmp_path_factory.mktemp("switches")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faults")
    write_checkpoints(root)
    own = write_own(root, "evil", 3)
    spec = own_spec("evil", 3)
    classes = (EVIL.split("$")[0], f"{PICTURE}", "`code` | <b>")
    write_description(own, dataclasses.replace(spec, title=EVIL, classes=classes))
    for name in (EVIL, "‮ltr\n# heading", "a" * 200):
        (root / "mnist" / name).mkdir()
    shutil.copytree(root / "mnist" / "vae", root / "mnist" / "quoted")
    path = root / "mnist" / "quoted" / "run.json"
    path.write_text(path.read_text().replace('"format"', f'"{PICTURE} {EVIL}": 1, "format"'))
    return root


@pytest.fixture(scope="module")
def server(
    checkpoints: Path, switches: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "stderr.log"
    with browser.serve(checkpoints, log, PRELUDE.format(folder=str(switches))) as running:
        yield running


def test_the_unforeseen_is_one_sentence_and_the_log_has_the_rest(
    page: Page, server: Server, switches: Path
) -> None:
    (switches / "fault").touch()
    try:
        page.goto(f"{server.base}/")
        expect(page.get_by_test_id("stAlertContentError")).to_have_text(SENTENCE)
        settle(page)
    finally:
        (switches / "fault").unlink()
    shown = page.content()
    for told in ("Traceback", "RuntimeError", "secret", "/srv", "app/data/inference.py"):
        assert told not in shown
    assert page.get_by_test_id("stException").count() == 0
    log = re.sub(r"\x1b\[[0-9;]*m", "", server.tracebacks())  # its colours
    assert "RuntimeError" in log
    assert "the secret of /srv/secret.py" in log
    open_page(page, server.base)
    browser.assert_sound(page)


def test_a_page_runs_and_loads_what_the_server_sends_and_nothing_else(
    window: tuple[Page, browser.Watch], server: Server
) -> None:
    """What gets past all else, the content policy stops: the browser, not this app, does it."""
    page, watch = window
    open_page(page, server.base, "sample")
    assert watch.problems == []
    page.evaluate(
        """() => {
          const script = document.createElement("script")
          script.textContent = "window.evil = 1"
          const holder = document.createElement("div")
          holder.innerHTML = `<img src="x" onerror="window.evil = 2">`
            + `<img src="http://evil.invalid/x.png">`
          document.body.append(script, holder)
        }"""
    )
    until(page, lambda: sum("Content Security Policy" in it for it in watch.problems) == 3)
    assert page.evaluate("window.evil") is None
    watch.problems.clear()


def test_hostile_names_are_shown_as_they_are(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "traverse", "clusters", "results", "objectives", "toy_plane"):
        visit(page, server.base, path)
        sidebar = page.get_by_test_id("stSidebar")
        expect(sidebar.get_by_text(EVIL, exact=True)).to_be_visible()
        sidebar.get_by_text(EVIL, exact=True).click()
        until(page, lambda: "evil" in page.url or "img" in page.url)
        assert page.locator(".katex", has_text="x^2").count() == 0
        assert page.evaluate("window.evil") is None
        assert page.get_by_test_id("stException").count() == 0
    open_page(page, server.base, "")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("folders cannot be shown").click()
    listed = sidebar.get_by_test_id("stExpander")
    expect(listed).to_contain_text("has no run '<img src=x onerror=window.evil=1>")
    expect(listed).to_contain_text(f"has an unknown key '{PICTURE[:30]}")
    assert listed.locator("img, h1, .katex").count() == 0
    assert page.evaluate("window.evil") is None
    assert [url for url in asked if not url.startswith((server.base, "data:", "blob:"))] == []


def test_a_run_that_goes_while_it_is_shown_is_said_to_be_gone(
    window: tuple[Page, browser.Watch], server: Server, checkpoints: Path, tmp_path: Path
) -> None:
    page, watch = window
    folder, away = checkpoints / "mnist" / "beta-vae", tmp_path / "away"

    def take_away(route: Route) -> None:
        if folder.exists():
            folder.rename(away)
        route.continue_()

    # Between the page and the weights that it asks for: the live view says so, in its run's place.
    page.route("**/mnist/beta-vae/decoder.safetensors*", take_away)
    page.goto(f"{server.base}/traverse?runs=VAE&runs=β-VAE")
    gone = page.get_by_text("There is no run 'beta-vae'")
    expect(gone.first).to_be_visible()
    page.unroute("**/mnist/beta-vae/decoder.safetensors*")
    # Within the session: the pages go on without it.
    for title in ("Sample", "Clusters"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        settle(page)
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_text(SENTENCE).count() == 0
    assert all("404" in problem for problem in watch.problems)  # what is gone is not found
    watch.problems.clear()
    away.rename(folder)
    open_page(page, server.base, "traverse", runs="β-VAE")
    browser.assert_sound(page)
    assert browser.shown_runs(page) == ["β-VAE"]
    assert watch.problems == []
    assert server.tracebacks() == ""


def test_two_browsers_on_one_run_see_each_their_own(
    page: Page, other: Page, server: Server, switches: Path
) -> None:
    (switches / "read").unlink(missing_ok=True)
    query = {"dataset": "Fashion-MNIST", "runs": "μ-VAE#2"}
    for each in (page, other):
        open_page(each, server.base, "traverse", **query)
    for value in ("0.25", "0.5", "0.75"):  # both at once
        page.get_by_test_id("dim-2").fill(value)
        other.get_by_test_id("dim-2").fill(f"-{value}")
    until(page, lambda: "z=0%2C0%2C0.75" in page.url)
    until(other, lambda: "z=0%2C0%2C-0.75" in other.url)
    for each, (across, down) in ((page, (0, 150)), (other, (150, 0))):
        open_page(each, server.base, **query, choose="draw")
        box = each.get_by_test_id("drawpad").bounding_box()
        assert box is not None
        each.mouse.move(box["x"] + 40, box["y"] + 40)
        each.mouse.down()
        each.mouse.move(box["x"] + 40 + across, box["y"] + 40 + down, steps=5)
        each.mouse.up()
    for each in (page, other):
        until(each, lambda each=each: "drawing=" in each.url)
    drawings = {each.url.partition("drawing=")[2].partition("&")[0] for each in (page, other)}
    assert len(drawings) == 2
    assert (switches / "read").read_text().split() == ["mu-vae-2"]


_READ = """async ({ module, files }) => {
  const { readSafetensors } = await import(module)
  return Object.fromEntries(Object.entries(files).map(([kind, text]) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    try {
      return [kind, [...readSafetensors(bytes.buffer).tensors].map(([name]) => name).join("")]
    } catch (error) {
      return [kind, `${error.constructor.name}: ${error.message}`]
    }
  }))
}"""
# What the browser reads nevertheless: JSON's last of two keys, and shapes and names that its
# networks then find wanting.
HARMLESS = {
    "tensor twice": "ab",
    "last tensor twice": "ab",
    "metadata twice": "ab",
    "shape long": "ab",
    "tensor missing": "a",
    "tensor more": "abc",
    "none": "",
}


def test_the_browsers_reader_refuses_what_is_spoilt(page: Page, server: Server) -> None:
    open_page(page, server.base, "objectives")
    files = {kind: base64.b64encode(data).decode() for kind, data in SPOILT.items()}
    files["sound"] = base64.b64encode(SOUND).decode()
    module = f"{server.base}/live/js/{modules_version()}/web/engine/safetensors.js"
    found = page.evaluate(_READ, {"module": module, "files": files})
    assert found.pop("sound") == "ab"
    assert {kind: found.pop(kind) for kind in HARMLESS} == HARMLESS
    for kind, said in found.items():
        assert said.startswith("Error: "), (kind, said)  # ours, not a TypeError by accident
        assert "weight" in said, kind


@pytest.mark.parametrize(
    ("origin", "status"), [("own", 101), ("https://evil.invalid", 403), ("null", 403)]
)
def test_only_its_own_pages_open_a_session(server: Server, origin: str, status: int) -> None:
    connection = http.client.HTTPConnection(server.base.removeprefix("http://"), timeout=PATIENCE)
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        "Origin": server.base if origin == "own" else origin,
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    assert connection.getresponse().status == status
    connection.close()


def test_an_upload_without_the_pages_token_is_refused(server: Server) -> None:
    connection = http.client.HTTPConnection(server.base.removeprefix("http://"), timeout=PATIENCE)
    connection.request("PUT", "/_stcore/upload_file/session/file", body=b"x")
    assert connection.getresponse().status == 403
    connection.close()
