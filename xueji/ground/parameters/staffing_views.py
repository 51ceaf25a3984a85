"""Trained hands and filings: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.pure.kernel.staffing import FilingKind, Period, RegimeKind, StaffingRules, TrainingTerm, UndertakingText

from .schema.staffing import FilingPart, NoLockPart, RegimePart, StaffLimitPart, TrainingPart, UndertakingPart


def staffing_view(
    training: Sequence[TrainingPart],
    no_lock: Sequence[NoLockPart],
    limits: Sequence[StaffLimitPart],
    filings: Sequence[FilingPart],
    regime: Sequence[RegimePart],
    undertakings: Sequence[UndertakingPart],
) -> StaffingRules:
    """What is in force of it on a day; of several versions of an undertaking the last."""
    return StaffingRules(
        terms={one.role: TrainingTerm(one.role, one.years, one.warn_days, one.basis) for one in training},
        no_lock=tuple(Period(_month_day(one.first), _month_day(one.last)) for one in no_lock),
        limits={one.limit: one.value for one in limits},
        filings={
            one.filing: FilingKind(one.filing, one.title, _month_day(one.due), one.since_year, one.basis)
            for one in filings
        },
        regime={
            one.document: RegimeKind(one.document, one.title, tuple(level.value for level in one.levels), one.basis)
            for one in regime
        },
        undertakings={
            one.undertaking: UndertakingText(one.undertaking, one.version, one.title, tuple(one.body), one.basis)
            for one in undertakings
        },
    )


def _month_day(text: str) -> tuple[int, int]:
    return int(text[:2]), int(text[3:])
