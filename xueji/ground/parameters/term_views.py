"""From ``calendar.yaml``'s terms to the kernel's rules of the roll-call."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.pure.kernel.terms import NoShowEnd, Term, TermRules

from .schema.calendar import ContactWayPart, NoShowEndPart, TermPart


def _month_day(text: str) -> tuple[int, int]:
    return int(text[:2]), int(text[3:])


def _term(part: TermPart, first: TermPart) -> Term:
    return Term(
        key=part.term,
        title=part.title,
        start=_month_day(part.start),
        clear_by=_month_day(part.clear_by),
        first_list_day=part.first_list_day,
        second_list_day=part.second_list_day,
        opens_days_before=part.opens_days_before,
        # A term that begins earlier in the year than the first one lies in the next calendar year.
        later_year=part.start < first.start,
        starts={one.school_year: one.on for one in part.starts},
        basis=part.basis,
    )


def term_rules_view(
    terms: Sequence[TermPart], ends: Sequence[NoShowEndPart], ways: Sequence[ContactWayPart]
) -> TermRules:
    """The rules in force; without terms in the rulebook there is no roll-call."""
    return TermRules(
        terms=tuple(_term(part, terms[0]) for part in terms),
        ends=tuple(NoShowEnd(e.outcome, e.title, tuple(e.kinds), e.no_show, e.separated) for e in ends),
        contact_ways={way.way: way.title for way in ways},
    )
