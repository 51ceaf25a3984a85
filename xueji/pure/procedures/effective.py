"""From which day a change is true: the rulebook's ``changes.yaml`` says so for each kind (design §3)."""

from __future__ import annotations

from datetime import date

from xueji.pure.kernel.rulebook import ChangeKind, Rulebook


def effective_date(
    change: ChangeKind, book: Rulebook, *, decided_on: date, school_year: int, claimed: date | None = None
) -> date:
    """The day from which a change of ``school_year`` is true when it is finally decided on ``decided_on``.

    ``claimed``: the day that the application asks for.
    Raises ``ValueError`` for a rule that this program does not know.
    """
    match change.effective:
        case "decision":
            return decided_on
        case "claimed":
            return claimed or decided_on
        case "term_start":
            return book.stages.start_of(school_year)
        case "base_date":
            return book.register_since
        case "day":
            return _day(change.effective_day or "", school_year + 1)
    raise ValueError(f"unknown rule for the effective date: {change.effective!r}")


def opens_on(change: ChangeKind, year: int) -> date | None:
    """The first day of a year on which a change is taken in; None: at any time."""
    return None if change.open_from is None else _day(change.open_from, year)


def _day(month_day: str, year: int) -> date:
    return date.fromisoformat(f"{year}-{month_day}")
