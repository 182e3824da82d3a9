"""The fixtures of the browser tests: `pytest_plugins = ("browser_fixtures",)` in a module of them.

A module may have its own of a name; the others then take that: with its own `checkpoints`, say,
`server` serves those.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import browser
import pytest
from browser import Server, Watch
from playwright.sync_api import Browser, Page
from served import write_checkpoints

from muvae import DATASETS, Run, Split, list_runs, load_run
from muvae.datasets.test_split import read_test_split

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes that a test has failed, for its fixtures."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is served, which nobody changes: untrained runs, MNIST's toy runs too."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_checkpoints(folder, toy=True)
    return folder


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Server]]:
    """Starts the app over a folder of checkpoints; the one before it ends, if of another folder."""
    running: dict[Path, Server] = {}
    with contextlib.ExitStack() as stack:

        def serve(folder: Path) -> Server:
            if folder not in running:
                stack.close()
                running.clear()
                log = tmp_path_factory.mktemp("server") / "stderr.log"
                running[folder] = stack.enter_context(browser.serve(folder, log))
            return running[folder]

        yield serve


@pytest.fixture(scope="module")
def server(checkpoints: Path, servers: Callable[[Path], Server]) -> Server:
    """The app over these checkpoints; one that nobody has stopped."""
    found = servers(checkpoints)
    assert found.process.poll() is None, found.log.read_text()
    return found


# Playwright keeps an event loop in the thread: other tests call asyncio.run() in threads of theirs.
@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, one for all tests of a worker."""
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def window(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    """The one page that all tests use: its cache makes all loads but the first quick."""
    with browser.own_window(chromium) as opened:
        yield opened


@pytest.fixture
def page(
    window: tuple[Page, Watch], chromium: Browser, server: Server, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A wide, light page; at the end nothing may have gone wrong unseen.

    With an indirect parameter it is not the window that all use but a page of its own, in a context
    of these options. Where the test fails, a screenshot is kept.
    """
    with contextlib.ExitStack() as stack:
        if options := getattr(request, "param", None):
            page, watch = stack.enter_context(browser.own_window(chromium, **options))
        else:
            page, watch = window
            page.goto("about:blank")  # whoever served the last page may be gone
            page.set_viewport_size(browser.WIDE)
            page.emulate_media(color_scheme="light")
            watch.problems.clear()
            stack.enter_context(browser.left_as_found(page))
        yield page
        if request.node.stash.get(FAILED, False):
            browser.shoot(page, f"{request.path.stem}-{request.node.name}")
    assert watch.problems == []
    assert server.tracebacks() == ""


@pytest.fixture(scope="module")
def tests(checkpoints: Path) -> dict[str, Split]:
    """The test images that are served, by dataset."""
    return {dataset: read_test_split(checkpoints / dataset) for dataset in DATASETS}


@pytest.fixture(scope="module")
def runs(checkpoints: Path) -> dict[str, dict[str, Run]]:
    """The runs that are served, by dataset and name."""
    return {
        dataset: {entry.name: load_run(entry.path) for entry in list_runs(checkpoints / dataset)}
        for dataset in DATASETS
    }
