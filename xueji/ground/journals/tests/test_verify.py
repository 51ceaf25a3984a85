"""Invariant 4: a changed byte, a removed, swapped or cut entry, or a recomputed chain is found and named."""

from __future__ import annotations

import json
import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xueji.config.home import Home
from xueji.ground.journals.digests import CONTENT_DIGEST, block_digest
from xueji.ground.journals.tests.support import Journal, named, pupil_entry, superuser, tampered, write
from xueji.ground.journals.verify import verify

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
AT = "WHERE organisation = %s AND sequence = %s"
TEXTS = ("kind", "operations", "basis", "rulebook_version", "actor")
BYTES = ("sensitive", "commitment", "content_digest")
UUIDS = ("organisation", "entry_id", "transaction_id", "student", "corrects", "data_key")
NUMBERS = ("sequence", "block_no", "student_seq", "op_version")
COLUMNS = (*TEXTS, *BYTES, *UUIDS, *NUMBERS, "effective_on", "recorded_at")


@pytest.fixture
def journal(fresh_database: str, environment: object) -> Journal:
    return Journal()


def test_an_untouched_journal_verifies(journal: Journal) -> None:
    found = verify()
    assert found.verified
    assert (found.entries, found.organisations, found.faults) == (len(journal.entries), 3, [])


def test_every_column_of_an_entry_is_among_those_that_the_tests_change(journal: Journal) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'journals_entry'::regclass AND attnum > 0")
        assert {row[0] for row in cursor.fetchall()} == set(COLUMNS)


def _flipped(column: str) -> str:
    return f"set_byte({column}, 3, 255 - get_byte({column}, 3))"


def _change(cursor: Any, place: tuple[UUID, int], column: str, data: st.DataObject) -> bool:
    """Change one column of one entry by a bit, a character or a step; False where there is nothing to change."""
    cursor.execute(f"SELECT {column} FROM journals_entry {AT}", place)
    old = cursor.fetchone()[0]
    new: Any
    if column in TEXTS:
        cursor.execute(f"ALTER TABLE journals_entry ALTER COLUMN {column} TYPE text")  # any byte, be it JSON or not
        cursor.execute(f"SELECT {column} FROM journals_entry {AT}", place)
        old = cursor.fetchone()[0]
        where = data.draw(st.integers(0, len(old) - 1))
        letter = data.draw(st.characters(codec="utf-8", exclude_characters="\x00" + old[where]))
        new = old[:where] + letter + old[where + 1 :]
    elif column in BYTES:
        if old is None:
            return False
        where = data.draw(st.integers(0, len(old) * 8 - 1))
        new = bytearray(old)
        new[where // 8] ^= 1 << where % 8
        new = bytes(new)
    elif column in UUIDS:
        choices = st.uuids() if old is None or column in ("organisation", "entry_id") else st.none() | st.uuids()
        new = data.draw(choices.filter(lambda value: value != old))
        if new is None:
            cursor.execute(f"ALTER TABLE journals_entry ALTER COLUMN {column} DROP NOT NULL")
    elif column in NUMBERS:
        step = data.draw(st.integers(-3, 30).filter(bool))
        new = step if old is None else old + step
    else:
        unit = "day" if column == "effective_on" else "microsecond"
        step = data.draw(st.integers(-400, 400).filter(bool))
        cursor.execute(f"UPDATE journals_entry SET {column} = {column} + {step} * interval '1 {unit}' {AT}", place)
        return True
    cursor.execute(f"UPDATE journals_entry SET {column} = %s {AT}", [new, *place])
    return True


@given(data=st.data())
@settings(EXAMPLES, max_examples=150)
def test_any_byte_of_any_entry_changed_by_a_superuser_is_found_and_named(journal: Journal, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(journal.entries))
    column = data.draw(st.sampled_from(COLUMNS))
    place = (entry.organisation, entry.sequence)
    with superuser() as cursor:
        if not _change(cursor, place, column, data):
            return
        cursor.execute("SELECT organisation, sequence FROM journals_entry")
        moved = set(cursor.fetchall()) - set(journal.places())
        found = verify(using="owner")
    assert place in named(found)
    if column != "sequence":  # a changed sequence may take the place of a neighbour, which is then named too
        assert named(found) <= {place, *moved}, found.faults


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("sensitive",)])
def test_a_changed_clear_column_is_found_without_keys(journal: Journal, column: str) -> None:
    entry = next(entry for entry in journal.entries if entry.has_sensitive)
    change = {
        **dict.fromkeys(UUIDS, f"'{journal.pupils[4]}'"),
        **dict.fromkeys(NUMBERS, f"{column} + 70"),
        **dict.fromkeys(BYTES, _flipped(column)),
        **dict.fromkeys(("operations", "basis", "actor"), "'[]'"),
        **dict.fromkeys(("kind", "rulebook_version"), "'x'"),
        "effective_on": "effective_on + 1",
        "recorded_at": "recorded_at + interval '1 microsecond'",
    }[column]
    with superuser() as cursor:
        cursor.execute(f"UPDATE journals_entry SET {column} = {change} {AT}", [entry.organisation, entry.sequence])
        found = verify(with_keys=False, using="owner")
    assert (entry.organisation, entry.sequence) in named(found)


@given(data=st.data())
@EXAMPLES
def test_a_removed_entry_is_found_and_named(journal: Journal, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(journal.places()))
    found = tampered((f"DELETE FROM journals_entry {AT}", place))
    assert named(found) == {place}


@given(data=st.data(), recompute=st.booleans())
@EXAMPLES
def test_two_swapped_entries_are_found_and_named(journal: Journal, data: st.DataObject, recompute: bool) -> None:
    organisation = data.draw(st.sampled_from([journal.first, journal.second, journal.bureau]))
    own = [entry.sequence for entry in journal.entries if entry.organisation == organisation]
    one, other = data.draw(st.lists(st.sampled_from(own), min_size=2, max_size=2, unique=True))
    swap = (
        "UPDATE journals_entry SET sequence = %s + %s - sequence WHERE organisation = %s AND sequence IN (%s, %s)",
        [one, other, organisation, one, other],
    )
    again: tuple[str, list[UUID]] = (f"UPDATE journals_entry AS e SET content_digest = {CONTENT_DIGEST}", [])
    found = tampered(swap, *([again] if recompute else []))
    assert not found.verified
    if recompute:  # digests say nothing of the entry any more, the block does
        assert {fault.organisation for fault in found.faults} == {organisation}
    else:
        assert named(found) == {(organisation, one), (organisation, other)}


def test_blobs_swapped_between_two_entries_are_found_though_their_key_is_the_same(journal: Journal) -> None:
    pupil = journal.pupils[0]
    places = [
        (entry.organisation, entry.sequence)
        for entry in journal.entries
        if entry.student == pupil and entry.has_sensitive
    ]
    found = tampered(
        (
            "UPDATE journals_entry AS e SET sensitive = o.sensitive FROM journals_entry AS o WHERE e.student = %s"
            " AND o.student = %s AND e.sensitive IS NOT NULL AND o.sensitive IS NOT NULL AND e.entry_id <> o.entry_id",
            [pupil, pupil],
        )
    )
    assert named(found) == set(places)


@given(data=st.data())
@EXAMPLES
def test_a_block_that_was_cut_out_is_found_and_named(journal: Journal, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(journal.entries))
    with_entries = data.draw(st.booleans())
    key = [entry.organisation, entry.block_no]
    statements = [("DELETE FROM journals_block WHERE organisation = %s AND block_no = %s", key)]
    own = {
        (other.organisation, other.sequence)
        for other in journal.entries
        if (other.organisation, other.block_no) == (entry.organisation, entry.block_no)
    }
    if with_entries:
        statements.append(("DELETE FROM journals_entry WHERE organisation = %s AND block_no = %s", key))
    found = tampered(*statements)
    assert named(found) & own
    if with_entries:
        assert named(found) >= own  # each entry of the tail is named, not only that something is missing


def test_a_whole_journal_that_was_removed_is_found_by_its_anchor(journal: Journal) -> None:
    found = tampered(
        ("DELETE FROM journals_entry WHERE organisation = %s", [journal.second]),
        ("DELETE FROM journals_block WHERE organisation = %s", [journal.second]),
    )
    assert {(journal.second, 1), (journal.second, 2)} <= named(found)


_RECOMPUTE_BLOCKS = f"""
WITH RECURSIVE parts AS (
  SELECT b.organisation, b.block_no, b.first_sequence, b.last_sequence,
         string_agg(e.content_digest, ''::bytea ORDER BY e.sequence) AS digests
  FROM journals_block AS b JOIN journals_entry AS e USING (organisation, block_no)
  GROUP BY b.organisation, b.block_no, b.first_sequence, b.last_sequence),
chain AS (
  SELECT p.organisation, p.block_no, decode(repeat('00', 32), 'hex') AS previous,
    {
    block_digest(
        "p.organisation",
        "p.block_no",
        "p.first_sequence",
        "p.last_sequence",
        "decode(repeat('00', 32), 'hex')",
        "p.digests",
    )
} AS digest
  FROM parts AS p WHERE p.block_no = 1
  UNION ALL
  SELECT p.organisation, p.block_no, c.digest,
    {block_digest("p.organisation", "p.block_no", "p.first_sequence", "p.last_sequence", "c.digest", "p.digests")}
  FROM chain AS c JOIN parts AS p ON p.organisation = c.organisation AND p.block_no = c.block_no + 1)
UPDATE journals_block AS b SET previous_digest = c.previous, digest = c.digest
FROM chain AS c WHERE b.organisation = c.organisation AND b.block_no = c.block_no
"""


@given(data=st.data())
@EXAMPLES
def test_recomputed_digests_are_found_by_the_chain_and_a_recomputed_chain_by_the_anchor(
    journal: Journal, data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(journal.entries))
    chain_too = data.draw(st.booleans())
    statements = [
        (f"UPDATE journals_entry SET effective_on = effective_on - 1 {AT}", [entry.organisation, entry.sequence]),
        (f"UPDATE journals_entry AS e SET content_digest = {CONTENT_DIGEST}", []),
    ]
    found = tampered(*statements, *([(_RECOMPUTE_BLOCKS, [])] if chain_too else []))
    own = [
        other.sequence
        for other in journal.entries
        if (other.organisation, other.block_no) == (entry.organisation, entry.block_no)
    ]
    assert named(found) == {(entry.organisation, min(own))}
    assert f"第 {min(own)} 至 {max(own)} 条" in found.faults[0].reason


def test_the_recomputation_of_an_untouched_chain_gives_the_same_digests(journal: Journal) -> None:
    assert tampered((_RECOMPUTE_BLOCKS, [])).verified


def test_a_lost_or_changed_data_key_names_the_entries_that_it_closes(journal: Journal) -> None:
    pupil = journal.pupils[3]
    places = {(entry.organisation, entry.sequence) for entry in journal.entries if entry.student == pupil}
    lost = tampered(("DELETE FROM keys_datakey WHERE subject = %s", [pupil]))
    changed = tampered((f"UPDATE keys_datakey SET wrapped = {_flipped('wrapped')} WHERE subject = %s", [pupil]))
    assert named(lost) == named(changed) == places


def test_a_broken_place_in_a_students_own_sequence_is_found(journal: Journal) -> None:
    """Nothing else can show it: the writer of this entry skipped a number, and everything agrees with it."""
    with superuser() as cursor:
        last = [entry for entry in journal.entries if entry.student == journal.pupils[1]][-1]
        cursor.execute(
            f"UPDATE journals_entry SET student_seq = student_seq + 5 {AT}", [last.organisation, last.sequence]
        )
        cursor.execute(f"UPDATE journals_entry AS e SET content_digest = {CONTENT_DIGEST}")
        cursor.execute(_RECOMPUTE_BLOCKS)
        found = verify(using="owner")
    assert last.organisation in {fault.organisation for fault in found.faults}


def test_a_changed_line_of_the_anchor_is_found_and_named(journal: Journal, home: Home) -> None:
    lines = home.anchor.read_text(encoding="utf-8").splitlines()
    value = json.loads(lines[2])
    value["sequence"] += 1
    home.anchor.write_text("\n".join([*lines[:2], json.dumps(value), *lines[3:], "{broken"]) + "\n", encoding="utf-8")
    found = verify()
    assert (UUID(value["organisation"]), value["sequence"]) in named(found)
    assert (None, None) in named(found)


def test_entries_that_are_appended_while_verify_runs_are_no_fault(journal: Journal) -> None:
    """The anchor is read before the snapshot is taken; what comes later is in neither or in the snapshot alone."""
    done = threading.Event()

    def go_on() -> None:
        try:
            while not done.is_set():
                write(pupil_entry(journal.first, journal.pupils[4]))
        finally:
            connections.close_all()

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        found = [verify() for _ in range(15)]
    finally:
        done.set()
        writer.join()
    assert all(one.verified for one in found)
    assert found[-1].entries > found[0].entries
