"""The limits that ``changes.yaml`` may set: one function a kind of limit, true where the change offends against it.

The value, the sentence and the basis stand in the rulebook; a limit of severity ``query`` gives way to an explanation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP, Limit
from xueji.pure.procedures.planned import Refusal

if TYPE_CHECKING:
    from xueji.pure.procedures.frame import ChangeFacts

_DAYS_A_MONTH = 30.4375


def _frozen(limit: Limit, facts: Any) -> bool:
    return limit.frozen_on(facts.lodged_on)


def _final_grade(_: Limit, facts: Any) -> bool:
    return bool(facts.is_final_grade)


def _final_grade_stop(limit: Limit, facts: Any) -> bool:
    """Of the final grade, and lodged (or, of a paper, dated) in the time of the stop, or not agreed to by its day."""
    if not (limit.covers(facts.today) and facts.final_grade_on(facts.today)):
        return False
    return limit.covers(facts.lodged_on) or limit.covers(facts.today, "closed_from")


def _first_term(_: Limit, facts: Any) -> bool:
    return bool(facts.is_first_term)


def _pending(_: Limit, facts: Any) -> bool:
    return bool(facts.has_pending_application)


def _last_term(_: Limit, facts: ChangeFacts) -> bool:
    return facts.is_final_grade and facts.is_second_term


def _minimum_age(limit: Limit, facts: ChangeFacts) -> bool:
    born = facts.birth_date
    return born is not None and _years(born, facts.on) < limit.value


def _max_days(limit: Limit, facts: ChangeFacts) -> bool:
    """The time asked for is longer than so many days."""
    until = facts.day("until")
    return until is not None and (until - facts.on).days + 1 > limit.value


def _max_total_months(limit: Limit, facts: ChangeFacts) -> bool:
    """All time in the status that the change leads to, with the time asked for, is longer than so many months."""
    status, until = facts.change.to_status, facts.day("until")
    if facts.current is None or until is None:
        return False
    days = sum(
        ((spell.ended_on or facts.on) - spell.started_on).days
        for spell in facts.current.spells
        if spell.dimension == "status" and spell.value == status
    )
    return over_months(days + (until - facts.on).days + 1, limit.value)


def over_months(days: int, months: int) -> bool:
    """Whether so many days are more than so many months: half a month is given away to their unequal lengths."""
    return days / _DAYS_A_MONTH > months + 0.5


def _advance_days(limit: Limit, facts: ChangeFacts) -> bool:
    """Asked for more than so many days ahead."""
    return (facts.on - facts.lodged_on).days > limit.value


def _backdated_days(limit: Limit, facts: ChangeFacts) -> bool:
    """Asked for from a day more than so many days before it was lodged."""
    return (facts.lodged_on - facts.on).days > limit.value


def _report_days(limit: Limit, facts: ChangeFacts) -> bool:
    """Reported later than so many working days after it happened."""
    return facts.lodged_on > facts.book.calendar.due(facts.on, limit.value).on


def _absent_days(limit: Limit, facts: ChangeFacts) -> bool:
    """Absent for less than so many days (claim ``absent_since``)."""
    since = facts.day("absent_since")
    return since is None or (facts.lodged_on - since).days < limit.value


def _contact_attempts(limit: Limit, facts: ChangeFacts) -> bool:
    """Fewer attempts to reach the family than so many (claim ``contact_attempts``)."""
    text = facts.claim.get("contact_attempts", "")
    return not text.isdecimal() or int(text) < limit.value


def _cohorts_lower(limit: Limit, facts: ChangeFacts) -> bool:
    """Comes back more than so many cohorts below the one that he left."""
    return _cohorts_down(facts) > limit.value


def _early_return_lower(_: Limit, facts: ChangeFacts) -> bool:
    """Comes back into a lower cohort before the time that was set is over."""
    return facts.due_back is not None and facts.on <= facts.due_back and _cohorts_down(facts) > 0


def _before_end_days(limit: Limit, facts: ChangeFacts) -> bool:
    """Lodged later than so many working days before the time that was set is over."""
    return facts.due_back is not None and facts.book.calendar.due(facts.lodged_on, limit.value).on > facts.due_back


def _grades_up(limit: Limit, facts: ChangeFacts) -> bool:
    """Goes up by more than so many grades."""
    if facts.to is None or facts.place is None:
        return False
    return facts.place.intake_year - facts.to.intake_year > limit.value


def _times_a_stage(limit: Limit, facts: ChangeFacts) -> bool:
    """This kind has happened so many times in the stage already."""
    if facts.current is None:
        return False
    began = min(one.started_on for one in facts.state.registrations.values() if one.stage == facts.current.stage)
    return sum(1 for kind, on in facts.history if kind == facts.change.kind and on >= began) >= limit.value


LIMITS: dict[str, Callable[[Limit, Any], bool]] = {
    "frozen_period": _frozen,
    "final_grade": _final_grade,
    FINAL_GRADE_STOP: _final_grade_stop,
    "first_term": _first_term,
    "last_term": _last_term,
    "pending_application": _pending,
    "minimum_age": _minimum_age,
    "max_days": _max_days,
    "max_total_months": _max_total_months,
    "advance_days": _advance_days,
    "backdated_days": _backdated_days,
    "report_days": _report_days,
    "absent_days": _absent_days,
    "contact_attempts": _contact_attempts,
    "times_a_stage": _times_a_stage,
    "cohorts_lower": _cohorts_lower,
    "early_return_lower": _early_return_lower,
    "before_end_days": _before_end_days,
    "grades_up": _grades_up,
}
#: Limits that bear a number.
VALUED = frozenset(LIMITS) - {
    "frozen_period", "final_grade", FINAL_GRADE_STOP, "first_term", "last_term", "pending_application",
    "early_return_lower",
}  # fmt: skip


def refusals(facts: ChangeFacts) -> list[Refusal]:
    """Every limit of the change that is broken; one of severity ``query`` only where no explanation is given."""
    explained = bool(facts.claim.get("explanation", "").strip())
    return [
        facts.refusal(limit.code, limit.message, basis=limit.basis)
        for limit in facts.change.limits
        if not (limit.severity == "query" and explained) and LIMITS[limit.kind](limit, facts)
    ]


def _cohorts_down(facts: ChangeFacts) -> int:
    """By how many cohorts the class of the return lies below the one that the pupil left."""
    target, left = facts.to or facts.place, facts.left_from or facts.place
    return target.intake_year - left.intake_year if target is not None and left is not None else 0


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
