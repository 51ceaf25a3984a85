"""Appending: numbers without a gap, one block a call, what was sealed comes back, and nobody can change it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xueji.config.home import Home
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors
from xueji.ground.journals.anchor import read_anchor
from xueji.ground.journals.digests import CONTENT_DIGEST
from xueji.ground.journals.services import NewEntry, anchor_missing_heads, append, lock
from xueji.ground.journals.tests.support import (
    RULEBOOK,
    Journal,
    bureau_entry,
    new_id,
    pupil_entry,
    somebody,
    superuser,
    write,
)
from xueji.pure.kernel.fold import fold_student
from xueji.pure.kernel.types import Refused


@pytest.fixture
def journal(fresh_database: str, environment: object) -> Journal:
    return Journal()


def test_what_was_appended_is_what_is_read(journal: Journal) -> None:
    with acting_system():
        read = [
            entry
            for organisation in (journal.first, journal.second, journal.bureau)
            for entry in selectors.entries_of_organisation(organisation, decrypt=True)
        ]
    assert sorted(read, key=lambda e: e.entry_id) == sorted(journal.entries, key=lambda e: e.entry_id)
    assert read[0].sensitive == {"phone": "13900000000", "address": "甲区乙路1号"}


@pytest.mark.parametrize("count", [1, 63, 64, 500])
def test_few_entries_and_many_are_written_alike(fresh_database: str, environment: object, count: int) -> None:
    organisation = new_id()
    written = write(*(pupil_entry(organisation, new_id(), kind='k"\\\t中') for _ in range(count)))
    assert [entry.sequence for entry in written] == list(range(1, count + 1))
    with acting_system():
        assert selectors.entries_of_organisation(organisation, decrypt=True) == written
    assert selectors.verify().verified


def test_each_call_makes_one_block_a_journal_and_one_anchored_head(journal: Journal) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT first_sequence, last_sequence FROM journals_block WHERE organisation = %s ORDER BY block_no",
            [journal.first],
        )
        blocks = cursor.fetchall()
    assert blocks == [(1, 5), (6, 6), (7, 7), (8, 8)]
    heads = [line.head for line in read_anchor() if line.head and line.head.organisation == journal.first]
    assert [(head.sequence, head.block_no) for head in heads] == [(5, 1), (6, 2), (7, 3), (8, 4)]
    assert all(line.signed_by_us() for line in read_anchor())


@given(shape=st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=5), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_appended_has_no_gap_and_verifies(
    fresh_database: str, environment: object, shape: list[list[tuple[int, int]]]
) -> None:
    organisations, pupils = sorted(new_id() for _ in range(3)), [new_id() for _ in range(4)]
    with acting_system():
        for call in shape:
            entries = [pupil_entry(organisations[school], pupils[pupil]) for school, pupil in call]
            actor = somebody(organisations[0])
            append(actor=actor, transaction_id=new_id(), entries=entries, rulebook_version=RULEBOOK)
        for organisation in organisations:
            own = selectors.entries_of_organisation(organisation)
            assert [entry.sequence for entry in own] == list(range(1, len(own) + 1))
        for history in selectors.entries_of_students(pupils).values():
            assert [entry.student_seq for entry in history] == list(range(1, len(history) + 1))


def test_a_pupils_history_runs_through_all_journals_in_fold_order_and_folds(
    fresh_database: str, environment: object
) -> None:
    pupil, first, second = new_id(), new_id(), new_id()
    late = write(NewEntry(first, "k", date(2008, 9, 5), (), student=pupil))[0]
    early = write(NewEntry(second, "k", date(2008, 9, 1), (), student=pupil))[0]
    with acting_system():
        history = selectors.history(pupil)
        assert [entry.entry_id for entry in history] == [early.entry_id, late.entry_id]
        assert (late.student_seq, early.student_seq) == (1, 2)
        assert fold_student(history).last_entry == late.entry_id


def test_the_stream_brings_everything_a_student_at_a_time_and_stops_at_a_cut(journal: Journal) -> None:
    with acting_system():
        everything = list(selectors.stream_all(batch=3))
        cut = {journal.first: 6, journal.bureau: 1}
        within = list(selectors.stream_all(cut=cut, decrypt=False))
        assert selectors.heads() == {journal.first: 8, journal.second: 2, journal.bureau: 3}
    assert {entry.entry_id for entry in everything} == {entry.entry_id for entry in journal.entries}
    keys = [(entry.student.int if entry.student else -1) for entry in everything]
    assert keys == sorted(keys)
    assert {entry.entry_id for entry in within} == {
        entry.entry_id for entry in journal.entries if entry.sequence <= cut.get(entry.organisation, 0)
    }
    assert not any(entry.sensitive for entry in within)


def test_an_append_of_thousands_takes_a_handful_of_statements(fresh_database: str, environment: object) -> None:
    organisation = new_id()
    entries = [pupil_entry(organisation, new_id()) for _ in range(2000)]
    with CaptureQueriesContext(connection) as queries:
        write(*entries)
    assert len(queries) < 20


def test_an_entry_is_corrected_once_then_its_correction_is(journal: Journal) -> None:
    wrong = journal.entries[1]
    assert wrong.student is not None
    right = write(pupil_entry(wrong.organisation, wrong.student, corrects=wrong.entry_id))[0]
    with pytest.raises(Refused, match="更正过"):
        write(pupil_entry(wrong.organisation, wrong.student, corrects=wrong.entry_id))
    write(pupil_entry(wrong.organisation, wrong.student, corrects=right.entry_id))
    assert selectors.verify().verified


def test_a_sensitive_part_of_nobody_is_a_fault_of_the_programme(fresh_database: str, environment: object) -> None:
    with pytest.raises(ValueError, match="data_key_subject"):
        write(NewEntry(new_id(), "k", date(2008, 9, 1), (), sensitive={"phone": "1"}))
    entry = write(NewEntry(new_id(), "k", date(2008, 9, 1), (), sensitive={"phone": "1"}, data_key_subject=new_id()))[0]
    with acting_system():
        assert selectors.entry(entry.entry_id, decrypt=True) == entry


def test_a_lock_outside_a_transaction_is_refused(fresh_database: str) -> None:
    with pytest.raises(RuntimeError):
        lock([UUID(int=1)])


def test_no_clear_value_of_a_sensitive_part_stands_in_the_database(journal: Journal) -> None:
    with connections["owner"].cursor() as cursor:
        for table in ("journals_entry", "journals_block", "keys_datakey"):
            cursor.execute(f"SELECT t::text FROM {table} AS t")  # bytes show as hexadecimal digits
            for (text,) in cursor.fetchall():
                for value in ("13900000000", "甲区乙路"):
                    assert value not in text
                    assert value.encode().hex() not in text


@pytest.mark.parametrize("table", ["journals_entry", "journals_block"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET block_no = 7", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_role_cannot_change_or_remove_anything(journal: Journal, table: str, verb: str) -> None:
    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone()[1] is False
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(verb.format(table))
    assert selectors.verify().verified


@pytest.mark.parametrize("table", ["journals_entry", "journals_block"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET block_no = 7", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_owner_cannot_either_until_it_takes_the_triggers_away(journal: Journal, table: str, verb: str) -> None:
    with connections["owner"].cursor() as cursor, pytest.raises(DatabaseError, match="append-only"):
        cursor.execute(verb.format(table))


def test_nobody_inserts_a_block_by_hand(journal: Journal) -> None:
    sql = "INSERT INTO journals_block SELECT organisation, 99, 98, 99, digest, digest FROM journals_block LIMIT 1"
    with connections["owner"].cursor() as cursor, pytest.raises(DatabaseError, match="append-only"):
        cursor.execute(sql)
    with (
        acting_system(),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"sequence": 4, "block_no": 3}, "content digest"),
        ({"sequence": 5, "block_no": 3}, "leaves a gap"),
        ({"sequence": 4, "block_no": 4}, "leaves a gap"),
        ({"sequence": 4, "block_no": 2}, "leaves a gap"),
    ],
)
def test_an_insert_that_does_not_fit_is_refused_by_the_database(
    journal: Journal, changes: dict[str, int], complaint: str
) -> None:
    columns = {name: f"e.{name}" for name in _columns()}
    columns |= {name: str(value) for name, value in changes.items()} | {"entry_id": f"'{new_id()}'::uuid"}
    inner = ", ".join(f"{value} AS {name}" for name, value in columns.items() if name != "content_digest")
    digest = "e.commitment" if complaint == "content digest" else CONTENT_DIGEST
    digest = f"coalesce({digest}, sha256(''))"
    names = ", ".join(name for name in columns if name != "content_digest")
    sql = (
        f"INSERT INTO journals_entry ({names}, content_digest) SELECT {names}, {digest} FROM"
        f" (SELECT {inner} FROM journals_entry AS e WHERE organisation = %s AND sequence = 3) AS e"
    )
    with (
        acting_system(),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match=complaint),
        transaction.atomic(),
    ):
        cursor.execute(sql, [journal.bureau])


def _columns() -> list[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'journals_entry'::regclass AND attnum > 0")
        return [row[0] for row in cursor.fetchall()]


def test_heads_that_a_crash_kept_from_the_anchor_are_completed_at_start_up(journal: Journal, home: Home) -> None:
    lines = home.anchor.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if str(journal.second) not in line][:-1]
    home.anchor.write_text("".join(kept), encoding="utf-8")
    assert anchor_missing_heads() == 2
    assert anchor_missing_heads() == 0
    heads = [line.head for line in read_anchor() if line.head and line.head.organisation == journal.second]
    assert [head.sequence for head in heads] == [2]
    assert selectors.verify().verified


def test_a_journal_that_contradicts_its_anchor_is_not_signed_anew(journal: Journal) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM journals_block WHERE organisation = %s AND block_no = 4", [journal.first])
        cursor.execute("DELETE FROM journals_entry WHERE organisation = %s AND block_no = 4", [journal.first])
        assert anchor_missing_heads() == 0


def test_an_anchor_that_cannot_be_written_does_not_undo_what_was_confirmed(
    fresh_database: str, environment: object, home: Home, caplog: Any
) -> None:
    organisation = new_id()
    home.anchor.mkdir()  # stands where the file should: every write fails, for root too
    try:
        write(bureau_entry(organisation))
    finally:
        home.anchor.rmdir()
    assert "1 heads not written" in caplog.text
    with acting_system():
        assert len(selectors.entries_of_organisation(organisation)) == 1
    assert anchor_missing_heads() == 1
