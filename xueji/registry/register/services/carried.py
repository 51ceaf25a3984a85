"""State of pupils whose entries were carried here from another node (design §5).

What a constraint holds inside a node is a finding across nodes: a well-signed block is never refused because of what
another node wrote. Pupils whose entries cannot be true together yet (the arriving school's came before the leaving
one's) wait, with the state that they had; a document number that somebody else bears already is let stand and named.

A large package brings pupils by the hundred thousand, and half of the work asks no database (opening, folding, sealing,
laying out for COPY): it goes on in a thread for the next pupils while the rows of these are written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import histories as journals
from xueji.ground.journals.histories import SealedEntry
from xueji.ground.keys import data_keys
from xueji.ground.keys.data_keys import UnknownDataKey
from xueji.ground.keys.sealing import BrokenSeal
from xueji.pure.kernel.types import Refused
from xueji.registry.register.models import CarriedDouble, Student
from xueji.registry.register.rows import STUDENT, StateRows
from xueji.registry.register.services.refold import fold_rows, folded, refusals, write_rows
from xueji.registry.register.shape import Shapes
from xueji.registry.register.writing import lay_out

CHUNK = 5_000
_TURN = 0.0003  # seconds
_ONE_IN_FORCE = "SET CONSTRAINTS register_registration_one_in_force IMMEDIATE"
_LATER = "SET CONSTRAINTS register_registration_one_in_force DEFERRED"


@dataclass(slots=True)
class CarriedFold:
    """``folded``: students whose state is what the journals say now; ``waiting``: those left as they were, with the
    code of what speaks against them; ``doubles``: a student and the other one who bears the same document number."""

    folded: int = 0
    waiting: dict[UUID, str] = field(default_factory=dict)
    doubles: list[tuple[UUID, UUID]] = field(default_factory=list)


def refold_carried(students: Iterable[UUID]) -> CarriedFold:
    """Bring the state of these students to what the journals say; joins the transaction around.

    Raises ``Refused`` ``exchange.forged`` where a sealed part does not open.
    """
    wanted = sorted(set(students), key=attrgetter("int"))
    parts = [wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)]
    made = CarriedFold()
    with _taking_turns(), ThreadPoolExecutor(max_workers=1) as beside:
        coming = _begin(parts[0], beside) if parts else None
        for place, part in enumerate(parts):
            begun, coming = coming, _begin(parts[place + 1], beside) if place + 1 < len(parts) else None
            _fold(part, made, beside, begun)
    return made


@contextmanager
def _taking_turns() -> Iterator[None]:
    """Give the thread that writes the interpreter back soon after the database took what it was given. ``COPY`` waits a
    hundred times in a chunk; with Python's own five milliseconds each time a receipt took a fifth longer."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@dataclass(frozen=True, slots=True)
class _Begun:
    """The rows of some students, being folded; ``fresh``: none of them has any state yet, and all is here of them."""

    fresh: bool
    rows: Future[StateRows]


def _begin(students: Sequence[UUID], beside: Executor) -> _Begun:
    """Read what is needed, and let it be folded beside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM register_student WHERE id = ANY (%s::uuid[]))", [list(students)])
        known = cursor.fetchone()[0]
    entries = journals.sealed_of_students(students)
    whole = {one.student for one in entries if one.student_seq == 1}
    try:
        keys = journals.keys_for(entries)
    except UnknownDataKey as error:
        raise _not_to_be_opened() from error
    keys |= data_keys.ensure({one.student for one in entries if one.sensitive is not None} - keys.keys())
    return _Begun(not known and len(whole) == len(students), beside.submit(_laid_out, entries, keys, Shapes()))


def _laid_out(entries: Sequence[SealedEntry], keys: Mapping[UUID, bytes], shapes: Shapes) -> StateRows:
    """Asks no database: a thread has no connection of this transaction."""
    rows = folded(journals.opened(entries, keys), keys, shapes)
    lay_out(rows)
    return rows


def _fold(students: Sequence[UUID], made: CarriedFold, beside: Executor, begun: _Begun | None = None) -> None:
    """All at once; where that fails by halves, until those are alone who cannot be folded."""
    try:
        _write(begun or _begin(students, beside))
        made.folded += len(students)
    except Refused as refused:
        if refused.code.startswith("exchange."):
            raise
        if len(students) > 1:
            middle = len(students) // 2
            _fold(students[:middle], made, beside)
            _fold(students[middle:], made, beside)
        elif refused.code == "register.document_used" and _let_stand(students[0], made):
            _fold(students, made, beside)
        else:
            made.waiting[students[0]] = refused.code


def _write(begun: _Begun) -> None:
    try:
        with transaction.atomic():
            with refusals():
                write_rows(begun.rows.result(), fresh=begun.fresh)
            with connection.cursor() as cursor:
                cursor.execute(_ONE_IN_FORCE)
                cursor.execute(_LATER)
    except BrokenSeal as error:
        raise _not_to_be_opened() from error
    except IntegrityError as error:
        raise Refused("register.overlap", "同一学生有两个同时有效的学籍。") from error


def _not_to_be_opened() -> Refused:
    """A wrong key, or none."""
    return Refused("exchange.forged", "包里的加密内容打不开，整包拒收。请发送方重新导出。")


def _let_stand(student: UUID, made: CarriedFold) -> bool:
    """Let a second bearer of a document number stand; False where it does already."""
    entries = journals.sealed_of_students([student])
    rows = fold_rows(journals.opened(entries, journals.keys_for(entries)))
    index = rows.student[0][STUDENT.index("id_index")]
    other = Student.objects.filter(id_index=index, living=True).exclude(id=student).values_list("id", flat=True).first()
    if other is None or CarriedDouble.objects.filter(student=student).exists():
        return False
    CarriedDouble.objects.create(student=student, other=other)
    made.doubles.append((student, other))
    return True
