"""State of pupils whose entries were carried here from another node (design §5).

What a constraint holds inside a node is a finding across nodes: a well-signed block is never refused because of what
another node wrote. Pupils whose entries cannot be true together yet (the arriving school's came before the leaving
one's) wait, with the state that they had; a document number that somebody else bears already is let stand and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import selectors as journals
from xueji.ground.keys.data_keys import UnknownDataKey
from xueji.ground.keys.sealing import BrokenSeal
from xueji.pure.kernel.types import Refused
from xueji.registry.register.models import CarriedDouble, Student
from xueji.registry.register.rows import STUDENT
from xueji.registry.register.services.refold import fold_rows, refold

CHUNK = 5_000
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
    wanted = sorted(set(students))
    made = CarriedFold()
    for start in range(0, len(wanted), CHUNK):
        _fold(wanted[start : start + CHUNK], made)
    return made


def _fold(students: Sequence[UUID], made: CarriedFold) -> None:
    """All at once; where that fails by halves, until those are alone who cannot be folded."""
    try:
        _try(students)
        made.folded += len(students)
    except Refused as refused:
        if refused.code.startswith("exchange."):
            raise
        if len(students) > 1:
            middle = len(students) // 2
            _fold(students[:middle], made)
            _fold(students[middle:], made)
        elif refused.code == "register.document_used" and _let_stand(students[0], made):
            _fold(students, made)
        else:
            made.waiting[students[0]] = refused.code


def _try(students: Sequence[UUID]) -> None:
    new = not Student.objects.filter(id__in=students).exists()
    try:
        entries = None
        if new:
            entries = [one for own in journals.entries_of_students(students).values() for one in own]
        with transaction.atomic():
            refold(students=students, transaction_id=None, entries=entries)
            with connection.cursor() as cursor:
                cursor.execute(_ONE_IN_FORCE)
                cursor.execute(_LATER)
    except (BrokenSeal, UnknownDataKey) as error:  # a wrong key, or none
        raise Refused("exchange.forged", "包里的加密内容打不开，整包拒收。请发送方重新导出。") from error
    except IntegrityError as error:
        raise Refused("register.overlap", "同一学生有两个同时有效的学籍。") from error


def _let_stand(student: UUID, made: CarriedFold) -> bool:
    """Let a second bearer of a document number stand; False where it does already."""
    rows = fold_rows({student: journals.entries_of_students([student])[student]})
    index = rows.student[0][STUDENT.index("id_index")]
    other = Student.objects.filter(id_index=index, living=True).exclude(id=student).values_list("id", flat=True).first()
    if other is None or CarriedDouble.objects.filter(student=student).exists():
        return False
    CarriedDouble.objects.create(student=student, other=other)
    made.doubles.append((student, other))
    return True
