"""What the tests of the journals share: invented entries, and the hands of a superuser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from xueji.ground.accounts.context import acting_system
from xueji.ground.journals.services import Entry, NewEntry, append
from xueji.ground.journals.verify import Verification, verify
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import SetFields, SetSpell
from xueji.pure.kernel.types import Actor, Level, Role

RULEBOOK = "nanjing-2008/1"


def new_id() -> UUID:
    return environment().new_id()


def somebody(organisation: UUID) -> Actor:
    return Actor(new_id(), new_id(), organisation, Role.HEAD, Level.DISTRICT, "经办")


def pupil_entry(organisation: UUID, student: UUID, *, phone: str | None = "13900000000", **more: Any) -> NewEntry:
    """An entry about a pupil, with a sensitive part unless ``phone`` is None. Names hold what escaping must survive."""
    return NewEntry(
        organisation,
        more.pop("kind", "enrolment"),
        more.pop("effective_on", date(2008, 9, 1)),
        (
            SetFields({"name": '𠮷·"\\n\t\\', "gender": "1"}, ("phone",) if phone else ()),
            SetSpell(new_id(), "class_group", str(new_id())),
        ),
        student=student,
        basis={"application": str(new_id()), "clause": "A2 第三款"},
        sensitive={"phone": phone, "address": "甲区乙路1号"} if phone else None,
        **more,
    )


def bureau_entry(organisation: UUID) -> NewEntry:
    return NewEntry(organisation, "code", date(2008, 8, 1), (), basis={})


def write(*entries: NewEntry) -> list[Entry]:
    """Append in a transaction of its own, as the system."""
    with acting_system():
        return append(
            actor=somebody(entries[0].organisation),
            transaction_id=new_id(),
            entries=list(entries),
            rulebook_version=RULEBOOK,
        )


class Journal:
    """Three journals with blocks of several sizes; pupils 0 and 1 moved from the first school to the second."""

    def __init__(self) -> None:
        self.first, self.second, self.bureau = sorted(new_id() for _ in range(3))
        self.pupils = [new_id() for _ in range(5)]
        self.entries: list[Entry] = []
        self.entries += write(bureau_entry(self.bureau))
        self.entries += write(*(pupil_entry(self.first, pupil) for pupil in self.pupils))
        self.entries += write(pupil_entry(self.first, self.pupils[2], phone=None, kind="correction"))
        for pupil in self.pupils[:2]:
            self.entries += write(
                pupil_entry(self.first, pupil, phone=None, kind="transfer_out"),
                pupil_entry(self.second, pupil, kind="transfer_in"),
            )
        self.entries += write(bureau_entry(self.bureau), bureau_entry(self.bureau))

    def places(self) -> list[tuple[UUID, int]]:
        return [(entry.organisation, entry.sequence) for entry in self.entries]


@contextmanager
def superuser() -> Iterator[Any]:
    """A cursor of the owner, with every trigger and constraint of the journals out of the way; undone afterwards."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for table in ("journals_entry", "journals_block"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('p', 'u', 'c')"
            " AND conrelid IN ('journals_entry'::regclass, 'journals_block'::regclass)"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute("DROP INDEX journals_entry_corrected_once")
        yield cursor
        transaction.set_rollback(True, using="owner")


def tampered(*statements: tuple[str, Sequence[Any]]) -> Verification:
    """What verify finds after these statements of a superuser."""
    with superuser() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
            assert cursor.rowcount, "the statement changed nothing"
        return verify(using="owner")


def named(verification: Verification) -> set[tuple[UUID | None, int | None]]:
    return {(fault.organisation, fault.sequence) for fault in verification.faults}
