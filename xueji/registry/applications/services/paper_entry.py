"""补录: what was accepted on paper while the system was down is entered later, with the paper's date (issue 3)."""

from __future__ import annotations

from datetime import date

from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Refused

#: The claim's key: why it was entered later from a paper.
PAPER_REASON = "paper_reason"


def paper_claim(change: ChangeKind, paper_date: date | None, paper_reason: str) -> dict[str, str]:
    """What the claim keeps of it; nothing without a paper.

    Raises ``Refused`` where the rulebook does not allow it (with its reason), or date or reason are missing.
    """
    if paper_date is None:
        return {}
    if not change.paper_entry:
        why = f"：{change.no_paper_entry.rstrip('。')}" if change.no_paper_entry else ""
        raise Refused("no_paper_entry", f"{change.title}不能事后凭纸质材料补录{why}。", change.basis)
    if paper_date > today():
        raise Refused("paper_date_ahead", "纸质材料的日期不能晚于今天。", change.basis)
    if not paper_reason.strip():
        raise Refused("paper_reason_missing", "补录纸质申请，请写明系统停用的情况。", change.basis)
    return {PAPER_REASON: paper_reason.strip()}
