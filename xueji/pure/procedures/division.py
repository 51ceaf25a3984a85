"""分班 (division into classes): entrants without a class are divided, and numbered in the order chosen.

Who has no number yet gets it with the class: the entry that opened the registration is said anew with both, since a
number is true from the first day (docs/adr/0011). Who has one only joins the class. domain.md §3.8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.fold import FoldEntry, RegistrationState
from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.number_correction import opened_anew
from xueji.pure.procedures.planned import Plan, Planned

KIND = "division"
PINYIN, BALANCED = "pinyin", "balanced"


@dataclass(frozen=True, slots=True)
class Unclassed:
    """An entrant without a class, as the order needs him."""

    student: UUID
    pinyin: str
    gender: str


def arrange(pupils: Sequence[Unclassed], classes: int, order: str = PINYIN) -> list[tuple[UUID, int]]:
    """Every pupil with a class number, class by class in the order of pinyin, which is the order of numbering.

    ``pinyin``: dealt out to and fro in the order of names; ``balanced``: boys and girls each dealt out so, the second
    sex in the opposite direction. Sizes differ by two at most. ``ValueError`` without a class.
    """
    if classes < 1:
        raise ValueError("at least one class")
    ordered = sorted(pupils, key=lambda one: (one.pinyin, str(one.student)))
    sexes = sorted({one.gender for one in ordered}) if order == BALANCED else [""]
    placed: list[tuple[int, Unclassed]] = []
    for turn, sex in enumerate(sexes):
        own = [one for one in ordered if not sex or one.gender == sex]
        for position, one in enumerate(own):
            place = _to_and_fro(position, classes)
            placed.append((classes - 1 - place if turn % 2 else place, one))
    placed.sort(key=lambda item: (item[0], item[1].pinyin, str(item[1].student)))
    return [(one.student, place + 1) for place, one in placed]


def _to_and_fro(position: int, classes: int) -> int:
    there, place = divmod(position, classes)
    return classes - 1 - place if there % 2 else place


@dataclass(frozen=True, slots=True)
class Divided:
    """A pupil with the class group he joins; ``number`` "" where he bears one already."""

    student: UUID
    registration: RegistrationState
    entries: Sequence[FoldEntry]
    class_group: UUID
    number: str = ""
    scheme: str = ""


def division(divided: Sequence[Divided], *, decided_on: date) -> Plan:
    """An entry a pupil, in the order given."""
    return Plan([_entry(one, decided_on) for one in divided])


def _entry(one: Divided, decided_on: date) -> Planned:
    joins = SetSpell(one.registration.registration, "class_group", str(one.class_group))
    if not one.number:
        day = max(decided_on, one.registration.started_on)
        return Planned(one.registration.school, KIND, one.student, day, (joins,))
    anew = opened_anew(KIND, one.student, one.registration, one.entries, one.number, one.scheme)
    return Planned(
        anew.organisation,
        KIND,
        one.student,
        anew.effective_on,
        (*anew.operations, joins),
        anew.sensitive,
        anew.corrects,
        {key: value for key, value in anew.basis.items() if value},
    )


def sizes(assigned: Sequence[tuple[UUID, int]]) -> Mapping[int, int]:
    """How many pupils each class gets."""
    found: dict[int, int] = {}
    for _, class_no in assigned:
        found[class_no] = found.get(class_no, 0) + 1
    return dict(sorted(found.items()))
