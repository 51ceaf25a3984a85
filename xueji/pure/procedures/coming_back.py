"""Back in school after a suspension, a dropout or a stay abroad: status, and the class of the return.

domain.md §3.3: the old cohort or a lower one; how many cohorts lower, and whether on an early return, are limits of the
rulebook (``cohorts_lower``, ``early_return_lower``). A suspended pupil whom the yearly promotion has moved to the next
lower cohort stands there already and may go back to his own.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import Operation, SetSpell
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.frame import ChangeFacts
from xueji.pure.procedures.planned import Plan


def come_back(facts: ChangeFacts) -> Plan:
    """In school from the day on, in the class group that the claim names, else in the one where the pupil stands."""
    if facts.current is None:
        raise ValueError("who comes back is registered")
    against = _wrong_class(facts)
    if against:
        return Plan(refusals=[facts.refusal(f"{facts.change.kind}_class", against, "class_group")])
    registration = facts.current.registration
    operations: list[Operation] = [SetSpell(registration, "status", IN_SCHOOL)]
    if facts.to is not None:
        operations.append(SetSpell(registration, "class_group", str(facts.to.class_group)))
    return Plan([facts.entry(*operations)])


def _wrong_class(facts: ChangeFacts) -> str:
    """Why the class of the return cannot be: another school or stage, a cohort not at school, or a higher grade."""
    title, to, current = facts.change.title, facts.to, facts.current
    if facts.place is None:  # the division gives the number as well
        return f"该生还没有编班，办理{title}前请学校先办理分班。"
    if to is None:
        if facts.place.grade is None:
            return f"该生原来的班级现在不在校（已毕业离校），办理{title}请选择编入的班级。"
        return ""
    if current is None or to.school != current.school or to.stage != current.stage or to.grade is None:
        return f"{title}只能编入本校同一学段的在校班级，请另选班级。"
    left = facts.left_from or facts.place
    if left is not None and to.intake_year < left.intake_year:
        return f"{title}不能编入比离校时更高的年级，请选择原年级或低一个年级的班级。"
    return ""
