"""Lists of pupils whom the register knows, uploaded as .xlsx: who goes on to junior school, who comes to which class.

The same reader, the same rules of values and the same sentences as for a roster (invariant 12), over the few columns
that such a list has; then each row must be one of the pupils whom the page is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import polars as pl

from xueji.ground.disclosure import services as disclosure
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Severity
from xueji.pure.rules import ENTRANTS
from xueji.registry.applications.services.dividing import found_leavers
from xueji.registry.intake.checking import CheckResult, Found, check_source
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.services.uploading import may_fill
from xueji.registry.intake.sources import FileFindings, read_workbook
from xueji.registry.register import selectors as register

NUMBER, NAME, GENDER, CLASS_NO = "prior_registration_number", "name", "gender", "class_no"
#: The columns of each list; those of ``NEEDED`` must be there and filled.
ADMISSION, DIVISION = (NUMBER, NAME, GENDER), (NAME, GENDER, CLASS_NO)
NEEDED: dict[tuple[str, ...], tuple[str, str]] = {ADMISSION: (NUMBER, NAME), DIVISION: (NAME, CLASS_NO)}


@dataclass(frozen=True, slots=True)
class AdmissionList:
    """Whom an uploaded list names, in its order; nothing to be lodged while ``found`` holds an error."""

    listed: tuple[tuple[str, str], ...]
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class DivisionList:
    """The class numbers that an uploaded list gives to the pupils who wait for a class."""

    classes: Mapping[UUID, int]
    found: tuple[Found, ...]


def errors(found: Sequence[Found]) -> list[Found]:
    """Those that stand in the way."""
    return [one for one in found if one.severity == Severity.ERROR]


def read_admission(*, actor: Actor, school: UUID, data: bytes) -> AdmissionList:
    """An admission list: the primary stage's 19-digit number and the name of each leaver. Nothing is written.

    Raises ``Refused`` ``workbook.*`` where it cannot be read as a list.
    """
    result = _checked(actor, school, data, ADMISSION)
    rows = [(row, (values.get(NUMBER, ""), values.get(NAME, ""))) for row, values in result.values()]
    disclosure.log_register_search(actor=actor, rows=len(rows))
    whole = [(row, one) for row, one in rows if all(one)]
    known = found_leavers([one for _, one in whole])
    problems = [
        _problem(
            result,
            row,
            NUMBER,
            "admission_unknown",
            "没有查到这名待升学的小学毕业生，请核对学籍号和姓名；没有小学学籍的按新生入学申报",
        )
        for row, one in whole
        if one not in known
    ]
    problems += _twice(result, [(row, known[one]) for row, one in whole if one in known], NUMBER)
    return AdmissionList(tuple(one for _, one in whole), (*result.found(), *problems))


def read_division(*, actor: Actor, school: UUID, stage: str, data: bytes) -> DivisionList:
    """A division: name (and sex, where two bear it) and class number of those who wait for a class; nothing is written.

    Raises ``Refused`` ``workbook.*`` where it cannot be read as a list.
    """
    result = _checked(actor, school, data, DIVISION)
    waiting = [one for one in register.unclassed_pupils(school, today()) if one.stage == stage]
    by_name: dict[str, list[register.CohortPupil]] = defaultdict(list)
    for one in waiting:
        by_name[one.name].append(one)
    given: list[tuple[int, UUID, int]] = []
    problems: list[Found] = []
    for row, values in result.values():
        name, gender, number = values.get(NAME), values.get(GENDER), values.get(CLASS_NO)
        if not name or not number:
            continue
        same = [one for one in by_name[name] if not gender or one.gender == gender]
        if len(same) == 1 and number.isdecimal():
            given.append((row, same[0].student, int(number)))
        elif not same:
            problems.append(
                _problem(result, row, NAME, "division_unknown", "待分班的学生中没有这一名，请核对姓名、性别")
            )
        elif len(same) > 1:
            message = f"待分班的学生中有 {len(same)} 名同名的，请在下面的预览中逐人填写班号"
            problems.append(_problem(result, row, NAME, "division_same_name", message))
    problems += _twice(result, [(row, student) for row, student, _ in given], NAME)
    return DivisionList({student: number for _, student, number in given}, (*result.found(), *problems))


def _checked(actor: Actor, school: UUID, data: bytes, codes: tuple[str, ...]) -> CheckResult:
    may_fill(actor, school)
    context = context_for(school, ENTRANTS)
    columns = tuple(context.catalogue[code] for code in codes)
    source = read_workbook(data, context, columns)
    result = check_source(source, context)
    lacking = FileFindings()
    for code in NEEDED[codes]:
        if code not in source.headers:
            lacking.add("file.missing_column", [code], context.catalogue[code].label)
    if not lacking.rows:
        return result
    return replace(result, findings=pl.concat([lacking.frame(), result.findings]))


def _problem(result: CheckResult, row: int, code: str, problem: str, words: str) -> Found:
    header = result.headers.get(code, code)
    return Found(row, header, (header,), (code,), problem, str(Severity.ERROR), f"第 {row} 行“{header}”：{words}。")


def _twice(result: CheckResult, rows: Sequence[tuple[int, UUID]], code: str) -> list[Found]:
    """A pupil stands on a list once."""
    first: dict[UUID, int] = {}
    found = []
    for row, student in rows:
        if student in first:
            found.append(
                _problem(result, row, code, "listed_twice", f"与第 {first[student]} 行是同一名学生，请只留一行")
            )
        first.setdefault(student, row)
    return found
