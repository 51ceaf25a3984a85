"""电子印章: the uses that the rulebook knows, what speaks against a proposal, how an approved one stands on a day.

Pure: a seal is proposed and decided by the room ``certificates``, which asks here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from .types import Level

if TYPE_CHECKING:
    from .rulebook import CertificateKind, Step


@dataclass(frozen=True, slots=True)
class SealUse:
    """A named use of a seal (学校公章, 学籍专用章, 验印章).

    ``levels``: whose seal it is; ``width``: mm in which it is printed at most; ``most_days``: the longest period of one
    approval; ``steps``: who approves (``applicant`` is the organisation whose seal it is).
    """

    use: str
    title: str
    levels: tuple[Level, ...]
    width: float
    most_days: int
    steps: tuple[Step, ...]
    basis: str = ""
    certainty: str = ""

    @property
    def of_bureau(self) -> bool:
        """Whether it is the seal of whoever attests, not of whoever issues."""
        return Level.SCHOOL not in self.levels


class Standing(StrEnum):
    """How a seal that was approved stands on a day."""

    AHEAD = "ahead"
    IN_FORCE = "in_force"
    OVER = "over"


def standing_on(starts_on: date, ends_on: date, day: date) -> Standing:
    """Whether a day lies in the period, its first and last day included."""
    if day < starts_on:
        return Standing.AHEAD
    return Standing.IN_FORCE if day <= ends_on else Standing.OVER


def bearing(kinds: Mapping[str, CertificateKind], use: SealUse) -> tuple[CertificateKind, ...]:
    """The kinds of paper that may bear an electronic seal of this use."""
    return tuple(kind for kind in kinds.values() if use.use in kind.electronic_uses)


def against(
    use: SealUse,
    *,
    level: Level,
    kinds: Mapping[str, CertificateKind],
    wanted: Sequence[str],
    period: tuple[date, date],
    day: date,
) -> tuple[tuple[str, str], ...]:
    """All that speaks against approving a seal on a day: (code, sentence)."""
    found: list[tuple[str, str]] = []
    if level not in use.levels:
        found.append(("seal.level", f"{use.title}不是本单位使用的印章，请选择本单位的印章。"))
    if not wanted:
        found.append(("seal.no_kind", "请选择用在哪些证书、证明上。"))
    for code in wanted:
        kind = kinds.get(code)
        if kind is None:
            found.append(("seal.kind", "规则册里没有所选的一种证书或证明，请重新选择。"))
        elif use.use not in kind.electronic_uses:
            found.append(("seal.kind", f"{kind.title}按规则不用电子的{use.title}，须加盖实物印章。"))
    starts_on, ends_on = period
    if ends_on < starts_on:
        found.append(("seal.period", "使用期的最后一天早于第一天，请改正。"))
    elif (ends_on - starts_on).days >= use.most_days:
        found.append(("seal.period", f"使用期最长 {use.most_days} 天，到期前可以再次申请。请缩短使用期。"))
    if ends_on < day:
        found.append(("seal.over", f"使用期已于 {ends_on} 结束，不能批准。请按新的使用期重新申请。"))
    return tuple(found)
