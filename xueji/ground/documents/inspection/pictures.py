"""JPEG and PNG by Pillow: decoded to the last row, no larger than the limit, shown upright."""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Mapping
from typing import Any

import zxingcpp
from PIL import Image, ImageChops, ImageFile, ImageMath, ImageOps

from xueji.ground.documents.inspection.faults import Faulty

ImageFile.LOAD_TRUNCATED_IMAGES = False
_QUALITY = 85
_PORTION = 1 << 20
_SPECK = 16  # of 255: so much darker than white is paper, or what JPEG leaves around a line


def _opened(data: bytes, limits: Mapping[str, Any]) -> Image.Image:
    """The decoded picture. The size is looked at before a single row is decoded (a bomb costs nothing)."""
    Image.MAX_IMAGE_PIXELS = None
    formats = ("JPEG",) if data.startswith(b"\xff\xd8") else ("PNG",)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Image.open(io.BytesIO(data), formats=formats)
            if found.width * found.height > int(limits["pixels"]):
                raise Faulty("too_many_pixels", f"{found.width}×{found.height}")
            if found.format == "PNG":
                _all_rows_of_png(data, found)
            found.load()
    except (OSError, SyntaxError, ValueError, zlib.error) as error:
        raise Faulty("broken", "图片解不出来，可能没有传完") from error
    return found


_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the colour type of the header
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _all_rows_of_png(data: bytes, found: Image.Image) -> None:
    """Pillow leaves missing rows black without a word: what is packed must be what the size asks for."""
    depth, colour, interlaced = data[24], data[25], data[28]
    bits = depth * _CHANNELS.get(colour, 1)

    def size(width: int, height: int) -> int:
        return height * (1 + (width * bits + 7) // 8) if width > 0 and height > 0 else 0

    wanted = size(found.width, found.height)
    if interlaced:
        wanted = sum(
            size(-(-(found.width - x) // across), -(-(found.height - y) // down)) for x, y, across, down in _ADAM7
        )
    there, place, unpack = 0, 8, zlib.decompressobj()
    while place < len(data) and there < wanted:
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            waiting = data[place + 8 : place + 8 + length]
            while waiting and there < wanted:
                there += len(unpack.decompress(waiting, _PORTION))
                waiting = unpack.unconsumed_tail
        place += 12 + length
    if there < wanted:
        there += len(unpack.flush())
    if there < wanted:
        raise Faulty("broken", "图片只有一部分，可能没有传完")


def inspect(data: bytes, limits: Mapping[str, Any]) -> int:
    """Decodes the whole picture; pages: always one."""
    _opened(data, limits)
    return 1


def upright(data: bytes, limits: Mapping[str, Any]) -> Image.Image:
    """The picture as it was held, in RGB."""
    return ImageOps.exif_transpose(_opened(data, limits)).convert("RGB")


def render(data: bytes, page: int, width: int, limits: Mapping[str, Any]) -> tuple[bytes, int]:
    """A JPEG made anew at most ``width`` pixels wide: nothing but the picture itself gets through."""
    picture = upright(data, limits)
    if picture.width > width:
        picture = picture.resize((width, max(1, picture.height * width // picture.width)), Image.Resampling.LANCZOS)
    return as_jpeg(picture), 1


def redrawn(data: bytes, longest: int, least: int, limits: Mapping[str, Any]) -> tuple[bytes, int, int]:
    """A PNG made anew with its transparency, no side longer than ``longest``: (bytes, width, height).

    One without transparency is lifted off the white that it lies on. What was hidden under full transparency is gone.
    ``Faulty`` for one with a side under ``least`` pixels, and for one on which nothing is seen.
    """
    found = ImageOps.exif_transpose(_opened(data, limits)).convert("RGBA")
    if min(found.size) < least:
        raise Faulty("too_small", f"{found.width}×{found.height}")
    if found.getchannel("A").getextrema() == (255, 255):
        found = _off_white(found)
    picture = Image.new("RGBA", found.size)
    picture.alpha_composite(found)
    on_paper = Image.new("RGBA", found.size, "white")
    on_paper.alpha_composite(found)
    if len(set(on_paper.convert("L").tobytes())) < 2:
        raise Faulty("nothing_seen")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue(), picture.width, picture.height


def _off_white(picture: Image.Image) -> Image.Image:
    """The picture without the white under it: it looks on white as it did, and lets words under it be read.

    A colour is white seen through a filter: the filter is as dense as its darkest part, its own colour what is left.
    """
    red, green, blue, _ = picture.split()
    density = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    divisor = density.point(lambda value: max(value, 1))
    bands = [
        ImageMath.lambda_eval(
            lambda given: given["convert"](255 - (255 - given["band"]) * 255 / given["density"], "L"),
            band=band,
            density=divisor,
        )
        for band in (red, green, blue)
    ]
    return Image.merge("RGBA", (*bands, density.point(lambda value: 0 if value < _SPECK else value)))


def as_jpeg(picture: Image.Image) -> bytes:
    """A picture as JPEG bytes."""
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def found_in(picture: Image.Image, page: int) -> list[dict[str, Any]]:
    """The texts of the QR codes in a picture."""
    grey = picture.convert("L")
    pixels = memoryview(grey.tobytes()).cast("B", shape=[grey.height, grey.width])
    read = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [{"text": one.text, "page": page} for one in read if one.text]


def codes(data: bytes, limits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The QR codes in the picture."""
    return found_in(upright(data, limits), 1)
