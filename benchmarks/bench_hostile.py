"""Attack the app's server as somebody who means harm would, and measure what others notice."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.server import REPOSITORY, proportional, serve, served_runs
from common import Parser
from hostile.attacks import ATTACKS, Attack
from hostile.measure import Place, measure
from hostile.results import Result
from process import run_main
from rich.console import Console
from rich.table import Table

from muvae.errors import InvalidInputError
from muvae.runs.files import write_json

EPILOG = f"""\
Each attack has a server of its own, which may have 1,024 files and connections open, and an
attacker that is a process of its own. Another visitor goes round the pages all the while, and
somebody looks at /_stcore/health ten times a second.

  requests     of the attacker: an attack that did nothing is no proof
  round trips  of the other visitor, in seconds: median and 95th percentile, before, during, after
  health       the longest wait for it, in seconds: before, during, after
  MB           proportional set size of the server and its children: before, the most, after; and
               for "all" once more when all have left, as benchmarks/bench_load.py does
  /tmp         the most that the server had in temporary files, in MB

Asked: health within 1 s, 95 % of the other's round trips within 3 s and no error of theirs, 1.5 GB
at most, and 10 % more than before once all have left; told to end, the server does within 10 s.
Ends with exit status 1 where that is not so. Attacks: {", ".join(each.name for each in ATTACKS)}.
"""
DESCRIPTORS = 1024
KEPT = 120 + 10  # seconds that Streamlit keeps a session whose visitor has left, and some more


def parse_arguments() -> Any:
    """The command line's flags."""
    names = [attack.name for attack in ATTACKS]
    parser = Parser(__doc__ or "", EPILOG)
    parser.add_checkpoints()
    parser.add_argument("--list", action="store_true", help="say which attacks there are")
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help="(default: all)"
    )
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of each attack (default: %(default)s)"
    )
    parser.add_argument(
        "--quiet", type=float, default=8.0, help="seconds before and after (default: %(default)s)"
    )
    parser.add_argument(
        "--left",
        type=float,
        default=KEPT,
        metavar="SECONDS",
        help='wait after "all" before memory is measured again; 0: do not (default: %(default)s)',
    )
    parser.add_argument(
        "--app",
        type=Path,
        default=REPOSITORY,
        metavar="DIR",
        help="the code to serve, to compare another version (default: this one)",
    )
    parser.add_argument("--url", help="of a running server (default: one is started)")
    parser.add_argument("--pid", type=int, help="its process, for its memory")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    flags = parser.parse_args()
    if flags.seconds <= 0 or flags.quiet < 0:
        parser.error("--seconds must be positive, --quiet no less than 0")
    if not (flags.app / "app" / "main.py").is_file():
        parser.error(f"--app {flags.app} has no app/main.py")
    if flags.pid is not None and proportional(flags.pid) is None:
        parser.error(f"--pid {flags.pid} is no process whose memory can be read")
    return flags


def main() -> None:
    """Attack, print what came of it, and tell whether the server held."""
    flags = parse_arguments()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 132)
    if flags.list:
        for attack in ATTACKS:
            console.print(f"{attack.name:10} {attack.what}", markup=False)
        return
    load = os.getloadavg()
    console.print(f"load averages at the start {', '.join(f'{it:.2f}' for it in load)}")
    results = []
    for attack in ATTACKS:
        if attack.name in flags.only:
            results.append(one_attack(flags, attack, console))
            if flags.json:
                write_json(flags.json, _report(flags, load, results))
    console.print(_table(results))
    if not all(result.holds for result in results):
        sys.exit(1)


def one_attack(flags: Any, attack: Attack, console: Console) -> Result:
    """Attack a server, and say what the attacker did and what does not hold."""
    with place_of(flags, attack) as place:
        result = asyncio.run(measure(attack, place, flags.seconds, flags.quiet, flags.left))
    did = ", ".join(f"{what} {count}" for what, count in sorted(result.counts.items()))
    longest = ", ".join(
        f"{what} {took:.1f} s" for what, took in sorted(result.attacker["longest"].items())
    )
    console.print(f"{attack.name}: {did}; {longest}", markup=False, soft_wrap=True)
    for text, count in result.errors.items():
        console.print(f"  another visitor: {count} × {text}", markup=False, soft_wrap=True)
    for text in filter(None, [result.attacker["fault"]]):
        console.print(f"  the attacker: {text}", markup=False, soft_wrap=True)
    for verdict in result.verdicts:
        if not verdict.holds:
            console.print(
                f"  not so: {verdict.what} {verdict.measured}, asked {verdict.asked}", markup=False
            )
    return result


@contextlib.contextmanager
def place_of(flags: Any, attack: Attack) -> Iterator[Place]:
    """The server that is attacked: the one that is named, or one that is started for it."""
    if flags.url:
        if attack.ends or attack.writes:
            raise InvalidInputError(
                f"{attack.name} needs a server of its own: leave --url out, or name other attacks"
            )
        yield Place(flags.url, flags.checkpoints.resolve(), flags.pid)
        return
    checkpoints = flags.checkpoints.resolve()
    with tempfile.TemporaryDirectory() as made:
        folder = None
        if attack.writes:
            dataset = [*served_runs(checkpoints)][-1]
            checkpoints = Path(shutil.copytree(checkpoints, Path(made) / "checkpoints"))
            folder = checkpoints / dataset
        with serve(checkpoints, app=flags.app.resolve(), descriptors=DESCRIPTORS) as server:
            server.wait_listening()
            process = server.process
            yield Place(server.address, checkpoints, process.pid, process, folder)


def _table(results: list[Result]) -> Table:
    table = Table(title="another visitor, while a server is attacked")
    names = ("", "requests", "round trips, s", "health, s", "errors", "MB", "/tmp", "")
    for name in names:
        table.add_column(name, justify="right" if name else "left")
    for result in results:
        table.add_row(*result.row())
    return table


def _report(flags: Any, load: tuple[float, ...], results: list[Result]) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load_averages_at_start": list(load),
        "app": str(flags.app),
        "seconds": flags.seconds,
        "attacks": {result.attack.name: result.report() for result in results},
    }


if __name__ == "__main__":
    run_main(main)
