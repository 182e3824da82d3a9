"""Codes as bars, class probabilities as bands, distances as a line: as the pages draw them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.export.lettering import font, line_height, width
from app.export.sheets import INK, MUTED, PAPER, SMALL, WRONG, smooth

BAR_GAP = 0.25  # of a dimension's width
Floats = NDArray[np.float32]


def code_bars(
    mean: Floats, std: Floats, *, limit: float, color: str, size: tuple[int, int] = (300, 120)
) -> Image.Image:
    """One code as bars, mean [D] with its σ [D] as whiskers, over the range ±limit."""
    wide, tall = size
    step = wide / len(mean)

    def draw(canvas: ImageDraw.ImageDraw, n: int) -> None:
        def place(value: float) -> float:
            return n * tall / 2 * (1 - max(-1.0, min(1.0, value / limit)))

        for at, (middle, spread) in enumerate(zip(mean.tolist(), std.tolist(), strict=True)):
            left, right = n * (at + BAR_GAP / 2) * step, n * (at + 1 - BAR_GAP / 2) * step
            top, bottom = place(max(middle, 0)), place(min(middle, 0))
            canvas.rectangle((left, top, right, max(bottom, top + n)), fill=color)
            x, high, low = n * (at + 0.5) * step, place(middle + spread), place(middle - spread)
            canvas.line((x, high, x, low), fill=INK, width=n)
            for end in (high, low):
                canvas.line((x - 3 * n, end, x + 3 * n, end), fill=INK, width=n)
        canvas.line((0, n * tall / 2, n * wide, n * tall / 2), fill=MUTED, width=n)

    names = [((at + 0.5) / len(mean), f"z{at}") for at in range(len(mean))]
    return _named(smooth(size, draw), names, f"±{limit:.2g}")


def bands(
    probabilities: Floats, *, colors: Sequence[str], classes: Sequence[str], size: tuple[int, int]
) -> Image.Image:
    """Class probabilities [N,C] along N steps as stacked bands; the likeliest named where it fits.

    Each step stands in the middle of its share of the width.
    """
    wide, tall = size
    steps = len(probabilities)
    middles = (np.arange(steps) + 0.5) / steps * wide
    across = np.concatenate([[0.0], middles, [float(wide)]])
    shares = np.concatenate([probabilities[:1], probabilities, probabilities[-1:]])
    below = tall * (1 - np.concatenate([np.zeros((len(shares), 1)), shares.cumsum(1)], axis=1))

    def draw(canvas: ImageDraw.ImageDraw, n: int) -> None:
        for label in range(shares.shape[1]):
            lower = list(zip(n * across, n * below[:, label], strict=True))
            upper = list(zip(n * across, n * below[:, label + 1], strict=True))
            canvas.polygon([*lower, *reversed(upper)], fill=colors[label])

    picture = smooth(size, draw)
    canvas = ImageDraw.Draw(picture)
    best = probabilities.argmax(1)
    starts = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist(), steps]
    for first, end in pairwise(starts):
        label = int(best[first])
        step = first + int(probabilities[first:end, label].argmax())
        half = width(classes[label], SMALL, bold=True) / 2 + 3
        left, right = first / steps * wide + half, end / steps * wide - half
        high, low = below[step + 1, label + 1], below[step + 1, label]
        if left > right or low - high < SMALL:
            continue
        place = (min(right, max(left, middles[step])), (high + low) / 2)
        ink = INK if _is_light(colors[label]) else PAPER
        canvas.text(place, classes[label], fill=ink, font=font(SMALL, bold=True), anchor="mm")
    return picture


def distances(gaps: Floats, spacing: float, size: tuple[int, int]) -> Image.Image:
    """Distances [N] to the nearest test code as a line; dashed the yardstick, beyond it red."""
    wide, tall = size
    most = max(1.4 * spacing, float(gaps.max())) or 1.0
    edge = 4

    def height(distance: float) -> float:
        return tall - edge - distance / most * (tall - 2 * edge)

    def draw(canvas: ImageDraw.ImageDraw, n: int) -> None:
        y = n * height(spacing)
        for start in range(0, wide, 7):
            canvas.line((n * start, y, n * min(start + 4, wide), y), fill=MUTED, width=n)
        points = [
            (n * (at + 0.5) / len(gaps) * wide, n * height(gap))
            for at, gap in enumerate(gaps.tolist())
        ]
        canvas.line(points, fill=INK, width=n)
        for (x, at), gap in zip(points, gaps.tolist(), strict=True):
            ink = WRONG if gap > spacing else INK
            canvas.ellipse((x - 2.5 * n, at - 2.5 * n, x + 2.5 * n, at + 2.5 * n), fill=ink)

    picture = smooth(size, draw)
    place = (0, height(spacing) - 2)
    ImageDraw.Draw(picture).text(place, f"{spacing:.2f}", fill=MUTED, font=font(SMALL), anchor="lb")
    return picture


def _named(picture: Image.Image, names: Sequence[tuple[float, str]], scale: str) -> Image.Image:
    """A picture with names under places of it, and its scale at the top right."""
    taller = Image.new("RGB", (picture.width, picture.height + line_height(SMALL)), PAPER)
    taller.paste(picture, (0, 0))
    canvas = ImageDraw.Draw(taller)
    room = picture.width / len(names)
    every = 1 if room > width("z00", SMALL) else 2
    for share, text in names[::every]:
        place = (share * picture.width, picture.height)
        canvas.text(place, text, fill=MUTED, font=font(SMALL), anchor="ma")
    canvas.text((picture.width, 0), scale, fill=MUTED, font=font(SMALL), anchor="ra")
    return taller


def _is_light(color: str) -> bool:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 110
