"""Animated GIFs: images of all runs side by side that go along a path, there and back."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.export.lettering import fitted, font, line_height, wrapped
from app.export.sheets import DOT, GAP, HEAD, INK, MARGIN, MUTED, TEXT, Images, enlarged

SCALE = 6
PERIOD = 6000  # milliseconds there and back, as long as the page's own sweep
A_ROW = 4  # runs
WHITE = 255


@dataclass(frozen=True)
class Lane:
    """A run's images uint8 [K,H,W] along the way, and what stands under each."""

    label: str
    color: str
    images: Images
    readings: Sequence[str]


def there_and_back(lanes: Sequence[Lane], *, caption: str) -> bytes:
    """A GIF that runs for ever; the caption below, and in the file's comment too.

    Its palette: the runs' colours, and as many greys as there is room for, so that no pixel of an
    image is off by more than one of 256 grey levels.
    """
    steps = len(lanes[0].images)
    order = [*range(steps), *range(steps - 2, 0, -1)]
    colors = list(dict.fromkeys(lane.color for lane in lanes))
    greys = 256 - len(colors)
    ground, marks = _ground(lanes, colors, caption)

    def frames() -> Iterator[Image.Image]:  # one at a time: together they take much memory
        for step in order:
            frame = np.asarray(_frame(ground, lanes, step), np.float32)
            index = np.rint(frame * ((greys - 1) / WHITE)).astype(np.uint8)
            index[marks > 0] = greys + marks[marks > 0] - 1
            yield _paletted(index, colors, greys)

    rest = frames()
    buffer = io.BytesIO()
    next(rest).save(
        buffer,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=max(20, round(PERIOD / len(order), -1)),
        loop=0,
        optimize=False,
        comment=caption.encode(),
    )
    return buffer.getvalue()


def _places(lanes: Sequence[Lane]) -> list[tuple[int, int]]:
    """Where each lane's image stands."""
    side = SCALE * lanes[0].images.shape[1]
    down = line_height(HEAD) + side + 2 * line_height(TEXT) + GAP
    return [
        (
            MARGIN + at % A_ROW * (side + GAP),
            MARGIN + line_height(HEAD) + at // A_ROW * down,
        )
        for at in range(len(lanes))
    ]


def _ground(
    lanes: Sequence[Lane], colors: Sequence[str], caption: str
) -> tuple[Image.Image, NDArray[np.uint8]]:
    """What does not move, in grey; and where dots are, by their colours' numbers from 1."""
    side = SCALE * lanes[0].images.shape[1]
    places = _places(lanes)
    right = max(left for left, _ in places) + side
    words = wrapped(caption, TEXT, right - MARGIN)
    bottom = places[-1][1] + side + line_height(TEXT) + GAP
    size = (right + MARGIN, bottom + len(words) * line_height(TEXT) + MARGIN)
    ground, marks = Image.new("L", size, WHITE), Image.new("L", size, 0)
    canvas, marker = ImageDraw.Draw(ground), ImageDraw.Draw(marks)
    for lane, (left, top) in zip(lanes, places, strict=True):
        above = top - line_height(HEAD)
        first = above + (line_height(HEAD) - DOT) // 2 - 3
        box = (left, first, left + DOT - 1, first + DOT - 1)
        marker.ellipse(box, fill=colors.index(lane.color) + 1)
        name = fitted(lane.label, TEXT, side - DOT - 8)
        canvas.text((left + DOT + 8, above), name, fill=INK, font=font(TEXT, bold=True))
    for row, line in enumerate(words):
        place = (MARGIN, bottom + row * line_height(TEXT))
        canvas.text(place, line, fill=MUTED, font=font(TEXT))
    return ground, np.asarray(marks)


def _frame(ground: Image.Image, lanes: Sequence[Lane], step: int) -> Image.Image:
    frame = ground.copy()
    canvas = ImageDraw.Draw(frame)
    for lane, (left, top) in zip(lanes, _places(lanes), strict=True):
        picture = enlarged(lane.images[step], SCALE)
        frame.paste(picture.convert("L"), (left, top))
        place = (left, top + picture.height + 4)
        canvas.text(place, lane.readings[step], fill=MUTED, font=font(TEXT))
    return frame


def _paletted(index: NDArray[np.uint8], colors: Sequence[str], greys: int) -> Image.Image:
    ramp = np.rint(np.linspace(0, WHITE, greys)).astype(int)
    palette = [value for grey in ramp.tolist() for value in (grey, grey, grey)]
    for color in colors:
        palette += [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    frame = Image.fromarray(index, "P")
    frame.putpalette(palette)
    return frame
