"""Measure how live the live views are: from the pointer to what is painted, bytes, memory."""

import os
import platform
from typing import Any

from bench.browser import Watch, add_browser, chromium, new_page
from bench.live_opening import FIRST_FRAME, new_page_at, opening
from bench.live_pointer import drag, draw, hover, soak
from bench.percentile import percentile
from bench.server import serve, served_runs
from common import Parser, whole_number
from process import run_main
from rich.console import Console
from rich.table import Table

from muvae.runs.files import write_json

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
        new_page_at(server, new_page(browser, watch), "traverse", FIRST_FRAME)
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
        for context in browser.contexts:  # before the server goes, of which open pages complain
            context.close()
    report["console_errors"] = watch.errors
    console.print(_table(report))
    for error in watch.errors:
        console.print(f"console error: {error}", markup=False)
    if flags.json:
        write_json(flags.json, report)


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
