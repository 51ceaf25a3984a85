"""A year's leavers of some schools, the attested papers that they were given, and why one is not printed (套打).

What a bureau's order prints is what its schools' leavers of one year were attested; who has nothing to print is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices

from xueji.duties.certificates.models import Certificate, LineState, OrderLine, VoidGround
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.registry.register.models import Registration


class WhyNot(TextChoices):
    """Why a leaver has nothing to be printed."""

    NOT_ATTESTED = "certificate.not_attested_yet", "还没有验印"
    UNDER_WAY = "certificate.under_way", "验印正在办理"
    VOIDED = "certificate.voided", "证书已作废，没有重新验印"
    WITHDRAWN = "certificate.withdrawn", "证书已撤销，不再发给"
    PRINTED = "certificate.printed", "已打印过"
    BLANKS_SHORT = "certificate.blanks_short", "学校未用的空白证书不够"
    CHANGED = "certificate.changed", "验印以后学籍记录已有变化"
    TEMPLATE = "certificate.template", "证书的版面在验印以后改过"


#: What is told of each to whoever looks for him; ``{number}`` of the paper, ``{serial}`` of its blank.
SENTENCES: Mapping[WhyNot, str] = {
    WhyNot.NOT_ATTESTED: "还没有验印。请学校申请验印，办结后再打印。",
    WhyNot.UNDER_WAY: "验印正在办理，办结后再打印。",
    WhyNot.VOIDED: "证书 {number} 已作废，没有重新验印。请学校重新申请。",
    WhyNot.WITHDRAWN: "证书 {number} 已撤销，不再发给。",
    WhyNot.PRINTED: "证书 {number} 已打印在空白证书 {serial} 上。印坏的请学校先作废那一张，再打印。",
    WhyNot.BLANKS_SHORT: "证书 {number} 没有打印：学校登记的空白证书不够。请学校登记领用后再打印。",
    WhyNot.CHANGED: "证书 {number} 验印以后学籍记录已有变化。请学校作废后按现在的记录重新申请验印。",
    WhyNot.TEMPLATE: "证书 {number} 的版面在验印以后改过，不能成批打印。请由学校单独打印，或作废后重新验印。",
}


@dataclass(frozen=True, slots=True)
class Leaver:
    """A leaver and his paper, if he was given one. ``serial``: the blank that it stands on."""

    student: UUID
    registration: UUID
    school: UUID
    number: str
    paper: Certificate | None = None
    serial: str = ""
    asked: bool = False

    @property
    def why(self) -> WhyNot | None:
        """Why nothing is printed; None where there is something. Blanks and register are asked by whoever prints."""
        if self.paper is None:
            return WhyNot.UNDER_WAY if self.asked else WhyNot.NOT_ATTESTED
        if self.paper.voided_at is not None:
            if self.asked:
                return WhyNot.UNDER_WAY
            return WhyNot.WITHDRAWN if self.paper.void_ground == VoidGround.WITHDRAWN else WhyNot.VOIDED
        return WhyNot.PRINTED if self.serial else None


def is_diploma(kind: CertificateKind) -> bool:
    """Whether a kind is what a class leaves with: attested, for those who left in a summer, never from archives."""
    return kind.attested and bool(kind.ended_by) and kind.archive_before is None


def leavers_of(schools: Collection[UUID], kind: CertificateKind, year: int, *, lock: bool = False) -> list[Leaver]:
    """The leavers of a year of whom a kind speaks, by school and number; five queries at most, however many.

    A leaver of a closed school stands at the school that keeps its records, once it was given him a paper there.
    ``lock``: the papers stay as they are until the end of the transaction; without it what they say is not read.
    """
    left = Registration.objects.filter(voided=False, how_ended__in=kind.ended_by, ended_on__year=year)
    papers = Certificate.objects.select_related("line").filter(
        kind=kind.kind, school__in=list(schools), line__isnull=False, registration__in=left.values("id")
    )
    papers = papers.select_for_update(of=("self",)) if lock else papers.defer("statement", "line__claim")
    last: dict[UUID, Certificate] = {}  # of several papers of one registration the one in force, else the last
    for one in papers.order_by("issued_at", "number"):
        held = last.get(one.registration)
        if held is None or held.voided_at is not None:
            last[one.registration] = one
    serials = serials_of(one.pk for one in last.values()) if kind.blank else {}
    asked = set(
        OrderLine.objects.filter(school__in=list(schools), kind=kind.kind, state=LineState.CLAIMED).values_list(
            "registration", flat=True
        )
    )
    columns = ("id", "student_id", "school", "number")
    here = list(left.filter(school__in=list(schools)).values_list(*columns))
    elsewhere = set(last) - {one[0] for one in here}  # of closed schools
    here += left.filter(id__in=elsewhere).values_list(*columns) if elsewhere else []
    found = []
    for registration, student, school, number in here:
        paper = last.get(registration)
        found.append(
            Leaver(
                student, registration, paper.school if paper else school, number, paper,
                serials.get(paper.pk, "") if paper else "", registration in asked,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (str(one.school), one.number))
