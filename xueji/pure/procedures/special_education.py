"""随班就读 (inclusion), 特殊教育学校就读 (special school), 送教上门 (teaching at home), and their ends.

domain.md §3.3: the registration stays where it is. Inclusion and teaching at home are dated fields of the record; who
attends a special school studies elsewhere, like a guest. Which values are set stands in the rulebook (``sets``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xueji.pure.kernel.operations import Operation, SetFields
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.guest_study import SPECIAL_SCHOOL, begin_at, end, studies_as
from xueji.pure.procedures.planned import Plan

#: The code of both tables that says the same as no value.
NONE = "0"


def begin(facts: ChangeFacts) -> Plan:
    """In the own class, or at home; not while he attends a special school."""
    if studies_as(facts) == SPECIAL_SCHOOL:
        message = f"该生正在特殊教育学校就读，请先办理返回原校，再办理{facts.change.title}。"
        return Plan(refusals=[facts.refusal("attends_special_school", message)])
    return _set_fields(facts)


def end_of(kind: str) -> Callable[[ChangeFacts], Plan]:
    """The end of what this kind began; nothing else is ended by it."""

    def plan(facts: ChangeFacts) -> Plan:
        begins = facts.book.changes.get(kind)
        if begins is not None and not begun(begins, facts.state.fields):
            message = f"学籍档案中没有登记{begins.title}，不能办理{facts.change.title}。"
            return Plan(refusals=[facts.refusal("nothing_to_end", message)])
        return _set_fields(facts)

    return plan


def _set_fields(facts: ChangeFacts) -> Plan:
    """What the rulebook sets, and what the form asks of the record, from the day on."""
    operation = _fields(facts)
    if all((facts.state.fields.get(code) or NONE) == (value or NONE) for code, value in operation.fields.items()):
        message = f"学籍档案中已经是这样登记的，不需要再办理{facts.change.title}。"
        return Plan(refusals=[facts.refusal("nothing_changes", message, *operation.fields)])
    return Plan([facts.entry(operation)])


def attend_special(facts: ChangeFacts) -> Plan:
    """Attends a special school from the day on."""
    return _with_fields(facts, begin_at(facts))


def leave_special(facts: ChangeFacts) -> Plan:
    """Back at the own school."""
    return _with_fields(facts, end(facts, SPECIAL_SCHOOL))


def _with_fields(facts: ChangeFacts, plan: Plan) -> Plan:
    if plan.refusals:
        return plan
    operations: list[Operation] = [*plan.entries[0].operations, _fields(facts)]
    return Plan([facts.entry(*operations, basis=plan.entries[0].basis)])


def begun(change: ChangeKind, fields: Mapping[str, Any]) -> bool:
    """Whether the record says what this kind sets or asks of it: then it can be ended, else there is nothing to end."""
    asked = [ask.key for ask in change.asks if (fields.get(ask.key) or NONE) != NONE]
    return bool(asked) or any(
        (value or NONE) != NONE and fields.get(code) == value for code, value in change.sets.items()
    )


def _fields(facts: ChangeFacts) -> SetFields:
    asked = {
        ask.key: facts.claim[ask.key]
        for ask in facts.change.asks
        if ask.key in facts.book.fields and facts.claim.get(ask.key)
    }
    return SetFields({code: value or None for code, value in {**facts.change.sets, **asked}.items()})


PROCEDURES = (
    Procedure("inclusion", begin),
    Procedure("inclusion_end", end_of("inclusion"), ends="inclusion"),
    Procedure(SPECIAL_SCHOOL, attend_special, other_side="named"),
    Procedure("special_school_return", leave_special, other_side="attended", study=SPECIAL_SCHOOL),
    Procedure("home_teaching", begin),
    Procedure("home_teaching_end", end_of("home_teaching"), ends="home_teaching"),
)
