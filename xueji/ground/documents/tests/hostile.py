"""Files that are not what they say, or do what a paper must not: made by the libraries, for the tests."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def paper(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    return writer


def with_script() -> bytes:
    writer = paper()
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('hello');")}
    )
    return written(writer)


def with_hidden_script() -> bytes:
    """A script that no page reaches, in an object of its own."""
    writer = paper()
    writer._add_object(
        DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/Next"): ArrayObject()})
    )
    return written(writer)


def with_attachment() -> bytes:
    writer = paper()
    writer.add_attachment("程序.exe", b"MZ" + b"x" * 90)
    return written(writer)


def with_action(kind: str) -> bytes:
    """A page with a link that launches, submits, or goes to an address."""
    writer = paper()
    action = DictionaryObject({NameObject("/S"): NameObject(f"/{kind}"), NameObject("/F"): TextStringObject("a")})
    link = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([FloatObject(10), FloatObject(10), FloatObject(50), FloatObject(50)]),
            NameObject("/A"): action,
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([link])
    return written(writer)


def with_form_of_xfa() -> bytes:
    writer = paper()
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/XFA"): ArrayObject([TextStringObject("template")]), NameObject("/Fields"): ArrayObject()}
    )
    return written(writer)


def of_pages(pages: int) -> bytes:
    return written(paper(pages))


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, kind)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "x" * 90)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int = 30_000) -> bytes:
    """A PNG of less than a megabyte that unpacks to ``side`` by ``side`` pixels."""
    rows = zlib.compress(b"\x00" * (side // 8 + 1) * side, 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_with_half_its_rows() -> bytes:
    """Every chunk has its check sum, but the rows end half way."""
    side = 64
    rows = zlib.compress((b"\x00" + b"\x55" * side) * (side // 2))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def jpeg_cut() -> bytes:
    """Half of a photo."""
    whole = photo(size=(600, 400))
    return whole[: len(whole) // 2]
