"""Opening the live views in an empty browser: until they are drawn, and what is loaded for it."""

from typing import TYPE_CHECKING, Any

from bench.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Locator, Page

DEEP = """(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap(
      (element) => (element.shadowRoot ? all(element.shadowRoot, selector) : []))]
  return (selector) => all(document, selector)
})()"""

FIRST_FRAME = f"""() => {{
  const images = {DEEP}("[data-testid^=live-]")
  const drawn = (image) => image.getContext("2d").getImageData(14, 14, 1, 1).data[3]
  return images.length === 4 && images.every(drawn) && performance.now()
}}"""

POINTS = f"""() => {{
  const maps = {DEEP}("[data-testid^=map-]")
  return maps.length === 4 && maps.every((map) => map.dataset.ready) && performance.now()
}}"""


def new_page_at(server: Server, page: "Page", path: str, ready: str) -> float:
    """Open a page; seconds from the start of its loading to `ready`."""
    page.goto(f"{server.address}/{path}", wait_until="commit")
    milliseconds: float = page.wait_for_function(ready).json_value()
    return milliseconds / 1000


def opening(server: Server, page: "Page") -> dict[str, float]:
    """Traverse in an empty browser, then again from Sample, then Clusters: seconds, bytes."""
    meter = Meter(page)
    first = new_page_at(server, page, "traverse", FIRST_FRAME)
    at_rest(page)
    loaded, weights, front_end = meter.own, meter.weights, meter.front_end
    link(page, "Sample").click()
    page.get_by_role("heading", level=1, name="Sample").wait_for()
    at_rest(page)
    meter.weights = 0
    link(page, "Traverse").click()
    page.wait_for_function(FIRST_FRAME)
    at_rest(page)
    again = meter.weights
    page.evaluate("window.benchStart = performance.now()")
    link(page, "Clusters").click()
    points = page.wait_for_function(POINTS).json_value()
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
    # A function: an expression would be evaluated at each look, which the content policy forbids.
    page.wait_for_function("() => document.documentElement.dataset.live !== 'busy'")
