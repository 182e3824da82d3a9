"""Measure the app under load: many visitors at once, over Streamlit's own WebSocket protocol."""

import asyncio
import contextlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.percentile import percentile
from bench.server import cpu_seconds, proportional, serve
from common import Parser, whole_number
from load.records import Records
from load.verdicts import Moment, Verdict, verdicts
from load.visitor import Habits, visit_all
from process import run_main
from rich.console import Console
from rich.table import Table

from muvae.errors import InvalidInputError
from muvae.runs.files import write_json

EPILOG = """\
Each visitor is a browser tab without the browser: it loads the front end's files, connects, and
says on the WebSocket what the front end would say (widgets' values, page changes, clicks, what live
views tell, the large messages that it has kept). It fetches over HTTP what the live views need,
once, as a browser's cache does, asks the classifiers, and saves a file now and then. It goes from
page to page at random, does 2 to 5 things on each, and thinks before every one of them.

  round trip   from the message to the end of the run that it asks for, all elements received
  memory       proportional set size of the server and its children; a line a minute
  left         the same once all visitors have been gone for longer than Streamlit keeps their
               sessions (server.disconnectedSessionTTL, 120 s), one new one has come, and the server
               has tidied up, which it does once a minute

Before that, one visitor alone, whose round trips are the measure for how busy the machine is.
Ends with exit status 1 where a bound is missed. Run it on an idle machine.
"""
ALONE_THINK = (0.2, 0.5)  # seconds
ARRIVAL = 60.0  # seconds; visitors come in the first half of them, or of the whole time
SAMPLE = 5.0  # seconds between two looks at memory
KEPT = 120 + 10  # seconds that Streamlit keeps a session whose visitor has left, and some more
TIDY = 70.0  # seconds within which the server then tidies up (app/server/asgi.py)


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_checkpoints()
    parser.add_argument("--sessions", type=whole_number(1), default=50, help="(default: 50)")
    parser.add_argument("--minutes", type=float, default=10.0, help="of load (default: 10)")
    parser.add_argument(
        "--think",
        type=float,
        nargs=2,
        default=(2.0, 6.0),
        metavar=("FROM", "TO"),
        help="seconds between two acts of a visitor (default: 2 6)",
    )
    parser.add_argument(
        "--alone",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="of one visitor before (default: %(default)s)",
    )
    parser.add_argument("--url", help="of a running server (default: one is started)")
    parser.add_argument("--pid", type=int, help="its process, for its memory")
    parser.add_argument(
        "--left",
        type=float,
        default=KEPT,
        metavar="SECONDS",
        help="wait before memory is measured again; 0: do not (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    flags = parser.parse_args()
    if flags.minutes <= 0 or not 0 <= flags.think[0] <= flags.think[1]:
        parser.error("--minutes and --think must be positive, FROM at most TO")
    if flags.pid is not None and proportional(flags.pid) is None:
        parser.error(f"--pid {flags.pid} is no process whose memory can be read")
    return flags


def main() -> None:
    """Measure, print what came of it, and tell whether it is within the bounds."""
    flags = parse_arguments()
    console = Console(highlight=False)
    load = os.getloadavg()
    console.print(f"load averages at the start {_joined(load)} (near 0 on an idle machine)")
    with server_of(flags) as (address, pid):
        asyncio.run(visit_all(1, address, Records(), _habits(ALONE_THINK, 1)))  # runs are read then
        alone = Records()
        asyncio.run(visit_all(1, address, alone, _habits(ALONE_THINK, flags.alone)))
        _check_answers(alone, address)
        console.print(
            f"one visitor alone: {len(alone.trips)} round trips, median {alone.share(0.5):.3f} s, "
            f"95 % within {alone.share(0.95):.3f} s"
        )
        records, moments = Records(), list[Moment]()
        asyncio.run(crowd(flags, address, pid, records, moments, console))
        left = after(flags, address, pid) if flags.left and pid else None
    found = verdicts(records, alone, moments, left)
    console.print(_table(found, flags, records, alone))
    for text, count in records.errors.most_common(10):
        console.print(f"{count} × {text}", markup=False)
    if flags.json:
        write_json(flags.json, _report(flags, load, records, alone, moments, left, found))
    if not all(verdict.holds for verdict in found):
        sys.exit(1)


@contextlib.contextmanager
def server_of(flags: Any) -> Iterator[tuple[str, int | None]]:
    """Where the server is, and its process: the one that is named, or one that is started."""
    if flags.url:
        yield flags.url, flags.pid
        return
    with serve(flags.checkpoints.resolve()) as server:
        server.wait_listening()
        yield server.address, server.process.pid


def _check_answers(alone: Records, address: str) -> None:
    if not alone.trips:
        reason = next(iter(alone.errors), "nothing was answered")
        raise InvalidInputError(f"{address} does not serve the app: {reason}")


async def crowd(
    flags: Any,
    address: str,
    pid: int | None,
    records: Records,
    moments: list[Moment],
    console: Console,
) -> None:
    """Let all visitors come, and look at the server meanwhile."""
    habits = _habits(flags.think, 60 * flags.minutes)
    watching = asyncio.create_task(watch(pid, records, moments, console))
    try:
        arrival = min(ARRIVAL, habits.until - time.monotonic()) / 2
        await visit_all(flags.sessions, address, records, habits, arrival=arrival)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def watch(pid: int | None, records: Records, moments: list[Moment], console: Console) -> None:
    """Look at memory every few seconds; say every minute how it goes."""
    started = time.monotonic()
    minute, cpu = 1, cpu_seconds(pid)
    while True:
        await asyncio.sleep(SAMPLE)
        now = time.monotonic()
        moments.append(Moment(now - started, proportional(pid)))
        if now - started < 60 * minute:
            continue
        trips = [it.seconds for it in records.trips if now - it.at <= 60]
        used, cpu = cpu_seconds(pid) - cpu, cpu_seconds(pid)
        memory = moments[-1].memory
        console.print(
            f"minute {minute}: {len(trips)} round trips, median {percentile(trips, 0.5):.3f} s, "
            f"95 % within {percentile(trips, 0.95):.3f} s; errors {records.errors.total()}; "
            f"memory {'unknown' if memory is None else f'{memory / 1e6:.0f} MB'}; "
            f"server's CPU {100 * used / 60:.0f} % of a core; load {os.getloadavg()[0]:.1f}",
            soft_wrap=True,
        )
        minute += 1


def after(flags: Any, address: str, pid: int) -> int | None:
    """Memory once the sessions of those who left are gone, which the next visitor sets off."""
    time.sleep(flags.left)
    asyncio.run(visit_all(1, address, Records(), _habits(ALONE_THINK, 5)))
    time.sleep(TIDY)
    return proportional(pid)


def _habits(think: tuple[float, float], seconds: float) -> Habits:
    return Habits((think[0], think[1]), time.monotonic() + seconds)


def _joined(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _table(found: list[Verdict], flags: Any, records: Records, alone: Records) -> Table:
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    ratio = records.share(0.95) / alone.share(0.95)
    table = Table(
        title=f"{flags.sessions} visitors for {flags.minutes:g} minutes",
        caption=f"{machine}; {len(records.trips)} round trips, {len(records.requests)} requests of "
        f"{records.bytes / 1e6:.0f} MB; 95th percentile {ratio:.1f} times that of one alone",
    )
    for column in ("", "measured", "asked", ""):
        table.add_column(column, justify="right" if column else "left")
    for verdict in found:
        table.add_row(verdict.what, verdict.measured, verdict.asked, "✓" if verdict.holds else "✗")
    return table


def _report(
    flags: Any,
    load: tuple[float, ...],
    records: Records,
    alone: Records,
    moments: list[Moment],
    left: int | None,
    found: list[Verdict],
) -> dict[str, Any]:
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_averages_at_start": list(load),
        "sessions": flags.sessions,
        "minutes": flags.minutes,
        "think_seconds": list(flags.think),
        "round_trips": len(records.trips),
        "pages": records.by_page(),
        "round_trip_seconds": {str(share): records.share(share) for share in (0.5, 0.95, 1.0)},
        "alone_seconds": {str(share): alone.share(share) for share in (0.5, 0.95, 1.0)},
        "requests": len(records.requests),
        "memory_bytes": [[moment.seconds, moment.memory] for moment in moments],
        "memory_left_bytes": left,
        "dropped": records.dropped,
        "errors": dict(records.errors),
        "holds": {verdict.what: verdict.holds for verdict in found},
    }


if __name__ == "__main__":
    run_main(main)
