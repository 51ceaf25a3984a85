"""Claim and register side by side: the differing fields by colour and sign, sensitive values masked on both sides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from xueji.doors.web.changes.asking import answer_words
from xueji.doors.web.names import class_names, organisation_names
from xueji.doors.web.pupils.words import masked
from xueji.doors.web.templatetags.ui import group_digits
from xueji.duties.certificates.selectors import papers_under
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.value_words import in_words
from xueji.pure.procedures.correction import corrections
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.applications.services.checks import COMPARED
from xueji.registry.applications.services.outside import KINDS as OUTSIDE
from xueji.registry.applications.services.pupil_facts import SECOND
from xueji.registry.applications.types import ApplicationView, Comparison
from xueji.registry.register import selectors as register


def _words(book: Rulebook, code: str, value: Any) -> str:
    column = book.fields.by_code.get(code)
    if column is None:
        return str(value or "")
    text = in_words(book, column, value)
    return masked(column, text) if column.field.sensitive else text


def _plain(value: Any) -> str:
    return "".join(str(value or "").split()).upper()


def comparison(view: ApplicationView, book: Rulebook) -> list[dict[str, Any]]:
    """The rows of the two columns for an application about one pupil; empty where there is nobody to compare."""
    if view.student is None or view.kind in OUTSIDE:
        return []
    record = register.student_record(view.student, today())
    registered = {**record.fields, **record.sensitive} if record else {}
    rows = []
    for code in COMPARED:
        claimed, known = view.claim.get(code), registered.get(code)
        if not claimed and not known:
            continue
        rows.append(
            {
                "label": book.fields.by_code[code].label if code in book.fields.by_code else code,
                "left": _words(book, code, claimed),
                "right": _words(book, code, known),
                "differs": bool(claimed) and _plain(claimed) != _plain(known),
            }
        )
    return rows


def side_by_side(book: Rulebook, found: tuple[Comparison, ...]) -> list[dict[str, Any]]:
    """The rows of a suspected duplicate."""
    return [
        {
            "label": one.label,
            "left": _words(book, one.field, one.claimed),
            "right": _words(book, one.field, one.registered),
            "differs": _plain(one.claimed) != _plain(one.registered),
        }
        for one in found
    ]


def differing_words(rows: list[dict[str, Any]]) -> str:
    """How many do not agree, '' where all do."""
    count = sum(1 for row in rows if row["differs"])
    return f"{count} 项不一致" if count else ""


def answer_rows(view: ApplicationView, book: Rulebook) -> list[tuple[str, str]]:
    """The answers to what the rulebook asks for this kind, in its order; empty where it asks nothing."""
    change = book.changes.get(view.kind)
    if change is None or not change.asks:
        return []
    answers = [(ask, view.claim[ask.key]) for ask in change.asks if view.claim.get(ask.key)]
    groups = [UUID(value) for ask, value in answers if ask.type == "class_group"]
    schools = [UUID(value) for ask, value in answers if ask.type == "school"]
    names = {**class_names(groups), **organisation_names(schools)}
    rows = [
        (
            ask.label,
            _words(book, ask.key, value) if _hidden(book, ask.key) else _grouped(answer_words(ask, value, book, names)),
        )
        for ask, value in answers
    ]
    if view.claim.get(EXPLANATION):
        rows.append(("特别说明的理由", view.claim[EXPLANATION]))
    return _corrected_rows(view, book) + rows + _to_exchange(view)


def _grouped(text: str) -> str:
    """A registration number in its groups; anything else as it is."""
    return group_digits(text) if text.isdecimal() else text


def _hidden(book: Rulebook, key: str) -> bool:
    """Whether an answer is a field of the record that is shown masked."""
    column = book.fields.by_code.get(key)
    return column is not None and column.field.sensitive


def _to_exchange(view: ApplicationView) -> list[tuple[str, str]]:
    """Of a number that was corrected: the papers that still bear it and are to be called in."""
    old = view.claim.get("registration_number")
    if view.kind not in ("number_correction", "number_swap") or view.state != "approved" or not old:
        return []
    asked = [view.student] if view.student else []
    papers = [one for one in papers_under([old], asked) if one.certificate.student == view.student]
    record = register.student_record(view.student, decrypt=False) if view.student else None
    if view.claim.get(SECOND) and record is not None:
        other = UUID(view.claim[SECOND])
        papers += [one for one in papers_under([record.latest.number], [other]) if one.certificate.student == other]
    shown = "、".join(one.certificate.number for one in papers)
    return [("须收回换发的证明", shown or "没有按原学籍号出具、尚未作废的证明")]


def _corrected_rows(view: ApplicationView, book: Rulebook) -> list[tuple[str, str]]:
    """Of a correction: each field with what it should be and what stands in the record, masked on both sides."""
    wanted = corrections(view.claim)
    record = register.student_record(view.student, today()) if wanted and view.student else None
    registered = {**record.fields, **record.sensitive} if record else {}
    return [
        (
            f"{book.fields[code].label if code in book.fields else code} 更正为",
            f"{_words(book, code, value) or '（清空）'}（档案：{_words(book, code, registered.get(code)) or '空'}）",
        )
        for code, value in wanted.items()
    ]


def claim_rows(view: ApplicationView, book: Rulebook) -> list[tuple[str, str]]:
    """What the applicant stated, in words, sensitive values masked."""
    rows = []
    asked = {ask.key for ask in change.asks} if (change := book.changes.get(view.kind)) else set()
    for code, value in view.claim.items():
        if code in asked:  # stands among the answers
            continue
        column = book.fields.by_code.get(code)
        if column is not None:
            rows.append((column.label, _words(book, code, value)))
        elif code == "reason":
            rows.append(("理由", value))
    return rows
