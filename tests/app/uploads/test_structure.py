"""What a file is made of is counted before it is decoded, as its decoder would find it."""

import io

import numpy as np
import pytest
from hostile_pictures import (
    END,
    each_cut,
    jpeg,
    many_scans,
    segment,
    webp_with_chunks,
    with_chunks,
    with_segments,
)
from PIL import Image

from app.uploads.picture import UnreadableError, ink_of
from app.uploads.structure import excess, jpeg_parts

FILL = b"\xff" * 7
THUMBNAIL = segment(0xE1, b"Exif\0\0" + 200 * b"\xff\xda\x00\x02")


def scans(data: bytes) -> int:
    return jpeg_parts(data)[1]


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture = Image.new("RGB", (60, 60), (250, 250, 250))
    picture.paste((0, 0, 0), (10, 10, 30, 40))
    picture.save(file, kind, **options)
    return file.getvalue()


def noise(**options: object) -> bytes:
    """A JPEG of noise, whose data holds all bytes there are, 0xFF among them."""
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=100, **options)
    return file.getvalue()


def test_scans_are_counted_as_they_are_decoded() -> None:
    assert scans(jpeg()) == 1
    assert scans(jpeg(progressive=True)) == jpeg(progressive=True).count(b"\xff\xda") > 4
    for count in (20, 100):
        assert scans(many_scans(count, width=80, height=80)) == count
    assert scans(many_scans(2000, width=80, height=80)) > 100


def test_data_of_the_picture_holds_no_scans() -> None:
    assert b"\xff\x00" in noise()
    assert scans(noise()) == 1
    restarts = noise(restart_marker_rows=1)
    assert b"\xff\xd0" in restarts
    assert scans(restarts) == 1


def test_fill_bytes_and_bytes_between_segments_are_skipped() -> None:
    data = jpeg(progressive=True)
    filled = data.replace(b"\xff\xda", FILL + b"\xff\xda")
    assert scans(filled) == scans(data)
    assert ink_of(filled).any()
    loose = data.replace(b"\xff\xda", b"loose\xff\x00bytes\xff\xda")
    assert scans(loose) == scans(data)


def test_thumbnails_are_no_scans_of_the_picture() -> None:
    data = with_segments(jpeg(), THUMBNAIL, segment(0xE2, jpeg(40, 40, progressive=True)))
    assert scans(data) == 1
    assert excess(data) is None
    assert ink_of(data).any()


def test_further_pictures_of_a_file_are_not_counted() -> None:
    data = jpeg() + many_scans(300, width=80, height=80)
    assert scans(data) == 1
    assert ink_of(data).any()


def test_what_lies_behind_a_marker_of_no_length_is_counted() -> None:
    """A restart or TEM marker would else hide all that follows."""
    for marker in (0x01, 0xD0, 0xD7):
        hidden = many_scans(300, width=80, height=80)
        at = hidden.index(b"\xff\xda")
        assert scans(hidden[:at] + bytes([0xFF, marker]) + hidden[at:]) > 100


def test_a_jpeg_of_too_many_scans_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it is decoded"))
    with pytest.raises(UnreadableError, match=r"^is a JPEG of more than 100 scans; save it as"):
        ink_of(many_scans(101, width=80, height=80))


def test_a_hundred_scans_are_read() -> None:
    assert ink_of(many_scans(100, width=400, height=400)).any()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_of_very_many_parts_is_refused(kind: str) -> None:
    """10,000 are the most."""
    data = encoded(kind)
    few, many = (
        with_segments(data, count * segment(0xE5, b""))
        if kind == "JPEG"
        else with_chunks(data, count)
        if kind == "PNG"
        else webp_with_chunks(data, count)
        for count in (9_900, 10_000)
    )
    assert excess(few) is None
    assert ink_of(few).any()
    assert excess(many) == "has more than 10,000 parts"


def test_what_is_cut_off_anywhere_is_counted_as_far_as_it_goes() -> None:
    for data in (jpeg(30, 30, progressive=True), encoded("PNG"), encoded("WEBP")):
        assert {excess(cut) for cut in each_cut(data)} == {None}
    assert scans(many_scans(20, width=80, height=80)[: -len(END)]) == 20
    assert scans(b"\xff\xd8\xff") == 0
    assert scans(b"\xff\xd8" + b"\xff" * 1000) == 0


def test_nothing_makes_the_counting_long() -> None:
    """Bytes that begin markers over and over; each is looked at once."""
    for tail in (b"\xff", b"\xff\x00", b"\xff\xd0", b"\xff\xe0\x00\x02", b"\x00"):
        parts, count = jpeg_parts(b"\xff\xd8\xff\xe0\x00\x02" + tail * (5_000_000 // len(tail)))
        assert parts <= 10_001
        assert count == 0
