"""A picture of a visitor's, of which nothing is trusted: bytes in, what stands out of it out.

Runs in a process of its own (worker.py), which imports this and neither torch nor Streamlit.
"""

import io
import struct
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from app.uploads import structure
from app.uploads.limits import MOST_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP")
# All that these formats need, EXIF data TIFF's: Pillow would import it, or all it has, at need.
PLUGINS = (JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
# Pictures are made smaller before their ink is looked for: images are far smaller anyhow.
LONGEST = 1024
STRIP = 64  # rows
# Of 255: a picture whose ink differs less from its ground is blank. Of the strongest ink's 255:
# what is less is noise, in a picture that has any.
LEAST_CONTRAST = 16
NOISE = 25
# What Pillow raises on bytes that are not what they should be.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, struct.error)
# Of twice as many Pillow raises, before it makes room for them.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
_WANTED = "save it as PNG, JPEG or WebP"


class UnreadableError(Exception):
    """What is wrong with a file, and the mend: the rest of a sentence that begins with its name."""


def ink_of(data: bytes) -> NDArray[np.uint8]:
    """What stands out in the picture of a PNG, JPEG or WebP file, bright on black, uint8 [H,W].

    Any mode and transparency, dark on light or light on dark, turned as its EXIF data says; of an
    animation the first frame; all black where nothing stands out. UnreadableError says what is
    wrong.
    """
    if found := structure.excess(data):
        raise UnreadableError(f"{found}; {_WANTED} again")
    picture = _decoded(data)
    return _ink(*_grey_and_alpha(picture), lossless=picture.format == "PNG")


def _decoded(data: bytes) -> Image.Image:
    """The first frame of the picture in a file, upright; of a large JPEG a smaller one."""
    try:
        with warnings.catch_warnings():  # below, too many pixels are told with their number
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnreadableError(_too_large()) from error
    except UNREADABLE as error:
        raise UnreadableError(f"is not a picture that can be read; {_WANTED}") from error
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UnreadableError(_too_large(f" at {width} × {height} pixels"))
    try:
        picture.draft("RGB", (LONGEST, LONGEST))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
    except UNREADABLE as error:
        raise UnreadableError(f"is damaged or cut short; {_WANTED} again") from error
    return picture


def _too_large(size: str = "") -> str:
    return f"is too large{size}; make it smaller, 16 megapixels are the most"


def _grey_and_alpha(picture: Image.Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Grey in 0 to 255 and opacity in [0, 1], [H,W] each, of a picture of any mode."""
    if picture.mode.startswith(("I", "F")):  # 16 bits a pixel, of which Pillow keeps all
        picture = _eight_bits(picture)
    elif picture.has_transparency_data:
        picture = picture.convert("RGBA").convert("LA")
    else:
        picture = picture.convert("L").convert("LA")
    if max(picture.size) > LONGEST:  # by opacity, so that what cannot be seen has no say
        picture = picture.reduce(-(-max(picture.size) // LONGEST))
    values = np.asarray(picture, np.float64)
    return values[..., 0], values[..., 1] / 255


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of 16 bits a pixel in mode LA; by strips: a whole one would be 500 MB of floats."""
    values, clear = np.asarray(picture), picture.info.get("transparency")
    eight = np.full((*values.shape, 2), 255, np.uint8)
    for top in range(0, len(values), STRIP):
        strip = values[top : top + STRIP]
        eight[top : top + STRIP, :, 0] = np.rint(np.clip(strip / 257, 0, 255))
        if clear is not None:
            eight[top : top + STRIP, :, 1] = np.where(strip == clear, 0, 255)
    return Image.fromarray(eight, "LA")


def _ink(
    grey: NDArray[np.float64], alpha: NDArray[np.float64], *, lossless: bool
) -> NDArray[np.uint8]:
    """What stands out from the ground, bright on black, [H,W]; all black where nothing does."""
    border = _border(grey.shape)
    ground = _ground(grey, alpha, border)
    seen = alpha * grey + (1 - alpha) * ground
    dark_on_light = ground - seen.min() > seen.max() - ground
    ink = np.clip(ground - seen if dark_on_light else seen - ground, 0, None)
    # Not the very strongest of a large picture, which may be a speck.
    strongest = np.percentile(ink[ink > 0], 99.9, method="higher") if ink.any() else 0
    if strongest < LEAST_CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    ink = np.clip(ink * (255 / strongest), 0, 255)
    if not lossless or np.median(np.abs(seen - ground)[border]) > 0:
        ink[ink < NOISE] = 0
    return np.rint(ink).astype(np.uint8)


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels lie along the edges."""
    depth = max(1, max(shape) // 50)
    border = np.ones(shape, bool)
    border[depth:-depth, depth:-depth] = False
    return border


def _ground(
    grey: NDArray[np.float64], alpha: NDArray[np.float64], border: NDArray[np.bool_]
) -> float:
    """The brightness of what the picture is drawn on: the border's, where that is opaque."""
    opaque = border & (alpha > 0.5)
    if 2 * opaque.sum() >= border.sum():
        return float(np.median(grey[opaque]))
    # Drawn on nothing: dark ink was meant for a light ground, light ink for a dark one.
    brightness = (alpha * grey).sum() / max(float(alpha.sum()), 1)
    return 255.0 if brightness < 128 else 0.0
