"""Looking: a checklist is answered with the papers in hand; what is wrong becomes a finding with its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from xueji.duties.inspections.authority import BASIS, EXAMINERS, held, refuse_all, require, rules_of
from xueji.duties.inspections.models import (
    ChecklistAnswer,
    Inspection,
    InspectionFinding,
    InspectionKind,
    InspectionState,
    Responsible,
    SampleLine,
    Verdict,
)
from xueji.duties.inspections.sealed import place, seal_all
from xueji.duties.inspections.services.drawing import due_of
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.inspections import SCHOOL, Item
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases.services.notices import notify

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong of a line: in words, whose matter, and an earlier day than the rulebook's, if any."""

    said: str
    responsible: str = Responsible.REGISTRAR
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """A checklist's answers about one subject."""

    verdicts: Mapping[str, str]
    wrong: Mapping[str, Wrong] = field(default_factory=dict)


@transaction.atomic
def examine(
    *,
    actor: Actor,
    inspection: UUID,
    checklist: str,
    subject: UUID,
    verdicts: Mapping[str, str],
    wrong: Mapping[str, Wrong] | None = None,
) -> int:
    """Answer lines of a checklist about the school, a drawn pupil or change; how many findings there are of it now.

    ``verdicts`` by item; an item that is wrong needs its ``Wrong``. Answers can be changed until the results are
    handed over; a finding goes with the answer. Raises ``Refused`` with all that lacks at once.
    """
    found = held(inspection)
    require(actor, found, EXAMINERS, "检查")
    if found.state != InspectionState.DRAWN:
        raise Refused("inspections.handed_over", "检查结果已经发出，不能再改核对结果。", BASIS)
    student = _student_of(found, checklist, subject)
    given = Answers(verdicts, wrong or {})
    listed = rules_of(found.school).checklists.get(checklist)
    items = {one.item: one for one in listed.items} if listed else {}
    refuse_all("inspections.answers", _faults(found, items, given))
    now = environment().now()
    ChecklistAnswer.objects.bulk_create(
        [
            ChecklistAnswer(
                inspection=found, school=found.school, checklist=checklist, item=item, subject=subject,
                verdict=verdict, answered_at=now, answered_by=actor.person,
            )
            for item, verdict in verdicts.items()
        ],
        update_conflicts=True,
        unique_fields=["inspection", "checklist", "subject", "item"],
        update_fields=["verdict", "answered_at", "answered_by"],
    )  # fmt: skip
    InspectionFinding.objects.filter(
        inspection=found, checklist=checklist, subject=subject, item__in=list(verdicts)
    ).delete()
    bad = [items[item] for item, verdict in verdicts.items() if verdict == Verdict.WRONG]
    _write_findings(actor, found, checklist, subject, student, [(item, given.wrong[item.item]) for item in bad])
    return InspectionFinding.objects.filter(inspection=found, checklist=checklist, subject=subject).count()


def _student_of(found: Inspection, checklist: str, subject: UUID) -> UUID | None:
    if checklist == SCHOOL and subject == found.school:
        return None
    line = SampleLine.objects.filter(inspection=found, what=checklist, subject=subject).first()
    if line is None:
        raise Refused("inspections.not_drawn", "这一项不在抽样名单里。抽样名单抽定以后不能增减。", BASIS)
    return line.student


def _faults(found: Inspection, items: Mapping[str, Item], given: Answers) -> list[str]:
    faults = []
    if not given.verdicts:
        faults.append("请至少核对一项再保存。")
    for item, verdict in given.verdicts.items():
        if item not in items or verdict not in Verdict.values:
            faults.append("有一项不在检查表里，请重新打开这一页。")
            continue
        title, said = items[item].title, given.wrong.get(item)
        if verdict != Verdict.WRONG:
            continue
        if said is None or not said.said.strip():
            faults.append(f"“{title}”有问题，请写明是什么问题。")
        elif len(said.said) > LONGEST:
            faults.append(f"“{title}”的问题请写在 {LONGEST} 字以内。")
        elif said.responsible not in Responsible.values:
            faults.append(f"“{title}”请选择责任人。")
        elif said.due_on is not None:
            latest = due_of(found.school, items[item].severity, today())
            if not today() <= said.due_on <= latest:
                faults.append(f"“{title}”的更正期限应在今天到 {latest.isoformat()} 之间。")
    return faults


def _write_findings(
    actor: Actor,
    found: Inspection,
    checklist: str,
    subject: UUID,
    student: UUID | None,
    bad: list[tuple[Item, Wrong]],
) -> None:
    if not bad:
        return
    last = InspectionFinding.objects.filter(inspection=found).aggregate(last=Max("number"))["last"] or 0
    ids = [environment().new_id() for _ in bad]
    key = student or found.school
    texts = seal_all(
        (key, one.said.strip(), place(identity, "said")) for identity, (_, one) in zip(ids, bad, strict=True)
    )
    dues = {severity: due_of(found.school, severity, today()) for severity in {item.severity for item, _ in bad}}
    InspectionFinding.objects.bulk_create(
        [
            InspectionFinding(
                id=identity, inspection=found, school=found.school, number=last + place_no, checklist=checklist,
                item=item.item, subject=subject, student=student, severity=item.severity,
                responsible=one.responsible, said=text, due_on=one.due_on or dues[item.severity],
                found_at=environment().now(), found_by=actor.person,
            )
            for place_no, (identity, (item, one), text) in enumerate(zip(ids, bad, texts, strict=True), 1)
        ]
    )  # fmt: skip


_LEFT = """
SELECT (SELECT count(*) FROM inspections_sampleline l WHERE l.inspection_id = %(id)s
  AND (SELECT count(*) FROM inspections_checklistanswer a WHERE a.inspection_id = l.inspection_id
    AND a.checklist = l.what AND a.subject = l.subject)
    < CASE l.what WHEN 'record' THEN %(record)s ELSE %(procedure)s END),
  %(school)s - (SELECT count(*) FROM inspections_checklistanswer a
    WHERE a.inspection_id = %(id)s AND a.checklist = 'school')
"""


def left_of(inspection: Inspection) -> tuple[int, int]:
    """What is not looked at yet: lines of the sample with an open item, open items of the school's checklist."""
    lists = rules_of(inspection.school).checklists
    sizes = {name: len(lists[name].items) if name in lists else 0 for name in ("school", "record", "procedure")}
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"id": inspection.pk, **sizes})
        lines, items = cursor.fetchone() or (0, 0)
        return int(lines), max(0, int(items))


@transaction.atomic
def hand_over(*, actor: Actor, inspection: UUID) -> int:
    """Hand the results over to the school, which is told; how many findings it has to mend.

    Raises ``Refused`` with what is not looked at yet.
    """
    found = held(inspection)
    require(actor, found, EXAMINERS, "发出检查结果")
    if found.state != InspectionState.DRAWN:
        raise Refused("inspections.handed_over", "检查结果已经发出，不必重复。", BASIS)
    lines, items = left_of(found)
    faults = [f"还有 {lines} 名学生或变动没有核对完。"] if lines else []
    faults += [f"学校管理检查表还有 {items} 项没有填。"] if items else []
    refuse_all("inspections.unfinished", faults)
    found.state = InspectionState.HANDED_OVER
    found.handed_at, found.handed_by = environment().now(), actor.person
    found.save(update_fields=["state", "handed_at", "handed_by"])
    dues = list(InspectionFinding.objects.filter(inspection=found).values_list("due_on", flat=True))
    if found.kind == InspectionKind.BUREAU:
        code = "inspection_handed_over" if dues else "inspection_clean"
        due = min(dues).isoformat() if dues else ""
        notify([found.school], code, params={"title": found.title, "count": len(dues), "due_on": due})
    return len(dues)
