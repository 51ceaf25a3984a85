"""信息更正: of key data (关键数据: on evidence, by the bureau) and of other data (by the school alone). Clause A4.

A corrected value is an entry that sets the field (docs/adr/0011): of a value that was **wrong from the beginning**
the entry is true from the day from which the wrong one stood, so that every as-of date shows the right one; of a
value that **has changed** since, from the day of the change. Nothing is updated; the wrong entry stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from xueji.pure.kernel.fold import StudentState
from xueji.pure.kernel.operations import SetFields
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan, Planned, Refusal

#: Claim keys: ``corrected.<field>`` the right value, ``seen.<field>`` the entry that had set it when it was filled in.
CORRECTED, SEEN = "corrected.", "seen."
NATURE, CHANGED_ON = "nature", "changed_on"
#: Claim key: the fields whose value is taken away, joined by commas; what stands as ``seen`` of a field never set.
CLEARED, NEVER_SET = "cleared", "none"
#: The kinds: of key data, and of all other data.
KEY_DATA, OTHER_DATA = "key_correction", "correction"
#: What may be said as ``nature``.
WRONG, CHANGED = "wrong", "changed"
_BASIS = "通知一.4"


def corrections(claim: Mapping[str, str]) -> dict[str, str]:
    """Field → corrected value, "" for one that is taken away."""
    found = {key.removeprefix(CORRECTED): value for key, value in claim.items() if key.startswith(CORRECTED)}
    return {**dict.fromkeys(filter(None, claim.get(CLEARED, "").split(",")), ""), **found}


def claimed(values: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """The claim's keys for corrected values ("" takes one away) and the entries that had been seen."""
    claim = {f"{CORRECTED}{code}": value for code, value in values.items() if value}
    cleared = sorted(code for code, value in values.items() if not value)
    claim |= {CLEARED: ",".join(cleared)} if cleared else {}
    return claim | {f"{SEEN}{code}": seen[code] or NEVER_SET for code in values if code in seen}


def correct(facts: ChangeFacts) -> Plan:
    """The entries that set the corrected values, one for each day from which they are true."""
    wanted = corrections(facts.claim)
    against = [*_refusals(facts, wanted), *facts.faults]
    if against:
        return Plan(refusals=against)
    since = {entry.entry_id: entry.effective_on for entry in facts.entries}
    days: dict[date, dict[str, str]] = {}
    for code, value in wanted.items():
        days.setdefault(_true_from(facts, code, since), {})[code] = value
    return Plan([_entry(facts, day, values) for day, values in sorted(days.items())])


def _true_from(facts: ChangeFacts, code: str, since: Mapping[UUID, date]) -> date:
    if facts.claim.get(NATURE) == CHANGED:
        return facts.day(CHANGED_ON) or facts.on
    setter = facts.state.field_entries.get(code)
    return since.get(setter, facts.on) if setter else facts.on


def _entry(facts: ChangeFacts, day: date, values: Mapping[str, str]) -> Planned:
    secret = facts.book.fields.sensitive_codes
    clear = {code: value or None for code, value in values.items() if code not in secret}
    sensitive = {code: value or None for code, value in values.items() if code in secret}
    school = facts.current.school if facts.current else facts.applicant
    basis = {NATURE: facts.claim.get(NATURE, WRONG), "fields": "、".join(sorted(values))}
    operations = (SetFields(clear, tuple(sorted(sensitive))),)
    return Planned(school, facts.change.kind, facts.student, day, operations, sensitive or None, basis=basis)


def _refusals(facts: ChangeFacts, wanted: Mapping[str, str]) -> list[Refusal]:
    found: list[Refusal] = []
    known = {**facts.state.fields, **facts.state.sensitive}
    if not any((known.get(code) or "") != value for code, value in wanted.items()):
        message = "更正后的内容与现有档案相同，没有需要更正的项目。"
        found.append(facts.refusal("nothing_to_correct", message, basis=_BASIS))
    found += _not_here(facts, wanted)
    found += _changed_since(facts)
    changed_on = facts.day(CHANGED_ON)
    if facts.claim.get(NATURE) == CHANGED and changed_on is None:
        found.append(facts.refusal("changed_on_missing", "请填写变更的日期（以证明材料为准）。", CHANGED_ON))
    if changed_on is not None and changed_on > facts.today:
        found.append(facts.refusal("changed_on_ahead", "变更的日期不能晚于今天，请核对证明材料。", CHANGED_ON))
    return found


def _not_here(facts: ChangeFacts, wanted: Mapping[str, str]) -> list[Refusal]:
    """Key data by the one kind, all other fields by the other; what the registration answers by neither."""
    fields = facts.book.fields
    for_bureau = facts.change.kind == "key_correction"
    found = []
    for code in wanted:
        if code not in fields or code in _OF_THE_REGISTRATION:
            found.append(facts.refusal("field_not_corrected", "有的项目不是档案项目，不能在这里更正。", code))
        elif fields[code].field.key_data != for_bureau:
            label = fields[code].label
            message = (
                f"“{label}”由学校直接更正，不用报主管教育局。"
                if for_bureau
                else f"“{label}”是关键数据，更正须附证明材料并经主管教育局审批。"
            )
            found.append(facts.refusal("correction_of_the_other_kind", message, code))
    return found


_OF_THE_REGISTRATION = frozenset({"registration_number", "prior_registration_number", "grade", "class_no", "site"})


def changed_since(claim: Mapping[str, str], state: StudentState) -> dict[str, UUID | None]:
    """Of the fields that a claim would set, those that were set anew since it was filled in: field → entry that set it
    last (None: nothing stands there any more)."""
    now = state.field_entries
    seen = {code: claim[f"{SEEN}{code}"] for code in corrections(claim) if f"{SEEN}{code}" in claim}
    return {code: now.get(code) for code, entry in seen.items() if entry != str(now.get(code, NEVER_SET))}


def _changed_since(facts: ChangeFacts) -> list[Refusal]:
    """Two people at one pupil: the later is told which fields the other has changed meanwhile, who and when."""
    changed = changed_since(facts.claim, facts.state)
    if not changed:
        return []
    names = "；".join(
        f"{facts.book.fields[code].label}（{by}）" if by else facts.book.fields[code].label
        for code, entry in changed.items()
        if code in facts.book.fields
        for by in [facts.writers.get(entry, "") if entry else ""]
    )
    message = f"您填写期间，以下项目已由其他人更正：{names}。请看过现在的内容，再决定是否更正。"
    return [facts.refusal("changed_meanwhile", message, *changed, basis=_BASIS)]


PROCEDURES = (
    Procedure(KEY_DATA, correct, same_day=True, opens=True),
    Procedure(OTHER_DATA, correct, same_day=True, opens=True, own_service=True),
)
