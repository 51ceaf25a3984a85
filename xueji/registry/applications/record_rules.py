"""The rules of the record, asked of a record whose fields are about to be corrected (invariant 12).

The whole record runs through the very rules of a roster, with the corrected values in their places; what is said
of a corrected field counts. So an ID number that does not fit the birth date is found whichever of the two is
corrected. The register is asked whether somebody else bears the document; who and where is never told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import polars as pl

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.kinds import SchoolKind
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.fold import StudentState
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Severity
from xueji.pure.procedures.planned import Refusal
from xueji.pure.rules import (
    BY_CODE,
    OPENING,
    RegisterFacts,
    RuleContext,
    SchoolFacts,
    prepare,
    rules_in_force,
    run_rules,
    sentence,
)
from xueji.registry.register import identity
from xueji.registry.register import selectors as register

_ROW = 0
#: A document that another living pupil bears is no matter of an explanation: both bureaus must look first.
TAKEN = "register.document_used"
_TAKEN_WORDS = (
    "更正后的身份证件号已登记在另一名学生名下。请先核对证件；确属重号或同一人两份学籍的，请报主管教育局核实。"
)
_DOCUMENT = ("id_document_type", "id_number")


@dataclass(frozen=True, slots=True)
class RecordFault:
    """A finding at a corrected field, in words."""

    code: str
    severity: str
    fields: tuple[str, ...]
    message: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """``values``: the corrected fields in canonical form ("" taken away); ``faults`` errors and queries."""

    values: Mapping[str, str]
    faults: tuple[RecordFault, ...] = field(default=())

    def refusals(self, student: UUID, *, explained: bool) -> tuple[Refusal, ...]:
        """What blocks: errors, and queries where no explanation is given."""
        return tuple(
            Refusal(one.code, one.message, one.basis, student, None, one.fields)
            for one in self.faults
            if one.severity == Severity.ERROR or (one.severity == Severity.QUERY and not explained)
        )


def school_facts(school: Organisation) -> SchoolFacts:
    """What the rules need to know of a school."""
    points = [site.name for site in organisations.sites(school.id) if site.kind != "main"]
    stages = organisations.stages_of(school)
    return SchoolFacts(school.code, school.name, stages, school.kind == SchoolKind.SPECIAL, tuple(points))


def check_corrected(
    *,
    student: UUID,
    state: StudentState,
    corrected: Mapping[str, str],
    school: UUID,
    book: Rulebook,
    grade: int | None = None,
) -> CheckedRecord:
    """The record with ``corrected`` values (as typed, or canonical), under the rules of today.

    ``state`` with its sensitive part opened. Fields that are in no catalogue are left to the procedure.
    """
    known = {code: value for code, value in corrected.items() if code in book.fields}
    day = today()
    context = RuleContext(book, OPENING, day, day, school_facts(organisations.by_id(school)))
    values: dict[str, str | None] = {**state.fields, **state.sensitive, **{k: v or None for k, v in known.items()}}
    if grade is not None:
        values["grade"] = str(grade)
    values = {code: value for code, value in values.items() if code in book.fields}
    schema = {"row": pl.Int64, **dict.fromkeys(values, pl.String)}
    frame = prepare(pl.DataFrame({"row": [_ROW], **{code: [text] for code, text in values.items()}}, schema=schema),
                    context, None)  # fmt: skip
    canonical = {code: frame.get_column(code)[0] or "" for code in known}
    facts, taken = _register(student, frame, changed=set(known))
    context = replace(context, register=facts)
    findings = run_rules(frame, rules_in_force(context), context)
    faults = [*_taken(taken), *_at(findings, set(known), values, context)]
    return CheckedRecord(canonical, tuple(faults))


def _taken(taken: bool) -> list[RecordFault]:
    return [RecordFault(TAKEN, Severity.ERROR, ("id_number",), _TAKEN_WORDS, "通知三.2")] if taken else []


def _at(
    findings: pl.DataFrame, corrected: set[str], values: Mapping[str, str | None], context: RuleContext
) -> list[RecordFault]:
    found = []
    catalogue = context.catalogue
    for code, severity, fields, detail in findings.select("code", "severity", "fields", "detail").iter_rows():
        if not corrected & set(fields) or severity not in (Severity.ERROR, Severity.QUERY):
            continue
        labels = {one: catalogue[one].label for one in fields if one in catalogue}
        value = None if fields[0] in catalogue.sensitive_codes else values.get(fields[0])
        words = sentence(code, row=None, fields=fields, detail=detail, labels=labels, catalogue=catalogue, value=value)
        found.append(RecordFault(code, severity, tuple(fields), words, BY_CODE[code].basis))
    return found


def _register(student: UUID, frame: pl.DataFrame, *, changed: set[str]) -> tuple[RegisterFacts, bool]:
    """What the register knows of the corrected identity: another who resembles him, another who bears the document."""

    def value(code: str) -> str:
        return (frame.get_column(code)[0] or "") if code in frame.columns else ""

    taken = False
    if changed & set(_DOCUMENT) and value("id_document_type") and value("id_number"):
        index = identity.id_index(value("id_document_type"), value("id_number"))
        others = register.existing_by_index([index]).get(index, []) if index else []
        taken = any(one.student != student and one.living for one in others)
    alike: tuple[int, ...] = ()
    if changed & {"name", "birth_date"} and value("name") and value("birth_date"):
        person = (value("name"), date.fromisoformat(value("birth_date")))
        known = register.existing_by_person([person]).get(person, ())
        if any(one.student != student and one.living for one in known):
            alike = (_ROW,)
    return RegisterFacts(alike=alike), taken
