"""Many at once, and a kill in the middle: gapless journals, no deadlock, nothing half done (invariants 4, 14)."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections

from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors
from xueji.ground.journals.anchor import read_anchor
from xueji.ground.journals.services import append, lock
from xueji.ground.journals.tests.support import RULEBOOK, bureau_entry, new_id, pupil_entry, somebody, write
from xueji.pure.kernel.types import Refused


def _at_once(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run ``work(0..count-1)`` in threads that start together; what they raised."""
    start, failed = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return failed


def test_sixteen_writers_of_one_journal_leave_no_gap(fresh_database: str, environment: object) -> None:
    organisation = new_id()

    def work(_number: int) -> None:
        for _ in range(10):
            write(pupil_entry(organisation, new_id()), pupil_entry(organisation, new_id()))

    assert _at_once(16, work) == []
    found = selectors.verify()
    assert (found.verified, found.entries) == (True, 320)
    assert len([line for line in read_anchor() if line.signed_by_us()]) == 160


def test_crossing_writers_of_several_journals_do_not_deadlock(fresh_database: str, environment: object) -> None:
    organisations = [new_id() for _ in range(5)]

    def work(number: int) -> None:
        choice = random.Random(number)
        for _ in range(25):
            one, other = choice.sample(organisations, 2)
            pupil = new_id()
            write(pupil_entry(one, pupil), pupil_entry(other, pupil))

    assert _at_once(8, work) == []
    found = selectors.verify()
    assert (found.verified, found.entries) == (True, 400)


def test_a_rolled_back_number_is_given_to_the_next(fresh_database: str, environment: object) -> None:
    organisation = new_id()
    write(bureau_entry(organisation))

    def fail_after_append() -> None:
        with acting_system():
            entry = append(
                actor=somebody(organisation),
                transaction_id=new_id(),
                entries=[bureau_entry(organisation)],
                rulebook_version=RULEBOOK,
            )[0]
            assert entry.sequence == 2
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_append()
    assert write(bureau_entry(organisation))[0].sequence == 2
    assert [line.head.sequence for line in read_anchor() if line.head] == [1, 2]
    assert selectors.verify().verified


def test_two_that_write_for_one_pupil_in_different_journals_are_told(fresh_database: str, environment: object) -> None:
    """The journals' locks do not meet; the second to come is refused, with the reason, and nothing of it stays."""
    pupil, first, second = new_id(), new_id(), new_id()
    write(pupil_entry(first, pupil))
    both_read = threading.Barrier(2)
    refused: list[Refused] = []

    def work(number: int) -> None:
        organisation = (first, second)[number]
        try:
            with acting_system():
                lock([organisation])
                both_read.wait(30)
                append(
                    actor=somebody(organisation),
                    transaction_id=new_id(),
                    entries=[pupil_entry(organisation, pupil, phone=None)],
                    rulebook_version=RULEBOOK,
                )
                time.sleep(0.5)
        except Refused as refusal:
            refused.append(refusal)

    assert _at_once(2, work) == []
    assert [refusal.code for refusal in refused] == ["journals.busy"]
    found = selectors.verify()
    assert (found.verified, found.entries) == (True, 2)


def test_a_connection_lost_before_the_commit_leaves_nothing(fresh_database: str, environment: object) -> None:
    organisation = new_id()
    write(bureau_entry(organisation))

    def lose_connection() -> None:
        with acting_system():
            append(
                actor=somebody(organisation),
                transaction_id=new_id(),
                entries=[pupil_entry(organisation, new_id()) for _ in range(100)],
                rulebook_version=RULEBOOK,
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend = cursor.fetchone()[0]
            with connections["owner"].cursor() as owner:
                owner.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    with pytest.raises(DatabaseError):
        lose_connection()
    connection.close()
    found = selectors.verify()
    assert (found.verified, found.entries) == (True, 1)
    assert write(bureau_entry(organisation))[0].sequence == 2


@pytest.mark.parametrize("moment", ["after the append", "while appending"])
def test_a_process_killed_in_the_middle_leaves_nothing_half_done(
    fresh_database: str, environment: object, moment: str
) -> None:
    organisation = new_id()
    write(bureau_entry(organisation))
    connections.close_all()  # the child must not speak on the parent's connections
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _write_for_ever(organisation, tell, commit=moment == "while appending")
        finally:
            os._exit(1)
    try:
        assert os.read(told, 1) == b"."
        time.sleep(0.2)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
    deadline = time.monotonic() + 20
    while not _is_free(organisation):  # the server notices the dead client
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = selectors.verify()
    assert found.verified
    assert (found.entries - 1) % 50 == 0
    if moment == "after the append":
        assert found.entries == 1
    write(bureau_entry(organisation))
    assert selectors.verify().verified


def _write_for_ever(organisation: UUID, tell: int, *, commit: bool) -> None:
    while True:
        with acting_system():
            append(
                actor=somebody(organisation),
                transaction_id=new_id(),
                entries=[pupil_entry(organisation, new_id()) for _ in range(50)],
                rulebook_version=RULEBOOK,
            )
            os.write(tell, b".")
            if not commit:
                time.sleep(60)


def _is_free(organisation: UUID) -> bool:
    from xueji.ground.journals.locks import lock_keys

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", lock_keys([organisation]))
        free = bool(cursor.fetchone()[0])
        if free:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    return free
