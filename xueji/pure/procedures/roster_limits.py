"""The rulebook's limits of a kind whose pupils come in rows (a roster), asked of each row.

A row has no registration yet, so only limits that its values, the day and the register can answer may be set to
such a kind (:data:`ANSWERED`; the schema refuses others). One of severity ``query`` is said, and stops nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP, ChangeKind, Limit, Rulebook
from xueji.pure.procedures.limits import LIMITS

#: The limits that a row can answer.
ANSWERED = frozenset(
    {"frozen_period", "final_grade", FINAL_GRADE_STOP, "first_term", "last_term", "pending_application", "minimum_age"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowFacts:
    """A row of a roster: ``grade`` as of ``on``, the day from which it would be true.

    ``lodged_on``: the day on which it came in; ``today``: when it is looked at. ``has_pending_application``: the
    register knows the pupil, and something else is under way about him.
    """

    lodged_on: date
    on: date
    grade: int | None
    birth_date: date | None
    has_pending_application: bool
    book: Rulebook
    today: date

    @property
    def is_final_grade(self) -> bool:
        return self.final_grade_on(self.on)

    def final_grade_on(self, day: date) -> bool:
        """Whether the grade that the row has on ``on`` is a stage's last one on another day."""
        stages = self.book.stages
        if self.grade is None:
            return False
        grade = self.grade + stages.school_year_of(day) - stages.school_year_of(self.on)
        return grade in (stages.final_grade("primary"), stages.final_grade("junior"))

    @property
    def is_second_term(self) -> bool:
        """Whether the day lies after the first term of its school year; the summer holidays do."""
        return int(self.book.settings["second_term_month"]) <= self.on.month < self.book.stages.start_month

    @property
    def is_first_term(self) -> bool:
        """The first term of a stage's first grade."""
        stages = self.book.stages
        return self.grade in (stages.first_grade("primary"), stages.first_grade("junior")) and not self.is_second_term


def broken(change: ChangeKind, facts: RowFacts) -> list[Limit]:
    """The limits of the kind that the row offends against, in the rulebook's order."""
    return [limit for limit in change.limits if limit.kind in ANSWERED and LIMITS[limit.kind](limit, facts)]
