"""Clean figures of grey images, in rows under the names of runs, with a caption; PNG bytes."""

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from app.export.lettering import fitted, font, line_height, width, wrapped
from muvae.colors import ERROR_COLORS

PAPER, INK, MUTED, WRONG = "#ffffff", "#1c1f26", "#5c6170", ERROR_COLORS[0]
TITLE, HEAD, TEXT, SMALL = 26, 20, 16, 13  # pixels
GAP, DOT = 22, 14
MARGIN = 2 * DOT
LEAST_WIDTH = 760  # pixels: a caption has to be read
IMAGE_GAP = 2
MOST_LINES = 3  # of the words under an image
LABEL_ROOM = 260  # pixels left of the parts, at most
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Part:
    """Something drawn, and what stands left of it: a name, a run's dot, a note."""

    picture: Image.Image
    label: str = ""
    color: str | None = None
    note: str = ""


@dataclass(frozen=True)
class SheetCell:
    """Parts below one another, under a run's name, its dot and a note."""

    parts: Sequence[Part]
    title: str = ""
    color: str | None = None
    note: str = ""


def enlarged(image: Images, scale: int) -> Image.Image:
    """A grey image uint8 [H,W], each of its pixels `scale` pixels wide and high, never blurred."""
    size = (image.shape[1] * scale, image.shape[0] * scale)
    grey = Image.fromarray(np.ascontiguousarray(image), "L")
    return grey.resize(size, Image.Resampling.NEAREST).convert("RGB")


def strip(
    images: Images,
    *,
    scale: int = 2,
    captions: Sequence[str] = (),
    wrong: Collection[int] = (),
    gap: int = IMAGE_GAP,
) -> Image.Image:
    """Images uint8 [N,H,W] in a row, with words under each; those of `wrong` in red.

    `gap` is kept between them, in their own pixels.
    """
    side = scale * images.shape[1]
    step = side + gap * scale
    lines = [wrapped(text, SMALL, side)[:MOST_LINES] for text in captions]
    below = max((len(each) for each in lines), default=0)
    height = side + (4 + below * line_height(SMALL) if below else 0)
    picture = Image.new("RGB", (len(images) * step - gap * scale, height), PAPER)
    canvas = ImageDraw.Draw(picture)
    for at, image in enumerate(images):
        picture.paste(enlarged(image, scale), (at * step, 0))
    for at, words in enumerate(lines):
        for row, line in enumerate(words):
            place = (at * step + side // 2, side + 4 + row * line_height(SMALL))
            ink = WRONG if at in wrong else MUTED
            canvas.text(place, line, fill=ink, font=font(SMALL), anchor="ma")
    return picture


def grid(images: Images, *, columns: int, scale: int = 2, gap: int = IMAGE_GAP) -> Image.Image:
    """Images uint8 [N,H,W] in rows of `columns`."""
    starts = range(0, len(images), columns)
    rows = [strip(images[at : at + columns], scale=scale, gap=gap) for at in starts]
    return stacked(rows, gap * scale)


def stacked(pictures: Sequence[Image.Image], gap: int) -> Image.Image:
    """Pictures below one another."""
    height = sum(each.height + gap for each in pictures) - gap
    whole = Image.new("RGB", (max(each.width for each in pictures), height), PAPER)
    top = 0
    for each in pictures:
        whole.paste(each, (0, top))
        top += each.height + gap
    return whole


def beside(left: Image.Image, right: Image.Image, gap: int) -> Image.Image:
    """Two pictures next to each other."""
    size = (left.width + gap + right.width, max(left.height, right.height))
    whole = Image.new("RGB", size, PAPER)
    whole.paste(left, (0, 0))
    whole.paste(right, (left.width + gap, 0))
    return whole


def ticked(picture: Image.Image, ticks: Sequence[tuple[float, str]]) -> Image.Image:
    """A picture with values under places of it, given as shares of its width."""
    taller = Image.new("RGB", (picture.width, picture.height + 8 + line_height(SMALL)), PAPER)
    taller.paste(picture, (0, 0))
    canvas = ImageDraw.Draw(taller)
    for share, text in ticks:
        x = round(share * picture.width)
        half = width(text, SMALL) // 2 + 1
        canvas.line([(x, picture.height + 1), (x, picture.height + 5)], fill=MUTED)
        inside = min(max(x, half), max(half, picture.width - half))
        canvas.text((inside, picture.height + 7), text, fill=MUTED, font=font(SMALL), anchor="ma")
    return taller


def sheet(cells: Sequence[SheetCell], *, title: str, caption: str, columns: int = 1) -> Image.Image:
    """Cells in rows of `columns` under a title, and the caption below them."""
    drawn = [_drawn(cell) for cell in cells]
    rows = [drawn[at : at + columns] for at in range(0, len(drawn), columns)]
    inner = max(
        [LEAST_WIDTH, *(sum(each.width + GAP for each in row) - GAP for row in rows)],
    )
    words = wrapped(caption, TEXT, inner)
    top = MARGIN + line_height(TITLE) + 12
    body = sum(max(each.height for each in row) + GAP for row in rows)
    height = top + body + len(words) * line_height(TEXT) + MARGIN
    whole = Image.new("RGB", (inner + 2 * MARGIN, height), PAPER)
    canvas = ImageDraw.Draw(whole)
    canvas.text((MARGIN, MARGIN), title, fill=INK, font=font(TITLE, bold=True))
    for row in rows:
        left = MARGIN
        for each in row:
            whole.paste(each, (left, top))
            left += each.width + GAP
        top += max(each.height for each in row) + GAP
    for line in words:
        canvas.text((MARGIN, top), line, fill=MUTED, font=font(TEXT))
        top += line_height(TEXT)
    return whole


def png(picture: Image.Image, *, title: str, caption: str) -> bytes:
    """A picture's file, whose text entries say what it is."""
    about = PngInfo()
    about.add_itxt("Title", title)
    about.add_itxt("Description", caption)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=about)
    return buffer.getvalue()


def sheet_png(cells: Sequence[SheetCell], *, title: str, caption: str, columns: int = 1) -> bytes:
    """The file of a sheet."""
    drawn = sheet(cells, title=title, caption=caption, columns=columns)
    return png(drawn, title=title, caption=caption)


def smooth(
    size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw, int], None], times: int = 4
) -> Image.Image:
    """What `draw(canvas, times)` draws at `times` the size, scaled down: lines without steps."""
    large = Image.new("RGB", (size[0] * times, size[1] * times), PAPER)
    draw(ImageDraw.Draw(large), times)
    return large.resize(size, Image.Resampling.BOX)


def dot(color: str) -> Image.Image:
    """A run's dot."""
    return smooth(
        (DOT, DOT), lambda canvas, n: canvas.ellipse((0, 0, DOT * n - 1, DOT * n - 1), color)
    )


def _drawn(cell: SheetCell) -> Image.Image:
    labels = [part for part in cell.parts if part.label]
    room = min(LABEL_ROOM, max((_label_width(part) for part in labels), default=-GAP)) + GAP
    body = stacked([_labelled(part, room) for part in cell.parts], 10)
    if not cell.title:
        return body
    head = [line_height(HEAD) + 4, line_height(TEXT) if cell.note else 0]
    named = DOT + 8 + width(cell.title, HEAD, bold=True)
    wide = max(body.width, named, width(cell.note, TEXT))
    whole = Image.new("RGB", (wide, sum(head) + 4 + body.height), PAPER)
    canvas = ImageDraw.Draw(whole)
    _name(whole, canvas, (0, 0), cell.title, cell.color, HEAD)
    canvas.text((0, head[0]), cell.note, fill=MUTED, font=font(TEXT))
    whole.paste(body, (0, sum(head) + 4))
    return whole


def _label_width(part: Part) -> int:
    named = (DOT + 8 if part.color else 0) + width(part.label, TEXT, bold=True)
    return max(named, width(part.note, SMALL))


def _labelled(part: Part, room: int) -> Image.Image:
    if not room:
        return part.picture
    notes = wrapped(part.note, SMALL, room - GAP) if part.note else []
    tall = line_height(TEXT) + len(notes) * line_height(SMALL)
    size = (room + part.picture.width, max(part.picture.height, tall))
    whole = Image.new("RGB", size, PAPER)
    canvas = ImageDraw.Draw(whole)
    if part.label:
        name = fitted(part.label, TEXT, room - GAP)
        _name(whole, canvas, (0, 0), name, part.color, TEXT)
    for row, line in enumerate(notes):
        place = (0, line_height(TEXT) + row * line_height(SMALL))
        canvas.text(place, line, fill=MUTED, font=font(SMALL))
    whole.paste(part.picture, (room, 0))
    return whole


def _name(
    whole: Image.Image,
    canvas: ImageDraw.ImageDraw,
    place: tuple[int, int],
    name: str,
    color: str | None,
    size: int,
) -> None:
    left, top = place
    if color:
        whole.paste(dot(color), (left, top + (line_height(size) - DOT) // 2 - 1))
        left += DOT + 8
    canvas.text((left, top), name, fill=INK, font=font(size, bold=True))
