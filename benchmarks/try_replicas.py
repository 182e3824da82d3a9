"""Try three replicas behind nginx: one is killed under load, and comes back a while later."""

import asyncio
import contextlib
import math
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.percentile import percentile
from bench.proxy import REPLICAS, find_nginx, serve_proxy
from bench.server import Server, free_port, serve
from common import Parser, whole_number
from load.records import Records
from load.tab import BROKEN, Lost, Tab
from load.visitor import Habits, Visitor
from load.witness import Witness
from process import run_main
from rich.console import Console

EPILOG = """\
The replicas are plain processes, nginx is Debian's, and its configuration is that of compose.yaml
(deploy/nginx.conf and deploy/replicas.conf), but for addresses and ports. Visitors as those of
benchmarks/bench_load.py use the app through it; then one replica is killed (SIGKILL).

  asked   the other replicas' visitors see no error and lose no connection; the killed one's are
          taken to another replica, to the page and the values that they had; whoever comes
          anew meanwhile is served; the replica has visitors again once it is back

Ends with exit status 1 where that is not so.
"""
THINK = (0.5, 1.5)
NEWCOMERS = 12  # who open the app while a replica is down
DOWN = 11.0  # seconds for which nginx leaves a replica alone, and one more


@dataclass(frozen=True)
class Newcomer:
    """Somebody who opened the app: where, in how many seconds, and what went wrong."""

    replica: str
    seconds: float
    records: Records


def parse_arguments() -> Any:
    """The command line's flags."""
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_checkpoints()
    parser.add_argument("--sessions", type=whole_number(3), default=12, help="(default: 12)")
    parser.add_argument(
        "--seconds", type=float, default=15.0, help="before and after the kill (default: 15)"
    )
    return parser.parse_args()


def main() -> None:
    """Try it, and say what came of it."""
    flags = parse_arguments()
    console = Console(highlight=False)
    find_nginx()  # before three servers are started for it
    checkpoints = flags.checkpoints.resolve()
    with contextlib.ExitStack() as stack:
        ports = [free_port() for _ in REPLICAS]
        servers = [stack.enter_context(serve(checkpoints, port)) for port in ports]
        for server in servers:
            server.wait_listening()
        proxy = stack.enter_context(serve_proxy(ports))
        problems = asyncio.run(attempt(flags, proxy.address, servers, checkpoints, console))
    for problem in problems:
        console.print(f"not so: {problem}", markup=False, soft_wrap=True)
    if problems:
        sys.exit(1)


async def attempt(
    flags: Any, address: str, servers: Sequence[Server], checkpoints: Path, console: Console
) -> list[str]:
    """Use the app, kill a replica, bring it back; what was not as it should be."""
    habits = Habits(THINK, until=math.inf)
    crowd = [Visitor(number, address, Records(), habits) for number in range(flags.sessions)]
    witnesses = [Witness(address) for _ in servers]
    async with contextlib.AsyncExitStack() as tabs, asyncio.TaskGroup() as group:
        for witness in witnesses:
            await tabs.enter_async_context(witness.tab)
            await witness.settle()
        visits = [group.create_task(visitor.visit()) for visitor in crowd]
        await asyncio.sleep(flags.seconds)
        victim = witnesses[0].replica
        homes = [visitor.tab.cookie("replica") for visitor in crowd]
        counts = ", ".join(f"{homes.count(name)} on {name}" for name in sorted(set(homes)))
        console.print(f"visitors: {counts}; replica {victim} is killed")
        mourning = [
            group.create_task(witness.watch()) for witness in witnesses if witness.replica == victim
        ]
        killed = servers[int(victim) - 1]
        killed.process.send_signal(signal.SIGKILL)
        newcomers = await open_tabs(address, NEWCOMERS)
        await asyncio.gather(*mourning)
        await asyncio.sleep(flags.seconds)
        revived = await asyncio.to_thread(tabs.enter_context, serve(checkpoints, killed.port))
        await asyncio.to_thread(revived.wait_listening)
        await asyncio.sleep(DOWN)
        late = await open_tabs(address, NEWCOMERS)
        habits.until = time.monotonic()
        await asyncio.gather(*visits)
    return [
        *judge_crowd(crowd, homes, victim, console),
        *judge_witnesses(witnesses, victim, console),
        *judge_newcomers(newcomers, late, victim, console),
    ]


async def open_tabs(address: str, count: int) -> list[Newcomer]:
    """Let so many open the app, one after the other."""
    found = []
    for _ in range(count):
        records = Records()
        started = time.perf_counter()
        try:
            async with Tab(address, records) as tab:
                await tab.open()
                replica = tab.cookie("replica")
        except (*BROKEN, Lost) as error:
            records.error(f"{type(error).__name__}: {error}")
            replica = ""
        found.append(Newcomer(replica, time.perf_counter() - started, records))
    return found


def judge_crowd(
    crowd: Sequence[Visitor], homes: Sequence[str], victim: str, console: Console
) -> list[str]:
    """Errors and lost connections of the visitors: none, but that the killed one's came back."""
    problems, returns = [], list[float]()
    for visitor, home in zip(crowd, homes, strict=True):
        records = visitor.records
        problems += [f"a visitor of replica {home}: {text}" for text in records.errors]
        if home == victim:
            returns += records.returns
            if not records.returns:
                problems.append(f"a visitor of replica {home} noticed nothing")
        elif records.dropped:
            problems.append(f"a visitor of replica {home} lost {records.dropped} connections")
    trips = [trip.seconds for visitor in crowd for trip in visitor.records.trips]
    console.print(
        f"{len(trips)} round trips, 95 % within {percentile(trips, 0.95):.2f} s; "
        f"{len(returns)} visitors taken to another replica, the slowest in "
        f"{max(returns, default=0):.2f} s"
    )
    return problems


def judge_witnesses(witnesses: Sequence[Witness], victim: str, console: Console) -> list[str]:
    """Those who only looked on: their page is the same."""
    problems = []
    for witness in witnesses:
        problems += [f"a witness: {text}" for text in witness.records.errors]
        if witness.replica != victim:
            continue
        lost = witness.lost()
        problems += [f"after the move a witness does not see the same {name}" for name in lost]
        console.print(
            f"a witness was taken to replica {witness.tab.cookie('replica')} in "
            f"{witness.seconds:.2f} s, {len(witness.shown) - len(lost)} of {len(witness.shown)} "
            "parts of the page the same"
        )
    return problems


def judge_newcomers(
    newcomers: Sequence[Newcomer], late: Sequence[Newcomer], victim: str, console: Console
) -> list[str]:
    """Those who came while the replica was down, and once it was back."""
    errors = [text for it in (*newcomers, *late) for text in it.records.errors]
    problems = [f"a newcomer: {text}" for text in errors]
    slowest = max(it.seconds for it in newcomers)
    console.print(f"{len(newcomers)} newcomers meanwhile, the slowest served in {slowest:.2f} s")
    if any(it.replica == victim for it in newcomers):
        problems.append(f"a newcomer was sent to replica {victim}, which was gone")
    again = sum(it.replica == victim for it in late)
    console.print(
        f"once replica {victim} was back, {again} of {len(late)} newcomers were sent there"
    )
    if not again:
        problems.append(f"replica {victim} has no visitors though it is back")
    return problems


if __name__ == "__main__":
    run_main(main)
