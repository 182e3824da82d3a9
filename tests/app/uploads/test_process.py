"""Pictures are read in processes that cannot cost the server more than it gives them."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import REPOSITORY
from hostile_pictures import jpeg, many_scans
from patience import PATIENCE

from app.uploads import process, read
from app.uploads.framing import Layout
from app.uploads.process import LONGEST_ANSWER, Reader, ReaderError, RefusedError, read_apart
from muvae import DATASETS, InvalidInputError

MNIST = DATASETS["mnist"]
LAYOUT = Layout(20, True, 28, 28)
# A process like the real one, but for what it is told to do first.
CHANGED = "import app.uploads.worker as worker, app.uploads.picture as picture, os, sys, time\n"


class LeftError(Exception):
    """Who sent the picture has left."""


@pytest.fixture(autouse=True)
def own_processes() -> Iterator[None]:
    """None that another test has left, and none left to others."""
    process.end_idle()
    yield
    process.end_idle()


def changed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Have processes do something before they answer requests, and none be left of before."""
    process.end_idle()
    code = CHANGED + "\n".join([*lines, "worker.main()"])
    monkeypatch.setattr(process, "COMMAND", [sys.executable, "-P", "-c", code])


def started(monkeypatch: pytest.MonkeyPatch) -> list[Reader]:
    """The processes that are started from here on."""
    readers: list[Reader] = []
    start = Reader.__init__

    def noted(self: Reader) -> None:
        start(self)
        readers.append(self)

    monkeypatch.setattr(Reader, "__init__", noted)
    return readers


def sentence(data: bytes) -> str:
    """What is wrong with a file."""
    with pytest.raises(InvalidInputError) as caught:
        read.read_upload(data, "cat.jpg", [MNIST])
    return str(caught.value)


def test_a_process_is_kept_for_the_next_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = started(monkeypatch)
    process.prepare()
    process.prepare()
    assert read.read_upload(jpeg(), "cat.jpg", [MNIST])["mnist"].any()
    assert "not a picture" in sentence(b"no picture")
    assert "100 scans" in sentence(many_scans(2000))
    assert read.read_upload(jpeg(), "cat.jpg", [MNIST])["mnist"].any()
    assert len(readers) == 1


def test_a_picture_is_laid_out_for_all_datasets_at_once() -> None:
    found = read.read_upload(jpeg(), "cat.jpg", DATASETS.values())
    assert found.keys() == DATASETS.keys()
    for name, pixels in found.items():
        assert pixels.shape == (28, 28)
        alone = read.read_upload(jpeg(), "cat.jpg", [DATASETS[name]])
        assert (pixels == alone[name]).all()
    assert (found["mnist"] != found["fashion-mnist"]).any()


def test_a_picture_that_takes_too_long_is_ended_by_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five seconds of a processor in earnest; however busy the machine is."""
    changed(
        monkeypatch,
        "def spin(data):\n while True: pass",
        "worker.SECONDS = 1",
        "worker.ink_of = spin",
    )
    monkeypatch.setattr(process, "PATIENCE", PATIENCE)
    readers = started(monkeypatch)
    assert sentence(jpeg()) == (
        "cat.jpg takes longer than 5 seconds to read; save it anew as PNG, JPEG or WebP, or choose "
        "another"
    )
    assert readers[0].process.returncode == -signal.SIGXCPU


def test_a_picture_that_gets_no_time_is_ended_by_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed(monkeypatch, "worker.ink_of = lambda data: time.sleep(1000)")
    monkeypatch.setattr(process, "PATIENCE", 0.2)
    readers = started(monkeypatch)
    assert "takes longer than 5 seconds" in sentence(jpeg())
    assert readers[0].process.returncode == -signal.SIGKILL


def test_a_picture_that_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "worker.ink_of = lambda data: bytearray(600 * 2**20)")
    assert sentence(jpeg()) == "cat.jpg needs too much memory to be read; make it smaller"
    changed(
        monkeypatch,
        "ink_of = worker.ink_of",
        "worker.ink_of = lambda data: bytearray(400 * 2**20) and ink_of(data)",
    )
    assert read.read_upload(jpeg(), "cat.jpg", [MNIST])["mnist"].any()


@pytest.mark.parametrize(
    "act",
    [
        "os.kill(os.getpid(), 11)",
        "os._exit(0)",
        "1 / 0",
        "[os.geteuid() or os.setuid(65534), os.fork()]",  # root may, whatever the limit
        "open('/tmp/of-a-picture', 'w').write('x')",
    ],
)
def test_whatever_else_ends_a_reading_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    changed(monkeypatch, f"worker.ink_of = lambda data: {act}")
    broken = "cat.jpg could not be read; save it anew as PNG, JPEG or WebP, or choose another"
    assert sentence(jpeg()) == broken
    changed(monkeypatch)
    assert read.read_upload(jpeg(), "cat.jpg", [MNIST])["mnist"].any()


@pytest.mark.parametrize(
    "answer",
    [
        b"P" + bytes(783),
        b"P" + bytes(785),
        b"",
        b"X" + bytes(784),
        b"U" + b"\x1b[2J",
        b"U" + b"a" * 200,
        b"U" + b"\xff\xfe",
    ],
)
def test_an_answer_that_is_none_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    changed(monkeypatch, f"worker.answer_to = lambda request: {answer!r}")
    if answer == b"U" + b"\xff\xfe":
        with pytest.raises(RefusedError, match="��"):
            read_apart(jpeg(), [LAYOUT], lambda: None)
        return
    with pytest.raises(ReaderError, match="could not be read"):
        read_apart(jpeg(), [LAYOUT], lambda: None)


def test_an_answer_without_end_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "os.write(1, b'\\xff' * 9)")
    assert LONGEST_ANSWER < 0xFFFFFFFF
    with pytest.raises(ReaderError):
        read_apart(jpeg(), [LAYOUT], lambda: None)


def test_a_reading_ends_when_its_sender_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "worker.ink_of = lambda data: time.sleep(1000)")
    readers = started(monkeypatch)
    looks = []

    def check() -> None:
        looks.append(time.monotonic())
        if len(looks) == 3:
            raise LeftError

    with pytest.raises(LeftError):
        read.read_upload(jpeg(), "cat.jpg", [MNIST], check)
    assert readers[0].process.returncode == -signal.SIGKILL
    assert not process._idle


def test_two_are_read_at_once_and_the_rest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, "worker.ink_of = lambda data: time.sleep(1000)")
    readers = started(monkeypatch)
    leave = threading.Event()
    outcomes: list[str] = []

    def check() -> None:
        if leave.is_set():
            raise LeftError

    def send() -> None:
        try:
            read.read_upload(jpeg(), "cat.jpg", [MNIST], check)
        except (LeftError, InvalidInputError) as error:
            outcomes.append(type(error).__name__)

    monkeypatch.setattr(process, "PATIENCE", PATIENCE)
    monkeypatch.setattr(read._LINE, "_patience", PATIENCE)
    senders = [threading.Thread(target=send) for _ in range(5)]
    for sender in senders:
        sender.start()
    until = time.monotonic() + PATIENCE
    while len(readers) + len(read._LINE._waiting) < 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(readers) == 2
    leave.set()
    for sender in senders:
        sender.join(PATIENCE)
    assert outcomes == ["LeftError"] * 5
    assert len(readers) == 2


def test_a_process_that_has_died_meanwhile_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = started(monkeypatch)
    process.prepare()
    readers[0].process.kill()
    readers[0].process.wait()
    assert read.read_upload(jpeg(), "cat.jpg", [MNIST])["mnist"].any()
    assert len(readers) == 2


def test_a_process_ends_with_the_server() -> None:
    code = (
        "import os, signal\nfrom app.uploads import process\nprocess.prepare()\n"
        "print(process._idle[0].process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    server = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert server.returncode == -signal.SIGKILL
    orphan = Path(f"/proc/{int(server.stdout)}")
    until = time.monotonic() + PATIENCE
    while orphan.exists() and " Z " not in (orphan / "stat").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_process_has_neither_torch_nor_the_servers_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_COOKIE_SECRET", "of the server")
    changed(
        monkeypatch,
        "def tell(data):",
        " found = {'torch', 'streamlit', 'muvae'} & set(sys.modules)",
        " found |= {name for name in os.environ if 'SECRET' in name}",
        " raise picture.UnreadableError(' '.join(found))",
        "worker.ink_of = tell",
    )
    with pytest.raises(RefusedError) as caught:
        read_apart(jpeg(), [LAYOUT], lambda: None)
    assert str(caught.value) == ""
