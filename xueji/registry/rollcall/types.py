"""What the room ``rollcall`` takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Called:
    """What the class teacher found of one line: ``presence`` here, excused or absent; ``came_on`` the day first seen
    (of ``here``; None: the first day of term); ``reason`` free text, kept sealed."""

    line: int
    presence: str
    came_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """One roll in figures.

    ``expected`` those to be called, ``uncalled`` not called yet, ``here`` seen by now (also later), ``excused`` and
    ``absent`` not seen yet and not settled, ``settled`` no-shows that ended otherwise, ``not_expected`` suspended,
    abroad … by the register, ``gone`` no longer on this school's roll. ``separated`` in class without a record here,
    ``separated_open`` of these not settled.
    """

    expected: int = 0
    uncalled: int = 0
    here: int = 0
    excused: int = 0
    absent: int = 0
    settled: int = 0
    not_expected: int = 0
    gone: int = 0
    separated: int = 0
    separated_open: int = 0

    @property
    def no_shows(self) -> int:
        """Not there and not settled, with or without a reason."""
        return self.excused + self.absent

    def plus(self, other: Counts) -> Counts:
        """Sums, for a bureau."""
        names = [one.name for one in fields(self)]
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class RollView:
    """One school's roll-call of one term; ``counts`` as they were when it was closed."""

    id: UUID
    school: UUID
    term: str
    state: str
    opened_at: datetime
    opened_by: UUID
    listed_on: date
    closed_at: datetime | None
    closed_by: UUID | None
    digest: str
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with the pupil's name as far as the viewer may see it ('' once the pupil is another school's)."""

    id: int
    roll: UUID
    school: UUID
    term: str
    student: UUID
    registration: UUID
    name: str
    gender: str
    student_number: str
    class_group: UUID | None
    standing: str
    presence: str
    came_on: date | None
    outcome: str
    outcome_on: date | None
    application: UUID | None
    attempts: int = 0
    failed: int = 0
    supplement: Reading | None = None
    reason: str = ""

    @property
    def now(self) -> LineView:
        """The line as its last agreed supplement says it; itself where there is none."""
        said = self.supplement
        if said is None:
            return self
        return replace(
            self, presence=said.presence, came_on=said.came_on, outcome=said.outcome, outcome_on=said.outcome_on,
            application=said.application,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How an agreed supplement (``number`` within the roll) reads a line of a closed list."""

    number: int
    presence: str
    came_on: date | None = None
    outcome: str = ""
    outcome_on: date | None = None
    application: UUID | None = None


@dataclass(frozen=True, slots=True)
class SupplementView:
    """A supplement with its words: why it was proposed, the reason of an absence, the deputy head's remark. ``name``
    '' where the pupil is out of sight."""

    id: UUID
    roll: UUID
    line: int
    student: UUID
    name: str
    class_group: UUID | None
    reading: Reading
    why: str
    reason: str
    state: str
    proposed_at: datetime
    proposed_by: UUID
    decided_at: datetime | None
    decided_by: UUID | None
    remark: str


@dataclass(frozen=True, slots=True)
class Supplemented:
    """What agreeing gives: the supplement's number within the roll and the entry of the school's journal."""

    supplement: UUID
    number: int
    entry: UUID


@dataclass(frozen=True, slots=True)
class SeparatedView:
    """A pupil in class without a record here. ``elsewhere``: the school that holds the record, where found."""

    id: UUID
    roll: UUID
    school: UUID
    class_group: UUID | None
    student: UUID | None
    elsewhere: UUID | None
    name: str
    note: str
    entered_at: datetime
    outcome: str
    outcome_on: date | None
    application: UUID | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach the family: when, how (rulebook ``contact_ways``), reached or not, by whom, with what result."""

    id: UUID
    on: date
    way: str
    way_title: str
    reached: bool
    who: str
    result: str


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """What the kind ``dropout`` asks of a roll-call: since when a pupil has been away without a reason, and what was
    tried. ``absent_since`` None: not absent without reason (any more). ``days_absent`` calendar days up to today."""

    student: UUID
    term: str
    line: int | None
    absent_since: date | None
    days_absent: int
    attempts: tuple[Attempt, ...] = ()

    @property
    def failed(self) -> int:
        """Attempts that reached nobody."""
        return sum(1 for one in self.attempts if not one.reached)

    def as_text(self) -> str:
        """The attempts as lines of a form: 2008-09-03 电话（王老师）：无人接听."""
        return "\n".join(
            f"{one.on.isoformat()} {one.way_title}（{one.who}）：{'' if one.reached else '未联系上，'}{one.result}"
            for one in self.attempts
        )


@dataclass(frozen=True, slots=True)
class Ghost:
    """空挂: on the roll of ``school``, not in class, whereabouts unknown. ``elsewhere``: a school in whose class a
    pupil of this record was found, as far as the viewer may see it."""

    student: UUID
    registration: UUID
    school: UUID
    class_group: UUID | None
    line: int
    attempts: int
    elsewhere: UUID | None = None


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A school on the bureau's page. ``state``: none (not opened), open, closed; ``late``: past a day of the term."""

    school: UUID
    code: str
    name: str
    bureau: UUID | None
    state: str
    late: bool
    roll: UUID | None
    counts: Counts = field(default_factory=Counts)
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClosedRoll:
    """What closing gives: figures, digest and the entry of the school's journal."""

    roll: UUID
    counts: Mapping[str, int]
    digest: str
    entry: UUID
