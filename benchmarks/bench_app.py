"""Measure the app: start to first picture, page switches, the server's memory, console errors."""

import os
import platform
import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bench.browser import Watch, add_browser, chromium, new_page
from bench.percentile import percentile
from bench.server import PATIENCE, Server, resident, serve, served_runs
from common import Parser, whole_number
from process import run_main
from rich.console import Console
from rich.table import Table

from muvae import DATASETS
from muvae.errors import MuvaeError
from muvae.runs.files import write_json

if TYPE_CHECKING:
    from playwright.sync_api import Page

EPILOG = """\
What is measured, with the real server and a headless Chromium:

  first picture   from the start of the server's process to the first drawn picture of Reconstruct
                  in a browser that is open already but has nothing of the app in its cache; the
                  server is a fresh one each time
  page switch     from the click on a page's link in the sidebar to the last change of the page:
                  its heading and last element are there, the script has ended, and for 150 ms
                  (not counted) nothing has changed
  memory          resident memory of the server and its children, the most that was seen while all
                  pages of all datasets were shown with all runs chosen

Run it on an idle machine. It needs playwright (pip install -r requirements-dev.txt) and a Chromium.
"""
PICTURE = ".tiles[data-ready] canvas"

# Each page, in the order in which it is opened, and what its last element holds.
PAGES = {
    "Sample": ".samples [data-ready=true]",
    "Traverse": ".traverse .track[data-ready]",
    "Clusters": ".maps [data-ready=true]",
    "Interpolate": ".interpolate [data-ready=true]",
    "Arithmetic": ".arithmetic [data-testid^=live-][data-code]",
    "Training": ".js-plotly-plot",
    "Distributions": ".js-plotly-plot",
    "Results": "table",
    "Toy plane": ".panel[data-ready=true], [data-testid=stAlertContainer]",
    "Objectives": ".katex",
    "Reconstruct": "[data-testid=stExpander]",
}

# Watches the page's main part, shadow roots included. `begin` starts the clock at the next click;
# `end` tells how many milliseconds later the page had become what it then stayed for `quiet`.
_WATCH = """() => {
  const main = () => document.querySelector("[data-testid=stMain]")
  const app = () => document.querySelector("[data-testid=stApp]")
  const observed = new WeakSet()
  const roots = () => [...document.querySelectorAll("[data-testid=stMain] *")]
    .map((element) => element.shadowRoot).filter(Boolean)
  let clicked = 0
  let changed = 0
  const observer = new MutationObserver((records) => {
    const inside = ({ target }) => target.getRootNode() !== document || main()?.contains(target)
    if (records.some(inside)) changed = performance.now()
  })
  const everything = { subtree: true, childList: true, attributes: true, characterData: true }
  observer.observe(document, everything)
  const ready = (heading, last) =>
    app()?.dataset.testScriptState === "notRunning"
      && document.documentElement.dataset.live !== "busy"
      && main()?.querySelector("h1")?.textContent === heading
      && !main().querySelector("[data-testid=stSkeleton], [data-stale=true]")
      && [...main().querySelectorAll(".js-plotly-plot")].every((plot) => plot._fullLayout)
      && [main(), ...roots()].some((root) => root.querySelector(last))
  window.benchBegin = () => document.addEventListener(
    "click", () => { clicked = changed = performance.now() }, { capture: true, once: true })
  window.benchEnd = ({ heading, last, quiet }) => new Promise((resolve) => {
    const look = () => {
      for (const root of roots()) {
        if (!observed.has(root)) observer.observe(root, everything)
        observed.add(root)
      }
      if (!ready(heading, last)) changed = performance.now()
      if (performance.now() - changed >= quiet) resolve(changed - clicked)
      else setTimeout(look, 5)
    }
    look()
  })
}"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    add_browser(parser)
    parser.add_argument(
        "--starts", type=whole_number(1), default=3, help="of the server (default: %(default)s)"
    )
    parser.add_argument(
        "--switches", type=whole_number(1), default=20, help="of pages (default: %(default)s)"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, and print what came of it."""
    flags = parse_arguments()
    checkpoints = flags.checkpoints.resolve()
    runs = served_runs(checkpoints)
    console = Console(highlight=False)
    load = os.getloadavg()[0]
    console.print(f"load average at the start {load:.2f} (near 0 on an idle machine)")
    watch = Watch()
    starts = []
    switches = []
    with chromium(flags.chromium) as browser, console.status("starting") as status:
        for number in range(1, flags.starts + 1):
            status.update(f"start {number}/{flags.starts}")
            with serve(checkpoints) as server:
                page = new_page(browser, watch)
                starts.append(first_picture(server, page))
                if number == flags.starts:
                    memory_first = resident(server.process.pid)
                    settle(page, "Reconstruct")
                    for count in range(flags.switches):
                        status.update(f"switch {count + 1}/{flags.switches}")
                        switches.append(switch(page, list(PAGES)[count % len(PAGES)]))
                    status.update("memory")
                    memory = open_everything(server, page, runs)
                page.context.close()
    report = {
        "checkpoints": {name: list(names) for name, names in runs.items()},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average_at_start": load,
        "first_picture_seconds": starts,
        "switch_seconds": switches,
        "memory_at_first_picture_bytes": memory_first,
        "memory_bytes": memory,
        "console_errors": watch.errors,
    }
    console.print(_table(report))
    for error in watch.errors:
        console.print(f"console error: {error}", markup=False)
    if flags.json:
        write_json(flags.json, report)


def first_picture(server: Server, page: "Page") -> float:
    """Seconds from the server's start to the first drawn picture."""
    server.wait_listening()
    page.goto(server.address, wait_until="commit")
    page.wait_for_selector(PICTURE)
    return time.perf_counter() - server.started


def settle(page: "Page", title: str) -> float:
    """Wait until a page shows all that it is going to; seconds since the click that led there."""
    if page.evaluate("!window.benchBegin"):
        page.evaluate(_WATCH)
    wanted = {"heading": title, "last": PAGES[title], "quiet": 150}
    milliseconds: float = page.evaluate("(wanted) => window.benchEnd(wanted)", wanted)
    return milliseconds / 1000


def switch(page: "Page", title: str) -> float:
    """Seconds from the click on a page's link to its last change."""
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text=title)
    page.evaluate("window.benchBegin()")
    link.click()
    return settle(page, title)


def open_everything(
    server: Server, page: "Page", runs: Mapping[str, tuple[str, ...]]
) -> int | None:
    """Show all pages of all datasets with all runs; the most bytes that the server then had."""
    seen = []
    for dataset, names in runs.items():
        sidebar = page.get_by_test_id("stSidebar")
        sidebar.get_by_role("radio", name=DATASETS[dataset].title, exact=True).click()
        choose_all_runs(page, len(names))
        for title in PAGES:
            switch(page, title)
            seen.append(resident(server.process.pid))
    known = [value for value in seen if value is not None]
    return max(known) if known else None


def choose_all_runs(page: "Page", count: int) -> None:
    """Choose every run that the sidebar offers, `count` of them."""
    sidebar = page.get_by_test_id("stSidebar")
    chosen = sidebar.get_by_role("button", name="Remove ")
    end = time.monotonic() + PATIENCE
    while chosen.count() != count:
        if time.monotonic() > end:
            raise MuvaeError(f"the sidebar does not let all {count} runs be chosen")
        sidebar.get_by_role("combobox").click()
        page.get_by_role("option").first.click()  # "Select all", or the last one left
        page.keyboard.press("Escape")
        page.wait_for_timeout(1000)


def _table(report: dict[str, Any]) -> Table:
    starts, switches = report["first_picture_seconds"], report["switch_seconds"]
    runs = ", ".join(f"{len(names)} of {name}" for name, names in report["checkpoints"].items())
    table = Table(title="The app in Chromium", caption=f"{report['machine']}; runs: {runs}")
    table.add_column("")
    table.add_column("measured", justify="right")
    each = ", ".join(f"{value:.1f}" for value in starts)
    table.add_row("server start to first picture", f"{statistics.median(starts):.2f} s ({each})")
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        table.add_row(
            f"page switch, {name} of {len(switches)}", f"{percentile(switches, share):.2f} s"
        )
    for name, key in (
        ("server's memory at the first picture", "memory_at_first_picture_bytes"),
        ("server's memory, all runs on all pages", "memory_bytes"),
    ):
        value = report[key]
        table.add_row(name, "unknown" if value is None else f"{value / 1e6:.0f} MB")
    table.add_row("console errors", str(len(report["console_errors"])))
    return table


if __name__ == "__main__":
    run_main(main)
