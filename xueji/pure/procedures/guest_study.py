"""借读 (guest study): begin, extension, end; 特殊教育学校就读 likewise. Attendance elsewhere, registration at home.

Clause A2: the district approves; domain.md §3.8: home school, host school, then both bureaus; same grade. Either school
may report its end. What study elsewhere it is, is said by the kind of the entry that began it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.suspension import not_later, until_of

GUEST, SPECIAL_SCHOOL = "guest_begin", "special_school"
_WORDS = {GUEST: "借读", SPECIAL_SCHOOL: "在特殊教育学校就读"}
OTHER_SCHOOL = "other_school"


def begin_at(facts: ChangeFacts) -> Plan:
    """The pupil studies at the school named from the day on; class, number and grade stay."""
    current, host = facts.current, facts.to_school
    if current is None or host is None:
        raise ValueError("who studies elsewhere is registered, and the school is named")
    against = _no_host(facts, current.stage, current.school)
    if against:
        return Plan(refusals=[facts.refusal(f"{facts.change.kind}_host", against, OTHER_SCHOOL)])
    return _attends(facts, host)


def extend(facts: ChangeFacts) -> Plan:
    """Up to a later day at the same school."""
    return _against(facts, GUEST) or not_later(facts) or _attends(facts, facts.attends)


def end(facts: ChangeFacts, begun_as: str = GUEST) -> Plan:
    """Back at the own school from the day on, of a study that this kind began."""
    return _against(facts, begun_as) or _attends(facts, None)


def studies_as(facts: ChangeFacts) -> str:
    """The kind that began the study at another school, "" where there is none."""
    return study_begun(facts.history, facts.on) if facts.attends is not None else ""


def study_begun(history: Iterable[tuple[str, date]], on: date) -> str:
    """The kind that began the study of a pupil who studies elsewhere on the day, by (kind, day) of the entries."""
    begun = [kind for kind, day in history if kind in _WORDS and day <= on]
    return begun[-1] if begun else GUEST


def _no_host(facts: ChangeFacts, stage: str, own: UUID) -> str:
    begun = studies_as(facts)
    if begun:
        return f"该生正在外校{_WORDS[begun]}，请先办理结束手续。"
    if facts.to_school == own:
        return "就读学校就是学籍所在学校，不需要办理。请核对就读学校的代码。"
    if facts.to_stages and stage not in facts.to_stages:
        return "所填学校没有该生现在的学段，不能同年级就读。请核对就读学校的代码。"
    if facts.change.kind == SPECIAL_SCHOOL and facts.to_kind != "special":
        return "所填学校不是特殊教育学校。在普通学校就读请办理借读或随班就读。"
    return ""


def _against(facts: ChangeFacts, begun_as: str) -> Plan | None:
    if studies_as(facts) == begun_as:
        return None
    message = f"该生现在没有在外校{_WORDS[begun_as]}，不能办理{facts.change.title}。"
    return Plan(refusals=[facts.refusal("not_attending_elsewhere", message, OTHER_SCHOOL)])


def _attends(facts: ChangeFacts, host: UUID | None) -> Plan:
    if facts.current is None:
        raise ValueError("who studies elsewhere is registered")
    operation = SetSpell(facts.current.registration, "attends", str(host) if host else None)
    return Plan([facts.entry(operation, basis=until_of(facts))])


PROCEDURES = (
    Procedure(GUEST, begin_at, other_side="named"),
    Procedure("guest_extension", extend, other_side="attended", study=GUEST),
    Procedure("guest_end", end, other_side="attended", study=GUEST),
)
