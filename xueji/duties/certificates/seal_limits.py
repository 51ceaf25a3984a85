"""What the picture of a seal may be: the rulebook's settings ``seal_*`` (``fields.yaml``)."""

from __future__ import annotations

from xueji.ground.documents.inspection import Limits
from xueji.pure.kernel.rulebook import Rulebook

_KILO, _MEGA = 1024, 1024 * 1024


def limits_of(book: Rulebook) -> tuple[Limits, int, int]:
    """The limits in force; the longest side that is kept, and the shortest that is taken (pixels)."""

    def setting(name: str) -> int:
        return int(book.settings[f"seal_{name}"])

    limits = Limits(
        file_bytes=setting("file_kilobytes") * _KILO,
        pages=1,
        pixels=setting("megapixels") * 1_000_000,
        memory_bytes=setting("memory_megabytes") * _MEGA,
        seconds=setting("seconds"),
    )
    return limits, setting("kept_pixels"), setting("least_pixels")


def in_words(book: Rulebook) -> str:
    """The demands in one sentence, for the page."""
    limits, _, least = limits_of(book)
    return (
        "透明底的 PNG，或白底的 PNG、JPEG（白底自动去掉，不遮住字）；"
        f"宽、高不少于 {least} 像素，不超过 {limits.file_bytes // _KILO} KB。"
        "只留印章本身，四周不留空白。"
    )
