"""调班 (class change) and 跳级 (grade skip): another class group; the number is unaffected. Clause A2.

domain.md §3.3: a class change is the school's own; a skip is asked for by the guardian and agreed to by the bureau,
once a stage and by one grade (limits of the rulebook), never across stages.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan


def change_class(facts: ChangeFacts) -> Plan:
    """Another class of the same cohort."""
    to, place = facts.to, facts.place
    if to is not None and place is not None:
        if to.class_group == place.class_group:
            return _refused(facts, "该生已在所选的班级，不需要调班。")
        if to.intake_year != place.intake_year:
            return _refused(facts, "调班只能在同一年级的班级之间进行。改变年级请办理跳级等手续。")
    return _move(facts)


def skip(facts: ChangeFacts) -> Plan:
    """A class of a higher cohort of the same stage; by how many grades is the rulebook's limit."""
    to, place = facts.to, facts.place
    if to is not None and place is not None and to.stage == place.stage and to.intake_year >= place.intake_year:
        return _refused(facts, "跳级应编入比现在高的年级，请另选班级。")
    return _move(facts)


def _move(facts: ChangeFacts) -> Plan:
    current, to, title = facts.current, facts.to, facts.change.title
    if current is None:
        raise ValueError("who changes class is registered")
    if facts.place is None:
        return _refused(facts, f"该生还没有编班，不能办理{title}。请学校先办理分班。")
    if to is None:
        return _refused(facts, f"没有选择班级。办理{title}请选择编入的班级。")
    if to.school != current.school or to.stage != current.stage or to.grade is None:
        return _refused(facts, f"{title}只能编入本校同一学段的在校班级，请另选班级。")
    return Plan([facts.entry(SetSpell(current.registration, "class_group", str(to.class_group)))])


def _refused(facts: ChangeFacts, message: str) -> Plan:
    return Plan(refusals=[facts.refusal(f"{facts.change.kind}_class", message, "class_group")])


PROCEDURES = (Procedure("class_change", change_class), Procedure("grade_skip", skip))
