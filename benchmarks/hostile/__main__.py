"""The attacker, a process of its own: python -m hostile NAME ADDRESS SECONDS [FOLDER].

Says "ready" when it begins, and in the end what it did, as JSON.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from hostile.attacks import ATTACKS
from hostile.target import Target

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Attack."""
    name, address, seconds, *folder = sys.argv[1:]
    (attack,) = (each for each in ATTACKS if each.name == name)
    if resource is not None:  # each connection is a file
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("ready", flush=True)
    target = Target(address, float(seconds), Path(folder[0]) if folder else None)
    fault = ""
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(attack.act(target))
        except Exception as error:  # the server's end, or a fault of the attack: told, not judged
            fault = f"{type(error).__name__}: {error}"
    target.counts["requests"] += len(target.records.requests)
    target.counts["messages received"] += target.records.received
    told = dict(target.records.errors)
    print(
        json.dumps(
            {
                "counts": dict(target.counts),
                "longest": target.longest,
                "told": told,
                "fault": fault,
            }
        )
    )


if __name__ == "__main__":
    main()
