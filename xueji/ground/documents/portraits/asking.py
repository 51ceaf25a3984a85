"""Asking the child process about photos, and what to tell the registrar when one is not taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from xueji.ground.sandbox.asking import Child, ChildEnded
from xueji.pure.kernel.types import Refused

_ANSWERS: Final = {
    "empty": "照片“{name}”是空的，请重新选择。",
    "format": "“{name}”不是 JPEG 或 PNG 图片，请换成 JPEG 或 PNG。",
    "disguised": "“{name}”的内容与扩展名不符，请改成正确的扩展名后再上传。",
    "broken": "照片“{name}”不完整或已损坏，请重新导出后再上传。",
    "too_large": "照片“{name}”超过每张 {kilobytes} KB 的上限，请压缩后再上传。",
    "too_many_pixels": "照片“{name}”有 {detail} 像素，超过上限（{pixels} 万像素），请缩小后再上传。",
    "too_small": "照片“{name}”裁剪后只有 {detail} 像素宽，少于 {least} 像素，印出来不清楚，请换一张更清晰的。",
    "too_heavy": "照片“{name}”太大太复杂，无法打开。请缩小后再上传。",
    "took_too_long": "照片“{name}”读了太久没有读完。请缩小，或分成几次上传。",
    "not_a_zip": "“{name}”不是 ZIP 压缩包，或已损坏。请重新压缩后再上传。",
    "encrypted": "压缩包“{name}”设有密码，请去掉密码后再上传。",
    "path": "压缩包里有路径不正常的文件（{detail}），系统不接收。请把照片放进一个文件夹重新压缩。",
    "bomb": "压缩包“{name}”解压后太大（{detail}），系统不接收。请分成几次上传。",
    "too_many_files": "一次上传的照片有 {detail} 张，超过上限（{files} 张），请按班级分次上传。",
}


@dataclass(frozen=True, slots=True)
class PortraitLimits:
    """What a photo may be, by the rulebook's settings ``photo_*``; bytes, pixels, seconds.

    ``width``, ``height``: of the portrait that is kept, ``kept_bytes`` its most; ``least_width``: what a crop must
    have left; ``ratio_percent``: how far another ratio is taken without cropping by hand.
    """

    width: int
    height: int
    least_width: int
    kept_bytes: int
    ratio_percent: int
    file_bytes: int
    pixels: int
    files: int
    batch_bytes: int
    unpacked_bytes: int
    memory_bytes: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo as it is kept until it is cropped: an upright JPEG of ``width`` by ``height``, the box that a crop in the
    middle would take (left, top, width, height in its pixels), and whether the ratio fits without a hand."""

    content: bytes
    width: int
    height: int
    box: tuple[int, int, int, int]
    fits: bool
    likeness: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The portrait as it is kept for good, and its perceptual digest (64 bits: pictures that look alike are near)."""

    content: bytes
    likeness: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file of an archive: the name without its path, what it holds, or the sentence why it is not taken."""

    name: str
    content: bytes
    fault: str = ""


_child = Child("xueji.ground.documents.portraits.child")


def _refused(code: str, detail: str, name: str, limits: PortraitLimits) -> Refused:
    words = _ANSWERS[code].format(
        name=name, detail=detail, kilobytes=limits.file_bytes // 1024, pixels=limits.pixels // 10_000,
        least=limits.least_width, files=limits.files,
    )  # fmt: skip
    return Refused(f"photos.{code}", words)


def _ask(what: str, content: bytes, name: str, limits: PortraitLimits, /, **more: Any) -> tuple[dict[str, Any], bytes]:
    request = {
        "ask": what, "name": name, "pixels": limits.pixels, "width": limits.width, "height": limits.height,
        "least_width": limits.least_width, "kept_bytes": limits.kept_bytes, "ratio_percent": limits.ratio_percent,
        "file_bytes": limits.file_bytes, "files": limits.files, "unpacked_bytes": limits.unpacked_bytes, **more,
    }  # fmt: skip
    try:
        answer, made = _child.ask(request, content, memory=limits.memory_bytes, seconds=limits.seconds)
    except ChildEnded as ended:
        raise _refused("took_too_long" if ended.late else "too_heavy", "", name, limits) from None
    if "fault" in answer:
        raise _refused(str(answer["fault"]), str(answer.get("detail", "")), name, limits)
    return answer, made


def prepare(content: bytes, name: str, limits: PortraitLimits) -> Prepared:
    """Decode a photo and make it anew, upright and no larger than a page shows. Raises ``Refused`` (``photos.*``)."""
    if len(content) > limits.file_bytes:
        raise _refused("too_large", "", name, limits)
    answer, made = _ask("prepare", content, name, limits)
    left, top, width, height = (int(one) for one in answer["box"])
    return Prepared(
        made, int(answer["width"]), int(answer["height"]), (left, top, width, height), bool(answer["fits"]),
        int(answer["likeness"]),
    )  # fmt: skip


def cut(content: bytes, name: str, box: tuple[int, int, int, int], limits: PortraitLimits) -> Cut:
    """The portrait of the rulebook's size out of a prepared photo; ``box`` in its pixels. Raises ``Refused``."""
    answer, made = _ask("cut", content, name, limits, box=list(box))
    return Cut(made, int(answer["likeness"]))


def unpack(content: bytes, name: str, limits: PortraitLimits) -> list[Unpacked]:
    """The files of a ZIP archive in their order, folders and hidden files of the system left out.

    Raises ``Refused``: no archive, locked, a path that leads elsewhere, too many files, larger unpacked than allowed (a
    bomb is found before it is unpacked, a false declaration while it is). A file that is too large alone has its fault.
    """
    answer, made = _ask("unpack", content, name, limits)
    found, at = [], 0
    for one in answer["files"]:
        size, code = int(one["size"]), str(one.get("fault", ""))
        fault = _refused(code, "", str(one["name"]), limits).message if code else ""
        found.append(Unpacked(str(one["name"]), made[at : at + size], fault))
        at += size
    return found
