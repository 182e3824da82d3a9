"""Uploaded pictures, of which nothing is trusted: bytes in, a dataset's kind of image out."""

import io
import struct
import threading
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from app.uploads.framing import frame
from muvae import InvalidInputError
from muvae.datasets.spec import Framing
from muvae.images import ImageSpec

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 16_000_000
# Pictures are made smaller before their ink is looked for: images are far smaller anyhow.
LONGEST = 1024
STRIP = 64  # rows
# Of 255: a picture whose ink differs less from its ground is blank. Of the strongest ink's 255:
# what is less is noise, in a picture that has any.
LEAST_CONTRAST = 16
NOISE = 25
# What Pillow raises on bytes that are not what they should be.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, struct.error)
# Of far too many pixels Pillow warns; here they are a mistake, and nothing for the server's log.
warnings.simplefilter("error", Image.DecompressionBombWarning)
# A picture of 16 megapixels takes some 200 MB while it is read; visitors' pictures wait in line.
_one_at_a_time = threading.Lock()
_WANTED = "save it as PNG, JPEG or WebP"


def read_upload(data: bytes, name: str, framing: Framing, image: ImageSpec) -> NDArray[np.uint8]:
    """The picture in a PNG, JPEG or WebP file, as the dataset has them: uint8 [H,W] of its images.

    Any mode and transparency, dark on light or light on dark, turned as its EXIF data says; of an
    animation the first frame. InvalidInputError names the file and says what is wrong with it.
    """
    shown = name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"
    if not data:
        raise InvalidInputError(f"{shown} is empty; choose a picture, as PNG, JPEG or WebP")
    if len(data) > MOST_BYTES:
        raise InvalidInputError(
            f"{shown} has {len(data) / 2**20:.1f} MB; make it smaller, 5 MB is the most"
        )
    with _one_at_a_time:
        picture = _decoded(data, shown)
        ink = _ink(*_grey_and_alpha(picture), lossless=picture.format == "PNG")
    framed = frame(ink, framing, image)
    if framed is None:
        raise InvalidInputError(
            f"{shown} is blank; choose a picture that stands out from its background"
        )
    return framed


def _decoded(data: bytes, name: str) -> Image.Image:
    """The first frame of the picture in a file, upright; of a large JPEG a smaller one."""
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInputError(_too_large(name)) from error
    except UNREADABLE as error:
        raise InvalidInputError(f"{name} is not a picture that can be read; {_WANTED}") from error
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise InvalidInputError(_too_large(name, f" at {width} × {height} pixels"))
    try:
        picture.draft("RGB", (LONGEST, LONGEST))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
    except UNREADABLE as error:
        raise InvalidInputError(f"{name} is damaged or cut short; {_WANTED} again") from error
    return picture


def _too_large(name: str, size: str = "") -> str:
    return f"{name} is too large{size}; make it smaller, 16 megapixels are the most"


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
