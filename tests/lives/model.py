"""What may become of a pupil, said again from the regulations: it imports nothing of the system that it tests.

A life is where a pupil is registered, how he stands, whether an application is under way. ``Kind`` says from which
standing a change may be applied for and where it leads, as clauses A2, D2 and D3 and domain.md §3.3 have it.
"""

from __future__ import annotations

from dataclasses import dataclass

IN_SCHOOL, SUSPENDED, DROPPED_OUT, ABROAD = "in_school", "suspended", "dropped_out", "abroad"


@dataclass(frozen=True)
class Kind:
    """One kind of change. ``steps``: how many decisions. ``moves``: the registration goes to another school."""

    sources: frozenset[str]
    target: str | None = None
    steps: int = 4
    ends: bool = False
    moves: bool = False
    back: int = 0  # how many days before the lodging it is said to have happened
    needs_host: bool | None = None  # True: only while studying elsewhere; False: only while not
    host: bool | None = None  # True: begins study elsewhere; False: ends it


def _of(*status: str) -> frozenset[str]:
    return frozenset(status)


#: The kinds that the machine plays; the number of decisions is checked against what really happens.
KINDS = {
    "transfer": Kind(_of(IN_SCHOOL), IN_SCHOOL, steps=8, moves=True),
    "suspension": Kind(_of(IN_SCHOOL), SUSPENDED),
    "resumption": Kind(_of(SUSPENDED), IN_SCHOOL),
    "dropout": Kind(_of(IN_SCHOOL, SUSPENDED, ABROAD), DROPPED_OUT),
    "dropout_return": Kind(_of(DROPPED_OUT), IN_SCHOOL),
    "abroad": Kind(_of(IN_SCHOOL, SUSPENDED), ABROAD),
    "abroad_return": Kind(_of(ABROAD), IN_SCHOOL),
    "death": Kind(_of(IN_SCHOOL, SUSPENDED, DROPPED_OUT, ABROAD), ends=True, back=2),
}


@dataclass
class Life:
    """A pupil of the model. Days are ordinals.

    ``moved``: the day his present registration began; ``changed``: from which day his last change was true.
    """

    school: str
    moved: int
    status: str = IN_SCHOOL
    registered: bool = True
    numbers: int = 1
    changed: int = 0
    open: str | None = None
    open_to: str | None = None
    open_since: int = 0
    decided: int = 0

    def may_lodge(self, kind: str, to: str, today: int) -> bool:
        """Whether an application may be lodged today. ``to``: the school that would receive a transfer."""
        rule = KINDS[kind]
        if not self.registered or self.open is not None or self.status not in rule.sources:
            return False
        if rule.moves:
            return to != self.school and self.moved < today
        happened = today - rule.back
        return happened >= self.changed and not (rule.ends and self.moved >= happened)

    def may_finish(self, today: int) -> bool:
        """Whether the last decision may be taken today: nobody moves twice on one day."""
        rule = KINDS[self.open or ""]
        return not (rule.moves and self.moved >= today)

    def lodge(self, kind: str, to: str, today: int) -> None:
        self.open, self.open_to, self.open_since, self.decided = kind, to, today, 0

    def drop(self) -> None:
        """Refused or taken back: nothing has happened."""
        self.open = self.open_to = None

    def decide(self, today: int) -> bool:
        """One more yes; True when it was the last and the change is in force."""
        rule = KINDS[self.open or ""]
        self.decided += 1
        if self.decided < rule.steps:
            return False
        self.changed = today if rule.moves else self.open_since - rule.back
        if rule.ends:
            self.registered, self.status = False, ""
        elif rule.target:
            self.status = rule.target
        if rule.moves:
            self.school, self.moved = self.open_to or self.school, today
            self.numbers += 1
        self.drop()
        return True
