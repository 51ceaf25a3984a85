"""What is said of the seals of a paper: an electronic one, or that it needs the real one."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.duties.certificates.impressions import title_of
from xueji.pure.kernel.rulebook import Rulebook


def seal_words(book: Rulebook, kind: str, uses: Sequence[str]) -> str:
    """有电子印章（学籍专用章）, or 须加盖实物印章; of an attested paper the others are real ones in any case."""
    if not uses:
        return "须加盖实物印章"
    known = book.certificates.get(kind)
    rest = "，其余须加盖实物印章" if known is not None and known.attested else ""
    return f"有电子印章（{'、'.join(title_of(book.seals, one) for one in uses)}）{rest}"
