"""Clause A6: looks at full numbers, exports and prints are in a log that cannot be altered unseen."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure import selectors, services
from xueji.ground.disclosure.models import Disclosure, DisclosureBlock, DisclosureKind
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused, Role

CHILDREN = [UUID(int=number) for number in (3, 1, 2)]


def write(actor: Actor, kind: str = "look") -> int:
    with acting(actor):
        ground = services.ground_for("核对转学申请 2008-0012")
        return services.log(actor=actor, kind=kind, subjects=CHILDREN, ground=ground)


def read(actor: Actor) -> list[int]:
    with acting(actor):
        return [line.sequence for line in selectors.lines()]


@pytest.mark.django_db
def test_a_line_says_who_what_whom_and_on_what_ground(small_city: SmallCity, environment: SeededEnvironment) -> None:
    actor = small_city.registrar()
    number = write(actor, "export")
    with acting(actor):
        line = Disclosure.objects.get(sequence=number)
    assert (line.person, line.post, line.organisation, line.role) == (
        actor.person,
        actor.post,
        actor.organisation,
        "registrar",
    )
    assert (line.kind, line.subjects, line.count, line.ground) == (
        "export",
        sorted(CHILDREN),
        3,
        "核对转学申请 2008-0012",
    )
    assert line.at == environment.now()
    assert line.work is not None


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["reveal", "export", "print"])
def test_revealing_exporting_and_printing_need_a_ground(small_city: SmallCity, kind: str) -> None:
    with acting(small_city.registrar()) as actor:
        with pytest.raises(Refused, match="事由"):
            services.log(actor=actor, kind=kind, subjects=CHILDREN)
        with pytest.raises(Refused, match="事由"):
            services.ground_for("  a ")
        assert not selectors.lines().exists()


@pytest.mark.django_db
def test_a_search_is_logged_without_what_was_typed(small_city: SmallCity) -> None:
    with acting(small_city.head()) as actor:
        services.log(actor=actor, kind=DisclosureKind.SEARCH, count=17)
        line = selectors.lines().get()
    assert (line.subjects, line.count, line.ground) == ([], 17, "")


@pytest.mark.django_db
def test_the_log_is_read_by_the_auditor_the_head_and_oneself(small_city: SmallCity) -> None:
    own = write(small_city.registrar(PRIMARY))
    other = write(small_city.registrar(BAIXIA_PRIMARY))
    assert read(small_city.registrar(PRIMARY)) == [own]
    assert read(small_city.deputy_head(PRIMARY)) == [own]
    assert read(small_city.proofreader(PRIMARY)) == []
    assert read(small_city.head(QINHUAI)) == [own]
    assert read(small_city.head(BAIXIA)) == [other]
    assert read(small_city.clerk(QINHUAI)) == []
    assert read(small_city.actor(CITY, Role.AUDIT_ADMIN)) == [other, own]
    assert read(small_city.actor(CITY, Role.SECURITY_ADMIN)) == []


@pytest.mark.django_db
def test_nobody_writes_a_line_in_another_persons_name(small_city: SmallCity) -> None:
    with (
        acting(small_city.registrar()),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        services.log(actor=small_city.deputy_head(), kind="look", subjects=CHILDREN)


@pytest.mark.django_db
def test_lines_are_found_by_child_person_and_time(small_city: SmallCity, environment: SeededEnvironment) -> None:
    first = write(small_city.registrar())
    environment.advance(timedelta(days=1))
    second = write(small_city.deputy_head(), "print")
    with acting(small_city.head()):
        assert [line.sequence for line in selectors.lines(student=CHILDREN[0])] == [second, first]
        assert not selectors.lines(student=UUID(int=9)).exists()
        assert [line.sequence for line in selectors.lines(since=environment.now())] == [second]
        assert [line.sequence for line in selectors.lines(person=small_city.registrar().person)] == [first]
        assert sorted(selectors.counts_by_person(selectors.lines())) == sorted(
            [(small_city.registrar().person, "look", 1), (small_city.deputy_head().person, "print", 1)]
        )


@pytest.mark.django_db
def test_exact_look_ups_of_other_schools_pupils_are_logged_and_limited(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    actor = small_city.registrar()
    with acting(actor):
        for number in range(30):
            services.log_exact_lookup(actor=actor, found=CHILDREN[0] if number % 2 else None)
        with pytest.raises(Refused, match="达到上限"):
            services.log_exact_lookup(actor=actor, found=None)
        assert [line.count for line in selectors.lines(kinds=["exact_lookup"])[:2]] == [1, 0]
        environment.advance(timedelta(hours=1))
        services.log_exact_lookup(actor=actor, found=None)
    with acting(small_city.deputy_head()) as other:
        services.log_exact_lookup(actor=other, found=None)


@pytest.mark.django_db
def test_a_day_has_a_limit_of_its_own(small_city: SmallCity, environment: SeededEnvironment) -> None:
    with acting(small_city.registrar()) as actor:
        for hour in range(4):
            for _ in range(30 if hour < 3 else 10):
                services.log_exact_lookup(actor=actor, found=None)
            environment.advance(timedelta(hours=1))
        with pytest.raises(Refused, match="一天"):
            services.log_exact_lookup(actor=actor, found=None)


@pytest.mark.django_db
def test_the_worker_chains_every_line_once(small_city: SmallCity) -> None:
    numbers = [write(small_city.registrar()) for _ in range(3)]
    with acting_system():
        first = services.chain(batch=2)
        second = services.chain(batch=2)
        assert services.chain() is None
        assert selectors.verify_chain() == []
    assert first is not None
    assert second is not None
    assert [*first.sequences, *second.sequences] == numbers
    assert second.previous == first.digest


@pytest.mark.django_db
def test_the_chain_is_the_workers_alone(small_city: SmallCity) -> None:
    write(small_city.registrar())
    with acting(small_city.actor(CITY, Role.AUDIT_ADMIN)):
        assert services.chain() is None
        assert not DisclosureBlock.objects.exists()


TAMPERING = {
    "a line changed": "UPDATE disclosure_disclosure SET ground = '别的事由' WHERE sequence = 2",
    "a line removed": "DELETE FROM disclosure_disclosure WHERE sequence = 2",
    "a block removed": "DELETE FROM disclosure_block WHERE number = 1",
    "a block's lines changed": "UPDATE disclosure_block SET sequences = '{1}' WHERE number = 1",
}
#: The batch that is named: the first one that does not agree.
NAMED = dict.fromkeys(TAMPERING, 1) | {"the last block cut off": 2}
TAMPERING["the last block cut off"] = "DELETE FROM disclosure_block WHERE number = 2"


@pytest.mark.parametrize("what", TAMPERING)
def test_what_a_superuser_alters_is_found(
    fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection, what: str
) -> None:
    for _ in range(4):
        write(small_city.registrar())
    with acting_system():
        services.chain(batch=2)
        services.chain(batch=2)
        assert selectors.verify_chain() == []
    for table in ("disclosure_disclosure", "disclosure_block"):
        owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner_connection.execute(TAMPERING[what])
    with acting_system():
        assert [fault.block for fault in selectors.verify_chain()][:1] == [NAMED[what]]


def test_the_log_is_append_only_for_everybody(
    fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    write(small_city.registrar())
    owner_connection.execute("SET session_replication_role = replica")
    for table in ("disclosure_disclosure", "disclosure_block"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner_connection.execute(statement)


@pytest.mark.django_db
def test_rows_held_against_the_whole_register_are_logged_and_limited(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    limit = int(rulebook(environment.now().date()).settings[services.ROWS_A_DAY])
    with acting(small_city.registrar()) as actor:
        services.log_register_search(actor=actor, rows=limit - 1)
        services.log_register_search(actor=actor, rows=1)
        with pytest.raises(Refused, match="上限"):
            services.log_register_search(actor=actor, rows=1)
        assert [line.count for line in selectors.lines(kinds=["search"])] == [1, limit - 1]
    environment.advance(timedelta(days=1, minutes=1))
    with acting(small_city.registrar()) as actor:
        services.log_register_search(actor=actor, rows=1)
