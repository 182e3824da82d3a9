"""The attacks that the benchmark knows, in the order in which they are tried."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from load.tab import BROKEN, Lost

from hostile import connections, files, sessions
from hostile.target import Target


@dataclass(frozen=True)
class Attack:
    """Something done to a server: its name, what it is in words, and how it is done.

    `times` is how many of the usual times it lasts; `least` what must have been counted for the
    server to have held; `within` in how many seconds at most something must have been done.
    """

    name: str
    what: str
    act: Callable[[Target], Coroutine[None, None, None]]
    times: int = 1
    least: tuple[tuple[str, int], ...] = ()
    within: tuple[tuple[str, float], ...] = ()
    writes: bool = False  # to the folder of runs, which is a copy
    ends: bool = False  # the server is told to end meanwhile
    left: bool = False  # memory is looked at again once all have left
    alone: bool = False  # and no part of "all"


async def everything(target: Target) -> None:
    """All attacks at once, but those that are no part of it."""
    async with asyncio.TaskGroup() as group:
        for attack in ATTACKS:
            if not attack.alone:
                group.create_task(_act(attack, target))


async def _act(attack: Attack, target: Target) -> None:
    try:
        await attack.act(target)
    except (*BROKEN, Lost):  # which is no reason for the others to end
        target.counts[f"{attack.name} given up"] += 1


FIRST_PAGE = (("until a first page", 20.0),)
ATTACKS = (
    Attack("scans", "JPEGs of 2,000 scans uploaded by 4", sessions.scans),
    Attack(
        "origins", "handshakes of foreign origins, cross-site posts", connections.foreign_origins
    ),
    Attack(
        "burst-60",
        "60 sessions begin at once",
        sessions.burst(60),
        least=(("first pages", 60),),
        within=FIRST_PAGE,
        alone=True,
    ),
    Attack(
        "burst-200",
        "200 sessions begin at once",
        sessions.burst(200),
        least=(("first pages", 200),),
        alone=True,
    ),
    Attack(
        "downloads",
        "60 pictures asked for by one, one by another",
        sessions.downloads,
        least=(("another's PNG", 1),),
    ),
    Attack("addresses", "addresses of 500 kB of unknown parameters", sessions.addresses),
    Attack("uploads", "300 files of 4.9 MB by one session", sessions.uploads),
    Attack("messages", "unfinished messages of 19 MB by 40", connections.unfinished_messages),
    Attack("slow", "200 answers and 10 sessions not read", connections.slow_readers),
    Attack("static", "5,000 names under /static/", connections.static_names),
    Attack("halves", "200 half requests and uploads", connections.half_requests),
    Attack("idle", "1,100 silent connections", connections.idle_connections),
    Attack("runs", "a run copied over itself", files.copied_runs, writes=True),
    Attack("all", "all of these at once", everything, times=3, left=True, alone=True, writes=True),
    Attack(
        "sigterm",
        "told to end while they are connected",
        connections.half_open,
        ends=True,
        alone=True,
    ),
)
