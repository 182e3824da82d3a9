"""The fixtures of the browser tests: `pytest_plugins = ("browser_fixtures",)` in a module of them.

A module may have its own of a name; the others then take that: with its own `checkpoints`, say,
`server` serves those.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
from browser import Server, Watch
from playwright.sync_api import Browser, Page

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
def checkpoints(served_checkpoints: Path) -> Path:
    """The folder that is served, which nobody changes: untrained runs, MNIST's toy runs too."""
    return served_checkpoints


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


Windows = Callable[..., tuple[Page, Watch]]


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> Iterator[Windows]:
    """Gives the page that all tests use, one for each set of a browser context's options.

    Its cache makes all loads but the first quick. Another `number` is another browser's.
    """
    opened: dict[str, tuple[Page, Watch]] = {}
    with contextlib.ExitStack() as stack:

        def window(number: int = 1, **options: Any) -> tuple[Page, Watch]:
            key = repr((number, sorted(options.items())))
            if key not in opened:
                opened[key] = stack.enter_context(browser.own_window(chromium, **options))
            return opened[key]

        yield window


@pytest.fixture
def window(windows: Windows) -> tuple[Page, Watch]:
    """The page that most tests use, and who watches it, for tests in which things go wrong."""
    return windows()


@pytest.fixture
def page(
    windows: Windows, chromium: Browser, server: Server, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A wide, light page; at the end nothing may have gone wrong unseen.

    With an indirect parameter it is one of a browser context with these options; with "own" among
    them it is the test's alone. It shows what the test before has left: open_page or visit first.
    Where the test fails, a screenshot is kept.
    """
    options: dict[str, Any] = dict(getattr(request, "param", None) or {})
    if options.pop("own", False):
        shown = _own(chromium, options)
    else:
        shown = browser.borrowed(windows(**options), server, options, keep=not options)
    with shown as page:
        yield page
        if request.node.stash.get(FAILED, False):
            browser.shoot(page, f"{request.path.stem}-{request.node.name}")
            page.goto("about:blank")
    assert server.tracebacks() == ""


@contextlib.contextmanager
def _own(chromium: Browser, options: dict[str, Any]) -> Iterator[Page]:
    with browser.own_window(chromium, **options) as (page, watch):
        yield page
        assert watch.problems == []


@pytest.fixture
def other(windows: Windows, server: Server) -> Iterator[Page]:
    """A page of another browser, wide and light; nothing may go wrong in it either."""
    with browser.borrowed(windows(number=2), server, {}, keep=True) as page:
        yield page


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
