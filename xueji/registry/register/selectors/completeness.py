"""Completeness of a school's electronic records (建档情况): who lacks what (clause B3).

The sensitive parts are opened, since a field may have been cleared; only names of fields are given out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column, FieldCatalogue
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.fold import StudentState, fold_student
from xueji.pure.kernel.record_items import empty_sections
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.register.selectors.find import Found, roster
from xueji.registry.register.shape import PLACEMENT

_AT_ONCE = 500  # pupils whose entries are read together: bounds memory


@dataclass(frozen=True, slots=True)
class Gap:
    """A pupil whose record lacks something.

    ``missing``: labels of the minimal set, without which no paper is issued (未建档); ``wanting``: labels of other
    needed fields, which only warn.
    """

    pupil: Found
    missing: tuple[str, ...]
    wanting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassCompleteness:
    """A class group's (None: pupils without one) pupils, and how many of them are established (已建档).

    ``empty``: by title of a section that should hold something, how many records hold nothing in it.
    """

    class_group: UUID | None
    pupils: int
    established: int
    empty: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completeness:
    """A school's records as of a day: totals, by class (first grade first, those in no class last), and
    every gap in the order of the roster.

    ``empty``: by pupil the titles of the sections of his record that should hold something and hold nothing (marks,
    fitness …); they warn and make no gap. ``wanted``: the titles of all such sections.
    """

    on: date
    pupils: int
    established: int
    classes: tuple[ClassCompleteness, ...]
    gaps: tuple[Gap, ...]
    empty: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchoolCompleteness:
    """How many of a school's pupils are established (已建档)."""

    school: UUID
    pupils: int
    established: int


_BY_SCHOOL = """
SELECT r.school, count(*), count(*) FILTER (WHERE s.established)
FROM register_registration r JOIN register_student s ON s.id = r.student_id
WHERE r.school = ANY(%s::uuid[]) AND NOT r.voided AND r.started_on <= %s AND (r.ended_on IS NULL OR r.ended_on > %s)
GROUP BY r.school
"""


def established_by_school(schools: Collection[UUID], on: date | None = None) -> list[SchoolCompleteness]:
    """The pupils registered at these schools on a day (today) and how many are established, in one query."""
    day = on or today()
    with connection.cursor() as cursor:
        cursor.execute(_BY_SCHOOL, [list(schools), day, day])
        return [SchoolCompleteness(*row) for row in cursor.fetchall()]


def completeness(school: UUID, on: date | None = None) -> Completeness:
    """The completeness of the records of all pupils registered at a school on a day (today)."""
    day = on or today()
    pupils = roster(school, day)
    book = parameters.rulebook(day)
    empty: dict[UUID, tuple[str, ...]] = {}
    gaps = tuple(
        gap
        for start in range(0, len(pupils), _AT_ONCE)
        for gap in _gaps(pupils[start : start + _AT_ONCE], book, day, empty)
    )
    open_records = {gap.pupil.student for gap in gaps if gap.missing} | {
        one.student for one in pupils if not one.established
    }
    order = organisations.class_order(school)
    classes = sorted(_classes(pupils, open_records, empty), key=lambda one: order.get(one.class_group, len(order)))
    wanted = tuple(one.title for one in book.record_items.sections if one.wanted)
    return Completeness(day, len(pupils), len(pupils) - len(open_records), tuple(classes), gaps, empty, wanted)


def _gaps(pupils: list[Found], book: Rulebook, day: date, empty: dict[UUID, tuple[str, ...]]) -> Iterator[Gap]:
    """The pupils whose records lack something; ``empty`` is filled with the sections that hold nothing."""
    entries = journals.entries_of_students([one.student for one in pupils], decrypt=True)
    for one in pupils:
        state = fold_student(entries[one.student], until=day)
        missing, wanting = _lacking(one, state, book.fields)
        nothing_in = empty_sections(book.record_items, state.sensitive)
        if nothing_in:
            empty[one.student] = nothing_in
        if missing or wanting:
            yield Gap(one, missing, wanting)


def _lacking(pupil: Found, state: StudentState, catalogue: FieldCatalogue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    document_type = state.fields.get("id_document_type")
    held = {code for code, value in (*state.fields.items(), *state.sensitive.items()) if value not in (None, "")}

    def absent(column: Column) -> bool:
        return column.code not in held and column.code not in PLACEMENT

    missing = [
        column.label
        for column in catalogue.minimal
        if absent(column) and (column.field.required.never or column.field.required.needed_with(document_type))
    ]
    if not pupil.number:
        missing.append("学籍号")
    if pupil.class_group is None:
        missing.append("班级")
    return tuple(missing), wanting_of(state, catalogue)


def wanting_of(state: StudentState, catalogue: FieldCatalogue) -> tuple[str, ...]:
    """Labels of needed fields beside the minimal set that a record lacks: they forbid nothing and are warned of."""
    document_type = state.fields.get("id_document_type")
    held = {code for code, value in (*state.fields.items(), *state.sensitive.items()) if value not in (None, "")}
    return tuple(
        column.label
        for column in catalogue.columns
        if column.code not in held
        and column.code not in PLACEMENT
        and not column.minimal
        and _counted(column)
        and column.field.required.needed_with(document_type)
    )


def _counted(column: Column) -> bool:
    """Whether a repeated field is among the first so many that are needed."""
    count = column.field.required_count
    return column.index is None or count is None or column.index <= count


def _classes(
    pupils: list[Found], open_records: set[UUID], empty: Mapping[UUID, tuple[str, ...]]
) -> Iterator[ClassCompleteness]:
    by_class: dict[UUID | None, list[Found]] = {}
    for one in pupils:
        by_class.setdefault(one.class_group, []).append(one)
    for group, members in by_class.items():
        done = sum(1 for one in members if one.student not in open_records)
        nothing_in = Counter(title for one in members for title in empty.get(one.student, ()))
        yield ClassCompleteness(group, len(members), done, nothing_in)


def missing_by_label(found: Completeness) -> Mapping[str, int]:
    """How many records lack each part of the minimal set, the commonest first."""
    counted: dict[str, int] = {}
    for gap in found.gaps:
        for label in gap.missing:
            counted[label] = counted.get(label, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))
