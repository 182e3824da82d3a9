"""A session's file is read once, for all datasets, and then no longer held."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from app_pages import open_page, texts
from hostile_pictures import jpeg, many_scans
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from app.uploads import process, read, session
from app.uploads.line import Line
from muvae import DATASETS

PICTURE = jpeg()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> AppTest:
    return open_page(monkeypatch, checkpoints, choose="upload")


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the files that are read."""
    names: list[str] = []
    read_upload = session.read_upload

    def noted(data: bytes, name: str, *rest: object, **options: object) -> object:
        names.append(name)
        return read_upload(data, name, *rest, **options)  # type: ignore

    monkeypatch.setattr(session, "read_upload", noted)
    yield names
    process.end_idle()


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that Streamlit and the widget hold of each file after it has been let go of."""
    found: list[int] = []
    let_go = session._let_go

    def noted(file: session.UploadedFile) -> None:
        let_go(file)
        context = get_script_run_ctx()
        assert context is not None
        assert isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager)
        records = context.uploaded_file_mgr.get_files(context.session_id, [file.file_id])
        found.append(len(file.getvalue()) + sum(len(record.data) for record in records))

    monkeypatch.setattr(session, "_let_go", noted)
    return found


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="upload").set_value((name, data, "image/jpeg")).run()
    assert not app.exception
    return app


def test_a_file_is_read_once_and_let_go_of(
    page: AppTest, readings: list[str], left: list[int]
) -> None:
    upload(page, "cat.jpg", PICTURE)
    for dataset in (*DATASETS, *DATASETS):
        page.radio(key="dataset").set_value(dataset).run()
        assert "From cat.jpg" in texts(page)
    assert readings == ["cat.jpg"]
    assert left == [0]


def test_what_is_wrong_with_a_file_is_found_once_and_said_each_time(
    page: AppTest, readings: list[str], left: list[int]
) -> None:
    upload(page, "scans.jpg", many_scans(2000))
    for _ in range(3):
        assert [error.value for error in page.error] == [
            "scans.jpg is a JPEG of more than 100 scans; save it as PNG, JPEG or WebP again."
        ]
        page.run()
    assert (readings, left) == (["scans.jpg"], [0])
    upload(page, "cat.jpg", PICTURE)
    assert not page.error


def test_a_long_name_is_kept_short(page: AppTest, readings: list[str]) -> None:
    upload(page, "a" * 3000 + ".jpg", PICTURE)
    assert readings == ["a" * 40 + "…" + "a" * 11 + ".jpg"]
    assert "a" * 50 not in texts(page)


def test_a_file_that_was_let_go_of_before_it_was_read_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, page: AppTest, readings: list[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(MemoryUploadedFileManager, "get_files", lambda *_, **__: [])
        upload(page, "cat.jpg", PICTURE)
        assert [error.value for error in page.error] == [
            "The server no longer holds the file that was chosen here; choose it again."
        ]
    assert readings == []


def test_a_dataset_that_came_after_the_file_asks_for_it_again(
    monkeypatch: pytest.MonkeyPatch, page: AppTest, readings: list[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("app.data.store.datasets", lambda: {"mnist": DATASETS["mnist"]})
        upload(page, "cat.jpg", PICTURE)
    page.radio(key="dataset").set_value("fashion-mnist").run()
    assert "choose it again" in page.error[0].value
    page.radio(key="dataset").set_value("mnist").run()
    assert "From cat.jpg" in texts(page)
    assert readings == ["cat.jpg"]


def test_a_busy_server_holds_the_file_and_reads_it_when_asked_again(
    monkeypatch: pytest.MonkeyPatch, page: AppTest, readings: list[str], left: list[int]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(read, "_LINE", Line(at_once=2, longest=0, patience=1))
        upload(page, "cat.jpg", PICTURE)
        assert [error.value for error in page.error] == [
            "The server is busy reading other pictures; choose cat.jpg again in a moment."
        ]
    assert left == []
    (again,) = (button for button in page.main.button if button.label == "Try again")
    again.click().run()
    assert "From cat.jpg" in texts(page)
    assert left == [0]


def test_a_reading_ends_where_streamlit_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, page: AppTest, readings: list[str], left: list[int]
) -> None:
    """What a session that ends does to its script, of which the next look at the session tells."""
    ended: list[process.Reader] = []
    end = process.Reader.end

    def noted(self: process.Reader) -> None:
        ended.append(self)
        end(self)

    slow = "import app.uploads.worker as w, time; w.ink_of = lambda _: time.sleep(1000); w.main()"
    process.end_idle()
    monkeypatch.setattr(process, "COMMAND", [process.COMMAND[0], "-P", "-c", slow])
    monkeypatch.setattr(process.Reader, "end", noted)
    checks: list[int] = []
    look = session._stop_if_asked

    def check() -> None:
        checks.append(1)
        if len(checks) == 3:
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            context.script_requests.request_stop()
        look()

    monkeypatch.setattr(session, "_stop_if_asked", check)
    upload(page, "cat.jpg", PICTURE)
    assert len(ended) == 1
    assert len(checks) == 3
    assert left == []
