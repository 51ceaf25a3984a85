"""Asking the child process about a file, and what to tell the clerk when it is not taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from xueji.ground.sandbox.asking import Child, ChildEnded
from xueji.pure.kernel.types import Refused

_ANSWERS: Final = {
    "locked": "文件“{name}”设有密码保护，请去掉密码后再上传。",
    "broken": "文件“{name}”不完整或已损坏（{detail}），请重新扫描或重新导出后再上传。",
    "active": "文件“{name}”里含有{detail}，系统不接收。请把它打印或另存为只有页面的 PDF，或重新扫描后再上传。",
    "too_many_pages": "文件“{name}”有 {detail} 页，超过每个文件 {pages} 页的上限，请分成几份上传。",
    "too_many_pixels": "图片“{name}”有 {detail} 像素，超过上限（{pixels} 万像素），请降低扫描分辨率后再上传。",
    "too_heavy": "文件“{name}”太大太复杂，无法打开。请降低扫描分辨率或重新扫描后再上传。",
    "too_small": "图片“{name}”只有 {detail} 像素，印出来不清楚，请换一张更大的。",
    "nothing_seen": "图片“{name}”上什么也看不到（全部透明，或只有一种颜色），请换一张。",
    "took_too_long": "文件“{name}”读了太久没有读完。请重新扫描，或分成几份后再上传。",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file of evidence may be: bytes, pages, pixels of a picture; memory (bytes), time (seconds) to open it.

    ``carrying``: a PDF may carry files; for one whose signature was found right alone (a dossier).
    """

    file_bytes: int
    pages: int
    pixels: int
    memory_bytes: int
    seconds: int
    carrying: bool = False


#: Where no rulebook is at hand (the room stands below it); the rulebook's own are its settings ``evidence_*``.
DEFAULT: Final = Limits(20 * 1024**2, 100, 60_000_000, 1024**3, 20)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as JPEG, and how many pages its file has."""

    content: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A picture made anew: PNG, with its transparency, pixels."""

    content: bytes
    width: int
    height: int


PDF: Final = "application/pdf"
CODE_PAGES: Final = 4  # a form's code stands on its first pages
_child = Child("xueji.ground.documents.inspection.child")


def _ask(what: str, content: bytes, media_type: str, name: str, limits: Limits, **more: int) -> tuple[Any, bytes]:
    request = {
        "ask": what, "media_type": media_type, "pages": limits.pages, "pixels": limits.pixels,
        "bytes": limits.file_bytes, "carrying": limits.carrying, **more,
    }  # fmt: skip
    made = b""
    try:
        answer, made = _child.ask(request, content, memory=limits.memory_bytes, seconds=limits.seconds)
    except ChildEnded as ended:
        answer = {"fault": "took_too_long" if ended.late else "too_heavy", "detail": ""}
    if "fault" in answer:
        code = str(answer["fault"])
        words = _ANSWERS[code].format(
            name=name, detail=answer["detail"], pages=limits.pages, pixels=limits.pixels // 10_000
        )
        raise Refused(f"documents.{code}", words)
    return answer, made


def inspect(content: bytes, media_type: str, name: str, limits: Limits = DEFAULT) -> int:
    """Open a file of a known media type wholly; how many pages it has.

    Raises ``Refused``: ``documents.locked``, ``broken``, ``active`` (script, launch action, embedded file …),
    ``too_many_pages``, ``too_many_pixels``, ``too_heavy``, ``took_too_long``.
    """
    return int(_ask("inspect", content, media_type, name, limits)[0]["pages"])


def render(content: bytes, media_type: str, name: str, *, page: int, width: int, limits: Limits = DEFAULT) -> Picture:
    """A page (from 1) as a picture at most ``width`` pixels wide. Raises ``Refused`` as ``inspect`` does."""
    answer, made = _ask("render", content, media_type, name, limits, page=page, width=width)
    return Picture(made, int(answer["pages"]))


def redraw(content: bytes, media_type: str, name: str, *, longest: int, least: int, limits: Limits) -> Redrawn:
    """A JPEG or PNG made anew, no side longer than ``longest`` pixels nor shorter than ``least``.

    Raises ``Refused`` as ``inspect`` does, and ``documents.too_small``, ``documents.nothing_seen``.
    """
    answer, made = _ask("redraw", content, media_type, name, limits, longest=longest, least=least)
    return Redrawn(made, int(answer["width"]), int(answer["height"]))


def read_codes(
    content: bytes, media_type: str, name: str, limits: Limits = DEFAULT, *, pages: int = CODE_PAGES
) -> list[tuple[str, int]]:
    """The QR codes of a scan: (text, page), of the first ``pages``. Raises ``Refused`` as ``inspect`` does."""
    answer, _ = _ask("codes", content, media_type, name, limits, code_pages=pages)
    return [(str(one["text"]), int(one["page"])) for one in answer["codes"]]


def read_text(content: bytes, name: str, limits: Limits = DEFAULT) -> str:
    """The text of a PDF's pages. Raises ``Refused`` as ``inspect`` does."""
    return "\n".join(read_pages(content, name, limits))


def read_pages(content: bytes, name: str, limits: Limits = DEFAULT) -> list[str]:
    """The text of a PDF page by page. Raises ``Refused`` as ``inspect`` does."""
    return [str(one) for one in _ask("text", content, PDF, name, limits)[0]["texts"]]


def read_carried(content: bytes, name: str, limits: Limits = DEFAULT) -> dict[str, bytes]:
    """The files that a PDF carries, by name. Raises ``Refused`` as ``inspect`` does."""
    answer, made = _ask("carried", content, PDF, name, limits)
    found, place = {}, 0
    for called, size in answer["files"]:
        found[str(called)] = made[place : place + int(size)]
        place += int(size)
    return found
