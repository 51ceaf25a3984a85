"""Who sees a child that moved (design §4): asked as the application's role, both ways."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, GAOCHUN, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system, counting, system_actor
from xueji.ground.accounts.services import add_parties, drop_parties, refresh_access
from xueji.ground.journals.models import JournalBlock, JournalEntry
from xueji.ground.journals.services import NewEntry, append
from xueji.ground.organisations import services as organisations
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, Operation, SetFields
from xueji.pure.kernel.types import Actor, Role

pytestmark = pytest.mark.django_db
FIRST, MOVED, LATER = date(2007, 9, 15), date(2008, 3, 1), date(2008, 9, 1)


def write(organisation: UUID, student: UUID, on: date, *operations: Operation) -> None:
    with acting_system():
        entry = NewEntry(organisation, "test", on, operations, student=student)
        append(
            actor=system_actor(organisation),
            transaction_id=UUID(int=1),
            entries=[entry],
            rulebook_version="none",
        )


def opened(school: UUID, registration: int) -> OpenRegistration:
    return OpenRegistration(UUID(int=registration), school, "primary", f"{registration:019d}", "test", "opening")


def seen_by(actor: Actor, student: UUID) -> list[int | None]:
    with acting(actor):
        found = JournalEntry.objects.filter(student=student).order_by("student_seq")
        return list(found.values_list("student_seq", flat=True))


@pytest.fixture
def moved(small_city: SmallCity, environment: SeededEnvironment) -> UUID:
    """A child of 秦淮's school that moved to one of 白下: entries 1, 2, 4 stand in the old journal, 3, 5 in the new."""
    child, old, new = environment.new_id(), small_city.id(PRIMARY), small_city.id(BAIXIA_PRIMARY)
    write(old, child, FIRST, opened(old, 1))
    write(old, child, FIRST, SetFields({"name": "张三"}))
    write(new, child, MOVED, opened(new, 2))
    write(old, child, MOVED, CloseRegistration(UUID(int=1), "transfer_out"))
    write(new, child, LATER, SetFields({"name": "张叁"}))
    return child


def test_the_new_school_and_those_above_it_see_the_whole_record(small_city: SmallCity, moved: UUID) -> None:
    assert seen_by(small_city.registrar(BAIXIA_PRIMARY), moved) == [1, 2, 3, 4, 5]
    assert seen_by(small_city.head(BAIXIA), moved) == [1, 2, 3, 4, 5]
    assert seen_by(small_city.head(CITY), moved) == [1, 2, 3, 4, 5]


def test_a_former_school_sees_the_record_as_of_its_last_day(small_city: SmallCity, moved: UUID) -> None:
    assert seen_by(small_city.registrar(PRIMARY), moved) == [1, 2, 3, 4]
    assert seen_by(small_city.head(QINHUAI), moved) == [1, 2, 3, 4]


def test_a_third_school_and_its_bureau_see_nothing(small_city: SmallCity, moved: UUID) -> None:
    assert seen_by(small_city.registrar(JUNIOR), moved) == []
    assert seen_by(small_city.head(GAOCHUN), moved) == []


@pytest.mark.parametrize("role", [Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN])
def test_administrators_and_research_see_no_pupil_at_all(small_city: SmallCity, moved: UUID, role: Role) -> None:
    assert seen_by(small_city.actor(CITY, role), moved) == []


def test_a_child_that_comes_back_is_seen_whole_by_its_old_school_again(small_city: SmallCity, moved: UUID) -> None:
    write(small_city.id(PRIMARY), moved, date(2009, 9, 1), opened(small_city.id(PRIMARY), 3))
    assert seen_by(small_city.registrar(PRIMARY), moved) == [1, 2, 3, 4, 5, 6]
    assert seen_by(small_city.registrar(BAIXIA_PRIMARY), moved) == [1, 2, 3, 4, 5]


def test_a_party_to_an_open_application_sees_the_child_only_while_it_is_open(
    small_city: SmallCity, moved: UUID
) -> None:
    with acting_system():
        add_parties(students=[moved], organisation=small_city.id(JUNIOR), ground="application:1")
    assert seen_by(small_city.registrar(JUNIOR), moved) == [1, 2, 3, 4, 5]
    with acting_system():
        assert drop_parties(ground="application:1", students=[moved]) == 1
    assert seen_by(small_city.registrar(JUNIOR), moved) == []


def test_a_school_cannot_make_itself_party_to_a_child(small_city: SmallCity, moved: UUID) -> None:
    with acting(small_city.registrar(JUNIOR)), pytest.raises(DatabaseError, match="row-level"), transaction.atomic():
        add_parties(students=[moved], organisation=small_city.id(JUNIOR), ground="application:1")


def test_codes_relations_classes_and_rules_are_read_by_all_who_signed_in(small_city: SmallCity) -> None:
    with acting(small_city.registrar(JUNIOR)):
        assert JournalEntry.objects.filter(organisation=small_city.id(CITY)).exists()
        assert not JournalBlock.objects.filter(organisation=small_city.id(CITY)).exists()
    assert not JournalEntry.objects.exists()


def test_a_school_writes_into_its_own_journal_and_no_other(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    for code, allowed in ((JUNIOR, True), (PRIMARY, False), (QINHUAI, False), (BAIXIA_PRIMARY, False)):
        child = environment.new_id()
        entry = NewEntry(small_city.id(code), "test", LATER, (SetFields({}),), student=child)
        with acting(small_city.registrar(JUNIOR)) as actor:
            try:
                with transaction.atomic():
                    append(actor=actor, transaction_id=UUID(int=1), entries=[entry], rulebook_version="none")
            except DatabaseError:
                assert not allowed, code
            else:
                assert allowed, code


def test_a_journal_is_not_changed_by_the_application_whoever_acts(small_city: SmallCity, moved: UUID) -> None:
    columns = {
        "journals_entry": "kind",
        "journals_block": "digest",
        "disclosure_disclosure": "kind",
        "disclosure_block": "digest",
    }
    for table, column in columns.items():
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}", f"TRUNCATE {table}"):
            with (
                acting_system(),
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_sight_follows_the_dated_relations(small_city: SmallCity, moved: UUID, environment: SeededEnvironment) -> None:
    """The school moves to another bureau on a day to come: on that day, not before, the sight changes."""
    with acting(small_city.head(CITY)) as actor:
        organisations.relate(
            actor=actor,
            organisations=[small_city.id(BAIXIA_PRIMARY)],
            relation="competent_bureau",
            other=small_city.id(GAOCHUN),
            effective_on=date(2008, 10, 1),
        )
    assert seen_by(small_city.head(BAIXIA), moved) == [1, 2, 3, 4, 5]
    assert seen_by(small_city.head(GAOCHUN), moved) == []
    with acting_system():
        assert refresh_access(date(2008, 10, 1)) == 2
        assert refresh_access(date(2008, 10, 1)) == 0
    assert seen_by(small_city.head(BAIXIA), moved) == []
    assert seen_by(small_city.head(GAOCHUN), moved) == [1, 2, 3, 4, 5]


def test_a_closed_school_stays_in_the_sight_of_its_last_bureau(small_city: SmallCity, moved: UUID) -> None:
    with acting(small_city.head(BAIXIA)) as actor:
        organisations.close_school(actor=actor, school=small_city.id(BAIXIA_PRIMARY), effective_on=LATER)
    assert seen_by(small_city.head(BAIXIA), moved) == [1, 2, 3, 4, 5]


def test_counting_reads_beyond_the_jurisdiction_and_writes_nothing(small_city: SmallCity, moved: UUID) -> None:
    """A return counts who was registered on its date, also those who moved away since; nothing is changed by it."""
    with acting(small_city.registrar(JUNIOR)):
        with counting():
            assert JournalEntry.objects.filter(student=moved).count() == 5
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                add_parties(students=[moved], organisation=small_city.id(JUNIOR), ground="application:1")
        assert not JournalEntry.objects.filter(student=moved).exists()


def test_only_returns_and_snapshots_count() -> None:
    root = Path(settings.PACKAGE)
    users = {
        path.relative_to(root).parent.as_posix()
        for path in root.rglob("*.py")
        if "tests" not in path.parts and re.search(r"context import .*\bcounting\b", path.read_text(encoding="utf-8"))
    }
    assert users <= {"duties/returns", "registry/snapshots"}
