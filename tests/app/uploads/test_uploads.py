"""Uploaded pictures: every mode of the three formats, and one sentence for all that is none."""

import contextlib
import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import SHIPPED
from numpy.typing import NDArray
from PIL import Image, ImageDraw, PngImagePlugin, WebPImagePlugin

from app.uploads.framing import Layout, frame
from app.uploads.limits import MOST_BYTES, MOST_PIXELS
from app.uploads.picture import FORMATS, UnreadableError, ink_of
from app.uploads.read import read_upload
from muvae import DATASETS, InvalidInputError
from muvae.datasets.spec import DatasetSpec
from muvae.datasets.test_split import read_test_split

Grey = NDArray[np.uint8]
MNIST = DATASETS["mnist"]
# What compression may do to a picture: a pixel's shift would be a difference of more than 0.5.
EXACT, LOSSY = 0.05, 0.2


def seven(width: int = 120, height: int = 160) -> Image.Image:
    """A seven, white on black, off the middle: mode L."""
    picture = Image.new("L", (width, height))
    points = [(0.2, 0.15), (0.7, 0.15), (0.4, 0.7)]
    line = [(x * width, y * height) for x, y in points]
    ImageDraw.Draw(picture).line(line, fill=255, width=round(width * 0.08), joint="curve")
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def read_file(data: bytes, name: str = "seven", dataset: DatasetSpec = MNIST) -> Grey:
    return read_upload(data, name, [dataset])[dataset.name]


def read(picture: Image.Image, kind: str = "PNG", **options: Any) -> Grey:
    return read_file(encoded(picture, kind, **options))


def difference(one: Grey, other: Grey) -> float:
    """The mean difference of pixels, as a share of the ink."""
    return float(np.abs(one.astype(int) - other).sum() / other.sum())


def framed(picture: Image.Image) -> Grey:
    image = frame(np.asarray(picture), Layout.of(MNIST.framing, MNIST.image))
    assert image is not None
    return image


PLAIN = framed(seven())


def on_paper() -> Image.Image:
    return Image.eval(seven(), lambda grey: 255 - grey)


def with_alpha(mode: str, ink: int, hidden: int) -> Image.Image:
    """The seven in one brightness, opaque where it is inked; `hidden` lies where it is not."""
    alpha = seven()
    grey = Image.composite(
        Image.new("L", alpha.size, ink), Image.new("L", alpha.size, hidden), alpha
    )
    bands = [grey] * (1 if mode == "LA" else 3)
    return Image.merge(mode, [*bands, alpha])


def palette_with_transparency(ink: int) -> tuple[Image.Image, bytes]:
    """Palette indices 0 (clear) and 1 (ink), and the entries' opacity."""
    picture = seven().point(lambda grey: int(grey > 127))
    picture.putpalette([200, 10, 10, ink, ink, ink])
    return picture, bytes([0, 255])


def sixteen_bits(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)


MODES = {
    "1": seven().convert("1", dither=Image.Dither.NONE),
    "L": seven(),
    "L on paper": on_paper(),
    "low contrast": Image.eval(seven(), lambda grey: 140 - grey // 4),
    "LA, dark ink": with_alpha("LA", 0, 255),
    "LA, light ink": with_alpha("LA", 255, 255),
    "RGBA, dark ink over hidden white": with_alpha("RGBA", 20, 255),
    "RGBA, dark ink over hidden black": with_alpha("RGBA", 20, 0),
    "RGBA, light ink": with_alpha("RGBA", 240, 255),
    "RGBA, opaque paper": on_paper().convert("RGBA"),
    "RGB": seven().convert("RGB"),
    "P": on_paper().convert("P"),
    "I;16": sixteen_bits(seven()),
    "I;16 on paper": sixteen_bits(on_paper()),
}


@pytest.mark.parametrize("picture", MODES.values(), ids=MODES)
def test_every_mode_of_png_is_read(picture: Image.Image) -> None:
    assert difference(read(picture), PLAIN) < EXACT


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_palettes_are_read(ink: int) -> None:
    picture, opacity = palette_with_transparency(ink)
    assert difference(read(picture, transparency=opacity), PLAIN) < EXACT


def test_a_transparent_grey_level_is_the_ground() -> None:
    for picture in (on_paper(), sixteen_bits(on_paper())):
        clear = 65535 if picture.mode == "I;16" else 255
        assert difference(read(picture, transparency=clear), PLAIN) < EXACT


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "L"), ("WEBP", "RGB")],
)
def test_lossy_pictures_are_read(kind: str, mode: str) -> None:
    assert difference(read(on_paper().convert(mode), kind, quality=80), PLAIN) < LOSSY


def test_webp_with_alpha_is_read() -> None:
    assert difference(read(with_alpha("RGBA", 0, 255), "WEBP", lossless=True), PLAIN) < LOSSY


def test_the_first_frame_of_an_animation_is_read() -> None:
    frames = [seven(), on_paper().rotate(90, expand=False)]
    for kind in ("PNG", "WEBP"):
        data = encoded(frames[0].convert("RGB"), kind, save_all=True, append_images=frames[1:])
        assert difference(read_file(data), PLAIN) < LOSSY


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_turned_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    turned = on_paper().transpose(Image.Transpose.ROTATE_90)
    assert difference(read(turned, kind, exif=exif), PLAIN) < LOSSY


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_any_size_up_to_the_most_is_read(kind: str) -> None:
    large = seven(3464, 4618)
    assert MOST_PIXELS - 5000 < large.width * large.height <= MOST_PIXELS
    for picture in (large, seven().resize((60, 80), Image.Resampling.BOX)):
        assert difference(read(Image.eval(picture, lambda grey: 255 - grey), kind), PLAIN) < LOSSY


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "I;16"), ("PNG", "RGBA"), ("WEBP", "RGB")])
def test_the_largest_picture_fits_into_the_memory_of_its_process(kind: str, mode: str) -> None:
    large = seven(3464, 4618)
    picture = sixteen_bits(large) if mode == "I;16" else large.convert(mode)
    assert difference(read(picture, kind), PLAIN) < LOSSY


def test_paper_with_grain_and_a_shadow_is_read() -> None:
    rng = np.random.default_rng(0)
    paper = np.asarray(on_paper()).astype(float) * 0.5 + 90 + rng.normal(0, 3, (160, 120))
    picture = Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))
    assert difference(read(picture), PLAIN) < LOSSY


@pytest.mark.parametrize("dataset", DATASETS)
def test_test_images_come_back_as_they_are(dataset: str) -> None:
    images = read_test_split(SHIPPED / dataset).images[:200, 0].numpy()
    for sign in (1, -1):
        same = 0
        for image in images:
            shown = Image.fromarray(image if sign > 0 else 255 - image)
            back = read_file(encoded(shown), dataset=DATASETS[dataset])
            same += int(np.abs(back.astype(int) - image).max() <= 1)
        assert same >= 0.96 * len(images)


def refused(data: bytes, name: str = "cat.png") -> str:
    with pytest.raises(InvalidInputError) as caught:
        read_file(data, name)
    text = str(caught.value)
    assert text.startswith(name)
    assert "\n" not in text
    assert len(text) < 160
    return text


def test_an_empty_file_is_refused() -> None:
    assert refused(b"") == "cat.png is empty; choose a picture, as PNG, JPEG or WebP"


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"%PDF-1.4",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(seven(), "GIF"),
        encoded(seven(), "BMP"),
        encoded(seven(), "TIFF"),
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["text", "pdf", "svg", "gif", "bmp", "tiff", "signature"],
)
def test_what_is_no_picture_of_the_three_formats_is_refused(data: bytes) -> None:
    assert (
        refused(data) == "cat.png is not a picture that can be read; save it as PNG, JPEG or WebP"
    )


def test_the_name_does_not_make_the_format() -> None:
    assert difference(read_file(encoded(seven()), "seven.txt"), PLAIN) < EXACT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    data = encoded(seven(), kind)
    for share in (0.1, 0.5, 0.9):
        assert "; save it as PNG, JPEG or WebP" in refused(data[: int(share * len(data))])


@pytest.mark.filterwarnings("ignore::UserWarning")  # on EXIF data that is none
def test_bytes_of_any_kind_are_read_or_refused() -> None:
    rng = np.random.default_rng(1)
    files = [encoded(seven(40, 50), kind) for kind in ("PNG", "JPEG", "WEBP")]
    exif = Image.Exif()
    exif[0x0112] = 6
    files.append(encoded(seven(40, 50), "JPEG", exif=exif))
    outcomes = set()
    for file in files:
        for _ in range(60):
            data = bytearray(file)
            for at in rng.integers(8, len(data), 6):
                data[at] = rng.integers(256)
            try:
                read_file(bytes(data), "cat.png")
                outcomes.add("read")
            except InvalidInputError:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_too_many_bytes_are_refused() -> None:
    assert refused(bytes(MOST_BYTES + 1)) == (
        "cat.png has 5.0 MB; make it smaller, 5 MB is the most"
    )


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises that many pixels, and that holds next to none."""
    parts = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")):
        check = zlib.crc32(kind + body)
        parts += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)
    return parts


def test_too_many_pixels_are_refused_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(_: Image.Image) -> None:
        raise AssertionError("the picture is decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    for side, told in ((4001, "at 4001 × 4000 pixels; make it smaller"), (60000, "16 megapixels")):
        with pytest.raises(UnreadableError, match=told):
            ink_of(bomb(side, 4000))


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (50, 50), 255),
        Image.new("RGB", (50, 50), (0, 0, 0)),
        Image.new("RGBA", (50, 50), (200, 0, 0, 0)),
        Image.new("LA", (1, 1), (255, 255)),
        Image.eval(seven(), lambda grey: 128 + grey // 32),
    ],
    ids=["white", "black", "clear", "one pixel", "next to nothing"],
)
def test_a_blank_picture_is_refused(picture: Image.Image) -> None:
    assert refused(encoded(picture)) == (
        "cat.png is blank; choose a picture that stands out from its background"
    )


def test_a_long_name_is_shortened() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_file(b"", "a" * 300 + ".png")
    assert len(str(caught.value)) < 120
    assert ".png is empty" in str(caught.value)


def text_bomb() -> bytes:
    """A PNG with a comment that unpacks to 100 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 100_000_000, zip=True)
    return encoded(seven(), pnginfo=info)


def profile_bomb() -> bytes:
    """A PNG with a colour profile that unpacks to 100 MB."""
    return encoded(seven(), icc_profile=bytes(100_000_000))


@pytest.mark.parametrize("bomb", [text_bomb, profile_bomb])
def test_what_is_packed_beside_the_picture_is_not_unpacked_without_end(
    bomb: Callable[[], bytes],
) -> None:
    data = bomb()
    assert len(data) < MOST_BYTES
    tracemalloc.start()
    with contextlib.suppress(UnreadableError):  # which is as good an answer as the picture
        ink_of(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40e6


def test_an_animation_of_many_frames_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding 200 frames takes seconds: the first is the picture."""
    played: list[int] = []
    for kind in (PngImagePlugin.PngImageFile, WebPImagePlugin.WebPImageFile):
        monkeypatch.setattr(kind, "seek", lambda _, frame: played.append(frame))
    frames = [Image.new("RGB", (400, 400), (at, 0, 0)) for at in range(1, 200)]
    for kind in ("PNG", "WEBP"):
        data = encoded(
            on_paper().convert("RGB").resize((400, 400)), kind, save_all=True, append_images=frames
        )
        assert ink_of(data).any()
    assert played == []


def test_limits_are_what_the_page_says() -> None:
    assert FORMATS == ("PNG", "JPEG", "WEBP")
    assert MOST_BYTES == 5 * 2**20
    assert MOST_PIXELS == 16_000_000
