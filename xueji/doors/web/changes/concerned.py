"""Whom an application concerns beside its one pupil: the other record of a merging or swap, the class of new numbers.

Whoever decides sees both records next to each other, or every pupil of the class with the number that is wrong.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.changes.comparing import _plain, _words
from xueji.doors.web.changes.story import standing_rows
from xueji.duties.certificates.selectors import papers_under
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.procedures.number_correction import NEW, OLD
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.services.checks import COMPARED
from xueji.registry.applications.services.pupil_facts import SECOND
from xueji.registry.applications.types import ApplicationView
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

#: Titles of the two columns of a kind that concerns two pupils, and of the card itself.
TWO_RECORDS = {
    "merge": ("两份学籍对照", "保留的一份", "合并后作废的一份"),
    "merge_undo": ("两份学籍对照", "合并时保留的一份", "恢复的一份"),
    "number_swap": ("两名学生对照", "申请的学生", "另一名学生"),
}
_CLASS = "class_number_correction"


def shown(view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the page shows of the others; nothing for a kind that concerns one pupil alone."""
    if view.kind == _CLASS and view.class_group:
        return {"renumbered": _class(view, view.class_group)}
    if view.kind not in TWO_RECORDS or view.state not in ApplicationState.under_way() or view.student is None:
        return {}
    second = view.claim.get(SECOND)
    records = register.student_records([view.student, *([UUID(second)] if second else [])])
    own, other = records.get(view.student), records.get(UUID(second)) if second else None
    if own is None or other is None:
        return {}
    title, left, right = TWO_RECORDS[view.kind]
    # Two who are two differ in everything: only of two records said to be one does a difference tell something.
    rows = _rows(own, other, book, marked=view.kind != "number_swap")
    if view.kind == "number_swap":
        rows.insert(1, {"label": "更正后的学籍号", "left": rows[0]["right"], "right": rows[0]["left"]})
    return {"both": rows, "both_title": title, "left_title": left, "right_title": right}


def _rows(own: StudentRecord, other: StudentRecord, book: Rulebook, *, marked: bool) -> list[dict[str, Any]]:
    left, right = dict(standing_rows(own)), dict(standing_rows(other))
    rows: list[dict[str, Any]] = [
        {"label": label, "left": left.get(label, ""), "right": right.get(label, ""), "differs": False}
        for label in dict.fromkeys([*left, *right])
    ]
    ours, theirs = {**own.fields, **own.sensitive}, {**other.fields, **other.sensitive}
    for code in COMPARED:
        if not (ours.get(code) or theirs.get(code)):
            continue
        rows.append(
            {
                "label": book.fields.by_code[code].label if code in book.fields.by_code else code,
                "left": _words(book, code, ours.get(code)),
                "right": _words(book, code, theirs.get(code)),
                "differs": marked and _plain(ours.get(code)) != _plain(theirs.get(code)),
            }
        )
    return rows


def _class(view: ApplicationView, group: UUID) -> list[dict[str, str]]:
    """The pupils in the order of the class list: the number of now, and once decided the one before; the papers, not
    voided, that bear it and are to be called in and exchanged."""
    pupils = register.roster(view.school, today(), group)
    given = {
        student: entry.basis
        for student, entries in journals.entries_of_students(one.student for one in pupils).items()
        for entry in entries
        if entry.basis.get("application") == str(view.id)
    }
    if view.state not in ApplicationState.under_way():
        pupils = [one for one in pupils if one.student in given]
    old = {one.student: str(given[one.student].get(OLD, "")) if one.student in given else one.number for one in pupils}
    papers: dict[UUID, list[str]] = {}
    for found in papers_under(set(old.values()), old):
        holder = found.certificate.student
        if old.get(holder) == found.registration_number:  # a number may have been another pupil's before
            papers.setdefault(holder, []).append(found.certificate.number)
    return [
        {
            "name": one.name,
            "url": reverse("web:pupil", args=[one.student]),
            "old": old[one.student],
            "new": str(given[one.student].get(NEW, "")) if one.student in given else "",
            "papers": "、".join(papers.get(one.student, ())),
        }
        for one in pupils
    ]
