"""PDF: by pypdf every object is looked at for what would act or carry along; by PDFium pages become pictures."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pypdfium2
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject

from xueji.ground.documents.inspection import pictures
from xueji.ground.documents.inspection.faults import Faulty

logging.getLogger("pypdf").setLevel(logging.CRITICAL)
#: Actions (ISO 32000-1, 12.6.4) that run, send, open or fetch something. A link (URI, GoTo) is only text here.
ACTIONS: Final = {
    "/JavaScript": "脚本",
    "/Launch": "启动程序的动作",
    "/SubmitForm": "向外发送内容的动作",
    "/ImportData": "读入外部数据的动作",
    "/GoToE": "打开夹带文件的动作",
    "/GoToR": "打开其他文件的动作",
    "/Rendition": "播放音视频的动作",
    "/RichMediaExecute": "播放音视频的动作",
    "/Movie": "播放音视频的动作",
    "/Sound": "播放音视频的动作",
}
_CARRIED: Final = "夹带的文件"
_KEYS: Final = {"/JS": "脚本", "/EF": _CARRIED, "/EmbeddedFiles": _CARRIED, "/XFA": "动态表单"}
_KINDS: Final = {"/EmbeddedFile": _CARRIED, "/RichMedia": "音视频", "/3D": "三维模型", "/Screen": "音视频"}
_DPI: Final = 200
_POINTS_AN_INCH: Final = 72


def inspect(data: bytes, limits: Mapping[str, Any]) -> int:
    """How many pages; ``Faulty`` for one that is locked, broken, without pages, or that holds more than pages."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Faulty("locked")
        pages = len(reader.pages)
        _harmless(reader, carrying=bool(limits.get("carrying")))
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Faulty("broken", "内部结构有错") from error
    if pages > int(limits["pages"]):
        raise Faulty("too_many_pages", str(pages))
    if not pages or _picture(data, 1, 200, limits)[1] != pages:
        raise Faulty("broken", "没有可以显示的页面")
    return pages


def _harmless(reader: PdfReader, *, carrying: bool) -> None:
    """Looks at every object of the file, reached from a page or not; ``carrying``: it may hold files."""
    for found in _objects(reader):
        action = found.get("/S")
        if isinstance(action, NameObject) and str(action) in ACTIONS:
            raise Faulty("active", ACTIONS[str(action)])
        for key, words in _KEYS.items():
            if key in found and not (key == "/XFA" and not found[key]) and not (carrying and words == _CARRIED):
                raise Faulty("active", words)
        for key in ("/Type", "/Subtype"):
            kind = found.get(key)
            words = _KINDS.get(str(kind), "") if isinstance(kind, NameObject) else ""
            if words and not (carrying and words == _CARRIED):
                raise Faulty("active", words)


def _objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    waiting: list[PdfObject | None] = [reader.trailer]
    for number, generation in sorted(numbers):
        try:
            waiting.append(reader.get_object(IndirectObject(number, generation, reader)))
        except PyPdfError:  # an entry that nothing can reach harms nobody; one that a page needs fails when it is drawn
            continue
        while waiting:
            one = waiting.pop()
            if isinstance(one, DictionaryObject):
                yield one
                waiting.extend(value for value in dict.values(one) if not isinstance(value, IndirectObject))
            elif isinstance(one, ArrayObject):
                waiting.extend(value for value in list.__iter__(one) if not isinstance(value, IndirectObject))


def _picture(data: bytes, page: int, width: int, limits: Mapping[str, Any]) -> tuple[Image.Image, int]:
    """A page as a picture ``width`` pixels wide (less where it would pass the limit), and how many pages there are."""
    try:
        paper = pypdfium2.PdfDocument(data)
        pages = len(paper)
        one = paper[min(max(page, 1), pages) - 1]
        wide, high = one.get_size()
        scale = min(width / wide, (int(limits["pixels"]) / (wide * high)) ** 0.5)
        drawn = one.render(scale=scale, draw_annots=True, may_draw_forms=False).to_pil().convert("RGB")
        paper.close()
    except (pypdfium2.PdfiumError, ZeroDivisionError, IndexError) as error:
        raise Faulty("broken", "页面显示不出来") from error
    return drawn, pages


def render(data: bytes, page: int, width: int, limits: Mapping[str, Any]) -> tuple[bytes, int]:
    """A page as JPEG."""
    drawn, pages = _picture(data, page, width, limits)
    return pictures.as_jpeg(drawn), pages


def texts(data: bytes, limits: Mapping[str, Any]) -> list[str]:
    """The text of each page, as a reader would copy it out."""
    try:
        paper = pypdfium2.PdfDocument(data)
        if len(paper) > int(limits["pages"]):
            raise Faulty("too_many_pages", str(len(paper)))
        found = [page.get_textpage().get_text_range() for page in paper]
        paper.close()
    except pypdfium2.PdfiumError as error:
        raise Faulty("broken", "内部结构有错") from error
    return found


def carried(data: bytes, limits: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """The files that a PDF carries, in order, with their names."""
    try:
        paper = pypdfium2.PdfDocument(data)
        files = [paper.get_attachment(number) for number in range(paper.count_attachments())]
        found = [(one.get_name(), bytes(one.get_data())) for one in files]
        paper.close()
    except pypdfium2.PdfiumError as error:
        raise Faulty("broken", "内部结构有错") from error
    if sum(len(content) for _, content in found) > int(limits["bytes"]):
        raise Faulty("too_heavy")
    return found


def codes(data: bytes, limits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The QR codes on the first pages, drawn as a scanner would see them."""
    found: list[dict[str, Any]] = []
    paper = pypdfium2.PdfDocument(data)
    for page in range(1, min(len(paper), int(limits["code_pages"])) + 1):
        width = round(paper[page - 1].get_size()[0] * _DPI / _POINTS_AN_INCH)
        found += pictures.found_in(_picture(data, page, width, limits)[0], page)
    return found
