"""Regular checks: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.pure.kernel.inspections import (
    Checklist,
    Correction,
    InspectionRules,
    Item,
    OwnCheck,
    Risk,
    SampleSize,
)

from .schema.inspections import ChecklistPart, CorrectionPart, OwnCheckPart, RiskPart, SamplingPart


def inspections_view(
    own_checks: Sequence[OwnCheckPart],
    corrections: Sequence[CorrectionPart],
    sampling: Sequence[SamplingPart],
    risks: Sequence[RiskPart],
    checklists: Sequence[ChecklistPart],
) -> InspectionRules:
    """What is in force of it on a day."""
    return InspectionRules(
        own_checks={
            one.term: OwnCheck(one.term, (int(one.due[:2]), int(one.due[3:])), one.pupils, one.changes, one.basis)
            for one in own_checks
        },
        corrections={one.severity: Correction(one.severity, one.title, one.days) for one in corrections},
        sizes={one.what: SampleSize(one.standard, one.most) for one in sampling},
        risks=tuple(Risk(one.fact, one.title, one.weight) for one in risks),
        checklists={one.checklist: _checklist(one) for one in checklists},
    )


def _checklist(part: ChecklistPart) -> Checklist:
    items = tuple(
        Item(one.item, one.title, one.severity, one.mended_by, tuple(one.fields), one.basis) for one in part.items
    )
    return Checklist(part.checklist, part.title, items, part.basis, part.certainty)
