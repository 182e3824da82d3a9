"""Measure how live the live views are: from the pointer to what is painted, bytes, memory."""

import os
import platform
import time
from typing import TYPE_CHECKING, Any

from bench_browser import (
    Server,
    Watch,
    add_browser,
    chromium,
    new_page,
    percentile,
    resident,
    serve,
    served_runs,
)
from common import Parser, run_main, whole_number
from rich.console import Console
from rich.table import Table

from muvae.errors import MuvaeError
from muvae.files import write_json

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Locator, Page

EPILOG = """\
What is measured, with the real server, a headless Chromium and the four runs of the paper on MNIST:

  drag       a slider of Traverse under the mouse: from the time stamp of each pointer event to the
             end of the frame in which all runs are painted; frames that went over the WebSocket and
             requests that were made meanwhile
  draw       a stroke on the pad of Reconstruct: from the pointer event to the end of the frame
             in which the last of the four runs has shown a newer reconstruction
  hover      the pointer on a map of Clusters: from the pointer event to the end of the frame in
             which the image, its reconstructions and the marks in all maps are painted
  opening    Traverse in an empty browser: to the first live frame of all runs, and the bytes that
             were loaded, Streamlit's own front end apart; the same bytes when coming back to the
             page; Clusters, to its first points
  soak       dragging without end: the page's heap (after a garbage collection) and the server's
             memory after the first minute and at the end

The browser gives events once a frame (60 a second): what happened up to 16.7 ms before its frame
waits that long at most, which is within the figures. Run it on an idle machine. It needs
playwright (pip install -r requirements-dev.txt) and a Chromium.
"""

# Times events of one type that reach `selector`, from their time stamp to after the paint of the
# frame that follows them; a frame without `done()` of its own counts with the next that has it.
_TIME = """({ type, done }) => {
  const ready = done ? new Function(`return (${done})`)() : null
  window.benchTimes = []
  let since = null
  let mark = null
  const painted = (start) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => window.benchTimes.push(performance.now() - start)
    channel.port2.postMessage(null)
  }
  const look = () => {
    if (since === null) return
    if (ready && !ready(mark)) {
      requestAnimationFrame(look)
      return
    }
    painted(since)
    since = null
  }
  window.benchStop?.abort()
  window.benchStop = new AbortController()
  addEventListener(type, (event) => {
    if (since !== null) return
    since = event.timeStamp
    mark = ready ? ready(null) : null
    requestAnimationFrame(look)
  }, { capture: true, signal: window.benchStop.signal })
}"""

_DEEP = """(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap(
      (element) => (element.shadowRoot ? all(element.shadowRoot, selector) : []))]
  return (selector) => all(document, selector)
})()"""

# Of the live images: what they show, and whether all show something else than `mark` says.
_CODES = f"""(() => {{
  const deep = {_DEEP}
  let images = null
  return (mark) => {{
    images ??= deep("[data-testid^=live-]")
    const codes = images.map((image) => image.dataset.code)
    return mark === null ? codes : codes.every((code, at) => code !== mark[at])
  }}
}})()"""

_FIRST_FRAME = f"""() => {{
  const images = {_DEEP}("[data-testid^=live-]")
  const drawn = (image) => image.getContext("2d").getImageData(14, 14, 1, 1).data[3]
  return images.length === 4 && images.every(drawn) && performance.now()
}}"""

_POINTS = f"""() => {{
  const maps = {_DEEP}("[data-testid^=map-]")
  return maps.length === 4 && maps.every((map) => map.dataset.ready) && performance.now()
}}"""


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    add_browser(parser)
    parser.add_argument(
        "--moves", type=whole_number(20), default=300, help="of the pointer (default: %(default)s)"
    )
    parser.add_argument(
        "--openings", type=whole_number(1), default=5, help="in an empty browser (default: 5)"
    )
    parser.add_argument(
        "--soak",
        type=whole_number(0),
        default=600,
        metavar="SECONDS",
        help="of dragging; 0: none (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> None:
    """Measure, and print what came of it."""
    flags = parse_arguments()
    checkpoints = flags.checkpoints.resolve()
    served_runs(checkpoints)
    console = Console(highlight=False)
    load = os.getloadavg()[0]
    console.print(f"load average at the start {load:.2f} (near 0 on an idle machine)")
    watch = Watch()
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average_at_start": load,
    }
    with (
        chromium(flags.chromium) as browser,
        serve(checkpoints) as server,
        console.status("opening") as status,
    ):
        server.wait_listening()
        # Once unmeasured: the server reads the runs on their first request.
        new_page_at(server, new_page(browser, watch), "traverse", _FIRST_FRAME)
        report["openings"] = []
        for _ in range(flags.openings):
            page = new_page(browser, watch)
            report["openings"].append(opening(server, page))
            page.context.close()
        page = new_page(browser, watch)
        status.update("drag")
        report["drag"] = drag(server, page, flags.moves)
        status.update("draw")
        report["draw_ms"] = draw(server, page, flags.moves)
        status.update("hover")
        report["hover_ms"] = hover(server, page, flags.moves)
        page.context.close()
        if flags.soak:
            status.update(f"soak of {flags.soak} s")
            report["soak"] = soak(server, new_page(browser, watch), flags.soak)
    report["console_errors"] = watch.errors
    console.print(_table(report))
    for error in watch.errors:
        console.print(f"console error: {error}", markup=False)
    if flags.json:
        write_json(flags.json, report)


def new_page_at(server: Server, page: "Page", path: str, ready: str) -> float:
    """Open a page; seconds from the start of its loading to `ready`."""
    page.goto(f"{server.address}/{path}", wait_until="commit")
    milliseconds: float = page.wait_for_function(ready).json_value()
    return milliseconds / 1000


def opening(server: Server, page: "Page") -> dict[str, float]:
    """Traverse in an empty browser, then again from Sample, then Clusters: seconds, bytes."""
    meter = Meter(page)
    first = new_page_at(server, page, "traverse", _FIRST_FRAME)
    at_rest(page)
    loaded, weights, front_end = meter.own, meter.weights, meter.front_end
    link(page, "Sample").click()
    page.get_by_role("heading", level=1, name="Sample").wait_for()
    at_rest(page)
    meter.weights = 0
    link(page, "Traverse").click()
    page.wait_for_function(_FIRST_FRAME)
    at_rest(page)
    again = meter.weights
    page.evaluate("window.benchStart = performance.now()")
    link(page, "Clusters").click()
    points = page.wait_for_function(_POINTS).json_value()
    start = page.evaluate("window.benchStart")
    return {
        "first_frame_seconds": first,
        "own_bytes": loaded,
        "weights_bytes": weights,
        "front_end_bytes": front_end,
        "weights_bytes_again": again,
        "clusters_points_seconds": (points - start) / 1000,
    }


def link(page: "Page", title: str) -> "Locator":
    """A page's link in the sidebar."""
    return page.get_by_test_id("stSidebarNavLink").filter(has_text=title)


class Meter:
    """Bytes that a page loads: Streamlit's front end, and the app's own with its WebSocket."""

    def __init__(self, page: "Page") -> None:
        self.own = self.front_end = self.weights = 0
        self._paths: dict[str, str] = {}
        session: CDPSession = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.webSocketFrameReceived", self._frame)

    def _sent(self, event: dict[str, Any]) -> None:
        self._paths[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        url = self._paths.get(event["requestId"], "")
        size = int(event["encodedDataLength"])
        if "/static/" in url:
            self.front_end += size
        else:
            self.own += size
        if url.partition("?")[0].endswith(".safetensors"):
            self.weights += size

    def _frame(self, event: dict[str, Any]) -> None:
        self.own += len(event["response"]["payloadData"]) * 3 // 4  # base64


def at_rest(page: "Page") -> None:
    """Wait until nothing is under way, and a second more for what rest itself sets off."""
    page.wait_for_timeout(1000)
    page.wait_for_function("document.documentElement.dataset.live !== 'busy'")


def drag(server: Server, page: "Page", moves: int) -> dict[str, Any]:
    """Drag a slider of Traverse: milliseconds a move, and what was said to the server meanwhile."""
    said: list[str] = []
    page.on(
        "websocket",
        lambda socket: [
            socket.on(event, lambda _, event=event: said.append(event))  # type: ignore[call-overload]
            for event in ("framesent", "framereceived")
        ],
    )
    new_page_at(server, page, "traverse", _FIRST_FRAME)
    at_rest(page)
    page.on("request", lambda request: said.append(request.url))
    box = bounding_box(page.get_by_test_id("dim-3"))
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.wait_for_timeout(500)
    said.clear()
    page.evaluate(_TIME, {"type": "input", "done": None})
    for move in range(moves):
        page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * swing(move, 60)), y)
        page.wait_for_timeout(20)
    times = page.evaluate("window.benchTimes")
    heard = list(said)
    page.mouse.up()
    return {"ms": times, "said": heard}


def draw(server: Server, page: "Page", moves: int) -> list[float]:
    """Draw on the pad: milliseconds from a move to the last run's newer reconstruction."""
    page.goto(f"{server.address}/?choose=draw")
    pad = page.get_by_test_id("drawpad")
    pad.wait_for()
    at_rest(page)
    box = bounding_box(pad)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    at_rest(page)
    page.evaluate(_TIME, {"type": "pointermove", "done": _CODES})
    for move in range(moves):
        x = box["x"] + box["width"] * (0.2 + 0.6 * swing(move, 24))
        y = box["y"] + box["height"] * (0.2 + 0.6 * swing(move, 140))
        page.mouse.move(x, y)
        page.wait_for_timeout(60)
    times: list[float] = page.evaluate("window.benchTimes")
    page.mouse.up()
    return times


def hover(server: Server, page: "Page", moves: int) -> list[float]:
    """Move over a map of Clusters: milliseconds from a move to the frame that shows it."""
    new_page_at(server, page, "clusters", _POINTS)
    at_rest(page)
    box = bounding_box(page.get_by_test_id("map-vae"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    at_rest(page)
    page.evaluate(_TIME, {"type": "pointermove", "done": None})
    for move in range(moves):
        x = box["x"] + box["width"] * (0.25 + 0.5 * swing(move, 50))
        y = box["y"] + box["height"] * (0.25 + 0.5 * swing(move, 70))
        page.mouse.move(x, y)
        page.wait_for_timeout(30)
    times: list[float] = page.evaluate("window.benchTimes")
    return times


def soak(server: Server, page: "Page", seconds: int) -> dict[str, Any]:
    """Drag all sliders in turn: heap and server's memory after a tenth of the time, at the end."""
    new_page_at(server, page, "traverse", _FIRST_FRAME)
    at_rest(page)
    session = page.context.new_cdp_session(page)

    def memory() -> tuple[float, int | None]:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"], resident(server.process.pid)

    started = time.perf_counter()
    first = None
    turn = 0
    while (spent := time.perf_counter() - started) < seconds:
        if first is None and turn and spent >= seconds / 10:
            first = memory()
        box = bounding_box(page.get_by_test_id(f"dim-{turn % 10}"))
        turn += 1
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, y)
        page.mouse.down()
        for move in range(100):
            page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * swing(move, 40)), y)
            page.wait_for_timeout(20)
        page.mouse.up()
        page.wait_for_timeout(500)
    if first is None:
        raise MuvaeError("the soak is too short to measure anything")
    last = memory()
    return {"seconds": seconds, "drags": turn, "first": first, "last": last}


def bounding_box(locator: "Locator") -> Any:
    """Where an element is, once it is in view."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    if box is None:
        raise MuvaeError("the page does not show what is to be measured")
    return box


def swing(move: int, period: int) -> float:
    """There and back between 0 and 1, `period` moves each way."""
    place = move % (2 * period)
    return (place if place <= period else 2 * period - place) / period


def _table(report: dict[str, Any]) -> Table:
    table = Table(title="Live views in Chromium", caption=report["machine"])
    for column in ("", "p50", "p95", "asked"):
        table.add_column(column, justify="left" if not column else "right")

    def times(name: str, values: list[float], asked: str) -> None:
        p50, p95 = (f"{percentile(values, share):.1f} ms" for share in (0.5, 0.95))
        table.add_row(f"{name} ({len(values)})", p50, p95, asked)

    times("drag to paint", report["drag"]["ms"], "16.7 ms")
    table.add_row("said to the server in the drag", "", str(len(report["drag"]["said"])), "0")
    times("drawing to four reconstructions", report["draw_ms"], "50 ms")
    times("hover to image and marks", report["hover_ms"], "33 ms")
    for name, key, scale, form, asked in (
        ("Traverse to the first live frame", "first_frame_seconds", 1, "{:.2f} s", "2 s"),
        ("bytes for it", "own_bytes", 1e6, "{:.2f} MB", "3 MB"),
        ("of them weights", "weights_bytes", 1e6, "{:.2f} MB", ""),
        ("Streamlit's front end besides", "front_end_bytes", 1e6, "{:.2f} MB", ""),
        ("weights on coming back", "weights_bytes_again", 1, "{:.0f} B", "0"),
        ("Clusters to its points", "clusters_points_seconds", 1, "{:.2f} s", "2 s"),
    ):
        values = [one[key] / scale for one in report["openings"]]
        middle, worst = percentile(values, 0.5), percentile(values, 0.95)
        table.add_row(name, form.format(middle), form.format(worst), asked)
    if "soak" in report:
        (heap, server), (heap_end, server_end) = report["soak"]["first"], report["soak"]["last"]
        table.add_row("heap's growth in the soak", "", f"{(heap_end - heap) / 1e6:.1f} MB", "20 MB")
        if server is not None and server_end is not None:
            growth = f"{(server_end - server) / 1e6:.1f} MB"
            table.add_row("server's growth in the soak", "", growth, "0")
    table.add_row("console errors", "", str(len(report["console_errors"])), "0")
    return table


if __name__ == "__main__":
    run_main(main)
