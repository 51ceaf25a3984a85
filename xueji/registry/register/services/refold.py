"""Refold: the state rows of the pupils concerned, written anew from their entries (design §1, invariant 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import histories as journals
from xueji.ground.journals.histories import History
from xueji.ground.journals.types import Entry
from xueji.ground.keys import data_keys
from xueji.pure.kernel.fold import FoldClash
from xueji.pure.kernel.types import Refused
from xueji.registry.register.rows import DoublyBorne, StateRows, add_student
from xueji.registry.register.shape import Shapes
from xueji.registry.register.writing import write_again, write_new

CHUNK = 10_000  # students folded at a time

_CLASHES = {
    "registrations_overlap": "同一学生不能同时有两个学籍：新学籍开始时，原学籍还没有结束。请先办理转出或核对日期。",
    "registration_of_no_day": "学籍的结束日期必须晚于开始日期；同一天不能再次变动，请改日办理。",
    "registration_closed_twice": "该学籍已经结束，不能再次结束。请刷新后核对学生现在的状态。",
    "spell_after_end": "该学籍已经结束，不能再变更班级或状态。请刷新后核对学生现在的状态。",
    "nothing_goes_on": "学籍转入他校时须保留原学籍号，并在同一天结束原校的学籍。请核对后重新办理。",
    "registration_voided_twice": "该学籍已经作废，不能再次作废。",
    "corrected_twice": "这条变动记录已经更正过，请对更正后的那一条再作更正。",
}


@dataclass(frozen=True, slots=True)
class Refolded:
    """How many students, registrations and registration numbers were written."""

    students: int
    registrations: int
    numbers: int


def refold(*, students: Iterable[UUID], transaction_id: UUID, entries: Sequence[Entry] | None = None) -> Refolded:
    """Write the state of ``students`` as their journals say; joins the transaction around it.

    ``entries`` are those just appended (decrypted, as ``journals.append`` returns them): students whose whole
    history is among them are folded without a reading. ``transaction_id`` is the transaction that appended them;
    every student must have an entry of it (invariant 5).

    Raises ``Refused``: ``register.clash`` (entries that cannot be true together), ``register.number_used``,
    ``register.document_used``, ``register.overlap``.
    """
    wanted = sorted(set(students))
    if not wanted:
        return Refolded(0, 0, 0)
    done = [0, 0, 0]
    with transaction.atomic(), refusals():
        in_hand = _whole_histories(wanted, entries or ())
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            new = {student: in_hand[student] for student in chunk if student in in_hand}
            rest = [student for student in chunk if student not in in_hand]
            if new:
                _add(done, _write(new, fold_rows(new), transaction_id, fresh=True))
            if rest:
                sealed = journals.sealed_of_students(rest)
                keys = journals.keys_for(sealed)
                histories = journals.opened(sealed, keys)
                if len(histories) < len(rest):
                    raise ValueError("a student without an entry has no state")
                _add(done, _write(histories, fold_rows(histories, keys), transaction_id, fresh=False))
    return Refolded(*done)


def _add(done: list[int], counts: tuple[int, int, int]) -> None:
    for index, count in enumerate(counts):
        done[index] += count


@contextmanager
def refusals() -> Iterator[None]:
    """What cannot be folded or written is told in plain words (``refold``)."""
    try:
        yield
    except FoldClash as clash:
        raise Refused("register.clash", _CLASHES.get(clash.code, _OTHER_CLASH), "规则 1") from clash
    except IntegrityError as error:
        raise _refusal(error) from error


_OTHER_CLASH = "这项变动与该学生已有的变动记录相矛盾，不能写入。请刷新后核对学生的变动记录。"


def _whole_histories(wanted: Sequence[UUID], entries: Sequence[Entry]) -> dict[UUID, list[Entry]]:
    """The students whose every entry is in hand, decrypted."""
    names = set(wanted)
    found: dict[UUID, list[Entry]] = {}
    for entry in entries:
        if entry.student in names:
            found.setdefault(entry.student, []).append(entry)
    return {
        student: own
        for student, own in found.items()
        if min(entry.student_seq or 0 for entry in own) == 1
        and not any(entry.has_sensitive and entry.sensitive is None for entry in own)
    }


def _write(
    histories: Mapping[UUID, History], rows: StateRows, transaction_id: UUID, *, fresh: bool
) -> tuple[int, int, int]:
    for student, entries in histories.items():
        if all(entry.transaction_id != transaction_id for entry in entries):
            raise ValueError(f"student {student} has no entry of transaction {transaction_id}")
    return write_rows(rows, fresh=fresh)


def write_rows(rows: StateRows, *, fresh: bool) -> tuple[int, int, int]:
    """Write folded rows; how many students, registrations and numbers. ``fresh``: none of these students has any yet.

    Raises what ``refusals`` puts into words, and ``Refused`` ``register.number_used``.
    """
    moved = _check_numbers(rows)
    with connection.cursor() as cursor:
        numbers = write_new(cursor, rows) if fresh else write_again(cursor, rows, moved)
    return len(rows.student), len(rows.registration), numbers


def fold_rows(histories: Mapping[UUID, History], keys: Mapping[UUID, bytes] | None = None) -> StateRows:
    """The rows of students with these histories (decrypted). ``keys``: data keys read in this transaction."""
    known = keys or {}
    wanted = {student for student, entries in histories.items() if any(entry.has_sensitive for entry in entries)}
    return folded(histories, {**known, **data_keys.ensure(wanted - known.keys())}, Shapes())


def folded(histories: Mapping[UUID, History], keys: Mapping[UUID, bytes], shapes: Shapes) -> StateRows:
    """The rows of students with these histories (decrypted) and data keys; asks no database."""
    rows = StateRows()
    for student, entries in histories.items():
        add_student(rows, student, entries, shapes, keys.get(student, b""))
    rows.index_documents()
    return rows


def _check_numbers(rows: StateRows) -> list[UUID]:
    """No number of these registrations may be another's, in the whole register (invariant 2).

    The registrations, among those written now, that let a number go to another of them: two pupils were swapped, or
    a registration was recorded under another student (a voided one keeps its number in sight, but bears it no more), or
    it went on at another school.
    """
    try:
        bearers = {number: row[0] for number, row in rows.bearers().items()}
    except DoublyBorne as error:
        raise _number_used([str(error)]) from error
    passed_on = set(rows.passed_on())
    voided = {row[5]: row[0] for row in rows.registration if row[10] and row[5]}
    asked = {**voided, **bearers}
    if not asked:
        return []
    schools = {row[5]: row[3] for row in rows.registration}
    students = {row[0] for row in rows.student}
    kept = {row[0]: row[5] for row in rows.registration if not row[10]}
    taken, moved = [], []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, school, state, registration, student FROM register_known_numbers(%s::text[])", [list(asked)]
        )
        for number, school, state, registration, student in cursor.fetchall():
            if registration == asked[number] or (state == "reserved" and school == schools[number]):
                continue
            if number not in bearers:
                continue  # of a voided registration, and another's by now
            if student in students and (kept.get(registration) != number or registration in passed_on):
                moved.append(registration)
            else:
                taken.append(number)
    if taken:
        raise _number_used(taken)
    return moved


def _number_used(numbers: Sequence[str]) -> Refused:
    shown = "、".join(sorted(numbers)[:5]) + ("等" if len(numbers) > 5 else "")
    return Refused("register.number_used", f"学籍号 {shown} 已被使用过，不能再给别的学籍。请核对后改正。", "规则 2")


def _refusal(error: IntegrityError) -> Refused | IntegrityError:
    """The plain sentence for a constraint; any other error as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint == "register_student_one_living_id":
        return Refused(
            "register.document_used", "有学生的证件号已登记在另一名学生名下。请按疑似重复办理，由双方主管教育局核实。"
        )
    if constraint == "register_registration_one_in_force":
        return Refused("register.overlap", _CLASHES["registrations_overlap"], "规则 1")
    if constraint == "register_number_pkey":
        return Refused("register.number_used", "有学籍号刚刚被另一项操作使用，请刷新后再试。", "规则 2")
    return error
