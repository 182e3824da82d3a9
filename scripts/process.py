"""How a script runs as a process: its streams, its exit status, signals, and children side by side.

Exit status: 0; 1 for a mistake of the user's, which is one sentence on stderr; 2 for a bad flag;
128 and the signal's number if it was stopped; PIPE_CLOSED if nobody reads its output any more.
"""

import errno
import io
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from muvae import MuvaeError
from muvae.runs.locks import LocklessWarning

PIPE_CLOSED = 141  # what a shell says of a process that SIGPIPE has ended
GRACE = 60.0  # seconds that a child has to end by itself: whatever it computes, it looks up sooner
_ENDS_WITH_STDIN = "MUVAE_ENDS_WITH_STDIN"  # in the environment of a child of side_by_side


class Stopped(KeyboardInterrupt):
    """SIGTERM has come, or SIGHUP: whoever handles Ctrl-C handles these."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Output(Console):
    """Rich's console on stdout; where nobody reads that any more, BrokenPipeError, as of print.

    It prints names of files: brackets in them are no markup.
    """

    def __init__(self, *, highlight: bool = True, quiet: bool = False) -> None:
        super().__init__(highlight=highlight, quiet=quiet, markup=False)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def run_main(main: Callable[[], None]) -> NoReturn:
    """Run a script's main and end the process, with the exit status that this module's head says.

    What a terminal or file cannot show in its encoding is written as "?". A closed output ends the
    script quietly, at its next line.
    """
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if os.environ.pop(_ENDS_WITH_STDIN, None):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    with stoppable(), _lockless_told():
        status = _status_of(main)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _discard_output()
        status = status or PIPE_CLOSED
    sys.exit(status)


def tell(sentence: str) -> None:
    """Say something on stderr, after the script's name, if anybody still reads that."""
    with suppress(OSError):
        print(f"{Path(sys.argv[0]).name}: {sentence}", file=sys.stderr, flush=True)


def exit_status(stop: KeyboardInterrupt) -> int:
    """128 and the number of the signal that has stopped this process."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


def _status_of(main: Callable[[], None]) -> int | str:
    """What sys.exit is to be called with once `main` has run."""
    try:
        main()
    except MuvaeError as error:
        return f"{Path(sys.argv[0]).name}: {error}"
    except KeyboardInterrupt as stop:
        tell("stopped")
        return exit_status(stop)
    except SystemExit as end:
        return end.code or 0
    except OSError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__context__
        if cause is not None:  # stopped, and its terminal is gone (EIO, for one)
            status = exit_status(cause)
        elif error.errno == errno.EPIPE:
            status = PIPE_CLOSED
        elif error.errno == errno.EIO:  # a terminal that was closed, before its SIGHUP has come
            status = 128 + getattr(signal, "SIGHUP", signal.SIGINT)
        else:
            raise
        _discard_output()
        return status
    return 0


def _replace_closed_streams() -> None:
    """Open /dev/null for what was closed when this process began (>&-).

    The next file that is opened would get its number, and whatever a library writes there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one


def _discard_output() -> None:
    """Have what is still to be written go nowhere: at exit, Python would fail to."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise Stopped, so that what is being done is undone or told.

    What is ignored stays so, such as SIGHUP under nohup.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        for each in before:  # another one would stop the stopping
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    def stop_again(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, Stopped):
            number = unraisable.exc_value.number
            signal.signal(number, stop)
            threading.Timer(0.05, os.kill, (os.getpid(), number)).start()  # here it would be lost
        else:
            report(unraisable)

    # Raised in a __del__ or a callback, it stops nothing: Python reports it, and goes on.
    report, sys.unraisablehook = sys.unraisablehook, stop_again
    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # of which Windows has but the first
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        sys.unraisablehook = report
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _lockless_told() -> Iterator[None]:
    """Have a LocklessWarning be a sentence like others, without a line of code."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def tell_it(message: Warning | str, category: type[Warning], *where: object) -> None:
            if issubclass(category, LocklessWarning):
                tell(str(message))
            else:
                show(message, category, *where)  # type: ignore[arg-type]

        warnings.showwarning = tell_it  # type: ignore[assignment]
        yield


def side_by_side(commands: Mapping[str, Sequence[str]], jobs: int) -> list[str]:
    """Run named commands of these scripts, so many at a time; returns the names that failed.

    Their output is this process's; when it ends, whatever ends it, so do they.
    """
    waiting, running, failed = dict(commands), dict[str, subprocess.Popen[bytes]](), list[str]()
    with stoppable():
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    name = next(iter(waiting))
                    running[name] = _started(waiting.pop(name))
                time.sleep(0.2)
                for name, process in list(running.items()):
                    if (status := process.poll()) is None:
                        continue
                    _forget(running.pop(name))
                    if status == PIPE_CLOSED:
                        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
                    if status < 0:
                        tell(f"{name} was ended by {signal.Signals(-status).name}")
                    failed += [name] if status else []
        finally:
            for process in running.values():
                process.terminate()
            for process in running.values():
                _forget(process)
    return failed


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A child that ends when the other end of its stdin closes, as it does when this process ends.

    Unlike a signal at the parent's death, that is the same on all systems, and comes to a child
    whose parent is gone before it has asked for it.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        env=os.environ | {_ENDS_WITH_STDIN: "1"},
        # In a session of its own, Ctrl-C does not reach it before it reaches this process.
        start_new_session=True,
    )


def _forget(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a child that has ended, or has been asked to."""
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _end_with_stdin() -> None:
    """End this process when its stdin closes, to which nobody ever writes."""
    with suppress(OSError):
        while os.read(0, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)  # in which the main thread stops as it does for any other SIGTERM
    os._exit(128 + signal.SIGTERM)
