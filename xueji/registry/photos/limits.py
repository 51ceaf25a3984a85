"""What a photo may be: the rulebook's settings ``photo_*`` (``fields.yaml``)."""

from __future__ import annotations

from xueji.ground.documents.portraits import PortraitLimits
from xueji.pure.kernel.rulebook import Rulebook

_KILO, _MEGA = 1024, 1024 * 1024


def limits_of(book: Rulebook) -> PortraitLimits:
    """The limits in force."""

    def setting(name: str) -> int:
        return int(book.settings[f"photo_{name}"])

    return PortraitLimits(
        width=setting("width"),
        height=setting("height"),
        least_width=setting("least_width"),
        kept_bytes=setting("kilobytes") * _KILO,
        ratio_percent=setting("ratio_percent"),
        file_bytes=setting("file_kilobytes") * _KILO,
        pixels=setting("megapixels") * 1_000_000,
        files=setting("batch_files"),
        batch_bytes=setting("batch_megabytes") * _MEGA,
        unpacked_bytes=setting("unpacked_megabytes") * _MEGA,
        memory_bytes=setting("memory_megabytes") * _MEGA,
        seconds=setting("seconds"),
    )


def in_words(limits: PortraitLimits, *, one: bool = False) -> str:
    """The demands in one sentence, for a page; of ``one`` photo without how many may come at once."""
    at_once = "" if one else f"；一次不超过 {limits.files} 张、{limits.batch_bytes // _MEGA} MB"
    return (
        f"JPEG 或 PNG，宽高比 {limits.width}:{limits.height}（不符的在页面上裁剪），裁剪后宽不少于 "
        f"{limits.least_width} 像素，每张原件不超过 {limits.file_bytes // _MEGA} MB{at_once}。"
    )
