"""Files of pictures that cost more to read than to send."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

END = b"\xff\xd9"


def jpeg(width: int = 400, height: int = 400, **options: object) -> bytes:
    """A white picture with a black square, as a JPEG."""
    picture = Image.new("L", (width, height), 255)
    picture.paste(0, (width // 4, height // 4, width // 2, height // 2))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=20, **options)
    return file.getvalue()


def many_scans(scans: int, *, width: int = 4000, height: int = 4000) -> bytes:
    """A progressive JPEG of that many scans, all but the first eight or so the last one again."""
    data = jpeg(width, height, progressive=True)
    last = data.rindex(b"\xff\xda")
    own = data.count(b"\xff\xda")
    return data[: -len(END)] + (scans - own) * data[last : -len(END)] + END


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments put in front of its own."""
    return data[:2] + b"".join(segments) + data[2:]


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(data: bytes, chunks: int) -> bytes:
    """A PNG with that many more chunks before its end, which say nothing."""
    end = data.rindex(b"IEND") - 4
    return data[:end] + chunks * chunk(b"teSt") + data[end:]


def webp_with_chunks(data: bytes, chunks: int) -> bytes:
    """A WebP with that many more chunks at its end, which say nothing."""
    body = data[8:] + chunks * b"TEST\x00\x00\x00\x00"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def each_cut(data: bytes) -> Iterator[bytes]:
    """A file cut off after every byte."""
    yield from (data[:length] for length in range(len(data)))
