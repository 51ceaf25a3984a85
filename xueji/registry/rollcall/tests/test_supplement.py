"""更正 of a closed roll-call: beside the list, by two persons, in the journal, told to the bureau, in every count."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from tests.small_city import QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.cases import selectors as cases
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.services import Correction
from xueji.registry.rollcall.tests.support import go_to, lines, opened, rest_here, school_with_pupils

pytestmark = pytest.mark.django_db
WHY = "班主任误登为到，九月以来一直没有来过，点名册可证"


@pytest.fixture
def roll(small_city: SmallCity, environment: SeededEnvironment) -> UUID:
    """A closed roll of six pupils who were all there."""
    school_with_pupils(small_city, QINHUAI)
    go_to(environment, 9, 3)
    roll = opened(small_city)
    rest_here(small_city, roll)
    with acting(small_city.deputy_head()) as actor:
        services.close(actor=actor, roll=roll)
    go_to(environment, 9, 10)
    return roll


def proposed(city: SmallCity, line: int, correction: Correction) -> UUID:
    with acting(city.registrar()) as actor:
        return services.propose_supplement(actor=actor, line=line, correction=correction)


def test_an_agreed_supplement_stands_beside_the_list_and_counts_everywhere(small_city: SmallCity, roll: UUID) -> None:
    line = lines(small_city, roll)[0]
    with acting(small_city.head(QINHUAI)):
        digest = services.digest_of(roll)
    supplement = proposed(small_city, line.id, Correction("absent", WHY))
    with acting(small_city.head(QINHUAI)):
        assert selectors.ghosts("2008") == [], "what is only proposed counts nowhere"
    with acting(small_city.deputy_head()) as actor:
        done = services.decide_supplement(actor=actor, supplement=supplement, agree=True)
        assert done is not None
        entries = {one.entry_id: one for one in journals.entries_of_organisation(actor.organisation)}
    entry = entries[done.entry]
    assert (entry.kind, entry.operations, entry.student) == ("rollcall_supplemented", (), None)
    assert entry.basis["counts"]["absent"] == 1
    found = lines(small_city, roll)[0]
    assert (found.presence, found.came_on) == ("here", date(2008, 9, 1)), "the closed list is as it was"
    assert (found.now.presence, found.now.came_on) == ("absent", None)
    with acting(small_city.head(QINHUAI)) as head:
        assert services.digest_of(roll) == digest
        counts = selectors.counts_of([roll])[roll]
        assert (counts.here, counts.absent) == (5, 1)
        assert [one.line for one in selectors.ghosts("2008")] == [line.id]
        assert selectors.contact_attempts(line.student, "2008-autumn").absent_since == date(2008, 9, 1)
        (said,) = selectors.supplements(roll)
        assert (said.why, said.reading.number) == (WHY, 1)
        assert "第 1 号更正" in cases.notices(head)[0].text
    # The next one takes its place, the number goes on.
    later = proposed(small_city, line.id, Correction("absent", "学生已找到", came_on=date(2008, 9, 9)))
    with acting(small_city.deputy_head()) as actor:
        services.decide_supplement(actor=actor, supplement=later, agree=True)
        assert selectors.ghosts("2008") == []
        assert selectors.counts_of([roll])[roll].here == 6


def test_a_supplement_needs_a_reason_two_persons_and_something_to_put_right(small_city: SmallCity, roll: UUID) -> None:
    first, second = (one.id for one in lines(small_city, roll)[:2])
    for line, correction, code in (
        (first, Correction("absent", " "), "rollcall.why"),
        (first, Correction("excused", WHY), "rollcall.reason"),
        (first, Correction("here", WHY, came_on=date(2008, 9, 1)), "rollcall.nothing_changes"),
        (first, Correction("here", WHY, came_on=date(2008, 9, 11)), "rollcall.day"),
        (first, Correction("absent", WHY, outcome="dropout"), "rollcall.not_lodged"),
    ):
        with pytest.raises(Refused) as refused:
            proposed(small_city, line, correction)
        assert refused.value.code == code
    supplement = proposed(small_city, second, Correction("excused", WHY, reason="水痘"))
    with pytest.raises(Refused, match="已有一件更正"):
        proposed(small_city, second, Correction("absent", WHY))
    with acting(small_city.registrar()) as actor, pytest.raises(Refused, match="分管校长"):
        services.decide_supplement(actor=actor, supplement=supplement, agree=True)
    with acting(small_city.deputy_head()) as actor:
        with pytest.raises(Refused, match="理由"):
            services.decide_supplement(actor=actor, supplement=supplement, agree=False)
        assert services.decide_supplement(actor=actor, supplement=supplement, agree=False, remark="证据不足") is None
        with pytest.raises(Refused, match="已经审核"):
            services.decide_supplement(actor=actor, supplement=supplement, agree=True)
        assert selectors.counts_of([roll])[roll].here == 6


def test_a_decided_supplement_is_never_changed_and_none_goes_to_an_open_roll(small_city: SmallCity, roll: UUID) -> None:
    line = lines(small_city, roll)[0].id
    supplement = proposed(small_city, line, Correction("absent", WHY))
    with acting(small_city.deputy_head()) as actor:
        services.decide_supplement(actor=actor, supplement=supplement, agree=True)
    for statement in ("UPDATE rollcall_supplement SET presence = 'here'", "UPDATE rollcall_supplement SET number = 2"):
        with acting(small_city.registrar()), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)
    with acting(small_city.registrar()), connection.cursor() as cursor:
        cursor.execute("DELETE FROM rollcall_supplement")
        assert cursor.rowcount == 0
