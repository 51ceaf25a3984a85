"""What the rules ask of the house: the school, its rulebook, and the register, in set-based queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import polars as pl

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.districts import competent_district
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Level, Refused
from xueji.pure.rules import ENTRANTS, INTO_CITY, KINDS, LATE, PLACED, RegisterFacts, RuleContext
from xueji.registry.applications.models import ApplicationState, Line
from xueji.registry.applications.record_rules import school_facts
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.intake.checking import FactFinder
from xueji.registry.register import identity
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import KnownNumber


def school_rulebook(school: Organisation, on: date) -> Rulebook:
    """The rulebook of a school's competent bureau on a day."""
    return rulebook(on, competent_district(school.id, on))


def effective_on(book: Rulebook, kind: str, on: date) -> date:
    """The base date of an opening load; of entrants the first day of the school year that begins (shortly before it
    a roster belongs to the coming one: ``intake_months_ahead``); of a pupil who comes in between, today."""
    if kind in (INTO_CITY, LATE, PLACED):
        return on
    if kind != ENTRANTS:
        return book.register_since
    stages = book.stages
    coming = on.month >= stages.start_month - int(book.settings["intake_months_ahead"])
    return stages.start_of(on.year if coming else on.year - 1)


def context_for(school: UUID, kind: str) -> RuleContext:
    """Under what a school's workbook of a kind is checked today. Raises Refused for an unknown kind."""
    if kind not in (*KINDS, PLACED):
        raise Refused("intake.kind", "请选择办理事项：建档或新生入学。")
    place = organisations.by_id(school)
    if place.level != Level.SCHOOL:
        raise Refused("intake.no_school", "名册由学校填报，教育局不直接填报。", "通知二.3")
    day = today()
    book = school_rulebook(place, day)
    return RuleContext(book, kind, day, effective_on(book, kind, day), school_facts(place))


def register_facts(school: UUID) -> FactFinder:
    """A finder of what the register knows about rows: four questions for a whole roster."""

    def find(frame: pl.DataFrame) -> RegisterFacts:
        known, matched, continued = _known(frame)
        waiting = pending_students(continued, school) if continued else set()
        pending = frozenset(row for student, row in continued.items() if student in waiting)
        return RegisterFacts(_numbers(frame, school), known, _alike(frame, matched), pending)

    return find


def _filled(frame: pl.DataFrame, *columns: str) -> pl.DataFrame | None:
    if not set(columns) <= set(frame.columns):
        return None
    found = frame.select("row", *columns).drop_nulls()
    return found if found.height else None


def _numbers(frame: pl.DataFrame, school: UUID) -> tuple[str, ...]:
    """Numbers of the file that exist already; those that wait in a sent-back roster of this school are its own."""
    given = _filled(frame, "registration_number")
    if given is None:
        return ()
    known = register.numbers_in_use(given.get_column("registration_number").unique().to_list())
    own = _waiting(known.values(), school).keys()
    return tuple(number for number, one in known.items() if one.state != "reserved" or one.student not in own)


def _waiting(known: Iterable[KnownNumber], school: UUID) -> dict[UUID, UUID]:
    """Student → sent-back roster, of the numbers that such a roster of this school reserved."""
    reserved = {one.student for one in known if one.state == "reserved" and one.school == school}
    students = [student for student in reserved if student is not None]
    if not students:
        return {}
    lines = Line.objects.filter(school=school, student__in=students, application__state=ApplicationState.SENT_BACK)
    return dict(lines.values_list("student", "application_id"))


def superseded(numbers: Iterable[str], school: UUID) -> set[UUID]:
    """The sent-back rosters of a school that hold some of these numbers: a corrected roster takes their place."""
    wanted = list(numbers)
    return set(_waiting(register.numbers_in_use(wanted).values(), school).values()) if wanted else set()


def _known(frame: pl.DataFrame) -> tuple[pl.DataFrame, set[int], dict[UUID, int]]:
    """Rows whose document the register knows: in force, or under an unlike name; all these; and the rows that
    continue a pupil who is not in force."""
    asked = _filled(frame, "id_document_type", "id_number")
    if asked is None:
        return RegisterFacts().known, set(), {}
    names = dict(frame.select("row", "name").iter_rows()) if "name" in frame.columns else {}
    rows, kinds, numbers = (asked.get_column(name).to_list() for name in ("row", "id_document_type", "id_number"))
    indexes = identity.id_indexes(zip(kinds, numbers, strict=True))
    documents = register.existing_by_index(set(indexes))
    found, matched = [], set()
    continued: dict[UUID, int] = {}
    for row, index in zip(rows, indexes, strict=True):
        known = documents.get(index, [])
        if not known:
            continue
        matched.add(row)
        if any(one.name == names.get(row) and one.in_force for one in known):
            found.append((row, "in_force"))
        elif any(one.name != names.get(row) and one.living for one in known):
            found.append((row, "other_name"))
        else:
            continued |= {one.student: row for one in known if one.name == names.get(row)}
    schema = {"row": pl.Int64, "state": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row"), matched, continued


def _alike(frame: pl.DataFrame, matched: set[int]) -> tuple[int, ...]:
    """Rows with the name and birth date of a pupil whose document is another one."""
    asked = _filled(frame, "name", "_birth")
    if asked is None:
        return ()
    people = [(name, born) for _, name, born in asked.iter_rows()]
    known = register.existing_by_person(people)
    return tuple(
        row
        for row, name, born in asked.iter_rows()
        if row not in matched and any(one.living for one in known.get((name, born), ()))
    )
