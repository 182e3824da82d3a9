"""What a file of a picture is made of, counted before anything of it is decoded.

A decoder goes over the whole picture once for each scan of a JPEG, which may be 30 bytes long, and
keeps a note of each part that it finds. Nobody's camera writes more than these.
"""

import re

from app.uploads.limits import MOST_PARTS, MOST_SCANS

# The next marker that counts: what follows 0xFF and is neither one more of them nor 0, which stands
# for a byte 0xFF of the picture, nor a restart within a scan or TEM (1), which have no length.
# Between markers lie a scan's data, or bytes that decoders skip.
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def excess(data: bytes) -> str | None:
    """What of a file is more than its decoder is to be given, as "is a JPEG of 2,000 scans".

    None where nothing is, and of what is no JPEG, PNG or WebP.
    """
    if data.startswith(_JPEG):
        parts, scans = jpeg_parts(data)
        if scans > MOST_SCANS:
            return f"is a JPEG of more than {MOST_SCANS} scans"
    elif data.startswith(_PNG):
        parts = _chunks(data, start=len(_PNG), order="big", last=b"IEND")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        parts = _chunks(data, start=12, order="little", last=None)
    else:
        return None
    return f"has more than {MOST_PARTS:,} parts" if parts > MOST_PARTS else None


def jpeg_parts(data: bytes) -> tuple[int, int]:
    """The segments and the scans of a JPEG's first picture, one more than the most where more.

    As libjpeg goes through it: a segment is skipped by its length, with thumbnails and whatever
    else looks like a marker in it; what is after the end is another picture, which is not decoded.
    """
    at, parts, scans = 2, 0, 0
    while parts <= MOST_PARTS and scans <= MOST_SCANS and (found := _MARKER.search(data, at)):
        marker, at = found[1][0], found.end()
        if marker in (_START, _END):
            break
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2:
            break
        parts += 1
        scans += marker == _SCAN
        at += length
    return parts, scans


def _chunks(data: bytes, *, start: int, order: str, last: bytes | None) -> int:
    """The chunks of a PNG (big-endian) or WebP (little), one more than the most where more."""
    at, count = start, 0
    while count <= MOST_PARTS and at + 8 <= len(data):
        count += 1
        if order == "big":  # length, name, data, checksum
            kind, length = data[at + 4 : at + 8], int.from_bytes(data[at : at + 4], "big")
            at += 12 + length
        else:  # name, length, data, and a byte that makes them even
            kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + length + length % 2
        if kind == last:
            break
    return count
