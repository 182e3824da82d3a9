"""Text in pictures: a font that has the letters of formulas, and text broken to fit."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

_FOLDER = Path(__file__).parent / "fonts"
_MORE = "…"


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at a size in pixels."""
    return ImageFont.truetype(_FOLDER / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)


def width(text: str, size: int, *, bold: bool = False) -> int:
    """How many pixels wide a line of text is."""
    return round(font(size, bold=bold).getlength(text))


def line_height(size: int) -> int:
    """From one line's top to the next one's, in pixels."""
    return round(1.35 * size)


def fitted(text: str, size: int, room: int) -> str:
    """A line of text that is at most `room` pixels wide, shortened where it has to be."""
    if width(text, size) <= room:
        return text
    while text and width(text + _MORE, size) > room:
        text = text[:-1]
    return text.rstrip() + _MORE


def wrapped(text: str, size: int, room: int) -> list[str]:
    """A text's lines, each at most `room` pixels wide; newlines are kept."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer, size) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return [fitted(line, size, room) for line in lines]
