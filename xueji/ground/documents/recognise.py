"""What a file is, by what it holds: PDF, JPEG or PNG, whole enough to be opened.

A name says nothing: a script called ``证明.pdf`` is refused, a photo called ``证明.pdf`` too. Structure is
followed as far as it takes to know that the file is not cut and holds a page or picture; what a library makes of it is
the next look (``inspection``). A file that is two things at once (a picture that is also an archive or a page with a
script) is refused: whoever opens it elsewhere would open something else than what was looked at here.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from xueji.pure.kernel.types import Refused

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_SUFFIXES: Final = {PDF: {".pdf"}, JPEG: {".jpg", ".jpeg", ".jpe", ".jfif"}, PNG: {".png"}}
_CALLED: Final = {PDF: "PDF", JPEG: "JPEG 图片", PNG: "PNG 图片"}
_ACCEPTED: Final = "请上传 PDF、JPEG 或 PNG 文件。"
#: What people hand in by mistake, by its first bytes.
_KNOWN_OTHERS: Final = {
    b"PK\x03\x04": "Office 文档或压缩包",
    b"\xd0\xcf\x11\xe0": "旧版 Office 文档",
    b"Rar!": "压缩包",
    b"7z\xbc\xaf": "压缩包",
    b"MZ": "程序",
    b"\x7fELF": "程序",
    b"GIF8": "GIF 图片",
    b"BM": "BMP 图片",
    b"II*\x00": "TIFF 图片",
    b"MM\x00*": "TIFF 图片",
    b"RIFF": "WebP 图片或音视频",
    b"<": "网页",
}
_PDF_HEAD: Final = 1024  # ISO 32000: the header stands in the first kilobyte, the trailer's mark in the last


def media_type(content: bytes, name: str) -> str:
    """The media type of a file; ``name`` is what it was called, for the sentences and against disguises.

    Raises ``Refused``: ``documents.empty``, ``documents.kind`` (none of the accepted), ``documents.broken`` (cut or
    damaged), ``documents.locked`` (a PDF that asks for a password), ``documents.disguised`` (another suffix, or a
    second kind of file in the same bytes).
    """
    if not content.strip(b"\x00 \r\n\t"):
        raise Refused("documents.empty", f"文件“{name}”是空的，请重新选择。")
    found, check = _kind(content, name)
    check(content, name)
    _one_thing_only(content, found, name)
    suffix = PurePath(name).suffix.lower()
    if suffix and suffix not in _SUFFIXES[found]:
        raise Refused(
            "documents.disguised",
            f"文件“{name}”的内容其实是 {_CALLED[found]}，与扩展名 {suffix} 不符，请改成正确的扩展名后再上传。",
        )
    return found


def _kind(content: bytes, name: str) -> tuple[str, Callable[[bytes, str], None]]:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG, _check_jpeg
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG, _check_png
    if b"%PDF-" in content[:_PDF_HEAD]:
        return PDF, _check_pdf
    for head, called in _KNOWN_OTHERS.items():
        if content.lstrip().startswith(head):
            raise Refused("documents.kind", f"文件“{name}”是{called}，系统不接收。{_ACCEPTED}")
    raise Refused("documents.kind", f"文件“{name}”不是可以识别的证明材料。{_ACCEPTED}")


#: What makes the same bytes something else too, for a program that looks elsewhere in them.
_MARKUP: Final = re.compile(rb"<script\b|<html\b|<!doctype\s+html|<\?php|<svg\b", re.IGNORECASE)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"PK\x03\x04", b"#!")


def _one_thing_only(content: bytes, found: str, name: str) -> None:
    """Refuse a file that another program would take for something else (a polyglot)."""
    head, tail = content[:_PDF_HEAD], _after_the_end(content, found)
    second = ""
    if zipfile.is_zipfile(io.BytesIO(content)):
        second = "压缩包"
    elif found != PDF and (b"%PDF-" in head or b"%PDF-" in tail):
        second = "PDF"
    elif found == PDF and content[: content.index(b"%PDF-")].strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        second = "其他内容"
    elif _MARKUP.search(head if found != PDF else b"") or _MARKUP.search(tail):
        second = "网页"
    elif tail.lstrip(b"\x00 \r\n\t").startswith(_PROGRAMS) or (found == PDF and tail.strip(b"\x00 \r\n\t")):
        second = "程序或其他内容"
    if second:
        raise Refused(
            "documents.disguised",
            f"文件“{name}”除了 {_CALLED[found]}，还夹带着{second}，系统不接收。请重新扫描或拍照后再上传。",
        )


def _after_the_end(content: bytes, found: str) -> bytes:
    """What stands behind the end of the page or picture (phones keep notes of their own there)."""
    end = {PDF: b"%%EOF", JPEG: b"\xff\xd9", PNG: b"IEND"}[found]
    return content[content.rindex(end) + len(end) + (4 if found == PNG else 0) :]


def _broken(name: str, what: str) -> Refused:
    return Refused("documents.broken", f"文件“{name}”不完整或已损坏（{what}），请重新扫描或重新导出后再上传。")


def _check_pdf(content: bytes, name: str) -> None:
    end = content.rstrip(b"\x00 \r\n\t")[-_PDF_HEAD:]
    if b"%%EOF" not in end:
        raise _broken(name, "文件尾缺失")
    pointer = re.search(rb"startxref\s+(\d+)\s+%%EOF(?!.*startxref)", end, re.DOTALL)
    # Offsets count from the header, which a mail program may have pushed down.
    shift = content.index(b"%PDF-")
    if pointer is None or (not _is_table(content, int(pointer[1])) and not _is_table(content, int(pointer[1]) + shift)):
        raise _broken(name, "目录表缺失")
    if re.search(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)", content):
        raise Refused("documents.locked", f"文件“{name}”设有密码保护，请去掉密码后再上传。")
    if not re.search(rb"/Type\s*/(Page|ObjStm)\b", content):
        raise _broken(name, "没有页面")


def _is_table(content: bytes, offset: int) -> bool:
    """Whether a cross-reference table, or the stream that may stand for it, begins here."""
    return re.match(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)", content[offset : offset + 40]) is not None


_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame: the picture's size stands there
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length


def _check_jpeg(content: bytes, name: str) -> None:
    """Follow the segments to the scan, with the picture's size on the way, then look for the end."""
    place, sized = 2, False
    while True:
        if place + 4 > len(content) or content[place] != 0xFF:
            raise _broken(name, "图片数据中断")
        marker = content[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if length < 2 or place + 2 + length > len(content):
            raise _broken(name, "图片数据中断")
        if marker in _FRAMES:
            height, width = content[place + 5 : place + 7], content[place + 7 : place + 9]
            sized = any(width) and any(height)
        if marker == 0xDA:
            break
        place += 2 + length
    if not sized:
        raise _broken(name, "没有图片尺寸")
    if content.find(b"\xff\xd9", place) < 0:
        raise _broken(name, "图片尾缺失")


def _check_png(content: bytes, name: str) -> None:
    """Follow the chunks, each with its check sum, from the header to the end."""
    place, kinds = 8, list[bytes]()
    while not kinds or kinds[-1] != b"IEND":
        length = int.from_bytes(content[place : place + 4], "big")
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        check = content[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + data) != int.from_bytes(check, "big"):
            raise _broken(name, "图片数据中断")
        if not kinds and (kind != b"IHDR" or length != 13 or not any(data[:4]) or not any(data[4:8])):
            raise _broken(name, "没有图片尺寸")
        kinds.append(kind)
        place += 12 + length
    if b"IDAT" not in kinds:
        raise _broken(name, "没有图片内容")
