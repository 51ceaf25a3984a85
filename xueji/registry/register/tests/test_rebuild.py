"""Invariant 5: fold(journals) = register, whatever happened and in whatever order it was recorded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.small_city import BAIXIA_PRIMARY, JUNIOR, PRIMARY
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals.models import JournalEntry
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors, services
from xueji.registry.register.models import Registration, Spell, Student
from xueji.registry.register.tests.lives import BASE, Child, Lives

pytestmark = pytest.mark.django_db


def _some_lives(lives: Lives) -> list[Child]:
    children = [lives.open(intake_year=2002 + index) for index in range(4)]
    lives.transfer(children[0], BAIXIA_PRIMARY, date(2008, 3, 3), intake_year=2002)
    lives.spell(children[1], "status", "suspended", date(2008, 2, 1))
    lives.spell(children[1], "status", "in_school", date(2008, 6, 1))
    lives.change(children[2], "correction", date(2008, 5, 1), SetFields({"name": "欧阳小明", "gender": "2"}))
    lives.close(children[3], "death", date(2008, 4, 4))
    return children


def test_invariant_5_rebuild_finds_nothing_to_put_right(lives: Lives) -> None:
    _some_lives(lives)
    with acting_system():
        before = selectors.state_digest()
        result = services.rebuild()
    assert result.differed == ()
    assert result.pupils == 4
    assert result.digest == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE register_student SET name = '别人' WHERE id = %s",
        "UPDATE register_student SET sensitive = NULL WHERE id = %s",
        "UPDATE register_registration SET number = '' WHERE student_id = %s",
        "DELETE FROM register_spell WHERE student = %s",
        "UPDATE register_spell SET ended_on = '2008-01-01' WHERE student = %s",
        "UPDATE register_earlier_fields SET gender = '9' WHERE student_id = %s",
    ],
)
def test_invariant_5_rebuild_names_the_student_whose_rows_were_changed_and_puts_them_right(
    lives: Lives, damage: str
) -> None:
    child = _some_lives(lives)[2]
    with acting_system():
        before = selectors.state_digest()
        with connection.cursor() as cursor:
            cursor.execute(damage, [child.student])
            assert cursor.rowcount
        result = services.rebuild()
        assert result.differed == (child.student,)
        assert selectors.state_digest() == before == result.digest
        assert services.rebuild().differed == ()


def test_invariant_5_a_student_that_no_journal_knows_is_removed(lives: Lives) -> None:
    child = lives.open()
    with acting_system():
        before = selectors.state_digest()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO register_student SELECT (jsonb_populate_record(s, jsonb_build_object("
                "'id', gen_random_uuid(), 'id_index', null))).* FROM register_student s WHERE id = %s",
                [child.student],
            )
        assert len(services.rebuild().differed) == 1
        assert selectors.state_digest() == before


def test_invariant_5_every_state_row_names_entries_of_its_student(lives: Lives) -> None:
    _some_lives(lives)
    with acting_system():
        entries = {entry.entry_id: entry for entry in JournalEntry.objects.exclude(student=None)}
        for student in Student.objects.all():
            own = [entry for entry in entries.values() if entry.student == student.id]
            assert student.last_entry == max(own, key=lambda entry: entry.student_seq or 0).entry_id
        for registration in Registration.objects.all():
            assert entries[registration.opened_by_entry].student == registration.student_id
            assert (registration.closed_by_entry is None) == (registration.ended_on is None)
        for spell in Spell.objects.all():
            assert entries[spell.entry].student == spell.student


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "suspend", "resume", "class", "move", "close", "void", "rename", "again"]),
        st.integers(0, 2),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=12,
)


class _Story:
    """Plays random steps; what the register refuses is rolled back, the rest stands."""

    def __init__(self, lives: Lives) -> None:
        self.lives = lives
        self.children: dict[int, Child] = {}

    def play(self, step: str, who: int, day: int) -> None:
        on = BASE + timedelta(days=day * 7)
        child = self.children.get(who)
        try:
            with transaction.atomic():
                if child is None:
                    self.children[who] = self.lives.open(on=on)
                else:
                    self.children[who] = self._change(step, child, on)
        except Refused:
            return

    def _change(self, step: str, child: Child, on: date) -> Child:
        lives = self.lives
        changes: dict[str, Any] = {
            "suspend": lambda: lives.spell(child, "status", "suspended", on),
            "resume": lambda: lives.spell(child, "status", "in_school", on),
            "class": lambda: lives.spell(child, "class_group", str(lives.group(PRIMARY, "primary", 2007, 2)), on),
            "close": lambda: lives.close(child, "leaving", on),
            "void": lambda: lives.void(child, on),
            "rename": lambda: lives.change(child, "correction", on, SetFields({"name": f"王{on:%d}"})),
            "move": lambda: lives.transfer(child, BAIXIA_PRIMARY if on.day % 2 else PRIMARY, on),
        }
        if step == "again":
            return lives.open(JUNIOR, stage="junior", student=child.student, on=on, how="enrolment")
        made = changes.get(step, lambda: None)()
        return made if isinstance(made, Child) else child


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_invariant_5_refolding_entry_by_entry_gives_what_a_rebuild_gives(lives: Lives, steps: list[Any]) -> None:
    mark = transaction.savepoint()
    story = _Story(lives)
    for step, who, day in steps:
        story.play(step, who, day)
    with acting_system():
        before = selectors.state_digest()
        result = services.rebuild()
    assert result.differed == ()
    assert result.digest == before
    transaction.savepoint_rollback(mark)
    lives.groups.clear()
