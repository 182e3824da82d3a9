"""Moves of the pointer in the live views: from the event to what is painted, and without end."""

import time
from typing import TYPE_CHECKING, Any

from bench.live_opening import DEEP, FIRST_FRAME, POINTS, at_rest, new_page_at
from bench.server import Server, resident
from muvae.errors import MuvaeError

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

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

# Of the live images: what they show, and whether all show something else than `mark` says.
_CODES = f"""(() => {{
  const deep = {DEEP}
  let images = null
  return (mark) => {{
    images ??= deep("[data-testid^=live-]")
    const codes = images.map((image) => image.dataset.code)
    return mark === null ? codes : codes.every((code, at) => code !== mark[at])
  }}
}})()"""


def drag(server: Server, page: "Page", moves: int) -> dict[str, Any]:
    """Drag a slider of Traverse: milliseconds a move, and what was said to the server meanwhile."""
    said: list[str] = []
    page.on(
        "websocket",
        lambda socket: [
            # Playwright's types have one overload an event; here the name is a variable.
            socket.on(event, lambda _, event=event: said.append(event))  # type: ignore[call-overload]
            for event in ("framesent", "framereceived")
        ],
    )
    new_page_at(server, page, "traverse", FIRST_FRAME)
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
    new_page_at(server, page, "clusters", POINTS)
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
    new_page_at(server, page, "traverse", FIRST_FRAME)
    at_rest(page)
    session = page.context.new_cdp_session(page)

    def memory() -> tuple[float, int | None]:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"], resident(server.process.pid)

    started = time.perf_counter()
    first = None
    turn = 0
    while (spent := time.perf_counter() - started) < seconds or first is None:
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
